/* SPDX-License-Identifier: MIT */
/* Writes JSON (RFC 8259). Commas come by themselves; `name` is NULL inside arrays and at the top. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
        FILE *out;
        bool more; /* something stands before, at this level */
};

void json_open(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                  /* '}' or ']' */
void json_string(struct json *json, const char *name, const char *value);
void json_integer(struct json *json, const char *name, int64_t value);
void json_boolean(struct json *json, const char *name, bool value);

#endif

/* SPDX-License-Identifier: MIT */
/* Messages in the words that callers of bubblewrap look for: "bwrap: TEXT" on standard error, whatever argv[0] is. */
#ifndef BWRAP_SAY_H
#define BWRAP_SAY_H

#include <stdbool.h>

/* --level-prefix: each message begins with its severity, as sd-daemon(3) has it. */
void say_levels(void);

__attribute__((format(printf, 1, 2))) void warn(const char *format, ...);

/* Ends with status 1, as every failure before the program does. */
__attribute__((format(printf, 1, 2))) _Noreturn void die(const char *format, ...);

/* The same, with ": " and the words for `error`. */
__attribute__((format(printf, 2, 3))) _Noreturn void die_with(int error, const char *format, ...);

/* A descriptor for JSON, which the message goes to as well: {"error": "TEXT"}. -1: none. */
void say_json(int fd);

#endif

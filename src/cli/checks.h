/* SPDX-License-Identifier: MIT */
/* What pinfold asks of its host: a table, and each row found out by an attempt in a child. */
#ifndef CLI_CHECKS_H
#define CLI_CHECKS_H

#include <stdbool.h>

enum level {
        LEVEL_OK,
        LEVEL_LIMITED, /* some options are refused, or protect less */
        LEVEL_MISSING, /* `pinfold run` fails without it */
        LEVEL_COUNT,
};

extern const char *const level_names[LEVEL_COUNT];

struct finding {
        const char *name;
        enum level level;
        const char *detail;
        const char *costs; /* NULL: nothing, or what another finding says */
        const char *cure;  /* NULL: the same */
};

/* Calls `found` with each finding in turn; what it points to is gone afterwards. Returns 0, or -1 after a message. */
int checks_run(void (*found)(void *userdata, const struct finding *finding), void *userdata);

#endif

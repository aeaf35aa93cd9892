/* SPDX-License-Identifier: MIT */
/*
 * Operations and parameters as text, for command lines, configuration files and bindings. The descriptions here are the
 * ones that the library itself works from, so that help and parser cannot drift apart.
 *
 * The fields of an operation's value are separated by ':', the options in its last field by ','; '\' takes the next
 * character as it is. The values of parameters are taken as they are.
 *
 *      pinfold_set(box, "bind", "/srv/data:/data:writable", &err);
 *      pinfold_set(box, "uid", "1000", &err);
 */
#ifndef PINFOLD_OPTIONS_H
#define PINFOLD_OPTIONS_H

#include <pinfold/container.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pinfold_option_kind {
        PINFOLD_OPTION_OPERATION = 0, /* adds a setup operation (<pinfold/ops.h>) */
        PINFOLD_OPTION_PARAMETER = 1, /* sets a parameter (<pinfold/container.h>) */
};

struct pinfold_option {
        size_t size;          /* of this struct, as the library knows it */
        const char *name;     /* "bind" */
        int kind;             /* enum pinfold_option_kind */
        const char *argument; /* "SRC[:DEST[:FLAGS]]"; NULL: takes no value */
        const char *help;     /* what it does, one sentence */
        const char *details;  /* words of FLAGS and the like, "writable: ..." separated by newlines; or NULL */
};

/* The option at `index`, counted from 0; NULL past the last. Static. Operations come first. */
const struct pinfold_option *pinfold_option_at(size_t index);

/*
 * Does what the option `name` says. `value` is NULL for options without a value. -ENOENT: no such option, or a file
 * that the value names is missing. -EINVAL: the value is wrong; `err` says where. Unlike the other configuring
 * functions, a failure is not kept for start.
 */
int pinfold_set(struct pinfold *box, const char *name, const char *value, struct pinfold_error *err);

#ifdef __cplusplus
}
#endif
#endif

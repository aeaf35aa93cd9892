/* SPDX-License-Identifier: MIT */
/*
 * The setup operations of a run before they are handed to the library: in their text form (<pinfold/options.h>), each with
 * the reason for it. run.c hands them over, explain.c prints them, and lookup.c asks what they will show.
 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

struct step {
        const struct pinfold_option *option;
        char *value;
        const char *why; /* for explain */
        const char *where; /* the place in a profile; NULL: it is from elsewhere */
        /* The fields of `value` as far as the operation has them: SRC (or LINKNAME), DEST, and the rest as it stands. */
        char *source;
        char *target;
        char *flags;
};

struct plan {
        struct step *steps;
        size_t count;
        bool mapped; /* the program may have other ids than the caller */
};

/* An operation as the user wrote it. `value` is copied. */
void plan_add(struct plan *plan, const struct pinfold_option *option, const char *value, const char *why);

/* A path as it stands in a field of the text form. Allocated. */
char *plan_escape(const char *path);

/* Operations with these fields, which are escaped here. `flags`: "" or as in the text form. */
void plan_bind(struct plan *plan, const char *source, const char *target, const char *flags, const char *why);
void plan_target(struct plan *plan, const char *operation, const char *target, const char *flags, const char *why);
void plan_protect(struct plan *plan, const char *target, const char *path, const char *flags, const char *why);
void plan_link(struct plan *plan, const char *linkname, const char *target, const char *why);

/* Hands all to the library. Returns 0, or -1 after a message. */
int plan_apply(const struct plan *plan, struct pinfold *box);

/* Where operation `index` of the library (struct pinfold_error) is from: its place in a profile, or NULL. */
const char *plan_place(const struct plan *plan, int index);

/*
 * Where the program will see `path` of the host: what it is shown as there is the same file. False: not at all, or there is
 * something else.
 */
bool plan_shows(const struct plan *plan, const char *path);

/* The file of the host that the program finds at `path`, links followed as they are inside; NULL: none. Allocated. */
char *plan_resolve(const struct plan *plan, const char *path);

/* Whether that would be in an overlay: of which of its directories, only the kernel knows. */
bool plan_merges(const struct plan *plan, const char *path);

bool step_is(const struct step *step, const char *operation);

/* Whether it puts another file at `path`. A protection leaves it what it is. */
bool step_covers(const struct step *step, const char *path);

/* Whether `word` is among the flags of a step. */
bool step_has_flag(const struct step *step, const char *word);

/* What stands behind `word`, such as "upper=", in the flags of a step, unescaped and allocated; NULL: it is not there. */
char *step_flag(const struct step *step, const char *word);

/* The last step that decides which file is at `path`, or NULL. */
const struct step *plan_decides(const struct plan *plan, const char *path);

/* The file of the host that is at `path`, links apart; NULL: none is. Allocated. */
char *plan_source(const struct plan *plan, const char *path);

/* Whether a step carries out `operation` at `target`. */
bool plan_has(const struct plan *plan, const char *operation, const char *target);

/* Whether what is at `path` inside is a file of the host that the program may write to. */
bool plan_writable(const struct plan *plan, const char *path);

void plan_free(struct plan *plan);

#endif

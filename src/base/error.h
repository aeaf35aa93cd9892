/* SPDX-License-Identifier: MIT */
/*
 * Filling a struct pinfold_error. A failing function says what it tried, with error_set or error_path; each caller on
 * the way up may put its own context in front, with error_prefix. Stage and operation are filled in by whoever runs
 * stages and operations. The cause (the words for errno) is added last, once, by error_finish on the caller's side:
 * until then `text` holds the context alone.
 *
 * `err` is never NULL here: the public functions put a struct of their own in place of a NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include <pinfold/error.h>

/* A fresh error: errno `error`, EIO if that is not positive, and what was tried. Returns it, negative. */
__attribute__((format(printf, 3, 4))) int error_set(struct pinfold_error *err, int error, const char *format, ...);

/* The same for the common "VERB PATH", and remembers the path. */
int error_path(struct pinfold_error *err, int error, const char *verb, const char *path);

/* Remembers the path of an error that was worded otherwise. Returns -err->error. */
int error_about(struct pinfold_error *err, const char *path);

/* Puts "CONTEXT: " in front. */
__attribute__((format(printf, 2, 3))) void error_prefix(struct pinfold_error *err, const char *format, ...);

/* Stage, and with it whether the failure is fatal. */
void error_stage(struct pinfold_error *err, enum pinfold_stage stage);

/*
 * "LEAD: CONTEXT: CAUSE", escaped; LEAD is such as "cannot set up container". The last step before the error leaves the
 * library. Returns -err->error.
 */
int error_finish(struct pinfold_error *err, const char *lead);

/*
 * The bytes of the character that `text` begins with, when it can be shown as it is. 0: a control character (also an
 * encoded C1), the end, or a byte that is not UTF-8, which an 8-bit terminal may take for one.
 */
size_t printable(const char *text);

/*
 * Copies text to out (size bytes, at least 4), making every byte that is not printable visible as \xNN, so that a name
 * from outside can never move a terminal's cursor. What does not fit is cut between characters and ends in "...".
 */
void escape(const char *text, char *out, size_t size);

/* What a stage does, for people: "map user and group ids". */
const char *stage_phrase(enum pinfold_stage stage);

#endif

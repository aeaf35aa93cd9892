/* SPDX-License-Identifier: MIT */
/*
 * What the command says: one line each, and never a raw control character, because arguments and file names may come from
 * whoever wants to play with the reader's terminal.
 */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <stdbool.h>

/* Whether all of it is printable UTF-8, lines and tabs: nothing that a terminal would obey. */
bool message_is_text(const char *text);

/* "TEXT", on standard output; the others are for standard error. */
__attribute__((format(printf, 1, 2))) void answer(const char *format, ...);

/* "pinfold: TEXT" */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* What stands in front of the text of complaints from now on: where in a file the fault is. NULL: nothing. Not copied. */
void message_at(const char *where);

/* The text of the last complaint; "" before the first. Valid until the next. */
const char *message_last(void);

/* "hint: TEXT", after a complaint. */
__attribute__((format(printf, 1, 2))) void hint(const char *format, ...);

#endif

/* SPDX-License-Identifier: MIT */
/* Memory for the few strings of a command line: without it there is nothing to be done, and nothing to undo. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

/* The pointer, which must not be NULL: else the command ends with a message. */
void *must(void *pointer);

/* A string, allocated, made as by printf(3). */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);

/* Gives back what was used to get here: before a long wait. */
void memory_rest(void);

#endif

/* SPDX-License-Identifier: MIT */
/* Names and numbers of system calls. */
#ifndef SECCOMP_NUMBERS_H
#define SECCOMP_NUMBERS_H

#include <stdbool.h>

/* Longer than the name of any system call, with its NUL. */
#define SYSCALL_NAME_MAX 32

/* From here on numbers are the same on every architecture. */
#define SYSCALL_UNIFIED 424

enum syscall_table {
        SYSCALL_X86_64,
        SYSCALL_X86,
        SYSCALL_AARCH64,
        SYSCALL_ARM,
        SYSCALL_TABLES,
};

/* -1: that architecture has no such call, at least not directly. */
int syscall_number(const char *name, enum syscall_table table);

/* Whether any architecture has it, also one that we know nothing else about. */
bool syscall_exists(const char *name);

/* The reverse. Negative numbers are libseccomp's for calls that the machine's architecture has not. False: unknown. */
bool syscall_name(int number, enum syscall_table table, char ret_name[SYSCALL_NAME_MAX]);

/* The name most like `word`; NULL: none is close. For messages. */
const char *syscall_nearest(const char *word);

#endif

/* SPDX-License-Identifier: MIT */
/* Policies as text: the words that text.c reads and dump.c writes. */
#ifndef SECCOMP_TEXT_H
#define SECCOMP_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include <pinfold/seccomp.h>

/* With their NUL. */
#define ACTION_TEXT_MAX 32
#define CONDITION_TEXT_MAX 64

/* "errno=EPERM". */
void action_text(uint32_t action, char ret_text[ACTION_TEXT_MAX]);

/* "0&0x10000000==0x10000000". */
void condition_text(const struct pinfold_seccomp_arg *arg, char ret_text[CONDITION_TEXT_MAX]);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The attempts of pinfold doctor, each for a process of its own, which it may change. They return 0, and may leave a
 * note in said->text; or -1, with stage, errno and text as an error of the library has them, so that hints.c knows the
 * cure.
 */
#ifndef CLI_ATTEMPTS_H
#define CLI_ATTEMPTS_H

#include <pinfold/error.h>

int attempt_kernel(struct pinfold_error *said);
int attempt_user_namespace(struct pinfold_error *said);
int attempt_namespaces(struct pinfold_error *said);
int attempt_id_map(struct pinfold_error *said);

/* Not an attempt by itself: goes on in a child that is PID 1 in namespaces of its own, as setup is. */
int attempt_enter(struct pinfold_error *said);

/* After attempt_enter. */
int attempt_mount_calls(struct pinfold_error *said);
int attempt_proc(struct pinfold_error *said);
int attempt_devpts(struct pinfold_error *said);
int attempt_overlay(struct pinfold_error *said);

int attempt_process_calls(struct pinfold_error *said);
int attempt_clone3(struct pinfold_error *said);
int attempt_seccomp(struct pinfold_error *said);
int attempt_landlock(struct pinfold_error *said);
int attempt_memfd(struct pinfold_error *said);

/* delegated.c */
int attempt_cgroup(struct pinfold_error *said);
int attempt_subordinate_ids(struct pinfold_error *said);
int attempt_run(struct pinfold_error *said); /* for all that the others have forgotten */

/* For the attempts: a text; or a failure, with errno, which returns -1. */
__attribute__((format(printf, 2, 3))) void say(struct pinfold_error *said, const char *format, ...);
int failed(struct pinfold_error *said, int stage, const char *what);

#endif

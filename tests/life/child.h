/* SPDX-License-Identifier: MIT */
/*
 * What tests of a container's life share: test bodies in a process of their own, and looking for what was left behind.
 */
#ifndef LIFE_CHILD_H
#define LIFE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include <pinfold/pinfold.h>


/*
 * Runs a test body in a forked process, for what changes the calling process for good (signal handlers, filters, ids).
 * It may use every assertion; its failure becomes the caller's, with its messages.
 */
void in_child(void (*body)(void **state));

/* For good: an unprivileged id, in place of root's. Only in a child, please. */
void become_user(uid_t id);

/* A container that runs sleep(1), for ever, without a shell: those catch SIGINT, and lose it at times. */
struct pinfold *box_sleep(void);

/* start and serve, or the test fails. */
void box_begin(struct pinfold *box);

/* wait, or the test fails. */
struct pinfold_status box_wait(struct pinfold *box);

/* serve and wait: it must end with `status`. Frees it. */
void box_runs(struct pinfold *box, int status);

/* Fails when the calling process has a child, running or a zombie. */
void assert_no_children(void);

/*
 * From now on, what our children leave behind becomes our child, so that "nothing is left" can be told from outside.
 * all_gone reaps until there is no child left, and fails the test when that takes longer than `seconds`.
 */
void adopt_orphans(void);
void all_gone(int seconds);

/* The processes of a running container but PID 1, as seen here; at most `room`, returns how many there are. */
size_t box_processes(const struct pinfold *box, pid_t *pids, size_t room);

/* The state letter in /proc/PID/stat, 'R', 'S', 'T', ...; 0 when there is no such process. */
char process_state(pid_t pid);

/* Polls until `condition` is true; fails the test after ten seconds. */
#define eventually(condition)                                                                                       \
        do {                                                                                                       \
                int tries_ = 0;                                                                                    \
                while (!(condition)) {                                                                             \
                        if (++tries_ > 1000)                                                                       \
                                fail_msg("not within ten seconds: %s", #condition);                                \
                        pause_ms(10);                                                                              \
                }                                                                                                  \
        } while (0)

void pause_ms(int milliseconds);
int64_t now_ms(void);

/* An error's text: one line for people, without anything that a terminal obeys. */
void assert_readable(const struct pinfold_error *err);

#endif

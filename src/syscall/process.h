/* SPDX-License-Identifier: MIT */
/* Processes and descriptors: pidfd_open(2), pidfd_send_signal(2), waitid(2), close_range(2). */
#ifndef SYSCALL_PROCESS_H
#define SYSCALL_PROCESS_H

#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

int sys_pidfd_open(pid_t pid);
int sys_pidfd_signal(int pidfd, int signal);

/* True when the process of `pidfd` is gone. */
bool sys_pidfd_ended(int pidfd);

/*
 * Reaps the child of `pidfd`. 1 with its wait status (as waitpid(2) gives it), 0: still running, -ECHILD: someone else
 * reaped it. `block` waits.
 */
int sys_pidfd_reap(int pidfd, bool block, int *ret_status);

/* Any child that has ended, without waiting, and what it has used (wait4(2)): its pid, 0: none yet, -ECHILD: there is none. */
int sys_reap_any(int *ret_status, struct rusage *ret_usage);

/* Ignores it (SIG_IGN), or leaves it to its default (SIG_DFL): rt_sigaction(2), also for the signals that the C library keeps. */
int sys_signal_action(int signal, void (*handler)(int));

int sys_kill(pid_t pid, int signal);

/* Sets close-on-exec on all descriptors from `first` on. */
int sys_cloexec_from(unsigned first);

#endif

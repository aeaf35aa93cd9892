/* SPDX-License-Identifier: MIT */
#ifndef INIT_LAUNCH_H
#define INIT_LAUNCH_H

/*
 * The launcher: creates the namespaces, and in them PID 1, which is the caller's child and does `live`, for a caller who may not.
 * `argv` as wire/handover.h says. Returns the exit status; the caller hears of it over the setup socket.
 */
int launch(char **argv, void (*live)(char **argv));

#endif

/* SPDX-License-Identifier: MIT */
/* A kernel without one of its system calls: seccomp(2). */
#ifndef INSIDE_REFUSE_H
#define INSIDE_REFUSE_H

/* From now on `call` fails with `error`, here and in all that descends from here. In a child, please. */
void refuse_call(int call, int error);

/* The same only where argument `index` has the value `value`. */
void refuse_call_with(int call, unsigned index, unsigned value, int error);

#endif

/* SPDX-License-Identifier: MIT */
/* What the tests of the filter share: programs, the kernel's judgement of them in an interpreter, and policies. */
#ifndef TESTS_SECCOMP_BPF_H
#define TESTS_SECCOMP_BPF_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include <pinfold/seccomp.h>

#include "base/buffer.h"
#include "seccomp/arch.h"
#include "seccomp/policy.h"

#define KILL PINFOLD_SECCOMP_KILL
#define ALLOW PINFOLD_SECCOMP_ALLOW
#define ERRNO(error) PINFOLD_SECCOMP_ERRNO(error)

/*
 * Runs the program as the kernel would. A program that the kernel would refuse (a jump out of it, an unknown
 * instruction, no end) fails the test. The two kinds of killing are one: PINFOLD_SECCOMP_KILL.
 */
uint32_t bpf_run(const struct buffer *program, const struct seccomp_data *data);

/* One call. */
uint32_t verdict(const struct buffer *program, const struct arch *arch, uint32_t number, uint64_t arg0, uint64_t arg1);
uint32_t verdict_of(const struct buffer *program, const struct arch *arch, const char *name, uint64_t arg0,
                    uint64_t arg1);

/* Fail the test unless they work. The caller frees. */
struct pinfold_seccomp *policy_of(unsigned flags, unsigned presets);
struct buffer exported(const struct arch *arch, const struct pinfold_seccomp *policy);
struct buffer loaded(const struct arch *arch, const struct pinfold_seccomp *policy);

/* How many instructions. */
size_t bpf_length(const struct buffer *program);

/* "arch 0x... nr 16 args 0x1 0x5412", static. */
const char *call_text(const struct seccomp_data *data);

#endif

/* SPDX-License-Identifier: MIT */
/* What is refused in addition when a policy is loaded. */
#ifndef SECCOMP_HARDENING_H
#define SECCOMP_HARDENING_H

#include "seccomp/policy.h"

/* Appends the rules that are added to presets. */
void hardening_rules(unsigned presets, unsigned flags, struct rules *rules);

/*
 * Appends the caller's own rules, and between them those of the hardening that hold for all policies: what these refuse
 * is refused at least so. Where an own rule, or `default_action`, treats a call worse, it stays as it is.
 */
void hardening_of_own(const struct rules *own, uint32_t default_action, unsigned presets, struct rules *rules);

#endif

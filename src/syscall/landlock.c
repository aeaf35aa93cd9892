/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/landlock.h"

#include <unistd.h>

#include "syscall/common.h"

#define CREATE_RULESET_VERSION 1u

struct ruleset {
        uint64_t handled_access_fs;
        uint64_t handled_access_net;
        uint64_t scoped;
};

int sys_landlock_abi(void)
{
        return sys_call(__NR_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
}

int sys_landlock_scope(uint64_t scopes)
{
        struct ruleset ruleset = {.scoped = scopes};

        return sys_call(__NR_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);
}

int sys_landlock_restrict_self(int ruleset)
{
        return sys_call(__NR_landlock_restrict_self, ruleset, 0);
}

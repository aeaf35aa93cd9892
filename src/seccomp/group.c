/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "seccomp/group.h"

#include <string.h>

static void add_group(struct rules *rules, const struct group *group)
{
        size_t args = 0;

        while (args < GROUP_ARGS_MAX && group->args[args].op)
                args++;
        for (const char *at = group->names; *at; at += *at == ' ') {
                const char *end = strchrnul(at, ' ');
                char name[SYSCALL_NAME_MAX] = "";

                memcpy(name, at, (size_t)(end - at));
                rules_add(rules, name, -1, PINFOLD_SECCOMP_ERRNO(group->error), group->args, args);
                at = end;
        }
}

void groups_add(struct rules *rules, const struct group *groups, size_t count, unsigned presets, unsigned flags)
{
        for (const struct group *group = groups; group < groups + count; group++)
                if ((presets & group->presets) == group->presets && !(presets & group->not_preset) &&
                    !(flags & group->not_flag))
                        add_group(rules, group);
}

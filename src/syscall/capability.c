/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "syscall/common.h"

int sys_capset(uint64_t permitted, uint64_t inheritable)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2] = {
                {(uint32_t)permitted, (uint32_t)permitted, (uint32_t)inheritable},
                {(uint32_t)(permitted >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
        };

        return sys_call(__NR_capset, &header, data);
}

int sys_capget_effective(uint64_t *ret)
{
        struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct data[2] = {0};
        int r = sys_call(__NR_capget, &header, data);

        if (r == 0)
                *ret = data[0].effective | (uint64_t)data[1].effective << 32;
        return r;
}

int sys_ambient_raise(unsigned capability)
{
        return sys_call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
}

int sys_capabilities_raise(uint64_t kept)
{
        uint64_t effective = 0;
        int r = sys_capset(kept, kept);

        for (unsigned capability = 0; r == 0 && capability < 64; capability++)
                if (kept >> capability & 1)
                        r = sys_ambient_raise(capability);
        if (r == 0)
                r = sys_capget_effective(&effective);
        return r < 0 || (effective >> CAP_SYS_ADMIN & 1) ? r : -EPERM;
}

int sys_ambient_clear(void)
{
        return sys_call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
}

int sys_bounding_keep(uint64_t kept)
{
        for (unsigned capability = 0; capability < 64; capability++) {
                int r;

                if (kept >> capability & 1)
                        continue;
                r = sys_call(__NR_prctl, PR_CAPBSET_DROP, (unsigned long)capability);
                if (r == -EINVAL)
                        return 0; /* past the last one */
                if (r < 0)
                        return r;
        }
        return 0;
}

int sys_no_new_privs(void)
{
        return sys_call(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1L);
}

int sys_set_dumpable(int dumpable)
{
        return sys_call(__NR_prctl, PR_SET_DUMPABLE, (long)dumpable);
}

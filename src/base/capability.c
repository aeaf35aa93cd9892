/* SPDX-License-Identifier: MIT */
#include "base/capability.h"

#include <errno.h>
#include <strings.h>

#include "base/cleanup.h"

/* By number. */
static const char *const names[] = {
        "chown",          "dac_override",    "dac_read_search", "fowner",        "fsetid",          "kill",
        "setgid",         "setuid",          "setpcap",         "linux_immutable", "net_bind_service", "net_broadcast",
        "net_admin",      "net_raw",         "ipc_lock",        "ipc_owner",     "sys_module",      "sys_rawio",
        "sys_chroot",     "sys_ptrace",      "sys_pacct",       "sys_admin",     "sys_boot",        "sys_nice",
        "sys_resource",   "sys_time",        "sys_tty_config",  "mknod",         "lease",           "audit_write",
        "audit_control",  "setfcap",         "mac_override",    "mac_admin",     "syslog",          "wake_alarm",
        "block_suspend",  "audit_read",      "perfmon",         "bpf",           "checkpoint_restore",
};

const char *capability_name(unsigned number)
{
        return number < ELEMENTS(names) ? names[number] : NULL;
}

int capability_find(const char *name, uint64_t *ret)
{
        if (strcasecmp(name, "all") == 0) {
                *ret = (UINT64_C(1) << ELEMENTS(names)) - 1;
                return 0;
        }
        if (strncasecmp(name, "cap_", 4) == 0)
                name += 4;
        for (size_t i = 0; i < ELEMENTS(names); i++) {
                if (strcasecmp(name, names[i]) != 0)
                        continue;
                *ret = UINT64_C(1) << i;
                return 0;
        }
        return -EINVAL;
}

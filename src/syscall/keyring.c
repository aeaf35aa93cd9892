/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <unistd.h>

#include "syscall/common.h"

/* An operation that no kernel has. */
#define KEYCTL_UNKNOWN 0x7fff

int sys_join_session_keyring(void)
{
        return sys_call(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static bool absent(int result)
{
        return result == -ENOSYS || result == -EPERM;
}

bool sys_keys_are_refused(void)
{
        /* What is not refused before anything else fails at these arguments; a filter may know single operations. */
        return absent(sys_call(__NR_keyctl, KEYCTL_UNKNOWN)) && absent(sys_call(__NR_add_key)) &&
               absent(sys_call(__NR_request_key));
}

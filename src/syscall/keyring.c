/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "syscall/keyring.h"

#include <linux/keyctl.h>
#include <unistd.h>

#include "syscall/common.h"

int sys_join_session_keyring(void)
{
        return sys_result(syscall(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

int sys_session_keyring(void)
{
        return sys_result(syscall(__NR_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

/* SPDX-License-Identifier: MIT */
/*
 * without CALL... -- COMMAND...: runs a command, and all that it starts, as on a kernel that does not know these system
 * calls: they answer ENOSYS.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) {#name, __NR_##name}

static const struct {
        const char *name;
        int number;
} calls[] = {
        CALL(clone3),           CALL(close_range), CALL(execveat),   CALL(faccessat2),
        CALL(fsconfig),         CALL(fsmount),     CALL(fsopen),     CALL(getrandom),
        CALL(keyctl),           CALL(add_key),     CALL(request_key), CALL(landlock_create_ruleset),
        CALL(memfd_create),     CALL(mount_setattr), CALL(move_mount), CALL(open_tree),
        CALL(openat2),          CALL(pidfd_open),  CALL(pidfd_send_signal), CALL(rseq),
        CALL(seccomp),          CALL(statx),       CALL(epoll_pwait),
};

static int load(int number)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

        /* Root may leave set-user-ID programs, newuidmap(1), as they are. */
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
                return 0;
        return prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0 ? -1 : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
        int i;

        for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
                size_t found = 0;

                while (found < sizeof(calls) / sizeof(calls[0]) && strcmp(calls[found].name, argv[i]) != 0)
                        found++;
                if (found == sizeof(calls) / sizeof(calls[0]) || load(calls[found].number) < 0) {
                        fprintf(stderr, "without: %s is not known, or the filter cannot be loaded\n", argv[i]);
                        return 120;
                }
        }
        if (i + 1 < argc)
                execvp(argv[i + 1], argv + i + 1);
        fprintf(stderr, "without: nothing to be executed\n");
        return 120;
}

/* SPDX-License-Identifier: MIT */
/* A system call in a loop, in a process of its own behind a filter: nanoseconds for one. */
#define _GNU_SOURCE

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS (quick ? 100 : 50000)
#define FILTER_MAX 4096

void call_getppid(void)
{
        syscall(__NR_getppid);
}

/* Each opens something that is really there: what a program does, not what it fails to do. */
void call_openat(void)
{
        close(openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC));
}

void call_ioctl(void)
{
        int waiting;

        ioctl(STDIN_FILENO, FIONREAD, &waiting);
}

void call_socket(void)
{
        close(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static unsigned short read_filter(const char *path, struct sock_filter instructions[FILTER_MAX])
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = read(fd, instructions, FILTER_MAX * sizeof(*instructions));

        if (size <= 0)
                die("%s: %s", path, strerror(errno));
        close(fd);
        return (unsigned short)((size_t)size / sizeof(*instructions));
}

static void load(const struct filtered *filtered)
{
        static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}, read_from[FILTER_MAX];
        struct sock_filter look[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)filtered->looks_at, 0, 2),
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 1, 0),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        };
        struct sock_fprog program = {ELEMENTS(allow), allow};

        if (filtered->looks_at)
                program = (struct sock_fprog){ELEMENTS(look), look};
        if (filtered->filter)
                program = (struct sock_fprog){read_filter(filtered->filter, read_from), read_from};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                die("load the filter: %s", strerror(errno));
}

static _Noreturn void loop(const struct filtered *filtered, int result)
{
        double start, took;

        load(filtered);
        filtered->call();
        start = now_us();
        for (int i = 0; i < CALLS; i++)
                filtered->call();
        took = (now_us() - start) * 1e3 / CALLS;
        _exit(write(result, &took, sizeof(took)) == sizeof(took) ? 0 : 1);
}

double filtered_ns(const struct contender *contender)
{
        double took = NAN;
        int ends[2], pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                die("pipe: %s", strerror(errno));
        pid = fork();
        if (pid < 0)
                die("fork: %s", strerror(errno));
        if (pid == 0)
                loop(contender->argument, ends[1]);
        close(ends[1]);
        if (read(ends[0], &took, sizeof(took)) != sizeof(took))
                took = NAN;
        close(ends[0]);
        waitpid(pid, NULL, 0);
        return took;
}

/* SPDX-License-Identifier: MIT */
/*
 * calls FD: makes the system calls that are listed in the memory of descriptor FD (trial.h), and notes what became of
 * each. None is carried out: a filter of our own, on top of the container's, asks its listener about each, which says
 * EXDEV. What the container's filter refuses or kills never gets that far; seccomp(2), the stricter action counts. So
 * there is no call that could not be tried. Our filter knows the calls by their sixth argument.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trial.h"

#define MAGIC 0x5ca11ed0

static void die(const char *what)
{
        perror(what);
        exit(1);
}

static long wide_call(const struct trial *trial)
{
        long result;
        register uint64_t r10 __asm__("r10") = trial->args[3];
        register uint64_t r8 __asm__("r8") = 0;
        register uint64_t r9 __asm__("r9") = MAGIC;

        __asm__ volatile("syscall"
                         : "=a"(result)
                         : "a"(trial->number), "D"(trial->args[0]), "S"(trial->args[1]), "d"(trial->args[2]), "r"(r10),
                           "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
        return result;
}

/* The sixth argument is in ebp, which the compiler may want for itself. */
static long narrow_call(const struct trial *trial)
{
        long result;

        __asm__ volatile("push %%rbp\n\tmov %[magic], %%ebp\n\tint $0x80\n\tpop %%rbp"
                         : "=a"(result)
                         : "a"(trial->number), "b"(trial->args[0]), "c"(trial->args[1]), "d"(trial->args[2]),
                           "S"(trial->args[3]), "D"(0L), [magic] "i"(MAGIC)
                         : "r8", "r9", "r10", "r11", "memory");
        return (int)result;
}

static void try_rest(struct trials *trials)
{
        while (trials->next < trials->count) {
                struct trial *trial = &trials->trial[trials->next];
                long result = trial->wide ? wide_call(trial) : narrow_call(trial);

                trial->verdict = result == -EXDEV ? PASSED : (uint32_t)-result;
                trials->next++;
        }
        _exit(0);
}

static int load_filter(void)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MAGIC, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
        int listener;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                die("no_new_privs");
        listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
        if (listener < 0)
                die("seccomp");
        return listener;
}

/* False when nobody asks, although somebody seemed to: it was killed. */
static int answer(int listener)
{
        struct seccomp_notif request = {0};
        struct seccomp_notif_resp response = {.error = -EXDEV};

        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
                return 0;
        response.id = request.id;
        return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
}

/* Tries from trials->next on, until the process that does it ends. Returns its wait status. */
static int run(struct trials *trials, int listener)
{
        struct pollfd sources[2] = {{.fd = listener, .events = POLLIN}};
        int ends[2], status;
        pid_t pid;

        if (pipe(ends) < 0)
                die("pipe");
        pid = fork();
        if (pid < 0)
                die("fork");
        if (pid == 0) {
                close(ends[0]);
                try_rest(trials);
        }
        close(ends[1]);
        sources[1].fd = ends[0];
        while (poll(sources, 2, -1) >= 0 && !(sources[1].revents & POLLHUP))
                if (sources[0].revents & POLLIN)
                        answer(listener);
        close(ends[0]);
        if (waitpid(pid, &status, 0) != pid)
                die("wait");
        return status;
}

/* Where asking and answering are a plain switch, and not two that wake each other. */
static void stay_on_one_processor(void)
{
        unsigned processor = 0;
        cpu_set_t set;

        CPU_ZERO(&set);
        syscall(SYS_getcpu, &processor, NULL, NULL);
        CPU_SET(processor, &set);
        sched_setaffinity(0, sizeof(set), &set);
}

/* A kernel that has no int 0x80 has it for no number. */
static void note_death(struct trials *trials, uint32_t verdict)
{
        int absent = verdict == KILLED(SIGSEGV) && !trials->trial[trials->next].wide;

        do
                trials->trial[trials->next++].verdict = verdict;
        while (absent && trials->next < trials->count && !trials->trial[trials->next].wide);
}

int main(int argc, char **argv)
{
        struct stat info;
        struct trials *trials;
        int fd = argc > 1 ? atoi(argv[1]) : -1, listener;

        prctl(PR_SET_DUMPABLE, 0); /* thousands of dumps of memory */
        stay_on_one_processor();
        if (fstat(fd, &info) < 0)
                die("fstat");
        trials = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (trials == MAP_FAILED)
                die("mmap");
        listener = load_filter();
        while (trials->next < trials->count) {
                int status = run(trials, listener);

                if (trials->next < trials->count)
                        note_death(trials, WIFSIGNALED(status) ? KILLED((unsigned)WTERMSIG(status)) : 0);
        }
        return 0;
}

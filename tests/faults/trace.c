/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "faults/trace.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES 32
#define CALLS 1024
#define QUIET_MS 20   /* how long nothing else must happen, for a delayed process to go on */
#define END_MS 10000
#define HANG_MS 60000 /* in which nothing happens */

struct process {
        pid_t pid;
        int part;    /* -1: its parent has not been heard of it yet */
        bool inside; /* a call */
        bool failing;
        int seen[CALLS];
};

struct tracer {
        const struct trial *trial;
        struct trace *result;
        struct process processes[PROCESSES];
        pid_t delayed;
        bool executed; /* the program */
        uintptr_t loader, loader_end;
};

const char *part_name(enum part part)
{
        return (const char *const[]){"caller", "init", "program", "mapper", "helper"}[part];
}

static struct process *find(struct tracer *tracer, pid_t pid)
{
        for (size_t i = 0; i < PROCESSES; i++)
                if (tracer->processes[i].pid == pid)
                        return &tracer->processes[i];
        return NULL;
}

static struct process *add(struct tracer *tracer, pid_t pid, int part)
{
        struct process *process = find(tracer, 0);

        if (!process)
                abort();
        *process = (struct process){.pid = pid, .part = part};
        return process;
}

static int part_of_child(struct tracer *tracer, int parent)
{
        switch (parent) {
        case PART_CALLER:
                for (size_t i = 0; i < PROCESSES; i++)
                        if (tracer->processes[i].pid && tracer->processes[i].part == PART_INIT)
                                return PART_HELPER;
                return PART_INIT;
        case PART_INIT:
                return PART_PROGRAM;
        case PART_PROGRAM:
                return PART_MAPPER;
        default:
                return PART_HELPER;
        }
}

/* ---- One process's registers ----------------------------------------------------------------------------------- */

static void set_registers(pid_t pid, bool call, long value)
{
        struct user_regs_struct registers;
        struct iovec part = {&registers, sizeof(registers)};

        ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &part);
#if defined(__x86_64__)
        *(call ? &registers.orig_rax : &registers.rax) = (unsigned long long)value;
#elif defined(__aarch64__)
        if (call) {
                int number = (int)value;
                struct iovec other = {&number, sizeof(number)};

                ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &other);
                return;
        }
        registers.regs[0] = (unsigned long long)value;
#else
#error "where a call's number and result stand is not known"
#endif
        ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &part);
}

/* ---- What happens ---------------------------------------------------------------------------------------------- */

/* Calls are of no more interest once the fault has happened, or the program is executed. */
static void resume(struct tracer *tracer, struct process *process, int signal)
{
        bool over = (tracer->result->reached && !process->inside) ||
                    (tracer->executed && tracer->trial->fault == FAULT_NONE);

        ptrace(over ? PTRACE_CONT : PTRACE_SYSCALL, process->pid, NULL, (void *)(intptr_t)signal);
}

static void record(struct tracer *tracer, const struct point *point)
{
        struct trace *result = tracer->result;

        if (tracer->trial->fault != FAULT_NONE || tracer->executed)
                return;
        result->points = reallocarray(result->points, result->count + 1, sizeof(*point));
        if (!result->points)
                abort();
        result->points[result->count++] = *point;
}

static bool is_same(const struct point *a, const struct point *b)
{
        return a->part == b->part && a->call == b->call && a->occurrence == b->occurrence;
}

static bool cannot_fail(const struct __ptrace_syscall_info *info)
{
        return (info->entry.nr == SYS_fcntl && info->entry.args[1] >= F_GETFD && info->entry.args[1] <= F_GETFL) ||
               (info->entry.nr == SYS_prctl && info->entry.args[0] == PR_SET_NAME) ||
               (info->entry.nr == SYS_epoll_ctl && info->entry.args[1] != EPOLL_CTL_ADD);
}

/* Returns whether it goes on at once. */
static bool enter(struct tracer *tracer, struct process *process, const struct __ptrace_syscall_info *info)
{
        const struct trial *trial = tracer->trial;
        long call = (long)info->entry.nr;
        struct point point;

        if (info->instruction_pointer >= tracer->loader && info->instruction_pointer < tracer->loader_end)
                return true;
        if (call < 0 || call >= CALLS || cannot_fail(info))
                return true;
        point = (struct point){(enum part)process->part, call, ++process->seen[call]};
        record(tracer, &point);
        if (trial->fault == FAULT_NONE || tracer->result->reached || !is_same(&point, &trial->point))
                return true;
        tracer->result->reached = true;
        switch (trial->fault) {
        case FAULT_ERROR:
                process->failing = true;
                if (!trial->done)
                        set_registers(process->pid, true, -1);
                return true;
        case FAULT_KILL:
                kill(process->pid, SIGKILL);
                return true;
        default:
                tracer->delayed = process->pid;
                return false;
        }
}

static bool on_call(struct tracer *tracer, struct process *process)
{
        struct __ptrace_syscall_info info;

        if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, (void *)sizeof(info), &info) < 0)
                return true;
        process->inside = info.op == PTRACE_SYSCALL_INFO_ENTRY;
        if (process->inside)
                return enter(tracer, process, &info);
        if (process->failing)
                set_registers(process->pid, false, -tracer->trial->error);
        process->failing = false;
        return true;
}

/* Where the caller's loader is mapped. */
static void find_loader(struct tracer *tracer, pid_t pid)
{
        char path[64], line[512];
        FILE *maps;

        snprintf(path, sizeof(path), "/proc/%d/maps", pid);
        maps = fopen(path, "re");
        while (maps && fgets(line, sizeof(line), maps)) {
                unsigned long start, end;

                if (!strstr(line, "/ld-linux") || sscanf(line, "%lx-%lx", &start, &end) != 2)
                        continue;
                if (!tracer->loader)
                        tracer->loader = start;
                tracer->loader_end = end;
        }
        if (maps)
                fclose(maps);
}

static int count_descriptors(pid_t pid)
{
        char path[64];
        DIR *directory;
        int count = 0;

        snprintf(path, sizeof(path), "/proc/%d/fd", pid);
        directory = opendir(path);
        for (struct dirent *entry; directory && (entry = readdir(directory));)
                count += entry->d_name[0] != '.';
        if (directory)
                closedir(directory);
        return count;
}

/* Returns whether it goes on, traced. */
static bool on_event(struct tracer *tracer, struct process *process, int event)
{
        unsigned long message = 0;
        struct process *child;

        ptrace(PTRACE_GETEVENTMSG, process->pid, NULL, &message);
        switch (event) {
        case PTRACE_EVENT_FORK:
        case PTRACE_EVENT_VFORK:
        case PTRACE_EVENT_CLONE:
                child = find(tracer, (pid_t)message);
                if (!child) {
                        add(tracer, (pid_t)message, part_of_child(tracer, process->part));
                        return true;
                }
                /* It has been waiting for this. */
                child->part = part_of_child(tracer, process->part);
                resume(tracer, child, 0);
                return true;
        case PTRACE_EVENT_EXEC:
                process->inside = true; /* its exit is still to come */
                if (process->part == PART_CALLER)
                        find_loader(tracer, process->pid);
                if (process->part != PART_PROGRAM)
                        return true;
                tracer->executed = true;
                ptrace(PTRACE_DETACH, process->pid, NULL, NULL);
                process->pid = 0;
                return false;
        case PTRACE_EVENT_EXIT:
                if (process->part == PART_CALLER)
                        tracer->result->descriptors = count_descriptors(process->pid);
                return true;
        default:
                return true;
        }
}

static void on_stop(struct tracer *tracer, pid_t pid, int status)
{
        struct process *process = find(tracer, pid);
        int signal = WSTOPSIG(status), event = status >> 16;
        bool goes_on = true;

        if (!process)
                process = add(tracer, pid, -1);
        /* Its parent may have been killed before it could be heard of; then it stops for its own end, perhaps for that alone. */
        if (process->part < 0 && event != PTRACE_EVENT_EXIT)
                return;
        if (event)
                goes_on = on_event(tracer, process, event);
        else if (signal == (SIGTRAP | 0x80))
                goes_on = on_call(tracer, process);
        if (goes_on)
                resume(tracer, process, event || signal == (SIGTRAP | 0x80) || signal == SIGSTOP ? 0 : signal);
}

static int64_t now_ms(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until no process is left, or, after the caller's end, for END_MS. SIGCHLD is blocked. */
static void follow(struct tracer *tracer, pid_t caller)
{
        int64_t until = 0, last = now_ms();
        sigset_t child;

        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        for (;;) {
                struct timespec quiet = {.tv_nsec = QUIET_MS * 1000 * 1000};
                struct process *process;
                int status;
                pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);

                if (pid < 0)
                        return;
                if (pid == 0) {
                        if (until && now_ms() > until)
                                return;
                        if (now_ms() > last + HANG_MS) {
                                tracer->result->hung = true;
                                return;
                        }
                        if (sigtimedwait(&child, NULL, &quiet) < 0 && errno == EAGAIN && tracer->delayed) {
                                process = find(tracer, tracer->delayed);
                                tracer->delayed = 0;
                                if (process)
                                        resume(tracer, process, 0);
                        }
                        continue;
                }
                last = now_ms();
                if (WIFSTOPPED(status)) {
                        on_stop(tracer, pid, status);
                        continue;
                }
                process = find(tracer, pid);
                if (process)
                        process->pid = 0;
                if (pid == caller) {
                        tracer->result->wait_status = status;
                        until = now_ms() + END_MS;
                }
        }
}

/* Those that are left, and their number. */
static int end_all(struct tracer *tracer)
{
        int count = 0;
        pid_t pid;

        for (size_t i = 0; i < PROCESSES; i++) {
                if (tracer->processes[i].pid <= 0)
                        continue;
                count++;
                kill(tracer->processes[i].pid, SIGKILL);
        }
        /* They stop once more on their way out. */
        for (int status; count && (pid = waitpid(-1, &status, __WALL)) > 0;)
                if (WIFSTOPPED(status))
                        ptrace(PTRACE_CONT, pid, NULL, NULL);
        return count;
}

static _Noreturn void become(const struct trial *trial, const int *streams)
{
        int null = open("/dev/null", O_RDONLY);
        sigset_t none;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        dup2(null, 0);
        dup2(streams[0], 1);
        dup2(streams[1], 2);
        syscall(SYS_close_range, 3U, ~0U, 0U);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        execv(trial->command[0], (char *const *)(uintptr_t)trial->command);
        _exit(120);
}

static void text_of(int fd, char *text, size_t room)
{
        ssize_t size = pread(fd, text, room - 1, 0);

        text[size < 0 ? 0 : size] = '\0';
        close(fd);
}

int trace_run(const struct trial *trial, struct trace *ret)
{
        struct tracer tracer = {.trial = trial, .result = ret};
        int streams[2] = {memfd_create("out", MFD_CLOEXEC), memfd_create("err", MFD_CLOEXEC)}, status;
        sigset_t child, old;
        pid_t pid;

        *ret = (struct trace){.descriptors = -1};
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, &old);
        prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
        pid = fork();
        if (pid == 0)
                become(trial, streams);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
                return -1;
        if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
                   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                            PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)) < 0)
                return -1;
        /* Up to its own execution nothing counts. */
        add(&tracer, pid, PART_CALLER);
        ptrace(PTRACE_CONT, pid, NULL, NULL);
        follow(&tracer, pid);
        ret->left = end_all(&tracer);
        text_of(streams[0], ret->out, sizeof(ret->out));
        text_of(streams[1], ret->err, sizeof(ret->err));
        sigprocmask(SIG_SETMASK, &old, NULL);
        return 0;
}

/* SPDX-License-Identifier: MIT */
/* The last stages: what the program finds when it begins, and its execution. seccomp.c has one between. */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "init/capabilities.h"
#include "init/init.h"
#include "init/report.h"
#include "syscall/common.h"
#include "syscall/process.h"

#define SHELL "/bin/sh"

/* Both are at work at the same time, and a program must not meet a PID 1 that still has capabilities and no filter. */
static int await_pid_1(struct init *init, struct pinfold_error *err)
{
        char nothing;
        ssize_t end;

        do
                end = read(init->guard, &nothing, sizeof(nothing));
        while (end < 0 && errno == EINTR);
        init->guard = close_fd(init->guard);
        return end < 0 ? error_set(err, errno, "wait for PID 1 to be protected") : 0;
}

/*
 * Where there is no process namespace, nobody ends the program when its PID 1 is gone. Set after the capabilities, with which it would
 * be lost. A PID 1 that went before that sends no signal: the pipe, which it has the other end of alone, tells.
 */
static int die_with_pid_1(struct init *init, struct pinfold_error *err)
{
        struct pollfd parent = {.fd = init->parent};

        if (!init->host_pid)
                return 0;
        if (prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) < 0)
                return error_set(err, errno, "die with PID 1");
        if (poll(&parent, 1, 0) != 0)
                return error_set(err, ESRCH, "PID 1 is gone");
        init->parent = close_fd(init->parent);
        return 0;
}

int stage_capabilities(struct init *init, struct pinfold_error *err)
{
        uint64_t kept = init->setup.capabilities | (init->setup.flags & PINFOLD_PRIVILEGED ? CAPABILITIES_PRIVILEGED : 0);
        int r = await_pid_1(init, err);

        if (r == 0)
                r = capabilities_keep(kept, err);
        return r < 0 ? r : die_with_pid_1(init, err);
}

/* In the environment of the program, where there is a PWD. */
static int set_pwd(struct init *init, const char *dir, struct pinfold_error *err)
{
        const char **env = (const char **)(uintptr_t)init->setup.program.env.items;
        char *pair;

        for (size_t i = 0; i < init->setup.program.env.count; i++) {
                if (strncmp(env[i], "PWD=", 4) != 0)
                        continue;
                if (asprintf(&pair, "PWD=%s", dir) < 0)
                        return error_set(err, ENOMEM, "out of memory");
                env[i] = pair;
        }
        return 0;
}

int stage_directory(struct init *init, struct pinfold_error *err)
{
        const struct texts *dirs = &init->setup.program.dirs;

        for (size_t i = 0; i < dirs->count; i++)
                if (chdir(dirs->items[i]) == 0)
                        return set_pwd(init, dirs->items[i], err);
        if (dirs->count > 0 && set_pwd(init, init->setup.program.dir, err) < 0)
                return -err->error;
        return chdir(init->setup.program.dir) < 0 ? error_path(err, errno, "enter", init->setup.program.dir) : 0;
}

/* A copy at `count` or above, unless it is there already. */
static int move_above(int fd, size_t count)
{
        return (size_t)fd >= count ? fd : sys_call(__NR_fcntl, fd, F_DUPFD_CLOEXEC, count);
}

static uint32_t placed_number(const struct init *init, size_t index)
{
        uint32_t number;

        memcpy(&number, (const char *)init->setup.program.placed.data + index * sizeof(number), sizeof(number));
        return number;
}

static int keep_held(struct init *init, struct pinfold_error *err)
{
        uint32_t files = init->inbox.head.files, held = init->setup.program.held;
        int r = 0;

        for (uint32_t i = files - held; r == 0 && i < files; i++)
                r = keep(init, init->inbox.files[i], err);
        return r < 0 ? r : keep_flush(init, err);
}

/*
 * The program's descriptors are given as numbers anywhere: first all of them go above where they belong, so that none is
 * overwritten before it has been copied.
 */
static int place_descriptors(struct init *init, struct pinfold_error *err)
{
        size_t given = 0, count = 3 + init->inbox.head.files - init->setup.program.held - !!(init->setup.host & SETUP_ENTER);
        size_t placed = init->setup.program.placed.size / sizeof(uint32_t), numbered;
        _cleanup_free_ int *files = NULL;
        uint32_t above;
        int r;

        for (unsigned i = 0; i < 3; i++)
                count -= init->setup.program.streams >> i & 1;
        if (placed > count - 3)
                return error_set(err, EBADMSG, "%zu numbers of descriptors", placed);
        numbered = count - placed; /* those have one, from here on */
        above = (uint32_t)count;
        for (size_t i = 0; i < placed; i++)
                if (placed_number(init, i) >= above)
                        above = placed_number(init, i) + 1;
        files = calloc(count, sizeof(*files));
        if (!files)
                return error_set(err, ENOMEM, "%zu descriptors", count);
        for (size_t i = 0; i < count; i++) {
                int from = i < 3 && !(init->setup.program.streams >> i & 1) ? init->unset : init->inbox.files[given++];

                files[i] = move_above(from, above);
                if (files[i] < 0)
                        return error_set(err, -files[i], "move descriptor %zu above %u", i, above - 1);
        }
        /* Ours must not be in the way either. */
        init->socket = move_above(init->socket, above);
        init->executed = move_above(init->executed, above);
        if (init->socket < 0 || init->executed < 0)
                return error_set(err, init->socket < 0 ? -init->socket : -init->executed, "move our own descriptors");
        r = sys_cloexec_from(0);
        if (r < 0)
                return error_set(err, -r, "close all others on execution");
        for (size_t i = 0; i < count; i++) {
                uint32_t number = i < numbered ? (uint32_t)i : placed_number(init, i - numbered);

                if (dup2(files[i], (int)number) < 0)
                        return error_set(err, errno, "place descriptor %u", number);
        }
        return 0;
}

/*
 * Until setup had a session (or group) of its own, signals for the caller's group, such as a terminal's, were for us as well.
 * PID 1 keeps the program's. Being ignored, one that has arrived is forgotten.
 */
static void forget_signals(void)
{
        uint64_t pending = 0;

        sys_call(__NR_rt_sigpending, &pending, sizeof(pending));
        for (int signal = 1; pending; signal++, pending >>= 1) {
                if (!(pending & 1))
                        continue;
                sys_signal_action(signal, SIG_IGN);
                sys_signal_action(signal, SIG_DFL);
        }
}

int stage_descriptors(struct init *init, struct pinfold_error *err)
{
        int r = keep_held(init, err);

        if (r == 0)
                r = place_descriptors(init, err);
        if (r < 0)
                return r;
        if (init->files.rlim_cur != init->files.rlim_max && prlimit(0, RLIMIT_NOFILE, &init->files, NULL) < 0)
                return error_set(err, errno, "restore the descriptor limit");
        umask(init->setup.program.umask > 0 ? init->setup.program.umask - 1 : init->umask);
        forget_signals();
        return 0;
}

/* As execvp(3): what has no format that the kernel knows is for the shell. */
static int prepare_shell(struct init *init, struct pinfold_error *err)
{
        const struct texts *args = &init->setup.program.args;

        if (!init->setup.program.search)
                return 0;
        init->shell = calloc(args->count + 3, sizeof(*init->shell));
        if (!init->shell)
                return error_set(err, ENOMEM, "%zu arguments", args->count);
        init->shell[0] = SHELL;
        for (size_t i = 1; i < args->count; i++)
                init->shell[i + 1] = args->items[i];
        return 0;
}

int stage_unblock(struct init *init, struct pinfold_error *err)
{
        struct rusage usage = {0};
        uint64_t none = 0;
        int r = prepare_shell(init, err);

        if (r < 0)
                return r;
        getrusage(RUSAGE_SELF, &usage);
        init->outcome->user = microseconds(&usage.ru_utime);
        init->outcome->system = microseconds(&usage.ru_stime);
        sys_call(__NR_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof(none));
        return 0;
}

static void execute(struct init *init, const char *path)
{
        const struct program *program = &init->setup.program;
        struct outcome *outcome = init->outcome;

        snprintf(outcome->path, sizeof(outcome->path), "%s", path);
        execve(path, (char *const *)(uintptr_t)program->args.items, (char *const *)(uintptr_t)program->env.items);
        outcome->error = errno;
        if (outcome->error != ENOEXEC || !init->shell)
                return;
        init->shell[1] = path;
        execve(SHELL, (char *const *)(uintptr_t)init->shell, (char *const *)(uintptr_t)program->env.items);
}

/* As execvp(3): what is not there is looked for further; what may not be executed is remembered. */
static void execute_found(struct init *init)
{
        const char *name = init->setup.program.path;
        int refused = 0;

        for (const char *at = init->setup.program.search, *end; at; at = *end ? end + 1 : NULL) {
                char path[PATH_MAX];
                int length;

                end = at + strcspn(at, ":");
                length = snprintf(path, sizeof(path), "%.*s/%s", (int)(end - at), at, name);
                if (length >= (int)sizeof(path) || end == at)
                        continue;
                execute(init, path);
                if (init->outcome->error == EACCES)
                        refused = EACCES;
                else if (init->outcome->error != ENOENT && init->outcome->error != ENOTDIR)
                        return;
        }
        init->outcome->error = refused ? refused : ENOENT;
        snprintf(init->outcome->path, sizeof(init->outcome->path), "%s", name);
}

/*
 * What the filters allow in any case can still be relied on: the caller is told that it has to wait for nobody but the execution, and
 * a failure is reported as any other.
 */
int stage_exec(struct init *init, struct pinfold_error *err)
{
        init->outcome->state = OUTCOME_EXEC;
        if (init->filtered)
                report_executing(init->executed);
        if (strchr(init->setup.program.path, '/') || !init->setup.program.search)
                execute(init, init->setup.program.path);
        else
                execute_found(init);
        if (init->filtered) {
                error_set(err, init->outcome->error, "%s", init->outcome->path);
                return error_about(err, init->outcome->path);
        }
        /* Only memory from here on: see struct outcome. */
        init->outcome->state = OUTCOME_FAILED;
        for (;;) {
                sys_call(__NR_exit_group, 1);
                __builtin_trap(); /* where the filter refuses even that */
        }
}

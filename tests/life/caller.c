/* SPDX-License-Identifier: MIT */
/* The calling process: whatever it does with its children, nothing is lost; and nothing of it changes. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

/* ---- Children of the caller's ------------------------------------------------------------------------------------ */

static void twenty_runs(void)
{
        int descriptors = open_descriptors();

        for (int i = 0; i < 20; i++) {
                struct pinfold *box = box_new(i % 2 ? "sleep 1000 & exit 7" : "(exit 1) & kill -TERM $$");
                struct pinfold_status status;

                pinfold_set_adopt_wait_delay(box, 5);
                box_begin(box);
                status = box_wait(box);
                assert_int_equal(status.status, i % 2 ? 7 : 143);
                assert_int_equal(status.lost, 0);
                pinfold_free(box);
                /* Ended by others than wait. */
                box = box_sleep();
                box_begin(box);
                pinfold_free(box);
                box = pinfold_new("/nonexistent", NULL);
                pinfold_tmpfs(box, "/tmp", 0, 0700);
                assert_int_equal(pinfold_start(box, NULL), 0);
                assert_int_equal(pinfold_serve(box, NULL), -ENOENT);
                pinfold_free(box);
        }
        assert_int_equal(open_descriptors(), descriptors);
}

static void ignoring(void **state)
{
        (void)state;
        signal(SIGCHLD, SIG_IGN);
        twenty_runs();
}

TEST(a_caller_that_ignores_sigchld)
{
        in_child(ignoring);
}

static void not_waiting(void **state)
{
        struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};

        (void)state;
        sigaction(SIGCHLD, &action, NULL);
        twenty_runs();
}

TEST(a_caller_without_zombies)
{
        in_child(not_waiting);
}

static volatile sig_atomic_t reaped;

static void reap_all(int signal)
{
        int saved = errno;

        (void)signal;
        while (waitpid(-1, NULL, WNOHANG) > 0)
                reaped++;
        errno = saved;
}

static void with_a_handler(void **state)
{
        struct sigaction action = {.sa_handler = reap_all};

        (void)state;
        sigaction(SIGCHLD, &action, NULL);
        twenty_runs();
        assert_true(reaped > 0);
        action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
        sigaction(SIGCHLD, &action, NULL);
        twenty_runs();
}

TEST(a_caller_whose_handler_reaps_everything)
{
        in_child(with_a_handler);
}

static atomic_int stop_reaping;

static void *reap_always(void *argument)
{
        (void)argument;
        while (!stop_reaping)
                if (waitpid(-1, NULL, __WALL) > 0)
                        reaped++;
        return NULL;
}

static void with_a_thread(void **state)
{
        pthread_t thread;

        (void)state;
        assert_int_equal(pthread_create(&thread, NULL, reap_always, NULL), 0);
        twenty_runs();
        stop_reaping = 1;
        pthread_join(thread, NULL);
        assert_true(reaped > 0);
}

TEST(a_caller_whose_other_thread_reaps_everything)
{
        in_child(with_a_thread);
}

/* And the other way round: what is the caller's is left to the caller. */
TEST(children_of_the_caller_are_not_reaped)
{
        pid_t pids[10];
        int status;

        for (int i = 0; i < 10; i++) {
                pids[i] = fork();
                assert_true(pids[i] >= 0);
                if (pids[i] == 0)
                        _exit(i);
        }
        for (int i = 0; i < 5; i++) {
                struct pinfold *box = box_new("exit 0");

                box_begin(box);
                box_wait(box);
                pinfold_free(box);
        }
        for (int i = 0; i < 10; i++) {
                assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
                assert_int_equal(WEXITSTATUS(status), i);
        }
        assert_no_children();
}

/* ---- Nothing of it changes --------------------------------------------------------------------------------------- */

static void add(char *text, size_t size, const char *name, const char *value)
{
        size_t used = strlen(text);

        snprintf(text + used, size - used, "%s: %s\n", name, value);
}

static void add_number(char *text, size_t size, const char *name, long value)
{
        add(text, size, name, format("%ld", value));
}

static void add_status(char *text, size_t size)
{
        static const char *const lines[] = {"Umask", "TracerPid", "Uid", "Gid", "FDSize", "Groups", "Kthread",
                                            "Threads", "SigBlk", "SigIgn", "SigCgt",
                                            "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
                                            "NoNewPrivs", "Seccomp", "Seccomp_filters", "Cpus_allowed", "Mems_allowed",
                                            "Speculation_Store_Bypass", "CoreDumping", "THP_enabled"};
        char *status = read_file("/proc/thread-self/status");

        assert_non_null(status);
        for (char *line = strtok(status, "\n"); line; line = strtok(NULL, "\n"))
                for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                        if (strncmp(line, lines[i], strlen(lines[i])) == 0 && line[strlen(lines[i])] == ':')
                                add(text, size, "status", line);
        free(status);
}

static void add_files(char *text, size_t size)
{
        static const char *const files[] = {"/proc/self/limits", "/proc/self/oom_score_adj", "/proc/self/comm",
                                            "/proc/self/cgroup", "/proc/self/uid_map", "/proc/self/personality",
                                            "/proc/self/mountinfo", "/proc/self/coredump_filter",
                                            "/proc/self/timerslack_ns"};

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                char *content = read_file(files[i]);

                add(text, size, files[i], content ? content : "-");
                free(content);
        }
}

static void add_links(char *text, size_t size)
{
        static const char *const links[] = {"cwd", "root", "exe", "ns/user", "ns/mnt", "ns/pid", "ns/pid_for_children",
                                            "ns/net", "ns/ipc", "ns/uts", "ns/cgroup", "ns/time"};

        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
                char target[4096];
                ssize_t length = readlink(format("/proc/self/%s", links[i]), target, sizeof(target) - 1);

                target[length < 0 ? 0 : length] = '\0';
                add(text, size, links[i], target);
        }
}

/* The kernel's own struct: the library's hides two signals. */
static void add_signals(char *text, size_t size)
{
        for (int signal = 1; signal <= 64; signal++) {
                unsigned long action[4] = {0};

                assert_int_equal(syscall(SYS_rt_sigaction, signal, NULL, action, 8), 0);
                add(text, size, format("signal %d", signal),
                    format("%lx %lx %lx", action[0], action[1], action[3]));
        }
}

static void add_process(char *text, size_t size)
{
        int death = 0, subreaper = 0;

        prctl(PR_GET_PDEATHSIG, &death);
        prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
        add_number(text, size, "pdeathsig", death);
        add_number(text, size, "subreaper", subreaper);
        add_number(text, size, "dumpable", prctl(PR_GET_DUMPABLE));
        add_number(text, size, "keepcaps", prctl(PR_GET_KEEPCAPS));
        add_number(text, size, "securebits", prctl(PR_GET_SECUREBITS));
        add_number(text, size, "no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0L, 0L, 0L, 0L));
        add_number(text, size, "timerslack", prctl(PR_GET_TIMERSLACK));
        add_number(text, size, "session", getsid(0));
        add_number(text, size, "group", getpgrp());
        add_number(text, size, "keyring", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
        add_number(text, size, "descriptors", open_descriptors());
        /* A Landlock domain that scopes signals would refuse this one. */
        add_number(text, size, "signals reach the parent", kill(getppid(), 0));
}

static char *snapshot(void)
{
        size_t size = 65536;
        char *text = calloc(1, size);

        assert_non_null(text);
        add_status(text, size);
        add_files(text, size);
        add_links(text, size);
        add_signals(text, size);
        add_process(text, size);
        assert_true(strlen(text) < size - 1);
        return text;
}

static void nothing(int signal)
{
        (void)signal;
}

static void lives_of_all_kinds(void)
{
        struct pinfold *box = box_new("exit 0");
        int cgroup;

        free(box_output(box, 0));
        box = box_new("exit 0");
        pinfold_set_flags(box, PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT | PINFOLD_RETAIN_SESSION | PINFOLD_NO_SECCOMP | PINFOLD_NESTED, 1);
        pinfold_set_uid(box, 0);
        pinfold_set_gid(box, 0);
        free(box_output(box, 0));
        box = box_new("exit 0");
        pinfold_set_flags(box, PINFOLD_PRIVILEGED, 1);
        free(box_output(box, 0));
        /* Failures of the caller's side, of setup, and of the execution. */
        box = box_new("exit 0");
        pinfold_bind(box, "/nonexistent", "/x", 0);
        box_error(box, PINFOLD_STAGE_PREPARE, ENOENT);
        box = box_new("exit 0");
        pinfold_set_path(box, "/nonexistent");
        box_error(box, PINFOLD_STAGE_EXEC, ENOENT);
        box = box_new("exit 0");
        cgroup = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* it is none */
        pinfold_set_cgroup(box, cgroup);
        box_error(box, PINFOLD_STAGE_CGROUP, has_clone3() ? EBADF : ENOENT);
        close(cgroup);
}

static void nothing_changes(void **state)
{
        struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
        char *before, *after;
        sigset_t mask;

        (void)state;
        /* Something to see in every place. */
        signal(SIGHUP, SIG_IGN);
        signal(SIGCHLD, SIG_IGN);
        sigaction(SIGUSR1, &action, NULL);
        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR2);
        sigaddset(&mask, SIGRTMIN + 3);
        sigprocmask(SIG_BLOCK, &mask, NULL);
        umask(027);
        assert_int_equal(chdir("/usr"), 0);
        prctl(PR_SET_TIMERSLACK, 60000L);
        close(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        /* Once before the first look: what the C library sets up on its first use is not ours. */
        lives_of_all_kinds();
        before = snapshot();
        lives_of_all_kinds();
        after = snapshot();
        assert_string_equal(before, after);
        free(before);
        free(after);
}

TEST(nothing_of_the_caller_changes)
{
        in_child(nothing_changes);
}

/* Nor of one that is not the main thread, or while it runs. */
static void *thread_changes(void *argument)
{
        struct pinfold *box = box_sleep();
        char *before = snapshot(), *after;

        (void)argument;
        box_begin(box);
        after = snapshot();
        pinfold_free(box);
        /* Two descriptors, while it runs. */
        assert_string_equal(strstr(before, "descriptors") ? "" : "none", "");
        *strstr(before, "descriptors") = '\0';
        *strstr(after, "descriptors") = '\0';
        assert_string_equal(before, after);
        free(before);
        free(after);
        return NULL;
}

static void thread_body(void **state)
{
        pthread_t thread;

        (void)state;
        /* Twice: the first one makes arenas and the like. */
        for (int i = 0; i < 2; i++) {
                assert_int_equal(pthread_create(&thread, NULL, thread_changes, NULL), 0);
                assert_int_equal(pthread_join(thread, NULL), 0);
        }
}

TEST(nothing_of_another_thread_changes)
{
        in_child(thread_body);
}

/* A write past RLIMIT_FSIZE raises SIGXFSZ, which ends a process that has not asked for it. */
static void start_with_small_files(void **state)
{
        struct rlimit old, limit;
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 0");
        int r;

        (void)state;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
        limit = (struct rlimit){16, old.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        r = pinfold_start(box, &err);
        setrlimit(RLIMIT_FSIZE, &old); /* what the test prints goes to a file, too */
        /* The installed file may be there, or not; the caller is. */
        if (r < 0)
                assert_non_null(strstr(err.text, "the limit of file sizes is too low"));
        pinfold_free(box);
}

TEST(a_limit_of_file_sizes_does_not_end_the_caller)
{
        in_child(start_with_small_files);
}

static void *start_from_thread(void *argument)
{
        char *output = box_output(box_new("exit 0"), 0);

        free(output);
        return argument;
}

TEST(a_thread_with_a_small_stack_can_start)
{
        pthread_attr_t attributes;
        pthread_t thread;

        pthread_attr_init(&attributes);
        assert_int_equal(pthread_attr_setstacksize(&attributes, 64 * 1024), 0);
        assert_int_equal(pthread_create(&thread, &attributes, start_from_thread, NULL), 0);
        assert_int_equal(pthread_join(thread, NULL), 0);
        pthread_attr_destroy(&attributes);
}

/* SPDX-License-Identifier: MIT */
/* The kernel itself loads the programs, in a child, and judges real calls. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"

/* In the child: 0 when the program is loaded. */
static int load(const struct buffer *program)
{
        struct sock_fprog fprog = {(unsigned short)bpf_length(program), (void *)program->data};

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -1;
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog);
}

#define NOT_LOADED 99

/* Runs `body` in a child under the program. Returns its wait status; its exit code is what body returned. */
static int run(const struct buffer *program, int (*body)(void))
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                if (program && load(program) < 0)
                        _exit(NOT_LOADED);
                syscall(SYS_exit_group, body()); /* alone: what a sanitizer does in _exit may be refused */
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        return status;
}

static void expect_exit(const struct buffer *program, int (*body)(void), int code)
{
        int status = run(program, body);

        if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
                fail_msg("status 0x%x, expected exit %d", status, code);
}

static struct buffer own(uint32_t default_action, const char *const rules[])
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct pinfold_error err = {0};
        struct buffer program;

        assert_int_equal(pinfold_seccomp_set_default(policy, default_action), 0);
        for (; *rules; rules++)
                if (pinfold_seccomp_add_rule_text(policy, *rules, &err) < 0)
                        fail_msg("%s", err.text);
        program = loaded(arch_native(), policy);
        pinfold_seccomp_free(policy);
        return program;
}

/*
 * A child's exit code: 0, or which line's expectation was the first not to hold (modulo 97, plus 1: a code has 8
 * bits).
 */
static int failing;

static void expect_errno(int line, long result, int error)
{
        if (!failing && !(result == -1 && errno == error))
                failing = line % 97 + 1;
}

#define REFUSED(call, error) expect_errno(__LINE__, (call), (error))

static void expect_ok(int line, bool ok)
{
        if (!failing && !ok)
                failing = line % 97 + 1;
}

#define WORKS(condition) expect_ok(__LINE__, (condition))

static int strict_body(void)
{
        int ends[2];

        WORKS(syscall(SYS_getppid) > 0);
        WORKS(open("/dev/null", O_RDONLY) >= 0);
        WORKS(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
        WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
        REFUSED(socket(AF_PACKET, SOCK_RAW, 0), EAFNOSUPPORT);
        REFUSED(socket(AF_VSOCK, SOCK_STREAM, 0), EAFNOSUPPORT);
        REFUSED(socketpair(AF_TIPC, SOCK_STREAM, 0, ends), EAFNOSUPPORT);
        REFUSED(unshare(CLONE_NEWUSER), EPERM);
        REFUSED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), EPERM);
        REFUSED(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD | 1UL << 40, 0, 0, 0, 0), EPERM);
        REFUSED(syscall(SYS_clone3, NULL, 0), ENOSYS);
        REFUSED(syscall(SYS_mount, NULL, NULL, NULL, 0, NULL), EPERM);
        REFUSED(syscall(467, -1, NULL, 0, NULL, 0), ENOSYS);
        /* No such descriptor: the filter speaks first. */
        REFUSED(syscall(SYS_ioctl, -1, TIOCSTI, NULL), EPERM);
        REFUSED(syscall(SYS_ioctl, -1, TIOCSTI | 1UL << 32, NULL), EPERM);
        REFUSED(syscall(SYS_ioctl, -1, TIOCLINUX | 1UL << 63, NULL), EPERM);
        REFUSED(syscall(SYS_ioctl, -1, TIOCGWINSZ, NULL), EBADF);
        WORKS(personality(PER_LINUX) >= 0);
        REFUSED(personality(0xffffffff), EPERM);
        REFUSED(syscall(SYS_ptrace, 0, 0, 0, 0), EPERM);
        REFUSED(syscall(SYS_io_uring_setup, 1, NULL), ENOSYS);
        REFUSED(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), ENOSYS);
        REFUSED(syscall(SYS_prlimit64, 1, RLIMIT_CPU, NULL, NULL), EPERM);
        WORKS(syscall(SYS_prlimit64, 0, RLIMIT_CPU, NULL, NULL) == 0);
        REFUSED(setpriority(PRIO_PROCESS, 1, 0), EPERM);
        REFUSED(fchmod(-1, 04755), EPERM);
        REFUSED(fchmodat(AT_FDCWD, "/no/such/file", 02755, 0), EPERM);
        REFUSED(fchmod(-1, 0755), EBADF);
        REFUSED(open("/no/such/file", O_CREAT | O_WRONLY, 04755), EPERM);
        REFUSED(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0), ENOSYS);
        REFUSED(setuid(getuid()), EPERM);
        REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
        REFUSED(syscall(SYS_quotactl_fd, -1, 0, 0, NULL), EPERM);
        return failing;
}

/* What the strict filter refuses above, and a caller without it may do: the probes can tell. */
static int outside_body(void)
{
        WORKS(!(syscall(SYS_ioctl, -1, TIOCSTI, NULL) == -1 && errno == EPERM));
        WORKS(!(syscall(SYS_ioctl, -1, TIOCSTI | 1UL << 32, NULL) == -1 && errno == EPERM));
        WORKS(!(syscall(SYS_clone3, NULL, 0) == -1 && errno == ENOSYS));
        WORKS(personality(0xffffffff) >= 0);
        WORKS(setuid(getuid()) == 0);
        REFUSED(fchmod(-1, 04755), EBADF);
        REFUSED(fchmodat(AT_FDCWD, "/no/such/file", 02755, 0), ENOENT);
        REFUSED(open("/no/such/file", O_CREAT | O_WRONLY, 04755), ENOENT);
        WORKS(!(syscall(SYS_openat2, AT_FDCWD, "/", NULL, 0) == -1 && errno == ENOSYS));
        WORKS(!(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0) == -1 && errno == ENOSYS));
        return failing;
}

TEST(strict)
{
        struct pinfold_seccomp *policy = policy_of(0, PINFOLD_SECCOMP_STRICT);
        struct buffer program = loaded(arch_native(), policy);

        expect_exit(NULL, outside_body, 0);
        expect_exit(&program, strict_body, 0);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

static int nothing_body(void)
{
        return 0;
}

/* The kernel takes every program that there is. */
TEST(all_presets_load)
{
        for (unsigned flags = 0; flags < 8; flags++)
                for (unsigned presets = 0; presets < 32; presets += 3) {
                        struct pinfold_seccomp *policy = policy_of(flags, presets);
                        struct buffer program = loaded(arch_native(), policy);

                        expect_exit(&program, nothing_body, 0);
                        buffer_free(&program);
                        pinfold_seccomp_free(policy);
                }
}

static int call_body(void)
{
        return syscall(SYS_getppid) == -1 ? errno : 0;
}

TEST(actions)
{
        struct buffer program;
        int status;

        program = own(ALLOW, (const char *const[]){"getppid:errno=EXDEV", NULL});
        expect_exit(&program, call_body, EXDEV);
        buffer_free(&program);

        program = own(ALLOW, (const char *const[]){"getppid:log", NULL});
        expect_exit(&program, call_body, 0);
        buffer_free(&program);

        program = own(ALLOW, (const char *const[]){"getppid:kill", NULL});
        status = run(&program, call_body);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        buffer_free(&program);
}

static volatile sig_atomic_t trapped;

static void on_sigsys(int signal, siginfo_t *info, void *context)
{
        (void)signal;
        (void)context;
        trapped = info->si_syscall;
}

static int trap_body(void)
{
        struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};

        sigaction(SIGSYS, &action, NULL);
        syscall(SYS_getppid);
        return trapped == SYS_getppid ? 42 : 1;
}

TEST(trap)
{
        struct buffer program = own(ALLOW, (const char *const[]){"getppid:trap", NULL});

        expect_exit(&program, trap_body, 42);
        buffer_free(&program);
}

static void *kill_thread(void *unused)
{
        (void)unused;
        syscall(SYS_getppid);
        return NULL;
}

static int thread_body(void)
{
        pthread_t thread;

        pthread_create(&thread, NULL, kill_thread, NULL);
        pthread_join(thread, NULL);
        return 0;
}

/* KILL is for the whole process, also from a thread of it. */
TEST(kill_is_for_all_threads)
{
        struct buffer program = own(ALLOW, (const char *const[]){"getppid:kill", NULL});
        int status = run(&program, thread_body);

        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        buffer_free(&program);
}

static int default_body(void)
{
        REFUSED(syscall(SYS_getppid), EACCES);
        REFUSED(open("/dev/null", O_RDONLY), EACCES);
        WORKS(syscall(SYS_getuid) >= 0);
        REFUSED(syscall(SYS_kill, 1, 0), EACCES);
        WORKS(syscall(SYS_kill, 0, 0) == 0);
        return failing;
}

TEST(default_deny)
{
        struct buffer program = own(ERRNO(EACCES), (const char *const[]){"getuid:allow", "exit_group:allow",
                                                                         "kill:allow:0==0", NULL});

        expect_exit(&program, default_body, 0);
        buffer_free(&program);
}

/* A long one, with jumps further than a conditional jump can go. */
TEST(long_program)
{
        const char *rules[201] = {0};
        char text[200][64];
        struct buffer program;

        for (int i = 0; i < 198; i++) {
                snprintf(text[i], sizeof(text[i]), "%d:errno=%d:0==1,1==0x%x00000002", 600 + 2 * i, 1 + i % 90, (unsigned)i);
                rules[i] = text[i];
        }
        rules[198] = "getppid:errno=EXDEV";
        rules[199] = "994:errno=EXDEV"; /* after a rule for it that does not match */
        program = own(ALLOW, rules);
        assert_true(bpf_length(&program) > 1000);
        expect_exit(&program, call_body, EXDEV);
        buffer_free(&program);
}

#ifdef __x86_64__

static int x32_body(void)
{
        return (int)syscall(SYS_getppid | 0x40000000);
}

/* getpid(2) of i386, from a 64-bit program. */
static int int80_body(void)
{
        long result;

        signal(SIGSEGV, SIG_DFL); /* cmocka has a handler of its own */
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
        return result > 0 ? 7 : 8;
}

TEST(foreign_calls)
{
        struct pinfold_seccomp *policy = policy_of(0, 0);
        struct buffer program = loaded(&arch_x86_64, policy);
        int without = run(NULL, int80_body), status;

        status = run(&program, x32_body);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
        status = run(&program, int80_body);
        /* A kernel without i386 answers with SIGSEGV before any filter. */
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == (WIFEXITED(without) ? SIGSYS : SIGSEGV));
        buffer_free(&program);

        assert_int_equal(pinfold_seccomp_set_flags(policy, PINFOLD_SECCOMP_MULTIARCH), 0);
        program = loaded(&arch_x86_64, policy);
        assert_int_equal(run(&program, int80_body), without);
        buffer_free(&program);
        pinfold_seccomp_free(policy);
}

#endif

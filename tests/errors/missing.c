/* SPDX-License-Identifier: MIT */
/*
 * Hosts on which something is missing: each is made with a filter that refuses one system call, here and in the
 * container. What can be done without works as ever; everything else is an error that names what is missing. Never a
 * container that is weaker, never anything left.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inside/refuse.h"
#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

static const struct lack {
        int call, error; /* refused with */
        unsigned flags;  /* of the container */
        int stage, expected;
        const char *text;
} *lack;

static struct pinfold *box_to_try(void)
{
        struct pinfold *box = box_new("exit 3");

        pinfold_set_hostname(box, "box");
        pinfold_set_flags(box, lack->flags, 1);
        return box;
}

static void works(void **state)
{
        (void)state;
        refuse_call(lack->call, lack->error);
        free(box_output(box_to_try(), 3));
        assert_no_children();
}

static void fails(void **state)
{
        int descriptors = open_descriptors();
        struct pinfold_error err;

        (void)state;
        refuse_call(lack->call, lack->error);
        err = box_error(box_to_try(), lack->stage, lack->expected);
        assert_readable(&err);
        if (!strstr(err.text, lack->text))
                fail_msg("\"%s\" is not in: %s", lack->text, err.text);
        assert_no_children();
        assert_int_equal(open_descriptors(), descriptors);
}

static void each(const struct lack *lacks, size_t count, void (*body)(void **state))
{
        for (lack = lacks; lack < lacks + count; lack++)
                in_child(body);
}

#define EACH(lacks, body) each(lacks, sizeof(lacks) / sizeof((lacks)[0]), body)

TEST(what_can_be_done_without)
{
        static const struct lack lacks[] = {
                {.call = __NR_clone3, .error = ENOSYS},
                {.call = __NR_landlock_create_ruleset, .error = ENOSYS},
                {.call = __NR_landlock_create_ruleset, .error = EOPNOTSUPP}, /* not enabled */
                {.call = __NR_landlock_create_ruleset, .error = ENOSYS,
                 .flags = PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT},
                {.call = __NR_ioctl, .error = ENOTTY, .flags = PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT},
        };

        EACH(lacks, works);
}

/* As in a kernel without keys, or behind Docker's filter. */
static void no_keys(void **state)
{
        (void)state;
        for (size_t i = 0; i < 3; i++)
                refuse_call((const int[]){__NR_keyctl, __NR_add_key, __NR_request_key}[i], lack->error);
        free(box_output(box_to_try(), 3));
        assert_no_children();
}

TEST(keyrings_that_nobody_can_use)
{
        static const struct lack lacks[] = {{.error = ENOSYS}, {.error = EPERM}};

        EACH(lacks, no_keys);
}

TEST(before_the_container_exists)
{
        static const struct lack lacks[] = {
                {__NR_pidfd_open, ENOSYS, 0, PINFOLD_STAGE_START, ENOSYS, "open a pidfd of the calling process"},
                {__NR_close_range, ENOSYS, 0, PINFOLD_STAGE_START, ENOSYS, "hand descriptors over"},
                {__NR_execveat, ENOSYS, 0, PINFOLD_STAGE_START, ENOSYS, "execute the built-in pinfold-init"},
                {__NR_clone3, EPERM, 0, PINFOLD_STAGE_START, EPERM, "create namespaces: clone"},
                {__NR_socketpair, EMFILE, 0, PINFOLD_STAGE_START, EMFILE, "create the setup socket"},
                {__NR_memfd_create, ENOMEM, 0, PINFOLD_STAGE_START, ENOMEM, "memory file for pinfold-init"},
                {__NR_capset, EPERM, 0, PINFOLD_STAGE_START, EPERM, "raise capabilities"},
                {__NR_capget, 0, 0, PINFOLD_STAGE_START, EPERM, "raise capabilities"}, /* none is effective */
        };

        EACH(lacks, fails);
}

TEST(in_pid_1)
{
        static const struct lack lacks[] = {
                {__NR_signalfd4, EMFILE, 0, PINFOLD_STAGE_PROTECT, EMFILE, "protect init: open a signalfd"},
                {__NR_epoll_create1, ENOMEM, 0, PINFOLD_STAGE_PROTECT, ENOMEM,
                 "protect init: create an epoll instance"},
        };

        EACH(lacks, fails);
}

TEST(in_setup)
{
        static const struct lack lacks[] = {
                {__NR_keyctl, EACCES, 0, PINFOLD_STAGE_SESSION, EACCES, "start a session: join a new session keyring"},
                /* With the other two calls the caller's keyring could be used. */
                {__NR_keyctl, EPERM, 0, PINFOLD_STAGE_SESSION, EPERM, "start a session: join a new session keyring"},
                {__NR_keyctl, ENOSYS, 0, PINFOLD_STAGE_SESSION, ENOSYS, "start a session: join a new session keyring"},
                {__NR_setsid, EPERM, 0, PINFOLD_STAGE_SESSION, EPERM, "start a session: create a session"},
                {__NR_sethostname, EPERM, 0, PINFOLD_STAGE_HOSTNAME, EPERM, "set the host name: \"box\""},
                {__NR_ioctl, EPERM, 0, PINFOLD_STAGE_NETWORK, EPERM,
                 "bring up the loopback device: set the flags of lo"},
                {__NR_fsopen, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "make the new root: open file system tmpfs"},
                {__NR_fsconfig, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "make the new root"},
                {__NR_fsmount, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "make the new root"},
                {__NR_move_mount, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "mount the new root on /"},
                {__NR_open_tree, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "open /dev/null"},
                {__NR_mount_setattr, ENOSYS, 0, PINFOLD_STAGE_NEW_ROOT, ENOSYS, "set mount flags of /dev/null"},
                {__NR_openat2, ENOSYS, 0, PINFOLD_STAGE_APPLY, ENOSYS, "open directory /"},
                {__NR_pivot_root, EINVAL, 0, PINFOLD_STAGE_PIVOT, EINVAL, "leave the host's root: pivot_root"},
        };

        EACH(lacks, fails);
}

/* Where there is a Landlock that scopes, it is not done without; and one that does not answer is not taken for none. */
TEST(a_landlock_that_fails)
{
        static const struct lack lacks[] = {
                {__NR_landlock_create_ruleset, ENOMEM, 0, PINFOLD_STAGE_LANDLOCK, ENOMEM, "ask for the Landlock ABI"},
                {__NR_landlock_restrict_self, EPERM, 0, PINFOLD_STAGE_LANDLOCK, EPERM, "enforce the Landlock ruleset"},
        };

        each(lacks, landlock_scopes() ? 2 : 1, fails);
}

/* Without Landlock the host's network would come with its abstract sockets. */
TEST(landlock_for_the_hosts_network)
{
        static const struct lack lacks[] = {
                {__NR_landlock_create_ruleset, ENOSYS, PINFOLD_HOST_NET, PINFOLD_STAGE_LANDLOCK, ENOSYS, "Landlock"},
                {__NR_landlock_create_ruleset, EOPNOTSUPP, PINFOLD_HOST_NET, PINFOLD_STAGE_LANDLOCK, EOPNOTSUPP,
                 "Landlock"},
        };

        EACH(lacks, fails);
}

/* Nor is there ever a program without its filter. */
TEST(the_filter)
{
        static const struct lack lacks[] = {
                {__NR_seccomp, ENOSYS, 0, PINFOLD_STAGE_PROTECT, ENOSYS, "load its syscall filter"},
                {__NR_seccomp, EINVAL, PINFOLD_NO_SECCOMP, PINFOLD_STAGE_PROTECT, EINVAL, "load its syscall filter"},
        };

        EACH(lacks, fails);
}

/* ---- pinfold-init from memory ---------------------------------------------------------------------------------- */

/*
 * Where memory may not be executed, init is the installed file, if there is one; the error says which one is looked
 * for.
 */
static void without_memory_files(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 3");
        int r;

        (void)state;
        refuse_call(lack->call, lack->error);
        r = pinfold_start(box, &err);
        if (r == 0) {
                char target[4096];
                ssize_t length = readlink(format("/proc/%d/exe", (int)pinfold_pid(box)), target, sizeof(target) - 1);

                assert_true(length > 0);
                target[length] = '\0';
                assert_non_null(strstr(target, "/pinfold-init"));
                assert_null(strstr(target, "memfd"));
                assert_int_equal(pinfold_serve(box, &err), 0);
                assert_int_equal(box_wait(box).status, 3);
        } else {
                assert_int_equal(r, -ENOENT);
                assert_int_equal(err.stage, PINFOLD_STAGE_START);
                assert_non_null(strstr(err.text, "/pinfold-init"));
                assert_non_null(strstr(err.text, "as memory may not be executed"));
                assert_readable(&err);
        }
        pinfold_free(box);
        assert_no_children();
}

TEST(the_installed_init)
{
        static const struct lack lacks[] = {
                {.call = __NR_memfd_create, .error = EACCES}, {.call = __NR_memfd_create, .error = EPERM},
                {.call = __NR_memfd_create, .error = ENOSYS}, {.call = __NR_execveat, .error = EACCES},
                {.call = __NR_execveat, .error = EPERM},
        };

        EACH(lacks, without_memory_files);
}

/* Kernels before 6.3 do not know MFD_EXEC. */
static void without_the_flag(void **state)
{
        enum { CLOEXEC = 1, ALLOW_SEALING = 2, EXEC = 16 };

        (void)state;
        refuse_call_with(__NR_memfd_create, 1, CLOEXEC | ALLOW_SEALING | EXEC, EINVAL);
        free(box_output(box_new("exit 3"), 3));
}

TEST(memory_files_without_a_flag_for_execution)
{
        in_child(without_the_flag);
}

/* ---- Other surroundings ---------------------------------------------------------------------------------------- */

/* A Landlock domain that handles files forbids mounting to all that is in it. */
static void in_a_domain(void **state)
{
        struct {
                uint64_t files, network, scoped;
        } rules = {.files = 1};
        int ruleset = (int)syscall(__NR_landlock_create_ruleset, &rules, sizeof(rules), 0);
        struct pinfold_error err;

        (void)state;
        assert_true(ruleset >= 0);
        assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
        /* Everything may be executed; what counts is that there is a domain. */
        {
                struct {
                        uint64_t access;
                        int32_t parent;
                } __attribute__((packed)) rule = {1, open("/", O_PATH | O_CLOEXEC)};

                assert_int_equal(syscall(__NR_landlock_create_ruleset + 1, ruleset, 1, &rule, 0), 0);
                close(rule.parent);
        }
        assert_int_equal(syscall(__NR_landlock_restrict_self, ruleset, 0), 0);
        close(ruleset);
        err = box_error(box_new("exit 3"), PINFOLD_STAGE_NEW_ROOT, EPERM);
        assert_string_equal(err.text, "cannot set up container: make the new root: mount the new root on /: "
                                      "Operation not permitted");
        assert_no_children();
}

TEST(a_landlock_domain_around_the_caller)
{
        in_child(in_a_domain);
}

static void in_a_chroot(void **state)
{
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 3");

        (void)state;
        assert_int_equal(chroot("/usr"), 0);
        assert_int_equal(pinfold_start(box, &err), -EPERM);
        assert_int_equal(err.stage, PINFOLD_STAGE_START);
        assert_string_equal(err.text, "cannot start container: create namespaces: clone: Operation not permitted");
        assert_int_equal(err.fatal, 1);
        assert_no_children();
        pinfold_free(box);
}

ROOT_TEST(a_chroot_around_the_caller)
{
        in_child(in_a_chroot);
}

static void without_proc(void **state)
{
        struct pinfold *box = box_new("exit 3");
        struct pinfold_error err = {0};

        (void)state;
        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(umount2("/proc", MNT_DETACH), 0);
        assert_int_equal(pinfold_start(box, &err), 0);
        assert_int_equal(pinfold_serve(box, &err), -ENOENT);
        assert_int_equal(err.stage, PINFOLD_STAGE_MAP_IDS);
        assert_true(strncmp(err.text, "cannot set up container: map user and group ids: open /proc/", 60) == 0);
        assert_readable(&err);
        assert_no_children();
        pinfold_free(box);
}

ROOT_TEST(no_proc)
{
        in_child(without_proc);
}

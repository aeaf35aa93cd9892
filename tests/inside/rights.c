/* SPDX-License-Identifier: MIT */
/* What the program may do: capabilities, no_new_privs, user namespaces, a privileged container's mounts. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside/probe.h"
#include "life/child.h"
#include "support/box.h"

static struct pinfold *box_as(uid_t id, unsigned flags)
{
        struct pinfold *box = box_with_probe("");

        pinfold_set_uid(box, id);
        pinfold_set_gid(box, id);
        pinfold_set_flags(box, flags, 1);
        return box;
}

#define SETS(set) "CapInh:\t" set "\nCapPrm:\t" set "\nCapEff:\t" set "\nCapBnd:\t" set "\nCapAmb:\t" set "\n"
#define NO_CAPABILITY SETS("0000000000000000")
#define SYS_ADMIN SETS("0000000000200000")

static void assert_sets(uid_t id, unsigned flags, const char *expected)
{
        char *output = inside(box_as(id, flags), "self");
        const char *found = strstr(output, "CapInh");

        assert_non_null(found);
        if (strncmp(found, expected, strlen(expected)) != 0)
                fail_msg("not the expected sets: %s", output);
        assert_non_null(strstr(output, "NoNewPrivs:\t1\n"));
        assert_non_null(strstr(output, "securebits 0\n"));
        assert_non_null(strstr(output, "dumpable 1\n"));
        free(output);
}

static const uid_t some_ids[] = {0, 1000};
static const unsigned some_flags[] = {0,
                                      PINFOLD_NO_SECCOMP,
                                      PINFOLD_NESTED,
                                      PINFOLD_HOST_NET | PINFOLD_HOST_ABSTRACT,
                                      PINFOLD_RETAIN_SESSION | PINFOLD_NO_SECCOMP | PINFOLD_NESTED | PINFOLD_HOST_NET |
                                              PINFOLD_HOST_ABSTRACT};

TEST(no_capability_in_any_of_five_sets)
{
        for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < sizeof(some_flags) / sizeof(some_flags[0]); j++)
                        assert_sets(some_ids[i], some_flags[j], NO_CAPABILITY);
}

TEST(privileged_is_exactly_cap_sys_admin_in_all_five)
{
        for (size_t i = 0; i < 2; i++)
                for (size_t j = 0; j < sizeof(some_flags) / sizeof(some_flags[0]); j++)
                        assert_sets(some_ids[i], some_flags[j] | PINFOLD_PRIVILEGED, SYS_ADMIN);
}

/* Inherited flags of the caller's do not come along either. */
static void with_securebits(void **state)
{
        (void)state;
        assert_int_equal(prctl(PR_SET_SECUREBITS, 0x10L /* keep capabilities */, 0L, 0L, 0L), 0);
        assert_sets(0, 0, NO_CAPABILITY);
}

ROOT_TEST(securebits_of_the_caller_stay_outside)
{
        in_child(with_securebits);
}

TEST(a_setuid_program_gives_nothing)
{
        struct pinfold *box = box_new("grep -E '^(Uid|Cap|NoNew)' /proc/self/status >/tmp/before;"
                                      "/tmp/bin/grep -E '^(Uid|Cap|NoNew)' /proc/self/status | cmp - /tmp/before &&"
                                      "stat -c %a /tmp/bin/grep");
        const char *directory = temporary_directory();
        char *output;

        assert_int_equal(system(format("cp /usr/bin/grep %s/grep && chmod 4755 %s/grep", directory, directory)), 0);
        pinfold_set_uid(box, 1000);
        pinfold_bind(box, directory, "/tmp/bin", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "4755\n");
        free(output);
}

/* What it leaves on the host is not executed with the caller's ids: neither in a directory nor in a file it was given. */
static void makes_files_with_ids(bool hardened, const char *expected)
{
        struct pinfold *box = box_new("cd /tmp/w; for mode in 4755 2755 6700; do cp /bin/true $mode;"
                                      "chmod $mode $mode 2>/dev/null; stat -c %a $mode; done;"
                                      "chmod u+s /dev/fd/3 2>/dev/null; stat -Lc %a /dev/fd/3;"
                                      "chmod g+s . 2>/dev/null; stat -c %a .");
        const char *directory = temporary_directory();
        char *output;
        int fd;

        assert_int_equal(system(format("umask 022; mkdir -m 700 %s/w; : > %s/given", directory, directory)), 0);
        fd = open(format("%s/given", directory), O_RDWR | O_CLOEXEC);
        assert_true(fd >= 0);
        pinfold_bind(box, format("%s/w", directory), "/tmp/w", PINFOLD_BIND_WRITABLE);
        pinfold_add_file(box, fd);
        pinfold_seccomp_set_hardening(pinfold_seccomp(box), hardened);
        output = box_output(box, 0);
        assert_string_equal(output, expected);
        free(output);
        close(fd);
}

TEST(no_file_with_ids_is_made)
{
        makes_files_with_ids(true, "755\n755\n755\n644\n700\n");
        makes_files_with_ids(false, "4755\n2755\n6700\n4644\n2700\n"); /* the probe can tell */
}

/* Streams that are not given: for root's program it is root's own node of the host. */
TEST(the_null_device_cannot_be_changed)
{
        struct pinfold *box = box_new("touch -d @1 /dev/fd/0 2>/dev/null || echo refused; echo x >&0 && cat <&0 && echo works");
        char *output = box_output(box, 0);
        struct stat info;

        assert_string_equal(output, "refused\nworks\n");
        free(output);
        assert_int_equal(stat("/dev/null", &info), 0);
        assert_int_not_equal(info.st_mtime, 1);
}

TEST(the_filter_is_loaded_unless_refused)
{
        char *output = box_output(box_new("exec grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status"), 0);
        struct pinfold *box;

        assert_string_equal(output, "NoNewPrivs:\t1\nSeccomp:\t2\n");
        free(output);
        box = box_new("exec grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status");
        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        output = box_output(box, 0);
        assert_string_equal(output, "NoNewPrivs:\t1\nSeccomp:\t0\n");
        free(output);
}

/* ---- User namespaces --------------------------------------------------------------------------------------------- */

TEST(no_user_namespace_can_be_created)
{
        for (size_t i = 0; i < 2; i++)
                for (int filter = 0; filter < 2; filter++)
                        assert_inside(box_as(some_ids[i], filter ? 0 : PINFOLD_NO_SECCOMP), "namespaces",
                                      "unshare user: No space left on device\nunshare all: No space left on device\n"
                                      "unshare mount: Operation not permitted\n");
}

TEST(nested_permits_them)
{
        for (size_t i = 0; i < 2; i++)
                assert_inside(box_as(some_ids[i], PINFOLD_NESTED), "namespaces",
                              "unshare user: ok\nunshare all: ok\nunshare mount: Operation not permitted\n");
}

/* The one of a privileged container is the last. Mount namespaces take its capability. */
TEST(privileged_does_not_permit_them)
{
        for (size_t i = 0; i < 2; i++)
                assert_inside(box_as(some_ids[i], PINFOLD_PRIVILEGED | PINFOLD_NO_SECCOMP), "namespaces",
                              "unshare user: No space left on device\nunshare all: No space left on device\n"
                              "unshare mount: ok\n");
        assert_inside(box_as(0, PINFOLD_PRIVILEGED | PINFOLD_NESTED), "namespaces",
                      "unshare user: ok\nunshare all: ok\nunshare mount: ok\n");
}

/* The limit cannot be lifted from inside. */
TEST(the_limit_is_out_of_reach)
{
        static const char script[] = "cat /proc/sys/user/max_user_namespaces;"
                                     "echo 5 2>&1 >/proc/sys/user/max_user_namespaces";

        for (size_t i = 0; i < 2; i++) {
                struct pinfold *box = box_new(script);
                char *output;

                pinfold_set_uid(box, some_ids[i]);
                output = box_output(box, 2);
                assert_true(strncmp(output, "0\n", 2) == 0);
                free(output);
        }
}

/* Nor is it set in what is mounted over the settings, instead of in them. */
TEST(what_covers_the_settings_does_not_get_the_limit)
{
        const char *cover = temporary_directory(), *limit = format("%s/user/max_user_namespaces", cover);
        struct pinfold *box = box_as(some_ids[0], PINFOLD_NO_SECCOMP);
        char *content;

        assert_int_equal(mkdir(format("%s/user", cover), 0777), 0);
        write_file(limit, "7");
        write_file(format("%s/user/max_cgroup_namespaces", cover), "7");
        pinfold_bind(box, cover, "/proc/sys", PINFOLD_BIND_WRITABLE);
        assert_inside(box, "namespaces", "unshare user: No space left on device\nunshare all: No space left on device\n"
                                         "unshare mount: Operation not permitted\n");
        content = read_file(limit);
        assert_string_equal(content, "7");
        free(content);
}

/* ---- Mounts of a privileged container ---------------------------------------------------------------------------- */

/* Under no circumstances does the program undo what setup has mounted: threats, 28. */
TEST(what_setup_has_mounted_is_locked)
{
        static const char expected[] =
                "umount /: Invalid argument\nwritable /: Operation not permitted\n"
                "umount /usr: Invalid argument\nwritable /usr: Operation not permitted\n"
                "umount /etc: Invalid argument\nwritable /etc: Operation not permitted\n"
                "umount /dev: Invalid argument\nwritable /dev: Operation not permitted\n"
                "umount /dev/null: Invalid argument\nwritable /dev/null: Operation not permitted\n"
                "umount /proc: Invalid argument\nwritable /proc: Operation not permitted\n"
                "mount: ok\nwritable own: ok\numount own: ok\n";

        for (size_t i = 0; i < 2; i++) {
                struct pinfold *box = box_as(some_ids[i], PINFOLD_PRIVILEGED);

                pinfold_remount(box, "/", PINFOLD_REMOUNT_READONLY);
                pinfold_remount(box, "/proc", PINFOLD_REMOUNT_READONLY);
                assert_inside(box, "mounts / /usr /etc /dev /dev/null /proc", expected);
        }
}

/* What covers the parts of /proc that root's id could write, where not all of it is read-only. */
ROOT_TEST(the_masks_of_proc_are_locked)
{
        static const char *const masked[] = {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"};

        for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
                if (access(masked[i], F_OK) < 0) {
                        assert_true(i > 0); /* kernels differ in the others */
                        continue;
                }
                assert_inside(box_as(0, PINFOLD_PRIVILEGED | PINFOLD_NESTED), format("mounts %s", masked[i]),
                              format("umount %s: Invalid argument\nwritable %s: Operation not permitted\n"
                                     "mount: ok\nwritable own: ok\numount own: ok\n",
                                     masked[i], masked[i]));
        }
}

/* Without it there is nothing to try. */
TEST(an_ordinary_program_mounts_nothing)
{
        assert_inside(box_as(0, PINFOLD_NO_SECCOMP), "mounts /usr",
                      "umount /usr: Operation not permitted\nwritable /usr: Operation not permitted\n"
                      "mount: Operation not permitted\nwritable own: Operation not permitted\n"
                      "umount own: Operation not permitted\n");
}

/* SPDX-License-Identifier: MIT */
/* User and group ids, as the program sees them: user_namespaces(7). */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inside/probe.h"
#include "inside/refuse.h"
#include "life/child.h"
#include "support/box.h"
#include "support/kernel.h"

#define IDS "echo $(id -u) $(id -g); exec grep -E '^(Uid|Gid|Groups)' /proc/self/status"

/* For children who become somebody else: made before, by the one who cleans up. */
static const char *directory_of_parent;

static void in_child_with_directory(void (*body)(void **state))
{
        directory_of_parent = temporary_directory();
        in_child(body);
}

static const char *ids(unsigned uid, unsigned gid, const char *groups)
{
        return format("%u %u\nUid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t%s\n",
                      uid, gid, uid, uid, uid, uid, gid, gid, gid, gid, groups);
}

static unsigned overflow(const char *path)
{
        char *text = read_file(path);
        unsigned id = (unsigned)atoi(text);

        free(text);
        return id;
}

TEST(unset_they_are_those_of_nobody)
{
        unsigned uid = overflow("/proc/sys/kernel/overflowuid"), gid = overflow("/proc/sys/kernel/overflowgid");

        box_prints(box_new(IDS), ids(uid, gid, " "));
}

TEST(any_can_be_asked_for)
{
        static const unsigned asked[] = {0, 1, 1000, 65534, 4294967294u};

        for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
                struct pinfold *box = box_new(IDS);

                pinfold_set_uid(box, asked[i]);
                pinfold_set_gid(box, asked[sizeof(asked) / sizeof(asked[0]) - 1 - i]);
                box_prints(box, ids(asked[i], asked[sizeof(asked) / sizeof(asked[0]) - 1 - i], " "));
        }
}

TEST(one_of_the_two)
{
        struct pinfold *box = box_new(IDS);

        pinfold_set_uid(box, 0);
        box_prints(box, ids(0, overflow("/proc/sys/kernel/overflowgid"), " "));
        box = box_new(IDS);
        pinfold_set_gid(box, 0);
        box_prints(box, ids(overflow("/proc/sys/kernel/overflowuid"), 0, " "));
}

/* Outside they are the caller's, and no other is known inside. */
TEST(they_are_the_callers_outside)
{
        struct pinfold *box = box_new("cat /proc/self/uid_map /proc/self/gid_map;"
                                      "touch /tmp/out/file; exec stat -c '%u %g' /etc");
        const char *directory = temporary_directory();
        struct stat stat_;

        pinfold_set_uid(box, 77);
        pinfold_set_gid(box, 88);
        pinfold_bind(box, directory, "/tmp/out", PINFOLD_BIND_WRITABLE);
        box_prints(box, format("%10d %10u %10d\n%10d %10u %10d\n%s\n", 77, geteuid(), 1, 88, getegid(), 1,
                                  geteuid() == 0 ? "77 88" : "65534 65534"));
        assert_int_equal(stat(format("%s/file", directory), &stat_), 0);
        assert_int_equal(stat_.st_uid, geteuid());
        assert_int_equal(stat_.st_gid, getegid());
}

TEST(an_id_of_0_has_no_power)
{
        struct pinfold *box = box_with_probe("");

        pinfold_set_uid(box, 0);
        pinfold_set_gid(box, 0);
        pinfold_set_flags(box, PINFOLD_NO_SECCOMP, 1);
        assert_inside(box, "ids", "setuid: Invalid argument\nsetgid: Invalid argument\n"
                                  "setgroups: Operation not permitted\n"
                                  "chroot: Operation not permitted\nsethostname: Operation not permitted\n"
                                  "mount: Operation not permitted\n");
}

TEST(setgroups_is_denied_to_those_who_could_not_drop_groups)
{
        box_prints(box_new("cat /proc/self/setgroups"), geteuid() == 0 ? "allow\n" : "deny\n");
}

/* ---- Effective and real ids that differ -------------------------------------------------------------------------- */

/* Before Linux 6.16 it takes them from whoever has a real id other than the effective one: init could do nothing. */
static bool execution_takes_ambient_capabilities(void)
{
        return kernel_is_before(6, 16);
}

static void setuid_program(void **state)
{
        struct pinfold *box;

        (void)state;
        assert_int_equal(setgroups(0, NULL), 0);
        assert_int_equal(setresgid(5, 1234, 1234), 0);
        assert_int_equal(setresuid(5, 1234, 1234), 0);
        box = box_new("cat /proc/self/uid_map;" IDS);
        if (execution_takes_ambient_capabilities()) {
                box_error(box, PINFOLD_STAGE_PROTECT, EPERM);
                return;
        }
        pinfold_set_uid(box, 7);
        pinfold_set_gid(box, 8);
        box_prints(box, format("%10d %10d %10d\n%s", 7, 1234, 1, ids(7, 8, " ")));
}

ROOT_TEST(the_effective_ids_count)
{
        in_child(setuid_program);
}

/* ---- Supplementary groups ---------------------------------------------------------------------------------------- */

static void with_groups(void **state)
{
        (void)state;
        assert_int_equal(setgroups(3, (gid_t[]){4321, 4322, 0}), 0);
        box_prints(box_new(IDS), ids(65534, 65534, " "));
}

ROOT_TEST(groups_of_root_are_dropped)
{
        in_child(with_groups);
}

/*
 * Whoever may not set groups keeps them, or could get rid of one that takes rights away. Not mapped, they show as
 * nobody's, and give what they give outside.
 */
static void with_groups_as_user(void **state)
{
        const char *directory = directory_of_parent;
        struct pinfold *box;

        (void)state;
        write_file(format("%s/secret", directory), "of the group\n");
        assert_int_equal(chown(directory, 0, 4321), 0);
        assert_int_equal(chmod(directory, 0750), 0);
        assert_int_equal(setgroups(2, (gid_t[]){4321, 4322}), 0);
        assert_int_equal(setresgid(1234, 1234, 1234), 0);
        assert_int_equal(setresuid(1234, 1234, 1234), 0);
        box = box_new("cat /tmp/group/secret;" IDS);
        pinfold_set_uid(box, 1000);
        pinfold_set_gid(box, 1000);
        pinfold_bind(box, directory, "/tmp/group", 0);
        box_prints(box, format("of the group\n%s", ids(1000, 1000, "65534 65534 ")));
}

ROOT_TEST(groups_of_others_stay)
{
        in_child_with_directory(with_groups_as_user);
}

/* ---- Maps -------------------------------------------------------------------------------------------------------- */

#define MAPS "sed 's/  */ /g' /proc/self/uid_map /proc/self/gid_map;" IDS

/* Written by the caller, who may. */
ROOT_TEST(maps_written_by_root)
{
        struct pinfold *box = box_new(MAPS);

        pinfold_map_uids(box, 0, 100000, 10);
        pinfold_map_uids(box, 1000, 0, 1);
        pinfold_map_gids(box, 5, 200000, 3);
        box_prints(box, format(" 0 100000 10\n 1000 0 1\n 5 200000 3\n%s", ids(1000, 5, " ")));

        box = box_new(MAPS);
        pinfold_map_uids(box, 0, 100000, 10);
        pinfold_map_gids(box, 0, 100000, 10);
        pinfold_set_uid(box, 3);
        pinfold_set_gid(box, 4);
        box_prints(box, format(" 0 100000 10\n 0 100000 10\n%s", ids(3, 4, " ")));
        /* One kind; the other keeps its single id. */
        box = box_new(MAPS);
        pinfold_map_gids(box, 0, 100000, 10);
        pinfold_set_uid(box, 9);
        box_prints(box, format(" 9 0 1\n 0 100000 10\n%s", ids(9, 0, " ")));
}

/* Files made inside belong to the ids outside. */
ROOT_TEST(mapped_ids_own_files_outside)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("touch /tmp/out/file");
        struct stat stat_;

        assert_int_equal(chmod(directory, 0777), 0);
        pinfold_map_uids(box, 0, 100000, 10);
        pinfold_map_gids(box, 0, 200000, 10);
        pinfold_set_uid(box, 7);
        pinfold_set_gid(box, 8);
        pinfold_bind(box, directory, "/tmp/out", PINFOLD_BIND_WRITABLE);
        free(box_output(box, 0));
        assert_int_equal(stat(format("%s/file", directory), &stat_), 0);
        assert_int_equal(stat_.st_uid, 100007);
        assert_int_equal(stat_.st_gid, 200008);
}

TEST(an_id_that_is_not_in_the_map)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err;

        pinfold_map_uids(box, 0, 100000, 10);
        pinfold_set_uid(box, 10);
        err = box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        assert_string_equal(err.text, "cannot set up container: id 10 is not in the uid_map: Invalid argument");
        assert_no_children();
}

ROOT_TEST(a_map_that_the_kernel_refuses)
{
        struct pinfold *box = box_new("exit 0");
        struct pinfold_error err;

        /* Overlapping. */
        pinfold_map_uids(box, 0, 100000, 10);
        pinfold_map_uids(box, 5, 200000, 10);
        err = box_error(box, PINFOLD_STAGE_MAP_IDS, EINVAL);
        assert_string_equal(err.text, "cannot set up container: map user and group ids: write uid_map: "
                                      "Invalid argument");
        assert_string_equal(err.path, "uid_map");
        assert_readable(&err);
}

/* ---- newuidmap(1) and newgidmap(1) ------------------------------------------------------------------------------- */

/* An unprivileged user with subordinate ids, in a mount namespace where the files say so. */
static void become_subordinate(const char *uids, const char *gids)
{
        const char *directory = directory_of_parent;
        const char *const files[][2] = {
                {"/etc/passwd", "root:x:0:0::/:/bin/sh\nmapper:x:4242:4242::/:/bin/sh\n"},
                {"/etc/group", "root:x:0:\nmapper:x:4242:\n"},
                {"/etc/subuid", uids},
                {"/etc/subgid", gids},
        };

        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                const char *file = format("%s/%zu", directory, i);

                write_file(file, files[i][1]);
                if (access(files[i][0], F_OK) < 0)
                        fail_msg("%s (package uidmap) is missing", files[i][0]);
                assert_int_equal(mount(file, files[i][0], NULL, MS_BIND, NULL), 0);
        }
        become_user(4242);
        /* The files in its /proc are its own again. */
        assert_int_equal(prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L), 0);
}

static void with_helpers(void **state)
{
        int descriptors = open_descriptors();
        struct pinfold *box;

        (void)state;
        become_subordinate("mapper:300000:1000\n", "mapper:400000:1000\n");
        box = box_new(MAPS);
        pinfold_map_uids(box, 0, 300000, 100);
        pinfold_map_uids(box, 1000, 4242, 1);
        pinfold_map_gids(box, 0, 400000, 100);
        box_prints(box, format(" 0 300000 100\n 1000 4242 1\n 0 400000 100\n%s", ids(1000, 0, " ")));
        /* One's own id appears where it is mapped; others can be asked for. */
        box = box_new(MAPS);
        pinfold_map_uids(box, 0, 300000, 100);
        pinfold_map_gids(box, 0, 400000, 100);
        pinfold_set_uid(box, 33);
        pinfold_set_gid(box, 44);
        box_prints(box, format(" 0 300000 100\n 0 400000 100\n%s", ids(33, 44, " ")));
        /* One kind only: the other is a single id of one's own, for which no helper is needed. */
        box = box_new(MAPS);
        pinfold_map_uids(box, 0, 300000, 100);
        pinfold_set_gid(box, 6);
        box_prints(box, format(" 0 300000 100\n 6 4242 1\n%s", ids(0, 6, " ")));
        assert_int_equal(open_descriptors(), descriptors);
        assert_no_children();
}

ROOT_TEST(maps_written_by_the_helpers)
{
        in_child_with_directory(with_helpers);
}

static void refused_by_helpers(void **state)
{
        struct pinfold *box;
        struct pinfold_error err;

        (void)state;
        become_subordinate("mapper:300000:1000\n", "mapper:400000:1000\n");
        box = box_new("exit 0");
        pinfold_map_uids(box, 0, 500000, 100);
        err = box_error(box, PINFOLD_STAGE_MAP_IDS, EPERM);
        assert_true(strncmp(err.text, "cannot set up container: map user and group ids: newuidmap: ", 60) == 0);
        assert_readable(&err);
        assert_no_children();
        box = box_new("exit 0");
        pinfold_map_uids(box, 0, 300000, 100);
        pinfold_map_gids(box, 0, 300000, 100);
        err = box_error(box, PINFOLD_STAGE_MAP_IDS, EPERM);
        assert_true(strncmp(err.text, "cannot set up container: map user and group ids: newgidmap: ", 60) == 0);
        assert_no_children();
}

ROOT_TEST(maps_that_the_helpers_refuse)
{
        in_child_with_directory(refused_by_helpers);
}

/* A caller that reaps everything takes the helper's exit status, too. */
static void with_helpers_and_no_children(void **state)
{
        struct pinfold *box;
        struct pinfold_error err;

        (void)state;
        become_subordinate("mapper:300000:1000\n", "mapper:400000:1000\n");
        signal(SIGCHLD, SIG_IGN);
        box = box_new(MAPS);
        pinfold_map_uids(box, 0, 300000, 100);
        pinfold_map_gids(box, 0, 400000, 100);
        box_prints(box, format(" 0 300000 100\n 0 400000 100\n%s", ids(0, 0, " ")));
        box = box_new("exit 0");
        pinfold_map_uids(box, 0, 500000, 100);
        err = box_error(box, PINFOLD_STAGE_MAP_IDS, EPERM);
        assert_readable(&err);
}

ROOT_TEST(helpers_of_a_caller_that_ignores_sigchld)
{
        in_child_with_directory(with_helpers_and_no_children);
}

static void without_helpers(void **state)
{
        struct pinfold *box;
        struct pinfold_error err;

        (void)state;
        assert_int_equal(unshare(CLONE_NEWNS), 0);
        assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
        assert_int_equal(mount("/etc/passwd", "/usr/bin/newuidmap", NULL, MS_BIND, NULL), 0); /* not executable */
        become_user(4242);
        box = box_new("exit 0");
        pinfold_map_uids(box, 0, 300000, 100);
        err = box_error(box, PINFOLD_STAGE_MAP_IDS, ENOENT);
        assert_string_equal(err.text, "cannot set up container: map user and group ids: find newuidmap: "
                                      "No such file or directory");
        assert_no_children();
}

ROOT_TEST(helpers_that_are_missing)
{
        in_child(without_helpers);
}

/* One id of one's own is no privilege, and needs no newuidmap(1). */
/* ---- Maps that somebody else writes ------------------------------------------------------------------------------ */

static struct pinfold *box_mapped(void)
{
        struct pinfold *box = box_new(IDS);

        pinfold_set_flags(box, PINFOLD_MAPPED, 1);
        return box;
}

static void write_maps(pid_t pid, unsigned uid, unsigned gid)
{
        write_file(format("/proc/%d/setgroups", (int)pid), "deny");
        write_file(format("/proc/%d/uid_map", (int)pid), format("%u %u 1", uid, geteuid()));
        write_file(format("/proc/%d/gid_map", (int)pid), format("%u %u 1", gid, getegid()));
}

TEST(maps_of_somebody_else)
{
        struct pinfold *box = box_mapped();
        int ends[2];
        char said[256] = "";

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdout(box, ends[1]);
        assert_int_equal(pinfold_start(box, NULL), 0);
        write_maps(pinfold_pid(box), 17, 18);
        assert_int_equal(pinfold_serve(box, NULL), 0);
        assert_int_equal(box_wait(box).status, 0);
        pinfold_free(box);
        assert_true(read(ends[0], said, sizeof(said) - 1) > 0);
        assert_non_null(strstr(said, "17 18\nUid:\t17\t17\t17\t17\nGid:\t18\t18\t18\t18\n"));
        close(ends[0]);
        close(ends[1]);
}

TEST(maps_that_nobody_wrote)
{
        struct pinfold_error err;
        struct pinfold *box;

        err = box_error(box_mapped(), PINFOLD_STAGE_MAP_IDS, EINVAL);
        assert_string_equal(err.text, "cannot set up container: map user and group ids: nobody has written the uid_map: Invalid argument");
        box = box_mapped();
        pinfold_map_uids(box, 0, geteuid(), 1);
        err = box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        box = box_mapped();
        pinfold_set_uid(box, 5);
        assert_int_equal(pinfold_start(box, NULL), 0);
        write_maps(pinfold_pid(box), 17, 18);
        assert_int_equal(pinfold_serve(box, &err), -EINVAL);
        assert_string_equal(err.text, "cannot set up container: id 5 is not in the uid_map: Invalid argument");
        pinfold_free(box);
}

TEST(one_range_of_ones_own_id)
{
        struct pinfold *box = box_new("id -u; id -g");

        pinfold_map_uids(box, 7, geteuid(), 1);
        pinfold_map_gids(box, 8, getegid(), 1);
        box_prints(box, "7\n8\n");
}

/* The kernel shows a map a page at a time; the nested namespace of a privileged container gets all of it. */
ROOT_TEST(many_ranges_reach_a_nested_namespace)
{
        struct pinfold *box = box_new("wc -l </proc/self/uid_map; id -u");

        for (uint32_t i = 0; i < 200; i++)
                pinfold_map_uids(box, i, 2 * i, 1);
        pinfold_map_gids(box, 0, 0, 1);
        pinfold_set_uid(box, 199);
        pinfold_set_gid(box, 0);
        pinfold_set_flags(box, PINFOLD_PRIVILEGED, 1);
        box_prints(box, "200\n199\n");
}

/* ---- As the host sees them --------------------------------------------------------------------------------------- */

/* The lines Uid and Gid of the program's status outside. Frees the box. */
static char *ids_outside(struct pinfold *box)
{
        char *status, *lines, text[8];
        pid_t program;
        int in[2], out[2];

        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
        pinfold_set_stdin(box, in[0]);
        pinfold_set_stdout(box, out[1]);
        box_begin(box);
        assert_int_equal(read(out[0], text, sizeof(text)), 6);
        assert_int_equal(box_processes(box, &program, 1), 1);
        status = read_file(format("/proc/%d/status", (int)program));
        lines = strstr(status, "\nUid:");
        assert_non_null(lines);
        lines = strndup(lines + 1, strcspn(strstr(lines, "\nGid:") + 1, "\n") + (size_t)(strstr(lines, "\nGid:") - lines));
        free(status);
        close(in[1]);
        assert_int_equal(box_wait(box).exited, 1);
        pinfold_free(box);
        close(in[0]);
        close(out[0]);
        close(out[1]);
        return lines;
}

/* An id that is not mapped looks like the overflow id from inside: it must not be taken for the one that is wanted. */
ROOT_TEST(the_overflow_id_of_a_map)
{
        struct pinfold *box = box_new("echo ready; read line");
        char *ids;

        pinfold_map_uids(box, 0, 100000, 65536);
        pinfold_map_gids(box, 0, 200000, 65536);
        pinfold_set_uid(box, 65534);
        pinfold_set_gid(box, 65534);
        ids = ids_outside(box);
        assert_string_equal(ids, "Uid:\t165534\t165534\t165534\t165534\nGid:\t265534\t265534\t265534\t265534");
        free(ids);
}

/* Nothing of a caller's real ids gets inside when its effective ones are others. */
static void with_effective_ids(void **state)
{
        char *ids;

        (void)state;
        assert_int_equal(setgroups(0, NULL), 0);
        assert_int_equal(setegid(1234), 0);
        assert_int_equal(seteuid(1234), 0);
        if (execution_takes_ambient_capabilities()) {
                box_error(box_new("echo ready"), PINFOLD_STAGE_PROTECT, EPERM);
                return;
        }
        ids = ids_outside(box_new("echo ready; read line"));
        assert_string_equal(ids, "Uid:\t1234\t1234\t1234\t1234\nGid:\t1234\t1234\t1234\t1234");
        free(ids);
}

ROOT_TEST(real_ids_of_the_caller_stay_outside)
{
        in_child(with_effective_ids);
}

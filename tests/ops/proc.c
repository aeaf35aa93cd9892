/* SPDX-License-Identifier: MIT */
/* The operation proc. */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"

TEST(it_shows_the_container_s_processes_only)
{
        struct pinfold *box = box_new("cd /proc; ls -d [0-9]*; echo $$; readlink self");

        /* PID 1 and the shell, which looks before it starts ls; then readlink, a process of its own. */
        box_prints(box, "1\n2\n2\n4\n");
}

TEST(it_is_new)
{
        struct pinfold *box = box_new("stat -c %d /proc");
        char *output = box_output(box, 0);
        char *own = NULL;

        /* Another instance than the host's, which would show the host's processes. */
        box = box_new("stat -c %d /host");
        pinfold_bind(box, "/proc", "/host", 0);
        own = box_output(box, 0);
        assert_string_not_equal(own, output);
        free(own);
        free(output);
}

TEST(parents_have_parent_perm)
{
        struct pinfold *box = box_new("stat -c %a /a /a/b; ls /a/b/c/self/status");

        pinfold_set_parent_perm(box, 0751);
        pinfold_proc(box, "/a/b/c");
        box_prints(box, "751\n751\n/a/b/c/self/status\n");
}

/* A caller who is root is root to proc, although it is nobody inside and has no capability. */
TEST(nothing_of_the_system_can_be_written)
{
        struct pinfold *box = box_empty();
        char *output;

        pinfold_proc(box, "/proc");
        box_probe(box, (const char *[]){"probe", "writable", "/proc", NULL});
        output = box_output(box, 0);
        assert_string_equal(output, "");
        free(output);
}

/* Opened only: a test must not do what it tries. */
#define OPEN "for file; do (: >> $file) 2>&1 | sed 's/.*: //'; done"

TEST(settings_of_the_kernel)
{
        static const char *const files[] = {"sys/kernel/core_pattern", "sys/kernel/hostname", "sys/vm/drop_caches",
                                            "sysrq-trigger", "irq/default_smp_affinity"};
        bool root = geteuid() == 0;

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                const char *path = format("/proc/%s", files[i]);
                struct pinfold *box;

                if (i >= 3 && access(path, F_OK) < 0)
                        continue; /* not every kernel has them */
                box = box_new("");
                pinfold_set_args(box, (const char *[]){"sh", "-c", OPEN, "sh", path, NULL});
                pinfold_add_env(box, "LC_ALL", "C");
                box_prints(box, root ? "Read-only file system\n" : "Permission denied\n");
                /* Outside, the probe can tell. */
                assert_int_equal(access(path, W_OK), root ? 0 : -1);
        }
}

TEST(id_0_inside)
{
        struct pinfold *box = box_new("(: >> /proc/sys/kernel/core_pattern) 2>&1 | sed 's/.*: //'");

        pinfold_set_uid(box, 0);
        pinfold_set_gid(box, 0);
        pinfold_add_env(box, "LC_ALL", "C");
        box_prints(box, geteuid() == 0 ? "Read-only file system\n" : "Permission denied\n");
}

/* PID 1 has the id that it was started with, and so has the program: it must get no say in when PID 1 runs. */
TEST(files_of_pid_1)
{
        static const char *const files[] = {"autogroup", "oom_score_adj", "comm", "task/1/comm", "coredump_filter"};
        static const uid_t ids[] = {0, 1000};

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                for (size_t id = 0; id < 2; id++) {
                        struct pinfold *box = box_new("");
                        bool owner = geteuid() == 0 || ids[id] == 0;

                        pinfold_set_uid(box, ids[id]);
                        pinfold_set_args(box, (const char *[]){"sh", "-c", OPEN, "sh", format("/proc/1/%s", files[i]),
                                                               NULL});
                        pinfold_add_env(box, "LC_ALL", "C");
                        box_prints(box, owner ? "Read-only file system\n" : "Permission denied\n");
                }
}

/* Not by root's program: files that are nobody's process have modes that it could change, for the host too. */
TEST(own_files_can_be_written)
{
        struct pinfold *box = box_new("(echo name > /proc/self/comm && echo 500 > /proc/self/oom_score_adj && echo fine) 2>&1"
                                      " | sed 's/.*: //'");

        pinfold_add_env(box, "LC_ALL", "C");
        box_prints(box, geteuid() == 0 ? "Read-only file system\n" : "fine\n");
}

TEST(modes_of_files)
{
        struct pinfold *box = box_new("for f in /proc /proc/cpuinfo /proc/tty /proc/tty/drivers; do chmod --reference=$f $f; done 2>&1 |"
                                      " sed 's/.*: //' | sort -u");

        pinfold_add_env(box, "LC_ALL", "C");
        box_prints(box, geteuid() == 0 ? "Read-only file system\n" : "Operation not permitted\n");
}

TEST(twice)
{
        struct pinfold *box = box_new("ls -d /proc/1 /other/1");

        pinfold_proc(box, "/other");
        box_prints(box, "/other/1\n/proc/1\n");
}

TEST(on_a_file)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_proc(box, "/file");
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "proc", "/file",
                  "cannot set up container: proc on /file: open directory /file: Not a directory"});
}

TEST(below_a_read_only_bind)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, temporary_directory(), "/r", 0);
        pinfold_proc(box, "/r/proc");
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "proc", "/r/proc",
                  "cannot set up container: proc on /r/proc: create directory /r/proc: Read-only file system"});
}

/* Nothing can be made in proc. */
TEST(below_proc)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_proc(box, "/proc");
        pinfold_mkdir(box, "/proc/a", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOENT, 1, "mkdir", "/proc/a",
                  "cannot set up container: directory /proc/a: create directory /proc/a: No such file or directory"});
}

TEST(wrong_use)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_proc(box, "proc"), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "proc", "",
                  "cannot start container: proc: target \"proc\" is not an absolute path: Invalid argument"});
}

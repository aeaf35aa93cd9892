/* SPDX-License-Identifier: MIT */
/*
 * Symbolic links in what was bound never lead an operation out to the host (threat 1; CVE-2026-87766 elsewhere). A
 * directory of the host is bound writable, and full of links to another one, the victim, which no operation may
 * change. The victim's path may exist inside as well: then that is where the links lead.
 */
#define _GNU_SOURCE
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

/* ---- The scene ------------------------------------------------------------------------------------------------- */

static const char *const links[] = {"absolute", "relative", "dangling", "file", "chain", "dotdot"};
#define LINKS (sizeof(links) / sizeof(links[0]))

static const char *victim, *hostile, *source;

static void link_to(const char *text, const char *name)
{
        assert_int_equal(symlink(text, format("%s/%s", hostile, name)), 0);
}

/* Anew for every test: a victim with a file and a directory, and the links to it. */
static void scene(void)
{
        victim = temporary_directory();
        hostile = temporary_directory();
        source = temporary_directory();
        write_file(format("%s/file", victim), "untouched");
        assert_int_equal(mkdir(format("%s/directory", victim), 0755), 0);
        write_file(format("%s/file", source), "source");
        link_to(victim, "absolute");
        link_to(format("../../../../../../../..%s", victim), "relative");
        link_to(format("%s/new", victim), "dangling");
        link_to(format("%s/file", victim), "file");
        link_to("absolute", "chain");
        assert_int_equal(mkdir(format("%s/deep", hostile), 0755), 0);
        link_to(format("deep/../../../../../..%s", victim), "dotdot");
}

static void assert_untouched(void)
{
        DIR *directory = opendir(victim);
        char *content = read_file(format("%s/file", victim));
        struct dirent *entry;
        struct stat stat_;

        assert_non_null(directory);
        assert_string_equal(content, "untouched");
        free(content);
        while ((entry = readdir(directory)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
                    strcmp(entry->d_name, "file") != 0 && strcmp(entry->d_name, "directory") != 0)
                        fail_msg("%s/%s was made", victim, entry->d_name);
        closedir(directory);
        assert_int_equal(stat(format("%s/directory", victim), &stat_), 0);
        assert_int_equal(stat_.st_mode & 07777, 0755);
        assert_int_equal(rmdir(format("%s/directory", victim)), 0); /* empty */
        assert_int_equal(mkdir(format("%s/directory", victim), 0755), 0);
}

TEST(the_links_lead_there_outside)
{
        scene();
        assert_int_equal(mkdir(format("%s/absolute/made", hostile), 0755), 0);
        assert_int_equal(rmdir(format("%s/relative/made", hostile)), 0);
        assert_int_equal(mkdir(format("%s/chain/made", hostile), 0755), 0);
        assert_int_equal(rmdir(format("%s/dotdot/made", hostile)), 0);
        write_file(format("%s/dangling", hostile), "");
        assert_int_equal(unlink(format("%s/new", victim)), 0);
        assert_int_equal(access(format("%s/file", hostile), F_OK), 0);
        assert_untouched();
}

/* ---- Every operation -------------------------------------------------------------------------------------------- */

static void add_bind(struct pinfold *box, const char *target)
{
        pinfold_bind(box, source, target, PINFOLD_BIND_WRITABLE);
}

static void add_bind_file(struct pinfold *box, const char *target)
{
        pinfold_bind(box, format("%s/file", source), target, PINFOLD_BIND_WRITABLE);
}

static void add_tmpfs(struct pinfold *box, const char *target)
{
        pinfold_tmpfs(box, target, 0, 0755);
}

static void add_readonly(struct pinfold *box, const char *target)
{
        pinfold_readonly(box, target, 0755);
}

static void add_proc(struct pinfold *box, const char *target)
{
        pinfold_proc(box, target);
}

static void add_dev(struct pinfold *box, const char *target)
{
        pinfold_dev(box, target, PINFOLD_DEV_MQUEUE);
}

static void add_overlay(struct pinfold *box, const char *target)
{
        pinfold_overlay(box, target, (const char *[]){source, NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
}

static void add_mkdir(struct pinfold *box, const char *target)
{
        pinfold_mkdir(box, target, 0700);
}

static void add_symlink(struct pinfold *box, const char *target)
{
        pinfold_symlink(box, "says", target, 0);
}

static void add_place(struct pinfold *box, const char *target)
{
        pinfold_place(box, target, "placed", 6);
}

static void add_remount(struct pinfold *box, const char *target)
{
        pinfold_remount(box, target, PINFOLD_REMOUNT_READONLY);
}

static void (*const operations[])(struct pinfold *box, const char *target) = {
        add_bind,    add_bind_file, add_tmpfs, add_readonly, add_proc,    add_dev,
        add_overlay, add_mkdir,     add_symlink, add_place,  add_remount,
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* As a destination, as its parent, and as its parent's parent. */
static const char *const below[] = {"", "/file", "/directory", "/new/deeper"};
#define BELOW (sizeof(below) / sizeof(below[0]))

/* An error is expected: there is not even a program. */
static void run(struct pinfold *box)
{
        struct run run = box_run(box);

        run_free(&run);
        pinfold_free(box);
}

static void every_operation(bool inside_too, const char *mount_point)
{
        for (size_t i = 0; i < OPERATIONS; i++) {
                for (size_t j = 0; j < LINKS * BELOW; j++) {
                        struct pinfold *box = box_bare("exit 0");

                        if (inside_too)
                                pinfold_mkdir(box, format("%s/directory", victim), 0755);
                        pinfold_bind(box, hostile, mount_point, PINFOLD_BIND_WRITABLE);
                        operations[i](box, format("%s/%s%s", mount_point, links[j / BELOW], below[j % BELOW]));
                        run(box);
                }
                assert_untouched();
        }
}

TEST(every_operation_at_every_link)
{
        scene();
        every_operation(false, "/w");
}

TEST(every_operation_where_the_links_lead_somewhere)
{
        scene();
        every_operation(true, "/w");
}

/* The hostile directory is the root: destinations are the links themselves. */
TEST(every_operation_in_a_hostile_root)
{
        scene();
        every_operation(false, "/");
}

TEST(etc)
{
        static const char *const texts[] = {"", "/directory", "/new", "/file"};
        char path[512];

        scene();
        snprintf(path, sizeof(path), "%s/etc", hostile);
        for (size_t i = 0; i < 2 * sizeof(texts) / sizeof(texts[0]); i++) {
                struct pinfold *box = box_bare("exit 0");

                const char *up = i % 2 ? "../../../../../.." : "";

                assert_int_equal(symlink(format("%s%s%s", up, victim, texts[i / 2]), path), 0);
                pinfold_bind(box, hostile, "/", PINFOLD_BIND_WRITABLE);
                pinfold_etc(box, source, NULL);
                run(box);
                assert_untouched();
                assert_int_equal(unlink(path), 0);
        }
        /* And one step further in. */
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(symlink(victim, format("%s/.host", path)), 0);
        {
                struct pinfold *box = box_bare("exit 0");

                pinfold_bind(box, hostile, "/", PINFOLD_BIND_WRITABLE);
                pinfold_etc(box, source, "directory");
                run(box);
        }
        assert_untouched();
}

TEST(root)
{
        scene();
        for (size_t i = 0; i < LINKS; i++)
                assert_int_equal(mkdir(format("%s/%s%s", source, links[i], i == 3 ? "-d" : ""), 0755), 0);
        for (int inside_too = 0; inside_too < 2; inside_too++) {
                struct pinfold *box = box_bare("exit 0");

                pinfold_bind(box, hostile, "/", PINFOLD_BIND_WRITABLE);
                if (inside_too)
                        pinfold_mkdir(box, victim, 0755);
                pinfold_root(box, source, PINFOLD_BIND_WRITABLE);
                run(box);
                assert_untouched();
        }
}

/* The source holds such links itself, and is bound where setup works later. */
TEST(nothing_below_a_link_is_the_host_s)
{
        struct pinfold *box;
        char *output;

        scene();
        box = box_new("cat /w/absolute/file /w/file /w/relative/file /w/dotdot/file 2>&1 | grep -c untouched");
        pinfold_bind(box, hostile, "/w", PINFOLD_BIND_WRITABLE);
        output = box_output(box, 1);
        assert_string_equal(output, "0\n");
        free(output);
}

/* What is made at the end of a link is made inside. */
TEST(links_lead_to_what_is_inside)
{
        struct pinfold *box;
        char *output;

        scene();
        box = box_new(format("cd %s; cat file; ls -d made; readlink link; ls there; cat /w/absolute/file", victim));
        pinfold_mkdir(box, victim, 0755);
        pinfold_bind(box, hostile, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_place(box, "/w/absolute/file", "placed\n", 7);
        pinfold_mkdir(box, "/w/relative/made", 0755);
        pinfold_symlink(box, "text", "/w/chain/link", 0);
        pinfold_bind(box, source, "/w/dotdot/there", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "placed\nmade\ntext\nfile\nplaced\n");
        free(output);
        assert_untouched();
}

TEST(dangling_destination)
{
        struct pinfold *box = box_bare("exit 0");

        scene();
        pinfold_bind(box, hostile, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_place(box, "/w/dangling", "", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOENT, 1, "place", "/w/dangling",
                  "cannot set up container: place /w/dangling: /w/dangling is a symbolic link that leads nowhere "
                  "inside: No such file or directory"});

        box = box_bare("exit 0");
        pinfold_bind(box, hostile, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(box, "/w/absolute/a/b", 0, 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOENT, 1, "tmpfs", "/w/absolute",
                  "cannot set up container: tmpfs on /w/absolute/a/b: /w/absolute is a symbolic link that leads "
                  "nowhere "
                  "inside: No such file or directory"});
        assert_untouched();
}

TEST(loop)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_symlink(box, "/b", "/a", 0);
        pinfold_symlink(box, "/a", "/b", 0);
        pinfold_mkdir(box, "/a/c", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ELOOP, 2, "mkdir", "/a/c",
                  "cannot set up container: directory /a/c: open directory /a/c: Too many levels of symbolic links"});
}

/* ---- Magic links ------------------------------------------------------------------------------------------------ */

TEST(magic_links)
{
        static const char *const paths[] = {"self/root", "self/cwd", "1/root", "1/cwd", "self/fd/0", "self/fd/3",
                                            "self/fd/5", "self/fd/7", "thread-self/root", "self/exe"};

        scene();
        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                for (int bound = 0; bound < 2; bound++) {
                        for (size_t j = 0; j < OPERATIONS; j++) {
                                struct pinfold *box = box_bare("exit 0");

                                if (bound)
                                        pinfold_bind(box, "/proc", "/proc", PINFOLD_BIND_WRITABLE);
                                else
                                        pinfold_proc(box, "/proc");
                                operations[j](box, format("/proc/%s%s/new", paths[i], victim));
                                run(box);
                        }
                }
        }
        assert_untouched();
}

TEST(magic_link_is_named)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_proc(box, "/proc");
        pinfold_mkdir(box, "/proc/self/root/tmp", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ELOOP, 1, "mkdir", "/proc/self/root/tmp",
                  "cannot set up container: directory /proc/self/root/tmp: open directory /proc/self/root/tmp: "
                  "Too many levels of symbolic links"});
}

/* ---- Races ------------------------------------------------------------------------------------------------------ */

/* Exchanges a directory and a link to the victim, as fast as it can, until it is killed. */
static pid_t race(const char *directory)
{
        char link[512], real[512];
        pid_t pid;

        snprintf(link, sizeof(link), "%s/race", directory);
        snprintf(real, sizeof(real), "%s/race-other", directory);
        assert_int_equal(symlink(victim, real), 0);
        assert_int_equal(mkdir(link, 0755), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                for (;;)
                        renameat2(AT_FDCWD, link, AT_FDCWD, real, RENAME_EXCHANGE);
        return pid;
}

TEST(racing_link)
{
        unsigned done = 0, failed = 0;
        pid_t pid;

        scene();
        pid = race(hostile);
        for (size_t i = 0; i < 18 * OPERATIONS; i++) {
                struct pinfold *box = box_new("exit 0");
                struct run run;

                pinfold_bind(box, hostile, "/w", PINFOLD_BIND_WRITABLE);
                for (size_t j = 0; j <= i % 4; j++)
                        operations[i % OPERATIONS](box, format("/w/race/%zu/x", j));
                run = box_run(box);
                *(run.error ? &failed : &done) += 1;
                run_free(&run);
                pinfold_free(box);
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        assert_untouched();
        /* It was a race: sometimes the directory was there, sometimes the link. */
        assert_true(done > 0 && failed > 0);
}

/* ---- Links that belong there ------------------------------------------------------------------------------------ */

TEST(usual_links_work)
{
        const char *var = temporary_directory(), *usr = temporary_directory();
        struct pinfold *box = box_new("cat /run/file /run/lock/file; ls /usr2/lib/here; readlink /var/run /usr2/lib64;"
                                      "ls -d /deep/place");
        char *output;

        scene();
        assert_int_equal(symlink("/run", format("%s/run", var)), 0);
        assert_int_equal(symlink("../run/lock", format("%s/lock", var)), 0);
        assert_int_equal(mkdir(format("%s/lib", usr), 0755), 0);
        assert_int_equal(symlink("lib", format("%s/lib64", usr)), 0);
        pinfold_bind(box, var, "/var", 0);
        pinfold_mkdir(box, "/run/lock", 0755);
        pinfold_place(box, "/var/run/file", "in run\n", 7);
        pinfold_place(box, "/var/lock/file", "in lock\n", 8);
        pinfold_bind(box, usr, "/usr2", PINFOLD_BIND_WRITABLE);
        pinfold_bind(box, source, "/usr2/lib64/here", 0);
        pinfold_symlink(box, "../../../../../../deep", "/up", 0);
        pinfold_mkdir(box, "/deep", 0755);
        pinfold_mkdir(box, "/up/place", 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "in run\nin lock\nfile\n/run\nlib\n/deep/place\n");
        free(output);
}

/* Links are those of what covers the root, once it does. */
TEST(links_of_a_covered_root)
{
        static const char *const system[] = {"usr", "bin", "lib", "lib64", "sbin"};
        const char *cover = temporary_directory();
        struct pinfold *box = box_bare("cat /new/file; readlink /link; echo /old/*");
        char *output;

        assert_int_equal(mkdir(format("%s/new", cover), 0755), 0);
        assert_int_equal(mkdir(format("%s/old", cover), 0755), 0);
        assert_int_equal(symlink("/new", format("%s/link", cover)), 0);
        pinfold_mkdir(box, "/old", 0755);
        pinfold_symlink(box, "/old", "/link", 0);
        pinfold_bind(box, cover, "/", PINFOLD_BIND_WRITABLE);
        for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++)
                pinfold_bind(box, format("/%s", system[i]), format("/%s", system[i]), PINFOLD_BIND_OPTIONAL);
        pinfold_place(box, "/link/file", "text\n", 5);
        output = box_output(box, 0);
        assert_string_equal(output, "text\n/new\n/old/*\n");
        free(output);
}

/* ---- The way back ----------------------------------------------------------------------------------------------- */

/* Nothing of the host lies on or above the root, however often it was covered. */
TEST(no_way_back)
{
        const char *cover = temporary_directory();

        for (int covers = 0; covers < 4; covers++) {
                struct pinfold *box = box_bare("ls -a / > /tmp/a; ls -a /.. > /tmp/b; cd ../../..; ls -a .. > /tmp/c;"
                                               "cmp /tmp/a /tmp/b && cmp /tmp/a /tmp/c && stat -c %i / /.. /../.. | "
                                               "uniq | wc -l;"
                                               "cut -d ' ' -f 5 /proc/self/mountinfo | grep -cx /");
                char *output;

                for (int i = 0; i < covers; i++) {
                        if (i % 2)
                                pinfold_bind(box, cover, "/", PINFOLD_BIND_WRITABLE);
                        else
                                pinfold_tmpfs(box, "/", 0, 0755);
                }
                pinfold_root(box, "/", 0);
                pinfold_proc(box, "/proc");
                pinfold_tmpfs(box, "/tmp", 0, 01777);
                output = box_output(box, 0);
                assert_string_equal(output, "1\n1\n");
                free(output);
        }
}

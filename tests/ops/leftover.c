/* SPDX-License-Identifier: MIT */
/*
 * Mount points that had to be created on the host, below a writable bind: gone again, unless they have become
 * somebody's.
 */
#define _GNU_SOURCE
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

/* A container that waits, with mounts at /w/a/b, a directory, and /w/c/file, below `directory`. */
static struct pinfold *waiting(const char *directory)
{
        struct pinfold *box = box_new("exec sleep 1000");

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(box, "/w/a/b", 0, 0755);
        pinfold_place(box, "/w/c/file", "placed", 6);
        return box;
}

static struct pinfold *running(struct pinfold *box)
{
        struct pinfold_error err;

        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        return box;
}

static void end(struct pinfold *box)
{
        assert_int_equal(pinfold_cancel(box), 0);
        assert_int_equal(pinfold_wait(box, -1, NULL, NULL), 0);
        pinfold_free(box);
}

static void assert_exists(const char *directory, const char *name)
{
        if (access(format("%s/%s", directory, name), F_OK) < 0)
                fail_msg("%s/%s is gone", directory, name);
}

static void assert_empty(const char *directory)
{
        DIR *listing = opendir(directory);
        struct dirent *entry;

        assert_non_null(listing);
        while ((entry = readdir(listing)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        fail_msg("%s/%s was left", directory, entry->d_name);
        closedir(listing);
}

TEST(gone_after_wait)
{
        const char *directory = temporary_directory();
        struct pinfold *box = running(waiting(directory));

        assert_exists(directory, "a/b");
        assert_exists(directory, "c/file");
        end(box);
        assert_empty(directory);
}

TEST(gone_after_free)
{
        const char *directory = temporary_directory();

        pinfold_free(running(waiting(directory)));
        assert_empty(directory);
}

TEST(gone_when_init_was_killed)
{
        const char *directory = temporary_directory();
        struct pinfold *box = running(waiting(directory));

        assert_int_equal(kill(pinfold_pid(box), SIGKILL), 0);
        assert_int_equal(pinfold_wait(box, -1, NULL, NULL), 0);
        pinfold_free(box);
        assert_empty(directory);
}

TEST(gone_when_a_later_operation_fails)
{
        const char *directory = temporary_directory();
        struct pinfold *box = waiting(directory);

        pinfold_remount(box, "/nonexistent", 0);
        box_error(box, PINFOLD_STAGE_APPLY, ENOENT);
        assert_empty(directory);
}

TEST(gone_when_the_program_cannot_be_executed)
{
        const char *directory = temporary_directory();
        struct pinfold *box = waiting(directory);

        pinfold_set_path(box, "/nonexistent");
        box_error(box, PINFOLD_STAGE_EXEC, ENOENT);
        assert_empty(directory);
}

/* Of every operation that mounts. */
TEST(every_operation)
{
        const char *directory = temporary_directory(), *source = temporary_directory();
        struct pinfold *box = box_new("exit 0");

        write_file(format("%s/file", source), "");
        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_bind(box, source, "/w/bind", 0);
        pinfold_bind(box, format("%s/file", source), "/w/bind-file", 0);
        pinfold_tmpfs(box, "/w/1/tmpfs", 0, 0755);
        pinfold_readonly(box, "/w/1/2/readonly", 0755);
        pinfold_proc(box, "/w/1/2/3/proc");
        pinfold_dev(box, "/w/dev", 0);
        pinfold_overlay(box, "/w/1/overlay", (const char *[]){source, NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
        pinfold_place(box, "/w/1/place", "", 0);
        free(box_output(box, 0));
        assert_empty(directory);
}

TEST(below_a_root_on_the_host)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, directory, "/", PINFOLD_BIND_WRITABLE);
        pinfold_root(box, "/", 0);
        pinfold_etc(box, "/etc", NULL);
        free(box_output(box, 0));
        /* /etc is a directory of links that was asked for; what was mounted in it is gone. */
        assert_int_equal(access(format("%s/usr", directory), F_OK), -1);
        assert_int_equal(access(format("%s/etc/.host", directory), F_OK), -1);
        assert_exists(directory, "etc");
}

/* What was asked for is kept, what was there before as well. */
TEST(others_are_kept)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("exit 0");

        assert_int_equal(mkdir(format("%s/there", directory), 0755), 0);
        write_file(format("%s/file", directory), "");
        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_mkdir(box, "/w/asked", 0755);
        pinfold_symlink(box, "x", "/w/parent/link", 0);
        pinfold_tmpfs(box, "/w/there", 0, 0755);
        pinfold_tmpfs(box, "/w/asked/not", 0, 0755);
        pinfold_place(box, "/w/file", "placed", 6);
        free(box_output(box, 0));
        assert_exists(directory, "there");
        assert_exists(directory, "file");
        assert_exists(directory, "asked");
        assert_exists(directory, "parent");
        assert_int_equal(access(format("%s/asked/not", directory), F_OK), -1);
}

TEST(what_was_filled_is_kept)
{
        const char *directory = temporary_directory();
        struct pinfold *box = running(waiting(directory));

        /* On the host: below what is mounted inside. */
        write_file(format("%s/a/b/new", directory), "");
        end(box);
        assert_exists(directory, "a/b/new");
        assert_int_equal(access(format("%s/c", directory), F_OK), -1);
}

TEST(what_was_written_to_is_kept)
{
        const char *directory = temporary_directory();
        struct pinfold *box = running(waiting(directory));
        char *content;

        assert_int_equal(chmod(format("%s/c/file", directory), 0644), 0);
        write_file(format("%s/c/file", directory), "mine");
        end(box);
        content = read_file(format("%s/c/file", directory));
        assert_non_null(content);
        assert_string_equal(content, "mine");
        free(content);
}

TEST(what_was_replaced_is_kept)
{
        const char *directory = temporary_directory();
        struct pinfold *box = running(waiting(directory));

        write_file(format("%s/new", directory), "");
        assert_int_equal(rename(format("%s/new", directory), format("%s/c/file", directory)), 0);
        assert_int_equal(rename(format("%s/a/b", directory), format("%s/moved", directory)), 0);
        assert_int_equal(mkdir(format("%s/a/b", directory), 0755), 0);
        end(box);
        assert_exists(directory, "c/file");
        assert_exists(directory, "a/b");
        assert_exists(directory, "moved");
}

/* Written from inside: into the parent, which is the host's. */
TEST(what_the_program_put_beside_it_is_kept)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("touch /w/a/beside");

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(box, "/w/a/b", 0, 0755);
        free(box_output(box, 0));
        assert_exists(directory, "a/beside");
        assert_int_equal(access(format("%s/a/b", directory), F_OK), -1);
}

/* A link in the place of one is not followed. */
TEST(replaced_by_a_link)
{
        const char *directory = temporary_directory(), *other = temporary_directory();
        struct pinfold *box = running(waiting(directory));

        write_file(format("%s/file", other), "");
        assert_int_equal(unlink(format("%s/c/file", directory)), 0);
        assert_int_equal(symlink(format("%s/file", other), format("%s/c/file", directory)), 0);
        end(box);
        assert_exists(other, "file");
        assert_exists(directory, "c/file");
}

TEST(many)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("ls /w | wc -l");
        char *output;

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        for (int i = 0; i < 600; i++)
                pinfold_place(box, format("/w/%d", i), "", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "600\n");
        free(output);
        assert_empty(directory);
}

/* Descriptors that are kept for it go away with it. */
TEST(no_descriptor_is_left)
{
        const char *directory = temporary_directory();
        int before = open_descriptors();

        end(running(waiting(directory)));
        assert_int_equal(open_descriptors(), before);
}

/* Several that are set up at the same moment: each is the first for some, none fails. */
TEST(at_the_same_time)
{
        const char *directory = temporary_directory();

        for (int round = 0; round < 10; round++) {
                struct pinfold *boxes[8];
                struct pinfold_error err;

                for (size_t i = 0; i < 8; i++) {
                        boxes[i] = waiting(directory);
                        for (int j = 0; j < 20; j++)
                                pinfold_tmpfs(boxes[i], format("/w/%d/%d", round, j), 0, 0755);
                        assert_int_equal(pinfold_start(boxes[i], &err), 0);
                }
                for (size_t i = 0; i < 8; i++)
                        assert_int_equal(pinfold_serve_begin(boxes[i], &err), 0);
                for (size_t left = 8; left > 0;)
                        for (size_t i = 0; i < 8; i++) {
                                int r = pinfold_pidfd(boxes[i]) < 0 ? 0 : pinfold_serve_step(boxes[i], &err);

                                if (r < 0 && err.stage != PINFOLD_STAGE_SERVE)
                                        fail_msg("%s", err.text);
                                left -= r == 1;
                        }
                for (size_t i = 0; i < 8; i++)
                        end(boxes[i]);
        }
}

/* One that ends must not take the mount points away from another that has them too. */
TEST(another_one_still_uses_it)
{
        const char *directory = temporary_directory();
        struct pinfold *first = running(waiting(directory)), *second = running(waiting(directory));
        char *table;

        end(first);
        table = read_file(format("/proc/%d/mountinfo", (int)pinfold_pid(second)));
        assert_non_null(strstr(table, " /w/a/b "));
        assert_non_null(strstr(table, " /w/c/file "));
        free(table);
        end(second);
}

/* The one that made it removes it, when it is the last. */
TEST(the_other_one_ended_before)
{
        const char *directory = temporary_directory();
        struct pinfold *first = running(waiting(directory)), *second = running(waiting(directory));

        end(second);
        assert_exists(directory, "a/b");
        assert_exists(directory, "c/file");
        end(first);
        assert_empty(directory);
}

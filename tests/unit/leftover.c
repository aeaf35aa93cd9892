/* SPDX-License-Identifier: MIT */
/* container/leftover.h: what setup made on the host goes again, and nothing else does. */
#define _GNU_SOURCE

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "container/leftover.h"

static int descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        assert_non_null(directory);
        while (readdir(directory))
                count++;
        closedir(directory);
        return count;
}

/* A directory of one's own; tests leave it empty. */
static int directory_open(char path[32])
{
        int fd;

        strcpy(path, "/tmp/pinfold-left-XXXXXX");
        assert_non_null(mkdtemp(path));
        fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        return fd;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
        (void)stat;
        (void)type;
        (void)ftw;
        return remove(path);
}

static void directory_close(int fd, const char *path)
{
        close(fd);
        nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static bool exists(int directory, const char *name)
{
        struct stat stat;

        return fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make(int directory, const char *name, bool is_directory)
{
        int r = is_directory ? mkdirat(directory, name, 0755) : mknodat(directory, name, S_IFREG | 0600, 0);

        assert_int_equal(r, 0);
}

/* Remembers what is at `name` now. */
static void note(struct leftovers *leftovers, int directory, const char *name)
{
        struct created created = {.name = name};
        struct stat stat;

        assert_int_equal(fstatat(directory, name, &stat, AT_SYMLINK_NOFOLLOW), 0);
        created.device = stat.st_dev;
        created.inode = stat.st_ino;
        created.directory = S_ISDIR(stat.st_mode);
        assert_int_equal(leftovers_add(leftovers, &created, fcntl(directory, F_DUPFD_CLOEXEC, 0)), 0);
}

static void append(int directory, const char *name)
{
        _cleanup_close_ int fd = openat(directory, name, O_WRONLY | O_CLOEXEC);

        assert_int_equal(write(fd, "x", 1), 1);
}

TEST(the_same_empty_objects_go)
{
        struct leftovers leftovers = {0};
        char path[32];
        int before = descriptors(), directory = directory_open(path), inner;

        make(directory, "file", false);
        note(&leftovers, directory, "file");
        make(directory, "outer", true);
        note(&leftovers, directory, "outer");
        inner = openat(directory, "outer", O_PATH | O_CLOEXEC);
        make(inner, "inner", true);
        note(&leftovers, inner, "inner");
        make(inner, "file", false);
        note(&leftovers, inner, "file");
        close(inner);
        leftovers_remove(&leftovers);
        assert_false(exists(directory, "file"));
        assert_false(exists(directory, "outer")); /* after what was made in it */
        assert_int_equal(leftovers.count, 0);
        directory_close(directory, path);
        assert_int_equal(descriptors(), before);
}

TEST(what_was_used_stays)
{
        struct leftovers leftovers = {0};
        char path[32];
        int directory = directory_open(path);

        make(directory, "written", false);
        note(&leftovers, directory, "written");
        append(directory, "written");
        make(directory, "filled", true);
        note(&leftovers, directory, "filled");
        make(directory, "filled/by somebody", false);
        leftovers_remove(&leftovers);
        assert_true(exists(directory, "written"));
        assert_true(exists(directory, "filled/by somebody"));
        directory_close(directory, path);
}

TEST(what_took_its_place_stays)
{
        struct leftovers leftovers = {0};
        char path[32];
        int directory = directory_open(path);

        make(directory, "file", false);
        note(&leftovers, directory, "file");
        make(directory, "directory", true);
        note(&leftovers, directory, "directory");
        make(directory, "link", false);
        note(&leftovers, directory, "link");
        make(directory, "gone", false);
        note(&leftovers, directory, "gone");
        /* The old objects are kept elsewhere, so that their inode numbers are not given out again. */
        assert_int_equal(renameat(directory, "file", directory, "old file"), 0);
        make(directory, "file", false);
        assert_int_equal(renameat(directory, "directory", directory, "old directory"), 0);
        make(directory, "directory", true);
        assert_int_equal(renameat(directory, "link", directory, "old link"), 0);
        assert_int_equal(symlinkat("old link", directory, "link"), 0);
        assert_int_equal(renameat(directory, "gone", directory, "old gone"), 0);
        leftovers_remove(&leftovers);
        assert_true(exists(directory, "file"));
        assert_true(exists(directory, "directory"));
        assert_true(exists(directory, "link"));
        assert_true(exists(directory, "old link"));
        assert_true(exists(directory, "old gone"));
        directory_close(directory, path);
}

/* The inode number alone does not make it the same object. */
TEST(another_device_stays)
{
        struct leftovers leftovers = {0};
        char path[32];
        int directory = directory_open(path);
        struct created created = {.name = "file"};
        struct stat stat;

        make(directory, "file", false);
        assert_int_equal(fstatat(directory, "file", &stat, 0), 0);
        created.inode = stat.st_ino;
        created.device = stat.st_dev + 1;
        assert_int_equal(leftovers_add(&leftovers, &created, fcntl(directory, F_DUPFD_CLOEXEC, 0)), 0);
        created.device = stat.st_dev;
        created.directory = 1; /* nor is a file what was a directory */
        assert_int_equal(leftovers_add(&leftovers, &created, fcntl(directory, F_DUPFD_CLOEXEC, 0)), 0);
        leftovers_remove(&leftovers);
        assert_true(exists(directory, "file"));
        directory_close(directory, path);
}

TEST(the_directory_of_the_one_before)
{
        static const char *const names[] = {"one", "two"};
        struct leftovers leftovers = {0};
        char path[32];
        int before = descriptors(), directory = directory_open(path);
        struct stat stat;

        for (size_t i = 0; i < ELEMENTS(names); i++) {
                struct created created = {.name = names[i]};

                make(directory, names[i], false);
                assert_int_equal(fstatat(directory, names[i], &stat, 0), 0);
                created.device = stat.st_dev;
                created.inode = stat.st_ino;
                if (i == 0) {
                        assert_int_equal(leftovers_add(&leftovers, &created, -1), -EINVAL);
                        assert_int_equal(leftovers_add(&leftovers, &created, fcntl(directory, F_DUPFD_CLOEXEC, 0)), 0);
                } else {
                        assert_int_equal(leftovers_add(&leftovers, &created, -1), 0);
                }
        }
        leftovers_remove(&leftovers);
        assert_false(exists(directory, "one") || exists(directory, "two"));
        directory_close(directory, path);
        assert_int_equal(descriptors(), before);
}

TEST(forgetting_removes_nothing)
{
        struct leftovers leftovers = {0};
        char path[32];
        int before = descriptors(), directory = directory_open(path);

        make(directory, "file", false);
        for (int i = 0; i < 100; i++)
                note(&leftovers, directory, "file");
        leftovers_free(&leftovers);
        assert_int_equal(leftovers.count, 0);
        assert_true(exists(directory, "file"));
        directory_close(directory, path);
        assert_int_equal(descriptors(), before);
}

TEST(nothing_to_remove)
{
        struct leftovers leftovers = {0};

        leftovers_remove(&leftovers);
        leftovers_free(&leftovers);
}

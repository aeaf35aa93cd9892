/* SPDX-License-Identifier: MIT */
/* The operation root. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"

TEST(every_entry_but_five)
{
        static const char *const directories[] = {"proc", "dev", "tmp", "mnt", "etc", "own", ".hidden", "Tmp", "mnt2"};
        const char *source = temporary_directory();
        struct pinfold *box = box_empty();
        struct mount_table table;

        for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
                assert_int_equal(mkdir(format("%s/%s", source, directories[i]), 0755), 0);
        write_file(format("%s/file", source), "");
        assert_int_equal(symlink("own", format("%s/link", source)), 0);
        assert_int_equal(symlink("nowhere", format("%s/dangling", source)), 0);
        pinfold_root(box, source, 0);
        table = box_table(box);
        for (size_t i = 0; i < 5; i++)
                assert_null(mounts_at(&table, format("/%s", directories[i])));
        for (size_t i = 5; i < sizeof(directories) / sizeof(directories[0]); i++)
                assert_non_null(mounts_at(&table, format("/%s", directories[i])));
        assert_non_null(mounts_at(&table, "/file"));
        assert_non_null(mounts_at(&table, "/link"));
        assert_null(mounts_at(&table, "/dangling"));
        assert_int_equal(table.count, 1 + 4 + 2);
        mounts_free(&table);
}

TEST(the_real_one)
{
        struct pinfold *box = box_bare("LC_ALL=C touch /usr/file 2>&1; for d in proc dev tmp mnt etc; do test -e /$d "
                                       "&& echo $d; done;"
                                       "ls -d /usr /bin/sh");

        pinfold_root(box, "/", 0);
        box_prints(box, "touch: cannot touch '/usr/file': Read-only file system\n/bin/sh\n/usr\n");
}

TEST(flags_are_those_of_bind)
{
        const char *source = temporary_directory();
        struct pinfold *box = box_empty();
        struct mount_table table;

        assert_int_equal(mkdir(format("%s/a", source), 0755), 0);
        write_file(format("%s/b", source), "");
        pinfold_root(box, source, PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        table = box_table(box);
        assert_non_null(strstr(mounts_at(&table, "/a")->flags, "rw,nosuid,relatime"));
        assert_non_null(strstr(mounts_at(&table, "/b")->flags, "rw,nosuid,relatime"));
        mounts_free(&table);
}

TEST(links_of_the_host)
{
        const char *source = temporary_directory();
        struct pinfold *box = box_new("cat /l/file; stat -c %F /l");

        assert_int_equal(mkdir(format("%s/d", source), 0755), 0);
        write_file(format("%s/d/file", source), "text\n");
        assert_int_equal(symlink("d", format("%s/l", source)), 0);
        pinfold_root(box, source, 0);
        box_prints(box, "text\ndirectory\n");
}

TEST(an_empty_directory)
{
        struct pinfold *box = box_empty();

        pinfold_root(box, temporary_directory(), 0);
        assert_mounts(box, "/ tmpfs rootfs rw,nosuid,nodev\n");
}

TEST(many_entries)
{
        const char *source = temporary_directory();
        struct pinfold *box = box_new("ls -d /entry-* | wc -l");

        for (int i = 0; i < 2000; i++)
                write_file(format("%s/entry-%d", source, i), "");
        pinfold_root(box, source, 0);
        box_prints(box, "2000\n");
}

TEST(names_that_need_care)
{
        const char *source = temporary_directory();
        struct pinfold *box = box_new("ls -1 --quoting-style=c / | grep name");

        write_file(format("%s/name with space", source), "");
        write_file(format("%s/name\nnewline", source), "");
        write_file(format("%s/name:,\\", source), "");
        pinfold_root(box, source, 0);
        box_prints(box, "\"name\\nnewline\"\n\"name with space\"\n\"name:,\\\\\"\n");
}

TEST(ensure_and_optional)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("exit 0");
        struct stat stat_;

        pinfold_root(box, format("%s/none", directory), PINFOLD_BIND_OPTIONAL);
        box_prints(box, "");
        assert_int_equal(access(format("%s/none", directory), F_OK), -1);

        box = box_new("exit 0");
        pinfold_root(box, format("%s/a/b", directory), PINFOLD_BIND_ENSURE);
        box_prints(box, "");
        assert_int_equal(stat(format("%s/a/b", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFDIR | 0700);
}

TEST(once)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_root(box, "/", 0), 0);
        assert_int_equal(pinfold_root(box, "/usr", 0), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 1, "root", "",
                  "cannot start container: root: can be used once per container: Invalid argument"});
}

static void refused(const char *source, unsigned flags, const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_root(box, source, flags), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "root", "",
                  format("cannot start container: root: %s: Invalid argument", why)});
}

TEST(wrong_use)
{
        refused("root", 0, "source \"root\" is not an absolute path");
        refused(NULL, 0, "source is missing");
        refused("/", 1u << 9, "flags has unknown bits 0x200");
        refused("/", PINFOLD_BIND_OPTIONAL | PINFOLD_BIND_ENSURE, "optional and ensure exclude each other");
}

TEST(sources)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_root(box, "/nonexistent", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "root", "/nonexistent",
                  "cannot set up container: root from /nonexistent: open directory /nonexistent: "
                  "No such file or directory"});

        write_file(format("%s/file", directory), "");
        box = box_bare("exit 0");
        pinfold_root(box, format("%s/file", directory), 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOTDIR, 0, "root", format("%s/file", directory),
                  format("cannot set up container: root from %s/file: open directory %s/file: Not a directory",
                         directory, directory)});
}

/* What cannot be bound is named, not the directory. */
TEST(an_entry_in_the_way)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        write_file(format("%s/name", directory), "");
        pinfold_mkdir(box, "/name", 0755);
        pinfold_root(box, directory, 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EISDIR, 1, "root", "/name",
                  format("cannot set up container: root from %s: mount a file on /name: Is a directory", directory)});
}

/* Somebody else, perhaps a container, has made the tree: its links lead nowhere else. */
TEST(links_stay_in_the_source)
{
        const char *outside = temporary_directory(), *source = format("%s", temporary_directory());
        struct pinfold *box;
        char *output;

        assert_int_equal(system(format("cd %s && echo secret >secret && cd %s && mkdir usr etc real && echo own >real/file &&"
                                       " ln -s real absolute && ln -s /real rooted && ln -s %s leak && ln -s ../../../../%s up &&"
                                       " ln -s /proc process", outside, source, outside, outside)), 0);
        box = box_bare("ls / | tr '\\n' ' '; cat /absolute/file /rooted/file");
        pinfold_root(box, source, PINFOLD_BIND_WRITABLE);
        pinfold_bind(box, "/usr", "/usr", 0);
        pinfold_symlink(box, "usr/bin", "/bin", 0);
        pinfold_symlink(box, "usr/lib", "/lib", 0);
        pinfold_symlink(box, "usr/lib64", "/lib64", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "absolute bin lib lib64 real rooted usr own\nown\n");
        free(output);
}

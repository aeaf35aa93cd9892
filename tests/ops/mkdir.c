/* SPDX-License-Identifier: MIT */
/* The operation mkdir. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

TEST(mode_is_that_of_the_parents_too)
{
        struct pinfold *box = box_new("stat -c '%a %n' /a /a/b /a/b/c /sticky");
        char *output;

        pinfold_set_parent_perm(box, 0700);
        pinfold_mkdir(box, "/a/b/c", 0751);
        pinfold_mkdir(box, "/sticky", 07777);
        output = box_output(box, 0);
        assert_string_equal(output, "751 /a\n751 /a/b\n751 /a/b/c\n7777 /sticky\n");
        free(output);
}

/* Setup is not kept out by what it made itself. */
TEST(mode_0)
{
        struct pinfold *box = box_new("stat -c '%a %n' /a");
        char *output;

        pinfold_mkdir(box, "/a/b/c", 0);
        pinfold_mkdir(box, "/a/b/c/d", 0);
        output = box_output(box, 0);
        assert_string_equal(output, "0 /a\n");
        free(output);
}

TEST(one_that_exists_stays_as_it_is)
{
        struct pinfold *box = box_new("stat -c '%a %n' /a /b; ls /a /b");
        char *output;

        pinfold_mkdir(box, "/a/in", 0711);
        pinfold_mkdir(box, "/a", 0777);
        pinfold_tmpfs(box, "/b", 0, 0700);
        pinfold_mkdir(box, "/b", 0777);
        pinfold_mkdir(box, "/", 0777);
        output = box_output(box, 0);
        assert_string_equal(output, "711 /a\n700 /b\n/a:\nin\n\n/b:\n");
        free(output);
}

TEST(slashes_and_dots)
{
        struct pinfold *box = box_new("ls -d /a/b/c /d");
        char *output;

        pinfold_mkdir(box, "//a/./b//c/.//", 0755);
        pinfold_mkdir(box, "/./d/", 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "/a/b/c\n/d\n");
        free(output);
}

/* It is the program's, whatever its id is called. */
TEST(owner)
{
        struct pinfold *box = box_new("stat -c '%u:%g' /a");
        char *output;

        pinfold_set_uid(box, 7);
        pinfold_set_gid(box, 8);
        pinfold_mkdir(box, "/a", 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "7:8\n");
        free(output);
}

/* Below a writable bind it is asked for, and stays. */
TEST(on_the_host)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("exit 0");
        struct stat stat_;

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_mkdir(box, "/w/a/b", 0750);
        free(box_output(box, 0));
        assert_int_equal(stat(format("%s/a/b", directory), &stat_), 0);
        assert_true(S_ISDIR(stat_.st_mode));
        assert_int_equal(stat_.st_mode & 07777, 0750);
        assert_int_equal(stat_.st_uid, geteuid());
        assert_int_equal(stat(format("%s/a", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode & 07777, 0750);
}

TEST(below_a_read_only_bind)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, directory, "/r", 0);
        pinfold_mkdir(box, "/r/a/b", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "mkdir", "/r/a",
                  "cannot set up container: directory /r/a/b: create directory /r/a: Read-only file system"});
}

TEST(on_a_file)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_mkdir(box, "/file", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "mkdir", "/file",
                  "cannot set up container: directory /file: open directory /file: Not a directory"});
}

TEST(long_name)
{
        struct pinfold *box = box_new("ls / | grep xxx | wc -c");
        char name[258] = "/", *output;

        memset(name + 1, 'x', 255);
        pinfold_mkdir(box, name, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "256\n");
        free(output);

        name[256] = 'x';
        box = box_bare("exit 0");
        pinfold_mkdir(box, name, 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENAMETOOLONG, 0, "mkdir", name,
                  format("cannot set up container: directory %s: open directory %s: File name too long", name, name)});
}

TEST(mode_is_checked)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_mkdir(box, "/a", 010000), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "mkdir", "",
                  "cannot start container: mkdir: mode 010000 is not a mode: Invalid argument"});
}

/* As deep as a path can be: one component after the other, and not one call within the other. */
TEST(two_thousand_components)
{
        char path[2 * 2000 + 1] = "";
        struct pinfold *box = box_new("true");
        char *output;

        for (size_t i = 0; i + 2 < sizeof(path); i += 2)
                memcpy(path + i, "/d", 3);
        pinfold_mkdir(box, path, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "");
        free(output);
}

/* SPDX-License-Identifier: MIT */
/* The operation symlink. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

TEST(it_says_what_was_asked)
{
        struct pinfold *box = box_new("readlink /a /b/c /d /e; cat /b/file");

        pinfold_symlink(box, "/nowhere", "/a", 0);
        pinfold_symlink(box, "../b/file", "/b/c", 0);
        pinfold_symlink(box, "any text, with: spaces", "/d", 0);
        pinfold_symlink(box, ".", "/e/", 0);
        pinfold_place(box, "/b/file", "linked\n", 7);
        pinfold_place(box, "/b/c", "through the link\n", 17);
        box_prints(box, "/nowhere\n../b/file\nany text, with: spaces\n.\nthrough the link\n");
}

TEST(parents_have_parent_perm)
{
        struct pinfold *box = box_new("stat -c %a /a /a/b");

        pinfold_set_parent_perm(box, 0751);
        pinfold_symlink(box, "x", "/a/b/link", 0);
        box_prints(box, "751\n751\n");
}

TEST(dereference)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("readlink /a /b");

        assert_int_equal(symlink("what it says", format("%s/link", directory)), 0);
        assert_int_equal(symlink("link", format("%s/link-to-link", directory)), 0);
        pinfold_symlink(box, format("%s/link", directory), "/a", PINFOLD_SYMLINK_DEREFERENCE);
        /* What that link says, not what it leads to. */
        pinfold_symlink(box, format("%s/link-to-link", directory), "/b", PINFOLD_SYMLINK_DEREFERENCE);
        box_prints(box, "what it says\nlink\n");
}

TEST(dereference_of_what_is_none)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        write_file(format("%s/file", directory), "");
        pinfold_symlink(box, format("%s/file", directory), "/a", PINFOLD_SYMLINK_DEREFERENCE);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, EINVAL, 0, "symlink", format("%s/file", directory),
                  format("cannot set up container: symbolic link /a to %s/file: read link %s/file: Invalid argument",
                         directory, directory)});

        box = box_bare("exit 0");
        pinfold_symlink(box, "/nonexistent/link", "/a", PINFOLD_SYMLINK_DEREFERENCE);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "symlink", "/nonexistent/link",
                  "cannot set up container: symbolic link /a to /nonexistent/link: read link /nonexistent/link: "
                  "No such file or directory"});
}

TEST(something_is_there)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_mkdir(box, "/a", 0755);
        pinfold_symlink(box, "x", "/a", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EEXIST, 1, "symlink", "/a",
                  "cannot set up container: symbolic link /a to x: create symbolic link /a: File exists"});

        box = box_bare("exit 0");
        pinfold_symlink(box, "x", "/", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EEXIST, 0, "symlink", "/",
                  "cannot set up container: symbolic link / to x: create /: File exists"});
}

TEST(the_same_is_there)
{
        struct pinfold *box = box_new("test \"$(readlink /a)\" = x");

        pinfold_symlink(box, "x", "/a", 0);
        pinfold_symlink(box, "x", "/a", 0);
        free(box_output(box, 0));

        box = box_bare("exit 0");
        pinfold_symlink(box, "x", "/a", 0);
        pinfold_symlink(box, "xy", "/a", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EEXIST, 1, "symlink", "/a",
                  "cannot set up container: symbolic link /a to xy: create symbolic link /a: there is one that says x: File exists"});
}

TEST(below_a_read_only_bind)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, temporary_directory(), "/r", 0);
        pinfold_symlink(box, "x", "/r/link", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "symlink", "/r/link",
                  "cannot set up container: symbolic link /r/link to x: create symbolic link /r/link: "
                  "Read-only file system"});
}

/* On the host it is what was asked for, and stays. */
TEST(on_the_host)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("exit 0");
        char says[16] = "";

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_symlink(box, "text", "/w/a/link", 0);
        box_prints(box, "");
        assert_int_equal(readlink(format("%s/a/link", directory), says, sizeof(says) - 1), 4);
        assert_string_equal(says, "text");
}

TEST(longest_text)
{
        char text[PATH_MAX + 1];
        struct pinfold *box = box_new("readlink /a | tr -d '\\n' | wc -c");

        memset(text, 'x', PATH_MAX);
        text[PATH_MAX - 1] = '\0';
        pinfold_symlink(box, text, "/a", 0);
        box_prints(box, "4095\n");

        text[PATH_MAX - 1] = 'x';
        text[PATH_MAX] = '\0';
        box = box_bare("exit 0");
        assert_int_equal(pinfold_symlink(box, text, "/a", 0), -ENAMETOOLONG);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, ENAMETOOLONG, 0, "symlink", "",
                  format("cannot start container: symlink: linkname \"%.64s...\": File name too long", text)});
}

static void refused(const char *linkname, const char *target, unsigned flags, const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_symlink(box, linkname, target, flags), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "symlink", "",
                  format("cannot start container: symlink: %s: Invalid argument", why)});
}

TEST(wrong_use)
{
        refused("", "/a", 0, "linkname is empty");
        refused(NULL, "/a", 0, "linkname is missing");
        refused("x", "a", 0, "target \"a\" is not an absolute path");
        refused("x", "/a", PINFOLD_SYMLINK_DEREFERENCE, "linkname \"x\" is not an absolute path");
        refused("x", "/a", 2, "flags has unknown bits 0x2");
}

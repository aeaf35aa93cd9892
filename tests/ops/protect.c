/* SPDX-License-Identifier: MIT */
/* The operation protect: what lies in a writable bind can be neither changed nor replaced. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

static const char *directory;

/* A container with a directory of the host, writable, at /w: a/b/f, a/link -> b. */
static struct pinfold *box_writable(const char *script)
{
        struct pinfold *box = box_new(script);

        directory = temporary_directory();
        assert_int_equal(mkdir(format("%s/a", directory), 0755), 0);
        assert_int_equal(mkdir(format("%s/a/b", directory), 0755), 0);
        assert_int_equal(symlink("b", format("%s/a/link", directory)), 0);
        write_file(format("%s/a/b/f", directory), "old\n");
        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_add_env(box, "LC_ALL", "C");
        return box;
}

TEST(a_file)
{
        struct pinfold *box = box_writable("cd /w/a/b; (echo new >f; rm f; mv f g; : >g; mv g f) 2>&1 | sed 's/.*: //'; cat f; rm g");

        pinfold_protect(box, "/w", "a/b/f", 0);
        box_prints(box, "Read-only file system\nDevice or resource busy\nDevice or resource busy\nDevice or resource busy\nold\n");
}

TEST(a_directory)
{
        struct pinfold *box = box_writable("cd /w/a; (echo new >b/f; rmdir b; mv b c; touch new) 2>&1 | sed 's/.*: //'; ls");

        pinfold_protect(box, "/w", "a/b", 0);
        box_prints(box, "Read-only file system\nDevice or resource busy\nDevice or resource busy\nb\nlink\nnew\n");
}

TEST(writable)
{
        struct pinfold *box = box_writable("cd /w/a; echo new >b/f; mv b c 2>&1 | sed 's/.*: //'; cat b/f");

        pinfold_protect(box, "/w", "a/b", PINFOLD_PROTECT_WRITABLE);
        box_prints(box, "Device or resource busy\nnew\n");
}

TEST(missing)
{
        struct pinfold *box = box_writable("cd /w; ls -A a/d; cat a/f; (echo >a/d/x; echo >a/f) 2>&1 | sed 's/.*: //'; ls");

        pinfold_protect(box, "/w", "a/d", PINFOLD_PROTECT_DIRECTORY);
        pinfold_protect(box, "/w", "a/f", PINFOLD_PROTECT_FILE);
        pinfold_protect(box, "/w", "x", PINFOLD_PROTECT_OPTIONAL);
        pinfold_protect(box, "/w", "x/y/z", PINFOLD_PROTECT_OPTIONAL);
        box_prints(box, "Read-only file system\nRead-only file system\na\n");
        /* They were made on the host, and are gone. */
        assert_int_equal(access(format("%s/a/d", directory), F_OK), -1);
        assert_int_equal(access(format("%s/a/f", directory), F_OK), -1);
}

static void fails(struct pinfold *box, const char *path, unsigned flags, int error, const char *text)
{
        const struct expected expected = {PINFOLD_STAGE_APPLY, error, 11, "protect", path, text};

        pinfold_protect(box, "/w", path, flags);
        box_fails(box, &expected);
}

TEST(nothing_is_there)
{
        fails(box_writable("exit 0"), "x", 0, ENOENT,
              "cannot set up container: protect /w/x: open x: No such file or directory");
        fails(box_writable("exit 0"), "x/y", PINFOLD_PROTECT_FILE, ENOENT,
              "cannot set up container: protect /w/x/y: create x/y: No such file or directory");
}

/* Wherever it is: it may lead to what is not to be shown. */
TEST(links_are_not_followed)
{
        fails(box_writable("exit 0"), "a/link", 0, ELOOP,
              "cannot set up container: protect /w/a/link: open a/link: Too many levels of symbolic links");
        fails(box_writable("exit 0"), "a/link/f", PINFOLD_PROTECT_WRITABLE | PINFOLD_PROTECT_OPTIONAL, ELOOP,
              "cannot set up container: protect /w/a/link/f: open a/link/f: Too many levels of symbolic links");
}

TEST(paths_and_flags)
{
        static const char *const wrong[] = {"/a", "", "a//b", ".", "..", "a/..", "../a", "a/./b", "a/"};
        struct pinfold *box = box_bare("exit 0");

        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
                assert_int_equal(pinfold_protect(box, "/w", wrong[i], 0), -EINVAL);
        assert_int_equal(pinfold_protect(box, "/w", "a", PINFOLD_PROTECT_FILE | PINFOLD_PROTECT_DIRECTORY), -EINVAL);
        assert_int_equal(pinfold_protect(box, "/w", "a", 1u << 4), -EINVAL);
        assert_int_equal(pinfold_protect(box, "w", "a", 0), -EINVAL);
        assert_int_equal(pinfold_protect(NULL, "/w", "a", 0), -ENOMEM);
        pinfold_free(box);
        box = box_bare("exit 0");
        assert_int_equal(pinfold_protect(box, "/w", "...", 0), 0);
        assert_int_equal(pinfold_protect(box, "/w", ".a/..b", 0), 0);
        pinfold_free(box);
}

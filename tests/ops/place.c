/* SPDX-License-Identifier: MIT */
/* The operation place. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

TEST(content_mode_and_owner)
{
        struct pinfold *box = box_new("cat /a/file; stat -c '%a %u:%g %s' /a/file");

        pinfold_set_uid(box, 5);
        pinfold_set_gid(box, 6);
        pinfold_place(box, "/a/file", "some text", 9);
        box_prints(box, "some text444 5:6 9\n");
}

/* Not even its owner can change it, and nobody can take it away. */
TEST(it_cannot_be_changed)
{
        struct pinfold *box = box_new("export LC_ALL=C; cd /tmp; (echo x > file) 2>&1 | sed 's/.*: //';"
                                      "chmod 666 file 2>&1; rm -f file 2>&1; mv file other 2>&1;"
                                      "ln file other 2>&1 | sed 's/.*: //'; cat file");

        pinfold_place(box, "/tmp/file", "text\n", 5);
        box_prints(box, "Read-only file system\n"
                       "chmod: changing permissions of 'file': Read-only file system\n"
                       "rm: cannot remove 'file': Device or resource busy\n"
                       "mv: cannot move 'file' to 'other': Device or resource busy\n"
                       "Invalid cross-device link\n"
                       "text\n");
}

TEST(parents_have_parent_perm)
{
        struct pinfold *box = box_new("stat -c %a /a /a/b");

        pinfold_set_parent_perm(box, 0750);
        pinfold_place(box, "/a/b/file", "", 0);
        box_prints(box, "750\n750\n");
}

TEST(content_with_nuls)
{
        static const char content[] = "a\0b\0\0c\n\377";
        struct pinfold *box = box_new("od -An -tx1 /file");

        pinfold_place(box, "/file", content, sizeof(content) - 1);
        box_prints(box, " 61 00 62 00 00 63 0a ff\n");
}

TEST(no_content)
{
        struct pinfold *box = box_new("wc -c < /a; wc -c < /b");

        pinfold_place(box, "/a", "", 0);
        pinfold_place(box, "/b", NULL, 0);
        box_prints(box, "0\n0\n");
}

TEST(big_content)
{
        size_t size = 10 << 20;
        char *content = malloc(size);
        struct pinfold *box = box_new("exec cksum < /file");
        const char *directory = temporary_directory();
        char *outside, *inside;
        FILE *file;

        assert_non_null(content);
        for (size_t i = 0; i < size; i++)
                content[i] = (char)(i * 2654435761u >> 24);
        file = fopen(format("%s/file", directory), "w");
        assert_non_null(file);
        assert_int_equal(fwrite(content, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
        pinfold_place(box, "/file", content, size);
        memset(content, 0, size); /* it was copied */
        inside = box_output(box, 0);

        box = box_new("exec cksum < /file");
        pinfold_bind(box, format("%s/file", directory), "/file", 0);
        outside = box_output(box, 0);
        assert_string_equal(inside, outside);
        free(inside);
        free(outside);
        free(content);
}

TEST(many)
{
        struct pinfold *box = box_new("cat /many/*; ls /many | wc -l");

        for (int i = 0; i < 300; i++)
                pinfold_place(box, format("/many/%d", i), "", 0);
        box_prints(box, "300\n");
}

TEST(on_an_existing_file)
{
        struct pinfold *box = box_new("cat /etc/hostname /again");

        pinfold_bind(box, "/etc", "/etc", 0);
        pinfold_place(box, "/etc/hostname", "placed\n", 7);
        pinfold_place(box, "/again", "first\n", 6);
        pinfold_place(box, "/again", "second\n", 7);
        box_prints(box, "placed\nsecond\n");
}

/* A link is followed, inside. */
TEST(through_a_link)
{
        struct pinfold *box = box_new("cat /a/file; readlink /b");

        pinfold_mkdir(box, "/a", 0755);
        pinfold_symlink(box, "/a", "/b", 0);
        pinfold_place(box, "/b/file", "text\n", 5);
        box_prints(box, "text\n/a\n");
}

TEST(on_a_directory)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/", "", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EISDIR, 0, "place", "/",
                  "cannot set up container: place /: mount a file on /: Is a directory"});
}

TEST(below_a_read_only_bind)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, temporary_directory(), "/r", 0);
        pinfold_place(box, "/r/file", "", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "place", "/r/file",
                  "cannot set up container: place /r/file: create file /r/file: Read-only file system"});
}

static void refused(const char *target, const void *content, size_t size, int error, const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_place(box, target, content, size), -error);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, error, 0, "place", "",
                  format("cannot start container: place: %s: %s", why, strerror(error))});
}

TEST(wrong_use)
{
        refused("a", "", 0, EINVAL, "target \"a\" is not an absolute path");
        refused(NULL, "", 0, EINVAL, "target is missing");
        refused("/a", NULL, 1, EINVAL, "content is missing");
        refused("/a", "", (size_t)-1, E2BIG, "content");
}

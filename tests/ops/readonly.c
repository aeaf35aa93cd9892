/* SPDX-License-Identifier: MIT */
/* The operation readonly: an empty directory that stays so. */
#include "test.h"

#include <errno.h>

#include "support/box.h"
#include "support/expect.h"

TEST(it_is_empty_and_read_only)
{
        struct pinfold *box = box_new("ls -A /a; LC_ALL=C touch /a/file 2>&1; stat -c %a /a");
        char *output;

        pinfold_readonly(box, "/a", 0711);
        output = box_output(box, 0);
        assert_string_equal(output, "touch: cannot touch '/a/file': Read-only file system\n711\n");
        free(output);
}

TEST(parents_follow_its_mode)
{
        struct pinfold *box = box_new("stat -c %a /a /a/b /b /b/c");
        char *output;

        pinfold_readonly(box, "/a/b/c", 0700);
        pinfold_readonly(box, "/b/c/d", 01777);
        output = box_output(box, 0);
        assert_string_equal(output, "700\n700\n755\n755\n");
        free(output);
}

/* Nothing can be mounted on what is not there. */
TEST(mount_points_in_it_cannot_be_made)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_readonly(box, "/a", 0755);
        pinfold_tmpfs(box, "/a/b", 0, 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "tmpfs", "/a/b",
                  "cannot set up container: tmpfs on /a/b: create directory /a/b: Read-only file system"});
}

TEST(mode_is_checked)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_readonly(box, "/a", 010755), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "readonly", "",
                  "cannot start container: readonly: mode 010755 is not a mode: Invalid argument"});
}

TEST(on_a_file)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_readonly(box, "/file", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "readonly", "/file",
                  "cannot set up container: read-only tmpfs on /file: open directory /file: Not a directory"});
}

/* SPDX-License-Identifier: MIT */
/* The operation tmpfs: its modes and its size. */
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

/* Octal permissions of paths, one a line. */
static char *modes(struct pinfold *box)
{
        return box_output(box, 0);
}

TEST(it_has_the_mode)
{
        static const mode_t all[] = {0, 0700, 0711, 0755, 0777, 01777, 02755, 07777};

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                struct pinfold *box = box_new("stat -c %a /a");
                char *output;

                pinfold_tmpfs(box, "/a", 0, all[i]);
                output = modes(box);
                assert_string_equal(output, format("%o\n", all[i]));
                free(output);
        }
}

/* Whom the tmpfs keeps out, its parents keep out; they let in nobody else than usual. */
TEST(parents_follow_its_mode)
{
        static const struct {
                mode_t mode, parent;
        } all[] = {
                {0, 0700},    {0700, 0700}, {0711, 0711},  {0750, 0750},
                {0755, 0755}, {0777, 0755}, {01777, 0755}, {0733, 0711},
        };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                struct pinfold *box = box_new("stat -c %a /a /a/b");
                char *output;

                pinfold_set_parent_perm(box, 0511);
                pinfold_tmpfs(box, "/a/b/c", 0, all[i].mode);
                output = modes(box);
                assert_string_equal(output, format("%o\n%o\n", all[i].parent, all[i].parent));
                free(output);
        }
}

/* The mount point too, which is seen where it lies on the host. */
TEST(mount_point_follows_its_mode)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("exec cat");
        struct pinfold_error err;
        struct stat stat_;

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_tmpfs(box, "/w/a/b", 0, 01733);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(stat(format("%s/a", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode & 07777, 0711);
        assert_int_equal(stat(format("%s/a/b", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode & 07777, 0711);
        pinfold_free(box);
}

TEST(it_is_empty_and_writable)
{
        struct pinfold *box = box_new("ls -A /a; echo x > /a/file && cat /a/file");
        char *output;

        pinfold_tmpfs(box, "/a", 0, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "x\n");
        free(output);
}

TEST(it_hides_what_was_there)
{
        struct pinfold *box = box_new("ls -A /usr/share");
        char *output;

        pinfold_tmpfs(box, "/usr/share", 0, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "");
        free(output);
}

TEST(size_is_enforced)
{
        struct pinfold *box = box_new("export LC_ALL=C; head -c 1000000 /dev/zero > /a/fits || exit 1;"
                                      "head -c 1000000 /dev/zero > /a/more 2>&1; wc -c < /a/more;"
                                      "stat -f -c '%b %S' /a");
        char *output;
        long written, blocks, size;

        pinfold_tmpfs(box, "/a", 1 << 20, 0755);
        output = box_output(box, 0);
        assert_int_equal(sscanf(output, "%ld\n%ld %ld\n", &written, &blocks, &size), 3);
        assert_in_range(written, 0, (1 << 20) - 1000000);
        assert_int_equal(blocks * size, 1 << 20);
        free(output);
}

TEST(writing_more_says_so)
{
        struct pinfold *box = box_new("LC_ALL=C head -c 2M /dev/zero 2>&1 > /a/file | sed 's/.*: //'");
        char *output;

        pinfold_tmpfs(box, "/a", 1 << 20, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "No space left on device\n");
        free(output);
}

/* The kernel counts in pages. */
TEST(one_byte_is_a_page)
{
        struct pinfold *box = box_new("echo $(($(stat -f -c '%b * %S' /a)))");
        char *output;

        pinfold_tmpfs(box, "/a", 1, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, format("%ld\n", sysconf(_SC_PAGESIZE)));
        free(output);
}

TEST(size_0_is_the_default_of_the_kernel)
{
        struct pinfold *box = box_new("echo $(($(stat -f -c '%b * %S' /a) > 1048576))");
        char *output;

        pinfold_tmpfs(box, "/a", 0, 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "1\n");
        free(output);
}

static void refused(int64_t size, mode_t mode, const char *why)
{
        struct pinfold *box = box_new("exit 0");
        /* After the operations of box_new. */
        const char *text = format("cannot start container: tmpfs: %s: Invalid argument", why);
        struct pinfold_error err;

        assert_int_equal(pinfold_tmpfs(box, "/a", size, mode), -EINVAL);
        assert_int_equal(pinfold_start(box, &err), -EINVAL);
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        assert_string_equal(err.op_name, "tmpfs");
        assert_string_equal(err.text, text);
        pinfold_free(box);
}

TEST(wrong_sizes_and_modes)
{
        refused(-1, 0755, "size is negative");
        refused(INT64_MIN, 0755, "size is negative");
        refused(INT64_MAX, 0755, "size is absurd");
        refused((int64_t)1 << 56, 0755, "size is absurd");
        refused(0, 010000, "mode 010000 is not a mode");
        refused(0, (mode_t)-1, "mode 037777777777 is not a mode");
}

/* What is not refused must be what the kernel does: not wrapped, not rounded to nothing. */
TEST(large_sizes_are_as_asked)
{
        static const int64_t sizes[] = {(int64_t)1 << 40, (int64_t)1 << 50, ((int64_t)1 << 56) - 1};

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
                struct pinfold *box = box_new("stat -f -c '%b %S' /a");
                long long blocks, size;
                char *output;

                pinfold_tmpfs(box, "/a", sizes[i], 0755);
                output = box_output(box, 0);
                assert_int_equal(sscanf(output, "%lld %lld", &blocks, &size), 2);
                assert_true(blocks * size >= sizes[i] && blocks * size < sizes[i] + size);
                free(output);
        }
}

TEST(on_a_file)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_tmpfs(box, "/file", 0, 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "tmpfs", "/file",
                  "cannot set up container: tmpfs on /file: open directory /file: Not a directory"});
}

TEST(below_a_file)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_tmpfs(box, "/file/a", 0, 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "tmpfs", "/file/a",
                  "cannot set up container: tmpfs on /file/a: open directory /file/a: Not a directory"});
}

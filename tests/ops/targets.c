/* SPDX-License-Identifier: MIT */
/* Paths that an operation may be given, and what an error says about one. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

/* ---- Every operation with a target ------------------------------------------------------------------------------ */

static int add_bind(struct pinfold *box, const char *target)
{
        return pinfold_bind(box, "/etc", target, 0);
}

static int add_tmpfs(struct pinfold *box, const char *target)
{
        return pinfold_tmpfs(box, target, 0, 0755);
}

static int add_readonly(struct pinfold *box, const char *target)
{
        return pinfold_readonly(box, target, 0755);
}

static int add_dev(struct pinfold *box, const char *target)
{
        return pinfold_dev(box, target, 0);
}

static int add_overlay(struct pinfold *box, const char *target)
{
        return pinfold_overlay(box, target, (const char *[]){"/etc", NULL}, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL);
}

static int add_mkdir(struct pinfold *box, const char *target)
{
        return pinfold_mkdir(box, target, 0755);
}

static int add_symlink(struct pinfold *box, const char *target)
{
        return pinfold_symlink(box, "x", target, 0);
}

static int add_place(struct pinfold *box, const char *target)
{
        return pinfold_place(box, target, "", 0);
}

static int add_remount(struct pinfold *box, const char *target)
{
        return pinfold_remount(box, target, 0);
}

static const struct operation {
        const char *name;
        int (*add)(struct pinfold *box, const char *target);
} operations[] = {
        {"bind", add_bind},       {"tmpfs", add_tmpfs},     {"readonly", add_readonly}, {"proc", pinfold_proc},
        {"dev", add_dev},         {"overlay", add_overlay}, {"mkdir", add_mkdir},       {"symlink", add_symlink},
        {"place", add_place},     {"remount", add_remount},
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* `why` holds %s for the shown path. */
static void refused(const char *target, int error, const char *why)
{
        for (size_t i = 0; i < OPERATIONS; i++) {
                struct pinfold *box = box_bare("exit 0");

                assert_int_equal(operations[i].add(box, target), -error);
                box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, error, 0, operations[i].name, "",
                          format("cannot start container: %s: %s: %s", operations[i].name, why, strerror(error))});
        }
}

TEST(relative)
{
        refused("a", EINVAL, "target \"a\" is not an absolute path");
        refused("./a", EINVAL, "target \"./a\" is not an absolute path");
        refused("../a", EINVAL, "target \"../a\" is not an absolute path");
        refused("~/a", EINVAL, "target \"~/a\" is not an absolute path");
        refused(" /a", EINVAL, "target \" /a\" is not an absolute path");
        refused("", EINVAL, "target \"\" is not an absolute path");
        refused(NULL, EINVAL, "target is missing");
}

TEST(dotdot)
{
        static const char *const targets[] = {"/..", "/../a", "/a/..", "/a/../b", "/a/b/../../..", "/a//..//b", "/../"};

        for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
                refused(targets[i], EINVAL, format("target \"%s\" contains \"..\"", targets[i]));
}

/* Names that only look like it. */
TEST(dots_in_names)
{
        struct pinfold *box = box_new("ls -d '/...' /..a /b.. '/c/...d..' /e..f/.g");
        char *output;

        pinfold_mkdir(box, "/...", 0755);
        pinfold_mkdir(box, "/..a", 0755);
        pinfold_mkdir(box, "/b..", 0755);
        pinfold_mkdir(box, "/c/...d..", 0755);
        pinfold_mkdir(box, "/e..f/./.g/.", 0755);
        output = box_output(box, 0);
        assert_string_equal(output, "/...\n/..a\n/b..\n/c/...d..\n/e..f/.g\n");
        free(output);
}

static void fill(char *path, size_t length)
{
        for (size_t i = 0; i < length; i++)
                path[i] = i % 200 ? 'x' : '/';
        path[length] = '\0';
}

TEST(too_long)
{
        char path[8 * PATH_MAX + 1];

        fill(path, PATH_MAX);
        refused(path, ENAMETOOLONG, format("target \"%.64s...\"", path));
        fill(path, 8 * PATH_MAX);
        refused(path, ENAMETOOLONG, format("target \"%.64s...\"", path));
}

TEST(sources_that_are_too_long)
{
        char path[PATH_MAX + 1];
        struct pinfold *box = box_bare("exit 0");

        fill(path, PATH_MAX);
        assert_int_equal(pinfold_bind(box, path, "/a", 0), -ENAMETOOLONG);
        assert_int_equal(pinfold_root(box, path, 0), -ENAMETOOLONG);
        assert_int_equal(pinfold_etc(box, path, NULL), -ENAMETOOLONG);
        assert_int_equal(pinfold_symlink(box, path, "/a", PINFOLD_SYMLINK_DEREFERENCE), -ENAMETOOLONG);
        assert_int_equal(pinfold_overlay(box, "/a", (const char *[]){path, "/b", NULL}, NULL, NULL, 0), -ENAMETOOLONG);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, ENAMETOOLONG, 0, "bind", "",
                  format("cannot start container: bind: source \"%.64s...\": File name too long", path)});
}

/* The longest that a system call takes works for each of them. */
TEST(longest)
{
        char path[PATH_MAX + 1];

        fill(path, PATH_MAX - 1);
        for (size_t i = 0; i < OPERATIONS; i++) {
                struct pinfold *box = box_new("exit 0");

                if (strcmp(operations[i].name, "remount") == 0)
                        pinfold_tmpfs(box, path, 0, 0755);
                assert_int_equal(operations[i].add(box, path), 0);
                free(box_output(box, 0));
        }
}

/* An error about a long path still says what went wrong: it is cut in the middle of nothing, and never in silence. */
TEST(error_about_a_long_path)
{
        char path[PATH_MAX + 1];
        struct pinfold *box = box_bare("exit 0");
        struct pinfold_error err;

        fill(path, PATH_MAX - 1);
        pinfold_bind(box, path, path, 0);
        err = box_error(box, PINFOLD_STAGE_PREPARE, ENOENT);
        assert_int_equal(strncmp(err.text, "cannot set up container: bind /xxx", 34), 0);
        assert_non_null(strstr(err.text, "..."));
        assert_int_equal(strncmp(err.path, path, 1000), 0);
        assert_string_equal(err.path + strlen(err.path) - 3, "...");
        assert_string_equal(err.op_name, "bind");
}

/* ---- Names that need care --------------------------------------------------------------------------------------- */

TEST(any_byte_is_a_name)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("cat /*/in");
        char name[256] = "/", *output;
        size_t used = 1;

        for (int byte = 1; byte < 256; byte++)
                if (byte != '/' && byte < 250)
                        name[used++] = (char)byte;
        name[used] = '\0';
        write_file(format("%s%s", directory, name), "content\n");
        pinfold_bind(box, format("%s%s", directory, name), format("%s/in", name), 0);
        output = box_output(box, 0);
        assert_string_equal(output, "content\n");
        free(output);
}

#define NASTY "/new\nline\x1b[31mred\x07\x7f\xc2\x9b" "1m\r\t"
#define SHOWN "/new\\x0aline\\x1b[31mred\\x07\\x7f\\xc2\\x9b1m\\x0d\\x09"

static void assert_printable(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < 0x20 || *text == 0x7f)
                        fail_msg("control character 0x%02x", (unsigned char)*text);
}

TEST(control_characters_in_errors)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, NASTY, "/a", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "bind", SHOWN,
                  "cannot set up container: bind " SHOWN " on /a: open " SHOWN ": No such file or directory"});

        box = box_bare("exit 0");
        assert_int_equal(pinfold_mkdir(box, NASTY "/..", 0755), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "mkdir", "",
                  "cannot start container: mkdir: target \"" SHOWN "/..\" contains \"..\": Invalid argument"});

        box = box_bare("exit 0");
        pinfold_remount(box, NASTY, 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOENT, 0, "remount", SHOWN,
                  "cannot set up container: remount " SHOWN ": open " SHOWN ": No such file or directory"});
}

/* From whatever field, for whatever reason. */
TEST(no_error_holds_a_control_character)
{
        static const char nasty[] = "/\n\x1b[2J\x7f";

        for (size_t i = 0; i < OPERATIONS; i++) {
                for (int how = 0; how < 3; how++) {
                        struct pinfold *box = box_bare("exit 0");
                        struct run run;

                        if (how == 0)
                                pinfold_place(box, nasty, "", 0);
                        operations[i].add(box, how == 0 ? format("%s/a", nasty) : how == 1 ? nasty + 1 : nasty);
                        pinfold_set_path(box, nasty);
                        run = box_run(box);
                        assert_int_not_equal(run.error, 0);
                        assert_printable(run.err.text);
                        assert_printable(run.err.path);
                        assert_printable(run.err.op_name);
                        run_free(&run);
                        pinfold_free(box);
                }
        }
}

static void check_line(void *userdata, const char *line)
{
        *(unsigned *)userdata += 1;
        assert_printable(line);
}

TEST(no_log_line_holds_one)
{
        struct pinfold *box = box_new("exit 0");
        unsigned lines = 0;

        pinfold_set_flags(box, PINFOLD_VERBOSE, 1);
        pinfold_set_log(box, check_line, &lines);
        pinfold_mkdir(box, NASTY, 0755);
        free(box_output(box, 0));
        assert_true(lines > 10);
}

/* ---- No operation ----------------------------------------------------------------------------------------------- */

TEST(none_at_all)
{
        box_fails(box_bare("exit 0"), &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, -1, "", "",
                  "cannot set up container: it is empty: there is no setup operation: Invalid argument"});
}

/* The index counts all operations. */
TEST(index)
{
        struct pinfold *box = box_bare("exit 0");

        for (int i = 0; i < 1000; i++)
                pinfold_mkdir(box, format("/%d", i), 0755);
        pinfold_remount(box, "/999", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EINVAL, 1000, "remount", "/999",
                  "cannot set up container: remount /999: /999 is not a mount point: Invalid argument"});
}

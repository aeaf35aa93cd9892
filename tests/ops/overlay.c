/* SPDX-License-Identifier: MIT */
/* The operation overlay. Layers with mounts beneath: submounts.c. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "support/box.h"
#include "support/kernel.h"
#include "support/expect.h"
#include "support/mounts.h"

#define LAYERS(...) ((const char *[]){__VA_ARGS__, NULL})
#define EPHEMERAL PINFOLD_OVERLAY_EPHEMERAL

/* A directory with one file of its name that says so, and one that all have. */
static const char *layer(const char *base, const char *name)
{
        const char *path = format("%s/%s", base, name);

        assert_int_equal(mkdir(path, 0755), 0);
        write_file(format("%s/file", path), format("%s\n", name));
        return path;
}

TEST(first_lower_is_on_top)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *b = layer(base, "b"), *c = layer(base, "c");
        struct pinfold *box = box_new("cat /o/file; ls /o");

        write_file(format("%s/of-b", b), "");
        write_file(format("%s/of-c", c), "");
        pinfold_overlay(box, "/o", LAYERS(c, a, b), NULL, NULL, 0);
        box_prints(box, "c\nfile\nof-b\nof-c\n");
}

TEST(upper_is_above_all)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *upper = layer(base, "upper"), *work = layer(base, "work");
        struct pinfold *box = box_new("cat /o/file");

        pinfold_overlay(box, "/o", LAYERS(a), upper, work, 0);
        box_prints(box, "upper\n");
}

TEST(read_only)
{
        const char *base = temporary_directory();
        struct pinfold *box = box_new("export LC_ALL=C; touch /o/new 2>&1; rm -f /o/file 2>&1; exit 0");

        pinfold_overlay(box, "/o", LAYERS(layer(base, "a"), layer(base, "b")), NULL, NULL, 0);
        box_prints(box, "touch: cannot touch '/o/new': Read-only file system\n"
                       "rm: cannot remove '/o/file': Read-only file system\n");
}

TEST(ephemeral)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a");
        struct pinfold *box = box_new("cd /o; echo more >> file; cat file; echo new > new; rm file; ls;"
                                      "mkdir d; mv new d; ls d");
        char *content;

        pinfold_overlay(box, "/o", LAYERS(a), NULL, NULL, EPHEMERAL);
        box_prints(box, "a\nmore\nnew\nnew\n");
        content = read_file(format("%s/file", a));
        assert_string_equal(content, "a\n");
        free(content);
        assert_int_equal(access(format("%s/new", a), F_OK), -1);
}

TEST(persistent)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *upper = format("%s/upper", base), *work = format("%s/work", base);
        struct pinfold *box = box_new("cd /o; echo new > new; echo more >> file; mkdir d; rm -f gone");
        char *content;

        write_file(format("%s/gone", a), "");
        assert_int_equal(mkdir(upper, 0755), 0);
        assert_int_equal(mkdir(work, 0755), 0);
        pinfold_overlay(box, "/o", LAYERS(a), upper, work, 0);
        box_prints(box, "");
        content = read_file(format("%s/new", upper));
        assert_string_equal(content, "new\n");
        free(content);
        content = read_file(format("%s/file", upper));
        assert_string_equal(content, "a\nmore\n");
        free(content);

        /* Again: it is all there. */
        box = box_new("cat /o/file; ls /o");
        pinfold_overlay(box, "/o", LAYERS(a), upper, work, 0);
        box_prints(box, "a\nmore\nd\nfile\nnew\n");
}

/* What was made in a persistent upper by setup itself: that which was asked for. */
TEST(setup_writes_to_the_upper)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *upper = format("%s/upper", base), *work = format("%s/work", base);
        struct pinfold *box = box_new("ls /o");
        char says[8] = "";

        assert_int_equal(mkdir(upper, 0755), 0);
        assert_int_equal(mkdir(work, 0755), 0);
        pinfold_overlay(box, "/o", LAYERS(a), upper, work, 0);
        pinfold_mkdir(box, "/o/made", 0755);
        pinfold_symlink(box, "says", "/o/link", 0);
        pinfold_tmpfs(box, "/o/mounted/here", 0, 0755);
        box_prints(box, "file\nlink\nmade\nmounted\n");
        assert_int_equal(access(format("%s/made", upper), F_OK), 0);
        assert_int_equal(readlink(format("%s/link", upper), says, sizeof(says) - 1), 4);
        /* A mount point is not asked for. */
        assert_int_equal(access(format("%s/mounted", upper), F_OK), -1);
}

TEST(mode_of_the_ephemeral_root)
{
        static const mode_t modes[] = {0700, 0711, 0755, 01777, 02755, 0555};
        const char *base = temporary_directory();
        const char *top = layer(base, "top"), *other = layer(base, "other");

        for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
                struct pinfold *box = box_new("stat -c %a /o");

                assert_int_equal(chmod(top, modes[i]), 0);
                pinfold_overlay(box, "/o", LAYERS(top, other), NULL, NULL, EPHEMERAL);
                box_prints(box, format("%o\n", modes[i]));
        }
        assert_int_equal(chmod(top, 0755), 0);
}

TEST(paths_that_need_care)
{
        static const char *const names[] = {"back\\slash", "com,ma", "co:lon", "upperdir=x", "sp ace\n\t",
                                            "\\,",         "q\"'"};
        const char *base = temporary_directory();

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                const char *path = layer(base, names[i]), *upper = format("%s/up%s", base, names[i]);
                const char *work = format("%s/wo%s", base, names[i]);
                struct pinfold *box = box_new("cat /o/file; touch /o/new");

                assert_int_equal(mkdir(upper, 0755), 0);
                assert_int_equal(mkdir(work, 0755), 0);
                pinfold_overlay(box, "/o", LAYERS(path), upper, work, 0);
                box_prints(box, format("%s\n", names[i]));
                assert_int_equal(access(format("%s/new", upper), F_OK), 0);
        }
}

TEST(many_layers)
{
        const char *base = temporary_directory();
        const char *layers[101];
        struct pinfold *box = box_new("cat /o/file; ls /o | wc -l");

        for (size_t i = 0; i < 100; i++) {
                layers[i] = strdup(layer(base, format("%zu", i)));
                write_file(format("%s/of-%zu", layers[i], i), "");
        }
        layers[100] = NULL;
        pinfold_overlay(box, "/o", layers, NULL, NULL, 0);
        for (size_t i = 0; i < 100; i++)
                free((void *)(uintptr_t)layers[i]);
        if (kernel_is_before(6, 8))
                box_error(box, PINFOLD_STAGE_PREPARE, E2BIG);
        else
                box_prints(box, "0\n101\n");
}

TEST(several_overlays)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *b = layer(base, "b");
        struct pinfold *box = box_new("echo 1 > /one/file; echo 2 > /two/file; cat /one/file /two/file /three/file");

        pinfold_overlay(box, "/one", LAYERS(a), NULL, NULL, EPHEMERAL);
        pinfold_place(box, "/placed", "", 0);
        pinfold_overlay(box, "/two", LAYERS(a), NULL, NULL, EPHEMERAL);
        pinfold_overlay(box, "/three", LAYERS(a, b), NULL, NULL, 0);
        box_prints(box, "1\n2\na\n");
}

TEST(over_a_directory_of_the_system)
{
        struct pinfold *box = box_new("touch /usr/new && ls -d /usr/new /usr/bin/env");

        pinfold_overlay(box, "/usr", LAYERS("/usr"), NULL, NULL, EPHEMERAL);
        box_prints(box, "/usr/bin/env\n/usr/new\n");
        assert_int_equal(access("/usr/new", F_OK), -1);
}

/* The root of a host always has mounts beneath it: the wish is natural, and the answer says why not. */
TEST(over_the_root_of_the_host)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_overlay(box, "/", LAYERS("/"), NULL, NULL, EPHEMERAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, EINVAL, 0, "overlay", "/",
                  "cannot set up container: overlay on /: layer / has file systems mounted beneath it: "
                  "Invalid argument"});
}

/* A setuid or device node of a layer means nothing; the upper is not looked at with trusted attributes. */
TEST(userxattr)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *b = layer(base, "b");
        const char *opaque = format("%s/d", a);
        struct pinfold *box = box_new("ls /o/d");
        bool set;

        assert_int_equal(mkdir(opaque, 0755), 0);
        assert_int_equal(mkdir(format("%s/d", b), 0755), 0);
        write_file(format("%s/d/below", b), "");
        write_file(format("%s/d/above", a), "");
        set = setxattr(opaque, "user.overlay.opaque", "y", 1, 0) == 0;
        assert_true(set || (errno == EOPNOTSUPP && kernel_is_before(6, 6))); /* a tmpfs */
        pinfold_overlay(box, "/o", LAYERS(a, b), NULL, NULL, 0);
        box_prints(box, set ? "above\n" : "above\nbelow\n");
}

TEST(parents_have_parent_perm)
{
        const char *base = temporary_directory();
        struct pinfold *box = box_new("stat -c %a /a /a/b");

        pinfold_set_parent_perm(box, 0751);
        pinfold_overlay(box, "/a/b/o", LAYERS(layer(base, "a")), NULL, NULL, EPHEMERAL);
        box_prints(box, "751\n751\n");
}

static void refused(const char *target, const char *const *lowers, const char *upper, const char *work, unsigned flags,
                    const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_overlay(box, target, lowers, upper, work, flags), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "overlay", "",
                  format("cannot start container: overlay: %s: Invalid argument", why)});
}

TEST(wrong_use)
{
        refused("/o", LAYERS("/a"), NULL, NULL, 0, "a read-only overlay needs at least two lowers");
        refused("/o", LAYERS("/a"), "/u", NULL, 0, "upper and work need each other");
        refused("/o", LAYERS("/a"), NULL, "/w", 0, "upper and work need each other");
        refused("/o", LAYERS("/a"), "/u", "/w", EPHEMERAL, "ephemeral has no upper of its own");
        refused("/o", LAYERS("/a"), NULL, NULL, 8, "flags has unknown bits 0x8");
        refused("/o", NULL, NULL, NULL, EPHEMERAL, "lower is missing");
        refused("/o", (const char *[]){NULL}, "/u", "/w", 0, "lower is missing");
        refused("/o", LAYERS("/a", "b"), NULL, NULL, 0, "lower \"b\" is not an absolute path");
        refused("/o", LAYERS("/a"), "u", "/w", 0, "upper \"u\" is not an absolute path");
        refused("/o", LAYERS("/a"), "/u", "", 0, "work \"\" is not an absolute path");
        refused("o", LAYERS("/a", "/b"), NULL, NULL, 0, "target \"o\" is not an absolute path");
        refused(NULL, LAYERS("/a", "/b"), NULL, NULL, 0, "target is missing");
}

static void fails(const char *const *lowers, const char *upper, const char *work, int error, const char *path,
                  const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_overlay(box, "/o", lowers, upper, work, upper ? 0 : EPHEMERAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, error, 0, "overlay", path,
                  format("cannot set up container: overlay on /o: %s: %s", why, strerror(error))});
}

TEST(layers_that_are_not_there)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *file = format("%s/file", a);

        fails(LAYERS("/nonexistent"), NULL, NULL, ENOENT, "/nonexistent", "open layer /nonexistent");
        fails(LAYERS(a, "/nonexistent"), NULL, NULL, ENOENT, "/nonexistent", "open layer /nonexistent");
        fails(LAYERS(a), "/nonexistent", a, ENOENT, "/nonexistent", "open layer /nonexistent");
        fails(LAYERS(a), a, "/nonexistent", ENOENT, "/nonexistent", "open layer /nonexistent");
        fails(LAYERS(file), NULL, NULL, ENOTDIR, file, format("open layer %s", file));
}

/* The kernel's own words, where it has some. */
TEST(layers_that_do_not_fit)
{
        const char *base = temporary_directory();
        const char *a = layer(base, "a"), *upper = layer(base, "upper"), *work = layer(upper, "work");
        struct pinfold *box = box_bare("exit 0");
        struct pinfold_error err;

        pinfold_overlay(box, "/o", LAYERS(a), upper, work, 0);
        err = box_error(box, PINFOLD_STAGE_PREPARE, EINVAL);
        assert_non_null(strstr(err.text, "cannot set up container: overlay on /o: create file system overlay"));
        assert_non_null(strstr(err.text, ": Invalid argument"));
        assert_string_equal(err.op_name, "overlay");
}

TEST(on_a_file)
{
        const char *base = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_place(box, "/file", "", 0);
        pinfold_overlay(box, "/file", LAYERS(layer(base, "a")), NULL, NULL, EPHEMERAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "overlay", "/file",
                  "cannot set up container: overlay on /file: open directory /file: Not a directory"});
}

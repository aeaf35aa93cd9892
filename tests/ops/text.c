/* SPDX-License-Identifier: MIT */
/*
 * Operations as text, through pinfold_set: containers that are made of nothing else, and what is said about wrong
 * text. That text and function ask for the same is unit/options.c.
 */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"
#include "support/tree.h"

static void set(struct pinfold *box, const char *name, const char *value)
{
        struct pinfold_error err;

        if (pinfold_set(box, name, value, &err) < 0)
                fail_msg("%s", err.text);
}

/* Each operation, and the table that comes of it. */
TEST(all_of_them)
{
        const char *base = tree();
        struct pinfold *box = box_empty();
        struct mount_table table;

        assert_int_equal(mkdir(format("%s/a", base), 0755), 0);
        assert_int_equal(mkdir(format("%s/a/sub", base), 0755), 0);
        assert_int_equal(mkdir(format("%s/b", base), 0755), 0);
        assert_int_equal(mkdir(format("%s/r", base), 0755), 0);
        assert_int_equal(mkdir(format("%s/r/of-root", base), 0755), 0);
        assert_int_equal(symlink("text", format("%s/link", base)), 0);
        write_file(format("%s/file", base), "content");
        set(box, "root", format("%s/r:writable", base));
        set(box, "bind", format("%s/a", base));
        set(box, "bind", format("%s/a:/bound:writable,device", base));
        set(box, "tmpfs", "/tmp:size=64K,mode=1777");
        set(box, "readonly", "/empty");
        set(box, "proc", "/proc");
        set(box, "dev", "/dev:mqueue");
        set(box, "overlay", format("/overlay:lower=%s/a,lower=%s/b", base, base));
        set(box, "overlay", format("/ephemeral:lower=%s/a,ephemeral", base));
        set(box, "mkdir", "/made:mode=700");
        set(box, "symlink", "says:/says");
        set(box, "symlink", format("%s/link:/copied:dereference", base));
        set(box, "place", "/placed:text=some text");
        set(box, "place", format("/from:from=%s/file", base));
        set(box, "etc", format("%s/a:prefix=mine", base));
        set(box, "remount", "/bound:ro");
        table = box_table(box);
        assert_string_equal(mounts_at(&table, "/of-root")->flags, "rw,nosuid,nodev,relatime");
        assert_string_equal(mounts_at(&table, format("%s/a", base))->flags, "ro,nosuid,nodev,relatime");
        assert_string_equal(mounts_at(&table, "/bound")->flags, "ro,nosuid,relatime");
        assert_string_equal(mounts_at(&table, "/tmp")->source, "ephemeral");
        assert_string_equal(mounts_at(&table, "/empty")->source, "readonly");
        assert_string_equal(mounts_at(&table, "/proc")->type, "proc");
        assert_string_equal(mounts_at(&table, "/dev/mqueue")->type, "mqueue");
        assert_true(mounts_at(&table, "/overlay")->readonly);
        assert_false(mounts_at(&table, "/ephemeral")->readonly);
        assert_string_equal(mounts_at(&table, "/placed")->source, "scratch");
        assert_string_equal(mounts_at(&table, "/from")->source, "scratch");
        assert_string_equal(mounts_at(&table, "/etc/.host/mine")->source, "tree");
        mounts_free(&table);
}

TEST(what_they_leave)
{
        const char *base = temporary_directory();
        struct pinfold *box = box_new("stat -c '%a %n' /made /tmp2 /empty; readlink /says /copied; cat /placed /from;"
                                      "echo $(($(stat -f -c '%b * %S' /tmp2)))");
        char *output;

        assert_int_equal(symlink("copied text", format("%s/link", base)), 0);
        write_file(format("%s/file", base), "content\n");
        set(box, "mkdir", "/made:mode=0710");
        set(box, "tmpfs", "/tmp2:mode=1700,size=1M");
        set(box, "readonly", "/empty:mode=0500");
        set(box, "symlink", "a\\:b,c:/says");
        set(box, "symlink", format("%s/link:/copied:dereference", base));
        set(box, "place", "/placed:text=a:b\\,c\\\\\n");
        set(box, "place", format("/from:from=%s/file", base));
        output = box_output(box, 0);
        assert_string_equal(output, "710 /made\n1700 /tmp2\n500 /empty\na:b,c\ncopied "
                                    "text\na:b,c\\\ncontent\n1048576\n");
        free(output);
}

static void fails(const char *name, const char *value, int error, const char *path, const char *text)
{
        struct pinfold *box = box_bare("exit 0");
        struct pinfold_error err;

        pinfold_mkdir(box, "/first", 0755);
        assert_int_equal(pinfold_set(box, name, value, &err), -error);
        assert_error(&err, &(struct expected){PINFOLD_STAGE_CONFIGURE, error, 1, name, path, text});
        /* It is told once, and not kept. */
        assert_int_equal(pinfold_start(box, &err), 0);
        pinfold_free(box);
}

TEST(wrong_text)
{
        fails("bind", "", EINVAL, "",
              "cannot add operation: bind: source \"\" is not an absolute path: Invalid argument");
        fails("bind", "/etc:etc", EINVAL, "",
              "cannot add operation: bind: target \"etc\" is not an absolute path: Invalid argument");
        fails("bind", "/etc:/etc:rw", EINVAL, "",
              "cannot add operation: bind: unknown option \"rw\"; known are writable, device, optional, ensure, "
              "propagate, no-symlinks, proc: "
              "Invalid argument");
        fails("bind", "/etc:/etc:optional,ensure", EINVAL, "",
              "cannot add operation: bind: optional and ensure exclude each other: Invalid argument");
        fails("tmpfs", "/tmp:size=lots", EINVAL, "",
              "cannot add operation: tmpfs: size=lots is not a size, such as 64M: Invalid argument");
        fails("tmpfs", "/tmp:size=-1", EINVAL, "",
              "cannot add operation: tmpfs: size=-1 is not a size, such as 64M: Invalid argument");
        fails("tmpfs", "/tmp:size=1P", EINVAL, "",
              "cannot add operation: tmpfs: size=1P is not a size, such as 64M: Invalid argument");
        fails("tmpfs", "/tmp:size=99999999T", EINVAL, "",
              "cannot add operation: tmpfs: size=99999999T is not a size, such as 64M: Invalid argument");
        fails("tmpfs", "/tmp:size=99999T", EINVAL, "", "cannot add operation: tmpfs: size is absurd: Invalid argument");
        fails("tmpfs", "/tmp:mode=0999", EINVAL, "",
              "cannot add operation: tmpfs: mode=0999 is not an octal mode: Invalid argument");
        fails("tmpfs", "/tmp:mode=10000", EINVAL, "",
              "cannot add operation: tmpfs: mode 010000 is not a mode: Invalid argument");
        fails("tmpfs", "/tmp:sise=1", EINVAL, "",
              "cannot add operation: tmpfs: unknown option \"sise=1\"; known are size=, mode=: Invalid argument");
        fails("readonly", "/a:ro", EINVAL, "",
              "cannot add operation: readonly: unknown option \"ro\"; known are mode=: Invalid argument");
        fails("proc", "/proc:rw", EINVAL, "",
              "cannot add operation: proc: unexpected \"rw\": it takes no options: Invalid argument");
        fails("proc", "proc", EINVAL, "",
              "cannot add operation: proc: target \"proc\" is not an absolute path: Invalid argument");
        fails("dev", "/dev:ro", EINVAL, "",
              "cannot add operation: dev: unknown option \"ro\"; known are mqueue, writable: Invalid argument");
        fails("overlay", "/o", EINVAL, "", "cannot add operation: overlay: lower is missing: Invalid argument");
        fails("overlay", "/o:lower=/a", EINVAL, "",
              "cannot add operation: overlay: a read-only overlay needs at least two lowers: Invalid argument");
        fails("overlay", "/o:lower=a", EINVAL, "",
              "cannot add operation: overlay: lower \"a\" is not an absolute path: Invalid argument");
        fails("overlay", "/o:lower=/a,upper=/u", EINVAL, "",
              "cannot add operation: overlay: upper and work need each other: Invalid argument");
        fails("overlay", "/o:lower=/a,top=/u", EINVAL, "",
              "cannot add operation: overlay: unknown option \"top=/u\"; known are lower=, upper=, work=, ephemeral: "
              "Invalid argument");
        fails("mkdir", "/a:/b", EINVAL, "",
              "cannot add operation: mkdir: unknown option \"/b\"; known are mode=: Invalid argument");
        fails("symlink", "says", EINVAL, "",
              "cannot add operation: symlink: target is missing; it takes LINKNAME:DEST[:FLAGS]: Invalid argument");
        fails("symlink", ":/a", EINVAL, "", "cannot add operation: symlink: linkname is empty: Invalid argument");
        fails("place", "/a", EINVAL, "",
              "cannot add operation: place: content is missing; it takes DEST:from=FILE|text=TEXT[,mode=MODE][,FLAGS]: Invalid argument");
        fails("place", "/a:text=x,from=/y", EINVAL, "", "cannot add operation: place: content is given twice: "
                                                        "Invalid argument");
        fails("place", "/a:text=x,y", EINVAL, "",
              "cannot add operation: place: unknown option \"y\"; known are from=, text=, mode=, writable, copy: Invalid argument");
        fails("place", "/a:from=/nonexistent", ENOENT, "/nonexistent",
              "cannot add operation: place: open /nonexistent: No such file or directory");
        fails("remount", "/a:rw", EINVAL, "",
              "cannot add operation: remount: unknown option \"rw\"; known are ro, nodev, nosuid, recursive: Invalid "
              "argument");
        fails("etc", "/etc:prefix=a/b", EINVAL, "",
              "cannot add operation: etc: prefix \"a/b\" is not one path component: Invalid argument");
        fails("root", "/:optional,ensure", EINVAL, "",
              "cannot add operation: root: optional and ensure exclude each other: Invalid argument");
        fails("root", "/:\x1b[1m", EINVAL, "",
              "cannot add operation: root: unknown option \"\\x1b[1m\"; known are writable, device, optional, "
              "ensure, propagate, no-symlinks, proc: "
              "Invalid argument");
}

static void fails_outside(const char *name, const char *value, int error, const char *text)
{
        struct pinfold *box = box_bare("exit 0");
        struct pinfold_error err;

        assert_int_equal(pinfold_set(box, name, value, &err), -error);
        assert_string_equal(err.text, text);
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        pinfold_free(box);
}

TEST(no_value)
{
        fails_outside("bind", NULL, EINVAL, "cannot set bind: it takes SRC[:DEST[:FLAGS]]: Invalid argument");
        fails_outside("bnid", "/", ENOENT, "cannot set bnid: no such option: No such file or directory");
        fails_outside("nested", "x", EINVAL, "cannot set nested: it takes no value: Invalid argument");
}

TEST(once)
{
        struct pinfold *box = box_bare("exit 0");
        struct pinfold_error err;

        set(box, "root", "/");
        assert_int_equal(pinfold_set(box, "root", "/", &err), -EINVAL);
        assert_error(&err, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 1, "root", "",
                     "cannot add operation: root: can be used once per container: Invalid argument"});
        pinfold_free(box);
}

/* SPDX-License-Identifier: MIT */
/* The operation etc. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

/* A directory such as /etc is. */
static const char *host_etc(void)
{
        static const char *const files[] = {".hidden", "group", "hosts", "mtab", "passwd", "resolv.conf"};
        const char *directory = temporary_directory();

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                write_file(format("%s/%s", directory, files[i]), files[i]);
        assert_int_equal(mkdir(format("%s/.host", directory), 0755), 0);
        assert_int_equal(mkdir(format("%s/ssl", directory), 0755), 0);
        write_file(format("%s/ssl/cert", directory), "cert");
        return directory;
}

/* box_new without its /etc. */
static struct pinfold *box(const char *script)
{
        struct pinfold *made = box_bare(script);

        pinfold_root(made, "/", 0);
        pinfold_proc(made, "/proc");
        return made;
}

TEST(links)
{
        struct pinfold *made = box("cd /etc; for name in $(ls -A); do echo $name $(readlink $name); done");

        pinfold_etc(made, host_etc(), NULL);
        box_prints(made, ".hidden .host/etc/.hidden\n"
                        ".host\n"
                        "hosts .host/etc/hosts\n"
                        "mtab /proc/mounts\n"
                        "resolv.conf .host/etc/resolv.conf\n"
                        "ssl .host/etc/ssl\n");
}

TEST(content_and_modes)
{
        struct pinfold *made = box("cat /etc/hosts /etc/ssl/cert; echo; ls -A /etc/.host; stat -c %a /etc /etc/.host;"
                                   "cmp /etc/mtab /proc/self/mounts && LC_ALL=C touch /etc/hosts 2>&1; exit 0");

        pinfold_set_parent_perm(made, 0700);
        pinfold_etc(made, host_etc(), "my-host");
        box_prints(made, "hostscert\nmy-host\n755\n755\ntouch: cannot touch '/etc/hosts': Read-only file system\n");
}

TEST(passwd_and_group_are_left_to_the_caller)
{
        struct pinfold *made = box("cat /etc/passwd /etc/group");

        pinfold_etc(made, host_etc(), NULL);
        pinfold_place(made, "/etc/passwd", "mine\n", 5);
        pinfold_place(made, "/etc/group", "too\n", 4);
        box_prints(made, "mine\ntoo\n");
}

TEST(one_that_exists)
{
        struct pinfold *made = box("stat -c %a /etc; ls /etc");

        pinfold_mkdir(made, "/etc/own", 0700);
        pinfold_etc(made, host_etc(), NULL);
        box_prints(made, "700\nhosts\nmtab\nown\nresolv.conf\nssl\n");
}

TEST(the_real_one)
{
        struct pinfold *made = box("cat /etc/debian_version | grep -c . && ls -d /etc/profile.d/.");

        pinfold_etc(made, "/etc", NULL);
        box_prints(made, "1\n/etc/profile.d/.\n");
}

TEST(name_of_255_bytes)
{
        const char *directory = temporary_directory();
        struct pinfold *made = box("cat /etc/xxx*; ls -d /etc/.host/y* | wc -c");
        char name[NAME_MAX + 1] = "", prefix[NAME_MAX + 1] = "";

        memset(name, 'x', NAME_MAX);
        memset(prefix, 'y', NAME_MAX);
        write_file(format("%s/%s", directory, name), "long\n");
        pinfold_etc(made, directory, prefix);
        box_prints(made, "long\n267\n");
}

TEST(once)
{
        struct pinfold *made = box_bare("exit 0");

        assert_int_equal(pinfold_etc(made, "/etc", NULL), 0);
        assert_int_equal(pinfold_etc(made, "/etc", "other"), -EINVAL);
        box_fails(made, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 1, "etc", "",
                  "cannot start container: etc: can be used once per container: Invalid argument"});
}

static void refused(const char *source, const char *prefix, int error, const char *why)
{
        struct pinfold *made = box_bare("exit 0");

        assert_int_equal(pinfold_etc(made, source, prefix), -error);
        box_fails(made, &(struct expected){PINFOLD_STAGE_CONFIGURE, error, 0, "etc", "",
                  format("cannot start container: etc: %s: %s", why, strerror(error))});
}

TEST(wrong_use)
{
        char prefix[NAME_MAX + 2] = "";

        memset(prefix, 'p', NAME_MAX + 1);
        refused("etc", NULL, EINVAL, "source \"etc\" is not an absolute path");
        refused(NULL, NULL, EINVAL, "source is missing");
        refused("/etc", "", EINVAL, "prefix \"\" is not one path component");
        refused("/etc", ".", EINVAL, "prefix \".\" is not one path component");
        refused("/etc", "..", EINVAL, "prefix \"..\" is not one path component");
        refused("/etc", "a/b", EINVAL, "prefix \"a/b\" is not one path component");
        refused("/etc", prefix, ENAMETOOLONG, format("prefix \"%.64s...\"", prefix));
}

TEST(sources)
{
        const char *directory = temporary_directory();
        struct pinfold *made = box_bare("exit 0");

        pinfold_etc(made, "/nonexistent", NULL);
        box_fails(made, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "etc", "/nonexistent",
                  "cannot set up container: etc from /nonexistent: open /nonexistent: No such file or directory"});

        write_file(format("%s/file", directory), "");
        made = box_bare("exit 0");
        pinfold_etc(made, format("%s/file", directory), NULL);
        box_fails(made, &(struct expected){PINFOLD_STAGE_PREPARE, ENOTDIR, 0, "etc", format("%s/file", directory),
                  format("cannot set up container: etc from %s/file: use %s/file: Not a directory", directory,
                         directory)});
}

TEST(something_in_the_way)
{
        const char *directory = host_etc();
        struct pinfold *made = box_bare("exit 0");

        pinfold_mkdir(made, "/etc/hosts", 0755);
        pinfold_etc(made, directory, NULL);
        box_fails(made, &(struct expected){PINFOLD_STAGE_APPLY, EEXIST, 1, "etc", "/etc/hosts",
                  format("cannot set up container: etc from %s: create symbolic link /etc/hosts: File exists",
                         directory)});

        made = box_bare("exit 0");
        pinfold_bind(made, directory, "/etc", 0);
        pinfold_etc(made, directory, "other");
        box_fails(made, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "etc", "/etc/.host/other",
                  format("cannot set up container: etc from %s: create directory /etc/.host/other: "
                         "Read-only file system", directory)});
}

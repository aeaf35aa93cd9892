/* SPDX-License-Identifier: MIT */
/* The operation dev. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"
#include "support/mounts.h"
#include "support/tree.h"

TEST(nodes_and_links)
{
        struct pinfold *box = box_new("cd /dev; for n in *; do if test -L $n; then echo $n $(readlink $n);"
                                      "else stat -c '%n %F %Hr:%Lr' $n; fi; done");

        box_prints(box, "core /proc/kcore\n"
                       "fd /proc/self/fd\n"
                       "full character special file 1:7\n"
                       "null character special file 1:3\n"
                       "ptmx pts/ptmx\n"
                       "pts directory 0:0\n"
                       "random character special file 1:8\n"
                       "shm directory 0:0\n"
                       "stderr /proc/self/fd/2\n"
                       "stdin /proc/self/fd/0\n"
                       "stdout /proc/self/fd/1\n"
                       "tty character special file 5:0\n"
                       "urandom character special file 1:9\n"
                       "zero character special file 1:5\n");
}

TEST(nodes_work)
{
        struct pinfold *box = box_new("export LC_ALL=C; echo lost > /dev/null; head -c 3 /dev/zero | od -An -tx1;"
                                      "head -c 8 /dev/urandom | wc -c; head -c 8 /dev/random | wc -c;"
                                      "echo x | cat 2>&1 > /dev/full | sed 's/.*: //'; cat /dev/null;"
                                      "echo out > /dev/stdout; echo err > /dev/stderr; echo in | cat /dev/stdin;"
                                      "ls /dev/fd/0; (: < /dev/tty) 2>&1 | sed 's/.*: //'");

        box_prints(box, " 00 00 00\n8\n8\nNo space left on device\nout\nerr\nin\n/dev/fd/0\n"
                       "No such device or address\n");
}

TEST(pseudo_terminals)
{
        struct pinfold *box = box_empty();

        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        box_probe(box, (const char *[]){"probe", "pty", NULL});
        box_prints(box, "/dev/pts/0\n");
}

TEST(pts_is_an_instance_of_its_own)
{
        struct pinfold *box = box_new("stat -c '%a %Hr:%Lr' /dev/pts/ptmx; ls /dev/pts; stat -c %d /dev/pts");
        struct stat stat_;
        char *output = box_output(box, 0);
        unsigned long device;

        assert_int_equal(stat("/dev/pts", &stat_), 0);
        assert_int_equal(sscanf(output, "666 5:2\nptmx\n%lu", &device), 1);
        assert_int_not_equal(device, stat_.st_dev);
        free(output);
}

TEST(new_terminals_have_mode_620)
{
        struct pinfold *box = box_new("exec 3<>/dev/ptmx; stat -c '%a %u' /dev/pts/0");

        pinfold_set_uid(box, 1000);
        box_prints(box, "620 1000\n");
}

TEST(it_is_read_only_but_for_shm)
{
        struct pinfold *box = box_new("export LC_ALL=C; touch /dev/new 2>&1; rm /dev/stdin 2>&1; echo x > "
                                      "/dev/shm/file &&"
                                      "cat /dev/shm/file; stat -c %a /dev/shm");

        box_prints(box, "touch: cannot touch '/dev/new': Read-only file system\n"
                       "rm: cannot remove '/dev/stdin': Read-only file system\nx\n1777\n");
}

TEST(writable)
{
        struct pinfold *box = box_new("cd /other; test -e shm || echo no shm; touch new && mkdir shm && echo made");

        pinfold_dev(box, "/other", PINFOLD_DEV_WRITABLE);
        box_prints(box, "no shm\nmade\n");
}

TEST(mqueue)
{
        struct pinfold *box = box_new("/probe mqueue /name && ls /dev/mqueue; stat -c %a /dev/mqueue");

        pinfold_dev(box, "/dev", PINFOLD_DEV_MQUEUE);
        pinfold_bind(box, probe_path(), "/probe", 0);
        /* Its root is the kernel's: 01777. */
        box_prints(box, "name\n1777\n");
}

TEST(without_mqueue)
{
        struct pinfold *box = box_new("test -e /dev/mqueue || echo none");

        box_prints(box, "none\n");
}

TEST(modes)
{
        struct pinfold *box = box_new("stat -c %a /a /a/dev");

        pinfold_set_parent_perm(box, 0711);
        pinfold_dev(box, "/a/dev", 0);
        box_prints(box, "711\n711\n");
}

/* The places for pts and mqueue are seen when what covers them goes; their mode is parent_perm too. */
TEST(later_operations_work_in_the_writable_form)
{
        struct pinfold *box = box_new("cat /w/mine; ls -d /w/dri /w/null; readlink /w/log");

        pinfold_dev(box, "/w", PINFOLD_DEV_WRITABLE);
        pinfold_place(box, "/w/mine", "mine\n", 5);
        pinfold_mkdir(box, "/w/dri", 0755);
        pinfold_symlink(box, "x", "/w/log", 0);
        box_prints(box, "mine\n/w/dri\n/w/null\nx\n");
}

TEST(and_not_in_the_other)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_dev(box, "/dev", 0);
        pinfold_mkdir(box, "/dev/dri", 0755);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "mkdir", "/dev/dri",
                  "cannot set up container: directory /dev/dri: create directory /dev/dri: Read-only file system"});
}

/* ---- console --------------------------------------------------------------------------------------------------- */

/* Runs with a terminal as standard output, and gives what came there. */
static char *terminal_output(struct pinfold *box, const char **ret_name)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err;
        int slave, master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        char *output = calloc(1, 4096);
        size_t used = 0;
        ssize_t length;

        assert_true(master >= 0);
        assert_int_equal(grantpt(master), 0);
        assert_int_equal(unlockpt(master), 0);
        *ret_name = format("%s", ptsname(master));
        slave = open(*ret_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        assert_true(slave >= 0);
        pinfold_set_stdout(box, slave);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        close(slave);
        while (used < 4000 && (length = read(master, output + used, 4000 - used)) > 0)
                used += (size_t)length;
        close(master);
        assert_int_equal(pinfold_wait(box, -1, &status, &err), 0);
        pinfold_free(box);
        return output;
}

#define CONSOLE "if test -e /dev/console; then stat -Lc '%F %t:%T' /dev/console; test /dev/console -ef " \
                "/proc/self/fd/1 && " \
                "echo same; echo written > /dev/console; else echo none; fi"

TEST(console)
{
        struct pinfold *box = box_new(CONSOLE);
        const char *name;
        unsigned minor;
        char *output;

        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        output = terminal_output(box, &name);
        assert_int_equal(sscanf(output, "character special file 88:%x", &minor), 1);
        assert_non_null(strstr(output, "same\r\nwritten\r\n"));
        assert_string_equal(name, format("/dev/pts/%u", minor));
        free(output);
}

TEST(no_console_without_the_session)
{
        const char *name;
        char *output = terminal_output(box_new(CONSOLE), &name);

        assert_string_equal(output, "none\r\n");
        free(output);
}

TEST(no_console_without_a_terminal)
{
        struct pinfold *box = box_new(CONSOLE);

        pinfold_set_flags(box, PINFOLD_RETAIN_SESSION, 1);
        box_prints(box, "none\n");
}

/* ---- Wrong ----------------------------------------------------------------------------------------------------- */

/* A host's /dev can hold anything. */
TEST(faked_node)
{
        struct pinfold *box = box_bare("exit 0");
        const char *fake = format("%s/fake", tree());

        write_file(fake, "not a device");
        tree_mount(fake, "/dev/full", "", MS_BIND, NULL);
        pinfold_dev(box, "/dev", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENODEV, 0, "dev", "/dev/full",
                  "cannot set up container: dev on /dev: /dev/full is not the character device 1:7: No such device"});
        tree_unmount("/dev/full");
}

TEST(another_device)
{
        struct pinfold *box = box_bare("exit 0");

        tree();
        tree_mount("/dev/zero", "/dev/random", "", MS_BIND, NULL);
        pinfold_dev(box, "/dev", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENODEV, 0, "dev", "/dev/random",
                  "cannot set up container: dev on /dev: /dev/random is not the character device 1:8: No such device"});
        tree_unmount("/dev/random");
}

TEST(wrong_use)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_dev(box, "/dev", 1u << 3), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "dev", "",
                  "cannot start container: dev: flags has unknown bits 0x8: Invalid argument"});

        box = box_bare("exit 0");
        assert_int_equal(pinfold_dev(box, "dev", 0), -EINVAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 0, "dev", "",
                  "cannot start container: dev: target \"dev\" is not an absolute path: Invalid argument"});
}

TEST(below_a_read_only_bind)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, temporary_directory(), "/r", 0);
        pinfold_dev(box, "/r/dev", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "dev", "/r/dev",
                  "cannot set up container: dev on /r/dev: create directory /r/dev: Read-only file system"});
}

/* The nodes are the host's own: a root caller's program has the id of their owner. Sets the mode that they have. */
TEST(nodes_of_the_host_cannot_be_changed)
{
        char *output = box_output(box_new("export LC_ALL=C; chmod 666 /dev/null 2>&1 | sed 's/.*: //'; "
                                          "touch -c /dev/zero 2>&1 | sed 's/.*: //'; echo x >/dev/null && echo works"), 0);

        assert_string_equal(output, "Read-only file system\nRead-only file system\nworks\n");
        free(output);
}

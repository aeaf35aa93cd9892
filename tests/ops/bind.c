/* SPDX-License-Identifier: MIT */
/* The operation bind: its flags, its sources, its parents. What is mounted below a source: submounts.c. */
#define _GNU_SOURCE
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/box.h"
#include "support/expect.h"

static const char *directory_with_file(void)
{
        const char *directory = temporary_directory();

        write_file(format("%s/file", directory), "content\n");
        return directory;
}

TEST(read_only)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("export LC_ALL=C; cat /d/file; touch /d/new 2>&1; rm -f /d/file 2>&1;"
                                      "chmod 0 /d/file 2>&1; exit 0");

        pinfold_bind(box, directory, "/d", 0);
        box_prints(box, "content\n"
                       "touch: cannot touch '/d/new': Read-only file system\n"
                       "rm: cannot remove '/d/file': Read-only file system\n"
                       "chmod: changing permissions of '/d/file': Read-only file system\n");
}

TEST(writable)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("echo new > /d/new; rm /d/file");
        char *content;

        pinfold_bind(box, directory, "/d", PINFOLD_BIND_WRITABLE);
        box_prints(box, "");
        content = read_file(format("%s/new", directory));
        assert_string_equal(content, "new\n");
        free(content);
        assert_int_equal(access(format("%s/file", directory), F_OK), -1);
}

TEST(a_file)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("cat /new/file; stat -c '%F %a' /new");

        pinfold_bind(box, format("%s/file", directory), "/new/file", 0);
        box_prints(box, "content\ndirectory 700\n");
}

/* The mount point of a file, as it lies below a writable bind. */
TEST(mount_points)
{
        const char *directory = temporary_directory();
        const char *source = directory_with_file();
        struct pinfold *box = box_new("exec cat");
        struct pinfold_error err;
        struct stat stat_;

        pinfold_bind(box, directory, "/w", PINFOLD_BIND_WRITABLE);
        pinfold_bind(box, format("%s/file", source), "/w/a/file", 0);
        pinfold_bind(box, source, "/w/b/directory", 0);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(lstat(format("%s/a/file", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFREG | 0444);
        assert_int_equal(stat_.st_size, 0);
        assert_int_equal(lstat(format("%s/a", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFDIR | 0700);
        assert_int_equal(lstat(format("%s/b/directory", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFDIR | 0700);
        pinfold_free(box);
}

TEST(parents_are_0700)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("stat -c %a /a /a/b");

        pinfold_set_parent_perm(box, 0755);
        pinfold_bind(box, directory, "/a/b/c", 0);
        box_prints(box, "700\n700\n");
}

TEST(what_is_not_a_directory_goes_on_a_file)
{
        const char *directory = temporary_directory();
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct pinfold *box = box_new("stat -c %F /fifo /socket /null");

        assert_int_equal(mkfifo(format("%s/fifo", directory), 0600), 0);
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
        assert_int_equal(bind(socket_, (struct sockaddr *)&address, sizeof(address)), 0);
        pinfold_bind(box, format("%s/fifo", directory), "/fifo", 0);
        pinfold_bind(box, format("%s/socket", directory), "/socket", 0);
        pinfold_bind(box, "/dev/null", "/null", 0);
        box_prints(box, "fifo\nsocket\ncharacter special file\n");
        close(socket_);
}

TEST(device)
{
        struct pinfold *box = box_new("export LC_ALL=C; cat /with && echo x > /with && echo fine;"
                                      "cat /without 2>&1; exit 0");

        pinfold_bind(box, "/dev/null", "/with", PINFOLD_BIND_DEVICE);
        pinfold_bind(box, "/dev/null", "/without", 0);
        box_prints(box, "fine\ncat: /without: Permission denied\n");
}

TEST(optional)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("ls / /d | grep -x -e no -e a -e d -e file");

        pinfold_bind(box, format("%s/nothing", directory), "/no", PINFOLD_BIND_OPTIONAL);
        pinfold_bind(box, format("%s/nothing/below", directory), "/a/no", PINFOLD_BIND_OPTIONAL);
        pinfold_bind(box, directory, "/d", PINFOLD_BIND_OPTIONAL);
        /* Skipped is skipped: no mount point, no parent. */
        box_prints(box, "d\nfile\n");
}

/* Only for what does not exist: what cannot be reached is an error. */
TEST(optional_is_not_about_permission)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(symlink("loop", format("%s/loop", directory)), 0);
        pinfold_bind(box, format("%s/loop", directory), "/d", PINFOLD_BIND_OPTIONAL);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ELOOP, 0, "bind", format("%s/loop", directory),
                  format("cannot set up container: bind %s/loop on /d: open %s/loop: Too many levels of symbolic links",
                         directory, directory)});
}

TEST(ensure)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_new("ls -A /d; stat -c %a /d");
        struct stat stat_;

        pinfold_bind(box, format("%s/a//b/", directory), "/d", PINFOLD_BIND_ENSURE);
        box_prints(box, "700\n");
        assert_int_equal(stat(format("%s/a", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFDIR | 0700);
        assert_int_equal(stat(format("%s/a/b", directory), &stat_), 0);
        assert_int_equal(stat_.st_mode, S_IFDIR | 0700);
        assert_int_equal(stat_.st_uid, geteuid());
        assert_int_equal(stat_.st_gid, getegid());
}

TEST(ensure_of_what_exists)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("cat /file; ls /d");

        pinfold_bind(box, directory, "/d", PINFOLD_BIND_ENSURE);
        pinfold_bind(box, format("%s/file", directory), "/file", PINFOLD_BIND_ENSURE);
        box_prints(box, "content\nfile\n");
}

TEST(ensure_where_it_cannot)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(symlink("nowhere", format("%s/link", directory)), 0);
        pinfold_bind(box, format("%s/link", directory), "/d", PINFOLD_BIND_ENSURE);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "bind", format("%s/link", directory),
                  format("cannot set up container: bind %s/link on /d: open %s/link: No such file or directory",
                         directory, directory)});
}

/* Only ensure creates anything, and only in prepare: what fails earlier has changed nothing. */
TEST(a_failure_before_it_changes_nothing)
{
        const char *directory = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, "/nonexistent", "/x", 0);
        pinfold_bind(box, format("%s/new", directory), "/d", PINFOLD_BIND_ENSURE);
        box_error(box, PINFOLD_STAGE_PREPARE, ENOENT);
        assert_int_equal(access(format("%s/new", directory), F_OK), -1);
}

TEST(source_links_are_followed)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("stat -c %F /file /d; cat /file; ls /d");

        assert_int_equal(symlink("file", format("%s/to-file", directory)), 0);
        assert_int_equal(symlink(directory, format("%s/to-directory", directory)), 0);
        pinfold_bind(box, format("%s/to-file", directory), "/file", 0);
        pinfold_bind(box, format("%s/to-directory", directory), "/d", 0);
        box_prints(box, "regular file\ndirectory\ncontent\nfile\nto-directory\nto-file\n");
}

/* All sources are opened before the first operation is applied. */
TEST(source_links_are_refused)
{
        const char *directory = directory_with_file(), *link = format("%s/link", directory);
        struct pinfold *box;

        assert_int_equal(symlink(".", link), 0);
        for (int i = 0; i < 2; i++) {
                const char *source = i ? format("%s/file", link) : link;
                char *text;

                box = box_bare("exit 0");
                assert_int_equal(asprintf(&text, "cannot set up container: bind %s on /d: open %s: Too many levels of symbolic links",
                                          source, source) < 0, 0);
                pinfold_bind(box, source, "/d", PINFOLD_BIND_NO_SYMLINKS | PINFOLD_BIND_OPTIONAL);
                box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ELOOP, 0, "bind", source, text});
                free(text);
        }
        box = box_new("cat /d/file");
        pinfold_bind(box, directory, "/d", PINFOLD_BIND_NO_SYMLINKS);
        box_prints(box, "content\n");
        box = box_bare("exit 0");
        assert_int_equal(pinfold_root(box, "/", PINFOLD_BIND_NO_SYMLINKS), -EINVAL);
        pinfold_free(box);
}

TEST(sources_are_of_the_host)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("cat /second/file");

        pinfold_tmpfs(box, directory, 0, 0755);
        pinfold_bind(box, directory, "/second", 0);
        box_prints(box, "content\n");
}

TEST(a_bind_onto_itself_inside)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new(format("cat %s/file", directory));

        pinfold_bind(box, directory, directory, 0);
        box_prints(box, "content\n");
}

/* Setuid bits mean nothing. */
TEST(nosuid)
{
        struct pinfold *box = box_new("sed -n 's/.* \\/d \\(rw,nosuid[^ ]*\\) .*/\\1/p' /proc/self/mountinfo");
        const char *directory = temporary_directory();
        char *output;

        pinfold_bind(box, directory, "/d", PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE);
        output = box_output(box, 0);
        assert_string_not_equal(output, "");
        free(output);
}

TEST(no_source)
{
        struct pinfold *box = box_bare("exit 0");

        pinfold_mkdir(box, "/x", 0755);
        pinfold_bind(box, "/nonexistent/source", "/d", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 1, "bind", "/nonexistent/source",
                  "cannot set up container: bind /nonexistent/source on /d: open /nonexistent/source: "
                  "No such file or directory"});
}

TEST(file_on_directory)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_bare("exit 0");

        pinfold_mkdir(box, "/d", 0755);
        pinfold_bind(box, format("%s/file", directory), "/d", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EISDIR, 1, "bind", "/d",
                  format("cannot set up container: bind %s/file on /d: mount a file on /d: Is a directory",
                         directory)});
}

TEST(directory_on_file)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, format("%s/file", directory), "/d", 0);
        pinfold_bind(box, directory, "/d", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, ENOTDIR, 1, "bind", "/d",
                  format("cannot set up container: bind %s on /d: open directory /d: Not a directory", directory)});
}

TEST(file_on_file)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("cat /file");

        pinfold_place(box, "/file", "placed", 6);
        pinfold_bind(box, format("%s/file", directory), "/file", 0);
        box_prints(box, "content\n");
}

TEST(missing_mount_point_below_a_read_only_bind)
{
        const char *directory = directory_with_file();
        const char *place = temporary_directory();
        struct pinfold *box = box_bare("exit 0");

        pinfold_bind(box, place, "/r", 0);
        pinfold_bind(box, directory, "/r/new/place", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "bind", "/r/new",
                  format("cannot set up container: bind %s on /r/new/place: create directory /r/new: "
                         "Read-only file system", directory)});

        box = box_bare("exit 0");
        pinfold_bind(box, place, "/r", 0);
        pinfold_bind(box, format("%s/file", directory), "/r/file", 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_APPLY, EROFS, 1, "bind", "/r/file",
                  format("cannot set up container: bind %s/file on /r/file: create file /r/file: "
                         "Read-only file system", directory)});
}

static void refused(const char *source, const char *target, unsigned flags, int error, const char *why)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_bind(box, source, target, flags), -error);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, error, 0, "bind", "",
                  format("cannot start container: bind: %s: %s", why, strerror(error))});
}

TEST(wrong_use)
{
        refused("etc", "/d", 0, EINVAL, "source \"etc\" is not an absolute path");
        refused("", "/d", 0, EINVAL, "source \"\" is not an absolute path");
        refused(NULL, "/d", 0, EINVAL, "source is missing");
        refused("/etc", "d", 0, EINVAL, "target \"d\" is not an absolute path");
        refused("/etc", NULL, 0, EINVAL, "target is missing");
        refused("/etc", "/d", PINFOLD_BIND_OPTIONAL | PINFOLD_BIND_ENSURE, EINVAL,
                "optional and ensure exclude each other");
        refused("/etc", "/d", 0x40000100, EINVAL, "flags has unknown bits 0x40000100");
}

/* A source may hold "..": it is the host's. */
TEST(dotdot_in_a_source)
{
        const char *directory = directory_with_file();
        struct pinfold *box = box_new("cat /d/file");

        pinfold_bind(box, format("%s/../%s", directory, strrchr(directory, '/') + 1), "/d", 0);
        box_prints(box, "content\n");
}

/* The first failure is the one that start tells. */
TEST(first_failure_is_kept)
{
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(pinfold_mkdir(box, "/a", 0755), 0);
        assert_int_equal(pinfold_bind(box, "/etc", "d", 0), -EINVAL);
        assert_int_equal(pinfold_bind(box, "", "/d", 0), -EINVAL);
        assert_int_equal(pinfold_mkdir(box, "/b", 0755), 0);
        box_fails(box, &(struct expected){PINFOLD_STAGE_CONFIGURE, EINVAL, 1, "bind", "",
                  "cannot start container: bind: target \"d\" is not an absolute path: Invalid argument"});
}

/* ---- Of a descriptor --------------------------------------------------------------------------------------------- */

static struct pinfold *bound_fd(const char *script, int fd, const char *target, unsigned flags)
{
        struct pinfold *box = box_new(script);

        assert_true(fd >= 0);
        assert_int_equal(pinfold_bind_fd(box, fd, target, flags), 0);
        close(fd);
        return box;
}

TEST(what_a_descriptor_refers_to)
{
        const char *directory = directory_with_file(), *file = format("%s/file", directory);

        box_prints(bound_fd("export LC_ALL=C; cat /d/file; touch /d/new 2>&1; [ ! -e /proc/self/fd/3 ]",
                           open(directory, O_RDONLY | O_DIRECTORY), "/d", 0),
                  "content\ntouch: cannot touch '/d/new': Read-only file system\n");
        box_prints(bound_fd("cat /new/file", open(file, O_PATH), "/new/file", 0), "content\n");
        box_prints(bound_fd("echo more >>/file", open(file, O_RDONLY), "/file", PINFOLD_BIND_WRITABLE), "");
        box_prints(bound_fd("cat /d/file", open(directory, O_PATH), "/d", PINFOLD_BIND_NO_SYMLINKS), "content\nmore\n");
        box_prints(bound_fd("echo x >/null && echo fine", open("/dev/null", O_RDONLY), "/null", PINFOLD_BIND_DEVICE), "fine\n");
        /* By the name that it has then. */
        assert_int_equal(symlink(file, format("%s/link", directory)), 0);
        box_prints(bound_fd("cat /file", open(format("%s/link", directory), O_RDONLY), "/file", PINFOLD_BIND_NO_SYMLINKS),
                  "content\nmore\n");
}

static struct pinfold *bound_alone(int fd)
{
        struct pinfold *box = box_bare("exit 0");

        assert_true(fd >= 0);
        assert_int_equal(pinfold_bind_fd(box, fd, "/d", 0), 0);
        close(fd);
        return box;
}

static void is_stale(struct pinfold *box, const char *path)
{
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ESTALE, 0, "bind", path,
                  format("cannot set up container: bind %s on /d: %s is not what the descriptor refers to any more: "
                         "Stale file handle", path, path)});
}

static void is_gone(struct pinfold *box, const char *path)
{
        box_fails(box, &(struct expected){PINFOLD_STAGE_PREPARE, ENOENT, 0, "bind", path,
                  format("cannot set up container: bind %s on /d: open %s: No such file or directory", path, path)});
}

/* The mount is made of the path: only of the same thing. */
TEST(what_a_descriptor_does_not_refer_to_any_more)
{
        const char *directory = directory_with_file(), *file = format("%s/file", directory);
        const char *moved = format("%s/moved", directory);
        struct pinfold *box = bound_alone(open(file, O_RDONLY));

        assert_int_equal(rename(file, moved), 0);
        is_gone(box, file);
        box = bound_alone(open(moved, O_RDONLY));
        assert_int_equal(rename(moved, file), 0);
        is_gone(box, moved);
        box = bound_alone(open(file, O_RDONLY));
        assert_int_equal(unlink(file), 0);
        assert_int_equal(symlink("/etc/passwd", file), 0);
        is_stale(box, file);
        /* What is a link itself leads elsewhere. */
        is_stale(bound_alone(open(file, O_PATH | O_NOFOLLOW)), file);
        box = bound_alone(open(directory, O_PATH));
        assert_int_equal(rename(directory, format("%s-moved", directory)), 0);
        assert_int_equal(mkdir(directory, 0755), 0);
        is_stale(box, directory);
        assert_int_equal(rmdir(directory), 0);
        assert_int_equal(rename(format("%s-moved", directory), directory), 0);
}

TEST(descriptors_without_a_path)
{
        const char *directory = directory_with_file(), *file = format("%s/file", directory);
        int removed = open(file, O_RDONLY | O_CLOEXEC), ends[2];
        struct pinfold *box = box_bare("exit 0");

        assert_int_equal(unlink(file), 0);
        is_gone(bound_alone(removed), format("%s (deleted)", file));
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(pinfold_bind_fd(box, ends[0], "/d", 0), -EINVAL);
        box_error(box, PINFOLD_STAGE_CONFIGURE, EINVAL);
        close(ends[0]);
        close(ends[1]);
        box = box_bare("exit 0");
        assert_int_equal(pinfold_bind_fd(box, ends[0], "/d", 0), -EBADF);
        box_error(box, PINFOLD_STAGE_CONFIGURE, EBADF);
        assert_int_equal(pinfold_bind_fd(NULL, 0, "/d", 0), -ENOMEM);
}

TEST(no_box)
{
        assert_int_equal(pinfold_bind(NULL, "/etc", "/etc", 0), -ENOMEM);
}

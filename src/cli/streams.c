/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/streams.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/message.h"

#define CHUNK (128 * 1024)

int streams_complete(void)
{
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
                        return -errno;
        return 0;
}

int streams_check(int fd, const char *what)
{
        int flags = fcntl(fd, F_GETFL);
        struct stat info;

        if (flags < 0 || fstat(fd, &info) < 0) {
                complain("%s: %s", what, strerror(errno));
                return -1;
        }
        if (S_ISDIR(info.st_mode)) {
                complain("%s is a directory, which would lead out of the container", what);
                return -1;
        }
        if (flags & O_PATH) {
                complain("%s names a file without being open (O_PATH)", what);
                return -1;
        }
        return 0;
}

/* A block device can be opened again as well. */
static bool is_file(int fd)
{
        struct stat info;

        return fstat(fd, &info) == 0 && (S_ISREG(info.st_mode) || S_ISBLK(info.st_mode));
}

static void close_keeping_errno(int fd)
{
        int saved = errno;

        close(fd);
        errno = saved;
}

static bool is_shortage(int error)
{
        return error == ENOMEM || error == EMFILE || error == ENFILE || error == ENOSPC;
}

/*
 * The file open at `fd`, opened once more in `mode`, at the same offset, on a mount that forbids writing and that nobody can reach any more: the
 * clone ends with the descriptor that is closed here. Returns -1 where that is not possible: without CAP_SYS_ADMIN, on
 * internal mounts (memfd), without /proc; or for lack of something, which errno says.
 */
static int open_on_read_only(int fd, int mode)
{
        struct mount_attr flags = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID};
        int clone = (int)syscall(SYS_open_tree, fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
        char path[sizeof("/proc/self/fd/") + 10];
        int copy = -1;

        if (clone < 0)
                return -1;
        snprintf(path, sizeof(path), "/proc/self/fd/%d", clone);
        if (syscall(SYS_mount_setattr, clone, "", AT_EMPTY_PATH, &flags, sizeof(flags)) == 0)
                copy = open(path, mode | O_CLOEXEC | O_NOCTTY);
        close_keeping_errno(clone);
        if (copy >= 0 && is_file(fd) && lseek(copy, lseek(fd, 0, SEEK_CUR), SEEK_SET) < 0) {
                close(copy);
                copy = -1;
        }
        return copy;
}

int streams_shield(int fd)
{
        struct stat info;
        int shield;

        if (fstat(fd, &info) < 0 || !S_ISCHR(info.st_mode) || isatty(fd))
                return -ENOENT;
        shield = open_on_read_only(fd, fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
        return shield >= 0 ? shield : is_shortage(errno) ? -errno : -ENOENT;
}

static int hand_over(struct streams *streams, struct pinfold *box, int fd,
                            int (*set)(struct pinfold *box, int fd))
{
        int shield = streams_shield(fd);

        if (shield < 0 && shield != -ENOENT)
                return shield;
        streams->shields[fd] = shield < 0 ? -1 : shield;
        return set(box, streams->shields[fd] >= 0 ? streams->shields[fd] : fd);
}

static int hand_over_input(struct streams *streams, struct pinfold *box)
{
        int ends[2];

        if (!is_file(STDIN_FILENO))
                return hand_over(streams, box, STDIN_FILENO, pinfold_set_stdin);
        if ((fcntl(STDIN_FILENO, F_GETFL) & O_ACCMODE) == O_WRONLY)
                return -EBADF;
        streams->input = open_on_read_only(STDIN_FILENO, O_RDONLY);
        if (streams->input < 0) {
                if (pipe2(ends, O_CLOEXEC) < 0)
                        return -errno;
                streams->input = ends[0];
                streams->source = ends[1];
        }
        return pinfold_set_stdin(box, streams->input);
}

int streams_hand_over(struct streams *streams, struct pinfold *box)
{
        int r;

        *streams = (struct streams){.input = -1, .source = -1, .shields = {-1, -1, -1}};
        if (streams_check(STDIN_FILENO, "standard input") < 0 || streams_check(STDOUT_FILENO, "standard output") < 0 ||
            streams_check(STDERR_FILENO, "standard error") < 0)
                return -1;
        r = hand_over_input(streams, box);
        if (r < 0) {
                complain("cannot hand over standard input: %s", strerror(-r));
                return -1;
        }
        r = hand_over(streams, box, STDOUT_FILENO, pinfold_set_stdout);
        if (r == 0)
                r = hand_over(streams, box, STDERR_FILENO, pinfold_set_stderr);
        if (r < 0)
                complain("cannot hand over standard output and error: %s", strerror(-r));
        return r;
}

int streams_hand_over_error(struct streams *streams, struct pinfold *box, bool error)
{
        int r;

        *streams = (struct streams){.input = -1, .source = -1, .shields = {-1, -1, -1}};
        if (!error)
                return 0;
        if (streams_check(STDERR_FILENO, "standard error") < 0)
                return -1;
        r = hand_over(streams, box, STDERR_FILENO, pinfold_set_stderr);
        if (r < 0)
                complain("cannot hand over standard error: %s", strerror(-r));
        return r;
}

/*
 * A thread, because a read from a dead file server can block for ever, and neither signals nor the end of the program
 * must wait for that; returning from main ends it wherever it is. Copied, not spliced: spliced pages are the file's
 * own, in a pipe that the program can open for writing.
 */
static void *feed(void *argument)
{
        int to = (int)(intptr_t)argument;
        char *chunk = malloc(CHUNK);
        ssize_t size = chunk ? 0 : -1;

        while (chunk) {
                size = read(STDIN_FILENO, chunk, CHUNK);
                if (size < 0 && errno == EINTR)
                        continue;
                /* A program that has stopped reading is no error, as with any pipe. */
                if (size <= 0 || file_write(to, chunk, (size_t)size) < 0)
                        break;
        }
        if (size < 0)
                complain("the program did not get all of standard input: %s", strerror(errno));
        free(chunk);
        close(to);
        return NULL;
}

void streams_release(struct streams *streams)
{
        if (streams->input >= 0)
                close(streams->input);
        streams->input = -1;
        for (int fd = 0; fd <= 2; fd++) {
                if (streams->shields[fd] >= 0)
                        close(streams->shields[fd]);
                streams->shields[fd] = -1;
        }
}

int streams_feed(struct streams *streams)
{
        sigset_t all, before;
        pthread_t thread;
        int r;

        streams_release(streams);
        if (streams->source < 0)
                return 0;

        /* No signal is for this thread, and SIGPIPE, which a thread causes itself, turns into EPIPE. */
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, NULL, feed, (void *)(intptr_t)streams->source);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (r != 0) {
                complain("cannot hand over standard input: %s", strerror(r));
                return -1;
        }
        pthread_detach(thread);
        streams->source = -1;
        return 0;
}

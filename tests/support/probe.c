/* SPDX-License-Identifier: MIT */
/*
 * A static program for containers that hold nothing else. Its first argument says what to do; it exits with 0 when
 * that worked, and otherwise says why.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int fail(const char *what)
{
        printf("%s: %s\n", what, strerror(errno));
        return 1;
}

/* Until the end of standard input. */
static int wait_for_end(void)
{
        char byte;

        while (read(0, &byte, 1) > 0)
                ;
        return 0;
}

/* A new pseudo-terminal, by the names that a program uses. */
static int try_pty(void)
{
        size_t length = 0;
        char text[16];
        int slave, master = posix_openpt(O_RDWR | O_NOCTTY);

        if (master < 0)
                return fail("posix_openpt");
        if (grantpt(master) < 0 || unlockpt(master) < 0)
                return fail("unlockpt");
        puts(ptsname(master));
        slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        if (slave < 0)
                return fail("open the slave");
        if (!isatty(slave))
                return fail("isatty");
        if (write(slave, "x\n", 2) != 2)
                return fail("write");
        /* It need not come in one piece. */
        while (length < 3) {
                ssize_t got = read(master, text + length, sizeof(text) - length);

                if (got <= 0)
                        return fail("read");
                length += (size_t)got;
        }
        if (memcmp(text, "x\r\n", 3) != 0)
                return fail("compare");
        return 0;
}

static int try_mqueue(const char *name)
{
        mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, NULL);

        if (queue < 0)
                return fail("mq_open");
        return mq_send(queue, "x", 1, 0) < 0 ? fail("mq_send") : 0;
}

/* MODE and type of each argument, as octal. */
static int show_modes(char **paths)
{
        for (; *paths; paths++) {
                struct stat stat;

                if (lstat(*paths, &stat) < 0)
                        return fail(*paths);
                printf("%s %o\n", *paths, stat.st_mode);
        }
        return 0;
}

/*
 * Which files below `path` can be opened for writing, that not everybody on the host can? Directories of processes are
 * left out.
 */
static void show_writable(const char *path)
{
        DIR *directory = opendir(path);
        struct dirent *entry;

        while (directory && (entry = readdir(directory))) {
                char name[4096];
                struct stat stat;
                int fd;

                snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
                if (entry->d_name[0] == '.' || (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') ||
                    lstat(name, &stat) < 0)
                        continue;
                if (S_ISDIR(stat.st_mode))
                        show_writable(name);
                if (!S_ISREG(stat.st_mode) || (stat.st_mode & S_IWOTH))
                        continue;
                fd = open(name, O_WRONLY | O_NONBLOCK);
                if (fd >= 0)
                        puts(name);
                close(fd);
        }
        if (directory)
                closedir(directory);
}

int main(int argc, char **argv)
{
        const char *what = argc > 1 ? argv[1] : "";

        if (strcmp(what, "wait") == 0)
                return wait_for_end();
        if (strcmp(what, "pty") == 0)
                return try_pty();
        if (strcmp(what, "mqueue") == 0)
                return try_mqueue(argv[2]);
        if (strcmp(what, "modes") == 0)
                return show_modes(argv + 2);
        if (strcmp(what, "writable") == 0)
                return show_writable(argv[2]), 0;
        puts("probe: unknown");
        return 2;
}

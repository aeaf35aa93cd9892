/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "support/box.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct pinfold *box_bare(const char *script)
{
        struct pinfold *box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", script, NULL});

        assert_non_null(box);
        pinfold_add_env(box, "PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        return box;
}

/* /bin and the like: a link stays one. */
static void show(struct pinfold *box, const char *path)
{
        char says[256];
        ssize_t length = readlink(path, says, sizeof(says) - 1);

        if (length > 0) {
                says[length] = '\0';
                pinfold_symlink(box, says, path, 0);
        } else {
                pinfold_bind(box, path, path, PINFOLD_BIND_OPTIONAL);
        }
}

struct pinfold *box_new(const char *script)
{
        static const char *const system[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc"};
        struct pinfold *box = box_bare(script);

        for (size_t i = 0; i < sizeof(system) / sizeof(system[0]); i++)
                if (access(system[i], F_OK) == 0)
                        show(box, system[i]);
        pinfold_proc(box, "/proc");
        pinfold_dev(box, "/dev", 0);
        pinfold_tmpfs(box, "/tmp", 0, 01777);
        return box;
}

static char *read_all(int fd)
{
        size_t used = 0, room = 4096;
        char *text = malloc(room);

        assert_non_null(text);
        for (;;) {
                ssize_t length = read(fd, text + used, room - used - 1);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length <= 0)
                        break;
                used += (size_t)length;
                if (room - used < 2) {
                        room *= 2;
                        text = realloc(text, room);
                        assert_non_null(text);
                }
        }
        text[used] = '\0';
        return text;
}

struct run box_run(struct pinfold *box)
{
        struct run run = {.status = {.size = sizeof(run.status)}};
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdout(box, ends[1]);
        pinfold_set_stderr(box, ends[1]);
        run.error = -pinfold_start(box, &run.err);
        if (!run.error)
                run.error = -pinfold_serve(box, &run.err);
        close(ends[1]);
        run.output = read_all(ends[0]);
        close(ends[0]);
        if (!run.error)
                run.error = -pinfold_wait(box, -1, &run.status, &run.err);
        return run;
}

void run_free(struct run *run)
{
        free(run->output);
        run->output = NULL;
}

char *box_output(struct pinfold *box, int status)
{
        struct run run = box_run(box);

        pinfold_free(box);
        if (run.error)
                fail_msg("%s", run.err.text);
        if (run.status.status != status)
                fail_msg("status %d, not %d; output: %s", run.status.status, status, run.output);
        return run.output;
}

void box_prints(struct pinfold *box, const char *expected)
{
        char *output = box_output(box, 0);

        assert_string_equal(output, expected);
        free(output);
}

struct pinfold_error box_error(struct pinfold *box, int stage, int error)
{
        struct run run = box_run(box);

        pinfold_free(box);
        if (!run.error)
                fail_msg("no error; status %d, output: %s", run.status.status, run.output);
        if (run.err.stage != stage || run.err.error != error || run.error != error)
                fail_msg("stage %s, errno %d (returned %d), not %s, %d: %s", pinfold_stage_name(run.err.stage),
                         run.err.error, run.error, pinfold_stage_name(stage), error, run.err.text);
        run_free(&run);
        return run.err;
}

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
        (void)stat;
        (void)type;
        (void)ftw;
        return remove(path);
}

static char *directories[256];
static size_t directory_count;
static pid_t directory_owner;

static void remove_directories(void)
{
        if (getpid() != directory_owner)
                return;
        for (size_t i = 0; i < directory_count; i++)
                nftw(directories[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

const char *temporary_directory(void)
{
        const char *base = getenv("TMPDIR");
        char *path;

        assert_true(directory_count < sizeof(directories) / sizeof(directories[0]));
        assert_true(asprintf(&path, "%s/pinfold-test-XXXXXX", base ? base : "/tmp") > 0);
        assert_non_null(mkdtemp(path));
        if (directory_count == 0) {
                directory_owner = getpid();
                atexit(remove_directories);
        }
        directories[directory_count++] = path;
        return path;
}

const char *format(const char *format_, ...)
{
        static char ring[16][8192];
        static unsigned next;
        char *text = ring[next++ % 16];
        va_list arguments;

        va_start(arguments, format_);
        vsnprintf(text, sizeof(ring[0]), format_, arguments);
        va_end(arguments);
        return text;
}

void write_file(const char *path, const char *content)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        if (fd < 0 || write(fd, content, strlen(content)) != (ssize_t)strlen(content))
                fail_msg("write %s: %s", path, strerror(errno));
        close(fd);
}

char *read_file(const char *path)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        char *text;

        if (fd < 0)
                return NULL;
        text = read_all(fd);
        close(fd);
        return text;
}

int stress_size(int small, int full)
{
        const char *percent = getenv("PINFOLD_STRESS");
        int64_t size = percent ? (int64_t)full * atoi(percent) / 100 : small;

        return size > 0 ? (int)size : 1;
}

int open_descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        assert_non_null(directory);
        while (readdir(directory))
                count++;
        closedir(directory);
        return count - 3; /* ".", "..", and the one of opendir */
}

bool is_running(pid_t pid)
{
        char *stat = read_file(format("/proc/%d/stat", (int)pid));
        const char *state = stat ? strrchr(stat, ')') : NULL;
        bool running = state && state[1] == ' ' && state[2] != 'Z' && state[2] != 'X';

        free(stat);
        return running;
}

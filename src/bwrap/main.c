/* SPDX-License-Identifier: MIT */
/*
 * pinfold-bwrap: the command line of bubblewrap, on libpinfold. options.c reads it, plan.c says what it means to the library,
 * status.c tells clients what runs. It exits with 1 for everything that fails before the program runs.
 */
#define _GNU_SOURCE

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bwrap/plan.h"
#include "bwrap/say.h"
#include "bwrap/status.h"

/* Descriptors that the program inherits: all that we have, but those that are ours by the command line. */
struct files {
        int *fds;
        size_t count;
};

static struct files files_list(void)
{
        struct files files = {0};
        DIR *directory = opendir("/proc/self/fd");
        struct dirent *entry;

        if (!directory)
                die_with(errno, "Can't open /proc");
        while ((entry = readdir(directory))) {
                int fd = atoi(entry->d_name);

                if (*entry->d_name == '.' || fd == dirfd(directory))
                        continue;
                files.fds = reallocarray(files.fds, files.count + 1, sizeof(*files.fds));
                if (!files.fds)
                        die("Out of memory");
                files.fds[files.count++] = fd;
        }
        closedir(directory);
        return files;
}

static void files_remove(struct files *files, int fd)
{
        for (size_t i = 0; i < files->count; i++)
                if (files->fds[i] == fd)
                        files->fds[i--] = files->fds[--files->count];
}

/* What was read by its option is closed by now; what is for us must not be the program's. */
static void files_keep(struct files *files, const struct request *request)
{
        const int ours[] = {request->info_fd, request->json_status_fd, request->as_pid_1 ? -1 : request->sync_fd, request->block_fd,
                            request->userns_block_fd, request->seccomp_fd, request->userns, request->userns2, request->pidns};

        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
                files_remove(files, ours[i]);
        for (size_t i = 0; i < request->seccomp_count; i++)
                files_remove(files, request->seccomp_fds[i]);
        for (size_t i = 0; i < request->count; i++)
                files_remove(files, request->operations[i].fd);
        for (size_t i = 0; i < files->count; i++)
                if (fcntl(files->fds[i], F_GETFD) < 0)
                        files->fds[i--] = files->fds[--files->count];
}

/* Until there is something to read, or nobody who could write. */
static void block(int fd)
{
        char byte;

        while (read(fd, &byte, 1) < 0 && errno == EINTR)
                ;
        close(fd);
}

static int explain(char **argv)
{
        struct request request;
        struct plan plan = {.out = stdout};

        request_parse(&request, argv);
        fputs("pinfold run --empty", stdout);
        plan_make(&plan, &request, NULL, 0);
        return fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct files files = files_list();
        struct pinfold_error err = {0};
        struct request request;
        struct plan plan = {0};

        if (argc > 1 && strcmp(argv[1], "--explain") == 0) {
                argv[1] = argv[0];
                return explain(argv + 1);
        }
        signal(SIGCHLD, SIG_DFL);
        request_parse(&request, argv);
        files_keep(&files, &request);
        if (request.die_with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                die_with(errno, "prctl");
        plan.box = pinfold_new(NULL, NULL);
        if (!plan.box)
                die("Out of memory");
        plan_make(&plan, &request, files.fds, files.count);
        if (pinfold_start(plan.box, &err) < 0)
                plan_fail(&plan, &err);
        status_started(&request, plan.box);
        if (request.userns_block_fd >= 0)
                block(request.userns_block_fd);
        if (request.block_fd >= 0)
                block(request.block_fd);
        if (pinfold_serve(plan.box, &err) < 0)
                plan_fail(&plan, &err);
        if (pinfold_wait(plan.box, -1, &status, &err) < 0)
                die("%s", err.text);
        status_ended(&request, status.status);
        return status.status;
}

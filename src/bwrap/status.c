/* SPDX-License-Identifier: MIT */
#include "bwrap/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bwrap/say.h"

struct namespace {
        const char *name;
        bool unshared;
};

static void write_all(int fd, const char *text)
{
        for (size_t left = strlen(text); left > 0;) {
                ssize_t written = write(fd, text, left);

                if (written < 0 && errno == EINTR)
                        continue;
                if (written <= 0)
                        die_with(errno, "Write to info_fd");
                text += written;
                left -= (size_t)written;
        }
}

/* `separator` stands between the members. */
static void write_namespaces(const struct request *request, const struct pinfold *box, const char *separator, char *text, size_t size)
{
        const struct namespace namespaces[] = {
                {"cgroup", request->unshare_cgroup || request->unshare_cgroup_try}, {"ipc", request->unshare_ipc},
                {"mnt", true}, {"net", request->unshare_net}, {"pid", request->unshare_pid}, {"uts", request->unshare_uts},
        };
        size_t used = strlen(text);

        for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
                uint64_t number;

                if (!namespaces[i].unshared || pinfold_namespace(box, namespaces[i].name, &number) < 0)
                        continue;
                used += (size_t)snprintf(text + used, size - used, ",%s\"%s-namespace\": %ju", separator,
                                         namespaces[i].name, (uintmax_t)number);
        }
}

void status_started(const struct request *request, const struct pinfold *box)
{
        const int pid = (int)pinfold_pid(box);
        char text[512];

        if (request->info_fd >= 0) {
                snprintf(text, sizeof(text), "{\n    \"child-pid\": %d", pid);
                write_namespaces(request, box, "\n    ", text, sizeof(text) - 4);
                strcat(text, "\n}\n");
                write_all(request->info_fd, text);
                close(request->info_fd);
        }
        if (request->json_status_fd >= 0) {
                snprintf(text, sizeof(text), "{ \"child-pid\": %d", pid);
                write_namespaces(request, box, " ", text, sizeof(text) - 4);
                strcat(text, " }\n");
                write_all(request->json_status_fd, text);
        }
}

void status_ended(const struct request *request, int status)
{
        if (request->json_status_fd >= 0)
                dprintf(request->json_status_fd, "{ \"exit-code\": %d }\n", status);
}

/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "cli/events.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/file.h"
#include "cli/json.h"
#include "cli/memory.h"
#include "cli/message.h"

int events_open(struct events *events, const char *number)
{
        char *end;
        long fd = strtol(number, &end, 10);
        int flags;

        if (number[0] < '0' || number[0] > '9' || *end != '\0' || fd > INT32_MAX) {
                complain("--status-fd %s: not the number of a descriptor", number);
                return -1;
        }
        /* What is closed on execution we have opened ourselves. */
        flags = fcntl((int)fd, F_GETFD) == 0 ? fcntl((int)fd, F_GETFL) : -1;
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH)) {
                complain("--status-fd %s is not open for writing", number);
                hint("with a shell: pinfold run --status-fd 3 COMMAND 3> FILE");
                return -1;
        }
        events_close(events);
        events->fd = fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
        if (events->fd < 0)
                complain("--status-fd %s: %s", number, strerror(errno));
        return events->fd < 0 ? -1 : 0;
}

static struct json begin(struct events *events, const char *kind)
{
        struct json json = {.out = must(open_memstream(&events->line, &events->size))};

        json_open(&json, NULL, '{');
        json_string(&json, "event", kind);
        return json;
}

static void end(struct events *events, struct json *json)
{
        json_close(json, '}');
        fputc('\n', json->out);
        fclose(json->out);
        /* Nobody reading any more is no reason to fail. */
        if (file_write(events->fd, events->line, events->size) < 0 && errno != EPIPE)
                complain("cannot write to --status-fd: %s", strerror(errno));
        free(events->line);
}

/* As in the links of /proc/PID/ns, namespaces(7). */
static void namespaces(struct json *json, const struct pinfold *box)
{
        static const char *const names[] = {"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"};

        json_open(json, "namespaces", '{');
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                uint64_t number;

                if (pinfold_namespace(box, names[i], &number) == 0)
                        json_integer(json, names[i], (int64_t)number);
        }
        json_close(json, '}');
}

void events_started(struct events *events, const struct pinfold *box)
{
        struct json json;

        events->started = clock_usec();
        if (events->fd < 0)
                return;
        json = begin(events, "started");
        json_integer(&json, "pid", pinfold_pid(box));
        namespaces(&json, box);
        end(events, &json);
}

void events_failed(struct events *events, const struct pinfold_error *err)
{
        struct json json;

        if (events->fd < 0)
                return;
        json = begin(events, "failed");
        if (err) {
                json_string(&json, "stage", pinfold_stage_name(err->stage));
                json_string(&json, "operation", err->op_name);
                json_string(&json, "path", err->path);
                json_integer(&json, "errno", err->error);
        }
        json_string(&json, "text", err ? err->text : message_last());
        end(events, &json);
}

static const char *how(const struct pinfold_status *ended)
{
        if (!ended)
                return "killed";
        if (ended->timed_out)
                return "timed out";
        if (ended->cancelled)
                return "cancelled";
        if (ended->lost)
                return "lost";
        return ended->exited ? "exited" : "signaled";
}

void events_ended(struct events *events, const struct pinfold_status *ended)
{
        events->ended = clock_usec();
        if (ended)
                events->report = *ended;
}

void events_finish(struct events *events, int status)
{
        const struct pinfold_status *ended = events->report.size > 0 ? &events->report : NULL;
        struct json json;

        if (events->fd < 0 || events->ended == 0)
                return;
        json = begin(events, "ended");
        json_string(&json, "how", how(ended));
        json_integer(&json, "status", status);
        if (ended && ended->exited)
                json_integer(&json, "code", ended->code);
        if (ended && ended->signal) {
                json_integer(&json, "signal", ended->signal);
                json_boolean(&json, "core", ended->core);
        }
        if (ended)
                json_boolean(&json, "lingered", ended->lingered);
        if (events->started != 0)
                json_integer(&json, "wall_usec", events->ended - events->started);
        if (ended && !ended->lost) {
                json_integer(&json, "user_usec", ended->user);
                json_integer(&json, "system_usec", ended->system);
                json_integer(&json, "max_rss", ended->max_rss);
        }
        end(events, &json);
}

void events_close(struct events *events)
{
        if (events->fd >= 0)
                close(events->fd);
        events->fd = -1;
}

/* SPDX-License-Identifier: MIT */
/* The object itself: what is in a new one, and what has to be freed. */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "container/container.h"

/* op_append takes a container for its sink. */
_Static_assert(offsetof(struct pinfold, sink) == 0, "the sink is first");

void container_unborn(struct pinfold *box)
{
        box->terminal = box->program = -1;
        link_open(&box->link, -1, -1);
        link_end(&box->link);
}

struct pinfold *pinfold_new(const char *path, const char *const argv[])
{
        struct pinfold *box = calloc(1, sizeof(*box));

        if (!box)
                return NULL;
        box->streams[0] = box->streams[1] = box->streams[2] = -1;
        box->cgroup = box->image = box->userns = box->pidns = box->enter = -1;
        container_unborn(box);
        box->adopt_wait_delay = ADOPT_WAIT_DELAY;
        box->wait_delay = -1;
        box->cancel_signal = SIGINT;
        box->parent_perm = PARENT_PERM;
        box->seccomp = pinfold_seccomp_new();
        if (!box->seccomp) {
                pinfold_free(box);
                return NULL;
        }
        if (path)
                pinfold_set_path(box, path);
        pinfold_set_args(box, argv);
        return box;
}

void pinfold_free(struct pinfold *box)
{
        if (!box)
                return;
        container_abandon(box);
        close_fd(box->terminal);
        buffer_free(&box->sink.ops);
        free(box->path);
        free(box->search);
        free(box->dir);
        free(box->hostname);
        list_free(&box->args);
        list_free(&box->env);
        list_free(&box->dirs);
        buffer_free(&box->filters);
        buffer_free(&box->compiled);
        free(box->uids.ranges);
        free(box->gids.ranges);
        free(box->files);
        free(box->placed);
        free(box->held);
        pinfold_seccomp_free(box->seccomp);
        free(box);
}

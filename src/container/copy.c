/* SPDX-License-Identifier: MIT */
/* Another container with the same parameters, as for those that are started ahead of their programs (pool.c). */
#define _GNU_SOURCE

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "seccomp/policy.h"

/* These make the copy's own what was the original's, or leave nothing of it; *good is false then. */
static void copy_text(char **text, bool *good)
{
        char *copy = *text ? strdup(*text) : NULL;

        *good = *good && (copy || !*text);
        *text = copy;
}

static void copy_list(struct list *list, bool *good)
{
        struct list copy = {0};

        *good = list_replace(&copy, (const char *const *)list->items) == 0 && *good;
        *list = copy;
}

static void copy_buffer(struct buffer *buffer, bool *good)
{
        struct buffer copy = {0};

        buffer_append(&copy, buffer->data, buffer->size);
        *good = *good && !copy.error;
        *buffer = copy;
}

/* `array` is the address of a pointer to `count` items. */
static void copy_array(void *array, size_t count, size_t size, bool *good)
{
        void *items, *copy = count ? malloc(count * size) : NULL;

        memcpy(&items, array, sizeof(items));
        memcpy(array, &copy, sizeof(copy));
        if (copy)
                memcpy(copy, items, count * size);
        *good = *good && (copy || count == 0);
}

static bool copy_parameters(struct pinfold *copy)
{
        bool good = true;

        copy_text(&copy->path, &good);
        copy_text(&copy->search, &good);
        copy_text(&copy->dir, &good);
        copy_text(&copy->hostname, &good);
        copy_list(&copy->args, &good);
        copy_list(&copy->env, &good);
        copy_list(&copy->dirs, &good);
        copy_buffer(&copy->sink.ops, &good);
        copy_buffer(&copy->filters, &good);
        copy_buffer(&copy->compiled, &good);
        copy_array(&copy->uids.ranges, copy->uids.count, sizeof(*copy->uids.ranges), &good);
        copy_array(&copy->gids.ranges, copy->gids.count, sizeof(*copy->gids.ranges), &good);
        copy_array(&copy->files, copy->file_count, sizeof(*copy->files), &good);
        copy_array(&copy->placed, copy->placed_count, sizeof(*copy->placed), &good);
        copy_array(&copy->held, copy->held_count, sizeof(*copy->held), &good);
        return good;
}

struct pinfold *container_copy(const struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold *copy;

        if (container_configured(box, err) < 0)
                return NULL;
        if (box->seccomp->failure.error) {
                *err = box->seccomp->failure;
                return NULL;
        }
        copy = calloc(1, sizeof(*copy));
        if (copy) {
                memcpy(copy, box, offsetof(struct pinfold, state));
                copy->sink.sealed = false;
                container_unborn(copy);
                copy->seccomp = policy_copy(box->seccomp);
                if (copy_parameters(copy) && copy->seccomp)
                        return copy;
        }
        pinfold_free(copy);
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        error_set(err, ENOMEM, "out of memory");
        return NULL;
}

struct pinfold *pinfold_copy(const struct pinfold *box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};
        struct pinfold *copy = box ? container_copy(box, &own) : NULL;

        if (copy) {
                buffer_free(&copy->compiled); /* its policy may change */
                copy->image = -1;
                return copy;
        }
        if (!box)
                error_set(&own, ENOMEM, "no container");
        container_return(err, &own, error_finish(&own, "cannot copy container"));
        return NULL;
}

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

static bool copy_text(char **ret, const char *text)
{
        *ret = text ? strdup(text) : NULL;
        return *ret || !text;
}

static bool copy_list(struct list *ret, const struct list *list)
{
        *ret = (struct list){0};
        return list_replace(ret, (const char *const *)list->items) == 0;
}

static bool copy_buffer(struct buffer *ret, const struct buffer *buffer)
{
        *ret = (struct buffer){0};
        buffer_append(ret, buffer->data, buffer->size);
        return !ret->error;
}

/* `array` of the copy is still the original's. */
static bool copy_array(void *array, size_t count, size_t size)
{
        void *items, *copy;

        memcpy(&items, array, sizeof(items));
        copy = count ? malloc(count * size) : NULL;
        memcpy(array, &copy, sizeof(copy));
        if (copy)
                memcpy(copy, items, count * size);
        return copy || count == 0;
}

/* In any case nothing of it is the original's afterwards. */
static bool copy_parameters(struct pinfold *copy, const struct pinfold *box)
{
        bool texts = copy_text(&copy->path, box->path) & copy_text(&copy->search, box->search) &
                     copy_text(&copy->dir, box->dir) & copy_text(&copy->hostname, box->hostname);
        bool lists = copy_list(&copy->args, &box->args) & copy_list(&copy->env, &box->env) & copy_list(&copy->dirs, &box->dirs);
        bool buffers = copy_buffer(&copy->sink.ops, &box->sink.ops) & copy_buffer(&copy->filters, &box->filters) &
                       copy_buffer(&copy->compiled, &box->compiled);
        bool arrays = copy_array(&copy->uids.ranges, copy->uids.count, sizeof(*copy->uids.ranges)) &
                      copy_array(&copy->gids.ranges, copy->gids.count, sizeof(*copy->gids.ranges)) &
                      copy_array(&copy->files, copy->file_count, sizeof(*copy->files)) &
                      copy_array(&copy->placed, copy->placed_count, sizeof(*copy->placed));

        return texts && lists && buffers && arrays;
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
                if (copy_parameters(copy, box) && copy->seccomp)
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

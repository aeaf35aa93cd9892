/* SPDX-License-Identifier: MIT */
/*
 * Theory of operation. `ready` holds started or prepared containers, the oldest first. One more is on its way at most
 * (`coming`), and that is the stepping thread's alone, as is everything that takes time: the lock is held for moments. What there
 * is to do is said by descriptors, all in one epoll instance that the caller waits for: `work`, an eventfd, while containers are
 * missing; the socket of the one on its way; and those of all that are ready, on which nothing is ever to be read except of the
 * end of one that was killed.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <pinfold/pool.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "container/outgoing.h"
#include "container/spawn.h"

#define EVENTS 16

struct pinfold_pool {
        struct pinfold *model;
        enum pinfold_pool_depth depth;
        pid_t owner;
        int image, epoll, work, stop;

        struct pinfold *coming; /* the stepping thread's */

        pthread_mutex_t lock; /* of all that follows */
        struct pinfold **ready; /* a ring of `size` */
        unsigned size, first, count;
        bool resting; /* the last one could not be made */
};

static void set_work(struct pinfold_pool *pool)
{
        uint64_t one = 1;

        (void)!write(pool->work, &one, sizeof(one)); /* full: it is readable */
}

/* ---- New and free ---------------------------------------------------------------------------------------------- */

static int watch(const struct pinfold_pool *pool, int fd, void *what)
{
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

        return epoll_ctl(pool->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static void forget(const struct pinfold_pool *pool, const struct pinfold *box)
{
        struct epoll_event ignored = {0};

        epoll_ctl(pool->epoll, EPOLL_CTL_DEL, box->link.socket, &ignored);
}

static int refuse(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        return error_set(err, error, "%s", why);
}

static int cannot_start(struct pinfold_error *err, int error, const char *why)
{
        error_stage(err, PINFOLD_STAGE_START);
        error_set(err, error, "%s", why);
        return error_finish(err, "cannot start container");
}

static int open_pool(struct pinfold_pool *pool, struct pinfold_error *err)
{
        pool->epoll = epoll_create1(EPOLL_CLOEXEC);
        pool->work = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        pool->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (pool->epoll < 0 || pool->work < 0 || pool->stop < 0 || watch(pool, pool->work, NULL) < 0)
                return refuse(err, errno, "create the descriptors of a pool");
        pool->ready = calloc(pool->size, sizeof(struct pinfold *));
        if (!pool->ready)
                return refuse(err, ENOMEM, "out of memory");
        /* What is wrong with the model is said here, and its filter compiled for all. */
        if (container_configured(pool->model, err) < 0)
                return -err->error;
        if (pool->depth == PINFOLD_POOL_PREPARED &&
            (outgoing_check(pool->model, true, err) < 0 || outgoing_compile(pool->model, &pool->model->compiled, err) < 0))
                return -err->error;
        pool->image = pool->model->image = spawn_image();
        set_work(pool);
        return 0;
}

static int check_new(const struct pinfold *model, unsigned size, enum pinfold_pool_depth depth, struct pinfold_error *err)
{
        if (!model)
                return refuse(err, ENOMEM, "no model");
        if (model->state != STATE_NEW)
                return refuse(err, EBUSY, model->state == STATE_MODEL ? "it is another pool's model" : "its model was started already");
        if (size == 0 || size > PINFOLD_POOL_MAX || (unsigned)depth > PINFOLD_POOL_PREPARED)
                return refuse(err, EINVAL, "a size is from 1 to 100000, a depth one of two");
        return 0;
}

/* Takes the model over. NULL: out of memory. */
static struct pinfold_pool *allocate(struct pinfold *model, unsigned size, enum pinfold_pool_depth depth)
{
        struct pinfold_pool *pool = calloc(1, sizeof(*pool));

        if (!pool)
                return NULL;
        *pool = (struct pinfold_pool){.model = model, .depth = depth, .owner = getpid(), .size = size,
                                      .image = -1, .epoll = -1, .work = -1, .stop = -1};
        pthread_mutex_init(&pool->lock, NULL);
        model->state = STATE_MODEL;
        return pool;
}

struct pinfold_pool *pinfold_pool_new(struct pinfold *model, unsigned size, enum pinfold_pool_depth depth,
                                      struct pinfold_error *err)
{
        struct pinfold_error own = {0};
        struct pinfold_pool *pool = NULL;
        int r = check_new(model, size, depth, &own);

        if (r == 0 && !(pool = allocate(model, size, depth)))
                refuse(&own, ENOMEM, "out of memory");
        if (pool && open_pool(pool, &own) == 0)
                return pool;
        if (pool)
                pinfold_pool_free(pool);
        else if (model && model->state != STATE_MODEL) /* another pool's is not ours to free */
                pinfold_free(model);
        container_return(err, &own, error_finish(&own, "cannot make a pool of containers"));
        return NULL;
}

void pinfold_pool_free(struct pinfold_pool *pool)
{
        bool own;

        if (!pool)
                return;
        own = pool->owner == getpid();
        /* A fork may have caught another thread between two lines that belong together: then what is in the copy is left alone. */
        if (pthread_mutex_trylock(&pool->lock) == 0)
                pthread_mutex_unlock(&pool->lock);
        else
                pool->count = 0;
        /* First all are told, so that they end side by side. */
        for (unsigned i = 0; own && i < pool->count; i++)
                pinfold_cancel(pool->ready[(pool->first + i) % pool->size]);
        for (unsigned i = 0; i < pool->count; i++)
                pinfold_free(pool->ready[(pool->first + i) % pool->size]);
        free(pool->ready);
        if (own)
                pinfold_free(pool->coming);
        pinfold_free(pool->model);
        close_fd(pool->image);
        close_fd(pool->epoll);
        close_fd(pool->work);
        close_fd(pool->stop);
        pthread_mutex_destroy(&pool->lock);
        free(pool);
}

/* ---- Take ------------------------------------------------------------------------------------------------------ */

/* Something to read is the end of it. */
static bool has_died(const struct pinfold *box)
{
        struct pollfd socket = {.fd = box->link.socket, .events = POLLIN};

        return poll(&socket, 1, 0) != 0;
}

/* NULL: none. What is taken is to be replaced, and a pool that rests is to try again. */
static struct pinfold *pop(struct pinfold_pool *pool)
{
        struct pinfold *box = NULL;
        bool work;

        pthread_mutex_lock(&pool->lock);
        work = pool->count > 0 || pool->resting;
        if (pool->count > 0) {
                box = pool->ready[pool->first];
                pool->first = (pool->first + 1) % pool->size;
                pool->count--;
                forget(pool, box);
        }
        pool->resting = false;
        pthread_mutex_unlock(&pool->lock);
        if (work)
                set_work(pool);
        return box;
}

static int make_now(struct pinfold_pool *pool, struct pinfold **ret_box, struct pinfold_error *err)
{
        struct pinfold *box = container_copy(pool->model, err);
        int r;

        if (!box)
                return error_finish(err, "cannot start container");
        r = pinfold_start(box, err);
        if (r == 0 && pool->depth == PINFOLD_POOL_PREPARED)
                r = pinfold_prepare(box, err);
        if (r == 0)
                *ret_box = take_pointer(box);
        pinfold_free(box);
        return r;
}

static int take(struct pinfold_pool *pool, bool wait, struct pinfold **ret_box, struct pinfold_error *err)
{
        struct pinfold *box;

        if (!pool)
                return cannot_start(err, ENOMEM, "no pool");
        if (pool->owner != getpid())
                return cannot_start(err, ECHILD, "the pool is another process's");
        while ((box = pop(pool))) {
                if (!has_died(box)) {
                        *ret_box = box;
                        return 0;
                }
                pinfold_free(box);
        }
        return wait ? make_now(pool, ret_box, err) : cannot_start(err, EAGAIN, "no container is ready");
}

int pinfold_pool_take(struct pinfold_pool *pool, struct pinfold **ret_box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        *ret_box = NULL;
        return container_return(err, &own, take(pool, true, ret_box, &own));
}

int pinfold_pool_try(struct pinfold_pool *pool, struct pinfold **ret_box, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        *ret_box = NULL;
        return container_return(err, &own, take(pool, false, ret_box, &own));
}

unsigned pinfold_pool_ready(struct pinfold_pool *pool)
{
        unsigned count;

        if (!pool)
                return 0;
        pthread_mutex_lock(&pool->lock);
        count = pool->count;
        pthread_mutex_unlock(&pool->lock);
        return count;
}

/* ---- Refill ---------------------------------------------------------------------------------------------------- */

/* Out of the ring, from wherever it is. Whether it was in there. */
static bool take_out(struct pinfold_pool *pool, const struct pinfold *box)
{
        bool found = false;

        pthread_mutex_lock(&pool->lock);
        for (unsigned i = 0; i < pool->count; i++) {
                unsigned at = (pool->first + i) % pool->size;

                if (pool->ready[at] == box)
                        found = true;
                if (found && i + 1 < pool->count)
                        pool->ready[at] = pool->ready[(at + 1) % pool->size];
        }
        pool->count -= found;
        if (found)
                forget(pool, box);
        pthread_mutex_unlock(&pool->lock);
        return found;
}

/* Reads the events. One that is ready and has something to say was killed; a thread that has just taken it finds out by itself. */
static void bury(struct pinfold_pool *pool)
{
        struct epoll_event events[EVENTS];
        int count = epoll_wait(pool->epoll, events, EVENTS, 0);
        uint64_t ignored;

        for (int i = 0; i < count; i++) {
                struct pinfold *box = events[i].data.ptr;

                if (!box)
                        (void)!read(pool->work, &ignored, sizeof(ignored));
                else if (box != pool->coming && take_out(pool, box))
                        pinfold_free(box);
        }
}

static bool is_wanting(struct pinfold_pool *pool)
{
        bool wanting;

        pthread_mutex_lock(&pool->lock);
        wanting = pool->count < pool->size && !pool->resting;
        pthread_mutex_unlock(&pool->lock);
        return wanting;
}

/* The one that was coming is there. Nobody else adds any, so there is room. */
static void push(struct pinfold_pool *pool)
{
        struct pinfold *box = take_pointer(pool->coming);

        pthread_mutex_lock(&pool->lock);
        pool->ready[(pool->first + pool->count++) % pool->size] = box;
        pthread_mutex_unlock(&pool->lock);
}

static int fail(struct pinfold_pool *pool, int r)
{
        pthread_mutex_lock(&pool->lock);
        pool->resting = true;
        pthread_mutex_unlock(&pool->lock);
        pinfold_free(take_pointer(pool->coming));
        return r;
}

/*
 * The one that is coming is waited for only between two steps: one that fails closes its socket, and where a child of ours has a copy
 * of that, nothing could take it out of the epoll instance any more.
 */
static int watch_coming(struct pinfold_pool *pool, struct pinfold_error *err)
{
        int r = watch(pool, pool->coming->link.socket, pool->coming);

        return r < 0 ? cannot_start(err, -r, "watch it") : 0;
}

static int begin(struct pinfold_pool *pool, struct pinfold_error *err)
{
        bool prepare = pool->depth == PINFOLD_POOL_PREPARED;
        int r;

        pool->coming = container_copy(pool->model, err);
        if (!pool->coming)
                return fail(pool, error_finish(err, "cannot start container"));
        r = pinfold_start(pool->coming, err);
        if (r < 0)
                return fail(pool, r);
        if (prepare)
                r = pinfold_prepare_begin(pool->coming, err);
        if (r == 0)
                r = watch_coming(pool, err);
        if (r < 0)
                return fail(pool, r);
        if (!prepare)
                push(pool);
        return 0;
}

static int go_on(struct pinfold_pool *pool, struct pinfold_error *err)
{
        int r;

        forget(pool, pool->coming);
        r = pinfold_prepare_step(pool->coming, err);
        if (r < 0 || watch_coming(pool, err) < 0)
                return fail(pool, -err->error);
        if (r > 0)
                push(pool);
        return 0;
}

static int step(struct pinfold_pool *pool, struct pinfold_error *err)
{
        int r = 0;

        bury(pool);
        if (pool->coming)
                r = go_on(pool, err);
        else if (is_wanting(pool))
                r = begin(pool, err);
        if (r < 0)
                return r;
        /* Its first step sends what is to be sent; then its socket says when there is more. */
        return (pool->coming && pool->coming->outgoing.size > 0) || (!pool->coming && is_wanting(pool));
}

int pinfold_pool_step(struct pinfold_pool *pool, struct pinfold_error *err)
{
        struct pinfold_error own = {0};
        int r;

        if (!pool)
                return -ENOMEM;
        r = step(pool, &own);
        if (r > 0)
                set_work(pool);
        return container_return(err, &own, r);
}

int pinfold_pool_fd(const struct pinfold_pool *pool)
{
        return pool ? pool->epoll : -1;
}

int pinfold_pool_run(struct pinfold_pool *pool)
{
        struct pollfd sources[] = {{.fd = pinfold_pool_fd(pool), .events = POLLIN},
                                   {.fd = pool ? pool->stop : -1, .events = POLLIN}};
        uint64_t ignored;

        if (!pool)
                return -ENOMEM;
        for (;;) {
                if (poll(sources, ELEMENTS(sources), -1) < 0 && errno != EINTR)
                        return -errno;
                if (read(pool->stop, &ignored, sizeof(ignored)) > 0)
                        return 0;
                pinfold_pool_step(pool, NULL);
        }
}

void pinfold_pool_stop(struct pinfold_pool *pool)
{
        uint64_t one = 1;
        int saved = errno;

        if (pool)
                (void)!write(pool->stop, &one, sizeof(one));
        errno = saved;
}

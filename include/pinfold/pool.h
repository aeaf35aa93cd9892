/* SPDX-License-Identifier: MIT */
/*
 * Containers that are ready before their programs are known.
 *
 *      struct pinfold_pool *pool = pinfold_pool_new(model, 16, PINFOLD_POOL_PREPARED, &err);
 *      struct pinfold *box;
 *      ...
 *      if (pinfold_pool_take(pool, &box, &err) == 0) {
 *              pinfold_set_path(box, "/usr/bin/true");
 *              if (pinfold_serve(box, &err) == 0)
 *                      pinfold_wait(box, -1, &status, &err);
 *              pinfold_free(box);
 *      }
 *
 * A pool has no thread: it is refilled while the caller is in pinfold_pool_step, from its event loop, or lends a thread to
 * pinfold_pool_run. Each container is used once. What comes out is what pinfold_start, or pinfold_prepare after it, makes; it has
 * what the caller had when it was made: umask, limits, nice value, cgroup, and the files that binds have found (a directory that
 * is replaced later is not replaced in there).
 *
 * Any thread may take, and ask how many are ready; step and run are for one thread at a time. After fork(2) the copy of a pool
 * may only be freed.
 */
#ifndef PINFOLD_POOL_H
#define PINFOLD_POOL_H

#include <pinfold/container.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pinfold_pool;

enum pinfold_pool_depth {
        PINFOLD_POOL_STARTED,  /* namespaces and PID 1: everything may be set that pinfold_start has not fixed */
        PINFOLD_POOL_PREPARED, /* all but the program: see pinfold_prepare */
};

#define PINFOLD_POOL_MAX 100000

/*
 * A pool of `size` (1 to PINFOLD_POOL_MAX) containers like `model`, which has been configured and not started, and belongs to the pool from
 * now on, also on failure. Its descriptors (streams, files, cgroup) must stay open until the pool is freed. The pool is empty at
 * first. NULL: err says why (-EINVAL, -EBUSY, -ENOMEM, -EMFILE; what the model's functions have refused; PINFOLD_STAGE_FILTER).
 */
struct pinfold_pool *pinfold_pool_new(struct pinfold *model, unsigned size, enum pinfold_pool_depth depth,
                                      struct pinfold_error *err);

/* Ends the containers that are ready, and frees the model. Those that were taken are the taker's. NULL is accepted. */
void pinfold_pool_free(struct pinfold_pool *pool);

/*
 * A container from the pool; when none is ready, one that is made now, like those, by the calling thread. It is the caller's.
 * Fails as pinfold_start and pinfold_prepare do. -ECHILD: the pool is another process's.
 */
int pinfold_pool_take(struct pinfold_pool *pool, struct pinfold **ret_box, struct pinfold_error *err);

/* The same, but one that is ready, or -EAGAIN: it does not wait for one. A pool that rests after a failure tries again. */
int pinfold_pool_try(struct pinfold_pool *pool, struct pinfold **ret_box, struct pinfold_error *err);

/* How many are ready. */
unsigned pinfold_pool_ready(struct pinfold_pool *pool);

/* Readable (poll(2)) when there is something for pinfold_pool_step to do. Belongs to the pool. */
int pinfold_pool_fd(const struct pinfold_pool *pool);

/*
 * Does a piece of the pool's work: starts a container, which takes a few milliseconds, or goes on with one; buries those that were
 * killed. Returns 1 when there is more to do at once, 0 when not before pinfold_pool_fd is readable. Negative: a container could
 * not be made; the pool rests until the next take, which will say the same if nothing has changed.
 */
int pinfold_pool_step(struct pinfold_pool *pool, struct pinfold_error *err);

/* Steps until pinfold_pool_stop, in the calling thread; failures of steps do not end it. 0, or the negative errno of poll(2). */
int pinfold_pool_run(struct pinfold_pool *pool);

/* Ends pinfold_pool_run, once: now, or as soon as it is called. Any thread, signal handlers. */
void pinfold_pool_stop(struct pinfold_pool *pool);

#ifdef __cplusplus
}
#endif
#endif

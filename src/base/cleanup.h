/* SPDX-License-Identifier: MIT */
/*
 * Owners that release what they hold when they go out of scope, and the macros that hand it on.
 *
 *      _cleanup_close_ int fd = open(...);
 *      ...
 *      *ret_fd = take_fd(&fd);
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#include "base/call.h"

/*
 * Closes, keeps errno, returns -1: `fd = close_fd(fd)`. In init without a look at errno, which two processes share there; in the
 * library through the function that tools such as sanitizers watch.
 */
static inline int close_fd(int fd)
{
#ifdef PINFOLD_INIT
        if (fd >= 0)
                sys_call(__NR_close, fd);
#else
        int saved = errno;

        if (fd >= 0)
                close(fd);
        errno = saved;
#endif
        return -1;
}

static inline void cleanup_close(int *fd)
{
        close_fd(*fd);
}

static inline void cleanup_free(void *pointer)
{
        free(*(void **)pointer);
}

#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))
#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))
#define _cleanup_(function) __attribute__((cleanup(function)))

static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -1;
        return taken;
}

#define take_pointer(pointer)                      \
        ({                                         \
                __typeof__(pointer) *p_ = &(pointer); \
                __typeof__(pointer) taken_ = *p_;  \
                *p_ = NULL;                        \
                taken_;                            \
        })

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

#endif

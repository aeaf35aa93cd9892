/* SPDX-License-Identifier: MIT */
/* container/link.h: the descriptors of a container among threads: closed once, and never under somebody's hands. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "container/link.h"

#define THREADS 4
#define ROUNDS 200

static int descriptor(void)
{
        int fd = eventfd(0, EFD_CLOEXEC);

        assert_true(fd >= 0);
        return fd;
}

static bool is_open(int fd)
{
        return fcntl(fd, F_GETFD) >= 0;
}

TEST(end_without_users_closes)
{
        struct link link;
        int socket = descriptor(), pidfd = descriptor();

        link_open(&link, socket, pidfd);
        assert_true(is_open(socket) && is_open(pidfd));
        link_end(&link);
        assert_false(is_open(socket) || is_open(pidfd));
        assert_false(link_enter(&link));
}

TEST(the_last_user_closes)
{
        struct link link;
        int socket = descriptor(), pidfd = descriptor();

        link_open(&link, socket, pidfd);
        assert_true(link_enter(&link));
        assert_true(link_enter(&link)); /* a signal handler in the midst of it */
        link_end(&link);
        assert_false(link_enter(&link));
        assert_true(is_open(socket) && is_open(pidfd));
        link_leave(&link);
        assert_true(is_open(socket) && is_open(pidfd));
        link_leave(&link);
        assert_false(is_open(socket) || is_open(pidfd));
}

TEST(users_before_the_end_close_nothing)
{
        struct link link;
        int socket = descriptor(), pidfd = descriptor();

        link_open(&link, socket, pidfd);
        for (int i = 0; i < 10; i++) {
                assert_true(link_enter(&link));
                link_leave(&link);
        }
        assert_true(is_open(socket) && is_open(pidfd));
        link_end(&link);
        assert_false(is_open(socket) || is_open(pidfd));
}

TEST(a_second_end_closes_nothing)
{
        struct link link;
        int socket = descriptor(), pidfd = descriptor(), again[2];

        link_open(&link, socket, pidfd);
        link_end(&link);
        again[0] = descriptor();
        again[1] = descriptor();
        link_end(&link);
        assert_true(is_open(again[0]) && is_open(again[1]));
        close(again[0]);
        close(again[1]);
}

TEST(without_descriptors)
{
        struct link link;

        link_open(&link, -1, -1);
        link_end(&link);
        assert_false(link_enter(&link));
}

/* ---- All at once ------------------------------------------------------------------------------------------------ */

struct race {
        struct link link;
        pthread_barrier_t begin;
        atomic_bool stop;
        atomic_int wrong; /* a descriptor that was closed under somebody's hands */
        atomic_int used;
};

static void *user(void *argument)
{
        struct race *race = argument;

        pthread_barrier_wait(&race->begin);
        while (link_enter(&race->link)) {
                uint64_t one = 1;

                if (write(race->link.socket, &one, sizeof(one)) != sizeof(one) || !is_open(race->link.pidfd))
                        atomic_fetch_add(&race->wrong, 1);
                atomic_fetch_add(&race->used, 1);
                link_leave(&race->link);
        }
        return NULL;
}

/* Takes every number that becomes free: if the link closed one twice, the second close would hit this one. */
static void *neighbour(void *argument)
{
        struct race *race = argument;

        pthread_barrier_wait(&race->begin);
        while (!atomic_load(&race->stop)) {
                int fd = eventfd(0, EFD_CLOEXEC);
                uint64_t value;

                for (int i = 0; i < 20; i++)
                        if (!is_open(fd))
                                atomic_fetch_add(&race->wrong, 1);
                /* Nothing was ever written to it; a user of a stale number would have. */
                if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || read(fd, &value, sizeof(value)) >= 0 || errno != EAGAIN)
                        atomic_fetch_add(&race->wrong, 1);
                if (close(fd) < 0)
                        atomic_fetch_add(&race->wrong, 1);
        }
        return NULL;
}

TEST(threads_race)
{
        int used = 0;

        for (int round = 0; round < ROUNDS; round++) {
                struct race race = {.wrong = 0};
                pthread_t users[THREADS], other;
                int socket = descriptor(), pidfd = descriptor(), mine;

                link_open(&race.link, socket, pidfd);
                pthread_barrier_init(&race.begin, NULL, THREADS + 2);
                for (int i = 0; i < THREADS; i++)
                        assert_int_equal(pthread_create(&users[i], NULL, user, &race), 0);
                assert_int_equal(pthread_create(&other, NULL, neighbour, &race), 0);
                pthread_barrier_wait(&race.begin);
                while (atomic_load(&race.used) < round % 16) /* at another moment each time */
                        sched_yield();
                link_end(&race.link);
                for (int i = 0; i < THREADS; i++)
                        pthread_join(users[i], NULL);
                atomic_store(&race.stop, true);
                pthread_join(other, NULL);
                assert_int_equal(race.wrong, 0);
                mine = descriptor(); /* both numbers are free again */
                assert_true(mine <= socket);
                close(mine);
                used += race.used;
                pthread_barrier_destroy(&race.begin);
        }
        assert_true(used >= ROUNDS / 2); /* or nothing ever raced */
}

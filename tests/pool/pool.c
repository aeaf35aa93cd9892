/* SPDX-License-Identifier: MIT */
/* <pinfold/pool.h>: what comes out of a pool, and how it is refilled, dies and is drained. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "life/child.h"
#include "support/box.h"

static const enum pinfold_pool_depth depths[] = {PINFOLD_POOL_STARTED, PINFOLD_POOL_PREPARED};

static struct pinfold_pool *pool_of(struct pinfold *model, unsigned size, enum pinfold_pool_depth depth)
{
        struct pinfold_error err = {0};
        struct pinfold_pool *pool = pinfold_pool_new(model, size, depth, &err);

        if (!pool)
                fail_msg("%s", err.text);
        return pool;
}

/* One turn of an event loop. */
static void turn(struct pinfold_pool *pool)
{
        struct pollfd source = {.fd = pinfold_pool_fd(pool), .events = POLLIN};
        struct pinfold_error err = {0};

        assert_int_equal(poll(&source, 1, 10000), 1);
        if (pinfold_pool_step(pool, &err) < 0)
                fail_msg("%s", err.text);
}

static void fill(struct pinfold_pool *pool, unsigned count)
{
        while (pinfold_pool_ready(pool) < count)
                turn(pool);
}

static struct pinfold *take(struct pinfold_pool *pool)
{
        struct pinfold_error err = {0};
        struct pinfold *box;

        if (pinfold_pool_take(pool, &box, &err) < 0)
                fail_msg("%s", err.text);
        return box;
}

TEST(each_is_used_once)
{
        for (size_t i = 0; i < 2; i++) {
                struct pinfold_pool *pool = pool_of(box_new("exit 5"), 3, depths[i]);
                struct pinfold *first, *second, *third, *none;

                fill(pool, 3);
                first = take(pool);
                second = take(pool);
                assert_ptr_not_equal(first, second);
                assert_int_not_equal(pinfold_pid(first), pinfold_pid(second));
                assert_int_equal(pinfold_pool_ready(pool), 1);
                third = take(pool);
                assert_int_equal(pinfold_pool_try(pool, &none, NULL), -EAGAIN);
                assert_null(none);
                box_runs(third, 5);
                box_runs(first, 5);
                box_runs(second, 5);
                box_runs(take(pool), 5);
                box_runs(take(pool), 5); /* none is ready: made now */
                pinfold_pool_free(pool);
                assert_no_children();
        }
}

/* Every parameter that a model can have is in what comes out. */
TEST(all_that_the_model_says)
{
        for (size_t i = 0; i < 2; i++) {
                struct pinfold *model = box_new("test $(id -u):$(id -g):$(uname -n):$PWD:$ONE:$(ulimit -n):$(nice) = "
                                                "7:8:name:/usr:two:99:6 && test /proc/self/fd/3 -ef /etc/passwd && "
                                                "test /proc/self/fd/9 -ef /etc/group && test -e /tmp/placed && "
                                                "! mkfifo /tmp/fifo && exit 9");
                struct pinfold_error err = {0};
                struct pinfold_pool *pool;
                int passwd = open("/etc/passwd", O_RDONLY | O_CLOEXEC), group = open("/etc/group", O_RDONLY | O_CLOEXEC);

                pinfold_set_uid(model, 7);
                pinfold_set_gid(model, 8);
                pinfold_set_hostname(model, "name");
                pinfold_set_dir(model, "/usr");
                pinfold_add_env(model, "ONE", "two");
                pinfold_set_rlimit(model, RLIMIT_NOFILE, 99, 99);
                pinfold_set_nice(model, 6);
                pinfold_add_file(model, passwd);
                pinfold_add_file_as(model, group, 9);
                pinfold_place(model, "/tmp/placed", "x", 1);
                pinfold_seccomp_add_rule(pinfold_seccomp(model), "mknod", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0);
                pinfold_seccomp_add_rule(pinfold_seccomp(model), "mknodat", PINFOLD_SECCOMP_ERRNO(EPERM), NULL, 0);
                pool = pool_of(model, 1, depths[i]);
                fill(pool, 1);
                for (int j = 0; j < 2; j++) { /* out of the pool, and made now */
                        struct pinfold *box;

                        if (pinfold_pool_take(pool, &box, &err) < 0)
                                fail_msg("%s", err.text);
                        box_runs(box, 9);
                }
                pinfold_pool_free(pool);
                close(passwd);
                close(group);
        }
}

/* It belongs to the pool: what is said to it later is said to nobody. */
TEST(the_model_is_the_pools)
{
        struct pinfold *model = box_new("exit 5");
        struct pinfold_pool *pool = pool_of(model, 1, PINFOLD_POOL_PREPARED);
        struct pinfold_error err = {0};

        assert_int_equal(pinfold_set_hostname(model, "name"), -EBUSY);
        assert_int_equal(pinfold_start(model, &err), -EBUSY);
        assert_null(pinfold_pool_new(model, 1, PINFOLD_POOL_STARTED, &err));
        assert_int_equal(err.error, EBUSY);
        pinfold_pool_free(pool);
        assert_no_children();
}

TEST(a_started_one_can_be_anything)
{
        struct pinfold_pool *pool = pool_of(pinfold_new(NULL, NULL), 2, PINFOLD_POOL_STARTED);
        struct pinfold *box;

        fill(pool, 2);
        for (int i = 0; i < 3; i++) {
                box = take(pool);
                pinfold_bind(box, "/", "/", 0);
                pinfold_set_path(box, i == 1 ? "/bin/false" : "/bin/true");
                assert_int_equal(pinfold_set_flags(box, PINFOLD_HOST_NET, 1), -EBUSY);
                pinfold_free(box);
                box = take(pool);
                pinfold_bind(box, "/", "/", 0);
                pinfold_set_path(box, i == 1 ? "/bin/false" : "/bin/true");
                box_runs(box, i == 1);
        }
        pinfold_pool_free(pool);
}

TEST(models_that_are_refused)
{
        struct pinfold *started = box_new("exit 0");
        struct pinfold_error err = {0};

        assert_null(pinfold_pool_new(NULL, 1, PINFOLD_POOL_STARTED, &err));
        assert_int_equal(err.error, ENOMEM);
        assert_null(pinfold_pool_new(box_new(""), 0, PINFOLD_POOL_STARTED, &err));
        assert_int_equal(err.error, EINVAL);
        assert_null(pinfold_pool_new(box_new(""), 100001, PINFOLD_POOL_STARTED, &err));
        assert_int_equal(err.error, EINVAL);
        assert_null(pinfold_pool_new(box_new(""), 1, (enum pinfold_pool_depth)2, &err));
        assert_int_equal(err.error, EINVAL);
        assert_int_equal(pinfold_start(started, NULL), 0);
        assert_null(pinfold_pool_new(started, 1, PINFOLD_POOL_STARTED, &err));
        assert_int_equal(err.error, EBUSY);
        assert_no_children();

        started = box_new("");
        pinfold_set_flags(started, PINFOLD_RETAIN_SESSION, 1);
        assert_null(pinfold_pool_new(started, 1, PINFOLD_POOL_PREPARED, &err));
        assert_string_equal(err.text, "cannot make a pool of containers: what keeps the caller's session cannot be prepared ahead: Invalid argument");
        started = box_new("");
        pinfold_set_hostname(started, "");
        assert_null(pinfold_pool_new(started, 1, PINFOLD_POOL_PREPARED, &err));
        assert_string_equal(err.text, "cannot make a pool of containers: the host name is empty: Invalid argument");
        started = box_new("");
        pinfold_seccomp_add_rule(pinfold_seccomp(started), "nothing", PINFOLD_SECCOMP_KILL, NULL, 0);
        assert_null(pinfold_pool_new(started, 1, PINFOLD_POOL_PREPARED, NULL));
        assert_int_equal(pinfold_pool_ready(NULL), 0);
        assert_int_equal(pinfold_pool_fd(NULL), -1);
        assert_int_equal(pinfold_pool_step(NULL, NULL), -ENOMEM);
        assert_int_equal(pinfold_pool_try(NULL, &started, NULL), -ENOMEM);
        pinfold_pool_stop(NULL);
        pinfold_pool_free(NULL);
}

/* What cannot be made is said once, and again to who asks; the pool goes on when the cause is gone. */
TEST(a_source_that_is_missing)
{
        const char *source = format("%s/later", temporary_directory());
        struct pinfold *model = box_new("exit 4"), *box;
        struct pinfold_error err = {0};
        struct pinfold_pool *pool;
        struct pollfd idle;
        int r = 0;

        pinfold_bind(model, source, "/mnt", 0);
        pool = pool_of(model, 2, PINFOLD_POOL_PREPARED);
        for (int i = 0; i < 100 && r >= 0; i++) {
                struct pollfd ready = {.fd = pinfold_pool_fd(pool), .events = POLLIN};

                assert_int_equal(poll(&ready, 1, 10000), 1);
                r = pinfold_pool_step(pool, &err);
        }
        assert_int_equal(r, -ENOENT);
        assert_string_equal(err.path, source);
        assert_int_equal(pinfold_pool_ready(pool), 0);
        pinfold_pool_step(pool, NULL);
        idle = (struct pollfd){.fd = pinfold_pool_fd(pool), .events = POLLIN};
        assert_int_equal(poll(&idle, 1, 100), 0); /* it rests */
        assert_int_equal(pinfold_pool_take(pool, &box, &err), -ENOENT);
        assert_null(box);
        assert_int_equal(mkdir(source, 0755), 0);
        box_runs(take(pool), 4);
        fill(pool, 2);
        pinfold_pool_free(pool);
        assert_no_children();
}

/* A child of the caller has copies of the descriptors of one that could not be made: what it was known by is not another's. */
TEST(a_failure_while_a_child_has_copies)
{
        const char *source = format("%s/later", temporary_directory());
        struct pinfold *model = box_new("exit 4");
        struct pinfold_pool *pool;
        struct pollfd idle;
        int r = 0;
        pid_t pid;

        pinfold_bind(model, source, "/mnt", 0);
        pool = pool_of(model, 2, PINFOLD_POOL_PREPARED);
        assert_true(pinfold_pool_step(pool, NULL) >= 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                pause();
                _exit(0);
        }
        while ((r = pinfold_pool_step(pool, NULL)) >= 0)
                ;
        assert_int_equal(r, -ENOENT);
        assert_int_equal(mkdir(source, 0755), 0);
        box_runs(take(pool), 4);
        fill(pool, 2);
        idle = (struct pollfd){.fd = pinfold_pool_fd(pool), .events = POLLIN};
        for (int i = 0; i < 10 && poll(&idle, 1, 200) > 0; i++)
                pinfold_pool_step(pool, NULL);
        assert_int_equal(poll(&idle, 1, 200), 0);
        assert_int_equal(pinfold_pool_ready(pool), 2);
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        pinfold_pool_free(pool);
        assert_no_children();
}

/* Whoever was killed while it waited is not handed out, and replaced. */
TEST(the_dead_are_replaced)
{
        for (size_t i = 0; i < 2; i++) {
                struct pinfold_pool *pool = pool_of(box_new("exit 6"), 3, depths[i]);
                struct pinfold *boxes[3];
                int killed = 0;

                fill(pool, 3);
                for (int j = 0; j < 3; j++)
                        boxes[j] = take(pool);
                for (int j = 0; j < 3; j++)
                        box_runs(boxes[j], 6);
                fill(pool, 3);
                /* All of our children are in the pool. */
                for (pid_t pid = 2; pid < 4194304 && killed < 2; pid++) {
                        char *status = read_file(format("/proc/%d/status", pid));

                        if (status && strstr(status, format("PPid:\t%d\n", getpid()))) {
                                assert_int_equal(kill(pid, SIGKILL), 0);
                                eventually(process_state(pid) == 'Z'); /* its descriptors are closed */
                                killed++;
                        }
                        free(status);
                }
                assert_int_equal(killed, 2);
                box_runs(take(pool), 6);
                fill(pool, 3);
                for (int j = 0; j < 3; j++)
                        box_runs(take(pool), 6);
                pinfold_pool_free(pool);
                assert_no_children();
        }
}

static void *run_pool(void *pool)
{
        return (void *)(intptr_t)pinfold_pool_run(pool);
}

static void *take_many(void *pool)
{
        for (int i = 0; i < 10; i++)
                box_runs(take(pool), 8);
        return NULL;
}

TEST(a_lent_thread_and_takers_of_several)
{
        for (size_t i = 0; i < 2; i++) {
                struct pinfold_pool *pool = pool_of(box_new("exit 8"), 4, depths[i]);
                pthread_t runner, takers[4];
                void *result;

                assert_int_equal(pthread_create(&runner, NULL, run_pool, pool), 0);
                for (int j = 0; j < 4; j++)
                        assert_int_equal(pthread_create(&takers[j], NULL, take_many, pool), 0);
                for (int j = 0; j < 4; j++)
                        pthread_join(takers[j], NULL);
                eventually(pinfold_pool_ready(pool) == 4);
                pinfold_pool_stop(pool);
                pthread_join(runner, &result);
                assert_ptr_equal(result, NULL);
                pinfold_pool_stop(pool); /* before it runs */
                assert_int_equal(pinfold_pool_run(pool), 0);
                pinfold_pool_free(pool);
                assert_no_children();
        }
}

static void forks(void **state)
{
        struct pinfold_pool *pool = pool_of(box_new("exit 0"), 2, PINFOLD_POOL_PREPARED);
        struct pinfold_error err = {0};
        struct pinfold *box;
        int status;
        pid_t pid;

        (void)state;
        fill(pool, 2);
        pid = fork();
        if (pid == 0) {
                int r = pinfold_pool_take(pool, &box, &err);

                pinfold_pool_free(pool);
                _exit(r == -ECHILD ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(pinfold_pool_ready(pool), 2);
        box_runs(take(pool), 0);
        pinfold_pool_free(pool);
}

TEST(after_a_fork)
{
        in_child(forks);
}

TEST(descriptors)
{
        int before = open_descriptors();
        struct pinfold_pool *pool = pool_of(box_new("exit 0"), 10, PINFOLD_POOL_PREPARED);
        int empty = open_descriptors();

        fill(pool, 10);
        assert_int_equal(open_descriptors(), empty + 30);
        pinfold_pool_free(pool);
        assert_int_equal(open_descriptors(), before);
        assert_no_children();
}

static void fill_and_die(void **state)
{
        struct pinfold_pool *pool = pool_of(box_new("exit 0"), 5, PINFOLD_POOL_PREPARED);

        (void)state;
        fill(pool, 5);
        _exit(0);
}

TEST(the_owner_dies)
{
        adopt_orphans();
        in_child(fill_and_die);
        all_gone(10);
}

/* SPDX-License-Identifier: MIT */
/* How a program ended, and waiting for it. */
#include "test.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

#include "life/child.h"
#include "support/box.h"

static struct pinfold_status status_of(const char *script)
{
        struct pinfold *box = box_new(script);
        struct pinfold_status status;

        box_begin(box);
        status = box_wait(box);
        pinfold_free(box);
        return status;
}

static void assert_exited(const char *script, int code)
{
        struct pinfold_status status = status_of(script);

        assert_int_equal(status.status, code);
        assert_int_equal(status.exited, 1);
        assert_int_equal(status.code, code);
        assert_int_equal(status.signal, 0);
        assert_int_equal(status.core, 0);
        assert_int_equal(status.cancelled, 0);
        assert_int_equal(status.lingered, 0);
        assert_int_equal(status.lost, 0);
}

TEST(exit_codes)
{
        static const int codes[] = {0, 1, 2, 7, 125, 126, 127, 128, 137, 254, 255};

        for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
                assert_exited(format("exit %d", codes[i]), codes[i]);
}

static void assert_killed(const char *script, int signal, int core)
{
        struct pinfold_status status = status_of(script);

        assert_int_equal(status.status, 128 + signal);
        assert_int_equal(status.exited, 0);
        assert_int_equal(status.code, 0);
        assert_int_equal(status.signal, signal);
        assert_int_equal(status.core, core);
        assert_int_equal(status.cancelled, 0);
        assert_int_equal(status.lost, 0);
}

TEST(signals_that_end_it)
{
        static const int signals[] = {SIGHUP, SIGINT, SIGKILL, SIGUSR1, SIGPIPE, SIGTERM, SIGALRM, 34, 64};

        for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
                assert_killed(format("kill -%d $$", signals[i]), signals[i], 0);
}

TEST(a_core_dump)
{
        assert_killed("ulimit -c unlimited; cd /tmp; kill -SEGV $$", SIGSEGV, 1);
        /* Not a place that it could be written to. */
        assert_killed("ulimit -c 0; cd /proc; kill -SEGV $$", SIGSEGV, 0);
}

/* The status is the program's, not that of the last process to end, nor of an orphan that ended before. */
TEST(the_status_is_the_programs)
{
        assert_exited("(exit 3) & (sleep 0.05; exit 4) & exit 5", 5);
        assert_exited("sh -c 'sh -c \"exit 3\" & exit 4'; sleep 0.05; exit 6", 6);
}

TEST(wait_with_a_timeout)
{
        struct pinfold_status status = {.size = sizeof(status), .status = 99};
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("read line; exit 7");
        int64_t begin;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdin(box, ends[0]);
        box_begin(box);
        for (int i = 0; i < 3; i++)
                assert_int_equal(pinfold_wait(box, 0, &status, &err), -ETIMEDOUT);
        assert_int_equal(err.stage, PINFOLD_STAGE_WAIT);
        assert_int_equal(err.error, ETIMEDOUT);
        assert_readable(&err);
        begin = now_ms();
        assert_int_equal(pinfold_wait(box, 100, &status, NULL), -ETIMEDOUT);
        assert_true(now_ms() - begin >= 99);
        assert_int_equal(status.status, 99); /* untouched */
        assert_int_equal(write(ends[1], "\n", 1), 1);
        assert_int_equal(pinfold_wait(box, 60000, &status, NULL), 0);
        assert_int_equal(status.status, 7);
        pinfold_free(box);
        close(ends[0]);
        close(ends[1]);
}

TEST(wait_as_often_as_one_likes)
{
        struct pinfold_status first = {.size = sizeof(first)}, again = {.size = sizeof(again)};
        struct pinfold *box = box_new("kill -TERM $$");

        box_begin(box);
        assert_int_equal(pinfold_wait(box, -1, &first, NULL), 0);
        assert_int_equal(pinfold_wait(box, -1, NULL, NULL), 0);
        assert_int_equal(pinfold_wait(box, 0, &again, NULL), 0);
        assert_memory_equal(&first, &again, sizeof(first));
        assert_int_equal(again.signal, SIGTERM);
        pinfold_free(box);
}

/* The first wait may well be without a status. */
TEST(the_status_can_be_asked_for_later)
{
        struct pinfold *box = box_new("exit 9");

        box_begin(box);
        assert_int_equal(pinfold_wait(box, -1, NULL, NULL), 0);
        assert_int_equal(box_wait(box).code, 9);
        pinfold_free(box);
}

TEST(a_caller_with_an_older_struct)
{
        struct {
                struct {
                        size_t size;
                        int status, exited, code;
                } old;
                int behind[8];
        } place = {.old = {.size = sizeof(place.old)}, .behind = {1, 2, 3, 4, 5, 6, 7, 8}};
        struct pinfold *box = box_new("exit 11");

        box_begin(box);
        assert_int_equal(pinfold_wait(box, -1, (struct pinfold_status *)(void *)&place.old, NULL), 0);
        assert_int_equal(place.old.size, sizeof(place.old));
        assert_int_equal(place.old.status, 11);
        assert_int_equal(place.old.exited, 1);
        assert_int_equal(place.old.code, 11);
        for (int i = 0; i < 8; i++)
                assert_int_equal(place.behind[i], i + 1);
        pinfold_free(box);
}

TEST(a_caller_with_a_newer_struct)
{
        struct {
                struct pinfold_status known;
                int later[4];
        } status = {.known = {.size = sizeof(status)}};
        struct pinfold *box = box_new("exit 12");

        box_begin(box);
        assert_int_equal(pinfold_wait(box, -1, &status.known, NULL), 0);
        assert_int_equal(status.known.status, 12);
        assert_int_equal(status.known.size, sizeof(status));
        for (int i = 0; i < 4; i++)
                assert_int_equal(status.later[i], 0);
        pinfold_free(box);
}

TEST(a_struct_without_its_size)
{
        struct pinfold_status status = {.size = 0};
        struct pinfold_error err = {0};
        struct pinfold *box = box_new("exit 13");

        box_begin(box);
        assert_int_equal(pinfold_wait(box, -1, &status, &err), -EINVAL);
        assert_string_equal(err.text, "cannot wait for container: the size of the status struct is not set: "
                                      "Invalid argument");
        status.size = sizeof(status.size);
        assert_int_equal(pinfold_wait(box, -1, &status, &err), -EINVAL);
        assert_int_equal(box_wait(box).status, 13);
        pinfold_free(box);
}

/* For event loops: the pidfd tells when wait will not block any more. */
TEST(the_pidfd_tells_the_end)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold *box = box_new("read line; exit 14");
        struct pollfd gone;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdin(box, ends[0]);
        box_begin(box);
        gone = (struct pollfd){.fd = pinfold_pidfd(box), .events = POLLIN};
        assert_int_equal(poll(&gone, 1, 50), 0);
        assert_int_equal(write(ends[1], "\n", 1), 1);
        assert_int_equal(poll(&gone, 1, 10000), 1);
        assert_int_equal(pinfold_wait(box, 0, &status, NULL), 0);
        assert_int_equal(status.status, 14);
        pinfold_free(box);
        close(ends[0]);
        close(ends[1]);
}

TEST(the_pid_is_that_of_pid_1)
{
        struct pinfold *box = box_new("read line");
        pid_t inside[8];
        char *comm;
        int ends[2];

        assert_int_equal(pipe(ends), 0);
        pinfold_set_stdin(box, ends[0]);
        box_begin(box);
        comm = read_file(format("/proc/%d/comm", (int)pinfold_pid(box)));
        assert_string_equal(comm, "pinfold-init\n");
        free(comm);
        assert_int_equal(box_processes(box, inside, 8), 1);
        close(ends[1]);
        box_wait(box);
        pinfold_free(box);
        close(ends[0]);
}

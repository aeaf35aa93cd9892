/* SPDX-License-Identifier: MIT */
/* Signals to the command: forwarding, ending, stopping. */
#define _GNU_SOURCE

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "cli/job.h"
#include "test.h"

static void pause_ms(long milliseconds)
{
        const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

        nanosleep(&time, NULL);
}

/*
 * A program that says which signals it got, and ends with 9 at SIGUSR2. No shell: dash loses SIGINT at times. The command says when
 * it has heard that the program runs: before, a signal ends it.
 */
#define LISTENER                                                                        \
        "--status-fd 1 perl -e '$| = 1; for my $s (qw(INT TERM HUP QUIT USR1 WINCH))"                 \
        " { $SIG{$s} = sub { print \"got $s\\n\" } } $SIG{USR2} = sub { exit 9 };"      \
        " print \"ready\\n\"; while (1) { select(undef, undef, undef, 0.02) }'"

static struct job start(const char *command)
{
        struct job job = job_start(command);

        job_expect(&job, "ready");
        if (strstr(command, "--status-fd 1"))
                job_expect(&job, "\"started\"");
        return job;
}

TEST(signals_are_forwarded)
{
        static const struct {
                int number;
                const char *said;
        } cases[] = {
                {SIGINT, "got INT"}, {SIGHUP, "got HUP"}, {SIGQUIT, "got QUIT"}, {SIGUSR1, "got USR1"},
                {SIGWINCH, "got WINCH"},
        };
        struct job job = start(RUN LISTENER);
        struct outcome outcome;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                kill(job.pid, cases[i].number);
                job_expect(&job, cases[i].said);
        }
        pause_ms(2200);
        kill(job.pid, SIGTERM);
        job_expect(&job, "got TERM");
        kill(job.pid, SIGUSR2);
        outcome = job_finish(&job);
        assert_int_equal(outcome.status, 9);
        assert_string_equal(outcome.err, "");
}

TEST(program_without_handlers_is_ended_by_the_signal)
{
        struct job job = start(RUN "sh -c 'echo ready; exec sleep 50'");

        kill(job.pid, SIGTERM);
        assert_int_equal(job_finish(&job).status, 143);
}

/* At once it would be the same request, see the_same_signal_twice_at_once. */
static void insist(void)
{
        pause_ms(50);
}

TEST(second_interrupt_ends_everything)
{
        static const int pairs[][2] = {{SIGINT, SIGINT}, {SIGTERM, SIGTERM}, {SIGTERM, SIGINT}};

        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
                struct job job = start(RUN LISTENER);

                kill(job.pid, pairs[i][0]);
                job_expect(&job, "got");
                insist();
                kill(job.pid, pairs[i][1]);
                assert_int_equal(job_finish(&job).status, 128 + pairs[i][1]);
        }
}

TEST(late_second_interrupt_is_forwarded)
{
        struct job job = start(RUN LISTENER);

        kill(job.pid, SIGINT);
        job_expect(&job, "got INT");
        pause_ms(2200);
        kill(job.pid, SIGINT);
        job_expect(&job, "got INT\ngot INT");
        kill(job.pid, SIGUSR2);
        assert_int_equal(job_finish(&job).status, 9);
}

/* The program has ended well, but what it left behind is still there, and is ended by us. */
TEST(ended_while_lingering_is_no_success)
{
        struct job job = start(RUN "sh -c 'echo ready; sleep 30 & exit 0'");

        pause_ms(300);
        kill(job.pid, SIGTERM);
        pause_ms(100);
        kill(job.pid, SIGTERM);
        assert_int_equal(job_finish(&job).status, 143);
}

TEST(cancelled_run_is_never_a_success)
{
        /* With forward-cancel, the second one is SIGINT to the program, which then ends well. */
        struct job job = start(RUN "--forward-cancel sh -c 'trap \"n=x\\$n; test \\$n = xx && exit 0\" INT; "
                                   "trap \"echo got\" TERM; n=x; echo ready; while :; do sleep 0.02; done'");

        kill(job.pid, SIGTERM);
        job_expect(&job, "got");
        insist();
        kill(job.pid, SIGTERM);
        assert_int_equal(job_finish(&job).status, 143);
}

TEST(another_signal_than_interrupt)
{
        static const char *const names[] = {"TERM", "SIGTERM", "15"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                char command[512];

                snprintf(command, sizeof(command), RUN "--forward-cancel --cancel-signal %s sh -c 'trap \"exit 9\" TERM; trap : INT; "
                         "echo ready; while :; do sleep .05; done'", names[i]);
                struct job job = start(command);

                kill(job.pid, SIGINT);
                usleep(300000);
                kill(job.pid, SIGINT);
                assert_int_equal(job_finish(&job).status, 130);
        }
        check_error(RUN "--cancel-signal 65 -- true", 125, "\"65\" is not a signal");
}

TEST(third_interrupt_ends_even_with_forward_cancel)
{
        struct job job = start(RUN "--forward-cancel " LISTENER);

        kill(job.pid, SIGTERM);
        job_expect(&job, "got TERM");
        insist();
        kill(job.pid, SIGTERM);
        job_expect(&job, "got INT");
        insist();
        kill(job.pid, SIGTERM);
        assert_int_equal(job_finish(&job).status, 143);
}

/* As timeout(1) does: once to the process, once to its group. That is one request. */
TEST(the_same_signal_twice_at_once)
{
        check("exec timeout --preserve-status 2 \"$PINFOLD\" run --empty " SYSTEM
              " sh -c 'trap \"sleep 0.3; echo cleaned; exit 7\" TERM; sleep 20 & wait'", 7, "cleaned\n");
}

TEST(wait_delay_bounds_a_forwarded_cancel)
{
        struct job job = start(RUN "--forward-cancel --wait-delay 200ms " LISTENER);

        kill(job.pid, SIGINT);
        job_expect(&job, "got INT");
        /* On a busy machine the first may come too late to count as the second signal. */
        kill(job.pid, SIGTERM);
        usleep(100000);
        kill(job.pid, SIGTERM);
        assert_int_equal(job_finish(&job).status, 143);
}

/* At whatever moment it comes, before, during or after setup: the run ends, and not as a success. */
TEST(early_signal_is_not_lost)
{
        static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};

        for (int i = 0; i < 90; i++) {
                int number = numbers[i % 3];
                struct job job = job_start(RUN "sleep 30");
                struct timespec start, end;
                int status;

                clock_gettime(CLOCK_MONOTONIC, &start);
                pause_ms(i / 3);
                kill(job.pid, number);
                status = job_finish(&job).status;
                clock_gettime(CLOCK_MONOTONIC, &end);
                /* -number: it came before pinfold, or the shell before it, could look. */
                assert_true(status == 128 + number || status == -number);
                assert_true(end.tv_sec - start.tv_sec < 10);
        }
}

/* Signals that arrive while the program ends, and are never read by PID 1, must not take its status along. */
TEST(late_signals_do_not_cost_the_status)
{
        for (int i = 0; i < 100; i++) {
                struct job job = job_start(RUN "sh -c 'exit 7'");
                struct outcome outcome;
                siginfo_t ended = {0};

                while (waitid(P_PID, (id_t)job.pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0)
                        kill(job.pid, SIGWINCH);
                outcome = job_finish(&job);
                assert_string_equal(outcome.err, "");
                assert_int_equal(outcome.status, 7);
        }
}

TEST(ignored_signal_stays_ignored)
{
        struct job job = start("trap '' HUP INT; " RUN LISTENER);
        struct outcome outcome;

        kill(job.pid, SIGHUP);
        kill(job.pid, SIGINT);
        kill(job.pid, SIGUSR1);
        job_expect(&job, "got USR1");
        kill(job.pid, SIGUSR2);
        outcome = job_finish(&job);
        assert_int_equal(outcome.status, 9);
        assert_non_null(strstr(outcome.out, "got USR1\n"));
        assert_null(strstr(outcome.out, "HUP"));
        assert_null(strstr(outcome.out, "INT"));
}

static char state_of(pid_t pid)
{
        char path[64], state = '?';
        FILE *file;

        snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        file = fopen(path, "re");
        if (file) {
                if (fscanf(file, "%*d %*s %c", &state) != 1)
                        state = '?';
                fclose(file);
        }
        return state;
}

static void expect_state(pid_t pid, char state)
{
        for (int i = 0; i < 500 && state_of(pid) != state; i++)
                pause_ms(10);
        assert_int_equal(state_of(pid), state);
}

static size_t output_size(const struct job *job)
{
        struct stat info;

        assert_int_equal(fstat(job->out, &info), 0);
        return (size_t)info.st_size;
}

TEST(stop_and_continue)
{
        struct job job = start(RUN "sh -c 'trap \"exit 9\" USR2; echo ready; while :; do echo .; sleep 0.01; done'");
        size_t before;

        kill(job.pid, SIGTSTP);
        expect_state(job.pid, 'T');
        pause_ms(100);
        before = output_size(&job);
        pause_ms(300);
        assert_int_equal(output_size(&job), before);

        kill(job.pid, SIGCONT);
        expect_state(job.pid, 'S');
        pause_ms(300);
        assert_true(output_size(&job) > before);
        kill(job.pid, SIGUSR2);
        assert_int_equal(job_finish(&job).status, 9);
}

TEST(stopped_container_can_be_ended)
{
        struct job job = start(RUN LISTENER);

        kill(job.pid, SIGTSTP);
        expect_state(job.pid, 'T');
        kill(job.pid, SIGINT);
        kill(job.pid, SIGCONT);
        job_expect(&job, "got INT");
        insist();
        kill(job.pid, SIGINT);
        assert_int_equal(job_finish(&job).status, 130);
}

TEST(killed_command_takes_the_container_along)
{
        struct job job = start("mkdir $DIR/w; " RUN "--bind $DIR/w:/mnt:writable "
                               "sh -c 'echo ready; while :; do echo x >>/mnt/beat; sleep 0.02; done'");
        const struct outcome *first;
        char beats[32];

        kill(job.pid, SIGKILL);
        assert_int_equal(job_finish(&job).status, -SIGKILL);
        pause_ms(300);
        first = run("wc -l <$DIR/w/beat");
        snprintf(beats, sizeof(beats), "%.31s", first->out);
        pause_ms(300);
        check("wc -l <$DIR/w/beat", 0, beats);
}

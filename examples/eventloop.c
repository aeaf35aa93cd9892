/* SPDX-License-Identifier: MIT */
/*
 * Several containers at once in one thread: serve_begin, then poll and serve_step until each program runs, then a pidfd
 * that becomes readable when the container is gone. Each container is a state and a descriptor, as in any event loop.
 *
 *      cc eventloop.c $(pkg-config --cflags --libs pinfold)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#define JOBS 4

struct job {
        struct pinfold *box;
        enum { SERVING, RUNNING, ENDED } state;
        int status; /* once ENDED */
};

static void end(struct job *job, int status)
{
        job->state = ENDED;
        job->status = status;
        pinfold_free(job->box);
        job->box = NULL;
}

static void fail(struct job *job, const struct pinfold_error *err)
{
        fprintf(stderr, "%s\n", err->text);
        end(job, EXIT_FAILURE);
}

/* Starts the container and sends it off; setup goes on inside while this returns. */
static void begin(struct job *job, int number)
{
        struct pinfold_error err = {0};
        char script[64];

        snprintf(script, sizeof(script), "sleep 0.%d; exit %d", number, number);
        job->box = pinfold_new("/bin/sh", (const char *[]){"sh", "-c", script, NULL});
        pinfold_root(job->box, "/", 0);
        pinfold_add_env(job->box, "PATH", "/usr/bin:/bin");
        pinfold_set_stderr(job->box, STDERR_FILENO);
        if (pinfold_start(job->box, &err) < 0 || pinfold_serve_begin(job->box, &err) < 0)
                fail(job, &err);
}

static struct pollfd interest(const struct job *job)
{
        switch (job->state) {
        case SERVING:
                return (struct pollfd){.fd = pinfold_poll_fd(job->box), .events = pinfold_poll_events(job->box)};
        case RUNNING:
                return (struct pollfd){.fd = pinfold_pidfd(job->box), .events = POLLIN};
        default:
                return (struct pollfd){.fd = -1}; /* poll(2) leaves it out */
        }
}

/* The descriptor is ready. */
static void proceed(struct job *job, int number)
{
        struct pinfold_error err = {0};
        struct pinfold_status status = {.size = sizeof(status)};
        int r = job->state == SERVING ? pinfold_serve_step(job->box, &err) : pinfold_wait(job->box, -1, &status, &err);

        if (r < 0) {
                fail(job, &err);
        } else if (job->state == RUNNING) {
                printf("program %d ended with status %d\n", number, status.status);
                end(job, status.status);
        } else if (r == 1) {
                printf("program %d runs\n", number);
                job->state = RUNNING;
        }
}

int main(void)
{
        struct job jobs[JOBS] = {0};
        int running, result = EXIT_SUCCESS;

        for (int i = 0; i < JOBS; i++)
                begin(&jobs[i], i + 1);
        do {
                struct pollfd descriptors[JOBS];

                running = 0;
                for (int i = 0; i < JOBS; i++) {
                        descriptors[i] = interest(&jobs[i]);
                        running += jobs[i].state != ENDED;
                }
                if (running == 0 || poll(descriptors, JOBS, -1) < 0)
                        continue; /* EINTR: look again */
                for (int i = 0; i < JOBS; i++)
                        if (descriptors[i].revents)
                                proceed(&jobs[i], i + 1);
        } while (running > 0);

        /* Each program was to end with its own number. */
        for (int i = 0; i < JOBS; i++)
                if (jobs[i].status != i + 1)
                        result = EXIT_FAILURE;
        return result;
}

/* SPDX-License-Identifier: MIT */
/*
 * The benchmark: cases (cases.c), each of which has contenders. measure.c takes one sample of each contender in turn, round
 * after round, so that whatever else the machine does hits all of them; statistics.c says what came out of it.
 *
 *      command.c     a command, from its spawn until it has been reaped
 *      library.c     a container that this process starts through libpinfold
 *      caller.c      the same from a large process, and from one with many threads
 *      throughput.c  as many starts as the machine gives
 *      alive.c       many containers at once
 *      memory.c      what an idle container keeps
 *      teardown.c    from the end of the program until nothing is left
 *      pool.c        programs in containers that were prepared ahead
 *      filter.c      system calls behind a filter
 */
#ifndef BENCH_H
#define BENCH_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#define ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))
#define CONTENDERS_MAX 8
#define TARGETS_MAX 4

/* How much a case does: as the targets say, or just enough to see that it works. */
extern bool quick;

struct contender {
        const char *name;
        /* One sample, in the unit of the case; NAN, with a line on standard error, when that did not work. */
        double (*sample)(const struct contender *contender);
        void *argument;
        unsigned every; /* so slow that it is measured in every n-th round only; 0: in each */
        bool other;     /* of others: left out where it does not work. A failure of ours ends the benchmark. */

        double *samples; /* one a round, or NAN */
        bool left_out;
};

/* contender(of) / contender(against) is to be at most, or at least, that; against NULL: contender(of) itself. */
struct target {
        const char *of, *against;
        double limit;
        bool at_least;
};

struct plan {
        struct contender contenders[CONTENDERS_MAX];
        size_t count;
};

struct bench_case {
        const char *name, *title, *unit;
        unsigned rounds;
        void (*open)(struct plan *plan); /* adds the contenders */
        struct target targets[TARGETS_MAX];
};

extern const struct bench_case cases[];
extern const size_t case_count;

/* Returns the one that was added, for what else is to be said about it. */
struct contender *add(struct plan *plan, const char *name, double (*sample)(const struct contender *contender),
                      void *argument);

/* ---- measure.c ---- */

double now_us(void);
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- statistics.c ---- */

double median(const double *values, size_t count);
void print_results(const struct bench_case *case_, const struct plan *plan, unsigned rounds);

/* ---- command.c ---- */

/* Words, ended by NULL. For ever: a case lasts as long as the process. */
char **words(const char *text);
char **words_file(const char *path);
char **words_join(char **first, char **second);

double command_us(const struct contender *contender); /* argument: the words */

#define COMMAND_FILTER_FD 9
double command_filter_us(const struct contender *contender); /* with strict.bpf open as that descriptor */

/* A command whose program is cat, and so ends when its input does. */
struct job {
        int pid, in;
};

bool job_start(struct job *ret, char **argv); /* returns once the program runs */
bool job_wait(struct job *job);               /* false: it has failed */

/* ---- library.c ---- */

struct pinfold;

double library_us(const struct contender *contender); /* the view of the case "cold", /bin/true */
struct pinfold *library_idle(int in, int out);        /* the same, not started; cat from `in` to `out` */

/* ---- the others ---- */

void *caller_small(void);
void *caller_large(void);
void *caller_threads(void);
double caller_us(const struct contender *contender); /* argument: one of the above */

double starts_per_second(const struct contender *contender); /* argument: the contender that is started */

struct alive {
        char **bare; /* the words of a job; NULL: the library's */
        bool last;   /* of the last tenth; else of the first */
};

double alive_start_us(const struct contender *contender); /* argument: struct alive */
double alive_pss_kib(const struct contender *contender);  /* the same, of the library's */

double memory_init_kib(const struct contender *contender);  /* argument: the words of a job */
double memory_total_kib(const struct contender *contender); /* with the command that waits for it */
double memory_of_kib(int pid);
int memory_child(int pid);

struct pooled {
        bool pool;  /* else posix_spawn(3) */
        bool whole; /* until it is gone; else until it has been executed */
};

double pool_us(const struct contender *contender);             /* argument: struct pooled */
double burst_us(const struct contender *contender);            /* argument: an int, the percentile */
double refilled_per_second(const struct contender *contender); /* argument: a bool, whether it is refilled meanwhile */
double memory_prepared_kib(const struct contender *contender);
void pool_serve(void); /* from here on there is a server at crun/state/pool.socket */

double teardown_us(const struct contender *contender); /* argument: the words of a job */

struct filtered {
        const char *filter; /* a file; NULL: one instruction that allows all, or */
        int looks_at;       /* if not 0, the fewest that look at an argument of the call with this number */
        void (*call)(void);
};

double filtered_ns(const struct contender *contender); /* argument: struct filtered */
void call_getppid(void);
void call_openat(void);
void call_ioctl(void);
void call_socket(void);

#endif

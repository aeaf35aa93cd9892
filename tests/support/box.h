/* SPDX-License-Identifier: MIT */
/*
 * What tests of real containers share: a container with the host's system in view, and running one while its output is
 * collected. Everything here fails the test (cmocka) when it does not work.
 */
#ifndef SUPPORT_BOX_H
#define SUPPORT_BOX_H

#include <stdbool.h>

#include <pinfold/pinfold.h>

/* A container that runs `sh -c SCRIPT`, without any operation; PATH is set. */
struct pinfold *box_bare(const char *script);

/* The same with the system's directories (/usr and what leads there, /etc) read-only, /proc, /dev, and a tmpfs on /tmp. */
struct pinfold *box_new(const char *script);

/* How a run went. */
struct run {
        int error;                 /* 0, or the positive errno of the call that failed */
        struct pinfold_error err;  /* then: of that call */
        struct pinfold_status status;
        char *output; /* standard output and error, "" when there was none; freed by run_free */
};

/*
 * start, serve, wait, collecting standard output and error until their end. Failure of a call is a result, not a failure of the test.
 * Frees nothing: the box stays.
 */
struct run box_run(struct pinfold *box);
void run_free(struct run *run);

/* box_run, then frees the box; fails the test unless the program was executed and ended with `status`. Returns its output. */
char *box_output(struct pinfold *box, int status);

/* box_output, which must be `expected`; the status 0. */
void box_prints(struct pinfold *box, const char *expected);

/* box_run, then frees the box; fails the test unless start or serve failed in `stage` with `error`. Returns that error. */
struct pinfold_error box_error(struct pinfold *box, int stage, int error);

/* An empty directory of one's own, gone at exit with what is in it. Static string per call: kept until exit. */
const char *temporary_directory(void);

/* printf into a static ring of buffers, for paths. */
__attribute__((format(printf, 1, 2))) const char *format(const char *format, ...);

/* Writes a file of the host, or fails the test. */
void write_file(const char *path, const char *content);

/* Reads a file of the host, allocated, or NULL. */
char *read_file(const char *path);

/*
 * How many times something is done that finds more the more often it is done: `full` times by tools/stress.sh, which says so in
 * PINFOLD_STRESS (percent of it); `small` times in an ordinary run of the tests.
 */
int stress_size(int small, int full);

/* Number of open descriptors of this process. */
int open_descriptors(void);

/* Is the process still there (not a zombie)? */
bool is_running(pid_t pid);

#endif

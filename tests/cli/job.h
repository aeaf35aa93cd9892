/* SPDX-License-Identifier: MIT */
/*
 * Runs the pinfold command for real, from shell command lines that find it as $PINFOLD and a scratch directory of their
 * own as $DIR; $MOMENT is a time limit that a start does not meet. What a command line says on its standard output and
 * error is in memory files, which can be looked at while it runs.
 *
 *      check("exec $PINFOLD run --empty $SYSTEM -- id -u", 0, "65534\n");
 */
#ifndef CLI_JOB_H
#define CLI_JOB_H

#include <sys/types.h>

/* What most programs need: the system, read-only. Also in $SYSTEM. */
#define SYSTEM "--root / --proc /proc --dev /dev --tmpfs /tmp"

/* A container with the system in it, up to where options or a command follow. */
#define RUN "exec \"$PINFOLD\" run --empty " SYSTEM " "

/* As somebody uses it every day, without --empty: in an empty project, with an empty home directory, both in $DIR. */
#define AGAIN "export HOME=$DIR/home; cd $DIR/proj; "
#define HERE "rm -rf $DIR/*; mkdir $DIR/home $DIR/proj; " AGAIN
#define PINFOLD HERE "exec \"$PINFOLD\" run "

#define TEXT_MAX 16384

struct job {
        pid_t pid;
        int out;
        int err;
};

struct outcome {
        int status; /* the exit status; -N when signal N ended the process that was started */
        char out[TEXT_MAX];
        char err[TEXT_MAX];
};

/* Starts `sh -c COMMAND`. One that does not end within a minute gets SIGALRM. */
struct job job_start(const char *command);

/* Waits until `marker` stands in the job's standard output, and fails the test when that takes more than 20 s. */
void job_expect(struct job *job, const char *marker);

/* Waits for its end. */
struct outcome job_finish(struct job *job);

/* Start and finish. The result is valid until the next call. */
const struct outcome *run(const char *command);

/* Runs, and fails the test, showing all there is, unless status and standard output are these. out may be NULL: any. */
const struct outcome *check(const char *command, int status, const char *out);

/* The same, for a text that has to stand in standard error. */
const struct outcome *check_error(const char *command, int status, const char *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The program's standard streams are the command's own, with the exceptions that make that safe: a program can open
 * what it holds once more through /proc/self/fd, with the rights of the caller's id and in any mode.
 *
 *  - A directory, or a descriptor that was opened with O_PATH, is refused: from a directory one walks up to the host.
 *  - A file on standard input would be writable. The program gets it through a read-only clone of its mount, where the
 *    caller may clone mounts, and otherwise its content, through a pipe.
 *  - A file on standard output or error was opened for the program to write, and stays as it is; whoever wants to keep
 *    earlier content of a log from it passes a pipe (pinfold-run(1)).
 */
#ifndef CLI_STREAMS_H
#define CLI_STREAMS_H

#include <stdbool.h>

#include <pinfold/pinfold.h>

struct streams {
        int input;  /* a descriptor of ours for the program's standard input, to be closed after serve; or -1 */
        int source; /* with a pipe: its end to write to, which streams_feed takes; or -1 */
        int shields[3]; /* copies of devices that are given in place of 0, 1 and 2, to be closed after serve; or -1 */
};

/* Opens /dev/null for each of 0, 1 and 2 that is closed, lest the next open gets that number. Returns -errno. */
int streams_complete(void);

/*
 * A copy of the device open at `fd`, other than a terminal, on a read-only mount: it can be written there, but not changed;
 * root's program could else chmod the host's /dev/null, its standard output. -ENOENT: it is none; or that is not possible,
 * and then the caller is not root, nor the node's owner. Another negative errno: something has run out.
 */
int streams_shield(int fd);

/* Checks the three streams and gives them to the container. Returns 0, or -1 after a message. */
int streams_hand_over(struct streams *streams, struct pinfold *box);

/*
 * The same where the program has a terminal of its own for the first two: standard error goes to the container if `error`
 * says so, and to that terminal otherwise.
 */
int streams_hand_over_error(struct streams *streams, struct pinfold *box, bool error);

/* Closes our copies, which only a start needs. */
void streams_release(struct streams *streams);

/*
 * After serve: closes our copies, and starts to feed the pipe if there is one. Not earlier: a file that no program has
 * been started for is left at its offset. Returns 0, or -1 after a message.
 */
int streams_feed(struct streams *streams);

/* Whether `fd` may go into a container. Complains, with `what` it is, and returns -1 when not. */
int streams_check(int fd, const char *what);

#endif

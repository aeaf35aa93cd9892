/* SPDX-License-Identifier: MIT */
/*
 * run --via: a container out of the pool of `pinfold serve`. What the two say to each other, over a unix socket of type
 * SOCK_SEQPACKET: the client a struct via_request; the server a struct via_reply, and after one without an error a container
 * (pinfold_give), which is the client's from then on. The server has nothing to do with the run. What its options say of programs
 * goes along as options, which the client applies before its own.
 */
#ifndef CLI_VIA_H
#define CLI_VIA_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include <pinfold/pinfold.h>

#define VIA_VERSION 1u

struct via_request {
        uint32_t version;
        uint32_t terminal; /* 1: with one */
};

#define VIA_TEXT_MAX 32768u

struct via_reply {
        uint32_t version;
        uint32_t error;   /* errno; 0: a container follows */
        uint32_t stage;   /* then: enum pinfold_stage */
        uint32_t network; /* 1: it has the host's */
        uint32_t size;    /* of text */
        char text[VIA_TEXT_MAX]; /* an error for people; or options, each ended by a NUL, like "--nice=5". Only `size` bytes are sent */
};

/* What a client wants. */
struct via {
        const char *path; /* the server's socket; NULL: no server, a container of one's own */
        bool terminal;
        /*
         * Called with the answer before the container is taken: sets the program's parameters. Returns 0, or -1 after a message.
         */
        int (*settle)(void *userdata, const struct via_reply *reply);
        void *userdata;
};

/*
 * The address of a path: absolute, its directory without links, so that both sides come to the same one. Returns -EINVAL for an empty
 * path, -ENAMETOOLONG where it is too long for an address, or what is wrong with the directory.
 */
int via_address(const char *path, struct sockaddr_un *ret);

/* A socket for that. Never waits for the server, not even for room among those who have connected. Returns a descriptor, or -errno. */
int via_open(const struct via *via, struct pinfold_error *err);

/* Connects it, and says what is wanted. 0: its answer is to be waited for. -EAGAIN: not yet. Or another negative errno. */
int via_ask(const struct via *via, int socket, struct pinfold_error *err);

/* What is wrong when it stays at -EAGAIN. */
void via_full(const struct via *via, struct pinfold_error *err);

/* Takes the answer, which is there. 0: a container follows. */
int via_answer(const struct via *via, int socket, struct pinfold_error *err);

#endif

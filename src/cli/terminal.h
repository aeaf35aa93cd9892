/* SPDX-License-Identifier: MIT */
/*
 * The program's own terminal, seen from outside: what is typed on the host's goes in, what the program writes comes out.
 * It is only copied: nothing of it means anything to us. The host's terminal is in raw mode meanwhile, so that keys such as
 * Ctrl-C reach the terminal inside, which makes signals of them for the programs there; and it is restored by terminal_close,
 * while pinfold is stopped, and when a signal kills pinfold (except SIGKILL).
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#include <pinfold/pinfold.h>

/* Bytes on their way; more are read when all have been written. */
struct flow {
        char bytes[16384];
        size_t start, end;
};

struct terminal {
        int master; /* the caller's side of it; -1: there is none (any more) */
        int input;  /* what is typed; -1 after its end */
        int output;
        struct flow in, out;
        size_t rest; /* how much more may come out after the container's end; 0 before */
        bool served; /* there is, or was one */
        bool in_line; /* the last byte that went in was no newline */
        size_t matched; /* how much of the text of EROFS stands at the end of what came out */
        bool told_read_only; /* all of it has come out */
};

#define TERMINAL_POLLED 3

/* Whether pinfold itself is on a terminal in both directions, in the foreground. */
bool terminal_is_interactive(void);

/* Gives the container a terminal of the host's size, or of 80 columns and 24 rows where there is none. */
void terminal_ask(struct pinfold *box);

/* No terminal. */
void terminal_init(struct terminal *terminal);

/* The program runs: takes its terminal, and makes the host's raw. Returns 0, or -1 after a message. */
int terminal_open(struct terminal *terminal, struct pinfold *box);

/* What to poll for; and, after poll(2), what was possible is copied. Neither waits. */
void terminal_poll(const struct terminal *terminal, struct pollfd polled[TERMINAL_POLLED]);
void terminal_copy(struct terminal *terminal, const struct pollfd polled[TERMINAL_POLLED]);

/*
 * The container is gone: what it wrote last is taken, and no more, because somebody outside may have been given the other
 * side, and keep it. Whatever that one writes, there is an end.
 */
void terminal_end(struct terminal *terminal);

/* Whether something may still come out. */
bool terminal_drains(const struct terminal *terminal);

/* Restores the host's terminal, before pinfold stops; makes it raw again, and takes its size. */
void terminal_suspend(void);
void terminal_resume(const struct terminal *terminal);

/* The size of the host's terminal becomes that of the program's. */
void terminal_resize(const struct terminal *terminal);

/* Restores the host's terminal, and hangs up the program's. */
void terminal_close(struct terminal *terminal);

#endif

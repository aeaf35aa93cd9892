/* SPDX-License-Identifier: MIT */
/*
 * What a command line asks for: the options of `pinfold run` become a struct pinfold, ready to be started, and the plan
 * of its file system. `pinfold explain` takes the same options, and prints what it has got.
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include <stdbool.h>

#include <pinfold/pinfold.h>

#include "cli/environment.h"
#include "cli/events.h"
#include "cli/git.h"
#include "cli/options.h"
#include "cli/plan.h"
#include "cli/profiles.h"
#include "cli/via.h"

/* A tree that -w shows. */
struct tree {
        char *source;
        char *target;
        bool guarded; /* `git` is set, and is to be inspected afterwards */
        struct git_tree git;
};

struct request {
        struct pinfold *box;
        struct environment environment; /* the program's */
        struct plan plan;
        bool empty;         /* --empty: no defaults */
        bool network;       /* the host's */
        bool verbose;
        bool read_only_here; /* the current directory is shown read-only, because nobody has said how */
        bool allow_git;
        bool keeps;         /* the places of profiles, from the program */
        enum {
                TTY_DEFAULT, /* where pinfold is on a terminal, and the options leave room for one */
                TTY_NONE,
                TTY_ALWAYS,
        } tty;
        bool retained;      /* --retain-session */
        bool term;          /* TERM is set */
        struct via via;     /* --via: what is in the container is said to that server */
        bool settled;       /* then: it has answered */
        const char *argv0;
        const char *search;
        const char *filter;
        char *here;         /* the caller's current directory */
        const char *place;  /* in a profile, of the option that is applied; NULL: the command line */
        char *directory;    /* the program's: the same, or that of --chdir */
        char *home;         /* NULL: none */
        bool directory_set; /* --chdir */
        struct tree *writes;
        size_t write_count;
        char **hides;
        size_t hide_count;
        int cgroup;
        struct events events;
        struct choices choices; /* of profiles and the command line */
        struct profile_files files;
        char **words;           /* the command's, ended by NULL */
};

/* Those of `pinfold run`, with which the table of a subcommand can go on. */
extern const struct option_spec request_options[];

/*
 * Reads options and profiles, and settles what they ask for. `options` is a subcommand's own table, which goes on with ours:
 * those in it are applied to `userdata`, before all others. Returns 1; 0 when help was asked for; or -1 after a message.
 * request_free in any case.
 */
int request_parse(struct request *request, char **words, const struct option_spec *options, void *userdata);

/* The command becomes path and arguments. Returns 0, or -1 after a message. */
int request_command(struct request *request);

/* Hands the plan to the library. Returns 0, or -1 after a message. */
int request_settle(struct request *request);

/* The caller's current directory, allocated. NULL after a message: relative paths would be those of another one. */
char *request_here(void);

/* The options of a profile, for one who works in `directory`. Returns 0, or -1 after a message. */
int request_profile(const char *directory, const char *profile, struct choices *choices, struct profile_files *files);

/* The same of what the file `path` was found to hold. */
int request_profile_content(const char *directory, const char *path, const char *content, size_t size, struct choices *choices);

/* Whether values can be right, as far as that can be told without a container. Returns 0, or -1 after a message. */
int request_check(const struct choices *choices);

/*
 * Options about the program, which a server passes on to its clients; and those about how the command is run, which are the client's
 * alone. All others are about the container.
 */
bool request_of_program(const char *name);
bool request_of_command(const char *name);

/* A subcommand's own and ours, for --help. */
void request_help(const struct option_spec *options);

void request_free(struct request *request);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * pinfold run: a program in a new container. Options configure a struct pinfold in the order in which they stand; the
 * rest is streams.c, supervise.c (the life of the container) and hints.c (what to do about an error).
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/streams.h"
#include "cli/supervise.h"
#include "cli/terminal.h"

/* Where a command without a slash is looked up when no --env PATH=... says otherwise. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

struct run {
        struct pinfold *box;
        bool empty;
        bool verbose;
        char *argv0;
        const char *search;
        int cgroup;
        enum {
                TTY_DEFAULT, /* where pinfold is on a terminal, and the options leave room for one */
                TTY_NONE,
                TTY_ALWAYS,
        } tty;
        bool dev;  /* there is a /dev */
        bool retained;
        bool term; /* TERM was given */
};

static int set_empty(void *userdata, char *value)
{
        struct run *run = userdata;

        (void)value;
        run->empty = true;
        return 0;
}

static int set_argv0(void *userdata, char *value)
{
        struct run *run = userdata;

        run->argv0 = value;
        return 0;
}

static int set_tty(void *userdata, char *value)
{
        struct run *run = userdata;

        (void)value;
        run->tty = TTY_ALWAYS;
        return 0;
}

static int set_no_tty(void *userdata, char *value)
{
        struct run *run = userdata;

        (void)value;
        run->tty = TTY_NONE;
        return 0;
}

static int set_verbose(void *userdata, char *value)
{
        struct run *run = userdata;

        (void)value;
        run->verbose = true;
        return 0;
}

/* The library's option takes NAME=VALUE alone: what its process has is none of its business. */
static void inherit_env(struct run *run, const char *name)
{
        const char *value = getenv(name);

        if (!value)
                return;
        pinfold_add_env(run->box, name, value);
        if (strcmp(name, "PATH") == 0)
                run->search = value;
}

static int set_env(void *userdata, char *value)
{
        struct run *run = userdata;
        struct pinfold_error err = {0};

        if (value[0] != '\0' && !strchr(value, '=')) {
                inherit_env(run, value);
                return 0;
        }
        if (pinfold_set(run->box, "env", value, &err) < 0) {
                complain("%s", err.text);
                hint("--env takes NAME[=VALUE]");
                return -1;
        }
        if (strncmp(value, "PATH=", 5) == 0)
                run->search = value + 5;
        if (strncmp(value, "TERM=", 5) == 0)
                run->term = true;
        return 0;
}

static int set_cgroup(void *userdata, char *value)
{
        struct run *run = userdata;

        if (run->cgroup >= 0)
                close(run->cgroup);
        run->cgroup = open(value, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (run->cgroup < 0) {
                complain("--cgroup %s: %s", value, strerror(errno));
                return -1;
        }
        pinfold_set_cgroup(run->box, run->cgroup);
        return 0;
}

static int add_file(void *userdata, char *value)
{
        struct run *run = userdata;
        char what[48], *end;
        long fd;

        errno = 0;
        fd = strtol(value, &end, 10);
        if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || fd > INT_MAX) {
                complain("--file %s: not the number of a descriptor", value);
                return -1;
        }
        snprintf(what, sizeof(what), "--file %ld", fd);
        if (streams_check((int)fd, what) < 0)
                return -1;
        pinfold_add_file(run->box, (int)fd);
        return 0;
}

static const struct option_spec own[] = {
        {"empty", NULL, "begins with nothing: only what the options say is there; required for now", set_empty},
        {"env", "NAME[=VALUE]", "sets a variable of the environment, which is empty otherwise; without =VALUE, to what "
         "it is outside, if it is set there", set_env},
        {"file", "FD", "passes an open descriptor on: the program sees the first one as 3, the next as 4, and so on",
         add_file},
        {"argv0", "NAME", "the program's name for itself; the command otherwise", set_argv0},
        {"cgroup", "DIR", "creates the container in this cgroup v2 directory", set_cgroup},
        {"tty", NULL, "gives the program a terminal of its own; the default when standard input and output are terminals "
         "and there is a --dev /dev", set_tty, 't'},
        {"no-tty", NULL, "passes the standard streams on as they are, also terminals", set_no_tty},
        {"verbose", NULL, "says on standard error what is done, step by step", set_verbose},
        {0},
};

static void noticed(void *userdata, const char *name, const char *value)
{
        struct run *run = userdata;

        if (strcmp(name, "dev") == 0 && strncmp(value, "/dev", 4) == 0 && (value[4] == '\0' || value[4] == ':'))
                run->dev = true;
        if (strcmp(name, "retain-session") == 0)
                run->retained = true;
}

static void help(void)
{
        printf("Usage: pinfold run --empty [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
               "Runs COMMAND in a new container: a file system that holds what the options put there,\n"
               "no process, network, capability or variable of the host's, and a syscall filter.\n\n"
               "  pinfold run --empty --bind /usr --symlink usr/bin:/bin --symlink usr/lib:/lib \\\n"
               "          --symlink usr/lib64:/lib64 --proc /proc --dev /dev --tmpfs /tmp -- sh -c 'id; ls /'\n\n"
               "Options are --NAME VALUE or --NAME=VALUE. The fields of a value are separated by ':', its flags by\n"
               "','; '\\' takes the next character as it is.\n");
        options_help(own);
        printf("\nExit status: the command's; 128+N when signal N ended it; %d when the container could not be set\n"
               "up, %d when the command could not be executed, %d when it was not found.\n",
               STATUS_SETUP, STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND);
}

static void log_line(void *userdata, const char *line)
{
        (void)userdata;
        complain("%s", line);
}

static void describe(struct pinfold *box)
{
        char line[4096];

        pinfold_set_flags(box, PINFOLD_VERBOSE, 1);
        if (pinfold_describe(box, line, sizeof(line)) >= 0)
                complain("%s", line);
}

/* The command's words, which end with a NULL as argv does, become path and argv. */
static int set_command(struct run *run, char **words)
{
        const char *command = words[0];

        if (!run->empty) {
                complain("the everyday defaults of run are not there yet; --empty begins from nothing, and is needed");
                return -1;
        }
        if (!command) {
                complain("no command to run; try: pinfold run --help");
                return -1;
        }
        pinfold_set_path(run->box, command);
        if (!strchr(command, '/'))
                pinfold_set_search(run->box, run->search);
        if (run->argv0)
                words[0] = run->argv0;
        pinfold_set_args(run->box, (const char *const *)words);
        return 0;
}

/* What pinfold does by itself must not take away what was asked for: neither a session, nor a log on standard error. */
static int hand_over(struct run *run, struct streams *streams)
{
        bool fits = run->dev && !run->retained && terminal_is_interactive();

        if (run->tty == TTY_NONE || (run->tty == TTY_DEFAULT && !fits))
                return streams_hand_over(streams, run->box);
        terminal_ask(run->box);
        if (!run->term)
                inherit_env(run, "TERM");
        return streams_hand_over_error(streams, run->box, run->tty == TTY_DEFAULT && !isatty(STDERR_FILENO));
}

static int run_with(struct run *run, int argc, char **argv)
{
        const struct options options = {.own = own, .userdata = run, .box = run->box, .noticed = noticed};
        struct streams streams;
        int first = options_parse(&options, argc, argv);

        if (first == 0) {
                help();
                return 0;
        }
        if (first < 0 || set_command(run, argv + first) < 0 || hand_over(run, &streams) < 0)
                return STATUS_SETUP;
        pinfold_set_log(run->box, log_line, NULL);
        if (run->verbose)
                describe(run->box);
        return supervise(run->box, &streams);
}

static int run(int argc, char **argv)
{
        struct run run = {.box = pinfold_new(NULL, NULL), .search = DEFAULT_PATH, .cgroup = -1};
        int status = STATUS_SETUP;

        if (run.box)
                status = run_with(&run, argc, argv);
        else
                complain("out of memory");
        pinfold_free(run.box);
        if (run.cgroup >= 0)
                close(run.cgroup);
        return status;
}

const struct command command_run = {
        .name = "run",
        .summary = "run a program in a new container",
        .run = run,
};

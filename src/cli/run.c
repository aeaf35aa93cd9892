/* SPDX-License-Identifier: MIT */
/*
 * pinfold run: a program in a new container. request.c makes it of the options; the rest is streams.c, supervise.c (the life
 * of the container) and hints.c (what to do about an error).
 */
#define _GNU_SOURCE

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "cli/command.h"
#include "cli/git.h"
#include "cli/message.h"
#include "cli/request.h"
#include "cli/streams.h"
#include "cli/supervise.h"
#include "cli/terminal.h"

static const struct option_spec options[] = {{.then = request_options}};

static void help(void)
{
        printf("Usage: pinfold run [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
               "Runs COMMAND in a new container. It sees the system and the current directory, read-only,\n"
               "an empty home directory and /tmp of its own, no network, and no process of the host's.\n\n"
               "  pinfold run -w . make             builds a project, and can change nothing else\n"
               "  pinfold run -n host -w . npm ci   with the network\n"
               "  pinfold run -r ~/data -- python3 script.py\n"
               "  pinfold explain -w . make         what would be set up\n\n"
               "Options are -X VALUE, --NAME VALUE or --NAME=VALUE. The fields of a value are separated by ':',\n"
               "its flags by ','; '\\' takes the next character as it is.\n");
        request_help(options);
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

/* What pinfold does by itself must not take away what was asked for: neither a session, nor a log on standard error. */
static int hand_over(struct request *request, struct streams *streams)
{
        bool fits = (request->via.path || plan_has(&request->plan, "dev", "/dev")) && !request->retained && terminal_is_interactive();

        if (request->tty == TTY_NONE || (request->tty == TTY_DEFAULT && !fits))
                return streams_hand_over(streams, request->box);
        terminal_ask(request->box);
        request->via.terminal = true;
        if (!request->term && getenv("TERM"))
                pinfold_add_env(request->box, "TERM", getenv("TERM"));
        return streams_hand_over_error(streams, request->box, request->tty == TTY_DEFAULT && !isatty(STDERR_FILENO));
}

/* A terminal shows us why the program has failed; what is written elsewhere we do not see, and guess for people alone. */
static void hint_write(const struct terminal *terminal)
{
        if (terminal->told_read_only)
                hint("the current directory is read-only inside, unless you say -w .");
        else if (!terminal->served && isatty(STDERR_FILENO))
                hint("should it have failed to write here: the current directory is read-only inside, unless you say -w .");
}

static int run_request(struct request *request)
{
        struct terminal terminal;
        struct streams streams;
        int status;

        if (hand_over(request, &streams) < 0) {
                events_failed(&request->events, NULL);
                return STATUS_SETUP;
        }
        pinfold_set_log(request->box, log_line, NULL);
        if (request->verbose)
                describe(request->box);
        status = supervise(request->box, &request->via, &request->plan, &streams, &terminal, &request->events);
        streams_release(&streams);
        /* Whatever has made us return, nothing of the container is alive when its work is looked at. */
        pinfold_free(request->box);
        request->box = NULL;
        for (size_t i = 0; i < request->write_count; i++)
                if (request->writes[i].guarded && git_inspect(&request->writes[i].git) < 0)
                        status = STATUS_SETUP;
        events_finish(&request->events, status);
        if (status > 0 && status < STATUS_TIMED_OUT && request->read_only_here)
                hint_write(&terminal);
        return status;
}

/* Nobody reading any more is no reason to leave out what has to be done at the end. The program does not inherit this. */
static void block_sigpipe(void)
{
        sigset_t pipe;

        sigemptyset(&pipe);
        sigaddset(&pipe, SIGPIPE);
        sigprocmask(SIG_BLOCK, &pipe, NULL);
}

static int run(int argc, char **argv)
{
        struct request request;
        int status = STATUS_SETUP, r;

        (void)argc;
        block_sigpipe();
        r = request_parse(&request, argv + 1, options, NULL);
        if (r == 0) {
                help();
                status = 0;
        } else if (r > 0 && request_command(&request) == 0 && request_settle(&request) == 0) {
                status = run_request(&request);
        } else {
                events_failed(&request.events, NULL);
        }
        request_free(&request);
        return status;
}

const struct command command_run = {
        .name = "run",
        .summary = "run a program in a new container",
        .run = run,
        .options = options,
        .runs = true,
};

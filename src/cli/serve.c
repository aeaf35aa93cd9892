/* SPDX-License-Identifier: MIT */
/*
 * pinfold serve: containers that are ready before anybody asks for one. They are given away (via.h), and from then on nothing of the
 * server's; so it has no state for a run, and neither waits for a client nor is there anything that one could take from another.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "cli/clock.h"
#include "cli/command.h"
#include "cli/exposed.h"
#include "cli/hints.h"
#include "cli/listener.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/path.h"
#include "cli/peer.h"
#include "cli/request.h"
#include "cli/via.h"

#define CLIENTS 64      /* that wait at the same time; more of them wait outside */
#define PATIENCE 10000  /* milliseconds that a client may take to say what it wants, and to take what it gets */
#define SAY_EVERY 1000  /* milliseconds */
#define LAST_MS 1000    /* that those who have just got a container may take at the end */
#define SPARE 64        /* descriptors of ours */
#define SIZE_DEFAULT 4

/* What a macro stands for, as text. */
#define WORD(macro) WORD_OF(macro)
#define WORD_OF(text) #text

/* Without and with a terminal. Few are at a terminal, and they are people. */
enum { PLAIN, TERMINAL, POOLS };

/*
 * One that has got its container closes its socket once it is that one's caller: until then our end would be the container's.
 */
struct client {
        int socket;       /* -1: dropped */
        int64_t deadline; /* while it has not said what it wants, or not yet closed its socket */
        int wants;        /* PLAIN or TERMINAL, or one of the following */
};

enum { GIVEN = -2, SILENT = -1 };

struct server {
        struct listener listener;
        bool deaf; /* for a round: there are no descriptors for one more */
        int signals;
        struct via_reply welcome; /* what goes with each container */
        struct pinfold_pool *pools[POOLS];
        struct client clients[CLIENTS];
        size_t client_count;
        int64_t refused; /* when a refusal was written last */
};

/* ---- Clients --------------------------------------------------------------------------------------------------- */

static void send_reply(int socket, const struct via_reply *reply)
{
        send(socket, reply, offsetof(struct via_reply, text) + reply->size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void reply_error(int socket, int stage, int error, const char *text)
{
        struct via_reply reply = {.version = VIA_VERSION, .error = (uint32_t)error, .stage = (uint32_t)stage};

        reply.size = (uint32_t)snprintf(reply.text, 2048, "%.2000s", text) + 1;
        send_reply(socket, &reply);
}

/*
 * What lies unread in a socket goes with its last descriptor, and a confined client may have put another socket there whose end
 * takes an hour (SO_LINGER, socket(7)). A process that ends does not wait for that: the last descriptor is a child's.
 */
static void close_elsewhere(int socket)
{
        char nothing;
        int ends[2];
        pid_t child;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return; /* better a descriptor that is lost than a server */
        child = fork();
        if (child == 0) {
                close(ends[1]);
                (void)!read(ends[0], &nothing, 1); /* until ours is closed */
                _exit(0);
        }
        if (child > 0)
                close(socket);
        close(ends[0]);
        close(ends[1]);
}

/* Its place is free after this round. */
static void drop(struct server *server, size_t index)
{
        close(server->clients[index].socket);
        server->clients[index].socket = -1;
}

/* Those who came first stay first. */
static void forget_dropped(struct server *server)
{
        size_t kept = 0;

        for (size_t i = 0; i < server->client_count; i++)
                if (server->clients[i].socket >= 0)
                        server->clients[kept++] = server->clients[i];
        server->client_count = kept;
}

/* Nobody may read what we say: that must not hold us up. */
static bool is_heard(void)
{
        struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};

        return poll(&error, 1, 0) > 0 && (error.revents & POLLOUT);
}

/* Of refusals, which come as often as somebody likes, no more than a line a second. */
static void say_refused(struct server *server, const char *refusal)
{
        int64_t now = clock_msec();

        if (now - server->refused < SAY_EVERY || !is_heard())
                return;
        server->refused = now;
        complain("a client was refused: %s", refusal);
}

static void refuse(struct server *server, size_t index, int error, const char *text)
{
        reply_error(server->clients[index].socket, PINFOLD_STAGE_SERVE, error, text);
        drop(server, index);
}

static void refuse_with(struct server *server, size_t index, const struct pinfold_error *err)
{
        reply_error(server->clients[index].socket, err->stage, err->error, err->text);
        drop(server, index);
}

static void refuse_peer(struct server *server, int socket, const char *refusal)
{
        char text[160], nothing;

        snprintf(text, sizeof(text), "the server does not serve this process: %s", refusal);
        /* Unless it has gone. */
        if (recv(socket, &nothing, 1, MSG_PEEK) != 0)
                say_refused(server, refusal);
        reply_error(socket, PINFOLD_STAGE_SERVE, EPERM, text);
        close_elsewhere(socket);
}

static void accept_client(struct server *server)
{
        int fd = accept4(server->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        const char *refusal;

        server->deaf = fd < 0 && (errno == EMFILE || errno == ENFILE);
        if (fd < 0)
                return;
        refusal = peer_refusal(fd);
        if (refusal)
                refuse_peer(server, fd, refusal);
        else
                server->clients[server->client_count++] = (struct client){fd, clock_msec() + PATIENCE, SILENT};
}

static void read_request(struct server *server, size_t index)
{
        struct client *client = &server->clients[index];
        struct via_request request = {0};
        ssize_t size = recv(client->socket, &request, sizeof(request), MSG_TRUNC);

        if (size < 0 && errno == EAGAIN)
                return;
        if (size <= 0 || client->wants != SILENT) /* gone; or it says more than there is to say */
                drop(server, index);
        else if (size != sizeof(request) || request.version != VIA_VERSION || request.terminal > 1)
                refuse(server, index, EPROTO, "the server is of another version");
        else
                client->wants = request.terminal ? TERMINAL : PLAIN;
}

static void give(struct server *server, size_t index)
{
        struct client *client = &server->clients[index];
        struct pinfold_error err = {0};
        struct pinfold *box;
        int r;

        if (!server->pools[client->wants]) {
                refuse(server, index, ENOTTY, "the server's containers have no /dev, and so no terminal: --no-tty");
                return;
        }
        r = pinfold_pool_try(server->pools[client->wants], &box, &err);
        if (r == -EAGAIN)
                return;
        if (r < 0) {
                refuse_with(server, index, &err);
                return;
        }
        send_reply(client->socket, &server->welcome);
        /* One that has gone meanwhile is not worth a word. */
        if (pinfold_give(box, client->socket, &err) < 0 && err.error != EPIPE && err.error != ECONNRESET && is_heard())
                complain("%s", err.text);
        pinfold_free(box);
        client->wants = GIVEN;
        client->deadline = clock_msec() + PATIENCE;
}

/* In the order in which they came. */
static void see_to_clients(struct server *server, const struct pollfd *polled, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                struct client *client = &server->clients[i];

                if (client->socket >= 0 && polled[i].revents)
                        read_request(server, i);
                if (client->socket >= 0 && client->wants >= 0)
                        give(server, i);
                if (client->socket >= 0 && client->wants < 0 && clock_msec() > client->deadline)
                        drop(server, i);
        }
        forget_dropped(server);
}

/* ---- The pools ------------------------------------------------------------------------------------------------- */

/* What cannot be made is said to those who wait for it. */
static void refill(struct server *server, int pool)
{
        struct pinfold_error err = {0};

        if (pinfold_pool_step(server->pools[pool], &err) >= 0)
                return;
        if (is_heard())
                complain("%s", err.text);
        for (size_t i = 0; i < server->client_count; i++)
                if (server->clients[i].wants == pool)
                        refuse_with(server, i, &err);
        forget_dropped(server);
}

/* Git's files stay what they are by mounts on what was found: the longer ago that is, the less it is what is there. */
static int refuse_guarded(const struct request *request)
{
        for (size_t i = 0; i < request->write_count; i++) {
                if (!request->writes[i].guarded)
                        continue;
                complain("containers that wait cannot protect git's files in %s: what the host replaces meanwhile would be "
                         "writable", request->writes[i].source);
                hint("--allow-git-config leaves them unprotected; or use pinfold run without --via");
                return -1;
        }
        return 0;
}

/* The same for the places of profiles. */
static int refuse_kept(const struct request *request)
{
        if (!request->keeps)
                return 0;
        complain("containers that wait cannot be kept from the places of profiles in what they may write to");
        hint("let them write to less; pinfold-profile(5) says where profiles are");
        return -1;
}

/* The same for what is to be hidden, and is not there yet. */
static int refuse_hidden(const struct request *request)
{
        struct stat info;

        for (size_t i = 0; i < request->hide_count; i++) {
                if (lstat(request->hides[i], &info) == 0)
                        continue;
                complain("containers that wait cannot hide %s, which is not there yet", request->hides[i]);
                return -1;
        }
        return 0;
}

/* Who could replace the socket could send the next client elsewhere. */
static int refuse_writable(const struct request *request, const char *path)
{
        char *socket = path ? path_join(request->here, path) : NULL;
        bool writes = socket && exposed_writes(&request->plan, socket);

        free(socket);
        if (!writes)
                return 0;
        complain("the programs could replace the socket %s, or what is on the way to it", path);
        hint("keep it elsewhere, in $XDG_RUNTIME_DIR for one");
        return -1;
}

/* One that a service manager has made. */
static int refuse_inherited(const struct request *request, const struct listener *listener)
{
        struct sockaddr_un address = {0};
        socklen_t size = sizeof(address) - 1;

        if (listener->path || getsockname(listener->fd, (struct sockaddr *)&address, &size) < 0 || address.sun_path[0] != '/')
                return 0;
        return refuse_writable(request, address.sun_path);
}

/* Three descriptors for each that waits, and one for each client. */
static int check_size(unsigned size)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
            3 * ((rlim_t)size + 1) + CLIENTS + SPARE <= limit.rlim_cur)
                return 0;
        complain("--size %u takes %u descriptors, and %llu are allowed", size, 3 * (size + 1) + CLIENTS + SPARE,
                 (unsigned long long)limit.rlim_cur);
        hint("ulimit -n");
        return -1;
}

/* What an option is worth where we are, which is not where the clients are. Allocated; NULL: nothing. */
static char *of_server(const struct request *request, const struct choice *choice)
{
        if (strcmp(choice_name(choice), "chdir") == 0)
                return path_absolute(request->here, choice->value);
        if (strcmp(choice_name(choice), "env") == 0 && !strchr(choice->value, '='))
                return getenv(choice->value) ? text("%s=%s", choice->value, getenv(choice->value)) : NULL;
        return text("%s", choice->value);
}

/* What is about programs goes to each client; what is about running the command is not a server's to say. */
static int make_welcome(struct server *server, const struct request *request)
{
        struct via_reply *welcome = &server->welcome;

        *welcome = (struct via_reply){.version = VIA_VERSION, .network = request->network};
        for (size_t i = 0; i < request->choices.count; i++) {
                const struct choice *choice = &request->choices.list[i];
                size_t room = sizeof(welcome->text) - welcome->size;
                char *value;
                int length;

                if (request_of_command(choice_name(choice))) {
                        complain("--%s is for pinfold run", choice_name(choice));
                        return -1;
                }
                if (!request_of_program(choice_name(choice)))
                        continue;
                value = of_server(request, choice);
                if (!value)
                        continue;
                length = snprintf(welcome->text + welcome->size, room, "--%s=%s", choice_name(choice), value);
                free(value);
                if ((size_t)length >= room) {
                        complain("options for programs of more than %u bytes", VIA_TEXT_MAX);
                        return -1;
                }
                welcome->size += (uint32_t)length + 1;
        }
        return 0;
}

static void log_line(void *userdata, const char *line)
{
        (void)userdata;
        if (is_heard())
                complain("%s", line);
}

static int open_pool(struct server *server, int pool, unsigned size, struct pinfold *model, struct pinfold_error *err)
{
        server->pools[pool] = model ? pinfold_pool_new(model, size, PINFOLD_POOL_PREPARED, err) : NULL;
        /* A mistake in the options is to be heard of before the first client comes. */
        while (server->pools[pool] && pinfold_pool_ready(server->pools[pool]) == 0) {
                struct pollfd polled[] = {{.fd = server->signals, .events = POLLIN},
                                          {.fd = pinfold_pool_fd(server->pools[pool]), .events = POLLIN}};

                if (poll(polled, 2, -1) > 0 && polled[0].revents)
                        return 0; /* that is for the loop to see */
                if (polled[1].revents && pinfold_pool_step(server->pools[pool], err) < 0)
                        break;
        }
        if (server->pools[pool] && pinfold_pool_ready(server->pools[pool]) > 0)
                return 0;
        complain("%s", err->text);
        hints_print(err);
        return -1;
}

/* Nobody can ask for a terminal where there is no place for one. */
static int open_pools(struct server *server, unsigned size, struct request *request)
{
        struct pinfold_error err = {0};
        struct pinfold *model;

        pinfold_set_log(request->box, log_line, NULL);
        if (request->verbose)
                pinfold_set_flags(request->box, PINFOLD_VERBOSE, 1);
        if (plan_has(&request->plan, "dev", "/dev")) {
                model = pinfold_copy(request->box, &err);
                pinfold_set_terminal(model, 24, 80);
                if (open_pool(server, TERMINAL, 1, model, &err) < 0)
                        return -1;
        }
        model = request->box;
        request->box = NULL;
        return open_pool(server, PLAIN, size, model, &err);
}

/* ---- The command ----------------------------------------------------------------------------------------------- */

/* What is ours alone. */
struct place {
        const char *path;
        unsigned size;
};

static int set_socket(void *userdata, char *value)
{
        ((struct place *)userdata)->path = value;
        return 0;
}

static int set_size(void *userdata, char *value)
{
        unsigned *size = &((struct place *)userdata)->size;
        char *end;

        *size = (unsigned)strtoul(value, &end, 10);
        if (*value >= '1' && *value <= '9' && !*end && *size <= PINFOLD_POOL_MAX && strlen(value) <= 6)
                return 0;
        complain("--size %s: not a number from 1 to %d", value, PINFOLD_POOL_MAX);
        return -1;
}

static const struct option_spec options[] = {
        {"socket", "PATH", "the unix socket to listen at; not needed where a service manager gives one", set_socket},
        {"size", "N", "how many containers are kept ready, 1 to " WORD(PINFOLD_POOL_MAX) " (" WORD(SIZE_DEFAULT) ")", set_size},
        {.then = request_options},
};

static void help(void)
{
        printf("Usage: pinfold serve --socket PATH [--size N] [OPTION]...\n\n"
               "Keeps containers ready, with all set up but the command, and gives one to each `pinfold run --via PATH`\n"
               "of the same user. OPTIONs are those of pinfold run: they say what is in the containers.\n\n"
               "  pinfold serve --socket \"$XDG_RUNTIME_DIR/judge\" --size 16 --profile judge &\n"
               "  pinfold run --via \"$XDG_RUNTIME_DIR/judge\" -- ./solution < input\n\n");
        options_help_table(options);
        printf("\nEnds at SIGTERM, SIGINT or SIGHUP; containers that were given away run on. Manual: pinfold-serve(1).\n");
}

/* Returns the descriptor to read those that end us from. What the caller ignores stays ignored (nohup(1)). */
static int open_signals(void)
{
        static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
        struct sigaction action;
        sigset_t ends;

        /* PID 1 of what was given away is our child, and nobody waits for it. */
        signal(SIGCHLD, SIG_IGN);
        signal(SIGPIPE, SIG_IGN);
        sigemptyset(&ends);
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
                if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
                        sigaddset(&ends, numbers[i]);
        sigprocmask(SIG_BLOCK, &ends, NULL);
        return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int loop(struct server *server)
{
        for (;;) {
                size_t count = server->client_count;
                struct pollfd polled[2 + POOLS + CLIENTS] = {
                        {.fd = server->signals, .events = POLLIN},
                        {.fd = server->deaf || count == CLIENTS ? -1 : server->listener.fd, .events = POLLIN},
                };

                for (int i = 0; i < POOLS; i++)
                        polled[2 + i] = (struct pollfd){.fd = pinfold_pool_fd(server->pools[i]), .events = POLLIN};
                for (size_t i = 0; i < count; i++)
                        polled[2 + POOLS + i] = (struct pollfd){.fd = server->clients[i].socket, .events = POLLIN};
                if (poll(polled, 2 + POOLS + count, count || server->deaf ? 1000 : -1) < 0 && errno != EINTR) {
                        complain("poll: %s", strerror(errno));
                        return STATUS_SETUP;
                }
                if (polled[0].revents)
                        return 0;
                see_to_clients(server, polled + 2 + POOLS, count);
                for (int i = 0; i < POOLS; i++)
                        if (polled[2 + i].revents)
                                refill(server, i);
                server->deaf = false;
                if (polled[1].revents)
                        accept_client(server);
        }
}

/* Those who have just got a container are not its caller yet. */
static void await_taken(struct server *server)
{
        int64_t until = clock_msec() + LAST_MS;

        for (size_t i = 0; i < server->client_count; i++) {
                struct pollfd taken = {.fd = server->clients[i].socket, .events = POLLIN};

                if (server->clients[i].wants == GIVEN && clock_msec() < until)
                        poll(&taken, 1, (int)(until - clock_msec()));
        }
}

static void close_server(struct server *server)
{
        listener_close(&server->listener);
        for (size_t i = 0; i < server->client_count; i++)
                if (server->clients[i].wants != GIVEN)
                        refuse(server, i, ESHUTDOWN, "the server ends");
        await_taken(server);
        for (int i = 0; i < POOLS; i++)
                pinfold_pool_free(server->pools[i]);
        close(server->signals);
}

static int serve_request(struct request *request, const struct place *place)
{
        struct server server = {.listener.fd = -1, .signals = open_signals()};
        int status = STATUS_SETUP;

        if (server.signals < 0)
                complain("cannot receive signals: %s", strerror(errno));
        else if (make_welcome(&server, request) == 0 && open_pools(&server, place->size, request) == 0 &&
                 listener_open(&server.listener, place->path) == 0 && refuse_inherited(request, &server.listener) == 0)
                status = loop(&server);
        close_server(&server);
        return status;
}

static int serve(int argc, char **argv)
{
        struct place place = {.size = SIZE_DEFAULT};
        struct request request;
        int status = STATUS_SETUP, r = request_parse(&request, argv + 1, options, &place);

        (void)argc;
        if (r == 0) {
                help();
                status = 0;
        } else if (r > 0 && request.words[0]) {
                complain("pinfold serve takes no command: %s", request.words[0]);
        } else if (r > 0 && request.via.path) {
                complain("--via is for those who are served");
        } else if (r > 0 && refuse_guarded(&request) == 0 && refuse_hidden(&request) == 0 &&
                   refuse_writable(&request, place.path) == 0 && refuse_kept(&request) == 0 && check_size(place.size) == 0 && request_settle(&request) == 0) {
                status = serve_request(&request, &place);
        }
        request_free(&request);
        return status;
}

const struct command command_serve = {
        .name = "serve",
        .summary = "keep containers ready for run --via",
        .run = serve,
        .options = options,
};

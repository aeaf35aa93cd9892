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
#include "cli/hints.h"
#include "cli/message.h"
#include "cli/peer.h"
#include "cli/request.h"
#include "cli/via.h"

#define CLIENTS 64      /* that wait at the same time */
#define PATIENCE 10000  /* milliseconds that a client may take to say what it wants, and to take what it gets */
#define SAY_EVERY 1000  /* milliseconds */
#define LAST_MS 1000    /* that those who have just got a container may take at the end */
#define SPARE 64        /* descriptors of ours */
#define FIRST_SOCKET 3  /* sd_listen_fds(3) */
#define SIZE_DEFAULT 4
#define SIZE_MOST 100000

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
        const char *path; /* the socket, when we have made it */
        int listener, signals;
        struct via_reply welcome; /* what goes with each container */
        struct pinfold_pool *pools[POOLS];
        struct client clients[CLIENTS];
        size_t client_count;
        int64_t said; /* when the last line was written */
        dev_t device; /* of the socket that we have made */
        ino_t inode;
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

/* Nobody may read what we say: that must not hold us up, nor be more than a line a second. */
static bool may_say(struct server *server)
{
        struct pollfd error = {.fd = STDERR_FILENO, .events = POLLOUT};
        int64_t now = clock_msec();

        if (now - server->said < SAY_EVERY || poll(&error, 1, 0) <= 0 || !(error.revents & POLLOUT))
                return false;
        server->said = now;
        return true;
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
        if (recv(socket, &nothing, 1, MSG_PEEK) != 0 && may_say(server))
                complain("a client was refused: %s", refusal);
        reply_error(socket, PINFOLD_STAGE_SERVE, EPERM, text);
        close_elsewhere(socket);
}

static void accept_client(struct server *server)
{
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        const char *refusal;

        if (fd < 0)
                return;
        refusal = peer_refusal(fd);
        if (refusal) {
                refuse_peer(server, fd, refusal);
        } else if (server->client_count < CLIENTS) {
                server->clients[server->client_count++] = (struct client){fd, clock_msec() + PATIENCE, SILENT};
        } else {
                reply_error(fd, PINFOLD_STAGE_SERVE, EBUSY, "the server is full: too many clients wait");
                close(fd);
        }
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
        if (pinfold_give(box, client->socket, &err) < 0 && err.error != EPIPE && err.error != ECONNRESET && may_say(server))
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
        if (may_say(server))
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
        struct sockaddr_un address;

        if (!path || via_address(path, &address) < 0)
                return 0;
        *strrchr(address.sun_path, '/') = '\0';
        if (!plan_writes(&request->plan, address.sun_path[0] ? address.sun_path : "/"))
                return 0;
        complain("the programs could write to the directory of the socket %s", path);
        hint("keep it elsewhere, in $XDG_RUNTIME_DIR for one");
        return -1;
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

/* What is about programs goes to each client; what is about running the command is not a server's to say. */
static int make_welcome(struct server *server, const struct request *request)
{
        struct via_reply *welcome = &server->welcome;

        *welcome = (struct via_reply){.version = VIA_VERSION, .network = request->network};
        for (size_t i = 0; i < request->choices.count; i++) {
                const struct choice *choice = &request->choices.list[i];
                size_t room = sizeof(welcome->text) - welcome->size;
                int length;

                if (request_of_command(choice_name(choice)) && strcmp(choice_name(choice), "args-from") != 0) {
                        complain("--%s is for pinfold run", choice_name(choice));
                        return -1;
                }
                if (!request_of_program(choice_name(choice)))
                        continue;
                length = snprintf(welcome->text + welcome->size, room, "--%s=%s", choice_name(choice), choice->value);
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
                        return -1;
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

/* ---- The socket ------------------------------------------------------------------------------------------------ */

/* Given by a service manager, or -1. */
static int given_listener(void)
{
        const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
        int type, listening;
        socklen_t size = sizeof(type);

        if (!pid || !count || atol(pid) != getpid() || atoi(count) < 1)
                return -1;
        if (atoi(count) == 1 && getsockopt(FIRST_SOCKET, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET &&
            getsockopt(FIRST_SOCKET, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening)
                return fcntl(FIRST_SOCKET, F_DUPFD_CLOEXEC, FIRST_SOCKET);
        complain("LISTEN_FDS: not one listening socket of type SOCK_SEQPACKET");
        hint("in a systemd socket unit: ListenSequentialPacket=");
        return -2;
}

/* What an earlier server has left: nobody listens there. */
static bool is_abandoned(const struct sockaddr_un *address)
{
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct stat info;
        bool refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 && errno == ECONNREFUSED;

        if (fd >= 0)
                close(fd);
        errno = EADDRINUSE; /* as before */
        return refused && lstat(address->sun_path, &info) == 0 && S_ISSOCK(info.st_mode) && info.st_uid == geteuid();
}

static int bind_to(int fd, const struct sockaddr_un *address)
{
        mode_t before = umask(0177);
        int r = bind(fd, (const struct sockaddr *)address, sizeof(*address));

        if (r < 0 && errno == EADDRINUSE && is_abandoned(address))
                r = unlink(address->sun_path) < 0 ? -1 : bind(fd, (const struct sockaddr *)address, sizeof(*address));
        umask(before);
        return r;
}

static int open_listener(struct server *server, const char *path)
{
        struct sockaddr_un address;
        struct stat info;
        int r = via_address(path, &address);

        if (r < 0) {
                complain("--socket %s: %s", path, r == -EINVAL ? "the path is empty" : strerror(-r));
                return -1;
        }
        server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (server->listener >= 0 && bind_to(server->listener, &address) == 0 && listen(server->listener, CLIENTS) == 0 &&
            lstat(address.sun_path, &info) == 0) {
                server->path = path;
                server->device = info.st_dev;
                server->inode = info.st_ino;
                return 0;
        }
        complain("--socket %s: %s", path, strerror(errno));
        if (errno == EADDRINUSE)
                hint("there is a file, or a server that listens");
        return -1;
}

/* ---- The command ----------------------------------------------------------------------------------------------- */

static void help(void)
{
        printf("Usage: pinfold serve --socket PATH [--size N] [OPTION]...\n\n"
               "Keeps containers ready, with all set up but the command, and gives one to each `pinfold run --via PATH`\n"
               "of the same user. OPTIONs are those of pinfold run: they say what is in the containers.\n\n"
               "  pinfold serve --socket ~/.cache/judge.socket --size 16 --profile judge &\n"
               "  pinfold run --via ~/.cache/judge.socket -- ./solution < input\n\n"
               "  --socket PATH    the unix socket to listen at; not needed where a service manager gives one\n"
               "  --size N         how many containers are kept ready, 1 to %d (%d)\n"
               "  --help           this text\n\n"
               "Ends at SIGTERM, SIGINT or SIGHUP; containers that were given away run on. Manual: pinfold-serve(1).\n",
               SIZE_MOST, SIZE_DEFAULT);
}

/* Takes ours out of the words, which end with NULL. Returns 1; 0 when help was asked for; or -1 after a message. */
static int take_options(char **words, const char **ret_path, unsigned *ret_size)
{
        char **kept = words;

        for (; *words; words++) {
                bool is_socket = strncmp(*words, "--socket", 8) == 0 && (!(*words)[8] || (*words)[8] == '=');
                bool is_size = strncmp(*words, "--size", 6) == 0 && (!(*words)[6] || (*words)[6] == '=');
                const char *value = strchr(*words, '=');
                char *end;

                if (strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0)
                        return 0;
                if (!is_socket && !is_size) {
                        *kept++ = *words;
                        continue;
                }
                value = value ? value + 1 : *++words;
                if (!value) {
                        complain("option %s needs a value", is_socket ? "--socket" : "--size");
                        return -1;
                }
                if (is_socket) {
                        *ret_path = value;
                        continue;
                }
                *ret_size = (unsigned)strtoul(value, &end, 10);
                if (*value < '1' || *value > '9' || *end || *ret_size > SIZE_MOST || strlen(value) > 6) {
                        complain("--size %s: not a number from 1 to %d", value, SIZE_MOST);
                        return -1;
                }
        }
        *kept = NULL;
        return 1;
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
                        {.fd = server->listener, .events = POLLIN},
                };

                for (int i = 0; i < POOLS; i++)
                        polled[2 + i] = (struct pollfd){.fd = pinfold_pool_fd(server->pools[i]), .events = POLLIN};
                for (size_t i = 0; i < count; i++)
                        polled[2 + POOLS + i] = (struct pollfd){.fd = server->clients[i].socket, .events = POLLIN};
                if (poll(polled, 2 + POOLS + count, count ? 1000 : -1) < 0 && errno != EINTR) {
                        complain("poll: %s", strerror(errno));
                        return STATUS_SETUP;
                }
                if (polled[0].revents)
                        return 0;
                see_to_clients(server, polled + 2 + POOLS, count);
                for (int i = 0; i < POOLS; i++)
                        if (polled[2 + i].revents)
                                refill(server, i);
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

/* Not another server's, which has taken our place. */
static void remove_socket(const struct server *server)
{
        struct stat info;

        if (server->path && lstat(server->path, &info) == 0 && info.st_dev == server->device && info.st_ino == server->inode)
                unlink(server->path);
}

static void close_server(struct server *server)
{
        remove_socket(server);
        for (size_t i = 0; i < server->client_count; i++)
                if (server->clients[i].wants != GIVEN)
                        refuse(server, i, ESHUTDOWN, "the server ends");
        await_taken(server);
        for (int i = 0; i < POOLS; i++)
                pinfold_pool_free(server->pools[i]);
        close(server->listener);
        close(server->signals);
}

/* The listener that a service manager gives, or the one at `path`; -1 after a message. */
static int listen_at(struct server *server, const char *path)
{
        if (path)
                return open_listener(server, path);
        server->listener = given_listener();
        if (server->listener == -1)
                complain("where to listen? --socket PATH");
        return server->listener < 0 ? -1 : 0;
}

static int serve_request(struct request *request, const char *path, unsigned size)
{
        struct server server = {.listener = -1, .signals = open_signals()};
        int status = STATUS_SETUP;

        if (make_welcome(&server, request) == 0 && open_pools(&server, size, request) == 0 && listen_at(&server, path) == 0)
                status = loop(&server);
        close_server(&server);
        return status;
}

static int serve_words(char **words, const char *path, unsigned size)
{
        struct request request;
        int status = STATUS_SETUP, r = request_parse(&request, words);

        if (r > 0 && request.words[0])
                complain("pinfold serve takes no command: %s", request.words[0]);
        else if (r > 0 && request.via.path)
                complain("--via is for those who are served");
        else if (r > 0 && refuse_guarded(&request) == 0 && refuse_hidden(&request) == 0 && refuse_writable(&request, path) == 0 &&
                 check_size(size) == 0 && request_settle(&request) == 0)
                status = serve_request(&request, path, size);
        request_free(&request);
        return status;
}

static int serve(int argc, char **argv)
{
        unsigned size = SIZE_DEFAULT;
        const char *path = NULL;
        int r = take_options(argv + 1, &path, &size);

        (void)argc;
        if (r == 0)
                help();
        return r > 0 ? serve_words(argv + 1, path, size) : r == 0 ? 0 : STATUS_SETUP;
}

const struct command command_serve = {
        .name = "serve",
        .summary = "keep containers ready for run --via",
        .run = serve,
        .words = "--socket --size",
        .runs = true,
};

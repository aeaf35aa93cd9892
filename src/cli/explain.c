/* SPDX-License-Identifier: MIT */
/* pinfold explain: what `pinfold run` would set up with the same options, for people or as JSON. Nothing is started. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/environment.h"
#include "cli/json.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/request.h"

static int set_json(void *userdata, char *value)
{
        (void)value;
        *(bool *)userdata = true;
        return 0;
}

static const struct option_spec options[] = {
        {"json", NULL, "the same for machines; two of them can be compared", set_json},
        {.then = request_options},
};

static void help(void)
{
        printf("Usage: pinfold explain [--json] [OPTION]... [--] [COMMAND [ARGUMENT]...]\n\n"
               "Says what `pinfold run` with the same options would set up: the files in view and why, identity, network,\n"
               "environment, sockets that can be reached, and what the syscall filter refuses. Runs nothing.\n");
        request_help(options);
}

/* In the flags of /proc/net/unix (__SO_ACCEPTCON). */
#define UNIX_LISTENS 0x10000u

/* ---- What there is to say -------------------------------------------------------------------------------------- */

/* How the program may use what a step shows. */
static const char *access_of(const struct step *step)
{
        const char *name = step->option->name;

        if (strcmp(name, "bind") == 0 || strcmp(name, "root") == 0)
                return step_has_flag(step, "writable") ? "write" : "read";
        if (strcmp(name, "protect") == 0)
                return step_has_flag(step, "writable") ? "write" : "read";
        if (strcmp(name, "tmpfs") == 0 || strcmp(name, "overlay") == 0)
                return "scratch";
        if (strcmp(name, "symlink") == 0)
                return "link";
        return name;
}

/*
 * Calls `each` for every unix socket of the host that lies in what is visible, and can be connected or sent to. Returns how
 * many more there are, which were bound by relative names: relative to what, only their owners know.
 */
static size_t each_socket(const struct plan *plan, void (*each)(void *userdata, const char *path), void *userdata)
{
        FILE *file = fopen("/proc/net/unix", "re");
        char *line = NULL;
        size_t room = 0, relative = 0;

        while (file && getline(&line, &room, file) >= 0) {
                unsigned flags = 0, type = 0;
                int at = 0;
                const char *path = line;

                line[strcspn(line, "\n")] = '\0';
                sscanf(line, "%*s %*s %*s %x %x %*s %*s %n", &flags, &type, &at);
                path += at;
                if (at == 0 || *path == '\0' || *path == '@' || !((flags & UNIX_LISTENS) || type == SOCK_DGRAM))
                        continue;
                if (*path != '/')
                        relative++;
                else if (access(path, F_OK) == 0 && plan_shows(plan, path))
                        each(userdata, path);
        }
        free(line);
        if (file)
                fclose(file);
        return relative;
}

/* The lines of the filter as it would be loaded. */
static FILE *filter_rules(struct request *request, struct pinfold_error *err)
{
        int fd = memfd_create("filter", MFD_CLOEXEC);
        FILE *file;

        if (fd < 0 || pinfold_seccomp_dump_loaded(pinfold_seccomp(request->box), fd, err) < 0)
                return NULL;
        file = fdopen(fd, "r");
        if (file)
                rewind(file);
        return file;
}

/* Of those options that bound what the program may use, and how it is bounded. */
static bool limits(const struct choice *choice)
{
        static const char *const names[] = {"timeout", "rlimit", "nice", "cpus", "cgroup"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(choice_name(choice), names[i]) == 0)
                        return true;
        return false;
}

/* The id inside, as text to be freed: of the option, of the map, or the caller's own. */
static char *id_of(const struct request *request, const char *option, const char *map, unsigned own)
{
        const char *value = choices_value(&request->choices, option);

        if (value)
                return text("%s", value);
        value = choices_value(&request->choices, map);
        if (value)
                return text("of the map %s", value);
        return request->empty ? text("of nobody") : text("%u", own);
}

static const char *power_of(const struct request *request)
{
        if (choices_have(&request->choices, "privileged"))
                return "CAP_SYS_ADMIN over what it mounts itself";
        if (choices_have(&request->choices, "nested"))
                return "capabilities only in user namespaces that it creates";
        return "no capability, nor a way to one";
}

static bool refuses(const char *line)
{
        return line[0] != '#' && !strstr(line, " allow\n");
}

/* ---- For people ------------------------------------------------------------------------------------------------ */

static void print_socket(void *userdata, const char *path)
{
        size_t *count = userdata;

        answer("%-11s %s", (*count)++ == 0 ? "Sockets" : "", path);
}

static void print_words(const char *title, const char *const *words, size_t count)
{
        char *line = text("%-11s", title);

        for (size_t i = 0; i < count; i++) {
                char *longer;

                if (strlen(line) + strlen(words[i]) > 78) {
                        answer("%s", line);
                        free(line);
                        line = text("%-11s", "");
                }
                longer = text("%s %s", line, words[i]);
                free(line);
                line = longer;
        }
        answer("%s%s", line, count ? "" : " nothing");
        free(line);
}

static void print_environment(const struct request *request)
{
        size_t count = 0, kept = 0, dropped = 0;
        const char **keep, **drop;

        while (environ[count])
                count++;
        keep = must(calloc(2 * count + 1, sizeof(*keep)));
        drop = keep + count;
        for (size_t i = 0; i < count; i++) {
                char *name = text("%.*s", (int)strcspn(environ[i], "="), environ[i]);

                if (!request->empty && environment_keeps(environ[i], request->network))
                        keep[kept++] = name;
                else
                        drop[dropped++] = name;
        }
        print_words("Variables", keep, kept);
        print_words("  dropped", drop, dropped);
        for (size_t i = 0; i < kept; i++)
                free((char *)(uintptr_t)keep[i]);
        for (size_t i = 0; i < dropped; i++)
                free((char *)(uintptr_t)drop[i]);
        free(keep);
}

static void print_filter(FILE *rules)
{
        const char **words = NULL;
        char *line = NULL;
        size_t room = 0, count = 0;

        while (getline(&line, &room, rules) >= 0) {
                char *name = refuses(line) ? text("%.*s", (int)strcspn(line, " \t"), line) : NULL;

                /* Once, however many conditions there are. */
                if (name && (count == 0 || strcmp(words[count - 1], name) != 0)) {
                        words = must(reallocarray(words, count + 1, sizeof(*words)));
                        words[count++] = name;
                } else {
                        free(name);
                }
        }
        print_words("Refused", words, count);
        for (size_t i = 0; i < count; i++)
                free((char *)(uintptr_t)words[i]);
        free(words);
        free(line);
}

static void print_identity(const struct request *request)
{
        char *uid = id_of(request, "uid", "map-uids", geteuid()), *gid = id_of(request, "gid", "map-gids", getegid());

        answer("%-11s uid %s, gid %s; %s", "Identity", uid, gid, power_of(request));
        free(uid);
        free(gid);
}

static void print_limits(const struct choices *choices)
{
        const char *title = "Limits";

        for (size_t i = 0; i < choices->count; i++)
                if (limits(&choices->list[i])) {
                        answer("%-11s %s %s", title, choice_name(&choices->list[i]), choices->list[i].value);
                        title = "";
                }
        if (*title)
                answer("%-11s the caller's own", title);
}

static void print_program(char **words)
{
        char *line = text("%-11s", "Program");

        for (; *words; words++) {
                char *longer = text("%s %s", line, *words);

                free(line);
                line = longer;
        }
        answer("%s", line);
        free(line);
}

static void print_people(struct request *request, FILE *rules)
{
        size_t sockets = 0, relative;

        if (request->words[0])
                print_program(request->words);
        print_identity(request);
        answer("%-11s %s", "Network", request->network ? "the host's" : "none, but a loopback device");
        answer("%-11s %s", "Filter", request->filter ? request->filter : "as the options say");
        print_limits(&request->choices);
        printf("\n");
        for (size_t i = 0; i < request->plan.count; i++) {
                const struct step *step = &request->plan.steps[i];
                bool moved = step->source && strcmp(step->source, step->target) != 0;

                answer("  %-9s %s%s%s  (%s)", access_of(step), step->target, moved ? " from " : "",
                     moved ? step->source : "", step->why);
        }
        printf("\n");
        relative = each_socket(&request->plan, print_socket, &sockets);
        if (sockets == 0)
                answer("%-11s none below what is visible", "Sockets");
        if (relative > 0)
                answer("%-11s perhaps %zu more, bound by relative names: where they are cannot be told", "", relative);
        print_environment(request);
        print_filter(rules);
}

/* ---- For machines ---------------------------------------------------------------------------------------------- */

static void json_socket(void *userdata, const char *path)
{
        json_string(userdata, NULL, path);
}

static void json_files(struct json *json, const struct plan *plan)
{
        json_open(json, "files", '[');
        for (size_t i = 0; i < plan->count; i++) {
                const struct step *step = &plan->steps[i];

                json_open(json, NULL, '{');
                json_string(json, "access", access_of(step));
                json_string(json, "path", step->target);
                if (step->source)
                        json_string(json, "source", step->source);
                json_string(json, "operation", step->option->name);
                json_string(json, "value", step->value);
                json_string(json, "why", step->why);
                json_close(json, '}');
        }
        json_close(json, ']');
}

static void json_environment(struct json *json, const struct request *request, bool kept)
{
        json_open(json, kept ? "variables" : "variables_dropped", '[');
        for (char **variable = environ; *variable; variable++) {
                char *name = text("%.*s", (int)strcspn(*variable, "="), *variable);

                if ((!request->empty && environment_keeps(*variable, request->network)) == kept)
                        json_string(json, NULL, name);
                free(name);
        }
        json_close(json, ']');
}

static void json_filter(struct json *json, FILE *rules)
{
        char *line = NULL;
        size_t room = 0;

        json_open(json, "rules", '[');
        while (getline(&line, &room, rules) >= 0) {
                line[strcspn(line, "\n")] = '\0';
                if (line[0] != '#')
                        json_string(json, NULL, line);
        }
        json_close(json, ']');
        free(line);
}

static void json_identity(struct json *json, const struct request *request)
{
        char *uid = id_of(request, "uid", "map-uids", geteuid()), *gid = id_of(request, "gid", "map-gids", getegid());

        json_string(json, "uid", uid);
        json_string(json, "gid", gid);
        json_string(json, "capabilities", power_of(request));
        free(uid);
        free(gid);
}

static void json_limits(struct json *json, const struct choices *choices)
{
        json_open(json, "limits", '[');
        for (size_t i = 0; i < choices->count; i++)
                if (limits(&choices->list[i])) {
                        json_open(json, NULL, '{');
                        json_string(json, "option", choice_name(&choices->list[i]));
                        json_string(json, "value", choices->list[i].value);
                        json_close(json, '}');
                }
        json_close(json, ']');
}

static void print_json(struct request *request, FILE *rules)
{
        struct json json = {.out = stdout};
        size_t relative;

        json_open(&json, NULL, '{');
        json_open(&json, "command", '[');
        for (char **words = request->words; *words; words++)
                json_string(&json, NULL, *words);
        json_close(&json, ']');
        json_identity(&json, request);
        json_string(&json, "network", request->network ? "host" : "none");
        json_string(&json, "directory", request->directory);
        json_limits(&json, &request->choices);
        json_files(&json, &request->plan);
        json_open(&json, "sockets", '[');
        relative = each_socket(&request->plan, json_socket, &json);
        json_close(&json, ']');
        json_integer(&json, "sockets_relative", (int64_t)relative);
        json_environment(&json, request, true);
        json_environment(&json, request, false);
        json_string(&json, "filter", request->filter ? request->filter : "");
        json_filter(&json, rules);
        json_close(&json, '}');
        printf("\n");
}

static int explain_request(struct request *request, bool json)
{
        struct pinfold_error err = {0};
        FILE *rules = filter_rules(request, &err);

        if (!rules) {
                complain("%s", err.error ? err.text : strerror(errno));
                return STATUS_SETUP;
        }
        if (json)
                print_json(request, rules);
        else
                print_people(request, rules);
        fclose(rules);
        return 0;
}

static int explain(int argc, char **argv)
{
        bool json = false;
        struct request request;
        int status = STATUS_SETUP, r = request_parse(&request, argv + 1, options, &json);

        (void)argc;
        if (r == 0) {
                help();
                status = 0;
        } else if (r > 0 && request.via.path) {
                complain("what --via starts in is set up by the server: explain with the options of `pinfold serve`");
        } else if (r > 0 && (!request.words[0] || request_command(&request) == 0) && request_settle(&request) == 0) {
                status = explain_request(&request, json);
        }
        request_free(&request);
        return status;
}

const struct command command_explain = {
        .name = "explain",
        .summary = "say what run would set up, without running it",
        .run = explain,
        .options = options,
        .runs = true,
};

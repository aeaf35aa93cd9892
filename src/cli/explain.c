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
#include "cli/texts.h"

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
        return words_find("timeout|rlimit|nice|cpus|cgroup", choice_name(choice)) >= 0;
}

/* What no other part tells: what is said of it is that it was given. */
static bool is_other(const struct choice *choice)
{
        static const char told[] = "read|write|hide|net|filter|env|chdir|uid|gid|map-uids|map-gids|capability|nested|privileged|"
                                   "profile|args-from";

        return !(choice->library && choice->library->kind == PINFOLD_OPTION_OPERATION) && !limits(choice) &&
               words_find(told, choice_name(choice)) < 0;
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

static const char *directory_of(const struct request *request)
{
        return request->empty && !request->directory_set ? "/" : request->directory;
}

static char *join(char *line, const char *separator, const char *more)
{
        char *longer = text("%s%s%s", line, *line ? separator : "", more);

        free(line);
        return longer;
}

/* To be freed. */
static char *power_of(const struct request *request)
{
        char *kept = text("%s", ""), *power = text("%s", "");

        for (size_t i = 0; i < request->choices.count; i++)
                if (strcmp(choice_name(&request->choices.list[i]), "capability") == 0)
                        kept = join(kept, " ", request->choices.list[i].value);
        if (*kept) {
                free(power);
                power = text("capabilities over the container: %s", kept);
        }
        free(kept);
        if (choices_have(&request->choices, "privileged"))
                power = join(power, "; ", "CAP_SYS_ADMIN over what it mounts itself");
        if (choices_have(&request->choices, "nested"))
                power = join(power, "; ", *power ? "all in user namespaces that it creates" : "capabilities only in user namespaces that it creates");
        return *power ? power : join(power, "", "no capability, nor a way to one");
}

/* Those of the caller that the program does not get. */
static struct environment dropped_from(const struct environment *environment)
{
        struct environment dropped = {0};

        for (char **variable = environ; *variable; variable++)
                if (!environment_has(environment, *variable))
                        environment_note(&dropped, *variable, strcspn(*variable, "="));
        environment_sort(&dropped);
        return dropped;
}

static bool refuses(const char *line)
{
        return line[0] != '#' && !strstr(line, " allow\n");
}

/* What will be an error. */
static bool is_missing(const struct step *step)
{
        return step_is(step, "bind") && !step_has_flag(step, "optional") && access(step->source, F_OK) < 0 && errno == ENOENT;
}

/* ---- For people ------------------------------------------------------------------------------------------------ */

static void print_socket(void *userdata, const char *path)
{
        size_t *count = userdata;

        answer("%-11s %s", (*count)++ == 0 ? "Sockets" : "", path);
}

static void print_words(const char *title, char *const *words, size_t count)
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

static void print_environment(const struct environment *environment)
{
        struct environment dropped = dropped_from(environment);

        print_words("Variables", environment->names, environment->count);
        print_words("  dropped", dropped.names, dropped.count);
        environment_free(&dropped);
}

/* A call that is refused with some arguments is another thing than one that is refused. */
static void print_filter(FILE *rules)
{
        struct texts refused = {0}, always = {0}, allowed = {0}, whole = {0}, partly = {0};
        char *line = NULL;
        size_t room = 0;

        while (getline(&line, &room, rules) >= 0) {
                size_t length = strcspn(line, " \t");
                bool any = line[length + strspn(line + length, " \t")] == '-', refusing = refuses(line);

                if (line[0] == '#')
                        continue;
                line[length] = '\0';
                texts_add(refusing ? &refused : &allowed, line);
                if (refusing && any)
                        texts_add(&always, line);
        }
        for (size_t i = 0; i < refused.count; i++) {
                const char *name = refused.items[i];

                texts_add(texts_has(&always, name) && !texts_has(&allowed, name) ? &whole : &partly, name);
        }
        print_words("Refused", whole.items, whole.count);
        print_words("  in part", partly.items, partly.count);
        texts_free(&refused);
        texts_free(&always);
        texts_free(&allowed);
        texts_free(&whole);
        texts_free(&partly);
        free(line);
}

static void print_identity(const struct request *request)
{
        char *uid = id_of(request, "uid", "map-uids", geteuid()), *gid = id_of(request, "gid", "map-gids", getegid());
        char *power = power_of(request);

        answer("%-11s uid %s, gid %s; %s", "Identity", uid, gid, power);
        free(power);
        free(uid);
        free(gid);
}

static void print_choices(const char *title, const struct choices *choices, bool (*wanted)(const struct choice *choice), const char *none)
{
        for (size_t i = 0; i < choices->count; i++) {
                const struct choice *choice = &choices->list[i];

                if (!wanted(choice))
                        continue;
                answer("%-11s %s%s%s", title, choice_name(choice), choice->value ? " " : "", choice->value ? choice->value : "");
                title = "";
        }
        if (*title && none)
                answer("%-11s %s", title, none);
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
        answer("%-11s %s", "Directory", directory_of(request));
        answer("%-11s %s", "Network", request->network ? "the host's" : "none, but a loopback device");
        answer("%-11s %s", "Filter", request->filter ? request->filter : "as the options say");
        print_choices("Options", &request->choices, is_other, NULL);
        print_choices("Limits", &request->choices, limits, "the caller's own");
        printf("\n");
        for (size_t i = 0; i < request->plan.count; i++) {
                const struct step *step = &request->plan.steps[i];
                bool moved = step->source && strcmp(step->source, step->target) != 0;

                answer("  %-9s %s%s%s  (%s%s)", access_of(step), step->target, moved ? " from " : "",
                       moved ? step->source : "", step->why, is_missing(step) ? "; it is not there" : "");
        }
        printf("\n");
        relative = each_socket(&request->plan, print_socket, &sockets);
        if (sockets == 0)
                answer("%-11s none below what is visible", "Sockets");
        if (relative > 0)
                answer("%-11s perhaps %zu more, bound by relative names: where they are cannot be told", "", relative);
        print_environment(&request->environment);
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

static void json_environment(struct json *json, const struct environment *environment)
{
        struct environment dropped = dropped_from(environment);

        json_open(json, "variables", '[');
        for (size_t i = 0; i < environment->count; i++)
                json_string(json, NULL, environment->names[i]);
        json_close(json, ']');
        json_open(json, "variables_dropped", '[');
        for (size_t i = 0; i < dropped.count; i++)
                json_string(json, NULL, dropped.names[i]);
        json_close(json, ']');
        environment_free(&dropped);
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
        char *power = power_of(request);

        json_string(json, "uid", uid);
        json_string(json, "gid", gid);
        json_string(json, "capabilities", power);
        free(power);
        free(uid);
        free(gid);
}

static void json_choices(struct json *json, const char *name, const struct choices *choices, bool (*wanted)(const struct choice *choice))
{
        json_open(json, name, '[');
        for (size_t i = 0; i < choices->count; i++)
                if (wanted(&choices->list[i])) {
                        json_open(json, NULL, '{');
                        json_string(json, "option", choice_name(&choices->list[i]));
                        if (choices->list[i].value)
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
        json_string(&json, "directory", directory_of(request));
        json_choices(&json, "limits", &request->choices, limits);
        json_choices(&json, "options", &request->choices, is_other);
        json_files(&json, &request->plan);
        json_open(&json, "sockets", '[');
        relative = each_socket(&request->plan, json_socket, &json);
        json_close(&json, ']');
        json_integer(&json, "sockets_relative", (int64_t)relative);
        json_environment(&json, &request->environment);
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
        environment_sort(&request->environment);
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

/* SPDX-License-Identifier: MIT */
/* The options of `pinfold run`, and in which order they and the defaults have their say: see request_parse. */
#define _GNU_SOURCE

#include "cli/request.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/environment.h"
#include "cli/exposed.h"
#include "cli/gitconfig.h"
#include "cli/homes.h"
#include "cli/lookup.h"
#include "cli/memory.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/places.h"
#include "cli/profiles.h"
#include "cli/streams.h"
#include "cli/view.h"

/* Where a command without a slash is looked up when there is no PATH. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

/* ---- Files ----------------------------------------------------------------------------------------------------- */

/* The colon between PATH and DEST, or the end. */
static const char *separator(const char *value)
{
        for (; *value && *value != ':'; value++)
                if (*value == '\\' && value[1])
                        value++;
        return value;
}

/* PATH[:DEST], both allocated and absolute; a '\' takes the next character as it is. */
static struct tree split(const struct request *request, const char *value)
{
        char *copy = must(malloc(strlen(value) + 1)), *out = copy, *target = NULL;
        struct tree tree = {0};

        for (const char *in = value; *in; in++) {
                if (*in == '\\' && in[1])
                        *out++ = *++in;
                else if (*in == ':' && !target)
                        *out++ = '\0', target = out;
                else
                        *out++ = *in;
        }
        *out = '\0';
        tree.source = path_absolute(request->here, copy);
        tree.target = target ? path_absolute("/", target) : text("%s", tree.source);
        free(copy);
        return tree;
}

static void free_tree(struct tree *tree)
{
        if (tree->guarded)
                git_free(&tree->git);
        free(tree->source);
        free(tree->target);
}

/* To something else in the home directory: what is there is nobody's business who could make a link. */
static bool leads_away(const struct request *request, const struct tree *tree, const char *real)
{
        char *above = path_absolute(tree->source, ".."), *directory = realpath(above, NULL);
        char *home = request->home ? realpath(request->home, NULL) : NULL;
        bool away = home && path_is_below(real, home) && (!directory || !path_is_below(real, directory));

        free(home);
        free(directory);
        free(above);
        return away;
}

/*
 * An earlier run may have left a link there, to anything: it is followed once, here, and said so. What is private is shown
 * to who names it, and not to who names a link.
 */
static int follow(const struct request *request, const char *option, struct tree *tree)
{
        char *real = realpath(tree->source, NULL);
        const char *refused = NULL;

        if (!real || strcmp(real, tree->source) == 0) {
                free(real);
                return 0; /* what does not exist is an error of setup */
        }
        if (home_in(real, request->home) || (request->home && home_keeps_credentials(real, request->home)))
                refused = "where private things are";
        else if (leads_away(request, tree, real))
                refused = "away from where it is";
        if (refused) {
                complain("%s %s is a link to %s, %s", option, tree->source, real, refused);
                hint("%s %s, if it is meant", option, real);
                free(real);
                return -1;
        }
        complain("%s %s is %s", option, tree->source, real);
        /* Where the link is there inside, too, it has to lead somewhere. */
        if (strcmp(tree->target, tree->source) == 0 && plan_shows(&request->plan, tree->source)) {
                free(tree->target);
                tree->target = text("%s", real);
        }
        free(tree->source);
        tree->source = real;
        return 0;
}

/* What an unset variable of a script gives: it would be the current directory. */
static int refuse_empty(const char *option)
{
        complain("%s: the path is empty", option);
        return -1;
}

/* The value of -r or -w. For free_tree in any case. */
static int take_tree(const struct request *request, const char *option, const char *value, struct tree *ret)
{
        const char *target;

        *ret = (struct tree){0};
        if (*value == '\0' || *value == ':')
                return refuse_empty(option);
        target = separator(value);
        if (*target && target[1] != '/') {
                complain("%s %s: %s is no absolute path", option, value, target[1] ? target + 1 : "what follows the colon");
                hint("%s PATH:DEST shows PATH at DEST; -r shows it read-only, -w lets the program change it", option);
                return -1;
        }
        *ret = split(request, value);
        if (!request->empty && strcmp(ret->target, "/") == 0) {
                complain("%s %s would cover all that is set up", option, value);
                hint("%s /:/host shows it at /host; --empty --root / is the host's root, and nothing else", option);
                return -1;
        }
        return follow(request, option, ret);
}

static int set_read(void *userdata, char *value)
{
        struct request *request = userdata;
        struct tree tree;

        if (take_tree(request, "-r", value, &tree) < 0) {
                free_tree(&tree);
                return -1;
        }
        plan_bind(&request->plan, tree.source, tree.target, "no-symlinks", request->place ? request->place : "-r");
        free_tree(&tree);
        return 0;
}

static int set_write(void *userdata, char *value)
{
        struct request *request = userdata;
        struct tree tree;

        if (take_tree(request, "-w", value, &tree) < 0) {
                free_tree(&tree);
                return -1;
        }
        plan_bind(&request->plan, tree.source, tree.target, "writable,no-symlinks", request->place ? request->place : "-w");
        request->writes = must(reallocarray(request->writes, request->write_count + 1, sizeof(tree)));
        request->writes[request->write_count++] = tree;
        return 0;
}

static int set_hide(void *userdata, char *value)
{
        struct request *request = userdata;
        char *path;

        if (*value == '\0')
                return refuse_empty("--hide");
        path = path_absolute(request->here, value);
        /* What it is when there is nothing yet, a slash at the end says. */
        if (value[strlen(value) - 1] == '/' && strcmp(path, "/") != 0) {
                char *directory = text("%s/", path);

                free(path);
                path = directory;
        }
        request->hides = must(reallocarray(request->hides, request->hide_count + 1, sizeof(*request->hides)));
        request->hides[request->hide_count++] = path;
        return 0;
}

static int set_allow_git(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->allow_git = true;
        return 0;
}

/* ---- The container --------------------------------------------------------------------------------------------- */

static int set_empty(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->empty = true;
        return 0;
}

static int set_net(void *userdata, char *value)
{
        struct request *request = userdata;

        request->network = strcmp(value, "host") == 0;
        return option_set(request->box, option_find("net"), value);
}

static int set_chdir(void *userdata, char *value)
{
        struct request *request = userdata;
        char *path;
        int r;

        if (*value == '\0')
                return refuse_empty("--chdir");
        path = path_absolute(request->here, value);
        r = option_set(request->box, option_find("chdir"), path);
        free(request->directory);
        request->directory = path;
        request->directory_set = true;
        return r;
}

/* The library's option takes NAME=VALUE alone: what its process has is none of its business. */
static int inherit_env(struct request *request, const char *name)
{
        const char *value = getenv(name);

        /* NAME VALUE, NAME:VALUE, ...: there would be no variable, without a word. */
        if (!value && name[strcspn(name, " \t:")]) {
                complain("%s is not the name of a variable", name);
                hint("--env takes NAME[=VALUE]");
                return -1;
        }
        if (!value)
                return 0;
        environment_add(&request->environment, name, value);
        if (strcmp(name, "PATH") == 0)
                request->search = value;
        return 0;
}

static int set_env(void *userdata, char *value)
{
        struct request *request = userdata;
        struct pinfold_error err = {0};

        if (value[0] != '\0' && !strchr(value, '='))
                return inherit_env(request, value);
        if (pinfold_set(request->box, "env", value, &err) < 0) {
                complain("%s", err.text);
                hint("--env takes NAME[=VALUE]");
                return -1;
        }
        environment_note(&request->environment, value, strcspn(value, "="));
        if (strncmp(value, "PATH=", 5) == 0)
                request->search = value + 5;
        if (strncmp(value, "TERM=", 5) == 0)
                request->term = true;
        return 0;
}

static int set_filter(void *userdata, char *value)
{
        struct request *request = userdata;
        struct pinfold_error err = {0};

        if (pinfold_seccomp_use(pinfold_seccomp(request->box), value, &err) < 0) {
                complain("%s", err.text);
                return -1;
        }
        /* Its rules stay, whatever presets are chosen later: profiles add up. */
        if (!request->filter || strcmp(request->filter, "allowlist") != 0)
                request->filter = value;
        return 0;
}

static int set_via(void *userdata, char *value)
{
        ((struct request *)userdata)->via.path = value;
        return 0;
}

static int set_argv0(void *userdata, char *value)
{
        ((struct request *)userdata)->argv0 = value;
        return 0;
}

/* These have had their effect before. */
static int set_nothing(void *userdata, char *value)
{
        (void)userdata;
        (void)value;
        return 0;
}

static int set_tty(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->tty = TTY_ALWAYS;
        return 0;
}

static int set_no_tty(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->tty = TTY_NONE;
        return 0;
}

static int set_verbose(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->verbose = true;
        return 0;
}

static int set_cgroup(void *userdata, char *value)
{
        struct request *request = userdata;

        if (request->cgroup >= 0)
                close(request->cgroup);
        request->cgroup = open(value, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (request->cgroup < 0) {
                complain("--cgroup %s: %s", value, strerror(errno));
                return -1;
        }
        pinfold_set_cgroup(request->box, request->cgroup);
        return 0;
}

static int add_file(void *userdata, char *value)
{
        struct request *request = userdata;
        char what[48], *end;
        long fd;
        int shield;

        errno = 0;
        fd = strtol(value, &end, 10);
        if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || fd > INT_MAX) {
                complain("--file %s: not the number of a descriptor", value);
                return -1;
        }
        snprintf(what, sizeof(what), "--file %ld", fd);
        if (streams_check((int)fd, what) < 0)
                return -1;
        shield = streams_shield((int)fd); /* stays open until we end */
        if (shield < 0 && shield != -ENOENT) {
                complain("%s: %s", what, strerror(-shield));
                return -1;
        }
        pinfold_add_file(request->box, shield >= 0 ? shield : (int)fd);
        return 0;
}

const struct option_spec request_options[] = {
        {"profile", "NAME|PATH", "begins with the options of a profile, otherwise of the one called default; repeatable",
         set_nothing, 'p'},
        {"args-from", "FILE|FD", "reads more arguments, each ended by a NUL, from a file or descriptor", set_nothing},
        {"read", "PATH[:DEST]", "shows a file or directory, read-only, at its own path or at DEST", set_read, 'r'},
        {"write", "PATH[:DEST]", "the same, and the program may change it; what git would run or obey on the host later "
         "stays read-only", set_write, 'w'},
        {"allow-git-config", NULL, "lifts that: hooks and configuration of git may be changed below -w", set_allow_git},
        {"hide", "PATH", "hides a file or directory that would be visible otherwise; where there is nothing yet, nothing "
         "can be made", set_hide},
        {"net", "none|host", "the network: a private one with its loopback (none), or the host's", set_net, 'n'},
        {"env", "NAME[=VALUE]", "sets a variable of the environment; without =VALUE, to what it is outside, if it is set "
         "there", set_env, 'e'},
        {"chdir", "DIR", "the working directory inside; otherwise the current one", set_chdir, 'C'},
        {"tty", NULL, "gives the program a terminal of its own; the default when standard input and output are terminals "
         "and there is a /dev inside", set_tty, 't'},
        {"no-tty", NULL, "passes the standard streams on as they are, also terminals", set_no_tty},
        {"filter", "everyday|strict|allowlist", "the syscall filter: everyday; strict, all four lists of presets; allowlist, which refuses "
         "what it does not know", set_filter},
        {"empty", NULL, "begins with nothing: only what the options say is there, and no variable", set_empty},
        {"file", "FD", "passes an open descriptor on: the program sees the first one as 3, the next as 4, and so on",
         add_file},
        {"via", "PATH", "starts in a container that `pinfold serve` keeps ready; its options say what is in there", set_via},
        {"argv0", "NAME", "the program's name for itself; the command otherwise", set_argv0},
        {"cgroup", "DIR", "creates the container in this cgroup v2 directory", set_cgroup},
        {"status-fd", "FD", "writes to this descriptor what becomes of the run, a line of JSON for each event: started, "
         "failed, ended", set_nothing},
        {"verbose", NULL, "says on standard error what is done, step by step", set_verbose},
        {.library = true},
};

void request_help(const struct option_spec *options)
{
        printf("\nEvery day:\n");
        options_help(options);
}

/* ---- The order ------------------------------------------------------------------------------------------------- */

/* A person's ids, so that files look right. */
static void set_identity(struct pinfold *box, const struct choices *choices)
{
        if (!choices_have(choices, "map-uids"))
                pinfold_set_uid(box, geteuid());
        if (!choices_have(choices, "map-gids"))
                pinfold_set_gid(box, getegid());
}

static void begin_defaults(struct request *request)
{
        view_system(&request->plan, request->home, choices_have(&request->choices, "host-pid"));
        request->read_only_here = view_current(&request->plan, request->here, request->home);
        set_identity(request->box, &request->choices);
        pinfold_seccomp_use(pinfold_seccomp(request->box), "everyday", NULL);
        request->filter = "everyday";
        if (getenv("PATH"))
                request->search = getenv("PATH");
}

static int hide(struct request *request, const char *path)
{
        size_t length = strlen(path);
        bool directory = length > 1 && path[length - 1] == '/';
        char *bare = text("%.*s", (int)(length - (directory ? 1 : 0)), path);
        struct stat info = {0};
        bool exists = stat(bare, &info) == 0;

        if (!exists && errno != ENOENT && errno != ENOTDIR && errno != EACCES && errno != ELOOP) {
                complain("cannot hide %s: %s", bare, strerror(errno));
                free(bare);
                return -1;
        }
        /* Below what is read-only nothing can be made, and no mount point either. */
        if (exists ? S_ISDIR(info.st_mode) : directory) {
                if (exists || plan_writable(&request->plan, bare))
                        plan_target(&request->plan, "readonly", bare, "", "hidden");
        } else if (exists || plan_writable(&request->plan, bare)) {
                plan_target(&request->plan, "place", bare, "text=", "hidden");
        }
        free(bare);
        return 0;
}

/* Unless an option shows it, there is something else where the caller is: better to hear that than to wonder. */
static void tell_where(const struct request *request)
{
        if (!request->directory_set && !request->read_only_here && !plan_shows(&request->plan, request->directory))
                complain("the current directory, %s, is not shown inside: -r . or -w . shows it", request->directory);
}

static int end_defaults(struct request *request)
{
        tell_where(request);
        if (request->network)
                view_network(&request->plan);
        for (size_t i = 0; i < request->write_count; i++) {
                struct tree *tree = &request->writes[i];

                if (path_is_below(request->directory, tree->target))
                        request->read_only_here = false;
                if (request->allow_git)
                        continue;
                tree->guarded = true;
                if (git_protect(&tree->git, &request->plan, tree->source, tree->target) < 0)
                        return -1;
        }
        environment_pass(&request->environment, request->network);
        git_identity(&request->environment, request->directory, request->home);
        if (!request->directory_set)
                pinfold_set_dir(request->box, request->directory);
        return 0;
}

static int apply(struct request *request, const struct choice *choice)
{
        size_t planned = request->plan.count;
        int r = 0;

        message_at(choice->where);
        request->place = choice->where;
        if (choice->own)
                r = choice->own->apply(request, choice->value);
        else if (choice->library->kind != PINFOLD_OPTION_OPERATION)
                r = option_set(request->box, choice->library, choice->value);
        else
                plan_add(&request->plan, choice->library, choice->value, choice->where ? choice->where : "as asked");
        for (; planned < request->plan.count; planned++)
                request->plan.steps[planned].where = choice->where;
        message_at(NULL);
        return r;
}

/* Those of `choices` that are wanted, in their order; NULL: all. */
static int apply_wanted(struct request *request, const struct choices *choices, bool (*wanted)(const char *name))
{
        for (size_t i = 0; i < choices->count; i++)
                if ((!wanted || wanted(choice_name(&choices->list[i]))) && apply(request, &choices->list[i]) < 0)
                        return -1;
        return 0;
}

static bool is_variable(const char *name)
{
        return strcmp(name, "env") == 0;
}

/* What the program could write today would decide what it may do tomorrow. */
static int check_profiles(const struct request *request)
{
        for (size_t i = 0; i < request->files.count; i++)
                if (exposed_writes(&request->plan, request->files.paths[i])) {
                        complain("the program could write to the profile %s", request->files.paths[i]);
                        hint("keep it elsewhere; or `pinfold trust` it, and use it by its name");
                        return -1;
                }
        return 0;
}

/* So would arguments. */
static int check_arguments(const struct request *request)
{
        for (size_t i = 0; i < request->choices.count; i++) {
                const struct choice *choice = &request->choices.list[i];
                char *path = strcmp(choice_name(choice), "args-from") == 0 && !options_is_descriptor(choice->value)
                                     ? path_join(request->here, choice->value)
                                     : NULL;
                bool writes = path && exposed_writes(&request->plan, path);

                free(path);
                if (writes) {
                        complain("the program could write to %s, where arguments are from", choice->value);
                        hint("keep it elsewhere, or pass it as a descriptor: --args-from 3 3<%s", choice->value);
                        return -1;
                }
        }
        return 0;
}

/*
 * First the defaults, then what was asked for, in its order, then what must not be covered again: protections, and what
 * is hidden. Variables that were asked for are set once more after the defaults of the environment.
 */
static int settle_choices(struct request *request)
{
        const struct choices *choices = &request->choices;
        int r;

        request->home = home_own();
        request->empty = choices_have(choices, "empty");
        request->retained = choices_have(choices, "retain-session");
        request->plan.mapped = choices_have(choices, "map-uids") || choices_have(choices, "map-gids");
        if (!request->empty)
                begin_defaults(request);
        if (apply_wanted(request, choices, NULL) < 0)
                return -1;
        if (!request->empty && end_defaults(request) < 0)
                return -1;
        if (apply_wanted(request, choices, is_variable) < 0)
                return -1;
        for (size_t i = 0; i < request->hide_count; i++)
                if (hide(request, request->hides[i]) < 0)
                        return -1;
        r = places_keep(&request->plan);
        if (r < 0)
                return -1;
        request->keeps = r > 0;
        if (!request->empty)
                view_seal(&request->plan);
        return check_profiles(request) < 0 ? -1 : check_arguments(request);
}

int request_profile(const char *directory, const char *profile, struct choices *choices, struct profile_files *files)
{
        return profile_read(profile, request_options, directory, choices, files);
}

int request_check(const struct choices *choices)
{
        /* Of our own; all others are about what is there. */
        static const char words[] = "net|filter";
        struct request scratch = {.box = must(pinfold_new(NULL, NULL)), .cgroup = -1, .events.fd = -1};
        int r = 0;

        for (size_t i = 0; i < choices->count && r == 0; i++)
                if (choices->list[i].library || words_find(words, choice_name(&choices->list[i])) >= 0)
                        r = apply(&scratch, &choices->list[i]);
        if (r == 0)
                r = plan_apply(&scratch.plan, scratch.box);
        request_free(&scratch);
        return r;
}

int request_profile_content(const char *directory, const char *path, const char *content, size_t size, struct choices *choices)
{
        return profile_read_content(path, content, size, request_options, directory, choices);
}

bool request_of_program(const char *name)
{
        return words_find("env|chdir|try-chdir|timeout|rlimit|umask|nice|cpus", name) >= 0;
}

bool request_of_command(const char *name)
{
        return words_find("via|tty|no-tty|file|argv0|status-fd", name) >= 0;
}

static int check_via(const struct choices *choices)
{
        for (size_t i = 0; i < choices->count; i++) {
                const char *name = choice_name(&choices->list[i]);

                if (request_of_program(name) || request_of_command(name) || strcmp(name, "args-from") == 0)
                        continue;
                complain("--%s does not go with --via: what is not about the program is said to the server, pinfold serve --%s", name,
                         name);
                return -1;
        }
        return 0;
}

/* The server's options for programs, as choices. Their texts are kept with the request's own. */
static int read_servers(struct request *request, const struct via_reply *reply, struct choices *ret)
{
        char *words = must(malloc(reply->size + 1));

        memcpy(words, reply->text, reply->size);
        choices_keep(&request->choices, words);
        for (uint32_t at = 0; at < reply->size; at += (uint32_t)strlen(words + at) + 1) {
                struct choice choice = {0};

                if (option_parse(request_options, words + at, NULL, &choice) != 1 || !request_of_program(choice_name(&choice)))
                        return -1;
                choices_add(ret, &choice);
        }
        return 0;
}

/* As in settle_choices, with the server's first, as those of a profile are: variables once more after the environment's defaults. */
static int apply_program(struct request *request, const struct via_reply *reply, const struct choices *servers)
{
        if (apply_wanted(request, servers, NULL) < 0 || apply_wanted(request, &request->choices, request_of_program) < 0)
                return -1;
        environment_pass(&request->environment, reply->network);
        git_identity(&request->environment, request->directory, request->home);
        if (!request->directory_set)
                pinfold_set_dir(request->box, request->directory);
        return apply_wanted(request, servers, is_variable) < 0 ? -1 : apply_wanted(request, &request->choices, is_variable);
}

static int settle_program(void *userdata, const struct via_reply *reply)
{
        struct request *request = userdata;
        struct choices servers = {0};
        int r = read_servers(request, reply, &servers);

        if (r < 0)
                complain("the server's options for programs cannot be applied");
        else
                r = apply_program(request, reply, &servers);
        choices_free(&servers);
        request->settled = true;
        return r < 0 ? r : request_command(request);
}

static int settle_via(struct request *request)
{
        mode_t mask = umask(0);

        umask(mask);
        if (check_via(&request->choices) < 0)
                return -1;
        request->home = home_own();
        if (getenv("PATH"))
                request->search = getenv("PATH");
        pinfold_set_umask(request->box, mask);
        /* Those about the program once more when the server's are known: but mistakes are to be heard of before anybody is asked. */
        if (apply_wanted(request, &request->choices, NULL) < 0)
                return -1;
        request->via.settle = settle_program;
        request->via.userdata = request;
        return 0;
}

/* The options of profiles, in their order, come before those of the command line. */
static int read_profiles(struct request *request, const struct choices *given)
{
        bool any = choices_have(given, "profile");
        int r = 0;

        /* With --empty the command line says all, with --via the server's. */
        if (!any && !choices_have(given, "empty") && !choices_have(given, "via"))
                r = request_profile(request->here, "default", &request->choices, &request->files);
        for (size_t i = 0; i < given->count && r == 0; i++)
                if (strcmp(choice_name(&given->list[i]), "profile") == 0)
                        r = request_profile(request->here, given->list[i].value, &request->choices, &request->files);
        for (size_t i = 0; i < given->count; i++)
                choices_add(&request->choices, &given->list[i]);
        return r;
}

/* Before all others, whose faults are to be told there. */
static int settle_events(struct request *request, const struct choices *choices)
{
        const struct choice *choice = choices_find(choices, "status-fd");
        int r;

        if (!choice || request->events.fd >= 0)
                return 0;
        message_at(choice->where);
        r = events_open(&request->events, choice->value);
        message_at(NULL);
        return r;
}

char *request_here(void)
{
        char *here = getcwd(NULL, 0);

        if (here && here[0] == '/')
                return here;
        complain("the current directory cannot be told: %s", strerror(here ? ENOENT : errno));
        hint("change to one that exists");
        free(here);
        return NULL;
}

int request_parse(struct request *request, char **words, const struct option_spec *options, void *userdata)
{
        struct choices given = {0};
        int r;

        *request = (struct request){.box = must(pinfold_new(NULL, NULL)), .search = DEFAULT_PATH, .cgroup = -1, .events.fd = -1};
        request->environment.box = request->box;
        r = options_parse(options, words, &given, &request->words);
        if (r > 0) {
                request->here = request_here();
                request->directory = request->here ? text("%s", request->here) : NULL;
                if (!request->here)
                        r = -1;
        }
        if (r > 0 && choices_take(&given, options, userdata) < 0)
                r = -1;
        if (settle_events(request, &given) < 0 || (r > 0 && choices_have(&given, "via") && check_via(&given) < 0))
                r = -1;
        if (r > 0 && (read_profiles(request, &given) < 0 || settle_events(request, &request->choices) < 0 ||
                      (choices_have(&request->choices, "via") ? settle_via(request) : settle_choices(request)) < 0))
                r = -1;
        choices_move_texts(&request->choices, &given);
        choices_free(&given);
        return r;
}

int request_command(struct request *request)
{
        char **words = request->words;
        const char *command = words[0];
        char *path;

        if (!command) {
                complain("no command to run; try: pinfold run --help");
                return -1;
        }
        if (request->via.path && !request->settled)
                return 0; /* once the server's options are known */
        if (!request->empty && !request->via.path && lookup_check(&request->plan, command, request->directory, request->search) < 0)
                return -1;
        /* ./configure: inside as outside it is looked for from the working directory. */
        path = strchr(command, '/') && !request->empty ? path_absolute(request->directory, command) : text("%s", command);
        pinfold_set_path(request->box, path);
        free(path);
        if (!strchr(command, '/'))
                pinfold_set_search(request->box, request->search);
        if (request->argv0)
                words[0] = (char *)(uintptr_t)request->argv0;
        pinfold_set_args(request->box, (const char *const *)words);
        words[0] = (char *)(uintptr_t)command;
        return 0;
}

int request_settle(struct request *request)
{
        return plan_apply(&request->plan, request->box);
}

void request_free(struct request *request)
{
        pinfold_free(request->box);
        environment_free(&request->environment);
        plan_free(&request->plan);
        for (size_t i = 0; i < request->write_count; i++)
                free_tree(&request->writes[i]);
        for (size_t i = 0; i < request->hide_count; i++)
                free(request->hides[i]);
        free(request->writes);
        free(request->hides);
        free(request->here);
        free(request->directory);
        free(request->home);
        if (request->cgroup >= 0)
                close(request->cgroup);
        events_close(&request->events);
        choices_free(&request->choices);
        profile_files_free(&request->files);
}

/* SPDX-License-Identifier: MIT */
/*
 * The command line of bubblewrap 0.11: a table, one row per option, in the order of --help. What is said of wrong ones, and
 * when, is what the original says; clients look for it.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/capability.h"
#include "bwrap/request.h"
#include "bwrap/say.h"

#define WORDS_MAX 9000
#define TMPFS_MAX ((uint64_t)(SIZE_MAX >> 1))

struct parse {
        struct request *request;
        const char *program; /* argv[0] */
        size_t words;        /* seen so far, those of files too */
        bool in_file;
};

struct option {
        const char *name;
        const char *argument; /* as --help has it: a word for each that it takes */
        const char *help;
        void (*set)(struct parse *parse, const struct option *option, char **values);
        size_t place;      /* in struct request, of what is set */
        enum kind kind;    /* of an operation */
        bool optional;
        const char *missing; /* when words are missing, where that is not what the others say */
};

static void parse_words(struct parse *parse, char **words);
static _Noreturn void usage(const char *program, FILE *out, int status);

/* ---- Values ----------------------------------------------------------------------------------------------------- */

static void *grow(void *array, size_t count, size_t size)
{
        void *grown = reallocarray(array, count + 1, size);

        if (!grown)
                die("Out of memory");
        return grown;
}

static int number(const char *text, const char *what)
{
        char *end;
        int value = (int)strtol(text, &end, 10);

        if (!*text || *end || value < 0)
                die("Invalid %s: %s", what, text);
        return value;
}

static int octal(const char *name, const char *text)
{
        char *end;
        unsigned long value = strtoul(text, &end, 8);

        if (!*text || *end || value > 07777)
                die("%s takes an octal argument <= 07777", name);
        return (int)value;
}

static void *place(struct parse *parse, const struct option *option)
{
        return (char *)parse->request + option->place;
}

static void warn_last(const struct option *option)
{
        warn("Only the last %s option will take effect", option->name);
}

static void set_flag(struct parse *parse, const struct option *option, char **values)
{
        (void)values;
        *(bool *)place(parse, option) = true;
}

static void set_number(struct parse *parse, const struct option *option, char **values, const char *what)
{
        int *value = place(parse, option);

        if (*value != -1)
                warn_last(option);
        *value = number(values[0], what);
}

static void set_fd(struct parse *parse, const struct option *option, char **values)
{
        set_number(parse, option, values, "fd");
}

static void set_uid(struct parse *parse, const struct option *option, char **values)
{
        set_number(parse, option, values, "uid");
}

static void set_gid(struct parse *parse, const struct option *option, char **values)
{
        set_number(parse, option, values, "gid");
}

static void set_text(struct parse *parse, const struct option *option, char **values)
{
        const char **text = place(parse, option);

        if (*text)
                warn_last(option);
        *text = values[0];
}

/* As bubblewrap does where SELinux is not enabled: this one never looks. */
static void refuse_label(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        (void)values;
        die("labeling not supported on this system");
}

static void set_argv0(struct parse *parse, const struct option *option, char **values)
{
        (void)option;
        if (parse->request->argv0)
                die("--argv0 used multiple times");
        parse->request->argv0 = values[0];
}

static void set_levels(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        (void)values;
        say_levels();
}

/* ---- Itself ----------------------------------------------------------------------------------------------------- */

static void help(struct parse *parse, const struct option *option, char **values)
{
        (void)option;
        (void)values;
        usage(parse->program, stdout, 0);
}

static void version(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        (void)values;
        puts("bubblewrap 0.11.1");
        exit(0);
}

static char *read_all(int fd, size_t *ret_size)
{
        char *data = NULL;
        size_t size = 0, room = 0;
        ssize_t length;

        for (;;) {
                if (room - size < 4096)
                        data = grow(data, (room = 2 * room + 8192), 1);
                length = read(fd, data + size, room - size);
                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        die_with(errno, "Can't read --args data");
                if (length == 0)
                        break;
                size += (size_t)length;
        }
        data[size] = '\0';
        *ret_size = size;
        return data;
}

static void count_word(struct parse *parse)
{
        if (++parse->words > WORDS_MAX)
                die("Exceeded maximum number of arguments %d", WORDS_MAX);
}

/* Words that end with a NUL each, in the place of the option. They stay: what was set points to them. */
static void read_args(struct parse *parse, const struct option *option, char **values)
{
        struct parse inner = *parse;
        char **words = NULL, *data;
        size_t count = 0, size;
        int fd;

        (void)option;
        fd = number(values[0], "fd");
        data = read_all(fd, &size);
        close(fd);
        for (char *at = data; at < data + size; at += strlen(at) + 1) {
                count_word(parse);
                words = grow(words, count, sizeof(*words));
                words[count++] = at;
        }
        words = grow(words, count, sizeof(*words));
        words[count] = NULL;
        inner.words = parse->words;
        inner.in_file = true;
        parse_words(&inner, words);
        parse->words = inner.words;
}

/* ---- Namespaces, environment, process ---------------------------------------------------------------------------- */

static void unshare_all(struct parse *parse, const struct option *option, char **values)
{
        struct request *request = parse->request;

        (void)option;
        (void)values;
        request->unshare_user_try = request->unshare_ipc = request->unshare_pid = request->unshare_net =
                request->unshare_uts = request->unshare_cgroup_try = true;
}

static void share_net(struct parse *parse, const struct option *option, char **values)
{
        (void)option;
        (void)values;
        parse->request->unshare_net = false;
}

static void clear_environment(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        (void)values;
        if (clearenv() != 0)
                die("clearenv failed");
}

static void set_environment(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        if (setenv(values[0], values[1], 1) != 0)
                die("setenv failed");
}

static void unset_environment(struct parse *parse, const struct option *option, char **values)
{
        (void)parse;
        (void)option;
        if (unsetenv(values[0]) != 0)
                die("unsetenv failed");
}

static void add_lock_file(struct parse *parse, const struct option *option, char **values)
{
        struct request *request = parse->request;

        (void)option;
        request->lock_files = grow(request->lock_files, request->lock_count, sizeof(*request->lock_files));
        request->lock_files[request->lock_count++] = values[0];
}

/* A name needs its "cap_" here. */
static uint64_t capability(const char *name)
{
        uint64_t bits;

        if ((strncasecmp(name, "cap_", 4) != 0 && strcasecmp(name, "all") != 0) || capability_find(name, &bits) < 0)
                die("unknown cap: %s", name);
        return bits;
}

static void add_capability(struct parse *parse, const struct option *option, char **values)
{
        (void)option;
        parse->request->capabilities_named = true;
        parse->request->capabilities |= capability(values[0]);
}

static void drop_capability(struct parse *parse, const struct option *option, char **values)
{
        (void)option;
        parse->request->capabilities_named = true;
        parse->request->capabilities &= ~capability(values[0]);
}

static void set_seccomp(struct parse *parse, const struct option *option, char **values)
{
        if (parse->request->seccomp_count > 0)
                die("--seccomp cannot be combined with --add-seccomp-fd");
        set_fd(parse, option, values);
}

static void add_seccomp(struct parse *parse, const struct option *option, char **values)
{
        struct request *request = parse->request;

        (void)option;
        if (request->seccomp_fd != -1)
                die("--add-seccomp-fd cannot be combined with --seccomp");
        if (fcntl(number(values[0], "fd"), F_GETFD) < 0)
                die_with(errno, "Can't read seccomp data");
        request->seccomp_fds = grow(request->seccomp_fds, request->seccomp_count, sizeof(*request->seccomp_fds));
        request->seccomp_fds[request->seccomp_count++] = number(values[0], "fd");
}

/* ---- Operations --------------------------------------------------------------------------------------------------- */

static struct operation *add(struct parse *parse, const struct option *option)
{
        struct request *request = parse->request;
        struct operation *operation;

        request->operations = grow(request->operations, request->count, sizeof(*request->operations));
        operation = &request->operations[request->count++];
        *operation = (struct operation){.kind = option->kind, .optional = option->optional, .fd = -1};
        return operation;
}

static int take_perms(struct request *request, int otherwise)
{
        int perms = request->next_perms >= 0 ? request->next_perms : otherwise;

        request->next_perms = -1;
        return perms;
}

static void add_target(struct parse *parse, const struct option *option, char **values)
{
        add(parse, option)->target = values[0];
}

static void add_bind(struct parse *parse, const struct option *option, char **values)
{
        struct operation *operation = add(parse, option);

        operation->source = values[0];
        operation->target = values[1];
}

static void add_bind_fd(struct parse *parse, const struct option *option, char **values)
{
        int fd = number(values[0], "fd");
        struct operation *operation = add(parse, option);

        operation->fd = fd;
        operation->target = values[1];
}

static void add_directory(struct parse *parse, const struct option *option, char **values)
{
        struct operation *operation = add(parse, option);

        operation->target = values[0];
        operation->perms = take_perms(parse->request, 0755);
}

static void add_tmpfs(struct parse *parse, const struct option *option, char **values)
{
        struct operation *operation = add(parse, option);

        operation->target = values[0];
        operation->perms = take_perms(parse->request, 0755);
        operation->size = parse->request->next_size;
        parse->request->next_size = 0;
}

static void add_data(struct parse *parse, const struct option *option, char **values)
{
        int fd = number(values[0], "fd");
        struct operation *operation = add(parse, option);

        operation->fd = fd;
        operation->target = values[1];
        operation->perms = take_perms(parse->request, option->kind == KIND_FILE ? 0666 : 0600);
}

static void add_chmod(struct parse *parse, const struct option *option, char **values)
{
        int perms = octal(option->name, values[0]);
        struct operation *operation = add(parse, option);

        operation->perms = perms;
        operation->target = values[1];
}

static void add_hostname(struct parse *parse, const struct option *option, char **values)
{
        if (parse->request->hostname)
                warn_last(option);
        parse->request->hostname = values[0];
}

static void add_layer(struct parse *parse, const struct option *option, char **values)
{
        struct request *request = parse->request;

        (void)option;
        request->next_layers = grow(request->next_layers, request->next_layer_count, sizeof(*request->next_layers));
        request->next_layers[request->next_layer_count++] = values[0];
}

static struct operation *add_layers(struct parse *parse, const struct option *option)
{
        struct request *request = parse->request;
        struct operation *operation;

        if (request->next_layer_count < 1)
                die("%s requires at least one --overlay-src", option->name);
        operation = add(parse, option);
        operation->layers = request->next_layers;
        operation->layer_count = request->next_layer_count;
        request->next_layers = NULL;
        request->next_layer_count = 0;
        return operation;
}

static void add_overlay(struct parse *parse, const struct option *option, char **values)
{
        struct operation *operation = add_layers(parse, option);

        operation->source = values[0];
        operation->work = values[1];
        operation->target = values[2];
}

static void add_tmp_overlay(struct parse *parse, const struct option *option, char **values)
{
        add_layers(parse, option)->target = values[0];
}

static void add_ro_overlay(struct parse *parse, const struct option *option, char **values)
{
        if (parse->request->next_layer_count < 2)
                die("--ro-overlay requires at least two --overlay-src");
        add_layers(parse, option)->target = values[0];
}

static void set_perms(struct parse *parse, const struct option *option, char **values)
{
        if (parse->request->next_perms != -1)
                die("--perms given twice for the same action");
        parse->request->next_perms = octal(option->name, values[0]);
}

static void set_size(struct parse *parse, const struct option *option, char **values)
{
        unsigned long long size;
        char *end;

        (void)option;
        if (parse->request->next_size != 0)
                die("--size given twice for the same action");
        errno = 0;
        size = strtoull(values[0], &end, 0);
        if (errno || !isdigit((unsigned char)values[0][0]) || *end || size == 0)
                die("--size takes a non-zero number of bytes");
        if (size > TMPFS_MAX)
                die("--size (for tmpfs) is limited to %zu", (size_t)TMPFS_MAX);
        parse->request->next_size = size;
}

/* ---- The table ---------------------------------------------------------------------------------------------------- */

#define AT(member) .place = offsetof(struct request, member)
#define TO_OVERLAY "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or --ro-overlay"

static const struct option options[] = {
        {"--help", NULL, "Print this help", help},
        {"--version", NULL, "Print version", version},
        {"--args", "FD", "Parse NUL-separated args from FD", read_args},
        {"--argv0", "VALUE", "Set argv[0] to the value VALUE before running the program", set_argv0,
         .missing = "--argv0 takes one argument"},
        {"--level-prefix", NULL, "Prepend e.g. <3> to diagnostic messages", set_levels},
        {"--unshare-all", NULL, "Unshare every namespace we support by default", unshare_all},
        {"--share-net", NULL, "Retain the network namespace (can only combine with --unshare-all)", share_net},
        {"--unshare-user", NULL, "Create new user namespace (may be automatically implied if not setuid)", set_flag,
         AT(unshare_user)},
        {"--unshare-user-try", NULL, "Create new user namespace if possible else continue by skipping it", set_flag,
         AT(unshare_user_try)},
        {"--unshare-ipc", NULL, "Create new ipc namespace", set_flag, AT(unshare_ipc)},
        {"--unshare-pid", NULL, "Create new pid namespace", set_flag, AT(unshare_pid)},
        {"--unshare-net", NULL, "Create new network namespace", set_flag, AT(unshare_net)},
        {"--unshare-uts", NULL, "Create new uts namespace", set_flag, AT(unshare_uts)},
        {"--unshare-cgroup", NULL, "Create new cgroup namespace", set_flag, AT(unshare_cgroup)},
        {"--unshare-cgroup-try", NULL, "Create new cgroup namespace if possible else continue by skipping it", set_flag,
         AT(unshare_cgroup_try)},
        {"--userns", "FD", "Use this user namespace (cannot combine with --unshare-user)", set_fd, AT(userns)},
        {"--userns2", "FD", "After setup switch to this user namespace, only useful with --userns", set_fd, AT(userns2)},
        {"--disable-userns", NULL, "Disable further use of user namespaces inside sandbox", set_flag, AT(disable_userns)},
        {"--assert-userns-disabled", NULL, "Fail unless further use of user namespace inside sandbox is disabled", set_flag,
         AT(assert_userns_disabled)},
        {"--pidns", "FD", "Use this pid namespace (as parent namespace if using --unshare-pid)", set_fd, AT(pidns)},
        {"--uid", "UID", "Custom uid in the sandbox (requires --unshare-user or --userns)", set_uid, AT(uid)},
        {"--gid", "GID", "Custom gid in the sandbox (requires --unshare-user or --userns)", set_gid, AT(gid)},
        {"--hostname", "NAME", "Custom hostname in the sandbox (requires --unshare-uts)", add_hostname},
        {"--chdir", "DIR", "Change directory to DIR", set_text, AT(chdir), .missing = "--chdir takes one argument"},
        {"--clearenv", NULL, "Unset all environment variables", clear_environment},
        {"--setenv", "VAR VALUE", "Set an environment variable", set_environment},
        {"--unsetenv", "VAR", "Unset an environment variable", unset_environment},
        {"--lock-file", "DEST", "Take a lock on DEST while sandbox is running", add_lock_file},
        {"--sync-fd", "FD", "Keep this fd open while sandbox is running", set_fd, AT(sync_fd)},
        {"--bind", "SRC DEST", "Bind mount the host path SRC on DEST", add_bind, .kind = KIND_BIND},
        {"--bind-try", "SRC DEST", "Equal to --bind but ignores non-existent SRC", add_bind, .kind = KIND_BIND,
         .optional = true},
        {"--dev-bind", "SRC DEST", "Bind mount the host path SRC on DEST, allowing device access", add_bind,
         .kind = KIND_DEV_BIND},
        {"--dev-bind-try", "SRC DEST", "Equal to --dev-bind but ignores non-existent SRC", add_bind,
         .kind = KIND_DEV_BIND, .optional = true},
        {"--ro-bind", "SRC DEST", "Bind mount the host path SRC readonly on DEST", add_bind, .kind = KIND_RO_BIND},
        {"--ro-bind-try", "SRC DEST", "Equal to --ro-bind but ignores non-existent SRC", add_bind, .kind = KIND_RO_BIND,
         .optional = true},
        {"--bind-fd", "FD DEST", "Bind open directory or path fd on DEST", add_bind_fd, .kind = KIND_BIND},
        {"--ro-bind-fd", "FD DEST", "Bind open directory or path fd read-only on DEST", add_bind_fd, .kind = KIND_RO_BIND,
         .missing = "--bind-fd takes two arguments"},
        {"--remount-ro", "DEST", "Remount DEST as readonly; does not recursively remount", add_target,
         .kind = KIND_REMOUNT_RO, .missing = "--remount-ro takes one argument"},
        {"--overlay-src", "SRC", "Read files from SRC in the following overlay", add_layer, .missing = TO_OVERLAY},
        {"--overlay", "RWSRC WORKDIR DEST",
         "Mount overlayfs on DEST, with RWSRC as the host path for writes and\n"
         "                                 WORKDIR an empty directory on the same filesystem as RWSRC",
         add_overlay, .kind = KIND_OVERLAY},
        {"--tmp-overlay", "DEST", "Mount overlayfs on DEST, with writes going to an invisible tmpfs", add_tmp_overlay,
         .kind = KIND_TMP_OVERLAY},
        {"--ro-overlay", "DEST", "Mount overlayfs read-only on DEST", add_ro_overlay, .kind = KIND_RO_OVERLAY},
        {"--exec-label", "LABEL", "Exec label for the sandbox", refuse_label},
        {"--file-label", "LABEL", "File label for temporary sandbox content", refuse_label},
        {"--proc", "DEST", "Mount new procfs on DEST", add_target, .kind = KIND_PROC},
        {"--dev", "DEST", "Mount new dev on DEST", add_target, .kind = KIND_DEV},
        {"--tmpfs", "DEST", "Mount new tmpfs on DEST", add_tmpfs, .kind = KIND_TMPFS},
        {"--mqueue", "DEST", "Mount new mqueue on DEST", add_target, .kind = KIND_MQUEUE},
        {"--dir", "DEST", "Create dir at DEST", add_directory, .kind = KIND_DIR},
        {"--file", "FD DEST", "Copy from FD to destination DEST", add_data, .kind = KIND_FILE},
        {"--bind-data", "FD DEST", "Copy from FD to file which is bind-mounted on DEST", add_data, .kind = KIND_BIND_DATA},
        {"--ro-bind-data", "FD DEST", "Copy from FD to file which is readonly bind-mounted on DEST", add_data,
         .kind = KIND_RO_BIND_DATA},
        {"--symlink", "SRC DEST", "Create symlink at DEST with target SRC", add_bind, .kind = KIND_SYMLINK},
        {"--seccomp", "FD", "Load and use seccomp rules from FD (not repeatable)", set_seccomp, AT(seccomp_fd)},
        {"--add-seccomp-fd", "FD", "Load and use seccomp rules from FD (repeatable)", add_seccomp},
        {"--block-fd", "FD", "Block on FD until some data to read is available", set_fd, AT(block_fd)},
        {"--userns-block-fd", "FD", "Block on FD until the user namespace is ready", set_fd, AT(userns_block_fd)},
        {"--info-fd", "FD", "Write information about the running container to FD", set_fd, AT(info_fd)},
        {"--json-status-fd", "FD", "Write container status to FD as multiple JSON documents", set_fd, AT(json_status_fd)},
        {"--new-session", NULL, "Create a new terminal session", set_flag, AT(new_session)},
        {"--die-with-parent", NULL, "Kills with SIGKILL child process (COMMAND) when bwrap or bwrap's parent dies.", set_flag,
         AT(die_with_parent)},
        {"--as-pid-1", NULL, "Do not install a reaper process with PID=1", set_flag, AT(as_pid_1)},
        {"--cap-add", "CAP", "Add cap CAP when running as privileged user", add_capability},
        {"--cap-drop", "CAP", "Drop cap CAP when running as privileged user", drop_capability},
        {"--perms", "OCTAL", "Set permissions of next argument (--bind-data, --file, etc.)", set_perms},
        {"--size", "BYTES", "Set size of next argument (only for --tmpfs)", set_size},
        {"--chmod", "OCTAL PATH", "Change permissions of PATH (must already exist)", add_chmod, .kind = KIND_CHMOD},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void usage(const char *program, FILE *out, int status)
{
        fprintf(out, "usage: %s [OPTIONS...] [--] COMMAND [ARGS...]\n\n", program);
        for (size_t i = 0; i < OPTIONS; i++) {
                char left[64];

                snprintf(left, sizeof(left), "%s%s%s", options[i].name, options[i].argument ? " " : "",
                         options[i].argument ? options[i].argument : "");
                fprintf(out, "    %-28s %s\n", left, options[i].help);
        }
        exit(fflush(out) == 0 ? status : 1);
}

/* ---- Parsing ------------------------------------------------------------------------------------------------------ */

static const struct option *find(const char *word)
{
        for (size_t i = 0; i < OPTIONS; i++)
                if (strcmp(options[i].name, word) == 0)
                        return &options[i];
        die("Unknown option %s", word);
}

static size_t values_of(const struct option *option)
{
        size_t count = option->argument != NULL;

        for (const char *at = option->argument; at && (at = strchr(at, ' ')); at++)
                count++;
        return count;
}

static void check_values(const struct option *option, char **values)
{
        static const char *const takes[] = {"", "takes an argument", "takes two arguments", "takes three arguments"};
        size_t count = values_of(option);

        for (size_t i = 0; i < count; i++) {
                if (values[i])
                        continue;
                if (option->missing)
                        die("%s", option->missing);
                die("%s %s", option->name, takes[count]);
        }
}

/* What waits for the operation that takes it must not wait longer than one option. */
static void check_taken(const struct request *request, const struct option *option)
{
        if (option->set != set_perms && option->set != set_size) {
                if (request->next_perms >= 0)
                        die("--perms must be followed by an option that creates a file");
                if (request->next_size != 0)
                        die("--size must be followed by --tmpfs");
        }
        if (option->set != add_layer && request->next_layer_count > 0)
                die(TO_OVERLAY);
}

static void parse_words(struct parse *parse, char **words)
{
        for (; *words; words++) {
                const struct option *option;

                if (strcmp(*words, "--") == 0) {
                        words++;
                        break;
                }
                if (**words != '-')
                        break;
                option = find(*words);
                if (parse->in_file && option->set == read_args)
                        die("--args not supported in arguments file");
                check_values(option, words + 1);
                option->set(parse, option, words + 1);
                words += values_of(option);
                check_taken(parse->request, option);
        }
        if (!parse->in_file)
                parse->request->command = words;
}

static void check(const struct request *request)
{
        bool user = request->unshare_user;

        if (request->userns_block_fd != -1 && !user)
                die("--userns-block-fd requires --unshare-user");
        if (request->userns_block_fd != -1 && request->info_fd == -1)
                die("--userns-block-fd requires --info-fd");
        if (request->userns != -1 && user)
                die("--userns not compatible --unshare-user");
        if (request->userns != -1 && request->unshare_user_try)
                die("--userns not compatible --unshare-user-try");
        if (request->disable_userns && !user)
                die("--disable-userns requires --unshare-user");
        if (request->disable_userns && request->userns_block_fd != -1)
                die("--disable-userns is not compatible with  --userns-block-fd");
}

static void check_command(const struct request *request)
{
        if (!request->unshare_user && request->userns == -1 && request->uid != (int)getuid())
                die("Specifying --uid requires --unshare-user or --userns");
        if (!request->unshare_user && request->userns == -1 && request->gid != (int)getgid())
                die("Specifying --gid requires --unshare-user or --userns");
        if (!request->unshare_uts && request->hostname)
                die("Specifying --hostname requires --unshare-uts");
        if (request->as_pid_1 && !request->unshare_pid)
                die("Specifying --as-pid-1 requires --unshare-pid");
        if (request->as_pid_1 && request->lock_count > 0)
                die("Specifying --as-pid-1 and --lock-file is not permitted");
}

void request_parse(struct request *request, char **argv)
{
        struct parse parse = {.request = request, .program = argv[0] ? argv[0] : "bwrap"};

        *request = (struct request){
                .userns = -1, .userns2 = -1, .pidns = -1, .uid = -1, .gid = -1, .sync_fd = -1, .block_fd = -1,
                .userns_block_fd = -1, .info_fd = -1, .json_status_fd = -1, .seccomp_fd = -1, .next_perms = -1,
        };
        if (!argv[0] || !argv[1])
                usage(parse.program, stderr, 1);
        for (char **word = argv + 1; *word; word++)
                count_word(&parse);
        parse_words(&parse, argv + 1);
        if (request->next_layer_count > 0)
                die(TO_OVERLAY);
        say_json(request->json_status_fd);
        check(request);
        if (getuid() != 0 && request->userns == -1)
                request->unshare_user = true;
        if (request->unshare_user_try)
                request->unshare_user = true;
        if (!*request->command)
                usage(parse.program, stderr, 1);
        request->uid = request->uid == -1 ? (int)getuid() : request->uid;
        request->gid = request->gid == -1 ? (int)getgid() : request->gid;
        check_command(request);
}

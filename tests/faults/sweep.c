/* SPDX-License-Identifier: MIT */
/*
 * sweep PINFOLD STATE [EVERY [NAME [PART CALL]]]: each system call that a start makes, of the caller's side and of init,
 * fails at each of its occurrences with each error that it can have, is delayed, and its process is killed there (trace.h).
 * Each time there is either a clean error and nothing left, or, where a failure may be ignored (calls.c), the container
 * exactly as ever. EVERY: of these trials each so many-th alone. Prints TAP.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <ftw.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/calls.h"
#include "faults/trace.h"
#include "support/kernel.h"

#define WORDS 96
#define STATUS_SETUP 125
#define TRIES 5

#define PLAIN "--empty --root / --bind /etc --proc /proc --dev /dev --tmpfs /tmp "

static const struct setting {
        const char *name, *options;
        bool root; /* as root alone: newuidmap(1) has no privileges while it is traced */
} settings[] = {
        {"everyday", "-w @/project -C @/project -r @/file --hide @/hidden"},
        {"everything",
         "--empty --root / --bind /etc --proc /proc --dev /dev:mqueue --tmpfs /tmp:size=1M --bind @/project:/mnt/p:writable "
         "--tmpfs /mnt/p/made/on/host --overlay /mnt/o:lower=@/a,lower=@/b,ephemeral "
         "--overlay /mnt/u:lower=@/a,upper=@/u,work=@/w --place /mnt/placed:text=x --mkdir /mnt/d/e --symlink x:/mnt/link "
         "--readonly /mnt/hidden --remount /mnt/o:ro,nodev --protect /mnt/p:.git/hooks:directory --hostname box --uid 0 "
         "--gid 0 --rlimit nofile=64 --nice 19 --presets strict"},
        {"terminal", PLAIN "--tty"},
        {"privileged", PLAIN "--privileged --env PRIVILEGED=yes"},
        {"network", PLAIN "--net host --env HOST_NET=yes"},
        {"ranges", PLAIN "--map-uids 0:100000:1000 --map-gids 0:200000:1000", true},
};

static char directory[] = "/tmp/pinfold-faults-XXXXXX";
static const char *pinfold, *state;
static char host[512];
static const char *only_part, *only_call;
static int tried, clean, unchanged, missed, failures;

/* ---- A place of its own ---------------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
        (void)stat, (void)type, (void)walk;
        return remove(path);
}

static void remove_directory(void)
{
        nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const char *content)
{
        char path[128];
        FILE *file;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        file = fopen(path, "we");
        if (!file || fputs(content, file) < 0 || fclose(file) != 0)
                abort();
}

static void populate(void)
{
        static const char *const names[] = {"project", "project/.git", "hidden", "a", "b", "u", "w", "home"};
        char path[128];

        if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                abort();
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
                if (mkdir(path, 0755) < 0)
                        abort();
        }
        write_file("file", "");
        write_file("project/.git/config", "[core]\n\thooksPath = hooks\n");
}

static void prepare(void)
{
        static char home[128];

        umask(022);
        /* What others mount meanwhile is not what is left of a start. */
        if (geteuid() == 0 && (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0))
                abort();
        if (!mkdtemp(directory) || chmod(directory, 0755) < 0)
                abort();
        atexit(remove_directory);
        populate();
        snprintf(home, sizeof(home), "%s/home", directory);
        setenv("HOME", home, 1);
}

static char listing[8192];

static int list_entry(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
        size_t used = strlen(listing);

        (void)type, (void)walk;
        /* What an overlay makes in its working directory stays, as overlayfs has it. */
        if (!strstr(path, "/w/"))
                snprintf(listing + used, sizeof(listing) - used, "%s %o %lld\n", path, stat->st_mode,
                         S_ISREG(stat->st_mode) ? (long long)stat->st_size : 0LL);
        return 0;
}

static const char *list(void)
{
        *listing = '\0';
        nftw(directory, list_entry, 16, FTW_PHYS);
        return listing;
}

static int count_mounts(void)
{
        FILE *mounts = fopen("/proc/self/mountinfo", "re");
        int lines = 0;

        for (int c; mounts && (c = getc(mounts)) != EOF;)
                lines += c == '\n';
        if (mounts)
                fclose(mounts);
        return lines;
}

/* ---- The command ----------------------------------------------------------------------------------------------- */

static void add_words(const char **words, size_t *count, char *text)
{
        for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
                if (*count == WORDS - 1)
                        abort();
                words[(*count)++] = word;
        }
}

/* "@" stands for the directory. Lives until the next call. */
static const char *const *command_of(const struct setting *setting)
{
        static const char *words[WORDS];
        static char options[4096], host_words[512];
        size_t used = 0, count = 0;

        for (const char *at = setting->options; *at; at++)
                used += (size_t)snprintf(options + used, sizeof(options) - used, "%.*s",
                                         *at == '@' ? (int)strlen(directory) : 1, *at == '@' ? directory : at);
        snprintf(host_words, sizeof(host_words), "%s", host);
        words[count++] = pinfold;
        words[count++] = "run";
        add_words(words, &count, options);
        if (strstr(setting->options, "--net host") && !landlock_scopes())
                words[count++] = "--host-abstract"; /* or it is refused */
        words[count++] = "--bind";
        words[count++] = state;
        words[count++] = "--";
        words[count++] = strrchr(state, ':') + 1;
        add_words(words, &count, host_words);
        words[count] = NULL;
        return words;
}

/* ---- A trial --------------------------------------------------------------------------------------------------- */

static struct before {
        struct trace trace;
        char files[8192];
        int mounts;
} before;

__attribute__((format(printf, 3, 4))) static void wrong(const struct trial *trial, const struct trace *trace,
                                                        const char *format, ...)
{
        static const char *const kinds[] = {"", "error", "delay", "kill"};
        const struct call *call = call_find(trial->point.call);
        va_list arguments;

        failures++;
        printf("# %s %s %d: %s%s%s: ", part_name(trial->point.part), call ? call->name : "?",
               trial->point.occurrence, kinds[trial->fault], trial->fault == FAULT_ERROR ? " " : "",
               trial->fault == FAULT_ERROR ? strerrorname_np(trial->error) : "");
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        printf("; wait status 0x%x\n#   %s\n", (unsigned)trace->wait_status, trace->err);
        fflush(stdout);
}

/*
 * Nothing is left, whatever has happened; but whoever is killed between making a mount point and telling of it, or the caller,
 * which would remove it, leaves that.
 */
static void check_nothing_left(const struct trial *trial, const struct trace *trace)
{
        bool killed = trial->fault == FAULT_KILL && trial->point.part != PART_INIT;

        if (trace->left)
                wrong(trial, trace, "%d processes are left", trace->left);
        if (geteuid() == 0 && count_mounts() != before.mounts)
                wrong(trial, trace, "a mount is left");
        /* Before there is a container the command ends wherever it is. */
        if (WIFEXITED(trace->wait_status) && (!*trace->err || strstr(trace->err, "container: ")) &&
            trace->descriptors > before.trace.descriptors)
                wrong(trial, trace, "%d descriptors at the end, and not %d", trace->descriptors,
                      before.trace.descriptors);
        if (strcmp(list(), before.files) == 0)
                return;
        if (!killed)
                wrong(trial, trace, "files are left:\n%s", listing);
        remove_directory();
        populate();
}

/* One line that says what was done, to what, and why not; then hints. */
static void check_error(const struct trial *trial, const struct trace *trace)
{
        const char *end = strchrnul(trace->err, '\n'), *cause = trial->fault == FAULT_ERROR ? strerror(trial->error) : "";
        const struct ignored *ignored = trial->fault == FAULT_ERROR ? call_may_be_ignored(&trial->point, trial->error) : NULL;

        if (strncmp(trace->err, "pinfold: ", 9) != 0 || !*end)
                wrong(trial, trace, "no message");
        else if (!(ignored && ignored->other) && !memmem(trace->err, (size_t)(end - trace->err), cause, strlen(cause)))
                wrong(trial, trace, "the message does not say the cause");
        for (const char *at = *end ? end + 1 : end; *at; at = strchrnul(at, '\n') + 1) {
                if (strncmp(at, "hint: ", 6) != 0) {
                        wrong(trial, trace, "more than one message");
                        break;
                }
                if (!*strchrnul(at, '\n'))
                        break;
        }
        /* PID 1 may be killed before it can tell. */
        if (strstr(trace->out, "no_new_privs") && !(trial->fault == FAULT_KILL && trial->point.part == PART_INIT))
                wrong(trial, trace, "the program ran");
        clean++;
}

/* The first line of `text` that `other` lacks, of those that hold both words; NULL: none. */
static const char *lacks(const char *text, const char *other, const char *word, const char *another)
{
        static char line[4096];

        for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
                snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n") + 1, at);
                if (strstr(line, word) && strstr(line, another) && !strstr(other, line))
                        return line;
        }
        return NULL;
}

/* The container as ever; or, with less of the host in view, yet with every protection: of files, and as `state` says. */
static void check_same(const struct trial *trial, const struct trace *trace, bool less)
{
        const char *gone = less ? lacks(before.trace.out, trace->out, directory, " ro,")
                                : lacks(before.trace.out, trace->out, "", "");
        const char *more = less ? NULL : lacks(trace->out, before.trace.out, "", "");

        unchanged++;
        if (gone)
                wrong(trial, trace, "the container lacks: %s", gone);
        else if (more)
                wrong(trial, trace, "the container has: %s", more);
}

static void check(const struct trial *trial, const struct trace *trace)
{
        bool ended = WIFEXITED(trace->wait_status);
        int status = ended ? WEXITSTATUS(trace->wait_status) : -1;
        const struct ignored *ignored;

        if (trace->hung) {
                wrong(trial, trace, "it hangs");
                return;
        }
        check_nothing_left(trial, trace);
        if (trial->fault == FAULT_KILL && trial->point.part == PART_CALLER)
                return;
        if (status == STATUS_SETUP && trial->fault != FAULT_DELAY) {
                check_error(trial, trace);
                return;
        }
        if (trial->point.call == SYS_execve && (status == 126 || status == 127)) {
                check_error(trial, trace);
                return;
        }
        if (trial->fault == FAULT_KILL && status == 128 + SIGKILL &&
            (trial->point.part == PART_INIT || trial->point.call == SYS_execve)) {
                clean++; /* the program had been executed, or nearly */
                return;
        }
        if (status != 0) {
                wrong(trial, trace, "neither an error nor what it is without");
                return;
        }
        ignored = trial->fault == FAULT_ERROR ? call_may_be_ignored(&trial->point, trial->error) : NULL;
        check_same(trial, trace, ignored && ignored->less);
        if (trial->fault == FAULT_ERROR && !ignored)
                wrong(trial, trace, "nothing came of it");
}

static void run(const struct trial *trial, struct trace *ret)
{
        if (trace_run(trial, ret) < 0)
                abort();
}

/*
 * A caller that gives up ends the container wherever that is: perhaps between making a mount point and telling of it, or after the
 * execution that it has not heard of. What comes of the fault, and not of the moment, comes of it each time.
 */
static bool is_of_the_moment(const struct trial *trial, const struct trace *trace)
{
        return trial->fault == FAULT_ERROR && trial->point.part == PART_CALLER && WIFEXITED(trace->wait_status) &&
               WEXITSTATUS(trace->wait_status) == STATUS_SETUP &&
               (strcmp(list(), before.files) != 0 || strstr(trace->out, "no_new_privs"));
}

/* Whether the host itself has changed since, as when a package is installed meanwhile; then `before` is as it is now. */
static bool host_has_changed(const struct trial *trial)
{
        struct trial without = {.command = trial->command};
        struct trace now;
        bool changed;

        run(&without, &now);
        changed = now.wait_status == 0 && strcmp(now.out, before.trace.out) != 0;
        if (changed)
                strcpy(before.trace.out, now.out);
        free(now.points);
        return changed;
}

static void try(const struct trial *trial)
{
        struct trace trace;

        for (int tries = 0; tries < TRIES; tries++) {
                run(trial, &trace);
                if (is_of_the_moment(trial, &trace) && tries < TRIES - 1) {
                        remove_directory();
                        populate();
                        continue;
                }
                if (trace.wait_status != 0 || strcmp(trace.out, before.trace.out) == 0 || !host_has_changed(trial))
                        break;
        }
        if (!trace.reached) {
                missed++;
                return;
        }
        tried++;
        check(trial, &trace);
}

/* ---- All of them ----------------------------------------------------------------------------------------------- */

static void sweep_point(const struct setting *setting, const struct point *point, int every)
{
        static int number;
        const struct call *call = call_find(point->call);
        struct trial trial = {.command = command_of(setting), .point = *point};

        if (!call) {
                printf("# system call %ld has no row in calls.c\n", point->call);
                failures++;
                return;
        }
        trial.fault = FAULT_ERROR;
        trial.done = call->done;
        for (size_t i = 0; i < ERRORS_MAX && call->errors[i]; i++) {
                trial.error = call->errors[i];
                if (call_can_fail(point, trial.error) && number++ % every == 0)
                        try(&trial);
        }
        trial.fault = FAULT_KILL;
        if (number++ % every == 0)
                try(&trial);
        trial.fault = FAULT_DELAY;
        if (number++ % every == 0)
                try(&trial);
}

static void sweep(const struct setting *setting, int every)
{
        struct trial trial = {.command = command_of(setting)};

        before.mounts = count_mounts();
        snprintf(before.files, sizeof(before.files), "%s", list());
        run(&trial, &before.trace);
        if (before.trace.wait_status != 0 || before.trace.left ||
            strcmp(list(), before.files) != 0) {
                printf("# %s: does not work without a fault: wait status 0x%x\n%s%s", setting->name,
                       (unsigned)before.trace.wait_status, before.trace.out, before.trace.err);
                failures++;
                return;
        }
        printf("# %s: %zu system calls, %d descriptors\n", setting->name, before.trace.count, before.trace.descriptors);
        fflush(stdout);
        for (size_t i = 0; i < before.trace.count; i++) {
                if (only_part && (strcmp(only_part, part_name(before.trace.points[i].part)) != 0 ||
                                  call_find(before.trace.points[i].call) != call_named(only_call)))
                        continue;
                sweep_point(setting, &before.trace.points[i], every);
                if (every == 1 && i % 50 == 49) {
                        printf("# %s: %zu of %zu calls, %d points tried\n", setting->name, i + 1, before.trace.count, tried);
                        fflush(stdout);
                }
        }
        free(before.trace.points);
}

static void read_host(void)
{
        char command[4096];
        FILE *output;

        snprintf(command, sizeof(command), "%.*s --host", (int)strcspn(state, ":"), state);
        output = popen(command, "re");
        if (!output || !fgets(host, sizeof(host), output) || pclose(output) != 0)
                abort();
        host[strcspn(host, "\n")] = '\0';
}

/* Those of root's alone stand last. */
static size_t count_settings(void)
{
        size_t count = 0;

        while (count < sizeof(settings) / sizeof(settings[0]) && (!settings[count].root || geteuid() == 0))
                count++;
        return count;
}

int main(int argc, char **argv)
{
        static char bind[4096];
        int every = argc > 3 ? atoi(argv[3]) : 1, wrong_settings = 0;

        if (argc < 3 || every < 1)
                return 2;
        pinfold = argv[1];
        snprintf(bind, sizeof(bind), "%s:/tmp/state", argv[2]);
        state = bind;
        only_part = argc > 6 ? argv[5] : NULL;
        only_call = argc > 6 ? argv[6] : NULL;
        prepare();
        read_host();
        printf("1..%zu\n", count_settings());
        for (size_t i = 0; i < count_settings(); i++) {
                if (argc > 4 && strcmp(argv[4], settings[i].name) != 0)
                        continue;
                tried = clean = unchanged = missed = failures = 0;
                sweep(&settings[i], every);
                printf("%sok %zu - %s: %d points tried: %d clean errors, %d made no difference, %d were not reached\n",
                       failures || tried == 0 ? "not " : "", i + 1, settings[i].name, tried, clean, unchanged, missed);
                wrong_settings += failures || tried == 0;
        }
        return wrong_settings != 0;
}

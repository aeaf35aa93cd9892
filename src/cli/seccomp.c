/* SPDX-License-Identifier: MIT */
/* pinfold seccomp: shows syscall filters, as programs and for people, without running anything. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/seccomp.h>

#include "cli/command.h"
#include "cli/message.h"
#include "cli/options.h"

#define VERBS "export|dump"

enum { EXPORT, DUMP };

struct request {
        struct pinfold_seccomp *policy;
        int verb;
        bool loaded;
};

static int add_flag(void *userdata, unsigned flag)
{
        struct pinfold_seccomp *policy = ((struct request *)userdata)->policy;

        return pinfold_seccomp_set_flags(policy, pinfold_seccomp_flags(policy) | flag);
}

/* Returns r, and -1 after a message instead of what is negative. */
static int told(int r, const struct pinfold_error *err)
{
        if (r >= 0)
                return r;
        complain("%s", err->text);
        return -1;
}

static int set_presets(void *userdata, char *value)
{
        struct pinfold_error err = {0};
        unsigned presets;

        if (told(pinfold_seccomp_parse_presets(value, &presets, &err), &err) < 0)
                return -1;
        return pinfold_seccomp_set_presets(((struct request *)userdata)->policy, presets);
}

static int set_multiarch(void *userdata, char *value)
{
        (void)value;
        return add_flag(userdata, PINFOLD_SECCOMP_MULTIARCH);
}

static int set_can(void *userdata, char *value)
{
        (void)value;
        return add_flag(userdata, PINFOLD_SECCOMP_CAN);
}

static int set_bluetooth(void *userdata, char *value)
{
        (void)value;
        return add_flag(userdata, PINFOLD_SECCOMP_BLUETOOTH);
}

static int add_rule(void *userdata, char *value)
{
        struct pinfold_error err = {0};

        return told(pinfold_seccomp_add_rule_text(((struct request *)userdata)->policy, value, &err), &err);
}

static int set_default(void *userdata, char *value)
{
        struct pinfold_error err = {0};
        uint32_t action;

        if (told(pinfold_seccomp_parse_action(value, &action, &err), &err) < 0)
                return -1;
        return pinfold_seccomp_set_default(((struct request *)userdata)->policy, action);
}

static int set_loaded(void *userdata, char *value)
{
        (void)value;
        ((struct request *)userdata)->loaded = true;
        return 0;
}

static int set_no_hardening(void *userdata, char *value)
{
        (void)value;
        return pinfold_seccomp_set_hardening(((struct request *)userdata)->policy, 0);
}

static const struct option_spec options[] = {
        {"presets", "LIST", "words joined by commas; otherwise none, which still refuses what no program in a container needs",
         set_presets, .details =
         "ext: clocks, modules, kexec, swap; with deny-ns also changing owners and ids\n"
         "deny-ns: new namespaces and mounts\n"
         "deny-tty: putting input into a terminal\n"
         "deny-devel: ptrace, perf_event_open, personality\n"
         "linux32: deny-devel allows PER_LINUX32, not PER_LINUX\n"
         "deny-perf: perf_event_open\n"
         "strict: ext,deny-ns,deny-tty,deny-devel\n"
         "everyday: deny-ns,deny-tty,deny-perf\n"
         "none: none of these"},
        {"multiarch", NULL, "filters the 32-bit architecture too, instead of killing it", set_multiarch},
        {"can", NULL, "allows AF_CAN sockets", set_can},
        {"bluetooth", NULL, "allows AF_BLUETOOTH sockets", set_bluetooth},
        {"rule", "RULE", "a rule of your own; repeatable, the first that matches decides. Rules replace the presets.", add_rule,
         .details =
         "RULE is SYSCALL:ACTION[:CONDITION[,CONDITION]...]\n"
         "actions: those of --default\n"
         "conditions: INDEX OP VALUE with == != < <= > >=, written without spaces; or INDEX&MASK==VALUE"},
        {"default", "ACTION", "what happens to all other calls, allow unless given; anything else replaces the presets as well",
         set_default, .details =
         "allow: they are made\n"
         "log: the same, and they are logged\n"
         "trap: SIGSYS\n"
         "kill: the whole process\n"
         "errno=EPERM, errno=1: they fail with this error"},
        {"loaded", NULL, "what a container really loads: a faster layout, and hardening. Unless its session is retained, a "
         "container adds deny-tty.", set_loaded},
        {"no-hardening", NULL, "with --loaded: without the hardening (io_uring and others)", set_no_hardening},
        {0},
};

static int help(void)
{
        printf("Usage: pinfold seccomp export [OPTION]... >FILE\n"
               "       pinfold seccomp dump [OPTION]...\n\n"
               "export writes a syscall filter to standard output as a BPF program (an array of\n"
               "struct sock_filter, see seccomp(2)); dump writes it for people: one line per rule\n"
               "with syscall, condition and action.\n\n");
        options_help(options);
        printf("\nExamples:\n"
               "  pinfold seccomp dump --presets strict\n"
               "  pinfold seccomp export --presets ext,deny-ns >filter.bpf\n"
               "  pinfold seccomp dump --rule 'ioctl:errno=EPERM:1&0xffffffff==0x5412'\n");
        return 0;
}

static int show(const struct request *request)
{
        struct pinfold_error err = {0};
        int r;

        if (request->verb == DUMP)
                r = request->loaded ? pinfold_seccomp_dump_loaded(request->policy, STDOUT_FILENO, &err)
                                    : pinfold_seccomp_dump(request->policy, STDOUT_FILENO, &err);
        else
                r = request->loaded ? pinfold_seccomp_export_loaded(request->policy, STDOUT_FILENO, &err)
                                    : pinfold_seccomp_export(request->policy, STDOUT_FILENO, &err);
        return told(r, &err) < 0 ? STATUS_SETUP : 0;
}

static int apply(struct request *request, struct choices *choices, char **rest)
{
        request->policy = pinfold_seccomp_new();
        if (!request->policy) {
                complain("%s", strerror(ENOMEM));
                return STATUS_SETUP;
        }
        if (choices_take(choices, options, request) < 0)
                return STATUS_SETUP;
        if (*rest) {
                complain("unexpected argument %s", *rest);
                return STATUS_SETUP;
        }
        if (request->verb == EXPORT && isatty(STDOUT_FILENO)) {
                complain("standard output is a terminal; send the program to a file, or use dump");
                return STATUS_SETUP;
        }
        return show(request);
}

static int run(int argc, char **argv)
{
        struct request request = {0};
        struct choices choices = {0};
        int status = STATUS_SETUP, r;
        char **rest;

        message_at("seccomp");
        if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
                return help();
        request.verb = argc > 1 ? words_find(VERBS, argv[1]) : -1;
        if (request.verb < 0) {
                complain("neither export nor dump%s%s", argc > 1 ? ": " : " is asked for", argc > 1 ? argv[1] : "");
                if (argc > 1)
                        words_hint(VERBS, argv[1]);
                return STATUS_SETUP;
        }
        r = options_parse(options, argv + 2, &choices, &rest);
        if (r >= 0)
                status = r == 0 ? help() : apply(&request, &choices, rest);
        pinfold_seccomp_free(request.policy);
        choices_free(&choices);
        return status;
}

const struct command command_seccomp = {
        .name = "seccomp",
        .summary = "show a syscall filter, as a program or for people",
        .run = run,
        .options = options,
        .operands = {VERBS},
};

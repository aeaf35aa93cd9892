/* SPDX-License-Identifier: MIT */
/* pinfold seccomp: shows syscall filters, as programs and for people, without running anything. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pinfold/seccomp.h>

#include "cli/command.h"
#include "cli/message.h"

static const char help[] =
        "Usage: pinfold seccomp export [OPTION]... >FILE\n"
        "       pinfold seccomp dump [OPTION]...\n"
        "\n"
        "export writes a syscall filter to standard output as a BPF program (an array of\n"
        "struct sock_filter, see seccomp(2)); dump writes it for people: one line per rule\n"
        "with syscall, condition and action.\n"
        "\n"
        "  --presets LIST   words joined by commas (default: none, which still refuses\n"
        "                   what no program in a container needs):\n"
        "                     ext         clocks, modules, kexec, swap; with deny-ns also\n"
        "                                 changing owners and ids\n"
        "                     deny-ns     new namespaces and mounts\n"
        "                     deny-tty    putting input into a terminal\n"
        "                     deny-devel  ptrace, perf_event_open, personality\n"
        "                     linux32     deny-devel allows PER_LINUX32, not PER_LINUX\n"
        "                     strict      ext,deny-ns,deny-tty,deny-devel\n"
        "  --multiarch      filter the 32-bit architecture too, instead of killing it\n"
        "  --can            allow AF_CAN sockets\n"
        "  --bluetooth      allow AF_BLUETOOTH sockets\n"
        "  --rule RULE      a rule of your own; repeatable, the first that matches decides.\n"
        "                   Rules replace the presets.\n"
        "                     SYSCALL:ACTION[:CONDITION[,CONDITION]...]\n"
        "                     actions: allow, log, trap, kill, errno=EPERM, errno=1\n"
        "                     conditions: INDEX OP VALUE with == != < <= > >=, written\n"
        "                     without spaces; or INDEX&MASK==VALUE\n"
        "  --default ACTION what happens to all other calls (default: allow); anything\n"
        "                   else replaces the presets as well\n"
        "  --loaded         what a container really loads: a faster layout, and hardening.\n"
        "                   Unless its session is retained, a container adds deny-tty.\n"
        "  --no-hardening   with --loaded: without the hardening (io_uring and others)\n"
        "  --help           this text\n"
        "\n"
        "Examples:\n"
        "  pinfold seccomp dump --presets strict\n"
        "  pinfold seccomp export --presets ext,deny-ns >filter.bpf\n"
        "  pinfold seccomp dump --rule 'ioctl:errno=EPERM:1&0xffffffff==0x5412'\n";

enum option_value {
        OPTION_PRESETS = 1,
        OPTION_MULTIARCH,
        OPTION_CAN,
        OPTION_BLUETOOTH,
        OPTION_RULE,
        OPTION_DEFAULT,
        OPTION_LOADED,
        OPTION_NO_HARDENING,
        OPTION_HELP = 'h',
};

static const struct option options[] = {
        {"presets", required_argument, NULL, OPTION_PRESETS},
        {"multiarch", no_argument, NULL, OPTION_MULTIARCH},
        {"can", no_argument, NULL, OPTION_CAN},
        {"bluetooth", no_argument, NULL, OPTION_BLUETOOTH},
        {"rule", required_argument, NULL, OPTION_RULE},
        {"default", required_argument, NULL, OPTION_DEFAULT},
        {"loaded", no_argument, NULL, OPTION_LOADED},
        {"no-hardening", no_argument, NULL, OPTION_NO_HARDENING},
        {"help", no_argument, NULL, OPTION_HELP},
        {0},
};

struct request {
        struct pinfold_seccomp *policy;
        bool dump;
        bool loaded;
        bool help;
};

static int usage(const char *problem, const char *word)
{
        complain("seccomp: %s%s%s", problem, word ? " " : "", word ? word : "");
        hint("pinfold seccomp --help shows how");
        return STATUS_SETUP;
}

static int add_flag(struct request *request, unsigned flag)
{
        return pinfold_seccomp_set_flags(request->policy, pinfold_seccomp_flags(request->policy) | flag);
}

/* One option. Returns 0, or negative with err filled in. */
static int apply(struct request *request, int option, struct pinfold_error *err)
{
        unsigned presets;
        uint32_t action;
        int r;

        switch (option) {
        case OPTION_PRESETS:
                r = pinfold_seccomp_parse_presets(optarg, &presets, err);
                return r < 0 ? r : pinfold_seccomp_set_presets(request->policy, presets);
        case OPTION_MULTIARCH:
                return add_flag(request, PINFOLD_SECCOMP_MULTIARCH);
        case OPTION_CAN:
                return add_flag(request, PINFOLD_SECCOMP_CAN);
        case OPTION_BLUETOOTH:
                return add_flag(request, PINFOLD_SECCOMP_BLUETOOTH);
        case OPTION_RULE:
                return pinfold_seccomp_add_rule_text(request->policy, optarg, err);
        case OPTION_DEFAULT:
                r = pinfold_seccomp_parse_action(optarg, &action, err);
                return r < 0 ? r : pinfold_seccomp_set_default(request->policy, action);
        case OPTION_LOADED:
                request->loaded = true;
                return 0;
        case OPTION_NO_HARDENING:
                return pinfold_seccomp_set_hardening(request->policy, 0);
        default:
                request->help = true;
                return 0;
        }
}

/* Returns 0 or an exit status. */
static int parse(struct request *request, int argc, char **argv)
{
        struct pinfold_error err = {0};
        int option;

        optind = 0; /* from the start, also in a process that has used getopt before */
        opterr = 0;
        while ((option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
                if (option == ':')
                        return usage("no value after option", argv[optind - 1]);
                if (option == '?')
                        return usage("wrong option", argv[optind - 1]);
                if (apply(request, option, &err) < 0) {
                        complain("seccomp: %s", err.text);
                        return STATUS_SETUP;
                }
        }
        return optind < argc ? usage("unexpected argument", argv[optind]) : 0;
}

static int show(const struct request *request)
{
        struct pinfold_error err = {0};
        int r;

        if (request->dump)
                r = request->loaded ? pinfold_seccomp_dump_loaded(request->policy, STDOUT_FILENO, &err)
                                    : pinfold_seccomp_dump(request->policy, STDOUT_FILENO, &err);
        else if (isatty(STDOUT_FILENO))
                return usage("standard output is a terminal; send the program to a file, or use dump", NULL);
        else
                r = request->loaded ? pinfold_seccomp_export_loaded(request->policy, STDOUT_FILENO, &err)
                                    : pinfold_seccomp_export(request->policy, STDOUT_FILENO, &err);
        if (r < 0)
                complain("seccomp: %s", err.text);
        return r < 0 ? STATUS_SETUP : 0;
}

static int print_help(void)
{
        return fputs(help, stdout) < 0 || fflush(stdout) != 0 ? STATUS_SETUP : 0;
}

static int run(int argc, char **argv)
{
        struct request request = {0};
        int status;

        if (argc < 2)
                return usage("neither export nor dump is asked for", NULL);
        if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
                return print_help();
        request.dump = strcmp(argv[1], "dump") == 0;
        if (!request.dump && strcmp(argv[1], "export") != 0)
                return usage("neither export nor dump:", argv[1]);
        request.policy = pinfold_seccomp_new();
        if (!request.policy) {
                complain("seccomp: %s", strerror(ENOMEM));
                return STATUS_SETUP;
        }
        status = parse(&request, argc - 1, argv + 1);
        if (status == 0)
                status = request.help ? print_help() : show(&request);
        pinfold_seccomp_free(request.policy);
        return status;
}

const struct command command_seccomp = {
        .name = "seccomp",
        .summary = "show a syscall filter, as a program or for people",
        .run = run,
        .words = "export dump --presets --multiarch --can --bluetooth --rule --default --loaded --no-hardening",
};

/* SPDX-License-Identifier: MIT */
/* Operations and parameters as text: <pinfold/options.h>. A new parameter gets its row here. */
#define _GNU_SOURCE

#include <pinfold/options.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "container/container.h"
#include "ops/list.h"
#include "ops/text.h"

/* ---- Values ---------------------------------------------------------------------------------------------------- */

static int wrong(struct pinfold_error *err, const char *value, const char *expected)
{
        return error_set(err, EINVAL, "\"%s\" is not %s", value, expected);
}

static int set_uid(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        uint32_t id;

        return text_u32(value, 10, &id) < 0 ? wrong(err, value, "a user id") : pinfold_set_uid(box, id);
}

static int set_gid(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        uint32_t id;

        return text_u32(value, 10, &id) < 0 ? wrong(err, value, "a group id") : pinfold_set_gid(box, id);
}

static int set_range(struct pinfold *box, const char *value,
                     int (*map)(struct pinfold *, uint32_t, uint32_t, uint32_t), struct pinfold_error *err)
{
        const char *text = value;
        uint32_t range[3];

        for (size_t i = 0; i < ELEMENTS(range); i++) {
                _cleanup_free_ char *piece = text ? text_piece(&text, ':') : NULL;

                if (!piece || text_u32(piece, 10, &range[i]) < 0)
                        return wrong(err, value, "INSIDE:OUTSIDE:COUNT");
        }
        return text ? wrong(err, value, "INSIDE:OUTSIDE:COUNT") : map(box, range[0], range[1], range[2]);
}

static int set_map_uids(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        return set_range(box, value, pinfold_map_uids, err);
}

static int set_map_gids(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        return set_range(box, value, pinfold_map_gids, err);
}

static int set_env(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        const char *equals = strchr(value, '=');
        _cleanup_free_ char *name = NULL;

        if (!equals || equals == value)
                return wrong(err, value, "NAME=VALUE");
        name = strndup(value, (size_t)(equals - value));
        return name ? pinfold_add_env(box, name, equals + 1) : error_set(err, ENOMEM, "out of memory");
}

static int set_dirs(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        _cleanup_(list_free) struct list dirs = {0};

        for (const char *text = value; text;) {
                _cleanup_free_ char *piece = text_piece(&text, ':');

                if (!piece || list_add(&dirs, piece) < 0)
                        return error_set(err, ENOMEM, "out of memory");
        }
        return pinfold_try_dirs(box, (const char *const *)dirs.items);
}

static int set_capability(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        (void)err;
        return pinfold_keep_capability(box, value, 1);
}

static int add_filter(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        _cleanup_close_ int fd = open(value, O_RDONLY | O_CLOEXEC);

        return fd < 0 ? error_path(err, errno, "open", value) : pinfold_add_filter(box, fd);
}

static int set_net(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        bool host = strcmp(value, "host") == 0;

        if (!host && strcmp(value, "none") != 0)
                return wrong(err, value, "none or host");
        return pinfold_set_flags(box, PINFOLD_HOST_NET, host);
}

static int parse_duration(const char *value, int64_t *ret_milliseconds)
{
        static const struct {
                const char *name;
                int64_t factor;
        } units[] = {{"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60000}, {"h", 3600000}};
        const char *digits = value + (*value == '-');
        int64_t number;
        char *end;

        if (!isdigit((unsigned char)*digits))
                return -EINVAL;
        errno = 0;
        number = strtoll(value, &end, 10);
        for (size_t i = 0; !errno && i < ELEMENTS(units); i++)
                if (strcmp(end, units[i].name) == 0)
                        return __builtin_mul_overflow(number, units[i].factor, ret_milliseconds) ? -EINVAL : 0;
        return -EINVAL;
}

static int set_duration(struct pinfold *box, const char *value, int (*set)(struct pinfold *, int64_t),
                        struct pinfold_error *err)
{
        int64_t milliseconds;

        if (parse_duration(value, &milliseconds) < 0)
                return wrong(err, value, "a time, such as 5s or 200ms");
        return set(box, milliseconds);
}

static int set_adopt_wait_delay(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        return set_duration(box, value, pinfold_set_adopt_wait_delay, err);
}

static int set_wait_delay(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        return set_duration(box, value, pinfold_set_wait_delay, err);
}

/* As kill(1) takes it, for those that are sent to end something. */
static int set_cancel_signal(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        static const struct {
                const char *name;
                int number;
        } signals[] = {{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT}, {"KILL", SIGKILL},
                       {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"TERM", SIGTERM}};
        const char *name = strncmp(value, "SIG", 3) == 0 ? value + 3 : value;
        uint32_t number = 0;

        for (size_t i = 0; i < ELEMENTS(signals); i++)
                if (strcmp(name, signals[i].name) == 0)
                        number = (uint32_t)signals[i].number;
        if (number == 0 && (text_u32(value, 10, &number) < 0 || number < 1 || number > 64))
                return wrong(err, value, "a signal: HUP, INT, QUIT, KILL, USR1, USR2, TERM or a number");
        return pinfold_set_cancel_signal(box, (int)number);
}

static int set_timeout(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        return set_duration(box, value, pinfold_set_timeout, err);
}

static int set_parent_perm(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        uint32_t mode;

        return text_u32(value, 8, &mode) < 0 ? wrong(err, value, "an octal mode") : pinfold_set_parent_perm(box, mode);
}

/* Numbers may have the suffixes of sizes; the one of cpu is a time, rounded up to seconds. */
static int parse_limit(int resource, const char *text, uint64_t *ret)
{
        int64_t number = 0;
        int r;

        if (strcmp(text, "unlimited") == 0) {
                *ret = UINT64_MAX; /* RLIM_INFINITY */
                return 0;
        }
        if (resource == RLIMIT_CPU) {
                r = parse_duration(text, &number);
                number = number / 1000 + (number % 1000 > 0);
        } else {
                r = text_size(text, &number);
        }
        if (r < 0 || number < 0)
                return -EINVAL;
        *ret = (uint64_t)number;
        return 0;
}

static int no_such_limit(const char *name, struct pinfold_error *err)
{
        char names[256] = "";

        for (uint64_t i = 0; i < LIMITS; i++)
                snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", limit_name(i));
        return error_set(err, EINVAL, "\"%s\" is none of the limits%s", name, names);
}

static int set_rlimit(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        const char *text = value;
        _cleanup_free_ char *name = text_piece(&text, '=');
        _cleanup_free_ char *soft_text = text ? text_piece(&text, ':') : NULL;
        uint64_t soft, hard;
        int resource;

        if (!name || !soft_text)
                return wrong(err, value, "NAME=SOFT[:HARD]");
        resource = limit_find(name);
        if (resource < 0)
                return no_such_limit(name, err);
        if (parse_limit(resource, soft_text, &soft) < 0 || parse_limit(resource, text ? text : soft_text, &hard) < 0)
                return wrong(err, value, resource == RLIMIT_CPU ? "a limit: a time, such as 10s, or unlimited"
                                                                : "a limit: a number, such as 64 or 1G, or unlimited");
        return pinfold_set_rlimit(box, resource, soft, hard);
}

static int set_umask(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        uint32_t mask;

        return text_u32(value, 8, &mask) < 0 ? wrong(err, value, "an octal mask") : pinfold_set_umask(box, mask);
}

static int set_nice(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        uint32_t number;
        bool negative = *value == '-';

        if (text_u32(value + negative, 10, &number) < 0 || number > 20)
                return wrong(err, value, "a nice value, -20 to 19");
        return pinfold_set_nice(box, negative ? -(int)number : (int)number);
}

#define CPUS (SETUP_CPUS_SIZE * 8)

/* "N" or "N-M", marked in `marks`. */
static int mark_cpus(char *range, bool marks[CPUS])
{
        char *dash = strchr(range, '-');
        uint32_t first, last;

        if (dash)
                *dash = '\0';
        if (text_u32(range, 10, &first) < 0 || text_u32(dash ? dash + 1 : range, 10, &last) < 0 || first > last ||
            last >= CPUS)
                return -EINVAL;
        for (; first <= last; first++)
                marks[first] = true;
        return 0;
}

static int set_cpus(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        bool marks[CPUS] = {false};
        unsigned cpus[CPUS];
        size_t count = 0;

        for (const char *text = value; text;) {
                _cleanup_free_ char *range = text_piece(&text, ',');

                if (!range || mark_cpus(range, marks) < 0)
                        return wrong(err, value, "a list of CPUs, such as 0-3,5");
        }
        for (unsigned i = 0; i < CPUS; i++)
                if (marks[i])
                        cpus[count++] = i;
        return pinfold_set_cpus(box, cpus, count);
}

static int set_presets(struct pinfold_seccomp *policy, const char *value, struct pinfold_error *err)
{
        unsigned presets;
        int r = pinfold_seccomp_parse_presets(value, &presets, err);

        return r < 0 ? r : pinfold_seccomp_set_presets(policy, presets);
}

static int add_seccomp_flag(struct pinfold *box, unsigned flag)
{
        return pinfold_seccomp_set_flags(box->seccomp, pinfold_seccomp_flags(box->seccomp) | flag);
}

static int set_multiarch(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        (void)value;
        (void)err;
        return add_seccomp_flag(box, PINFOLD_SECCOMP_MULTIARCH);
}

static int set_can(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        (void)value;
        (void)err;
        return add_seccomp_flag(box, PINFOLD_SECCOMP_CAN);
}

static int set_bluetooth(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        (void)value;
        (void)err;
        return add_seccomp_flag(box, PINFOLD_SECCOMP_BLUETOOTH);
}

static int set_no_hardening(struct pinfold *box, const char *value, struct pinfold_error *err)
{
        (void)value;
        (void)err;
        return pinfold_seccomp_set_hardening(box->seccomp, 0);
}

static int set_seccomp_default(struct pinfold_seccomp *policy, const char *value, struct pinfold_error *err)
{
        uint32_t action;
        int r = pinfold_seccomp_parse_action(value, &action, err);

        return r < 0 ? r : pinfold_seccomp_set_default(policy, action);
}

static int set_seccomp_rule(struct pinfold_seccomp *policy, const char *value, struct pinfold_error *err)
{
        return pinfold_seccomp_add_rule_text(policy, value, err);
}

/* ---- The table ------------------------------------------------------------------------------------------------- */

/* One of text, flag, set, policy. */
struct parameter {
        struct pinfold_option option;
        int (*text)(struct pinfold *box, const char *value);
        unsigned flag; /* enum pinfold_flag */
        int (*set)(struct pinfold *box, const char *value, struct pinfold_error *err);
        int (*policy)(struct pinfold_seccomp *policy, const char *value, struct pinfold_error *err); /* err is finished */
};

#define PARAMETER(name, argument, help) \
        {sizeof(struct pinfold_option), name, PINFOLD_OPTION_PARAMETER, argument, help, NULL}

static const struct parameter parameters[] = {
        {PARAMETER("uid", "ID", "the user id inside; outside it is the caller's"), .set = set_uid},
        {PARAMETER("gid", "ID", "the group id inside; outside it is the caller's"), .set = set_gid},
        {PARAMETER("map-uids", "INSIDE:OUTSIDE:COUNT", "maps a range of user ids; repeatable"), .set = set_map_uids},
        {PARAMETER("map-gids", "INSIDE:OUTSIDE:COUNT", "maps a range of group ids; repeatable"), .set = set_map_gids},
        {PARAMETER("hostname", "NAME", "the host name inside"), .text = pinfold_set_hostname},
        {PARAMETER("chdir", "DIR", "the working directory inside"), .text = pinfold_set_dir},
        {PARAMETER("try-chdir", "DIR[:DIR...]", "tries these as the working directory first; PWD says which it is"), .set = set_dirs},
        {PARAMETER("env", "NAME=VALUE", "adds to the environment, which is empty otherwise; repeatable"), .set = set_env},
        {PARAMETER("net", "none|host", "the network: a private one with its loopback (none), or the host's"), .set = set_net},
        {PARAMETER("host-abstract", NULL, "leaves the host's abstract unix sockets in reach"), .flag = PINFOLD_HOST_ABSTRACT},
        {PARAMETER("nested", NULL, "user namespaces may be created inside"), .flag = PINFOLD_NESTED},
        {PARAMETER("privileged", NULL, "the program keeps CAP_SYS_ADMIN over what is mounted from now on"), .flag = PINFOLD_PRIVILEGED},
        {PARAMETER("retain-session", NULL, "stays in the caller's session and on its terminal"), .flag = PINFOLD_RETAIN_SESSION},
        {PARAMETER("retain-group", NULL, "with retain-session: stays in the caller's process group, too"), .flag = PINFOLD_RETAIN_GROUP},
        {PARAMETER("host-ipc", NULL, "leaves the host's System V objects and message queues in reach"), .flag = PINFOLD_HOST_IPC},
        {PARAMETER("host-uts", NULL, "the host's name, not to be changed, and not a copy of it"), .flag = PINFOLD_HOST_UTS},
        {PARAMETER("host-cgroup", NULL, "shows the host's paths of cgroups"), .flag = PINFOLD_HOST_CGROUP},
        {PARAMETER("host-pid", NULL, "no process namespace: the host's processes are seen, and only the program is ended"),
         .flag = PINFOLD_HOST_PID},
        {PARAMETER("host-signals", NULL, "with host-pid: processes of the host can be sent signals"), .flag = PINFOLD_HOST_SIGNALS},
        {PARAMETER("as-pid-1", NULL, "the program is PID 1 of a process namespace of its own, without an init"), .flag = PINFOLD_AS_PID_1},
        {PARAMETER("outlive", NULL, "what the program leaves behind goes on, also without the caller"), .flag = PINFOLD_OUTLIVE},
        {PARAMETER("capability", "NAME", "the program keeps this capability over the container, or all; repeatable"), .set = set_capability},
        {PARAMETER("forward-cancel", NULL, "cancel sends a signal to the program and goes on"), .flag = PINFOLD_FORWARD_CANCEL},
        {PARAMETER("cancel-signal", "SIGNAL", "the one that forward-cancel sends (INT)"), .set = set_cancel_signal},
        {PARAMETER("adopt-wait-delay", "TIME", "how long processes may outlive the program (5s)"), .set = set_adopt_wait_delay},
        {PARAMETER("wait-delay", "TIME", "after cancel, how long until everything is killed (never)"), .set = set_wait_delay},
        {PARAMETER("parent-perm", "MODE", "permissions of parent directories that have to be made (0755)"), .set = set_parent_perm},
        {PARAMETER("timeout", "TIME", "how long the run may take; then everything is killed, and the status is 124 (no limit)"), .set = set_timeout},
        {PARAMETER("rlimit", "NAME=SOFT[:HARD]", "a limit of the program, as in getrlimit(2): nofile=64, cpu=10s, as=1G; repeatable"), .set = set_rlimit},
        {PARAMETER("umask", "OCTAL", "the program's umask"), .set = set_umask},
        {PARAMETER("nice", "N", "the program's nice value"), .set = set_nice},
        {PARAMETER("cpus", "LIST", "the CPUs that the program begins on: 0-3,5"), .set = set_cpus},
        {PARAMETER("presets", "ext|deny-ns|deny-tty|deny-devel|linux32|deny-perf|strict|everyday|none[,...]", "what the syscall filter refuses"), .policy = set_presets},
        {PARAMETER("multiarch", NULL, "the filter lets programs of the 32-bit architecture run"), .set = set_multiarch},
        {PARAMETER("can", NULL, "the filter allows CAN sockets"), .set = set_can},
        {PARAMETER("bluetooth", NULL, "the filter allows Bluetooth sockets"), .set = set_bluetooth},
        {PARAMETER("seccomp-rule", "SYSCALL:ACTION[:CONDITION,...]", "a filter rule in place of the presets; repeatable"), .policy = set_seccomp_rule},
        {PARAMETER("seccomp-default", "ACTION", "what the filter does to calls without a rule (allow)"), .policy = set_seccomp_default},
        {PARAMETER("no-hardening", NULL, "the filter is exactly what presets or rules say"), .set = set_no_hardening},
        {PARAMETER("bpf", "FILE", "a filter of classic BPF, loaded in addition; repeatable"), .set = add_filter},
        {PARAMETER("no-seccomp", NULL, "no syscall filter at all"), .flag = PINFOLD_NO_SECCOMP},
};

static const struct parameter *parameter_find(const char *name)
{
        for (size_t i = 0; i < ELEMENTS(parameters); i++)
                if (strcmp(parameters[i].option.name, name) == 0)
                        return &parameters[i];
        return NULL;
}

const struct pinfold_option *pinfold_option_at(size_t index)
{
        if (index < op_count)
                return &op_list[index]->option;
        index -= op_count;
        return index < ELEMENTS(parameters) ? &parameters[index].option : NULL;
}

/* ---- Setting --------------------------------------------------------------------------------------------------- */

/* A setter keeps its failure for start; here it is reported at once instead. */
static int take_failure(struct pinfold *box, int r, struct pinfold_error *err)
{
        if (r < 0 && box->sink.failure.error) {
                *err = box->sink.failure;
                box->sink.failure = (struct pinfold_error){0};
        }
        return r;
}

static int parameter_set(struct pinfold *box, const struct parameter *parameter, const char *value,
                         struct pinfold_error *err)
{
        struct pinfold_error earlier = box->sink.failure;
        int r;

        box->sink.failure = (struct pinfold_error){0};
        if (parameter->text)
                r = parameter->text(box, value);
        else if (parameter->flag)
                r = pinfold_set_flags(box, parameter->flag, 1);
        else
                r = parameter->set(box, value, err);
        r = take_failure(box, r, err);
        box->sink.failure = earlier;
        return r;
}

static int set(struct pinfold *box, const char *name, const char *value, struct pinfold_error *err)
{
        const struct op *op = op_find(name, NULL);
        const struct parameter *parameter = parameter_find(name);
        const char *argument = op ? op->option.argument : parameter ? parameter->option.argument : NULL;
        char lead[64];
        int r;

        if (box && value && parameter && parameter->policy)
                return parameter->policy(box->seccomp, value, err);
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        if (op && value)
                snprintf(lead, sizeof(lead), "cannot add operation"); /* its name is in the text */
        else
                snprintf(lead, sizeof(lead), "cannot set %.48s", name);
        if (!box)
                r = error_set(err, ENOMEM, "no container");
        else if (!op && !parameter)
                r = error_set(err, ENOENT, "no such option");
        else if (argument && !value)
                r = error_set(err, EINVAL, "it takes %s", argument);
        else if (!argument && value)
                r = error_set(err, EINVAL, "it takes no value");
        else if (op)
                r = op_add_text(&box->sink, op, value, err);
        else
                r = parameter_set(box, parameter, value, err);
        return r < 0 ? error_finish(err, lead) : 0;
}

int pinfold_set(struct pinfold *box, const char *name, const char *value, struct pinfold_error *err)
{
        struct pinfold_error own = {0};

        return container_return(err, &own, set(box, name, value, &own));
}

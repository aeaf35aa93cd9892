/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "seccomp/export.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/arch.h"
#include "seccomp/compile.h"
#include "seccomp/output.h"

static void cleanup_context(scmp_filter_ctx *context)
{
        if (*context)
                seccomp_release(*context);
}

/*
 * A new context is for the machine's own architecture; that one leaves last, because libseccomp wants one at all
 * times.
 */
static int set_archs(scmp_filter_ctx context, const struct pinfold_seccomp *policy, const struct arch *native)
{
        const struct arch *archs[2];
        size_t count = policy_archs(policy, native, archs);
        int r = 0;

        for (size_t i = 0; i < count; i++) {
                r = seccomp_arch_add(context, archs[i]->audit);
                if (r < 0 && r != -EEXIST)
                        return r;
        }
        if (native != arch_native())
                r = seccomp_arch_remove(context, arch_native()->audit);
        return r == -EEXIST ? 0 : r;
}

/* libseccomp wants the machine's own number; for a call that only others have, a negative one, which it made up. */
static int add_rule(scmp_filter_ctx context, const struct rule *rule, const struct pinfold_seccomp_arg *from)
{
        struct scmp_arg_cmp args[PINFOLD_SECCOMP_ARGS_MAX];
        int number = rule->number;

        for (size_t i = 0; i < rule->count; i++)
                args[i] = (struct scmp_arg_cmp){
                        .arg = from[i].index,
                        .op = (enum scmp_compare)from[i].op,
                        .datum_a = from[i].a,
                        .datum_b = from[i].b,
                };
        if (*rule->name) {
                number = seccomp_syscall_resolve_name(rule->name);
                if (number == __NR_SCMP_ERROR)
                        number = arch_syscall(arch_native(), rule->name);
        }
        return seccomp_rule_add_array(context, rule->action, number, rule->count, args);
}

static int add_rules(scmp_filter_ctx context, const struct rules *rules, struct pinfold_error *err)
{
        for (size_t i = 0; i < rules->count; i++) {
                const struct rule *rule = &rules->rule[i];
                int r = add_rule(context, rule, rule_args(rules, rule));
                char label[SYSCALL_NAME_MAX];

                if (r == 0)
                        continue;
                rule_label(rule->name, rule->number, label);
                if (r == -ENOMEM)
                        return error_set(err, ENOMEM, "add the rule for %s", label);
                return error_set(err, EOPNOTSUPP, "rule %zu, for %s, cannot be expressed with libseccomp", i + 1,
                                 label);
        }
        return 0;
}

/* libseccomp 2.5 exports to descriptors only. */
static int export_to_buffer(scmp_filter_ctx context, struct buffer *ret_program)
{
        _cleanup_close_ int fd = memfd_create("filter", MFD_CLOEXEC);
        struct buffer program = {0};
        uint8_t chunk[4096];
        ssize_t n;
        int r;

        if (fd < 0)
                return -errno;
        r = seccomp_export_bpf(context, fd);
        if (r < 0)
                return r;
        for (off_t at = 0; (n = pread(fd, chunk, sizeof(chunk), at)) > 0; at += n)
                buffer_append(&program, chunk, (size_t)n);
        r = n < 0 ? -errno : program.error;
        if (r < 0)
                buffer_free(&program);
        else
                *ret_program = program;
        return r;
}

int seccomp_export(const struct pinfold_seccomp *policy, const struct arch *native, struct buffer *ret_program,
                   struct pinfold_error *err)
{
        _cleanup_(cleanup_context) scmp_filter_ctx context = seccomp_init(policy->default_action);
        _cleanup_(rules_free) struct rules made = {0};
        const struct rules *rules;
        int r;

        if (!context)
                return error_set(err, ENOMEM, "start a filter with libseccomp");
        r = set_archs(context, policy, native);
        if (r < 0)
                return error_set(err, -r, "set the architectures of the filter");
        r = policy_rules(policy, 0, false, &made, &rules, err);
        if (r == 0)
                r = add_rules(context, rules, err);
        if (r < 0)
                return r;
        r = export_to_buffer(context, ret_program);
        return r < 0 ? error_set(err, -r, "export the filter from libseccomp") : 0;
}

typedef int compile_fn(const struct pinfold_seccomp *policy, struct buffer *ret_program, struct pinfold_error *err);

static int compile_export(const struct pinfold_seccomp *policy, struct buffer *ret_program, struct pinfold_error *err)
{
        return seccomp_export(policy, arch_native(), ret_program, err);
}

static int compile_loaded(const struct pinfold_seccomp *policy, struct buffer *ret_program, struct pinfold_error *err)
{
        return seccomp_compile(policy, 0, ret_program, err);
}

static int compile_and_write(const struct pinfold_seccomp *policy, compile_fn *compile, int fd,
                             struct pinfold_error *err)
{
        _cleanup_(buffer_free) struct buffer program = {0};
        struct pinfold_error own;
        int r;

        if (!err)
                err = &own;
        r = policy ? compile(policy, &program, err) : error_set(err, ENOMEM, "no policy");
        if (r == 0)
                r = output(fd, &program, err);
        if (r == 0)
                return 0;
        error_stage(err, PINFOLD_STAGE_FILTER);
        return error_finish(err, "cannot export syscall filter");
}

int pinfold_seccomp_export(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err)
{
        return compile_and_write(policy, compile_export, fd, err);
}

int pinfold_seccomp_export_loaded(const struct pinfold_seccomp *policy, int fd, struct pinfold_error *err)
{
        return compile_and_write(policy, compile_loaded, fd, err);
}

/* SPDX-License-Identifier: MIT */
#include "bpf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seccomp/compile.h"
#include "seccomp/export.h"

size_t bpf_length(const struct buffer *program)
{
        return program->size / sizeof(struct sock_filter);
}

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
        uint32_t word;

        if (offset % sizeof(word) != 0 || offset + sizeof(word) > sizeof(*data))
                fail_msg("load at %u", offset);
        memcpy(&word, (const char *)data + offset, sizeof(word));
        return word;
}

static int compare(const struct sock_filter *at, uint32_t accumulator)
{
        switch (BPF_OP(at->code)) {
        case BPF_JEQ:
                return accumulator == at->k;
        case BPF_JGT:
                return accumulator > at->k;
        case BPF_JGE:
                return accumulator >= at->k;
        case BPF_JSET:
                return (accumulator & at->k) != 0;
        default:
                fail_msg("jump 0x%x", at->code);
                return 0;
        }
}

uint32_t bpf_run(const struct buffer *program, const struct seccomp_data *data)
{
        const struct sock_filter *code = (const struct sock_filter *)(const void *)program->data;
        size_t length = bpf_length(program);
        uint32_t accumulator = 0;

        assert_int_equal(program->size % sizeof(*code), 0);
        assert_in_range(length, 1, BPF_MAXINSNS);
        for (size_t pc = 0; pc < length; pc++) {
                const struct sock_filter *at = &code[pc];

                if (at->code == (BPF_RET | BPF_K))
                        return at->k == SECCOMP_RET_KILL_THREAD ? SECCOMP_RET_KILL_PROCESS : at->k;
                if (at->code == (BPF_LD | BPF_W | BPF_ABS))
                        accumulator = load(data, at->k);
                else if (at->code == (BPF_ALU | BPF_AND | BPF_K))
                        accumulator &= at->k;
                else if (at->code == (BPF_JMP | BPF_JA))
                        pc += at->k;
                else if (BPF_CLASS(at->code) == BPF_JMP && BPF_SRC(at->code) == BPF_K)
                        pc += compare(at, accumulator) ? at->jt : at->jf;
                else
                        fail_msg("instruction 0x%x at %zu", at->code, pc);
        }
        fail_msg("the program does not end");
        return 0;
}

uint32_t verdict(const struct buffer *program, const struct arch *arch, uint32_t number, uint64_t arg0, uint64_t arg1)
{
        struct seccomp_data data = {.nr = (int)number, .arch = arch->audit, .args = {arg0, arg1}};

        return bpf_run(program, &data);
}

uint32_t verdict_of(const struct buffer *program, const struct arch *arch, const char *name, uint64_t arg0,
                    uint64_t arg1)
{
        int number = arch_syscall(arch, name);

        if (number < 0)
                fail_msg("no %s on %s", name, arch->name);
        return verdict(program, arch, (uint32_t)number, arg0, arg1);
}

struct pinfold_seccomp *policy_of(unsigned flags, unsigned presets)
{
        struct pinfold_seccomp *policy = pinfold_seccomp_new();

        assert_non_null(policy);
        assert_int_equal(pinfold_seccomp_set_flags(policy, flags), 0);
        assert_int_equal(pinfold_seccomp_set_presets(policy, presets), 0);
        return policy;
}

struct buffer exported(const struct arch *arch, const struct pinfold_seccomp *policy)
{
        struct pinfold_error err = {0};
        struct buffer program = {0};

        if (seccomp_export(policy, arch, &program, &err) < 0)
                fail_msg("%s", err.text);
        return program;
}

struct buffer loaded(const struct arch *arch, const struct pinfold_seccomp *policy)
{
        struct pinfold_error err = {0};
        struct buffer program = {0};

        if (seccomp_compile_for(arch, policy, 0, &program, &err) < 0)
                fail_msg("%s", err.text);
        return program;
}

const char *call_text(const struct seccomp_data *data)
{
        static char text[200];

        snprintf(text, sizeof(text), "arch 0x%x nr 0x%x args 0x%llx 0x%llx 0x%llx", data->arch, (unsigned)data->nr,
                 (unsigned long long)data->args[0], (unsigned long long)data->args[1],
                 (unsigned long long)data->args[2]);
        return text;
}

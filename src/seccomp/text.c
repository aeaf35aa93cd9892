/* SPDX-License-Identifier: MIT */
/* Policies as text. The grammar is in <pinfold/seccomp.h>; what the writers here write, the readers read. */
#define _GNU_SOURCE

#include "seccomp/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "seccomp/errnos.h"
#include "seccomp/policy.h"

#define ERRNO_MAX 4095

/* ---- Words joined by commas ------------------------------------------------------------------------------------ */

struct word {
        const char *text;
        unsigned bits;
};

static const struct word preset_words[] = {
        {"ext", PINFOLD_SECCOMP_EXT},
        {"deny-ns", PINFOLD_SECCOMP_DENY_NS},
        {"deny-tty", PINFOLD_SECCOMP_DENY_TTY},
        {"deny-devel", PINFOLD_SECCOMP_DENY_DEVEL},
        {"linux32", PINFOLD_SECCOMP_LINUX32},
        {"deny-perf", PINFOLD_SECCOMP_DENY_PERF},
        {"everyday", PINFOLD_SECCOMP_EVERYDAY},
        {"strict", PINFOLD_SECCOMP_STRICT},
        {"none", 0},
        {0},
};

static const struct word flag_words[] = {
        {"multiarch", PINFOLD_SECCOMP_MULTIARCH},
        {"can", PINFOLD_SECCOMP_CAN},
        {"bluetooth", PINFOLD_SECCOMP_BLUETOOTH},
        {"none", 0},
        {0},
};

static const struct word *find_word(const struct word *words, const char *text, size_t length)
{
        for (; words->text; words++)
                if (strlen(words->text) == length && strncmp(words->text, text, length) == 0)
                        return words;
        return NULL;
}

static int parse_words(const char *text, const struct word *words, const char *what, unsigned *ret_bits,
                       struct pinfold_error *err)
{
        unsigned bits = 0;

        for (const char *at = text;; at++) {
                size_t length = strcspn(at, ",");
                const struct word *word = find_word(words, at, length);

                if (!word)
                        return error_set(err, EINVAL, "%s \"%s\": unknown word \"%.*s\"", what, text, (int)length, at);
                bits |= word->bits;
                at += length;
                if (!*at)
                        break;
        }
        *ret_bits = bits;
        return 0;
}

/* ---- Numbers, errno names, actions ----------------------------------------------------------------------------- */

/* The whole of `text`, decimal or, after 0x, hexadecimal. */
static bool parse_number(const char *text, uint64_t max, uint64_t *ret_number)
{
        bool hexadecimal = strncmp(text, "0x", 2) == 0;
        const char *digits = hexadecimal ? text + 2 : text;
        unsigned long long number;
        char *end;

        /* strtoull takes spaces and signs. */
        if (!*digits || strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789") != strlen(digits))
                return false;
        errno = 0;
        number = strtoull(digits, &end, hexadecimal ? 16 : 10);
        if (errno || number > max)
                return false;
        *ret_number = number;
        return true;
}

static bool parse_errno(const char *text, uint32_t *ret_action)
{
        uint64_t number;

        if (!parse_number(text, ERRNO_MAX, &number))
                number = (uint64_t)errno_find(text);
        if (number < 1 || number > ERRNO_MAX)
                return false;
        *ret_action = PINFOLD_SECCOMP_ERRNO(number);
        return true;
}

static const struct word action_words[] = {
        {"allow", PINFOLD_SECCOMP_ALLOW},
        {"log", PINFOLD_SECCOMP_LOG},
        {"trap", PINFOLD_SECCOMP_TRAP},
        {"kill", PINFOLD_SECCOMP_KILL},
        {0},
};

static int parse_action(const char *text, uint32_t *ret_action, struct pinfold_error *err)
{
        const struct word *word = find_word(action_words, text, strlen(text));

        if (word) {
                *ret_action = word->bits;
                return 0;
        }
        if (strncmp(text, "errno=", 6) != 0)
                return error_set(err, EINVAL, "unknown action \"%s\" (allow, log, trap, kill, errno=NAME)", text);
        if (!parse_errno(text + 6, ret_action))
                return error_set(err, EINVAL, "unknown errno \"%s\"", text + 6);
        return 0;
}

void action_text(uint32_t action, char ret_text[ACTION_TEXT_MAX])
{
        const char *name;

        for (const struct word *word = action_words; word->text; word++)
                if (word->bits == action) {
                        snprintf(ret_text, ACTION_TEXT_MAX, "%s", word->text);
                        return;
                }
        name = errno_name((int)(action & 0xffff));
        if (name)
                snprintf(ret_text, ACTION_TEXT_MAX, "errno=%s", name);
        else
                snprintf(ret_text, ACTION_TEXT_MAX, "errno=%u", (unsigned)(action & 0xffff));
}

/* ---- Conditions and rules -------------------------------------------------------------------------------------- */

/* Those of two characters first: "<" begins "<=". */
static const struct word operators[] = {
        {"==", PINFOLD_SECCOMP_EQ},
        {"!=", PINFOLD_SECCOMP_NE},
        {"<=", PINFOLD_SECCOMP_LE},
        {">=", PINFOLD_SECCOMP_GE},
        {"<", PINFOLD_SECCOMP_LT},
        {">", PINFOLD_SECCOMP_GT},
        {0},
};

void condition_text(const struct pinfold_seccomp_arg *arg, char ret_text[CONDITION_TEXT_MAX])
{
        unsigned long long a = arg->a, b = arg->b;

        if (arg->op == PINFOLD_SECCOMP_MASKED_EQ) {
                snprintf(ret_text, CONDITION_TEXT_MAX, "%u&0x%llx==0x%llx", arg->index, a, b);
                return;
        }
        for (const struct word *op = operators; op->text; op++)
                if (op->bits == arg->op)
                        snprintf(ret_text, CONDITION_TEXT_MAX, a < 1024 ? "%u%s%llu" : "%u%s0x%llx", arg->index,
                                 op->text, a);
}

/* INDEX OP VALUE or INDEX&MASK==VALUE; changes `text`. */
static bool parse_condition(char *text, struct pinfold_seccomp_arg *ret_arg)
{
        size_t length = strcspn(text, "=!<>");
        const struct word *op = operators;
        struct pinfold_seccomp_arg arg = {0};
        uint64_t index, value;
        char *mask;

        while (op->text && strncmp(text + length, op->text, strlen(op->text)) != 0)
                op++;
        if (!op->text || !parse_number(text + length + strlen(op->text), UINT64_MAX, &value))
                return false;
        text[length] = '\0';
        arg.op = op->bits;
        arg.a = value;
        mask = strchr(text, '&');
        if (mask) {
                *mask++ = '\0';
                if (arg.op != PINFOLD_SECCOMP_EQ || !parse_number(mask, UINT64_MAX, &arg.a))
                        return false;
                arg.op = PINFOLD_SECCOMP_MASKED_EQ;
                arg.b = value;
        }
        if (!parse_number(text, UINT32_MAX, &index))
                return false;
        arg.index = (unsigned)index;
        *ret_arg = arg;
        return true;
}

static int parse_conditions(char *text, struct pinfold_seccomp_arg *ret_args, size_t *ret_count,
                            struct pinfold_error *err)
{
        size_t count = 0;
        char *word;

        while ((word = strsep(&text, ","))) {
                _cleanup_free_ char *copy = strdup(word);

                if (!copy)
                        return error_set(err, ENOMEM, "read condition \"%s\"", word);
                if (count == PINFOLD_SECCOMP_ARGS_MAX)
                        return error_set(err, EINVAL, "more than %d conditions", PINFOLD_SECCOMP_ARGS_MAX);
                if (!parse_condition(copy, &ret_args[count++]))
                        return error_set(err, EINVAL,
                                         "condition \"%s\" is neither INDEX OP VALUE nor INDEX&MASK==VALUE", word);
        }
        *ret_count = count;
        return 0;
}

/* SYSCALL:ACTION[:CONDITION,...]; changes `text`. */
static int add_rule_text(struct pinfold_seccomp *policy, char *text, struct pinfold_error *err)
{
        struct pinfold_seccomp_arg args[PINFOLD_SECCOMP_ARGS_MAX];
        const char *syscall = strsep(&text, ":");
        const char *action_word = strsep(&text, ":");
        uint64_t number = 0;
        uint32_t action;
        size_t count = 0;
        int r;

        if (!action_word)
                return error_set(err, EINVAL, "no action: the form is SYSCALL:ACTION[:CONDITION,...]");
        r = parse_action(action_word, &action, err);
        if (r == 0 && text)
                r = parse_conditions(text, args, &count, err);
        if (r < 0)
                return r;
        if (parse_number(syscall, INT32_MAX, &number))
                syscall = NULL;
        return policy_add(policy, syscall, (int)number, action, args, count, err);
}

/* ---- The public functions -------------------------------------------------------------------------------------- */

static int finish(struct pinfold_error *err)
{
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        return error_finish(err, "cannot set syscall filter");
}

int pinfold_seccomp_parse_presets(const char *text, unsigned *ret_presets, struct pinfold_error *err)
{
        struct pinfold_error own;

        if (!err)
                err = &own;
        return parse_words(text, preset_words, "presets", ret_presets, err) < 0 ? finish(err) : 0;
}

int pinfold_seccomp_parse_flags(const char *text, unsigned *ret_flags, struct pinfold_error *err)
{
        struct pinfold_error own;

        if (!err)
                err = &own;
        return parse_words(text, flag_words, "flags", ret_flags, err) < 0 ? finish(err) : 0;
}

int pinfold_seccomp_parse_action(const char *text, uint32_t *ret_action, struct pinfold_error *err)
{
        struct pinfold_error own;

        if (!err)
                err = &own;
        return parse_action(text, ret_action, err) < 0 ? finish(err) : 0;
}

int pinfold_seccomp_add_rule_text(struct pinfold_seccomp *policy, const char *text, struct pinfold_error *err)
{
        _cleanup_free_ char *copy = strdup(text);
        struct pinfold_error own;
        int r;

        if (!err)
                err = &own;
        if (!policy || !copy)
                r = error_set(err, ENOMEM, "keep the rule");
        else
                r = add_rule_text(policy, copy, err);
        if (r == 0)
                return 0;
        error_prefix(err, "rule \"%s\"", text);
        return finish(err);
}

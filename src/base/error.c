/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * name: stable, for programs. phrase: what was being done, for people; it stands in messages. fatal: nothing about
 * this one container would make it work here.
 */
static const struct stage {
        const char *name;
        const char *phrase;
        bool fatal;
} stages[] = {
        [PINFOLD_STAGE_NONE] = {"none", "", false},
        [PINFOLD_STAGE_CONFIGURE] = {"configure", "", false},
        [PINFOLD_STAGE_FILTER] = {"filter", "compile the syscall filter", false},
        [PINFOLD_STAGE_START] = {"start", "create namespaces", true},
        [PINFOLD_STAGE_CGROUP] = {"cgroup", "enter the cgroup", false},
        [PINFOLD_STAGE_MAP_IDS] = {"map-ids", "map user and group ids", true},
        [PINFOLD_STAGE_SERVE] = {"serve", "serve parameters", false},
        [PINFOLD_STAGE_WAIT] = {"wait", "wait for the container", false},
        [PINFOLD_STAGE_RECEIVE] = {"receive", "read the setup message", true},
        [PINFOLD_STAGE_PROTECT] = {"protect", "protect init", true},
        [PINFOLD_STAGE_FORK] = {"fork", "create the initial process", true},
        [PINFOLD_STAGE_SESSION] = {"session", "start a session", true},
        [PINFOLD_STAGE_LANDLOCK] = {"landlock", "scope signals and sockets", false},
        [PINFOLD_STAGE_HOSTNAME] = {"hostname", "set the host name", false},
        [PINFOLD_STAGE_NETWORK] = {"network", "bring up the loopback device", true},
        [PINFOLD_STAGE_NEW_ROOT] = {"new-root", "make the new root", true},
        [PINFOLD_STAGE_PREPARE] = {"prepare", "", false},
        [PINFOLD_STAGE_APPLY] = {"apply", "", false},
        [PINFOLD_STAGE_PIVOT] = {"pivot", "leave the host's root", true},
        [PINFOLD_STAGE_USERNS] = {"userns", "restrict user namespaces", true},
        [PINFOLD_STAGE_CAPABILITIES] = {"capabilities", "drop capabilities", true},
        [PINFOLD_STAGE_DESCRIPTORS] = {"descriptors", "place descriptors", false},
        [PINFOLD_STAGE_DIRECTORY] = {"directory", "enter the working directory", false},
        [PINFOLD_STAGE_SECCOMP] = {"seccomp", "load the syscall filter", false},
        [PINFOLD_STAGE_EXEC] = {"exec", "", false},
};

static const struct stage *stage_find(int stage)
{
        if (stage < 0 || (size_t)stage >= ELEMENTS(stages))
                return NULL;
        return &stages[stage];
}

const char *stage_phrase(enum pinfold_stage stage)
{
        const struct stage *found = stage_find((int)stage);

        return found ? found->phrase : "";
}

const char *pinfold_stage_name(int stage)
{
        const struct stage *found = stage_find(stage);

        return found ? found->name : "unknown";
}

void error_stage(struct pinfold_error *err, enum pinfold_stage stage)
{
        const struct stage *found = stage_find((int)stage);

        err->stage = (int)stage;
        err->fatal = found && found->fatal;
}

static bool is_control(unsigned char byte, unsigned char next)
{
        /* U+0080 to U+009F, C1 controls, are C2 80 to C2 9F in UTF-8; some terminals obey them. */
        return byte < 0x20 || byte == 0x7f || (byte == 0xc2 && next >= 0x80 && next <= 0x9f);
}

void escape(const char *text, char *out, size_t size)
{
        static const char digits[] = "0123456789abcdef";
        static const char ellipsis[] = "...";
        size_t used = 0;

        for (const unsigned char *in = (const unsigned char *)text; *in; in++) {
                size_t need = is_control(in[0], in[1]) ? 4 : 1;

                if (used + need + sizeof(ellipsis) > size) {
                        memcpy(out + used, ellipsis, sizeof(ellipsis));
                        return;
                }
                if (need == 1) {
                        out[used++] = (char)*in;
                } else {
                        out[used++] = '\\';
                        out[used++] = 'x';
                        out[used++] = digits[*in >> 4];
                        out[used++] = digits[*in & 15];
                }
        }
        out[used] = '\0';
}

int error_set(struct pinfold_error *err, int error, const char *format, ...)
{
        va_list arguments;

        err->error = error;
        err->op_index = -1;
        err->op_name[0] = '\0';
        err->path[0] = '\0';
        va_start(arguments, format);
        vsnprintf(err->text, sizeof(err->text), format, arguments);
        va_end(arguments);
        return -error;
}

int error_path(struct pinfold_error *err, int error, const char *verb, const char *path)
{
        error_set(err, error, "%s %s", verb, path);
        snprintf(err->path, sizeof(err->path), "%s", path);
        return -error;
}

void error_prefix(struct pinfold_error *err, const char *format, ...)
{
        char context[sizeof(err->text)];
        size_t length, rest;
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(context, sizeof(context), format, arguments);
        va_end(arguments);

        length = strlen(context);
        if (length == 0 || length + 3 >= sizeof(err->text))
                return;
        rest = strlen(err->text);
        if (length + 2 + rest >= sizeof(err->text))
                rest = sizeof(err->text) - length - 3;
        memmove(err->text + length + 2, err->text, rest);
        err->text[length + 2 + rest] = '\0';
        memcpy(err->text, context, length);
        memcpy(err->text + length, ": ", 2);
}

int error_finish(struct pinfold_error *err, const char *lead)
{
        char raw[sizeof(err->text) + 512];
        char path[sizeof(err->path)];

        snprintf(raw, sizeof(raw), "%s%s%s%s%s", lead, *err->text ? ": " : "", err->text, err->error ? ": " : "",
                 err->error ? strerror(err->error) : "");
        escape(raw, err->text, sizeof(err->text));
        snprintf(path, sizeof(path), "%s", err->path);
        escape(path, err->path, sizeof(err->path));
        return -err->error;
}

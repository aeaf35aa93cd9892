/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "base/error.h"

#include <errno.h>
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
        [PINFOLD_STAGE_TERMINAL] = {"terminal", "make the terminal", false},
        [PINFOLD_STAGE_LIMITS] = {"limits", "limit the program", false},
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

/* The bytes of the UTF-8 character at `in`; 0 when there is none (RFC 3629). Never reads past a NUL: that continues none. */
static size_t utf8_length(const unsigned char *in)
{
        unsigned char low = 0x80, high = 0xbf; /* of the second byte */
        size_t length;

        if (in[0] < 0x80)
                return 1;
        if (in[0] < 0xc2 || in[0] > 0xf4)
                return 0;
        length = in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;
        if (in[0] == 0xe0)
                low = 0xa0; /* below: overlong */
        if (in[0] == 0xed)
                high = 0x9f; /* above: surrogates */
        if (in[0] == 0xf0)
                low = 0x90;
        if (in[0] == 0xf4)
                high = 0x8f; /* above: past U+10FFFF */
        if (in[1] < low || in[1] > high)
                return 0;
        for (size_t i = 2; i < length; i++)
                if ((in[i] & 0xc0) != 0x80)
                        return 0;
        return length;
}

size_t printable(const char *text)
{
        const unsigned char *in = (const unsigned char *)text;

        if (in[0] < 0x20 || in[0] == 0x7f)
                return 0;
        /* U+0080 to U+009F, C1 controls, are C2 80 to C2 9F; some terminals obey them. */
        if (in[0] == 0xc2 && in[1] <= 0x9f)
                return 0;
        return utf8_length(in);
}

static const char ellipsis[] = "...";

void escape(const char *text, char *out, size_t size)
{
        static const char digits[] = "0123456789abcdef";
        size_t used = 0, cut = 0;

        while (*text) {
                size_t shown = printable(text), need = shown ? shown : 4;

                if (used + sizeof(ellipsis) <= size)
                        cut = used;
                if (used + need + 1 > size) {
                        memcpy(out + cut, ellipsis, sizeof(ellipsis));
                        return;
                }
                if (shown) {
                        memcpy(out + used, text, shown);
                        text += shown;
                } else {
                        unsigned char byte = (unsigned char)*text++;

                        memcpy(out + used, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, 4);
                }
                used += need;
        }
        out[used] = '\0';
}

/* The end of a text that did not fit: "...", not in the middle of a character. */
static void cut_short(char *text, size_t size)
{
        size_t at = size - sizeof(ellipsis);

        while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
                at--;
        memcpy(text + at, ellipsis, sizeof(ellipsis));
}

static void copy(char *out, size_t size, const char *text)
{
        if ((size_t)snprintf(out, size, "%s", text) >= size)
                cut_short(out, size);
}

int error_set(struct pinfold_error *err, int error, const char *format, ...)
{
        va_list arguments;

        err->error = error > 0 ? error : EIO; /* whoever mistakes the cause does not make a success of it */
        err->op_index = -1;
        err->op_name[0] = '\0';
        err->path[0] = '\0';
        va_start(arguments, format);
        if (vsnprintf(err->text, sizeof(err->text), format, arguments) >= (int)sizeof(err->text))
                cut_short(err->text, sizeof(err->text));
        va_end(arguments);
        return -err->error;
}

int error_path(struct pinfold_error *err, int error, const char *verb, const char *path)
{
        error_set(err, error, "%s %s", verb, path);
        return error_about(err, path);
}

int error_about(struct pinfold_error *err, const char *path)
{
        copy(err->path, sizeof(err->path), path);
        return -err->error;
}

void error_prefix(struct pinfold_error *err, const char *format, ...)
{
        char text[sizeof(err->text)];
        va_list arguments;
        int length;

        va_start(arguments, format);
        length = vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        if (length <= 0)
                return;
        if (length < (int)sizeof(text))
                length += snprintf(text + length, sizeof(text) - (size_t)length, ": %s", err->text);
        if (length >= (int)sizeof(text))
                cut_short(text, sizeof(text));
        memcpy(err->text, text, sizeof(text));
}

/* What is short now may be there later. */
static bool is_shortage(int error)
{
        return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* These are ours alone, for processes that went away and for time that is over: no call has failed, and the text says what. */
static bool says_all(int error)
{
        return error == 0 || error == ECHILD || error == ETIMEDOUT;
}

int error_finish(struct pinfold_error *err, const char *lead)
{
        char raw[sizeof(err->text) + 512];
        char path[sizeof(err->path)];
        const char *cause;

        cause = says_all(err->error) ? "" : strerror(err->error);
        snprintf(raw, sizeof(raw), "%s%s%s%s%s", lead, *err->text ? ": " : "", err->text, *cause ? ": " : "", cause);
        escape(raw, err->text, sizeof(err->text));
        memcpy(path, err->path, sizeof(path));
        escape(path, err->path, sizeof(err->path));
        if (is_shortage(err->error))
                err->fatal = false;
        return -err->error;
}

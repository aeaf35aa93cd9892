/* SPDX-License-Identifier: MIT */
/*
 * A command line and a profile, as `pinfold explain` reads them: nothing is started. The input is the words, one a line; behind a
 * line "%" what stands in the profile "mine", and behind another one the words of a file "words", for --args-from. What is said
 * must be fit for a terminal. It runs where nothing is that it could read but what is made here, see contained.sh.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define WORDS_MAX 200
#define HOME "/home/me"
#define PROFILE HOME "/.config/pinfold/mine"

/* src/cli/main.c: main, under another name. */
int command_main(int argc, char **argv);

/* ---- Where it runs ----------------------------------------------------------------------------------------------- */

static void write_file(const char *path, const char *content, size_t size)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        CHECK(fd >= 0 && write(fd, content, size) == (ssize_t)size);
        close(fd);
}

static void make_home(void)
{
        static const char *const directories[] = {
                HOME, HOME "/.config", HOME "/.config/pinfold", HOME "/.ssh", HOME "/bin", HOME "/project", HOME "/project/.git",
                HOME "/project/.git/hooks", HOME "/project/sub", HOME "/project/sub/.git",
        };
        static const char *const files[][2] = {
                {HOME "/.config/pinfold/other", "include mine\nwrite ${CWD}\n"},
                {HOME "/.ssh/id", "secret"},
                {HOME "/project/.git/config", "[core]\n\thooksPath = hooks\n[include]\n\tpath = more\n"},
                {HOME "/project/.git/HEAD", "ref: refs/heads/main\n"},
                {HOME "/project/file", "text"},
        };

        for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
                CHECK(mkdir(directories[i], 0755) == 0);
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                write_file(files[i][0], files[i][1], strlen(files[i][1]));
        CHECK(symlink("../.ssh", HOME "/project/away") == 0);
        CHECK(symlink("sub", HOME "/project/link") == 0);
        CHECK(symlink("loop", HOME "/project/loop") == 0);
}

/* In place of the standard streams. */
static FILE *sink;
static size_t said;
static bool wrong; /* something that was said is not for a terminal */

static ssize_t take_said(void *cookie, const char *text, size_t size)
{
        (void)cookie;
        said += size;
        for (const char *at = text; at < text + size;) {
                size_t shown = *at == '\n' ? 1 : printable(at);

                wrong |= shown == 0;
                at += shown ? shown : 1;
        }
        return (ssize_t)size;
}

static void enter(void)
{
        if (sink)
                return;
        make_home();
        CHECK(chdir(HOME "/project") == 0);
        CHECK(clearenv() == 0);
        CHECK(setenv("HOME", HOME, 1) == 0 && setenv("PATH", "/usr/bin:" HOME "/bin:/bin", 1) == 0);
        CHECK(setenv("LANG", "C", 1) == 0 && setenv("XDG_RUNTIME_DIR", "/run/me", 1) == 0);
        sink = fopencookie(NULL, "w", (cookie_io_functions_t){.write = take_said});
        CHECK(sink);
}

/* ---- What an input says ------------------------------------------------------------------------------------------ */

/* Behind the next line "%" of `text`, which ends there; or its end. */
static char *next_part(char *text)
{
        char *mark = strncmp(text, "%\n", 2) == 0 ? text : strstr(text, "\n%\n");

        if (!mark)
                return text + strlen(text);
        text = mark + (mark == text && *mark == '%' ? 2 : 3);
        *mark = '\0';
        return text;
}

static size_t split(char *text, char **words, size_t room)
{
        size_t count = 0;

        for (char *end; *text && count < room; text = end) {
                end = text + strcspn(text, "\n");
                if (*end)
                        *end++ = '\0';
                words[count++] = text;
        }
        return count;
}

/* --args-from of a descriptor takes away those of the fuzzer. */
static bool takes_descriptors(char **words, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                const char *value = strncmp(words[i], "--args-from=", 12) == 0 ? words[i] + 12 : words[i];

                if (*value >= '0' && *value <= '9' && (value > words[i] || (i > 0 && strcmp(words[i - 1], "--args-from") == 0)))
                        return true;
        }
        return false;
}

/* Each word in memory of exactly its size. The options move words, and replace some: in a copy. */
static void explain(char **words, size_t count)
{
        char **argv = calloc(count + 3, sizeof(*argv)), **copy = malloc((count + 3) * sizeof(*copy));
        FILE *out = stdout, *err = stderr;
        int status;

        CHECK(argv && copy);
        for (size_t i = 0; i < count + 2; i++)
                CHECK(argv[i] = strdup(i == 0 ? "pinfold" : i == 1 ? "explain" : words[i - 2]));
        memcpy(copy, argv, (count + 3) * sizeof(*copy));
        said = 0;
        wrong = false;
        stdout = stderr = sink;
        status = command_main((int)count + 2, copy);
        fflush(sink);
        stdout = out;
        stderr = err;
        CHECK(status == 0 || status == 125);
        CHECK(said > 0);
        CHECK(!wrong);
        for (size_t i = 0; i < count + 2; i++)
                free(argv[i]);
        free(argv);
        free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *words[WORDS_MAX], *text = malloc(size + 1), *profile, *file, *inner[WORDS_MAX];
        size_t count, inner_count, file_size;

        enter();
        CHECK(text);
        memcpy(text, data, size);
        text[size] = '\0';
        profile = next_part(text);
        file = next_part(profile);
        file_size = strlen(file);
        count = split(text, words, WORDS_MAX);
        inner_count = split(file, inner, WORDS_MAX);
        if (!takes_descriptors(words, count) && !takes_descriptors(inner, inner_count)) {
                write_file(PROFILE, profile, strlen(profile));
                write_file("words", file, file_size);
                explain(words, count);
        }
        free(text);
        return 0;
}

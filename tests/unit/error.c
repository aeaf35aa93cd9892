/* SPDX-License-Identifier: MIT */
/* base/error.h: how an error's text grows on its way up, what is cut, what is escaped. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <stdbool.h>

#include "base/error.h"

/* Poisoned, so that a test notices what is left unset. */
static struct pinfold_error poisoned(void)
{
        struct pinfold_error err;

        memset(&err, 'X', sizeof(err));
        return err;
}

static char *repeat(const char *piece, size_t count)
{
        size_t length = strlen(piece);
        char *text = malloc(length * count + 1);

        assert_non_null(text);
        for (size_t i = 0; i < count; i++)
                memcpy(text + i * length, piece, length);
        text[length * count] = '\0';
        return text;
}

static bool ends_in(const char *text, const char *end)
{
        return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* ---- Building an error ----------------------------------------------------------------------------------------- */

TEST(set_fills_everything_but_the_stage)
{
        struct pinfold_error err = poisoned();

        err.stage = PINFOLD_STAGE_EXEC;
        err.fatal = 1;
        assert_int_equal(error_set(&err, ENOENT, "open %s", "/data"), -ENOENT);
        assert_int_equal(err.error, ENOENT);
        assert_int_equal(err.op_index, -1);
        assert_string_equal(err.op_name, "");
        assert_string_equal(err.path, "");
        assert_string_equal(err.text, "open /data");
        assert_int_equal(err.stage, PINFOLD_STAGE_EXEC);
        assert_int_equal(err.fatal, 1);
}

/* A cause that was lost on the way is still a failure. */
TEST(an_error_is_never_a_success)
{
        struct pinfold_error err = poisoned();

        assert_int_equal(error_set(&err, 0, "close"), -EIO);
        assert_int_equal(err.error, EIO);
        assert_int_equal(error_path(&err, -1, "open", "/data"), -EIO);
        assert_int_equal(err.error, EIO);
}

TEST(path_is_remembered)
{
        struct pinfold_error err = poisoned();

        assert_int_equal(error_path(&err, EACCES, "open", "/data"), -EACCES);
        assert_string_equal(err.text, "open /data");
        assert_string_equal(err.path, "/data");
}

TEST(finish_puts_lead_and_cause_around)
{
        struct pinfold_error err = poisoned();

        error_path(&err, ENOENT, "open", "/data");
        error_prefix(&err, "bind %s on %s", "/data", "/srv");
        assert_int_equal(error_finish(&err, "cannot set up container"), -ENOENT);
        assert_string_equal(err.text,
                            "cannot set up container: bind /data on /srv: open /data: No such file or directory");
        assert_string_equal(err.path, "/data");
}

TEST(finish_without_context_or_cause)
{
        struct pinfold_error err = poisoned();

        error_set(&err, EINVAL, "%s", "");
        error_finish(&err, "cannot start container");
        assert_string_equal(err.text, "cannot start container: Invalid argument");
        error_set(&err, 0, "odd");
        assert_int_equal(error_finish(&err, "cannot start container"), -EIO);
        assert_string_equal(err.text, "cannot start container: odd: Input/output error");
}

TEST(empty_prefix_changes_nothing)
{
        struct pinfold_error err = poisoned();

        error_set(&err, EINVAL, "inner");
        error_prefix(&err, "%s", "");
        assert_string_equal(err.text, "inner");
}

/* ---- Long texts ------------------------------------------------------------------------------------------------ */

TEST(long_texts_are_cut_and_say_so)
{
        char *longest = repeat("a", PINFOLD_ERROR_TEXT_MAX - 1), *longer = repeat("a", PINFOLD_ERROR_TEXT_MAX);
        struct pinfold_error err = poisoned();

        error_set(&err, EINVAL, "%s", longest);
        assert_string_equal(err.text, longest);
        error_set(&err, EINVAL, "%s", longer);
        assert_int_equal(strlen(err.text), PINFOLD_ERROR_TEXT_MAX - 1);
        assert_true(ends_in(err.text, "a..."));
        free(longest);
        free(longer);
}

TEST(long_paths_are_cut_and_say_so)
{
        char *longest = repeat("p", PINFOLD_ERROR_PATH_MAX - 1), *longer = repeat("p", PINFOLD_ERROR_PATH_MAX);
        struct pinfold_error err = poisoned();

        error_path(&err, EINVAL, "open", longest);
        error_finish(&err, "cannot");
        assert_string_equal(err.path, longest);
        error_path(&err, EINVAL, "open", longer);
        error_finish(&err, "cannot");
        assert_int_equal(strlen(err.path), PINFOLD_ERROR_PATH_MAX - 1);
        assert_true(ends_in(err.path, "p..."));
        free(longest);
        free(longer);
}

TEST(cut_between_characters)
{
        char *text = repeat("ä", PINFOLD_ERROR_TEXT_MAX);
        struct pinfold_error err = poisoned();

        for (int shift = 0; shift < 2; shift++) {
                error_set(&err, EINVAL, "%s%s", shift ? "x" : "", text);
                error_finish(&err, "");
                assert_true(ends_in(err.text, "ä..."));
        }
        free(text);
}

/* A prefix of any length in front of a text of any length: the outermost part is what is kept. */
TEST(prefix_never_overflows)
{
        for (size_t context = 0; context < PINFOLD_ERROR_TEXT_MAX + 8; context += context < 2000 ? 97 : 1) {
                char *prefix = repeat("c", context);

                for (size_t inner = 0; inner < PINFOLD_ERROR_TEXT_MAX; inner += inner < 2000 ? 211 : 7) {
                        char *text = repeat("t", inner);
                        struct pinfold_error err = poisoned();
                        size_t whole = context ? context + 2 + inner : inner;

                        error_set(&err, EINVAL, "%s", text);
                        error_prefix(&err, "%s", prefix);
                        if (whole < PINFOLD_ERROR_TEXT_MAX) {
                                assert_int_equal(strlen(err.text), whole);
                                assert_true(ends_in(err.text, text));
                        } else {
                                assert_int_equal(strlen(err.text), PINFOLD_ERROR_TEXT_MAX - 1);
                                assert_true(ends_in(err.text, "..."));
                        }
                        if (context)
                                assert_memory_equal(err.text, prefix, context < 2044 ? context : 2044);
                        free(text);
                }
                free(prefix);
        }
}

TEST(finish_cuts_what_grows_by_escaping)
{
        char *text = repeat("\n", 1000);
        struct pinfold_error err = poisoned();

        error_set(&err, EINVAL, "%s", text);
        error_finish(&err, "cannot");
        assert_true(strlen(err.text) < PINFOLD_ERROR_TEXT_MAX);
        assert_true(ends_in(err.text, "\\x0a..."));
        free(text);
}

/* ---- Escaping -------------------------------------------------------------------------------------------------- */

static void check_escape(const char *text, const char *expected)
{
        char out[256];

        memset(out, 'X', sizeof(out));
        escape(text, out, sizeof(out));
        assert_string_equal(out, expected);
}

TEST(every_control_byte_is_escaped)
{
        for (int byte = 1; byte < 256; byte++) {
                char text[] = {'a', (char)byte, 'b', '\0'}, expected[16];

                if (byte >= 0x20 && byte < 0x7f)
                        snprintf(expected, sizeof(expected), "a%cb", byte);
                else
                        snprintf(expected, sizeof(expected), "a\\x%02xb", (unsigned)byte);
                check_escape(text, expected);
        }
}

TEST(encoded_c1_controls_are_escaped_whole)
{
        for (int byte = 0x80; byte < 0xa0; byte++) {
                char text[] = {'\xc2', (char)byte, '\0'}, expected[16];

                snprintf(expected, sizeof(expected), "\\xc2\\x%02x", (unsigned)byte);
                check_escape(text, expected);
        }
        check_escape("\xc2\xa0", "\xc2\xa0");
}

TEST(utf8_passes)
{
        static const char *const texts[] = {"ä",      "é",      "€",      "日本語",     "\U0001f600", "\U0010ffff",
                                            "\u0800", "\ud7ff", "\ue000", "\U00010000", "plain text"};

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                check_escape(texts[i], texts[i]);
}

TEST(what_is_not_utf8_is_escaped)
{
        check_escape("\xc0\xaf", "\\xc0\\xaf");                 /* overlong */
        check_escape("\xe0\x9f\xbf", "\\xe0\\x9f\\xbf");        /* overlong */
        check_escape("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf");
        check_escape("\xed\xa0\x80", "\\xed\\xa0\\x80");        /* a surrogate */
        check_escape("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* past the last character */
        check_escape("\xe2\x82", "\\xe2\\x82");                 /* cut off */
        check_escape("\xe2\x82z", "\\xe2\\x82z");
        check_escape("\xf0\x9f\x98", "\\xf0\\x9f\\x98");
        check_escape("\x9b[2J", "\\x9b[2J");                    /* CSI of 8-bit terminals */
        check_escape("\x1b]0;title\x07", "\\x1b]0;title\\x07");
}

TEST(escape_fits_exactly_or_is_cut)
{
        char out[16];

        for (size_t size = 4; size <= 12; size++) {
                memset(out, 'X', sizeof(out));
                escape("abcdefg", out, size);
                assert_int_equal(out[size], 'X');
                if (size >= 8) {
                        assert_string_equal(out, "abcdefg");
                } else {
                        assert_int_equal(strlen(out), size - 1);
                        assert_memory_equal(out, "abcdefg", size - 4);
                        assert_string_equal(out + size - 4, "...");
                }
        }
}

TEST(escape_never_cuts_a_character_or_an_escape)
{
        char out[16];

        for (size_t size = 4; size <= 8; size++) {
                memset(out, 'X', sizeof(out));
                escape("\n\n", out, size);
                assert_string_equal(out, size == 8 ? "\\x0a..." : "...");
                assert_int_equal(out[size], 'X');
        }
        for (size_t size = 4; size <= 7; size++) {
                memset(out, 'X', sizeof(out));
                escape("äääää", out, size);
                assert_string_equal(out, size < 6 ? "..." : "ä...");
                assert_int_equal(out[size], 'X');
        }
}

TEST(escape_of_nothing)
{
        check_escape("", "");
        assert_int_equal(printable(""), 0);
}

/* ---- Stages ---------------------------------------------------------------------------------------------------- */

/* Programs compare these names and numbers: a line may be added, none may change. */
TEST(stages_are_stable)
{
        static const char *const names[] = {
                "none",    "configure", "filter",   "start",    "cgroup",       "map-ids",     "serve",
                "wait",    "receive",   "protect",  "fork",     "session",      "landlock",    "hostname",
                "network", "new-root",  "prepare",  "apply",    "pivot",        "userns",      "capabilities",
                "descriptors", "directory", "seccomp", "exec", "terminal",
                "limits",
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                assert_string_equal(pinfold_stage_name((int)i), names[i]);
        assert_string_equal(pinfold_stage_name((int)(sizeof(names) / sizeof(names[0]))), "unknown");
        assert_string_equal(pinfold_stage_name(-1), "unknown");
        assert_string_equal(pinfold_stage_name(INT32_MAX), "unknown");
        assert_int_equal(PINFOLD_STAGE_EXEC, 24);
        assert_int_equal(PINFOLD_STAGE_TERMINAL, 25);
        assert_int_equal(PINFOLD_STAGE_LIMITS, 26);
}

TEST(stage_says_whether_it_is_fatal)
{
        struct pinfold_error err = poisoned();

        error_stage(&err, PINFOLD_STAGE_START);
        assert_int_equal(err.stage, PINFOLD_STAGE_START);
        assert_int_equal(err.fatal, 1);
        error_stage(&err, PINFOLD_STAGE_APPLY);
        assert_int_equal(err.fatal, 0);
        error_stage(&err, (enum pinfold_stage)1000);
        assert_int_equal(err.fatal, 0);
        assert_string_equal(stage_phrase((enum pinfold_stage)1000), "");
        assert_string_equal(stage_phrase(PINFOLD_STAGE_MAP_IDS), "map user and group ids");
}

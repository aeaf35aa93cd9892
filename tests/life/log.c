/* SPDX-License-Identifier: MIT */
/* The log callback. */
#include "test.h"

#include <pthread.h>

#include "life/child.h"
#include "support/box.h"

struct log {
        int lines;
        pthread_t thread;
        char text[16384];
};

static void take_line(void *userdata, const char *line)
{
        struct log *log = userdata;

        assert_true(pthread_equal(log->thread, pthread_self()));
        assert_true(*line != '\0');
        for (const char *at = line; *at; at++)
                assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
        log->lines++;
        strcat(strcat(log->text, line), "\n");
        assert_true(strlen(log->text) < sizeof(log->text) - 2048);
}

static void run_logged(struct log *log, unsigned flags)
{
        struct pinfold *box = box_new("exit 0");

        *log = (struct log){.thread = pthread_self()};
        assert_int_equal(pinfold_set_log(box, take_line, log), 0);
        pinfold_mkdir(box, "/tmp/a\nb\x1b[1m", 0755);
        pinfold_set_flags(box, flags, 1);
        free(box_output(box, 0));
}

/* Of an operation, first what is prepared, then what is applied. */
static void assert_order(const char *text, const char *first, const char *second)
{
        const char *at = strstr(text, first);

        if (!at || !strstr(at, second))
                fail_msg("\"%s\" and then \"%s\" are not in:\n%s", first, second, text);
}

TEST(silence_unless_asked)
{
        struct log log;

        run_logged(&log, 0);
        assert_string_equal(log.text, "");
}

TEST(each_step_when_verbose)
{
        struct log log;

        run_logged(&log, PINFOLD_VERBOSE);
        assert_true(log.lines > 20);
        assert_order(log.text, "prepare bind /usr on /usr", "apply bind /usr on /usr");
        assert_order(log.text, "start a session\n", "make the new root\n");
        assert_order(log.text, "make the new root\n", "leave the host's root\n");
        assert_order(log.text, "leave the host's root\n", "drop capabilities\n");
        assert_order(log.text, "drop capabilities\n", "load the syscall filter\n");
        assert_non_null(strstr(log.text, "apply directory /tmp/a\\x0ab\\x1b[1m"));
}

/* Without a callback there is nobody to tell. */
TEST(verbose_for_nobody)
{
        struct pinfold *box = box_new("exit 0");

        pinfold_set_flags(box, PINFOLD_VERBOSE, 1);
        free(box_output(box, 0));
}

/* However much there is to say, and although nobody listens before the end: setup waits, and goes on. */
TEST(more_than_the_socket_holds)
{
        struct pinfold *box = box_new("exit 5");

        for (int i = 0; i < 3000; i++)
                pinfold_mkdir(box, format("/tmp/%d", i), 0700);
        pinfold_set_flags(box, PINFOLD_VERBOSE, 1);
        assert_int_equal(pinfold_start(box, NULL), 0);
        assert_int_equal(pinfold_serve_begin(box, NULL), 0);
        for (int i = 0, r = 0; r == 0; i++) {
                r = pinfold_serve_step(box, NULL);
                assert_true(r >= 0);
                if (i < 3)
                        pause_ms(100);
                if (r == 1)
                        break;
        }
        assert_int_equal(box_wait(box).status, 5);
        pinfold_free(box);
}

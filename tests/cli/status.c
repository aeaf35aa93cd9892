/* SPDX-License-Identifier: MIT */
/* The status that pinfold run ends with, where commands are found, and the hints about errors. */
#include "cli/job.h"
#include "test.h"

TEST(status_is_the_programs)
{
        check(RUN "true", 0, "");
        check(RUN "false", 1, "");
        check(RUN "sh -c 'exit 7'", 7, "");
        check(RUN "sh -c 'exit 255'", 255, "");
}

TEST(a_program_may_use_our_numbers)
{
        assert_string_equal(check(RUN "sh -c 'exit 125'", 125, "")->err, "");
        assert_string_equal(check(RUN "sh -c 'exit 127'", 127, "")->err, "");
}

TEST(status_of_a_program_that_a_signal_ended)
{
        check(RUN "sh -c 'kill -KILL $$'", 137, "");
        check(RUN "sh -c 'kill -TERM $$'", 143, "");
        check(RUN "sh -c 'ulimit -c 0; kill -SEGV $$'", 139, "");
}

TEST(setup_that_fails_is_125)
{
        check_error(RUN "--bind /no/such/source:/mnt true", 125, "/no/such/source");
        check_error(RUN "--chdir /no/such/directory true", 125, "/no/such/directory");
        check_error(RUN "--cgroup /no/such/cgroup true", 125, "/no/such/cgroup: No such file or directory\n");
}

TEST(not_found_is_127)
{
        check_error(RUN "no-such-command", 127, "no-such-command");
        check_error(RUN "/no/such/command", 127, "/no/such/command");
        check_error(RUN "/no/such/command", 127, "\nhint: ");
}

TEST(not_executable_is_126)
{
        check_error(RUN "/usr/lib/os-release", 126, "/usr/lib/os-release: Permission denied\nhint: ");
        check_error(RUN "--place '/mnt/x:text=data' /mnt/x", 126, "Permission denied");
        check_error("printf data >$DIR/data; chmod 755 $DIR/data; " RUN "--bind $DIR:/mnt /mnt/data", 126,
                    "Exec format error\nhint: ");
        check_error(RUN "/usr", 126, "/usr: ");
}

TEST(missing_interpreter_is_127)
{
        check_error("printf '#!/no/such/shell\\n' >$DIR/script; chmod 755 $DIR/script; "
                    RUN "--bind $DIR:/mnt /mnt/script", 127, "interpreter");
}

/* The directories below hold a command `it` that says where it is. */
#define TWO_PLACES                                               \
        "for d in a b; do mkdir -p $DIR/$d; "                    \
        "printf '#!/bin/sh\\necho %s\\n' $d >$DIR/$d/it; "       \
        "chmod 755 $DIR/$d/it; done; "

TEST(command_is_looked_up_in_the_containers_path)
{
        check(TWO_PLACES RUN "--bind $DIR:/mnt --env PATH=/mnt/b:/mnt/a it", 0, "b\n");
        check(TWO_PLACES RUN "--bind $DIR:/mnt --env PATH=/no/such:/mnt/a:/mnt/b it", 0, "a\n");
        /* The last --env counts, as it does inside. */
        check(TWO_PLACES RUN "--bind $DIR:/mnt --env PATH=/mnt/a --env PATH=/mnt/b it", 0, "b\n");
}

TEST(path_of_the_caller_has_no_say)
{
        check_error(TWO_PLACES "PATH=$DIR/a:$PATH; " RUN "--bind $DIR:$DIR it", 127, "it");
        check(TWO_PLACES "PATH=$DIR/a:$PATH; " RUN "--bind $DIR:$DIR --env PATH it", 0, "a\n");
}

TEST(lookup_passes_over_what_cannot_be_executed)
{
        check("mkdir -p $DIR/c; printf x >$DIR/c/it; " TWO_PLACES
              RUN "--bind $DIR:/mnt --env PATH=/mnt/c:/mnt/a it", 0, "a\n");
        check_error("mkdir -p $DIR/c; printf x >$DIR/c/it; " RUN "--bind $DIR:/mnt --env PATH=/mnt/c it", 126, "it");
}

TEST(argv0_is_the_command_or_what_was_asked_for)
{
        check(RUN "sh -c 'echo $0'", 0, "sh\n");
        check(RUN "--argv0 other sh -c 'echo $0'", 0, "other\n");
        check(RUN "--argv0= sh -c 'echo \"<$0>\"'", 0, "<>\n");
}

TEST(verbose_says_what_is_done)
{
        const struct outcome *outcome = check(RUN "--verbose echo x", 0, "x\n");

        assert_non_null(strstr(outcome->err, "pinfold: argv: [\"echo\" \"x\"]"));
        assert_non_null(strstr(outcome->err, "\npinfold: "));
        assert_string_equal(check(RUN "echo x", 0, "x\n")->err, "");
}

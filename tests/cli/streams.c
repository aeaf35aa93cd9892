/* SPDX-License-Identifier: MIT */
/* Standard input, output and error, and what else could be inherited. */
#include "cli/job.h"
#include "test.h"

TEST(input_from_a_file)
{
        check("echo content >$DIR/in; " RUN "cat <$DIR/in", 0, "content\n");
        check(": >$DIR/in; " RUN "cat <$DIR/in", 0, "");
}

TEST(input_from_a_large_file)
{
        check("head -c 50000000 /dev/zero >$DIR/in; " RUN "sh -c 'wc -c' <$DIR/in", 0, "50000000\n");
}

TEST(input_from_where_the_file_stands)
{
        check("printf 'one\\ntwo\\n' >$DIR/in; { read first; $PINFOLD run --empty $SYSTEM -- cat; } <$DIR/in", 0,
              "two\n");
}

TEST(input_from_an_unlinked_file)
{
        check("echo content >$DIR/in; exec <$DIR/in; rm $DIR/in; " RUN "cat", 0, "content\n");
}

TEST(input_file_cannot_be_opened_for_writing)
{
        /* Outside it can be, so the probe is able to tell. */
        check("echo old >$DIR/in; sh -c 'echo new >/proc/self/fd/0' <$DIR/in; cat $DIR/in", 0, "new\n");
        check("echo old >$DIR/in; $PINFOLD run --empty $SYSTEM -- sh -c 'echo new >/proc/self/fd/0' <$DIR/in; "
              "cat $DIR/in", 0, "old\n");
        check("echo old >$DIR/in; $PINFOLD run --empty $SYSTEM -- sh -c 'echo new >/dev/stdin' <>$DIR/in; "
              "cat $DIR/in", 0, "old\n");
        check("echo old >$DIR/in; $PINFOLD run --empty $SYSTEM --uid 0 -- sh -c 'chmod 600 /proc/self/fd/0' <$DIR/in; "
              "stat -c %a $DIR/in", 0, "644\n");
}

TEST(input_that_nobody_reads_does_not_hold_up_the_end)
{
        check("head -c 50000000 /dev/zero >$DIR/in; " RUN "sh -c 'exit 3' <$DIR/in", 3, "");
        check("head -c 50000000 /dev/zero >$DIR/in; " RUN "head -c 2 <$DIR/in | wc -c", 0, "2\n");
        check("head -c 50000000 /dev/zero >$DIR/in; " RUN "sh -c 'exec <&-; sleep 0.2; exit 4' <$DIR/in", 4, "");
}

TEST(input_is_not_touched_when_setup_fails)
{
        check("echo content >$DIR/in; { $PINFOLD run --empty $SYSTEM -- /no/such; cat; } <$DIR/in", 0, "content\n");
}

TEST(input_from_a_pipe_or_device_is_the_original)
{
        check("echo content | " RUN "cat", 0, "content\n");
        check(RUN "sh -c 'cat; stat -Lc %t:%T /proc/self/fd/0' </dev/null", 0, "1:3\n");
}

TEST(input_open_for_writing_only_is_refused)
{
        check_error(RUN "cat 0>$DIR/in", 125, "standard input");
}

TEST(directory_is_refused)
{
        check_error(RUN "true <$DIR", 125, "standard input is a directory");
        /* A shell opens no directory for writing. */
        check_error("exec 3<$DIR; " RUN "true 1>&3", 125, "standard output is a directory");
        check("exec 3<$DIR; " RUN "true 2>&3", 125, "");
        check_error("exec 3<$DIR; " RUN "--file 3 true", 125, "--file 3 is a directory");
}

TEST(closed_stream_is_dev_null)
{
        check(RUN "sh -c 'cat; stat -Lc %t:%T /proc/self/fd/0' <&-", 0, "1:3\n");
        check(RUN "sh -c 'x=$(stat -Lc %t:%T /proc/$$/fd/1); echo $x >&2' 2>&1 >&-", 0, "1:3\n");
        check(RUN "sh -c 'stat -Lc %t:%T /proc/self/fd/2' 2>&-", 0, "1:3\n");
        check(RUN "sh -c 'exit 5' <&- >&- 2>&-", 5, "");
}

TEST(output_and_error_are_the_callers)
{
        const struct outcome *outcome = check(RUN "sh -c 'echo out; echo err >&2'", 0, "out\n");

        assert_string_equal(outcome->err, "err\n");
        check(RUN "sh -c 'echo out; echo err >&2' 2>&1 | sort", 0, "err\nout\n");
}

TEST(nothing_else_is_inherited)
{
        check("exec 7</etc/passwd 9>$DIR/x; " RUN "sh -c 'cd /proc/self/fd && for f in 3 4 5 6 7 8 9 11 12 13 14; do "
              "test -e $f && readlink $f; done; true'", 0, "");
}

TEST(files_are_passed_as_3_and_4)
{
        check("echo a >$DIR/a; echo b >$DIR/b; exec 7<$DIR/a 8<$DIR/b; "
              RUN "--file 8 --file 7 sh -c 'cat <&3; cat <&4'", 0, "b\na\n");
        check("exec 3</dev/null; " RUN "--file 3 --file 3 sh -c 'stat -Lc %t:%T /proc/self/fd/4; touch -d @1 /dev/fd/4 2>/dev/null; test $(stat -Lc %Y /dev/fd/4) != 1'", 0, "1:3\n");
}

TEST(file_has_to_be_an_open_descriptor)
{
        check_error(RUN "--file 99 true", 125, "--file 99: Bad file descriptor");
        check_error(RUN "--file x true", 125, "--file x: not the number of a descriptor");
        check_error(RUN "--file -1 true", 125, "--file -1: not the number");
        check_error(RUN "--file 99999999999999999999 true", 125, "not the number");
        check_error(RUN "--file= true", 125, "not the number");
}

/* Started by root: the program could give the host's own node another mode; here, another time. */
TEST(devices_cannot_be_changed)
{
        check("(" RUN "sh -c 'touch -d @1 /dev/fd/0 /dev/fd/1 /dev/fd/2; echo x; cat; exit 3') </dev/null >/dev/null 2>&1;"
              "test $(stat -c %Y /dev/null) != 1 && echo as before", 0, "as before\n");
        check("(" RUN "sh -c 'echo x >/dev/fd/1; touch -d @1 /dev/fd/0') <&- >/dev/null 2>&1;"
              "test $(stat -c %Y /dev/null) != 1 && echo as before", 0, "as before\n");
        check(RUN "echo x >/dev/full", 1, "");
        check(RUN "head -c 4 </dev/zero | wc -c", 0, "4\n");
}

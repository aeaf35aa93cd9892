/* SPDX-License-Identifier: MIT */
/* What the command makes of its arguments. */
#include "cli/job.h"
#include "test.h"

#define STRING_OF(text) #text
#define STRING(macro) STRING_OF(macro)
#ifdef __clang__
#define COMPILER "clang " STRING(__clang_major__) "." STRING(__clang_minor__) "." STRING(__clang_patchlevel__)
#else
#define COMPILER "gcc " STRING(__GNUC__) "." STRING(__GNUC_MINOR__) "." STRING(__GNUC_PATCHLEVEL__)
#endif

TEST(help_lists_the_commands)
{
        const struct outcome *outcome = check("exec $PINFOLD --help", 0, NULL);

        assert_non_null(strstr(outcome->out, "  run "));
        assert_non_null(strstr(outcome->out, "  seccomp "));
        assert_string_equal(outcome->err, "");
}

TEST(version)
{
        assert_int_equal(strncmp(check("exec $PINFOLD --version", 0, NULL)->out, "pinfold 0.", 10), 0);
}

TEST(version_says_what_it_was_built_with)
{
        /* The compiler is this program's; of what is linked how the files themselves tell. */
        static const char line[] =
                "of() { readelf -lW \"$1\" >headers && if grep -q INTERP headers; then echo \"$2\"; else echo \"$3\"; fi; };"
                " init=$(of \"${PINFOLD%/*}/pinfold-init\" 'the C library of the rest' musl) command=$(of \"$PINFOLD\" shared static);"
                " echo \"built with " COMPILER ", libseccomp $(pkg-config --modversion libseccomp), pinfold-init with $init,"
                " for $(uname -m), $command\" >expected; \"$PINFOLD\" --version | sed 1d | diff expected -";

        check(line, 0, "");
}

TEST(no_command)
{
        check_error("exec $PINFOLD", 125, "--help");
}

TEST(unknown_command_suggests_the_nearest)
{
        check_error("exec $PINFOLD rnu", 125, "pinfold: unknown command rnu\nhint: did you mean pinfold run?\n");
        check_error("exec $PINFOLD secomp", 125, "did you mean pinfold seccomp?\n");
        check_error("exec $PINFOLD xyzzy", 125, "pinfold --help");
}

TEST(run_help_shows_operations_and_parameters)
{
        const struct outcome *outcome = check("exec $PINFOLD run --help", 0, NULL);

        assert_non_null(strstr(outcome->out, "\n  --bind SRC[:DEST[:FLAGS]]\n"));
        assert_non_null(strstr(outcome->out, "\n  --hostname "));
        assert_non_null(strstr(outcome->out, "\n  --empty\n"));
        assert_non_null(strstr(outcome->out, "\n  -e, --env NAME[=VALUE]\n"));
        assert_null(strstr(outcome->out, "\n  --env NAME=VALUE\n"));
}

TEST(run_help_ends_the_options)
{
        check("exec $PINFOLD run --empty --help --no-such-option", 0, NULL);
        /* After the command's name it is the command's. */
        check(RUN "printf %s --help", 0, "--help");
}

TEST(output_that_cannot_be_written_is_a_failure)
{
        check_error("exec $PINFOLD run --help >/dev/full", 125, "standard output");
}

TEST(nothing_to_run)
{
        check_error(RUN, 125, "no command");
        check_error(RUN "--", 125, "no command");
}

TEST(no_operation_at_all_is_refused)
{
        check_error("exec $PINFOLD run --empty /bin/true", 125, "pinfold: ");
}

TEST(unknown_option_suggests_the_nearest)
{
        check_error(RUN "--hostnme x true", 125,
                    "pinfold: unknown option --hostnme\nhint: did you mean --hostname?\n");
        check_error(RUN "--bnid=/ true", 125, "hint: did you mean --bind?\n");
        check_error(RUN "--xyzzy true", 125, "unknown option --xyzzy\n");
        check_error(RUN "-x true", 125, "unknown option -x");
        check_error("exec $PINFOLD serve --sise 4", 125, "pinfold: unknown option --sise\nhint: did you mean --size?\n");
        check_error("exec $PINFOLD serve --hostnme x", 125, "did you mean --hostname?\n");
        check_error("exec $PINFOLD explain --jsn", 125, "did you mean --json?\n");
        check_error("exec $PINFOLD doctor --jsn", 125, "pinfold: doctor: unknown option --jsn\nhint: did you mean --json?\n");
        check_error("exec $PINFOLD seccomp dump --prests x", 125, "seccomp: unknown option --prests\nhint: did you mean --presets?\n");
}

/* Each has its own. */
TEST(options_of_other_commands_are_unknown)
{
        check_error(RUN "--size 4 true", 125, "unknown option --size");
        check_error(RUN "--json true", 125, "unknown option --json");
        check_error("exec $PINFOLD explain --socket x", 125, "unknown option --socket");
        check_error("exec $PINFOLD doctor --empty", 125, "unknown option --empty");
        check_error("exec $PINFOLD doctor --nested", 125, "unknown option --nested");
        check_error("echo 'size 4' >$DIR/p; exec $PINFOLD serve -p $DIR/p", 125, "unknown option size");
}

TEST(unknown_word_suggests_the_nearest)
{
        check_error("exec $PINFOLD profile lst", 125, "it is: pinfold profile list, or: pinfold profile show NAME\nhint: did you mean list?\n");
        check_error("exec $PINFOLD completion bsh", 125, "it is: pinfold completion bash|zsh|fish\nhint: did you mean bash?\n");
        check_error("exec $PINFOLD seccomp dmup", 125, "neither export nor dump: dmup\nhint: did you mean dump?\n");
        assert_null(strstr(check_error("exec $PINFOLD profile show", 125, "it is")->err, "hint"));
}

TEST(options_of_a_command_stand_anywhere_before_its_end)
{
        check("exec $PINFOLD explain --empty --root / --json | head -c 1", 0, "{");
        check("exec $PINFOLD explain --json --empty --root / | head -c 1", 0, "{");
        check("printf '%s\\0' --json >$DIR/words; exec $PINFOLD explain --empty --root / --args-from $DIR/words | head -c 1", 0, "{");
        check("$PINFOLD explain --empty --root / -- echo --json | grep -c '^{'; true", 0, "0\n");
        check_error("exec $PINFOLD explain --json --via x", 125, "explain with the options of `pinfold serve`");
}

TEST(value_is_needed)
{
        check_error(RUN "--bind", 125, "option --bind needs a value: --bind SRC");
}

TEST(value_is_not_taken)
{
        check_error(RUN "--nested=1 true", 125, "option --nested takes no value");
}

TEST(value_that_is_wrong_names_the_option)
{
        check_error(RUN "--uid=nobody true", 125, "uid: \"nobody\"");
        check_error(RUN "--uid=nobody true", 125, "\nhint: --uid takes ID\n");
        check_error(RUN "--bind relative/path true", 125, "\nhint: --bind takes SRC[:DEST[:FLAGS]]\n");
        check_error(RUN "--tmpfs /a:size=many true", 125, "size=many");
}

TEST(both_forms_of_a_value)
{
        check(RUN "--hostname one --uid=0 sh -c 'uname -n; id -u'", 0, "one\n0\n");
        check(RUN "--hostname=one=two sh -c 'uname -n'", 0, "one=two\n");
}

TEST(double_dash_ends_the_options)
{
        check(RUN "-- echo -- --bind", 0, "-- --bind\n");
        check_error(RUN "-- --empty", 127, "--empty");
}

TEST(first_plain_word_is_the_command)
{
        check(RUN "echo --uid 0 -- x", 0, "--uid 0 -- x\n");
}

TEST(operations_happen_in_order)
{
        check(RUN "--tmpfs /mnt --mkdir /mnt/a ls /mnt", 0, "a\n");
        check(RUN "--mkdir /mnt/a --tmpfs /mnt ls /mnt", 0, "");
}

TEST(argument_with_control_characters_is_shown_escaped)
{
        const char *const commands[] = {
                "exec $PINFOLD \"$(printf 'a\\033[31mb\\302\\233c\\233d\\te')\"",
                RUN "--\"$(printf 'a\\033[31mb\\302\\233c\\233d\\te')\" true",
                RUN "\"/$(printf 'a\\033[31mb\\302\\233c\\233d\\te')\"",
                RUN "--bind \"/$(printf 'a\\033[31mb\\302\\233c\\233d\\te')\" true",
                RUN "--cgroup \"/$(printf 'a\\033[31mb\\302\\233c\\233d\\te')\" true",
        };

        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
                const struct outcome *outcome = run(commands[i]);

                assert_true(outcome->status == 125 || outcome->status == 127);
                assert_non_null(strstr(outcome->err, "a\\x1b[31mb"));
                for (const char *at = outcome->err; *at; at++)
                        assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
        }
}

TEST(names_in_other_scripts_stay_readable)
{
        check_error(RUN "/nönesuch/名", 127, "/nönesuch/名");
}

/* SPDX-License-Identifier: MIT */
/* What the shells make of the completion scripts; bash and fish really complete. */
#include <stdio.h>
#include <string.h>

#include "cli/job.h"
#include "test.h"

/* In a directory with the files `some` and `something`, where pinfold is found, and no profile but ours. */
#define PLACE \
        "rm -rf $DIR/*; mkdir -p $DIR/bin $DIR/here/folder; ln -s \"$PINFOLD\" $DIR/bin/pinfold; cd $DIR/here; " \
        "touch some something; export PATH=$DIR/bin:/usr/bin:/bin HOME=$DIR; "

/* `words` as bash splits them, the last one being completed. What it offers, in order, separated by spaces. */
static const char *bash(const char *words)
{
        char command[1024];

        snprintf(command, sizeof(command),
                 PLACE "exec bash --norc -c 'set -u; source <(pinfold completion bash); COMP_WORDS=(%s); "
                 "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pinfold; printf \"%%s\\n\" \"${COMPREPLY[@]}\" |"
                 " sort -u | tr \"\\n\" \" \"'", words);
        return check(command, 0, NULL)->out;
}

static const char *fish(const char *line)
{
        char command[1024];

        snprintf(command, sizeof(command),
                 PLACE "exec fish --no-config -c 'source (pinfold completion fish | psub); complete -C \"%s\" |"
                 " string replace -r \"\\t.*\" \"\" | sort -u | tr \"\\n\" \" \"'", line);
        return check(command, 0, NULL)->out;
}

TEST(wrong_shell)
{
        check_error("exec $PINFOLD completion", 125, "bash|zsh|fish");
        check_error("exec $PINFOLD completion csh", 125, "bash|zsh|fish");
        check_error("exec $PINFOLD completion bash zsh", 125, "bash|zsh|fish");
}

TEST(every_command_is_completed)
{
        check("for c in $($PINFOLD --help | sed -n 's/^  \\([a-z]*\\)  .*/\\1/p'); do for s in bash zsh fish; do"
              " $PINFOLD completion $s | grep -qw -- \"$c\" || echo $c in $s; done; done", 0, "");
        assert_string_equal(bash("pinfold ru"), "run ");
        assert_string_equal(bash("pinfold -"), "--help --version ");
}

/* Those that a subcommand's help lists. */
TEST(every_option_is_completed)
{
        check("for s in bash zsh fish; do $PINFOLD completion $s >$DIR/$s; done; for c in run explain seccomp doctor; do for o in"
              " $($PINFOLD $c --help | sed -n 's/^  \\(-., \\)\\?--\\([a-z0-9-]*\\).*/\\2/p'); do for s in bash zsh fish; do"
              " [ $o = help ] || grep -qe \"[- ]$o\\b\" $DIR/$s || echo $c --$o in $s; done; done; done", 0, "");
}

TEST(bash_options)
{
        assert_string_equal(bash("pinfold run --wr"), "--write ");
        assert_string_equal(bash("pinfold explain --js"), "--json ");
        assert_string_equal(bash("pinfold run --js"), " ");
        assert_string_equal(bash("pinfold run -w . -t --nes"), "--nested ");
        assert_string_equal(bash("pinfold run --bind /usr : /usr --nes"), "--nested ");
        assert_string_equal(bash("pinfold run --net = none --nes"), "--nested ");
}

TEST(bash_values)
{
        assert_string_equal(bash("pinfold run --net \"\""), "host none ");
        assert_string_equal(bash("pinfold run -n h"), "host ");
        assert_string_equal(bash("pinfold run --net ="), "host none ");
        assert_string_equal(bash("pinfold run --net = h"), "host ");
        assert_string_equal(bash("pinfold run --filter \"\""), "allowlist everyday strict ");
        assert_string_equal(bash("pinfold run --presets ext,deny-t"), "ext,deny-tty ");
        assert_string_equal(bash("pinfold run --hostname \"\""), " ");
        assert_string_equal(bash("pinfold run -p jud"), "judge ");
        assert_string_equal(bash("pinfold profile show jud"), "judge ");
}

TEST(bash_files)
{
        assert_string_equal(bash("pinfold run -w some"), "some something ");
        assert_string_equal(bash("pinfold run --bind /usr : some"), "some something ");
        assert_string_equal(bash("pinfold run -p some"), "some something ");
        assert_string_equal(bash("pinfold run --chdir \"\""), "folder ");
        assert_string_equal(bash("pinfold trust some"), "some something ");
}

TEST(bash_commands)
{
        assert_string_equal(bash("pinfold run -w . setpri"), "setpriv ");
        assert_string_equal(bash("pinfold run -- setpri"), "setpriv ");
        assert_string_equal(bash("pinfold run ./some"), "./some ./something ");
        assert_string_equal(bash("pinfold run -- cat --nes"), " ");
        assert_string_equal(bash("pinfold run cat some"), "some something ");
}

TEST(bash_subcommands)
{
        assert_string_equal(bash("pinfold profile \"\""), "list show ");
        assert_string_equal(bash("pinfold seccomp e"), "export ");
        assert_string_equal(bash("pinfold seccomp dump --pr"), "--presets ");
        assert_string_equal(bash("pinfold completion \"\""), "bash fish zsh ");
        assert_string_equal(bash("pinfold doctor -"), "--help --json ");
}

TEST(fish_completes)
{
        assert_string_equal(fish("pinfold ru"), "run ");
        assert_string_equal(fish("pinfold run --wr"), "--write ");
        assert_string_equal(fish("pinfold run --net "), "host none ");
        assert_string_equal(fish("pinfold run --net=h"), "--net=host ");
        assert_string_equal(fish("pinfold run -p jud"), "judge ");
        assert_string_equal(fish("pinfold run -w some"), "some something ");
        assert_string_equal(fish("pinfold run --presets ext,deny-t"), "ext,deny-tty ");
        assert_string_equal(fish("pinfold run -w . setpri"), "setpriv ");
        assert_null(strstr(fish("pinfold run -w . cat --nes"), "nested"));
        assert_string_equal(fish("pinfold profile "), "list show ");
        assert_string_equal(fish("pinfold trust some"), "some something ");
}

/* Nothing short of a terminal makes it complete: it reads the script, and every option's description is taken. */
TEST(zsh_reads_it)
{
        check(PLACE "pinfold completion zsh >_pinfold; exec zsh -f -c 'autoload -Uz compinit; compinit -D -u;"
              " source ./_pinfold && [[ $_comps[pinfold] == _pinfold ]] && whence -w _pinfold_run'", 0, "_pinfold_run: function\n");
}

/* SPDX-License-Identifier: MIT */
/* What the shells make of the completion scripts; all three really complete, zsh on a terminal of its own. */
#define _GNU_SOURCE

#include <stdio.h>
#include <stdlib.h>
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

/*
 * An interactive zsh completes each of `lines`, which are separated by '|', and writes the words that its completion system is
 * given, which is all that the shell would show or insert; behind those of each line a '|'.
 */
#define ZSH_SETUP \
        "cat >../setup.zsh <<\\END\n" \
        "PS1=\"ready> \"; autoload -Uz compinit; compinit -D -u; source <(pinfold completion zsh)\n" \
        "compadd() { local -a hits; [[ ${@[1,(i)(-|--)]} == *-[OAD]* ]] ||" \
        " { builtin compadd -A hits \"$@\"; print -rl -- $hits >>../hits }; builtin compadd \"$@\" }\n" \
        "zle -C capture complete-word capture; capture() { _main_complete; compstate[insert]= compstate[list]= }\n" \
        "run() { : >../hits; zle capture; print -rn -- ${(j: :)${(uo)$(<../hits)}}\"|\" >>../words; BUFFER= }\n" \
        "zle -N run; bindkey \"^I\" run\n" \
        "END\n" \
        "cat >../drive.zsh <<\\END\n" \
        "zmodload zsh/zpty; zpty z zsh -f -i; zpty -w z 'source ../setup.zsh'; zpty -r z text '*ready> *'\n" \
        "for line in ${(s:|:)1}; do zpty -w -n z \"$line\t\"; done; zpty -w z exit\n" \
        "while zpty -r z text; do :; done\n" \
        "END\n"

static const char *zsh(const char *lines)
{
        char command[4096];

        snprintf(command, sizeof(command), PLACE ZSH_SETUP "zsh -f ../drive.zsh '%s'; cat ../words", lines);
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

/* Those that a subcommand's help lists, no more and no less. */
static void expect_options(const char *words, const char *helps)
{
        char command[512], line[64];
        char *listed;

        snprintf(command, sizeof(command),
                 "for c in %s; do $PINFOLD $c --help; done | sed -n 's/^  \\(-., \\)\\?\\(--[a-z0-9-]*\\).*/\\2/p' | sort -u | tr '\\n' ' '", helps);
        listed = strdup(check(command, 0, NULL)->out);
        assert_non_null(strstr(listed, "--help "));
        snprintf(line, sizeof(line), "pinfold %s --", words);
        assert_string_equal(bash(line), listed);
        assert_string_equal(fish(line), listed);
        listed[strlen(listed) - 1] = '|';
        assert_string_equal(zsh(line), listed);
        free(listed);
}

TEST(every_option_is_completed)
{
        expect_options("run", "run");
        expect_options("explain", "explain");
        expect_options("serve", "serve run");
        expect_options("seccomp dump", "seccomp");
        expect_options("doctor", "doctor");
        expect_options("trust", "trust");
}

struct completed {
        const char *line;
        const char *words; /* that are offered, each with a space behind it */
};

static void expect(const struct completed *lines, size_t count)
{
        char all[2048] = "", words[2048] = "";

        for (size_t i = 0; i < count; i++) {
                size_t length = strlen(lines[i].words);

                assert_string_equal(bash(lines[i].line), length > 0 ? lines[i].words : " ");
                assert_string_equal(fish(lines[i].line), lines[i].words);
                strcat(strcat(all, lines[i].line), "|");
                strncat(words, lines[i].words, length > 0 ? length - 1 : 0);
                strcat(words, "|");
        }
        assert_string_equal(zsh(all), words);
}

/* So that what stands behind it is no command, and no operand. */
TEST(values_are_told_from_operands)
{
        static const struct completed lines[] = {
                {"pinfold serve --socket x --si", "--size "},
                {"pinfold serve --size 4 --socket x -p jud", "judge "},
                {"pinfold serve -w . --socket so", "some something "},
                {"pinfold explain --json -w . --json --nes", "--nested "},
                {"pinfold seccomp --rule x --default y --presets z du", "dump "},
                {"pinfold seccomp dump --rule x --lo", "--loaded "},
                {"pinfold serve setpri", ""},
                {"pinfold seccomp dump du", ""},
                {"pinfold trust some so", ""},
        };

        expect(lines, sizeof(lines) / sizeof(lines[0]));
}

/* The same words as `run --presets` takes, and no others. */
TEST(values_of_seccomp)
{
        static const struct completed lines[] = {
                {"pinfold seccomp dump --presets every", "everyday "},
                {"pinfold seccomp dump --default k", "kill "},
        };
        char *presets = strdup(bash("pinfold run --presets \"\""));

        expect(lines, sizeof(lines) / sizeof(lines[0]));
        assert_non_null(strstr(presets, "deny-perf "));
        assert_string_equal(bash("pinfold seccomp dump --presets \"\""), presets);
        assert_string_equal(fish("pinfold seccomp dump --presets "), presets);
        free(presets);
        assert_string_equal(bash("pinfold seccomp dump --presets = ext,deny-t"), "ext,deny-tty ");
        assert_string_equal(fish("pinfold seccomp dump --presets=ext,deny-t"), "--presets=ext,deny-tty ");
        assert_string_equal(zsh("pinfold seccomp dump --presets=ext,deny-t|pinfold run --presets |pinfold seccomp dump --presets "),
                            "deny-tty|deny-devel deny-ns deny-perf deny-tty everyday ext linux32 none strict|"
                            "deny-devel deny-ns deny-perf deny-tty everyday ext linux32 none strict|");
        assert_string_equal(bash("pinfold seccomp dump --default \"\""), "allow kill log trap ");
        check("for w in allow kill log trap; do $PINFOLD seccomp dump --default $w >/dev/null || echo $w; done", 0, "");
        check("for w in $($PINFOLD run --help | sed -n 's/^  --presets \\(.*\\)\\[.*/\\1/p' | tr '|' ' '); do"
              " $PINFOLD seccomp dump --presets $w >/dev/null && echo $w; done | grep -c .", 0, "9\n");
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
        assert_string_equal(bash("pinfold doctor -"), "--help --json -h ");
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
        assert_string_equal(fish("pinfold run -- setpri"), "setpriv ");
        assert_string_equal(fish("pinfold run -- cat some"), "some something ");
        assert_string_equal(fish("pinfold profile "), "list show ");
        assert_string_equal(fish("pinfold trust some"), "some something ");
}

TEST(zsh_completes)
{
        assert_string_equal(zsh("pinfold ru|pinfold run --wr|pinfold run --js|pinfold run --net |pinfold run --net=h|pinfold run -p jud"),
                            "run|--write||host none|host|judge|");
        assert_string_equal(zsh("pinfold run -w some|pinfold run --chdir |pinfold run --presets ext,deny-t|pinfold run cat some"),
                            "some something|folder|deny-tty|some something|");
        assert_string_equal(zsh("pinfold run -w . setpri|pinfold run -- setpri|pinfold explain setpri"), "setpriv|setpriv|setpriv|");
        assert_string_equal(zsh("pinfold profile |pinfold profile show jud|pinfold completion |pinfold trust some"),
                            "list show|judge|bash fish zsh|some something|");
}

/* What make would complete are targets, which it finds by running the Makefile. */
#define MAKEFILE "printf 'X := $(shell touch ran)\\nall:\\n' >Makefile; "

TEST(no_code_of_a_checkout_runs)
{
        /* The control. */
        check(PLACE MAKEFILE "exec bash --norc -c 'source /usr/share/bash-completion/bash_completion; _completion_loader make; COMP_WORDS=(make \"\");"
              " COMP_CWORD=1; COMP_LINE=\"make \"; COMP_POINT=5; _make make \"\" make >/dev/null 2>&1; ls ran'", 0, "ran\n");
        check(PLACE MAKEFILE "exec bash --norc -c 'source /usr/share/bash-completion/bash_completion; source <(pinfold completion bash);"
              " COMP_WORDS=(pinfold run -w . make \"\"); COMP_CWORD=5; COMP_LINE=\"pinfold run -w . make \"; COMP_POINT=22; _pinfold;"
              " printf \"%s \" ${COMPREPLY[@]} | wc -w; ls'", 0, "4\nMakefile\nfolder\nsome\nsomething\n");
        check(PLACE MAKEFILE "exec fish -c 'source (pinfold completion fish | psub); complete -C \"pinfold run -w . make \" >/dev/null; ls'",
              0, "Makefile\nfolder\nsome\nsomething\n");
        check(PLACE MAKEFILE "exec fish -c 'complete -C \"make \" >/dev/null; ls ran'", 0, "ran\n");
        assert_string_equal(zsh("pinfold run -w . make so"), "some something|");
}

/* As compinit loads it from where it is installed. */
TEST(zsh_loads_it)
{
        check(PLACE "pinfold completion zsh >_pinfold; exec zsh -f -c 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u;"
              " [[ $_comps[pinfold] == _pinfold ]] && whence -w _pinfold'", 0, "_pinfold: function\n");
}

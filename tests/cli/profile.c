/* SPDX-License-Identifier: MIT */
/* Profiles, by path and by name; --args-from. Those that are shipped are in shipped.c. */
#define _GNU_SOURCE

#include <unistd.h>

#include "cli/job.h"
#include "test.h"

/* Nothing of whoever runs the tests counts. */
#define ALONE "unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR; " HERE
#define FILE_(name, content) "printf '" content "' >" name "; "
#define RUNS(arguments) "exec \"$PINFOLD\" run " arguments
#define USER_PLACE "$HOME/.config/pinfold"

TEST(a_profile_is_options_without_dashes)
{
        check(ALONE FILE_("$DIR/p", "# a comment\\n\\n  env A=b c  \\nenv=D=e\\ne F=g\\nhostname box\\r\\nuid\\t0\\n")
              RUNS("-p $DIR/p sh -c 'echo \"$A,$D,$F\"; uname -n; id -u'"), 0, "b c,e,g\nbox\n0\n");
        check(ALONE FILE_("$DIR/p", "argv0=\\nno-tty\\nempty\\nroot /\\n") RUNS("-p $DIR/p sh -c 'echo \"<$0>\"'"), 0, "<>\n");
}

TEST(profiles_add_up_and_the_command_line_comes_last)
{
        check(ALONE FILE_("$DIR/p", "env A=1\\nenv B=1\\nenv C=1\\n") FILE_("$DIR/q", "env B=2\\nenv C=2\\n")
              RUNS("-e C=3 -p $DIR/p --profile $DIR/q sh -c 'echo $A$B$C'"), 0, "123\n");
        check(ALONE FILE_("$DIR/p", "env A=1\\n") FILE_("$DIR/q", "env A=2\\n") RUNS("-p $DIR/q -p $DIR/p sh -c 'echo $A'"), 0, "1\n");
}

TEST(variables)
{
        check(ALONE FILE_("$DIR/p", "env A=${HOME},${CWD}\\nenv B=$x$\\n") "XDG_RUNTIME_DIR=/run/x; export XDG_RUNTIME_DIR; "
              RUNS("-p $DIR/p sh -c 'test \"$A\" = \"$HOME,$(pwd)\" && echo \"$B\"'"), 0, "$x$\n");
        check(ALONE FILE_("$DIR/p", "env A=${USER}${XDG_RUNTIME_DIR}\\n") "XDG_RUNTIME_DIR=/run/x; export XDG_RUNTIME_DIR; "
              RUNS("-p $DIR/p sh -c 'echo $A | grep -c /run/x'"), 0, "1\n");
        check_error(ALONE FILE_("$DIR/p", "env A=${XDG_RUNTIME_DIR}\\n") RUNS("-p $DIR/p true"), 125, "/p:1:7: ${XDG_RUNTIME_DIR} is not set");
        check_error(ALONE FILE_("$DIR/p", "read ${HOMES}/x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:6: unknown variable ${HOMES}: there are");
        check_error(ALONE FILE_("$DIR/p", "read /x${HOME\\n") RUNS("-p $DIR/p true"), 125, "/p:1:8: ${ without }");
        /* It must not become another field. */
        check_error(ALONE FILE_("$DIR/p", "write ${HOME}\\n") "mkdir $DIR/a:; HOME=$DIR/a:; " RUNS("-p $DIR/p true"), 125,
                    "/p:1:7: ${HOME} holds a character that separates fields");
}

TEST(mistakes_have_a_place)
{
        check_error(ALONE FILE_("$DIR/p", "env A=b\\n  rlimt x\\n") RUNS("-p $DIR/p true"), 125,
                    "/p:2:3: unknown option rlimt\nhint: did you mean rlimit?");
        check_error(ALONE FILE_("$DIR/p", "timeout soon\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: cannot set timeout: \"soon\"");
        check_error(ALONE FILE_("$DIR/p", "\\nempty yes\\n") RUNS("-p $DIR/p true"), 125, "/p:2:1: option --empty takes no value");
        check_error(ALONE FILE_("$DIR/p", "write\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: option --write needs a value");
        check_error(ALONE FILE_("$DIR/p", " --write .\\n") RUNS("-p $DIR/p true"), 125, "/p:1:2: an option in a profile has no dashes");
        check_error(ALONE FILE_("$DIR/p", "profile x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: profile is for the command line");
        check_error(ALONE FILE_("$DIR/p", "args-from x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: args-from is for the command line");
        check_error(ALONE FILE_("$DIR/p", "env A=b\\000env B=c\\n") RUNS("-p $DIR/p true"), 125, "/p is not a text file");
        check_error(ALONE RUNS("-p $DIR/none true"), 125, "/none: No such file or directory");
        check_error(ALONE RUNS("-p $DIR/ true"), 125, ": Is a directory");
}

/* ---- Names ------------------------------------------------------------------------------------------------------ */

TEST(names_are_looked_for_in_safe_places)
{
        check(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "env A=mine\\n") FILE_("mine", "env A=project\\n")
              RUNS("-p mine sh -c 'echo $A'"), 0, "mine\n");
        check_error(ALONE FILE_("project", "env A=project\\n") RUNS("-p project true"), 125,
                    "there is no profile project\nhint: pinfold profile list");
        check_error(ALONE RUNS("-p bild true"), 125, "hint: did you mean build?");
        check_error(ALONE RUNS("-p .mine true"), 125, ".mine cannot be the name of a profile");
        check(ALONE "mkdir -p $DIR/x/pinfold; XDG_CONFIG_HOME=$DIR/x; export XDG_CONFIG_HOME; " FILE_("$DIR/x/pinfold/mine", "env A=x\\n")
              RUNS("-p mine sh -c 'echo $A'"), 0, "x\n");
        /* Others must not have a say. */
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "env A=mine\\n") "chmod 666 " USER_PLACE "/mine; "
                    RUNS("-p mine true"), 125, "/mine could have been written by somebody else\nhint: chmod go-w");
}

TEST(default_is_used_when_none_is_named)
{
        check(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/default", "env A=default\\n")
              "\"$PINFOLD\" run sh -c 'echo 1$A'; \"$PINFOLD\" run -p build sh -c 'echo 2$A';"
              " \"$PINFOLD\" run --empty --root / sh -c 'echo 3$A'", 0, "1default\n2\n3\n");
}

TEST(include)
{
        check(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/base", "env A=1\\nenv B=1\\n")
              FILE_("$DIR/p", "env C=1\\ninclude base\\nenv B=2\\n") RUNS("-p $DIR/p sh -c 'echo $A$B$C'"), 0, "121\n");
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/a", "include b\\n") FILE_(USER_PLACE "/b", "\\ninclude a\\n")
                    RUNS("-p a true"), 125, "/b:2:9: ");
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/a", "include b\\n") FILE_(USER_PLACE "/b", "include a\\n")
                    RUNS("-p a true"), 125, "/a includes itself");
        check_error(ALONE FILE_("p", "include ./q\\n") FILE_("q", "") RUNS("-p ./p true"), 125, "/p:1:9: include takes the name of a profile");
        check_error(ALONE FILE_("p", "include q\\n") FILE_("q", "") RUNS("-p ./p true"), 125, "/p:1:9: there is no profile q");
        check_error(ALONE FILE_("p", "include\\n") RUNS("-p ./p true"), 125, "/p:1:8: include takes the name of a profile");
        /* Twice is not a loop. */
        check(ALONE FILE_("$DIR/p", "include build\\ninclude build\\n") RUNS("-p $DIR/p echo fine"), 0, "fine\n");
}

TEST(the_program_cannot_write_its_profile)
{
        check_error(ALONE FILE_("p", "write .\\n") RUNS("-p ./p true"), 125, "the program could write to the profile ");
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "") RUNS("-p mine -w $HOME/.config true"), 125,
                    "the program could write to the profile ");
        check_error(ALONE FILE_("p", "") RUNS("-p ./p --bind /:/x:writable true"), 125, "the program could write to the profile ");
        check_error(ALONE "mkdir w; " FILE_("p", "") RUNS("-p ./p --overlay /usr/x:lower=/usr,upper=$PWD,work=$PWD/w true"), 125,
                    "the program could write to the profile ");
        check(ALONE FILE_("p", "") RUNS("-p ./p echo fine"), 0, "fine\n");
}

TEST(trust)
{
        check(ALONE FILE_("p", "write .\\nenv A=1\\n") "\"$PINFOLD\" trust p && " RUNS("-p p sh -c 'touch made; echo $A'"), 0,
              "pinfold run -p p\n1\n");
        /* Bound to what was looked at. */
        check_error(AGAIN "echo env A=2 >>p; " RUNS("-p p true"), 125, "/p has changed since it was trusted\nhint: look at it");
        check(AGAIN "\"$PINFOLD\" trust ./p project >&2 && " RUNS("-p project sh -c 'echo $A'"), 0, "2\n");
        check_error(AGAIN "rm p; " RUNS("-p project true"), 125, "/p has changed since it was trusted");
        check_error(ALONE FILE_("build", "write /\\n") "\"$PINFOLD\" trust build", 125, "there is a profile build");
        check_error(ALONE FILE_("p", "writ .\\n") "\"$PINFOLD\" trust p", 125, "/p:1:1: unknown option writ");
        check_error(ALONE FILE_("p", "") "\"$PINFOLD\" trust p ../x", 125, "../x cannot be the name of a profile");
        check_error(ALONE "\"$PINFOLD\" trust", 125, "pinfold trust FILE [NAME]");
        /* What is kept cannot be written either. */
        check_error(ALONE FILE_("p", "write ${HOME}/.local\\n") "mkdir -p $HOME/.local; \"$PINFOLD\" trust p; " RUNS("-p p true"), 125,
                    "the program could write to the profile ");
}

TEST(listing)
{
        check(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "# For me. More.\\n") "\"$PINFOLD\" profile list | grep -e '^mine' -e '^build'"
              " | sed \"s|$HOME|~|; s/  */ /g\"", 0,
              "build Builds the project in the current directory: it can be changed, nothing else can, and there is no network pinfold\n"
              "mine For me ~/.config/pinfold\n");
        check(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "include build\\nnet=host\\nno-tty\\n") "\"$PINFOLD\" profile show mine"
              " | sed \"s|$PWD|.|\"", 0, "write .\nnet host\nno-tty\n");
        check_error("exec \"$PINFOLD\" profile", 125, "pinfold profile list");
        check_error("exec \"$PINFOLD\" profile show none", 125, "there is no profile none");
        check("exec \"$PINFOLD\" profile --help | head -1", 0, "Usage: pinfold profile list\n");
}

/* ---- Arguments from elsewhere ------------------------------------------------------------------------------------ */

TEST(arguments_from_a_file)
{
        check(ALONE "printf '%s\\0' -e A=1 -- sh -c 'echo $A$B' >$DIR/words; " RUNS("-e B=2 --args-from $DIR/words"), 0, "12\n");
        check(ALONE "printf '%s\\0' -e A=1 >$DIR/words; " RUNS("--args-from $DIR/words -e A=2 sh -c 'echo $A'"), 0, "2\n");
        check(ALONE "printf '%s\\0' -e 'A= x' >$DIR/words; " RUNS("--args-from 5 sh -c 'echo \"$A\"; ls /proc/self/fd | wc -l' 5<$DIR/words"), 0,
              " x\n4\n");
        /* More than a command line holds. */
        check(ALONE "python3 -c 'for i in range(100): print(\"-e\", \"A=\" + str(i) + \"y\" * 100000, sep=\"\\0\", end=\"\\0\")' >$DIR/words; "
              RUNS("--args-from $DIR/words sh -c 'echo ${#A}'"), 0, "100002\n");
        check(ALONE ": >$DIR/words; " RUNS("--args-from $DIR/words echo fine"), 0, "fine\n");
        check_error(ALONE RUNS("--args-from $DIR/none true"), 125, "/none: No such file or directory");
        check_error(ALONE RUNS("--args-from 9 true"), 125, "--args-from 9: Bad file descriptor");
        check_error(ALONE "printf '%s\\0' --args-from words >words; " RUNS("--args-from words true"), 125, "does it name itself?");
        check_error(ALONE "printf '%s\\0' --timeout >words; " RUNS("--args-from words"), 125, "option --timeout needs a value");
}

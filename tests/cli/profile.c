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
        check_error(ALONE FILE_("$DIR/p", "read ${HOMES}/x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:6: ${HOMES} is no variable: there are");
        check_error(ALONE FILE_("$DIR/p", "read /x${HOME\\n") RUNS("-p $DIR/p true"), 125, "/p:1:8: ${ without }");
        /* They must not become other fields, and count as they are where there are none. */
        check(ALONE FILE_("$DIR/p", "write ${HOME}:/x\\nenv A=${HOME}\\n") "mkdir \"$DIR/a:b,c\\\\d\"; HOME=\"$DIR/a:b,c\\\\d\"; "
              "\"$PINFOLD\" run -p $DIR/p sh -c 'echo $A >/x/made' && grep -cF \"$HOME\" \"$HOME/made\"", 0, "1\n");
        check(ALONE FILE_("$DIR/p", "env A=${$}{HOME}\\n") RUNS("-p $DIR/p sh -c 'echo $A'"), 0, "${HOME}\n");
        check_error(ALONE FILE_("$DIR/p", "env A=${HOME}\\n") "HOME=\"$DIR/a\nb\"; mkdir \"$HOME\"; " RUNS("-p $DIR/p true"), 125,
                    "/p:1:7: ${HOME} holds a line break");
        check_error(ALONE FILE_("$DIR/p", "read ${XDG_RUNTIME_DIR}/x\\n") "XDG_RUNTIME_DIR=; export XDG_RUNTIME_DIR; "
                    RUNS("-p $DIR/p true"), 125, "/p:1:6: ${XDG_RUNTIME_DIR} is no absolute path");
        check_error(ALONE FILE_("$DIR/p", "read ~/x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:6: ~ stands for nothing in a profile; ${HOME} does");
        check(ALONE FILE_("$DIR/p", "env A=${USER}\\n") RUNS("-p $DIR/p sh -c 'echo $A' | grep -cx \"$(id -un 2>/dev/null || echo $USER)\""), 0, "1\n");
}

/* Whoever shows all of that has to say it. */
TEST(a_home_directory_is_no_project)
{
        check_error(ALONE "mkdir $HOME/.ssh; cd $HOME; " RUNS("-p agent true"), 125, "${CWD} is a home directory, holds one");
        check_error(ALONE "cd $DIR; " RUNS("-p build true"), 125, "${CWD} is a home directory, holds one");
        check_error(ALONE "mkdir $HOME/.ssh; cd $HOME/.ssh; " RUNS("-p build true"), 125, "or is where private things are\nhint: change to");
        check(ALONE "mkdir $HOME/proj; cd $HOME/proj; " RUNS("-p build echo fine"), 0, "fine\n");
        check_error("cd /home; unset HOME; " RUNS("-p build true"), 125, "${CWD} is a home directory, holds one");
        check(ALONE FILE_("$DIR/p", "env A=${CWD}\\n") "cd $HOME; " RUNS("-p $DIR/p sh -c 'basename $A'"), 0, "home\n");
}

TEST(mistakes_have_a_place)
{
        check_error(ALONE FILE_("$DIR/p", "env A=b\\n  rlimt x\\n") RUNS("-p $DIR/p true"), 125,
                    "/p:2:3: unknown option rlimt\nhint: did you mean rlimit?");
        check_error(ALONE FILE_("$DIR/p", "timeout soon\\n") RUNS("-p $DIR/p true"), 125, "/p:1:9: cannot set timeout: \"soon\"");
        check_error(ALONE FILE_("$DIR/p", "\\nempty yes\\n") RUNS("-p $DIR/p true"), 125, "/p:2:1: option --empty takes no value");
        check_error(ALONE FILE_("$DIR/p", "write\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: option --write needs a value");
        check_error(ALONE FILE_("$DIR/p", " --write .\\n") RUNS("-p $DIR/p true"), 125, "/p:1:2: an option in a profile has no dashes");
        check_error(ALONE FILE_("$DIR/p", "profile x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: profile is for the command line");
        check_error(ALONE FILE_("$DIR/p", "args-from x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: args-from is for the command line");
        check_error(ALONE FILE_("$DIR/p", "env A=b\\000env B=c\\n") RUNS("-p $DIR/p true"), 125, "/p is not a text file");
        check_error(ALONE RUNS("-p $DIR/none true"), 125, "/none: No such file or directory");
        check_error(ALONE RUNS("-p $DIR/ true"), 125, ": Is a directory");
        check_error(ALONE FILE_("$DIR/p", "incldue x\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: unknown option incldue\nhint: did you mean include?");
        check_error(ALONE FILE_("$DIR/p", "x /a\\n") RUNS("-p $DIR/p true"), 125, "/p:1:1: unknown option x\n");
        check_error(ALONE FILE_("$DIR/p", "env A B\\n") RUNS("-p $DIR/p true"), 125, "/p:1:5: A B is not the name of a variable\n");
        check_error(ALONE FILE_("$DIR/p", "# \\033[2K\\n") RUNS("-p $DIR/p true"), 125, "/p is not a text file");
        check(ALONE FILE_("$DIR/p", "\\357\\273\\277env A=b\\n") RUNS("-p $DIR/p sh -c 'echo $A'"), 0, "b\n");
        /* Of operations, too, and of what is only found out when they are done. */
        check_error(ALONE FILE_("$DIR/p", "\\nbind /usr:/x:writabel\\n") RUNS("-p $DIR/p true"), 125, "/p:2:6: cannot add operation: bind: ");
        check_error(ALONE FILE_("$DIR/p", "\\nread  /no/such\\n") RUNS("-p $DIR/p true"), 125, "/p:2:7: cannot set up container: bind /no/such");
        check_error(ALONE RUNS("-p build,online true"), 125, "build,online cannot be the name of a profile\nhint: names have letters");
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
        check_error(ALONE "mkdir -p " USER_PLACE "; chmod 777 " USER_PLACE "; " FILE_(USER_PLACE "/mine", "env A=mine\\n") RUNS("-p mine true"),
                    125, "/pinfold could have been written by somebody else\nhint: chmod go-w");
        /* A checkout, to which a variable leads. */
        check_error(ALONE "mkdir -p .config/pinfold; " FILE_(".config/pinfold/default", "env A=project\\n") "HOME=$PWD; " RUNS("true"), 125,
                    "/.config/pinfold/default is in the current directory, where no profile is looked for");
        check_error(ALONE "mkdir -p .config/pinfold; " FILE_(".config/pinfold/x", "env A=project\\n") "export XDG_CONFIG_HOME=$PWD/.config; "
                    RUNS("-p x true"), 125, "/.config/pinfold/x is in the current directory");
        check_error(ALONE FILE_("p", "env A=project\\n") "export XDG_DATA_HOME=$PWD; \"$PINFOLD\" trust p; " RUNS("-p p true"), 125,
                    "/trusted/p is in the current directory");
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
        check_error(ALONE FILE_("p", "include\\n") RUNS("-p ./p true"), 125, "/p:1:8: include needs a name");
        /* Twice is not a loop. */
        check(ALONE FILE_("$DIR/p", "include build\\ninclude build\\n") RUNS("-p $DIR/p echo fine"), 0, "fine\n");
}

TEST(the_program_cannot_write_its_profile)
{
        const char *refused = "the program could write to the profile ";

        check_error(ALONE FILE_("p", "write .\\n") RUNS("-p ./p true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p --bind /:/x:writable true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p --bind \"$PWD:/x:wr\\\\itable\" true"), 125, refused);
        check_error(ALONE "mkdir w; " FILE_("p", "") RUNS("-p ./p --overlay /usr/x:lower=/usr,upper=$PWD,work=$PWD/w true"), 125, refused);
        check_error(ALONE "mkdir -p a,b w; " FILE_("a,b/p", "") RUNS("-p ./a,b/p --overlay \"/usr/x:lower=/usr,upper=$PWD/a\\\\,b,work=$PWD/w\""
                    " true"), 125, refused);
        check(ALONE FILE_("p", "") RUNS("-p ./p echo fine"), 0, "fine\n");
        /* A protection of what is in it is one, until something else lies there. */
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --protect \"$PWD:p:writable\" true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --protect \"$PWD:p\" --bind \"$PWD:$PWD:writable\" true"), 125, refused);
        check(ALONE FILE_("p", "") RUNS("-p ./p -w . --protect \"$PWD:p\" sh -c '(echo x >p || mv p q) 2>/dev/null || echo kept'"), 0, "kept\n");
        check(ALONE "mkdir d; " FILE_("d/p", "") RUNS("-p ./d/p -w . -r d sh -c '(echo x >d/p || mv d e) 2>/dev/null || echo kept'"), 0, "kept\n");
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --chmod \"$PWD/p:mode=0600\" true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --lock \"$PWD/p\" true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p --bind $PWD/.:/x:writable true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p --bind /proc/self/cwd:/x:writable true"), 125, "/proc/self is that of another process");
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --bind /none:$PWD/p:optional true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --place $PWD/p:text=x,copy true"), 125, refused);
        check_error(ALONE FILE_("p", "") RUNS("-p ./p -w . --protect $PWD:p:optional true"), 125, refused);
        /* By another name, or on the way to it. */
        check_error(ALONE FILE_("$HOME/real", "") "ln -s $HOME/real p; " RUNS("-p ./p -w . true"), 125, refused);
        check_error(ALONE FILE_("$HOME/real", "") "ln -s $HOME d; " RUNS("-p ./d/real -w . true"), 125, refused);
        check_error(ALONE FILE_("$HOME/real", "") "mkdir d; " RUNS("-p ./d/../../home/real -w . true"), 125, refused);
        check_error(ALONE FILE_("$DIR/real", "") "ln $DIR/real p; " RUNS("-p $DIR/real -w . true"), 125, refused);
        check_error(ALONE FILE_("$DIR/real", "") "ln $DIR/real p; " RUNS("-p $DIR/real -w ./p true"), 125, refused);
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_("p", "") "ln -s $PWD/p " USER_PLACE "/mine; " RUNS("-p mine -w . true"), 125, refused);
        check(ALONE FILE_("$HOME/real", "") "ln -s $HOME/real p; mkdir w; " RUNS("-p ./p -w w echo fine"), 0, "fine\n");
        /* Arguments decide as much. */
        check_error(ALONE "printf '%s\\0' --env=A=1 >args; " RUNS("--args-from args -w . true"), 125,
                    "the program could write to args, where arguments are from\nhint: keep it elsewhere");
        check(ALONE "printf '%s\\0' --env=A=1 >args; " RUNS("--args-from 3 -w . sh -c 'echo $A' 3<args"), 0, "1\n");
}

ROOT_TEST(a_file_system_that_is_mounted_twice)
{
        check_error(ALONE "mkdir $DIR/m; " FILE_("$DIR/p", "")
                    "exec unshare -m sh -c 'mount --bind / $DIR/m; exec \"$PINFOLD\" run -p $DIR/p -w $DIR/m true'", 125,
                    " is there by another name");
        check_error(ALONE "mkdir $DIR/a $DIR/b; " FILE_("$DIR/a/p", "")
                    "exec unshare -m sh -c 'mount --bind $DIR/a $DIR/b; exec \"$PINFOLD\" run -p $DIR/a/p -w $DIR/b true'", 125,
                    "the program could write to the profile ");
}

/* What it leaves there would decide for the next one. */
TEST(nor_leave_one_where_the_next_is_looked_for)
{
        const char *evil = "echo env A=evil >.config/pinfold/default; mkdir -p .local/share/pinfold/trusted;"
                           " echo x >.local/share/pinfold/trusted/x; mv .config c; mv .local l";
        char command[1024];

        snprintf(command, sizeof(command), ALONE "cd $HOME; mkdir .config; \"$PINFOLD\" run -w . sh -c '%s' 2>/dev/null; "
                 "\"$PINFOLD\" run sh -c 'echo 1$A'; find .config .local; \"$PINFOLD\" run -w . touch .config/other; find .config", evil);
        check(command, 0, "1\n.config\n.config\n.config/other\n");
        /* One that is there counts, and stays. */
        snprintf(command, sizeof(command), ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/default", "env A=mine\\n")
                 "\"$PINFOLD\" run -w $HOME sh -c 'echo $A; cd; (%s) 2>/dev/null'; cat " USER_PLACE "/default", evil);
        check(command, 0, "mine\nenv A=mine\n");
        check_error(ALONE "mkdir -p " USER_PLACE "; " RUNS("-w " USER_PLACE " true"), 125, "where profiles are: ");
        check_error(ALONE "mkdir -p " USER_PLACE "; " FILE_(USER_PLACE "/mine", "") RUNS("-w " USER_PLACE "/mine true"), 125, "where profiles are: ");
        check_error(ALONE "mkdir -p $HOME/dot/pinfold; ln -s dot $HOME/.config; " RUNS("-w $HOME --allow-git-config true"), 125,
                    "/.config is a symbolic link on the way, which it could replace");
        /* Git's configuration is there, too. */
        check_error(ALONE "mkdir -p $HOME/dot/pinfold; ln -s dot $HOME/.config; " RUNS("-w $HOME true"), 125,
                    "/.config/git/config is a symbolic link, which the program could replace");
        check(ALONE "mkdir -p $HOME/dot/pinfold; ln -s dot $HOME/.config; "
              RUNS("-w $HOME/dot sh -c 'touch $HOME/dot/ok && touch $HOME/dot/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
        check(ALONE "mkdir $HOME/.config; " RUNS("-w $HOME --chmod $HOME:mode=0700 sh -c 'touch $HOME/.config/pinfold/default 2>/dev/null || echo kept'"),
              0, "kept\n");
        check(ALONE "mkdir $HOME/.config; " RUNS("--bind $HOME/.:/w:writable sh -c 'touch /w/.config/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
        check(ALONE RUNS("-w $HOME --bind /none:$HOME/.config:optional sh -c 'touch $HOME/.config/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
        check(ALONE "mkdir $HOME/.config; " RUNS("-w $HOME --protect $HOME:.config/pinfold:optional"
              " sh -c 'mkdir $HOME/.config/pinfold/x 2>/dev/null || echo kept'"), 0, "kept\n");
        check(ALONE RUNS("-w $HOME --symlink x:$HOME/.config true"), 125, NULL);
        check(ALONE ": >$HOME/.config; " RUNS("-w $HOME sh -c '(rm $HOME/.config || echo x >$HOME/.config) 2>/dev/null || echo kept'"), 0, "kept\n");
        /* Who outlives the run is kept from it as long. */
        check(ALONE "mkdir $HOME/.config; \"$PINFOLD\" run -w $HOME --host-pid sh -c '(setsid sh -c \"sleep 1; touch $HOME/.config/pinfold/default;"
              " touch $HOME/tried\" >/dev/null 2>&1 </dev/null &)'; until test -e $HOME/tried; do sleep 0.1; done; ls -A $HOME/.config/pinfold", 0, "");
        /* One that is kept elsewhere, and linked to. */
        check_error(ALONE "mkdir -p " USER_PLACE " $HOME/dot; : >$HOME/dot/x; ln -s ../../dot/x " USER_PLACE "/x; " RUNS("-w $HOME/dot true"), 125,
                    "/pinfold/x, by another name");
        check_error(ALONE "mkdir -p " USER_PLACE "; : >" USER_PLACE "/x; ln " USER_PLACE "/x y; " RUNS("-w . true"), 125, "/pinfold/x, by another name");
        check_error(ALONE "mkdir -p $HOME/.config $HOME/dot/pinfold; ln -s ../dot/pinfold/. " USER_PLACE "; " RUNS("-w $HOME/dot/pinfold true"), 125,
                    "is what it may change");
        check(ALONE "mkdir -p $HOME/.config $HOME/dot/pinfold; ln -s ../dot/pinfold/. " USER_PLACE "; "
              RUNS("-w $HOME/dot sh -c 'touch $HOME/dot/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
        check_error(ALONE "ln -s $HOME $DIR/h; export HOME=$DIR/h; " RUNS("-w $DIR --allow-git-config true"), 125, "/h is a symbolic link on the way");
        /* One that is not there yet; also that of a run with other variables. */
        check(ALONE RUNS("--bind $HOME/.config:$HOME/.config:writable,ensure sh -c 'touch $HOME/.config/pinfold/default 2>/dev/null || echo kept'"),
              0, "kept\n");
        check(ALONE "export XDG_CONFIG_HOME=$DIR/x; mkdir $HOME/.config; "
              RUNS("-w $HOME sh -c 'touch $HOME/.config/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
        /* Nothing is left, however many binds share what is made. */
        check(ALONE "export XDG_CONFIG_HOME=$HOME/.x/c XDG_DATA_HOME=$HOME/.x/d; "
              "\"$PINFOLD\" run -w $HOME -w $HOME:/h true; ls -A $HOME", 0, "");
        /* What covers it is none of its business. */
        check(ALONE "mkdir -p $HOME/.config; " RUNS("-w $HOME -r /etc:$HOME/.config echo fine"), 0, "fine\n");
        /* With --empty as well. */
        check(ALONE "mkdir -p " USER_PLACE "; " RUNS("--empty --root / --bind $HOME:/tmp:writable sh -c 'touch /tmp/ok;"
              " touch /tmp/.config/pinfold/default 2>/dev/null || echo kept'"), 0, "kept\n");
}

/* In a system of its own, which is root's, with a user, who is 1234. */
#define SYSTEM_OF_ITS_OWN(commands) \
        ALONE "mkdir $DIR/u $DIR/v $DIR/w $DIR/x; chmod 755 $DIR; chown 1234 $HOME; export DIR HOME; exec unshare -m sh -c 'umask 022;" \
              " user() { setpriv --reuid=1234 --regid=1234 --clear-groups \"$@\"; };" \
              " mount -t overlay -o lowerdir=/etc,upperdir=$DIR/u,workdir=$DIR/w o /etc;" \
              " mount -t overlay -o lowerdir=/usr,upperdir=$DIR/v,workdir=$DIR/x o /usr;" \
              " mkdir -p \"$PROFILE_DIRECTORY\" /etc/pinfold; echo env A=package >\"$PROFILE_DIRECTORY/x\"; echo env A=admin >/etc/pinfold/x;" \
              " user mkdir -p " USER_PLACE "; echo env A=user | user tee " USER_PLACE "/x >/dev/null; cd /usr; " commands "'"

ROOT_TEST(the_users_then_the_administrators_then_the_packages)
{
        check(SYSTEM_OF_ITS_OWN("show() { user $PINFOLD profile show x; }; show; rm " USER_PLACE "/x; show; rm /etc/pinfold/x; show"), 0,
              "env A=user\nenv A=admin\nenv A=package\n");
        check(SYSTEM_OF_ITS_OWN("user $PINFOLD run sh -c \"echo 1\\$A\"; echo env A=2 >/etc/pinfold/default; user $PINFOLD run sh -c \"echo \\$A\""), 0,
              "1\n2\n");
        check_error(SYSTEM_OF_ITS_OWN("rm " USER_PLACE "/x; chown 1235 /etc/pinfold/x; user $PINFOLD run -p x true"), 125,
                    "/etc/pinfold/x could have been written by somebody else");
}

/* Theirs is the directory above, which they cannot write to. */
ROOT_TEST(a_place_of_the_users_in_a_directory_of_roots)
{
        check(SYSTEM_OF_ITS_OWN("mkdir -p /usr/local/cfg/pinfold; chown 1234 /usr/local/cfg/pinfold; export XDG_CONFIG_HOME=/usr/local/cfg;"
                                " user $PINFOLD run -w /usr/local/cfg sh -c \"echo env A=evil >/usr/local/cfg/pinfold/default\" 2>/dev/null;"
                                " user $PINFOLD run sh -c \"echo 1\\$A\""), 0, "1\n");
}

/* What the program cannot change in any case needs no protection, and is no reason to fail. */
ROOT_TEST(roots_view_of_it)
{
        check(ALONE "mkdir u; chown 1234 u; HOME=$PWD/u; " RUNS("-w . echo fine"), 0, "fine\n");
        check(SYSTEM_OF_ITS_OWN("rm -r \"$PROFILE_DIRECTORY\" /etc/pinfold; mount -o remount,bind,ro /usr; export HOME=/root; $PINFOLD run -C / -w /:/host echo fine;"
                                " ls -d /etc/pinfold 2>/dev/null"), 2, "fine\n");
}

/* As in containers: the system is its owner's, who has no id. */
/* passwd(5) has it: the usual places below it count, wherever we are, and a checkout below it is one. */
ROOT_TEST(the_home_of_the_user)
{
#define HOMELY(commands) \
        SYSTEM_OF_ITS_OWN("printf \"u:x:1234:1234::%s:/bin/sh\\\\n\" $HOME >>/etc/passwd; user mkdir -p $HOME/co/.config/pinfold; " \
                          "echo env A=co | user tee $HOME/co/.config/pinfold/x >/dev/null; show() { user env \"$@\" $PINFOLD profile show x; }; " commands)
        check(HOMELY("cd $HOME; show A=; cd $HOME/.config; show A=; cd $HOME/..; show A="), 0, "env A=user\nenv A=user\nenv A=user\n");
        check_error(HOMELY("cd $HOME/co; show XDG_CONFIG_HOME=$HOME/co/.config"), 125, "/co/.config/pinfold/x is in the current directory");
        check_error(HOMELY("cd $HOME/co; show HOME=$HOME/co"), 125, "/co/.config/pinfold/x is in the current directory");
}

ROOT_TEST(where_root_is_not_mapped)
{
        check(SYSTEM_OF_ITS_OWN("rm " USER_PLACE "/x; user unshare -U $PINFOLD profile show x; rm /etc/pinfold/x; user unshare -U $PINFOLD profile show x"),
              0, "env A=admin\nenv A=package\n");
}

TEST(trust)
{
        check(ALONE FILE_("p", "write .\\nenv A=1\\n") "\"$PINFOLD\" trust p && " RUNS("-p p sh -c 'touch made; echo $A'"), 0,
              "write .\nenv A=1\npinfold run -p p\n1\n");
        /* Bound to what was looked at. */
        check_error(AGAIN "echo env A=2 >>p; " RUNS("-p p true"), 125, "/p has changed since it was trusted\nhint: look at it");
        check(AGAIN "\"$PINFOLD\" trust ./p project >&2 && " RUNS("-p project sh -c 'echo $A'"), 0, "2\n");
        /* One name, one file. */
        check_error(AGAIN "mkdir q; echo net host >q/p; \"$PINFOLD\" trust q/p", 125, "/proj/p already\nhint: pinfold trust ");
        check(AGAIN "\"$PINFOLD\" profile list | grep -c -e \"^p .*$PWD/p, changed since it was trusted$\" -e \"^project .*$PWD/p, trusted$\"", 0, "2\n");
        check_error(AGAIN "echo net hosts >q/wrong; \"$PINFOLD\" trust q/wrong", 125, "/q/wrong:1:5: cannot set net: \"hosts\" is not none or host");
        check_error(AGAIN "\"$PINFOLD\" profile show q/wrong", 125, "/q/wrong:1:5: cannot set net");
        /* A loop is a loop, also of what is trusted anew. */
        check_error(AGAIN "echo 'nice 1' >inner; echo 'include inner' >outer; for p in inner outer; do \"$PINFOLD\" trust $p; done >&2; "
                    "echo 'include outer' >inner; \"$PINFOLD\" trust inner", 125, "/outer:1:9: ");
        check(AGAIN "\"$PINFOLD\" trust inner 2>&1 | sed 's/.*inner //'", 0, "includes itself\n");
        check_error(AGAIN "chmod 666 $HOME/.local/share/pinfold/trusted/project; " RUNS("-p project true"), 125,
                    "/trusted/project could have been written by somebody else");
        check(AGAIN "chmod 600 $HOME/.local/share/pinfold/trusted/project; chmod 777 $HOME/.local/share/pinfold/trusted; "
              "\"$PINFOLD\" run -p project true 2>&1 | head -1 | sed 's/.*could/could/'; chmod 700 $HOME/.local/share/pinfold/trusted", 0,
              "could have been written by somebody else\n");
        check_error(AGAIN "rm p; " RUNS("-p project true"), 125, "/p, which was trusted as project, is gone\nhint: pinfold trust --remove project");
        check(AGAIN "\"$PINFOLD\" trust --remove project; \"$PINFOLD\" run -p project true 2>&1 | head -1", 0, "pinfold: there is no profile project\n");
        check_error(AGAIN "\"$PINFOLD\" trust --remove project", 125, "no profile is trusted as project");
        check_error(AGAIN ": >$HOME/.local/share/pinfold/x; \"$PINFOLD\" trust --remove ../x", 125, "no profile is trusted as ../x");
        check_error(ALONE FILE_("build", "write /\\n") "\"$PINFOLD\" trust build", 125, "there is a profile build");
        check_error(ALONE FILE_("p", "writ .\\n") "\"$PINFOLD\" trust p", 125, "/p:1:1: unknown option writ");
        check_error(ALONE FILE_("p", "") "\"$PINFOLD\" trust p ../x", 125, "../x cannot be the name of a profile");
        check_error(ALONE "\"$PINFOLD\" trust", 125, "pinfold trust FILE [NAME]");
        /* What is kept cannot be written either. */
        check(ALONE FILE_("p", "write ${HOME}/.local\\n") "mkdir -p $HOME/.local; \"$PINFOLD\" trust p >&2; "
              RUNS("-p p sh -c 'echo x >$HOME/.local/share/pinfold/trusted/p || echo kept' 2>/dev/null"), 0, "kept\n");
        check_error(ALONE FILE_("p", "write ${HOME}/.local/share/pinfold/trusted\\n") "\"$PINFOLD\" trust p >&2; " RUNS("-p p true"), 125,
                    "where trusted profiles are: ");
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
        /* A standard stream is at its end then, and still there. */
        check(ALONE "printf '%s\\0' sh -c 'cat; echo $A' | \"$PINFOLD\" run -e A=1 --args-from 0", 0, "1\n");
        check_error(ALONE RUNS("--args-from $DIR/none true"), 125, "/none: No such file or directory");
        check_error(ALONE RUNS("--args-from 9 true"), 125, "--args-from 9: Bad file descriptor");
        check_error(ALONE "printf '%s\\0' --args-from words >words; " RUNS("--args-from words true"), 125, "does it name itself?");
        check_error(ALONE "printf '%s\\0' --timeout >words; " RUNS("--args-from words"), 125, "option --timeout needs a value");
}

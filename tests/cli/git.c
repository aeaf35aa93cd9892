/* SPDX-License-Identifier: MIT */
/* What lets git on the host run code, below -w: it is read-only, cannot be replaced, or is set aside afterwards. */
#define _GNU_SOURCE

#include <unistd.h>

#include "cli/job.h"
#include "test.h"

#define REPOSITORY HERE "git init -q . && git config user.name One && git config user.email one@example.org; "

/* Each attempt says its name when it works. */
#define ATTEMPTS                                                                                                    \
        "'t() { (eval \"$2\") 2>/dev/null && echo $1; };"                                                           \
        "t config \"echo >>.git/config\"; t hook \"echo >.git/hooks/post-commit\"; t info \"echo >.git/info/attributes\";" \
        "t rename \"mv .git other\"; t remove \"rm -rf .git/hooks && test ! -e .git/hooks\";"                       \
        "t replace \"mv .git/hooks .git/h\"; t worktree \"echo >.git/config.worktree\";"                            \
        "t module \"echo >>.git/modules/m/config\"; t module-hook \"echo >.git/modules/m/hooks/x\";"                \
        "t modules \"mv .git/modules .git/n\"; true'"

TEST(git_configuration_stays)
{
        check(REPOSITORY "mkdir -p .git/modules/m/hooks; echo >.git/modules/m/config; exec \"$PINFOLD\" run -w . sh -c " ATTEMPTS,
              0, "");
        check(REPOSITORY "rm -rf .git/hooks .git/info; exec \"$PINFOLD\" run -w . sh -c " ATTEMPTS, 0, "");
        check("cd $DIR/proj/.git; ls -d hooks info config.worktree 2>/dev/null; true", 0, "");
        /* The probe can tell. */
        check(AGAIN "exec \"$PINFOLD\" run -w . --allow-git-config sh -c 'echo >>.git/config && mkdir .git/hooks && echo done'", 0,
              "done\n");
}

TEST(git_where_there_is_none_yet)
{
        check(PINFOLD "-w . sh -c 'mkdir -p .git/hooks 2>/dev/null || echo refused'", 0, "refused\n");
        check("ls -A $DIR/proj", 0, "");
        check(HERE "echo gitdir: /elsewhere >.git; exec \"$PINFOLD\" run -w . sh -c '(echo x >.git) 2>/dev/null || rm .git"
              " 2>/dev/null || echo refused'", 0, "refused\n");
        check_error(HERE "ln -s elsewhere .git; exec \"$PINFOLD\" run -w . true", 125, "--allow-git-config");
}

TEST(a_commondir_is_put_aside)
{
        check_error(REPOSITORY "exec \"$PINFOLD\" run -w . sh -c 'echo ../evil >.git/commondir'", 0, "commondir.made-inside now");
        check("cd $DIR/proj; cat .git/commondir.made-inside; test ! -e .git/commondir", 0, "../evil\n");
}

/* ---- Attacks ---------------------------------------------------------------------------------------------------- */

/*
 * Each is a script for inside, after which git is used outside, in $DIR/proj: what its configuration tells it to run leaves
 * $DIR/ran. The control is the same without protection.
 */
#define MONITOR "MONITOR=\"touch $DIR/ran; false\"; export MONITOR; "
#define ATTACK(before, script, options)                                                                           \
        REPOSITORY MONITOR before "; \"$PINFOLD\" run -w . -e MONITOR -e DIR " options " sh -c '" script "' >&2; cd $DIR/proj;" \
        " git status >&2; git commit -q --allow-empty -m y >&2; test -e $DIR/ran && echo ran; rm -f $DIR/ran"

static void attack(const char *protected, const char *open)
{
        check(protected, 0, "");
        check(open, 0, "ran\n");
}

#define BOTH(before, script) attack(ATTACK(before, script, ""), ATTACK(before, script, "--allow-git-config"))

TEST(configuration)
{
        BOTH("true", "git config core.fsmonitor \"$MONITOR\"; true");
        BOTH("rm -r .git/hooks", "mkdir -p .git/hooks; printf \"#!/bin/sh\\n$MONITOR\" >.git/hooks/pre-commit; "
             "chmod +x .git/hooks/pre-commit");
}

/* A git directory of the tree itself, where .git is made to be none. */
TEST(a_tree_that_becomes_a_git_directory)
{
        BOTH("git commit -q --allow-empty -m x",
             "cp .git/HEAD HEAD; ln -s .git/objects objects; ln -s .git/refs refs; cp .git/index index 2>/dev/null;"
             " git config -f config core.repositoryformatversion 0; git config -f config core.bare false; "
             "git config -f config core.worktree .; git config -f config core.fsmonitor \"$MONITOR\"; mv .git/HEAD .git/H");
        BOTH("rm -rf .git", "git init -q --bare . ; git config core.bare false; git config core.worktree .;"
             " git config core.fsmonitor \"$MONITOR\"");
}

TEST(a_tree_that_is_a_git_directory)
{
        check(HERE "git init -q --bare .; exec \"$PINFOLD\" run -w . sh -c 'echo >>config && echo config; echo >hooks/x && echo hook;"
              " git hash-object -w --stdin </dev/null >/dev/null && echo works' 2>/dev/null", 0, "works\n");
}

#define ALT                                                                                                     \
        "mkdir .git/alt; ln -s ../objects ../refs .git/alt; cp .git/HEAD .git/alt; "                              \
        "git config -f .git/alt/config core.fsmonitor \"$MONITOR\"; echo alt >.git/commondir; "

TEST(commondir)
{
        BOTH("git commit -q --allow-empty -m x", ALT);
        /* A name that is taken, and rights that are gone. */
        BOTH("git commit -q --allow-empty -m x", ALT "mkdir .git/commondir.made-inside");
        attack(ATTACK("git commit -q --allow-empty -m x", ALT "chmod 555 .git", ""),
               ATTACK("git commit -q --allow-empty -m x", ALT "chmod 555 .git", "--allow-git-config"));
        check("chmod -R u+rwx $DIR/proj; ls $DIR/proj/.git | grep -c made-inside", 1, "0\n");
}

/* ---- Submodules ------------------------------------------------------------------------------------------------- */

#define SUBMODULES                                                                                                \
        "G=\"git -c protocol.file.allow=always\"; mkdir $DIR/sub; (cd $DIR/sub; git init -q; git config user.name a;"  \
        " git config user.email b; git commit -q --allow-empty -m x); $G submodule --quiet add $DIR/sub top;"      \
        " $G submodule --quiet add $DIR/sub libs/foo; git commit -qm x"

TEST(submodules)
{
        BOTH(SUBMODULES, "git config -f .git/modules/libs/foo/config core.fsmonitor \"$MONITOR\"; true");
        BOTH(SUBMODULES, "cd .git/modules/top; mkdir alt; ln -s ../objects ../refs alt/; cp HEAD config alt;"
             " git config -f alt/config core.fsmonitor \"$MONITOR\"; git config -f alt/config --unset core.worktree;"
             " echo alt >commondir");
        BOTH(SUBMODULES, "cd top; cp -r ../.git/modules/top /tmp/t; git config -f /tmp/t/config --unset core.worktree;"
             " git config -f /tmp/t/config core.fsmonitor \"$MONITOR\"; rm -f .git; cp -r /tmp/t .git");
        /* They can be worked in. */
        check(REPOSITORY SUBMODULES "; exec \"$PINFOLD\" run -w . sh -c 'cd libs/foo && git commit -q --allow-empty -m inside &&"
              " git log -1 --format=%s'", 0, "inside\n");
}

/* One that the index has only since then. */
TEST(new_submodules)
{
        BOTH("git commit -q --allow-empty -m x",
             "mkdir lib; cd lib; git init -q; git commit -q --allow-empty -m x; git config core.fsmonitor \"$MONITOR\"; cd ..;"
             " git add lib 2>/dev/null");
        BOTH("git commit -q --allow-empty -m x",
             "mkdir lib; cd lib; git init -q; git commit -q --allow-empty -m x; git config core.fsmonitor \"$MONITOR\"; cd ..;"
             " git add lib 2>/dev/null; git update-index --index-version 4");
        BOTH("git commit -q --allow-empty -m x",
             "mkdir lib; cd lib; git init -q; git commit -q --allow-empty -m x; git config core.fsmonitor \"$MONITOR\"; cd ..;"
             " git add lib 2>/dev/null; git update-index --split-index");
}

/* ---- What a second attacker found -------------------------------------------------------------------------------- */

#define EVIL "mkdir lib; cd lib; git init -q; git commit -q --allow-empty -m x; git config core.fsmonitor \"$MONITOR\"; cd ..; "
#define COMMIT "git commit -q --allow-empty -m x"

/* An index that git reads, and that cannot be read here, is no index without submodules. */
TEST(indexes_that_are_not_understood)
{
#define UNREAD(script) REPOSITORY MONITOR COMMIT "; exec \"$PINFOLD\" run -w . -e MONITOR sh -c '" script "'"
        check_error(UNREAD(EVIL "git add lib 2>/dev/null; mv .git/index i; ln -s ../i .git/index"), 125, "is not understood");
        /* To root outside it is no obstacle, and is read. */
        if (geteuid() != 0)
                check_error(UNREAD(EVIL "git add lib 2>/dev/null; chmod 0 .git/index; test ! -r .git/index || rm .git/index; "
                    "test -e .git/index || mkdir .git/index"), 125, "is not understood");
        check_error(UNREAD("mkdir d; cd d; " EVIL "cd ..; git add d/lib 2>/dev/null; truncate -s 600M .git/index"), 125,
                    "is not understood");
        check_error(UNREAD("git init -q .git/x; printf DIRC >.git/index"), 125, "is not understood");
}

/* The path's length as the flags say it, and as the NUL does, must be one. */
TEST(an_index_with_two_readings)
{
        check_error(REPOSITORY MONITOR "touch a; git add a; " COMMIT "; exec \"$PINFOLD\" run -w . python3 -c '\n"
                    "d = bytearray(open(\".git/index\", \"rb\").read())\nd[73] = 9\nopen(\".git/index\", \"wb\").write(d)'", 125,
                    "is not understood");
}

TEST(directories_on_the_way_stay)
{
        BOTH(SUBMODULES, "mv libs l2 && mkdir libs && cd libs && git init -q foo && cd foo && git commit -q --allow-empty -m x &&"
             " git config core.fsmonitor \"$MONITOR\"");
        BOTH("mkdir -p tools/hooks; git config core.hooksPath tools/hooks",
             "mv tools t2; mkdir -p tools/hooks; printf \"#!/bin/sh\\n$MONITOR\" >tools/hooks/pre-commit; chmod +x tools/hooks/pre-commit");
}

TEST(a_tree_with_the_looks_of_a_git_directory)
{
        BOTH("mkdir objects refs; echo ref: refs/heads/main >HEAD; " COMMIT, "git config core.fsmonitor \"$MONITOR\"; true");
        BOTH("echo ref: refs/heads/main >HEAD; " COMMIT,
             "rm .git/HEAD; mkdir objects refs; git config -f config core.repositoryformatversion 0;"
             " git config -f config core.worktree .; git config -f config core.fsmonitor \"$MONITOR\"");
}

TEST(a_git_directory_elsewhere_in_the_tree)
{
        BOTH("mv .git .repo; echo gitdir: ./.repo >.git; " COMMIT, "git config core.fsmonitor \"$MONITOR\"; true");
        BOTH("mv .git .repo; echo gitdir: $PWD/.repo >.git; " COMMIT, "git config core.fsmonitor \"$MONITOR\"; true");
}

TEST(what_configuration_names)
{
#define HOOK(path) "mkdir -p " path "; printf \"#!/bin/sh\\n$MONITOR\" >" path "/pre-commit; chmod +x " path "/pre-commit"
        BOTH("git config core.hooksPath .husky/_", HOOK(".husky/_"));
        BOTH("mkdir h; git config core.hooksPath $PWD/h", HOOK("h"));
        BOTH("mkdir h; printf \"[core]\\n hooksPath = \\\"h\\\" # here\\n\" >>.git/config", HOOK("h"));
        BOTH("echo >.gitconfig; git config include.path ../.gitconfig", "git config -f .gitconfig core.fsmonitor \"$MONITOR\"; true");
        BOTH("printf \"#!/bin/sh\\n\" >s; chmod +x s; ln -s ../../s .git/hooks/pre-commit", "echo \"$MONITOR\" >>s; true");
}

/* Nothing that was there before is renamed. */
TEST(a_gitlink_to_the_tree_itself)
{
        check_error(REPOSITORY "touch a; git add a; " COMMIT "; exec \"$PINFOLD\" run -w . python3 -c '\n"
                    "d = bytearray(open(\".git/index\", \"rb\").read())\nd[36:40] = b\"\\0\\0\\xe0\\0\"\nd[74:75] = b\".\"\n"
                    "open(\".git/index\", \"wb\").write(d)'", 125, "is not understood");
        check("cd $DIR/proj; git log --format=%s", 0, "x\n");
}

/* Killed by three signals, with a program that goes on as long as it can. */
TEST(nothing_is_alive_when_it_is_looked_at)
{
        check(REPOSITORY COMMIT "; \"$PINFOLD\" run --forward-cancel --timeout 60s -w . sh -c 'trap \"\" INT TERM HUP; echo ready >ready;"
              " while :; do echo ../evil >.git/commondir; done' 2>/dev/null & p=$!; until test -e $DIR/proj/ready; do sleep 0.05; done;"
              " for i in 1 2 3; do sleep 0.3; kill -TERM $p; done; wait $p; test -e $DIR/proj/.git/commondir || echo gone", 0, "gone\n");
}

/* ---- Links ------------------------------------------------------------------------------------------------------ */

TEST(links_lead_nowhere)
{
        static const char *const links[] = {"modules", "modules/x", "worktrees", "hooks", "info", "config"};
        char command[512];

        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
                snprintf(command, sizeof(command), REPOSITORY "echo key >$HOME/secret; rm -rf .git/%s; mkdir -p .git/modules; "
                         "rmdir .git/%s 2>/dev/null; ln -s $HOME .git/%s; exec \"$PINFOLD\" run -w . cat $HOME/secret",
                         links[i], links[i], links[i]);
                check(command, strcmp(links[i], "modules/x") == 0 ? 1 : 125, "");
        }
        check(REPOSITORY "mkdir -p .git/modules/x; echo >.git/modules/x/config; ln -s $HOME .git/modules/x/hooks; echo key"
              " >$HOME/secret; exec \"$PINFOLD\" run -w . cat $HOME/secret", 125, "");
}

/* While another container exchanges a directory for a link to the home: whatever it hits upon, the home is not shown. */
TEST(links_that_come_and_go)
{
        check(REPOSITORY "echo key >$HOME/secret; mkdir -p .git/modules/x/modules/y; echo >.git/modules/x/HEAD; ln -s $HOME .git/away;"
              " python3 -c 'import ctypes, os\nlibc = ctypes.CDLL(None)\nwhile not os.path.exists(\"stop\"):\n"
              " libc.renameat2(-100, b\".git/modules/x/modules\", -100, b\".git/away\", 2)' &"
              " for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
              " \"$PINFOLD\" run -w . cat $HOME/secret 2>/dev/null; done; touch stop; wait", 0, "");
}

/* The same with the tree itself: somebody else can write to the directory that it is in. */
TEST(a_tree_that_comes_and_goes)
{
        check(HERE "echo key >$HOME/secret; mkdir proj; ln -s $HOME away; python3 -c 'import ctypes, os\nlibc = ctypes.CDLL(None)\n"
              "while not os.path.exists(\"stop\"):\n libc.renameat2(-100, b\"proj\", -100, b\"away\", 2)' &"
              " for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do"
              " \"$PINFOLD\" run -w proj sh -c \"cat $HOME/secret proj/secret\" 2>/dev/null; done; touch stop; wait", 0, "");
}

TEST(hooks_elsewhere)
{
        BOTH("mkdir .husky; git config core.hooksPath .husky",
             "printf \"#!/bin/sh\\n$MONITOR\" >.husky/pre-commit; chmod +x .husky/pre-commit");
}

/* ---- What a third attacker found --------------------------------------------------------------------------------- */

#define SETS(file) "git config -f " file " core.fsmonitor \"$MONITOR\"; true"

/* However configuration comes to name it, and whether it is there. */
TEST(whatever_configuration_names)
{
        BOTH("git config include.path ../.missing", SETS(".missing"));
        BOTH("git config include.path ../missing/too", "mkdir -p missing; " SETS("missing/too"));
        BOTH("git config include.path ../a; git config -f a include.path b; " COMMIT, SETS("b"));
        BOTH("git config include.path ../a; git config -f a core.hooksPath .h", HOOK(".h"));
        BOTH("git config extensions.worktreeConfig true; git config --worktree core.hooksPath .h", HOOK(".h"));
        BOTH("git config core.hooksPath \"~/../proj/.h\"", HOOK(".h"));
        BOTH("git config --global core.hooksPath .h", HOOK(".h"));
        BOTH("ln -s proj $DIR/other; git config core.hooksPath $DIR/other/.h", HOOK(".h"));
        BOTH("{ printf \"# C:%b\\n\" \"\\0134\"; printf \"[core]\\n# C:%b\\nhooksPath = .h\\n\" \"\\0134\"; } >>.git/config", HOOK(".h"));
        BOTH("for i in $(seq 40); do git config --add include.path ../c$i; done", SETS("c40"));
        BOTH("ln -s ../../scripts/pre-commit .git/hooks/pre-commit", HOOK("scripts"));
        /* A directory on the way to one thing is another one itself. */
        BOTH("mkdir -p h/more; git config -f h/more/x core.hooksPath h; git config include.path ../h/more/x", HOOK("h"));
        check(REPOSITORY "echo >f; git config include.path ../f/x; exec \"$PINFOLD\" run -w . sh -c 'rm -f f || echo x >f' 2>/dev/null", 2, "");
        check_error(REPOSITORY "git config core.hooksPath .; exec \"$PINFOLD\" run -w . true", 125, "is itself where git's hooks are");
        check_error(REPOSITORY "for i in $(seq 300); do printf \"[include]\\npath = c$i\\n\"; done >>.git/config; exec \"$PINFOLD\" run -w . true", 125,
                    "names more than can be protected");
        check(REPOSITORY "mkdir sub; git config core.hooksPath sub/h; exec \"$PINFOLD\" run -r . -w sub sh -c 'mkdir -p sub/h; echo x >sub/h/x' 2>/dev/null", 2, "");
        check(REPOSITORY SUBMODULES "; git -C top config core.hooksPath .h; exec \"$PINFOLD\" run -w . sh -c 'mkdir -p top/.h; echo x >top/.h/x' 2>/dev/null", 2, "");
        /* What stood in for what is missing does not stay. */
        check("cd $DIR/proj; ls -A top", 0, ".git\n");
}

TEST(git_directories_that_files_lead_to)
{
        BOTH("mv .git .repo; printf \"gitdir: ./.repo\\r\\n\" >.git; " COMMIT, "git config core.fsmonitor \"$MONITOR\"; true");
        check_error(REPOSITORY "mv .git real; ln -s real g; echo gitdir: g >.git; exec \"$PINFOLD\" run -w . true", 125, "/g is a symbolic link");
        check(REPOSITORY COMMIT "; git worktree add -q wt; exec \"$PINFOLD\" run -w . sh -c 'mv wt/.git wt/g || rm -f wt/.git' 2>/dev/null", 1, "");
        check(REPOSITORY COMMIT "; git worktree add -q wt; mv .git real; echo gitdir: ../real/worktrees/wt >wt/.git; mv wt/.git .git;"
              " sed -i s,wt/,, real/worktrees/wt/gitdir; sed -i s,../real,real, .git; git status >/dev/null && "
              "exec \"$PINFOLD\" run -w . sh -c 'echo x >>real/config || echo x >real/hooks/x' 2>/dev/null", 2, "");
}

/* git-submodule(1) takes what is there, and asks nobody. */
TEST(repositories_of_submodules_to_come)
{
        check_error(REPOSITORY COMMIT "; exec \"$PINFOLD\" run -w . sh -c 'mkdir -p .git/modules/lib; echo >.git/modules/lib/HEAD'", 0,
                    ".git/modules, by which git would run code of its making; it is modules.made-inside now");
        check_error(REPOSITORY SUBMODULES "; exec \"$PINFOLD\" run -w . sh -c 'cp -r .git/modules/top .git/modules/new; ln -s ../../x .git/modules/libs/bar'", 0,
                    ".git/modules/new, by which git would run code of its making; it is .git/new.made-inside now");
        check("cd $DIR/proj/.git; ls -A modules modules/libs; ls -d *.made-inside; cd ..; git status -s", 0,
              "modules:\nlibs\ntop\n\nmodules/libs:\nfoo\nbar.made-inside\nnew.made-inside\n");
        check_error(REPOSITORY COMMIT "; exec \"$PINFOLD\" run -w . sh -c 'mkdir .git/remotes; echo URL: /x >.git/remotes/origin'", 0, "remotes.made-inside now");
}

/* Files, one of them with `edit` made of it, and its hash left wrong: git looks at that only when it is asked to. */
#define PATCHED(edit) REPOSITORY "touch a; git add a; " COMMIT "; exec \"$PINFOLD\" run -w . python3 -c '\n"                    \
                      "import struct\nd = bytearray(open(\".git/index\", \"rb\").read())\n" edit "\nopen(\".git/index\", \"wb\").write(d)'"
#define BLOCKS(strip, name)                                                                                                   \
        "e = lambda n, v, t: b\"\\0\" * 24 + struct.pack(\">I\", 0o100644) + b\"\\0\" * 12 + b\"1\" * 20 + struct.pack(\">H\", n) + bytes([v]) + t + b\"\\0\"\n" \
        "first = e(1, 0, b\"a\"); second = e(3, " strip ", b\"" name "\")\n"                                                    \
        "d = b\"DIRC\" + struct.pack(\">II\", 4, 2) + first + second + b\"IEOT\" + struct.pack(\">IIIIII\", 20, 1, 12, 1, 12 + len(first), 1) + b\"\\0\" * 20"

/* What git takes for a submodule, or reads otherwise than it is read here. */
TEST(indexes_with_more_readings)
{
        check(PATCHED("pass"), 0, "");
        check_error(PATCHED("d[36:40] = struct.pack(\">I\", 0o160644)"), 125, "is not understood");
        check_error(PATCHED("d[36:40] = struct.pack(\">I\", 0o360000)"), 125, "is not understood");
        check_error(PATCHED("d[72] |= 0x40"), 125, "is not understood");
        check(PATCHED(BLOCKS("1", "abc")), 0, "");
        check_error(PATCHED(BLOCKS("0", "bc")), 125, "is not understood");
        /* Whatever the program says. */
        check_error(REPOSITORY COMMIT "; exec \"$PINFOLD\" run -w . sh -c 'echo x >.git/index; exit 7'", 125, "is not understood");
}

/* Of who keeps the git directory elsewhere. */
TEST(configuration_elsewhere)
{
#define HOOKED_WITH(before, place, options)                                                                              \
        REPOSITORY MONITOR COMMIT "; " before "; \"$PINFOLD\" run -w . -e MONITOR -e DIR " options " sh -c '" HOOK(".h") "' >&2; " \
        "cd " place "; git commit -q --allow-empty -m y >&2; test -e $DIR/ran && echo ran; rm -rf $DIR/ran $DIR/lw"
#define HOOKED(before, place) attack(HOOKED_WITH(before, place, ""), HOOKED_WITH(before, place, "--allow-git-config"))
        HOOKED("git config core.hooksPath .h; git worktree add -q ../lw; cd ../lw", "$DIR/lw");
        HOOKED("git config --global core.hooksPath .h; git worktree add -q ../lw; cd ../lw", "$DIR/lw");
        HOOKED("git config core.hooksPath sub/.h; git worktree add -q ../lw; mkdir ../lw/sub; cd ../lw/sub", "$DIR/lw");
        HOOKED("git init -q --separate-git-dir ../apart .; git config core.hooksPath .h", "$DIR/proj");
        HOOKED(SUBMODULES "; cd top; git config user.name a; git config user.email b; git config core.hooksPath .h", "$DIR/proj/top");
        HOOKED("printf \"[core]\\nhooksPath = .h\\n[user]\\nname = a\\nemail = b\\n\" >$DIR/own; export GIT_CONFIG_GLOBAL=$DIR/own", "$DIR/proj");
        HOOKED("export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=.h", "$DIR/proj");
        /* One who owns the directory can permit what it did not. */
        if (geteuid() != 0)
                check_error(HERE MONITOR "chmod 555 .; exec \"$PINFOLD\" run -w . -e MONITOR sh -c 'chmod 755 .; git init -q .; " HOOK(".git/hooks") "'", 0,
                            ".git, by which git would run code of its making");
        check("chmod 755 $DIR/proj", 0, "");
}

/* As git writes and reads it. */
TEST(configuration_in_odd_forms)
{
        BOTH("printf \"\\357\\273\\277[core]\\nhooksPath = .h\\n\" >$DIR/c; cat .git/config >>$DIR/c; cp $DIR/c .git/config", HOOK(".h"));
        BOTH("printf \"[foo][core]hooksPath=.h\\n\" >>.git/config", HOOK(".h"));
        BOTH("printf \"[foo %bx]y%b] a = b\\n[core]hooksPath=%b.%bh%b\\n\" \"\\0042\" \"\\0042\" \"\\0042\" \"\\0134\\n\" \"\\0042\" >>.git/config", HOOK(".h"));
        check_error(REPOSITORY "printf \"[core]\\n#\\000\\nhooksPath = .h\\n\" >>.git/config; exec \"$PINFOLD\" run -w . true", 125, "cannot be looked at");
}

/* Git stops at a .git that is empty. */
TEST(submodules_that_are_not_there_yet)
{
        check(REPOSITORY SUBMODULES "; git submodule --quiet deinit -f top; exec \"$PINFOLD\" run -w . sh -c 'git status -s; test ! -e top/.git'", 0, "");
        check_error(REPOSITORY SUBMODULES "; git submodule --quiet deinit -f top; exec \"$PINFOLD\" run -w . sh -c 'git init -q top'", 0,
                    "top/.git, by which git would run code of its making");
        check(REPOSITORY SUBMODULES "; git config --global core.hooksPath .gh; git submodule --quiet deinit -f top; exec \"$PINFOLD\" run -w . "
              "sh -c 'mkdir -p top/.gh; echo x >top/.gh/post-checkout' 2>/dev/null", 2, "");
}

/* Git refuses a repository within another one, as long as that is one. */
TEST(repositories_within_modules)
{
        check_error(REPOSITORY SUBMODULES "; exec \"$PINFOLD\" run -w . sh -c 'git init -q --bare .git/modules/top/evil; mv .git/modules/top/HEAD .git/modules/top/H'",
                    125, "modules/top is no git directory any more");
        check_error(REPOSITORY SUBMODULES "; exec \"$PINFOLD\" run -w . chmod 0 .git/modules/top/objects", 125, "is no git directory any more");
        check("chmod 700 $DIR/proj/.git/modules/top/objects", 0, "");
}

#!/bin/sh
# SPDX-License-Identifier: MIT
# test.sh: installs what is needed, builds, and runs every test and check; its last line is "N passed, N failed".
#
# The tests run as an unprivileged user and, for root, as root as well. In CI (CI=true) the half that takes root has to be
# there. Each check beyond the tests counts as one.
set -eu
cd "$(dirname "$0")/.."
umask 022
export LC_ALL=C
# A finding of the sanitizers is a failure, and not a line of text.
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

passed=0 failed=0 failures=
am_root=false
[ "$(id -u)" != 0 ] || am_root=true

say() { printf '\n== %s\n' "$*"; }

count()
{
        passed=$((passed + $1)) failed=$((failed + $2))
}

fail()
{
        count 0 1
        failures="$failures
  $*"
}

# check NAME COMMAND...: its output is shown when it fails.
check()
{
        name=$1
        shift
        log=$(mktemp)
        say "$name"
        start=$(date +%s)
        # Not as a condition: there `set -e` would have no effect in what is called.
        set +e
        (set -e; "$@") >"$log" 2>&1 </dev/null
        result=$?
        set -e
        if [ "$result" = 0 ]; then
                count 1 0
                echo "ok, $(($(date +%s) - start)) s"
        else
                tail -n 300 "$log"
                fail "$name"
        fi
        rm -f "$log"
}

# suites DIRECTORY OPTION...: every test there that this user can run.
suites()
{
        directory=$1
        shift
        $am_root || set -- "$@" --no-suite root
        meson test -C "$directory" --no-rebuild --print-errorlogs --quiet "$@"
}

# Whether the unprivileged user of the tests can read all of the checkout.
readable()
{
        tools/as-user.sh sh -c 'find "$1" -path "$1/build*" -prune -o -path "$1/.git" -prune -o -print >/dev/null &&
                [ -z "$(find "$1" -path "$1/build*" -prune -o -path "$1/.git" -prune -o ! -readable -print -quit)" ]' \
                sh "$PWD" 2>/dev/null
}

# Below a directory that is root's alone (/root, or one of mktemp -d) the unprivileged user could not even open the tests.
elsewhere()
{
        copy=$(mktemp -d /var/tmp/pinfold-test.XXXXXX)
        trap 'rm -rf "$copy"' EXIT
        trap 'exit 1' HUP INT TERM
        echo "The unprivileged user of the tests cannot read $PWD: they run in a copy, $copy."
        tar --exclude='./build*' --exclude=./.git -cf - . | tar -xf - -C "$copy" --no-same-owner --no-same-permissions
        chmod -R go=rX "$copy"
        status=0
        "$copy/tools/test.sh" || status=$?
        exit "$status"
}

# build DIRECTORY MESON-OPTION...
build() { tools/build.sh "$@"; }

# Names of the tests in DIRECTORY whose source starts threads, one a line.
threaded()
{
        sources=$(grep -lrE 'pthread_create|thrd_create' tests --include='*.c' | sed 's,^tests/,,; s,\.c$,,')
        for source in $sources; do
                meson test -C "$1" --list --no-rebuild | sed -n "s,^.* / \($source\( (.*)\)\?\)\$,\1,p"
        done
}

address_and_undefined()
{
        # All of it is built with clang, too: warnings are errors here.
        CC=clang build build-asan --werror -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
        # Without what is about numbers and time, or root, other programs, or takes hundreds of containers: with a sanitized
        # init these cost ten times as much, and nothing more of our code runs in them.
        names=$(meson test -C build-asan --list --no-rebuild --suite unit --suite user |
                sed -n 's,^.* / ,,p' | grep -Ev '^(stress/|security/|faults/|bwrap/|cli/(bounds|completion|doctor|everyday|exhaustion|git|missing|options|profile|programs|serve|shipped|signals|terminal) |life/linger |ops/resolve )')
        echo "$names" | tr '\n' '\0' |
                xargs -0 meson test -C build-asan --no-rebuild --print-errorlogs --quiet --timeout-multiplier 4
}

threads()
{
        [ -e build-tsan/build.ninja ] || meson setup build-tsan -Db_sanitize=thread -Db_lundef=false -Doptimization=1
        # The sanitizer has a thread of its own: it counts against limits, and no process with threads can unshare(2).
        names=$(threaded build-tsan | grep -Ev '^(errors/limits|init/launch|security/[a-z]+) ')
        $am_root || names=$(echo "$names" | grep -v '(root)$')
        [ -n "$names" ] || { echo "no test starts threads"; return 1; }
        # Only what these need is built.
        # shellcheck disable=SC2046
        ninja -C build-tsan pinfold tests/probe tests/probe-inside tests/attacks \
                $(echo "$names" | sed 's, (.*,,; s,/,-,g; s,^,tests/test-,' | sort -u)
        log=build-tsan/meson-logs/testlog.json
        rm -f "$log"
        echo "$names" | tr '\n' '\0' |
                xargs -0 meson test -C build-tsan --no-rebuild --print-errorlogs --quiet --timeout-multiplier 4 || true
        # The sanitizer itself starts a thread, and needs calls that the strict filter refuses.
        tools/count.py "$log"
        others=$(tools/count.py --failed "$log" | grep -Ev '^seccomp/live: strict$') || true
        echo "$others"
        [ -z "$others" ] && ! grep -q 'WARNING: ThreadSanitizer' "$log"
}

# Also what is installed below. The tests' warnings are errors in the first build, in CI.
gcc_warnings()
{
        build build-release --werror --buildtype=release --prefix=/opt/pinfold -Dtests=false
}

aarch64()
{
        tools/sysroot.sh arm64 build-sysroot-aarch64
        [ -e build-aarch64/build.ninja ] ||
                meson setup build-aarch64 --cross-file build-sysroot-aarch64/sysroot.ini --cross-file cross/aarch64.ini
        # Only what can be run there is built.
        # shellcheck disable=SC2046
        ninja -C build-aarch64 pinfold pinfold-init \
                $(tools/unit-programs.py build-aarch64)
        tools/check-aarch64.sh build-aarch64
}

readable || elsewhere

say "Packages"
tools/packages.sh test

say "Build"
if ! build build ${CI:+--werror}; then
        echo "0 passed, 1 failed"
        exit 1
fi

say "Tests"
rm -f build/meson-logs/testlog.json
suites build || true
# shellcheck disable=SC2046
count $(tools/count.py build/meson-logs/testlog.json)
[ "$failed" = 0 ] || failures="
$(tools/count.py --failed build/meson-logs/testlog.json | sed 's/^/  /')"
[ "$passed" != 0 ] || fail "no test ran"
if ! $am_root; then
        echo "The tests that run as root were left out: they take root."
        [ "${CI:-}" != true ] || fail "root's half of the tests did not run"
fi

check "clang, warnings are errors; address and undefined behaviour sanitizers, as an unprivileged user" address_and_undefined
check "Thread sanitizer, the tests that start threads" threads
check "gcc, release, warnings are errors" gcc_warnings
check "Installation, examples against it, shared and static" tools/check-install.sh build-release
check "The command, alone" tools/check-static.sh build
check "aarch64: cross build, unit tests under qemu" aarch64
check "cppcheck" tools/cppcheck.sh
check "clang-tidy" tools/clang-tidy.sh build-asan
check "The tour of make run" tools/tour.sh
check "Licence lines" tools/check-spdx.sh

[ -z "$failures" ] || printf '\nFailed:%s\n' "$failures"
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]

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
        if "$@" >"$log" 2>&1 </dev/null; then
                count 1 0
                echo "ok, $(($(date +%s) - start)) s"
        else
                tail -n 300 "$log"
                fail "$name"
        fi
        rm -f "$log"
}

# suites DIRECTORY: every test there that this user can run.
suites()
{
        if $am_root; then
                meson test -C "$1" --no-rebuild --print-errorlogs --quiet
        else
                meson test -C "$1" --no-rebuild --print-errorlogs --quiet --no-suite root
        fi
}

# Prints no file: "yes" when the unprivileged user of the tests can read all of the checkout.
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
        echo "The unprivileged user of the tests cannot read $PWD: they run in a copy, $copy."
        tar --exclude='./build*' --exclude=./.git -cf - . | tar -xf - -C "$copy" --no-same-owner --no-same-permissions
        chmod -R go=rX "$copy"
        status=0
        "$copy/tools/test.sh" || status=$?
        exit "$status"
}

build() { tools/build.sh "$@"; }

unit_tests_of_aarch64()
{
        tools/sysroot.sh arm64 build-sysroot-aarch64
        build build-aarch64 --cross-file build-sysroot-aarch64/sysroot.ini --cross-file cross/aarch64.ini
        meson test -C build-aarch64 --no-rebuild --print-errorlogs --quiet --suite unit
}

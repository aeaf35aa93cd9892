#!/bin/sh
# SPDX-License-Identifier: MIT
# check-aarch64.sh BUILD: what of a cross build can be run without the architecture's kernel: qemu knows no namespaces.
set -eu
cd "$(dirname "$0")/.."
build=$1
root=$(sed -n "s/^root = '\(.*\)'/\1/p" build-sysroot-aarch64/sysroot.ini)

emulate()
{
        qemu-aarch64-static -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH="$root/usr/lib/aarch64-linux-gnu" "$@"
}

fail() { echo "check-aarch64: $*" >&2; exit 1; }

version=$(emulate "$build/pinfold" --version | head -n 1)
[ "$version" = "pinfold $(sed -n 's/^#define PINFOLD_VERSION "\(.*\)"/\1/p' include/pinfold/version.h)" ] ||
        fail "the version is '$version'"
emulate "$build/pinfold" --version | grep -q ', for aarch64, ' || fail "it was not built for aarch64"
filter=$(emulate "$build/pinfold" seccomp export --presets ext,deny-ns,deny-tty,deny-devel | od -An -tx8 -v | wc -l)
[ "$filter" -gt 20 ] || fail "a filter of $filter lines"
emulate "$build/pinfold" seccomp dump --presets deny-ns | grep -q unshare || fail "no unshare in the dump"
case $(emulate "$build/pinfold-init" 2>&1 || true) in
*'PID 1 of a container'*) ;;
*) fail "init does not refuse to run by hand" ;;
esac
# qemu has no seccomp(2): nothing can be loaded, and libseccomp finds no action that kills the process. The examples of the
# headers would run without an emulator.
names=$(meson test -C "$build" --list --no-rebuild --suite unit | sed -n 's,^.* / ,,p' |
        grep -vx -e seccomp/live -e seccomp/export -e headers/examples)
# shellcheck disable=SC2086
meson test -C "$build" --no-rebuild --print-errorlogs --quiet --timeout-multiplier 10 $names
failing=$(emulate "$build/tests/test-seccomp-export" 2>/dev/null | sed -n 's/^not ok [0-9]* - //p') || true
[ "$failing" = own_rules ] || fail "seccomp/export: not only own_rules fails, but: $failing"

#!/bin/sh
# SPDX-License-Identifier: MIT
# check-install.sh BUILD: installs it below /tmp, and uses what was installed as a stranger would: the command, the
# examples through pkg-config, shared, static, and wholly static; all as an unprivileged user.
set -eu
cd "$(dirname "$0")/.."
build=$1
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"
version=$(sed -n 's/^#define PINFOLD_VERSION "\(.*\)"/\1/p' include/pinfold/version.h)

fail() { echo "check-install: $*" >&2; exit 1; }

DESTDIR=$temporary meson install -C "$build" --quiet --no-rebuild
prefix=$(meson introspect "$build" --buildoptions |
        python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
installed=$temporary$prefix
export PKG_CONFIG_PATH="$(dirname "$(find "$installed" -name pinfold.pc)")" PKG_CONFIG_SYSROOT_DIR="$temporary"
libdir=$(dirname "$PKG_CONFIG_PATH")

# ---- What is there ----

for file in bin/pinfold libexec/pinfold-init include/pinfold/pinfold.h include/pinfold/seccomp.h \
        share/man/man1/pinfold.1 share/man/man1/pinfold-run.1 share/man/man1/pinfold-seccomp.1 share/man/man3/libpinfold.3 \
        share/doc/pinfold/LICENSE share/doc/pinfold/NOTICES.md share/doc/pinfold/README.md \
        share/doc/pinfold/CHANGELOG.md share/bash-completion/completions/pinfold share/zsh/site-functions/_pinfold \
        share/fish/vendor_completions.d/pinfold.fish; do
        [ -s "$installed/$file" ] || fail "no $file"
done
for header in include/pinfold/*.h; do
        cmp "$header" "$installed/$header" || fail "$header is not installed"
done
readelf -d "$libdir/libpinfold.so" | grep -q 'SONAME.*\[libpinfold\.so\.0\]' || fail "no soname"
[ "$(readlink "$libdir/libpinfold.so.0")" = "libpinfold.so.$version" ] || fail "libpinfold.so.0 leads elsewhere"
for program in "$installed/bin/pinfold" "$libdir/libpinfold.so"; do
        readelf -dW "$program" | grep -q 'BIND_NOW\|NOW' || fail "$program does not bind at once"
        readelf -lW "$program" | grep -q GNU_RELRO || fail "$program has no read-only relocations"
done
for program in "$installed/bin/pinfold" "$installed/libexec/pinfold-init" "$libdir/libpinfold.so"; do
        readelf -lW "$program" | grep -q 'GNU_STACK.* RW ' || fail "$program has an executable stack"
done
strangers=$(nm -g --defined-only "$libdir/libpinfold.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^pinfold_/ { print $3 }')
[ -z "$strangers" ] || fail "libpinfold.a defines" "$strangers"

# ---- One version ----

[ "$(pkg-config --modversion pinfold)" = "$version" ] || fail "pinfold.pc has another version than version.h"
[ "$("$installed/bin/pinfold" --version | head -n 1)" = "pinfold $version" ] || fail "the command has another version"
meson introspect "$build" --projectinfo | grep -q "\"version\": \"$version\"" || fail "meson.build has another version"
grep -q "^## \[$version\]" CHANGELOG.md || fail "CHANGELOG.md does not have the version"

# ---- As a stranger uses it ----

# use NAME KIND FLAG...: compiles and runs an example; how much it does, where it asks, is 20.
use()
{
        name=$1 kind=$2
        shift 2
        program=$temporary/$name-$kind
        # shellcheck disable=SC2046
        cc -Wall -Wextra -Werror "examples/$name.c" -o "$program" "$@" || fail "$name ($kind) does not compile"
        LD_LIBRARY_PATH=$libdir tools/as-user.sh "$program" 20 >"$temporary/output" || fail "$name ($kind) fails"
        grep -q "$expected" "$temporary/output" || { cat "$temporary/output"; fail "$name ($kind) prints something else"; }
}

for name in hello eventloop judge; do
        case $name in
        hello) expected='uid=[0-9]' ;;
        eventloop) expected='program 4 ended with status 4' ;;
        judge) expected='pool  *20 programs' ;;
        esac
        # shellcheck disable=SC2046
        use $name shared $(pkg-config --cflags --libs pinfold)
        readelf -d "$program" | grep -q 'NEEDED.*libpinfold\.so\.0' || fail "$name is not linked with libpinfold.so.0"
        # The archive instead of the shared library; the rest of the system stays shared.
        static=$(pkg-config --static --libs pinfold | sed 's/-lpinfold/-l:libpinfold.a/')
        # shellcheck disable=SC2046,SC2086
        use $name archive $(pkg-config --cflags pinfold) $static
        readelf -d "$program" | grep -q 'NEEDED.*libpinfold' && fail "$name (archive) needs the shared library"
        # shellcheck disable=SC2046
        use $name static -static $(pkg-config --static --cflags --libs pinfold)
        readelf -d "$program" | grep -q NEEDED && fail "$name (static) needs a shared library"
done

tools/as-user.sh "$installed/bin/pinfold" run --empty --root / --proc /proc -- sh -c 'exit 7' || status=$?
[ "${status:-0}" = 7 ] || fail "the installed command ends with ${status:-0}, not 7"
status=0
"$installed/libexec/pinfold-init" 2>"$temporary/output" || status=$?
[ "$status" = 1 ] && grep -q 'PID 1 of a container' "$temporary/output" || fail "pinfold-init does not refuse"
echo "installed below $prefix: all of it works"

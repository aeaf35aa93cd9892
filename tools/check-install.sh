#!/bin/sh
# SPDX-License-Identifier: MIT
# check-install.sh BUILD: installs it below /tmp, and uses what was installed as a stranger would: the command and its profiles,
# pinfold-bwrap, manual pages, completion, and the examples through pkg-config, shared, static, and wholly static; all as an
# unprivileged user.
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

for file in bin/pinfold bin/pinfold-bwrap libexec/pinfold-init; do
        [ -x "$installed/$file" ] || fail "no $file"
done
# as_is DIRECTORY FILE...: they are in share/DIRECTORY, or in include/pinfold.
as_is()
{
        directory=$1
        shift
        for file in "$@"; do
                cmp "$file" "$installed/$directory/$(basename "$file")" || fail "$file is not in $directory"
        done
}
as_is include/pinfold include/pinfold/*.h
as_is share/pinfold profiles/*
as_is share/doc/pinfold LICENSE NOTICES.md README.md SECURITY.md CHANGELOG.md
as_is share/doc/pinfold/apparmor packaging/apparmor/pinfold
readelf -d "$libdir/libpinfold.so" | grep -q 'SONAME.*\[libpinfold\.so\.0\]' || fail "no soname"
[ "$(readlink "$libdir/libpinfold.so.0")" = "libpinfold.so.$version" ] || fail "libpinfold.so.0 leads elsewhere"
for program in "$installed/bin/pinfold" "$installed/bin/pinfold-bwrap" "$libdir/libpinfold.so"; do
        readelf -dW "$program" | grep -q 'BIND_NOW\|NOW' || fail "$program does not bind at once"
        readelf -lW "$program" | grep -q GNU_RELRO || fail "$program has no read-only relocations"
done
for program in "$installed/bin/pinfold" "$installed/bin/pinfold-bwrap" "$installed/libexec/pinfold-init" "$libdir/libpinfold.so"; do
        readelf -lW "$program" | grep -q 'GNU_STACK.* RW ' || fail "$program has an executable stack"
done
strangers=$(nm -g --defined-only "$libdir/libpinfold.a" 2>/dev/null | awk 'NF == 3 && $3 !~ /^pinfold_/ { print $3 }')
[ -z "$strangers" ] || fail "libpinfold.a defines" "$strangers"

# ---- One version ----

[ "$(pkg-config --modversion pinfold)" = "$version" ] || fail "pinfold.pc has another version than version.h"
[ "$("$installed/bin/pinfold" --version | head -n 1)" = "pinfold $version" ] || fail "the command has another version"
meson introspect "$build" --projectinfo | grep -q "\"version\": \"$version\"" || fail "meson.build has another version"
grep -q "^## \[$version\]" CHANGELOG.md || fail "CHANGELOG.md does not have the version"
grep -q "^pinfold ($version-" packaging/debian/changelog || fail "packaging/debian/changelog has another version"
grep -qx "pkgver=$version" packaging/alpine/APKBUILD || fail "APKBUILD has another version"
[ "$(grep -o 'pinfold-[0-9.]*[0-9]' packaging/alpine/APKBUILD | sort -u)" = "pinfold-$version" ] || fail "APKBUILD's archive has another version"
grep -q "^ *version = \"$version\";" flake.nix || fail "flake.nix has another version"

# ---- Manual pages ----

# man finds them by name and section, and has nothing to say about them.
for page in man/*.scd; do
        page=$(basename "$page" .scd)
        MANWIDTH=200 man --warnings -M "$installed/share/man" "${page##*.}" "${page%.*}" >"$temporary/page" 2>"$temporary/output" ||
                fail "man ${page##*.} ${page%.*}: $(cat "$temporary/output")"
        grep -q '^DESCRIPTION' "$temporary/page" || fail "man ${page##*.} ${page%.*} shows no page"
        [ ! -s "$temporary/output" ] || fail "man ${page##*.} ${page%.*}: $(cat "$temporary/output")"
done
tools/documented.sh man >"$temporary/documented"
while read -r function page; do
        grep -q '^\.TH' "$installed/share/man/man3/$function.3" || fail "$function does not lead to $page"
done <"$temporary/documented"

# ---- Completion ----

# Each shell takes it from the place that it looks at.
for file in bash-completion/completions/pinfold zsh/site-functions/_pinfold fish/vendor_completions.d/pinfold.fish; do
        shell=${file%%[-/]*}
        "$installed/bin/pinfold" completion "$shell" | cmp - "$installed/share/$file" || fail "the completion for $shell is another one"
done
# shell COMMAND...: a shell of somebody who has no configuration.
shell() { env HOME="$temporary/nobody" XDG_DATA_DIRS="$installed/share:/usr/share" PATH="$installed/bin:$PATH" "$@"; }
mkdir "$temporary/nobody"
# shellcheck disable=SC2016
[ "$(shell bash --norc -c '. "$1" && complete -p pinfold' bash "$installed/share/bash-completion/completions/pinfold")" = \
        'complete -F _pinfold pinfold' ] || fail "bash does not complete"
# shellcheck disable=SC2016
[ "$(shell zsh -fc 'fpath=($1 $fpath); autoload -Uz compinit && compinit -u -D && print -- $_comps[pinfold]' zsh \
        "$installed/share/zsh/site-functions")" = _pinfold ] || fail "zsh does not complete"
shell fish -c 'complete -C "pinfold ru"' | grep -q '^run\b' || fail "fish does not complete"

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
# shellcheck disable=SC2016
[ "$(tools/as-user.sh "$installed/bin/pinfold-bwrap" --unshare-pid --ro-bind / / --proc /proc sh -c 'echo $$')" = 2 ] ||
        fail "pinfold-bwrap does not work"

# The command in its place, which is in a container here; what it starts is in one within that.
in_place()
{
        above=$(dirname "$prefix")
        tools/as-user.sh "$installed/bin/pinfold" run --empty --nested --root / --bind /etc --proc /proc --dev /dev --tmpfs /tmp \
                --overlay "$above:lower=$above,ephemeral" --bind "$installed:$prefix" --mkdir /tmp/project --chdir /tmp/project \
                -- "$prefix/bin/pinfold" "$@"
}

# One that is in that directory alone, and not in the command as well.
echo 'env MARK=from-there' >"$installed/share/pinfold/stranger"
in_place profile list >"$temporary/profiles"
for profile in stranger profiles/*; do
        grep -q "^$(basename "$profile") .* $prefix/share/pinfold\$" "$temporary/profiles" ||
                { cat "$temporary/profiles"; fail "$profile is not taken from $prefix/share/pinfold"; }
done
# shellcheck disable=SC2016
[ "$(in_place run -p stranger -- sh -c 'echo $MARK')" = from-there ] || fail "a profile in $prefix/share/pinfold has no effect"
[ "$(in_place run -p build -- sh -c 'touch made && echo *')" = made ] || fail "the profile build does not let it write"
in_place run -r . -- touch made 2>"$temporary/output" && fail "it can write without the profile build"
grep -q 'touch.*Read-only file system' "$temporary/output" || { cat "$temporary/output"; fail "without the profile build it fails otherwise"; }
[ "$(in_place run -r . -p judge -- sh -c 'ulimit -n')" = 256 ] || fail "the profile judge has no limits"
status=0
"$installed/libexec/pinfold-init" 2>"$temporary/output" || status=$?
[ "$status" = 1 ] && grep -q 'PID 1 of a container' "$temporary/output" || fail "pinfold-init does not refuse"
echo "installed below $prefix: all of it works"

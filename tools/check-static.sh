#!/bin/sh
# SPDX-License-Identifier: MIT
# check-static.sh BUILD: uses a copy of the static command as somebody on another host would: as an
# unprivileged user, and where there is nothing of a C library.
set -eu
cd "$(dirname "$0")/.."
build=$1
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
chmod 755 "$temporary"

fail() { echo "check-static: $*" >&2; exit 1; }

mkdir -m 777 "$temporary/elsewhere" "$temporary/elsewhere/root"
cp "$build/pinfold" "$temporary/elsewhere/pinfold"
readelf -lW "$temporary/elsewhere/pinfold" | grep -q INTERP && fail "it asks for a dynamic linker"
readelf -dW "$temporary/elsewhere/pinfold" | grep -q NEEDED && fail "it needs a shared library"

cd "$temporary/elsewhere"
user() { "$OLDPWD/tools/as-user.sh" "$@"; }
[ "$(user ./pinfold run -- sh -c 'echo works')" = works ] || fail "no container"
[ "$(user ./pinfold run -p build -- sh -c 'echo works')" = works ] || fail "no profile"
# Within a root that holds nothing but it: what it looks for, users for instance, must not need a library either.
[ "$(user ./pinfold run --empty --nested --proc /proc --bind "$PWD/pinfold":/pinfold -- \
        /pinfold run --empty --bind /pinfold -- /pinfold --version | head -n 1)" = "$(./pinfold --version | head -n 1)" ] ||
        fail "not alone in a root"
user ./pinfold explain -- /pinfold >/dev/null || fail "explain fails"
echo "$(stat -c %s pinfold) bytes"

#!/bin/sh
# SPDX-License-Identifier: MIT
# check-symbols.sh LIST SHARED ARCHIVE: what both libraries let others link against is exactly what LIST, sorted, names.
set -u
list=$1 shared=$2 archive=$3 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Names of nm's lines "ADDRESS TYPE NAME", without the version of the symbol, or that of the map itself.
names()
{
        awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort
}

compare()
{
        if [ -s "$2" ] && diff -u "$list" "$2"; then
                echo "ok $1"
        else
                echo "not ok $1"
                failed=1
        fi
}

echo 1..3
"${NM:-nm}" -D --defined-only "$shared" | names > "$work/shared"
compare "1 - shared library" "$work/shared"
"${NM:-nm}" -g --defined-only "$archive" | names > "$work/archive"
compare "2 - archive" "$work/archive"
if grep -v '^pinfold_' "$list"; then
        echo "not ok 3 - names"
        failed=1
else
        echo "ok 3 - names"
fi
exit $failed

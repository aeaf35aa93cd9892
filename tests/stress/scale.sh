#!/bin/sh
# SPDX-License-Identifier: MIT
# scale.sh PINFOLD: what a start costs, counted in system calls and not in time: ten times the binds may cost no more than
# ten times the calls, and no mount table is read, whatever it holds. Prints TAP.
set -eu
pinfold=$1
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
chmod 755 "$directory"

# trace COUNT: the system calls of a start with that many binds, one a line.
trace() {
        set -- "$1" "$directory/trace.$1"
        options=
        i=0
        while [ $i -lt "$1" ]; do
                options="$options --bind /usr/bin:/b/$i"
                i=$((i + 1))
        done
        # A sanitizer's search for leaks does not work under strace.
        # shellcheck disable=SC2086
        ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" \
                strace -f -qq -o "$2" "$pinfold" run --empty --root / $options -- /bin/true
        wc -l <"$2"
}

echo 1..2
none=$(trace 0) few=$(trace 50) many=$(trace 500)
echo "# calls with 0, 50, 500 binds: $none, $few, $many"
# A fifth more: polls and short reads differ from run to run. A quadratic cost would be a hundred times.
if [ $((many - none)) -gt $((12 * (few - none))) ] || [ $((many - none)) -lt 500 ]; then
        echo "not ok 1 - binds cost in proportion to their number"
else
        echo "ok 1 - binds cost in proportion to their number"
fi
if grep -q 'mountinfo\|/mounts' "$directory/trace.500"; then
        echo "not ok 2 - no mount table is parsed"
else
        echo "ok 2 - no mount table is parsed"
fi

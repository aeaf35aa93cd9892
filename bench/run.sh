#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh [--smoke] BUILD [CASE...]: measures what was built, as an unprivileged user; see README.md. Prints a table, and writes
# BUILD/bench.json. With --smoke every case runs, small and twice, and nothing is said about its numbers.
set -eu
umask 022
smoke=false
if [ "$1" = --smoke ]; then
        smoke=true
        shift
fi
build=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")"

# The checkout may be where the unprivileged user cannot look.
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' HUP INT TERM
chmod 755 "$directory"
install -m 755 "$build/pinfold" "$build/bench/bare" "$build/bench/nothing" "$build/bench/measure" ../tools/as-user.sh work/tar.sh "$directory"
mkdir "$directory/crun" "$directory/crun/state"
chmod 1777 "$directory/crun/state"

# What the user has in its environment would be part of what is measured.
as_user()
{
        (cd "$directory" && ./as-user.sh env -i PATH=/usr/bin:/bin HOME=/nonexistent LC_ALL=C \
                XDG_RUNTIME_DIR="$directory/crun/state" "$@")
}

# ---- What the commands in cases.c name ----

as_user ./pinfold seccomp export --presets strict --loaded >"$directory/strict.bpf"
as_user ./pinfold seccomp export --presets everyday --loaded >"$directory/everyday.bpf"
as_user ./pinfold explain --json /bin/true >"$directory/everyday.json"
python3 everyday.py <"$directory/everyday.json" >"$directory/everyday.steps"
sed "s/@UID@/$(as_user id -u)/; s/@GID@/$(as_user id -g)/" crun.json >"$directory/crun/config.json"
python3 work/compile.py >"$directory/work.c"

# ---- The benchmark ----

if $smoke; then
        as_user ./measure --quick --rounds 2 . >"$directory/results"
        python3 report.py --check "$directory/results"
        exit 0
fi

# shellcheck disable=SC2086
as_user ./measure ${ROUNDS:+--rounds $ROUNDS} . "$@" >"$directory/results"

# calls NAME COMMAND...: how often it, and what it starts, makes which system call.
calls()
{
        name=$1
        shift
        as_user strace -f -c -U name,calls "$@" 2>"$directory/calls.$name" 9<"$directory/strict.bpf" </dev/null || true
}
# The commands of the case "cold", from the driver: they are written down once.
as_user ./measure --commands cold >"$directory/commands"
while read -r name command; do
        # shellcheck disable=SC2086
        calls "$name" $command
done <"$directory/commands"

python3 report.py "$directory" "$build/bench.json"

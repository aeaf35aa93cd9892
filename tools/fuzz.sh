#!/bin/sh
# SPDX-License-Identifier: MIT
# fuzz.sh [TARGET]...: runs all fuzzers, or these, for TIME seconds each (60), with the sanitizers for addresses and undefined
# behaviour, and says a line about each. Ends with 1 when something was found.
#
# What was found is build-fuzz/TARGET/crash-*, leak-* or timeout-*, and how it looked is in its log. Mended, it belongs into
# fuzz/corpus/TARGET, where it is an ordinary test from then on. Inputs that have reached new code stay in
# build-fuzz/TARGET/inputs: the next run begins with them.
#
# fuzz.sh --keep [TARGET]...: copies those of them to fuzz/corpus that reach what no input there does.
set -eu
cd "$(dirname "$0")/.."
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
keep=false
[ "${1:-}" != --keep ] || { keep=true; shift; }
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- $(ls fuzz/corpus)

tools/packages.sh test
[ -e build-fuzz/build.ninja ] ||
        CC=clang meson setup build-fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1
ninja -C build-fuzz fuzzers

# Words for all of them: those of the text forms, and the command's options.
dictionary()
{
        cat fuzz/text.dict
        build/pinfold run --help | sed -n 's/^  \(-[a-zA-Z], \)\{0,1\}\(--[a-z0-9-]*\).*/"\2\\x0a"/p'
}

# contained TARGET ARGUMENT...: in a container that has the corpus as /corpus, and build-fuzz/TARGET, writable, as /found.
contained()
{
        target=$1
        shift
        CORPUS=$PWD/fuzz/corpus/$target FOUND=$PWD/build-fuzz/$target \
                fuzz/contained.sh build/pinfold "build-fuzz/fuzz/fuzz-$target" "$@"
}

found()
{
        (cd "build-fuzz/$1" && find . -maxdepth 1 \( -name 'crash-*' -o -name 'leak-*' -o -name 'timeout-*' -o -name 'oom-*' \)) | sort
}

fuzz()
{
        found "$1" >"build-fuzz/$1/before"
        status=0
        contained "$1" -max_total_time="${TIME:-60}" -timeout=25 -dict=/found/dictionary -artifact_prefix=/found/ \
                -print_final_stats=1 /found/inputs /corpus >"build-fuzz/$1/log" 2>&1 </dev/null || status=$?
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "build-fuzz/$1/log")
        edges=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "build-fuzz/$1/log" | tail -n 1)
        printf '%-9s %4s s %10s runs %6s edges  ' "$1" "${TIME:-60}" "${runs:-?}" "${edges:-?}"
        if [ "$status" = 0 ]; then
                echo "nothing found"
                return
        fi
        findings=$(found "$1" | comm -13 "build-fuzz/$1/before" - | sed "s,^\.,build-fuzz/$1,")
        echo "FOUND: ${findings:-see build-fuzz/$1/log}"
        result=1
}

# Told by edges alone, or there would be hundreds.
keep()
{
        rm -rf "build-fuzz/$1/kept"
        cp -r "fuzz/corpus/$1" "build-fuzz/$1/kept"
        contained "$1" -merge=1 -use_counters=0 -use_value_profile=0 /found/kept /found/inputs >"build-fuzz/$1/log" 2>&1 </dev/null
        before=$(find "fuzz/corpus/$1" -type f | wc -l)
        cp -n "build-fuzz/$1/kept"/* "fuzz/corpus/$1"
        echo "$1: $before inputs before, $(find "fuzz/corpus/$1" -type f | wc -l) now"
}

result=0
for target; do
        mkdir -p "build-fuzz/$target/inputs"
        dictionary >"build-fuzz/$target/dictionary"
        if $keep; then keep "$target"; else fuzz "$target"; fi
done
exit "$result"

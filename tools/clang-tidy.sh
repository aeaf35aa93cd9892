#!/bin/sh
# SPDX-License-Identifier: MIT
# clang-tidy.sh BUILD [deep]: the checks of .clang-tidy on src/, as it is compiled in BUILD, a build with clang and sanitizers (there
# init is compiled like the rest). Its analysis of paths takes seconds for each file: only with `deep`.
set -eu
cd "$(dirname "$0")/.."
[ "${2:-}" = deep ] || set -- "$1" '--checks=-clang-analyzer-*'
[ "${2:-}" != deep ] || set -- "$1"
build=$1
shift
find src -name '*.c' | sort | xargs -P 2 -n 16 clang-tidy --quiet --warnings-as-errors='*' -p "$build" "$@"

#!/bin/sh
# SPDX-License-Identifier: MIT
# contained.sh PINFOLD PROGRAM [ARGUMENT]...: runs a fuzzer, or what replays its inputs, in a container: an input can name files,
# and is to find the same ones everywhere. The program is in view, DIRECTORY of the variable CORPUS, and, writable, that of FOUND.
# Without a filter, which would refuse openat2(2).
set -eu
pinfold=$1 program=$2
shift 2
exec "$pinfold" run --empty --no-seccomp --bind /usr --symlink usr/bin:/bin --symlink usr/lib:/lib --symlink usr/lib64:/lib64 --proc /proc \
        --tmpfs /home --tmpfs /tmp --bind "$(realpath "$(dirname "$program")")":/fuzzers --bind "$CORPUS":/corpus \
        ${FOUND:+--bind "$FOUND":/found:writable} --chdir /tmp \
        --env ASAN_OPTIONS --env UBSAN_OPTIONS --env SEED -- "/fuzzers/$(basename "$program")" "$@"

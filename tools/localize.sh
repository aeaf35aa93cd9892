#!/bin/sh
# SPDX-License-Identifier: MIT
# localize.sh ARCHIVE OUTPUT.a CC...: one object of all in ARCHIVE, in which only pinfold_* can be linked against.
set -eu
archive=$1 output=$2
shift 2
object=${output%.a}.o
"$@" -nostdlib -r -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -o "$object"
"${OBJCOPY:-$("$@" -print-prog-name=objcopy)}" --wildcard --keep-global-symbol='pinfold_*' "$object"
rm -f "$output"
"${AR:-$("$@" -print-prog-name=ar)}" rcs "$output" "$object"
rm -f "$object"

#!/bin/sh
# SPDX-License-Identifier: MIT
# check-hardening.sh PINFOLD LIBPINFOLD INIT: whether what was built has what compilers and linkers do against exploits.
#  - PINFOLD and LIBPINFOLD: position-independent, relocations read-only from the start, everything bound at once
#  - INIT: static, at a fixed address (see meson.build: with one, nothing is left to relocate, in memory of each container)
#  - all: stacks that are not executable, nothing writable that is, stack protector; where that exists also fortified calls of
#    the C library (musl has none), and marks for indirect branches (CET), which on x86-64 are instructions of their own
set -eu
export LC_ALL=C
pinfold=$1 library=$2 init=$3
failures=0

fail() { echo "check-hardening: $*" >&2; failures=$((failures + 1)); }

segments() { readelf -lW "$1"; }
type_of() { readelf -hW "$1" | sed -n 's/^ *Type: *\([A-Z]*\).*/\1/p'; }
names() { readelf -sW "$1" | awk '{ print $8 }'; }
# How often the pattern stands in its code.
instructions() { objdump -d --no-show-raw-insn "$1" | grep -c "$2" || true; }
is_x86_64() { readelf -hW "$1" | grep -q 'Machine:.*X86-64'; }

for file in "$pinfold" "$library" "$init"; do
        segments "$file" | grep -q 'GNU_STACK.* RW  *0x' || fail "$file: its stack is executable, or nothing is said of it"
        ! segments "$file" | grep -qE '^ *LOAD.* (RWE|WE) ' || fail "$file: something is writable and executable"
        ! readelf -dW "$file" | grep -qE 'TEXTREL|RPATH|RUNPATH' || fail "$file: TEXTREL, RPATH or RUNPATH"
done
for file in "$pinfold" "$library"; do
        [ "$(type_of "$file")" = DYN ] || fail "$file: not position-independent"
        segments "$file" | grep -q GNU_RELRO || fail "$file: relocations stay writable"
        readelf -dW "$file" | grep -q 'BIND_NOW\|Flags:.*NOW' || fail "$file: not bound at once"
        names "$file" | grep -q '^__stack_chk_fail' || fail "$file: no stack protector"
        names "$file" | grep -q '^__*[a-z]*printf_chk' || fail "$file: not fortified"
        ! is_x86_64 "$file" || [ "$(instructions "$file" endbr64)" -gt 100 ] || fail "$file: no marks for indirect branches"
done
[ "$(type_of "$init")" = EXEC ] || fail "$init: not at a fixed address"
! segments "$init" | grep -q INTERP || fail "$init: not static"
! is_x86_64 "$init" || [ "$(instructions "$init" '%fs:0x28')" -gt 50 ] || fail "$init: no stack protector"

[ "$failures" = 0 ] || exit 1
echo "check-hardening: $pinfold, $library and $init are as they should be"

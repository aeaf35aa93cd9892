#!/bin/sh
# SPDX-License-Identifier: MIT
# examples.sh SOURCE LIBRARY COMPILER...: the examples of the headers compile, and README's program does what it says.
set -u
source=$1 library=$2 count=0 failed=0
shift 2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The status of the command before, as a test.
result()
{
        status=$? count=$((count + 1))
        [ $status = 0 ] && echo "ok $count - $1" && return
        echo "not ok $count - $1"
        failed=1
}

# The first indented block of a header's opening comment, as a function.
example()
{
        printf '#include <pinfold/pinfold.h>\n#include <stdio.h>\n'
        printf 'void example(struct pinfold *box, struct pinfold_error err, int fd);\n'
        printf 'void example(struct pinfold *box, struct pinfold_error err, int fd)\n'
        printf '{ (void)box; (void)err; (void)fd; {\n'
        awk '/^ \*      / { inside = 1 } inside && !/^ \*(      |$)/ { exit } inside { print substr($0, 3) }' "$1"
        printf '}}\n'
}

for header in container seccomp options; do
        example "$source/include/pinfold/$header.h" > "$work/$header.c"
        grep -q ';$' "$work/$header.c" && [ "$(wc -l < "$work/$header.c")" -gt 7 ] &&
                "$@" -std=c11 -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$source/include" "$work/$header.c"
        result "pinfold/$header.h"
done

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$source/README.md" > "$work/hello.c"
"$@" -std=c11 -pedantic -Wall -Wextra -Werror -I "$source/include" "$work/hello.c" -o "$work/hello" \
        -L"${library%/*}" -Wl,-rpath,"${library%/*}" -lpinfold
result "README.md compiles"
[ "$("$work/hello" 2>&1)" = "I am process 2" ]
result "README.md runs"
echo "1..$count"
exit $failed

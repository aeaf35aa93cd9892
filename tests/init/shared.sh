#!/bin/sh
# SPDX-License-Identifier: MIT
# shared.sh SOURCE CC: until the program has been executed, another process uses PID 1's memory (src/init/main.c: fork_program).
# What PID 1 runs meanwhile must neither allocate nor use errno: two processes at once in the C library's allocator would
# hand out the same memory twice. This is about what the files call by themselves.
set -eu
source=$1 cc=$2
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

echo 1..1
status=0
for file in init/watch init/sources init/control init/reaper init/filter init/capabilities init/report init/landlock \
        syscall/socket syscall/process syscall/capability syscall/seccomp syscall/landlock base/error; do
        "$cc" -std=gnu11 -O1 -U_FORTIFY_SOURCE -DPINFOLD_INIT -I"$source/src" -I"$source/include" \
                -c "$source/src/$file.c" -o "$temporary/object.o"
        calls=$(nm -u "$temporary/object.o" | awk '{ print $2 }')
        [ -n "$calls" ] || [ "$file" != init/watch ] || { echo "# $file calls nothing: nm says nothing"; status=1; }
        shared=$(echo "$calls" | grep -E '^_*(errno_location|[mc]alloc|realloc.*|free|strn?dup|v?asprintf|f?open.*|getline|perror)$') || true
        [ -z "$shared" ] || { echo "# src/$file.c uses" $shared; status=1; }
done
[ $status = 0 ] && echo "ok 1 - shared" || echo "not ok 1 - shared"

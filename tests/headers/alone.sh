#!/bin/sh
# SPDX-License-Identifier: MIT
# alone.sh INCLUDE COMPILER...: every public header compiles on its own, also when included twice.
set -u
include=$1 count=0 failed=0
shift
for path in "$include"/pinfold/*.h; do
        header=pinfold/${path##*/}
        count=$((count + 1))
        if printf '#include <%s>\n#include <%s>\nint unused_;\n' "$header" "$header" |
                "$@" -pedantic -Wall -Wextra -Wundef -Werror -fsyntax-only -I "$include" -; then
                echo "ok $count - $header"
        else
                echo "not ok $count - $header"
                failed=1
        fi
done
echo "1..$count"
[ "$count" -ge 7 ] || failed=1
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
# stress.sh [PERCENT]: the tests of endurance at their full size, or PERCENT of it: 100,000 starts; 1,000 containers alive at once;
# 64 starts from 16 threads under a storm of signals, also with the thread sanitizer; a caller that is killed at 1,000 random
# moments. An ordinary run of the tests has a small sample of the same. Runs as an unprivileged user; ends with 1 if one fails.
set -eu
cd "$(dirname "$0")/.."
export PINFOLD_STRESS="${1:-100}" TSAN_OPTIONS=halt_on_error=1
tools/packages.sh test
tools/build.sh build >/dev/null
tools/build.sh build-tsan -Db_sanitize=thread -Db_lundef=false -Doptimization=1 >/dev/null
failed=0

# endure BUILD PROGRAM [TEST]...
endure()
{
        program=$1/tests/test-$2
        shift 2
        start=$(date +%s)
        printf '\n== %s %s\n' "$program" "$*"
        tools/as-user.sh "$program" "$@" || failed=1
        echo "# $(($(date +%s) - start)) s"
}

endure build stress-alive
endure build life-death at_any_moment
endure build life-storm
endure build-tsan life-storm
endure build stress-status
printf '\n%s\n' "$([ "$failed" = 0 ] && echo 'All of it held.' || echo 'Something did not hold.')"
exit "$failed"

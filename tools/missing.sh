#!/bin/sh
# SPDX-License-Identifier: MIT
# missing.sh: every test as on kernels that lack one of the newer system calls which can be done without
# (tests/support/without.c); tests/cli/missing.c has those that cannot. TESTS=PATTERN takes those of these names alone.
set -eu
cd "$(dirname "$0")/.."
suites='--suite unit --suite user'
[ "$(id -u)" != 0 ] || suites="$suites --suite root"
# Without those that say themselves which calls are missing, or that a filter around them changes.
# shellcheck disable=SC2086
names=$(meson test -C build --list --no-rebuild $suites 2>/dev/null | sed -n 's,^.* / ,,p' | grep -E "${TESTS:-.}" |
        grep -Ev '^(faults/|headers/|symbols|seccomp/live|security/verdicts|bwrap/options|cli/missing|cli/doctor|errors/missing|inside/rights)')
failed=0
for call in clone3 faccessat2 getrandom rseq; do
        log=testlog-$call-without # meson adds the name of the wrapper
        rm -f "build/meson-logs/$log.json"
        echo "$names" | tr '\n' '\0' | xargs -0 meson test -C build --no-rebuild --quiet --logbase "testlog-$call" \
                --wrapper "$PWD/build/tests/without $call --" >/dev/null || failed=1
        echo "without $call: $(tools/count.py "build/meson-logs/$log.json") (passed, failed)"
        tools/count.py --failed "build/meson-logs/$log.json"
done
exit $failed

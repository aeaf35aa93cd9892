#!/bin/sh
# SPDX-License-Identifier: MIT
# faults.sh: each system call of a start fails in each way (tests/faults/sweep.c), as an unprivileged user and, for root, as root.
# Takes an hour. EVERY=N: each so many-th trial alone.
set -eu
cd "$(dirname "$0")/.."
failed=0
tools/as-user.sh build/tests/sweep "$PWD/build/pinfold" "$PWD/build/tests/state" "${EVERY:-1}" || failed=1
[ "$(id -u)" != 0 ] || build/tests/sweep "$PWD/build/pinfold" "$PWD/build/tests/state" "${EVERY:-1}" || failed=1
exit $failed

#!/bin/sh
# SPDX-License-Identifier: MIT
# cppcheck.sh: static analysis of what is installed. It knows no cleanup attribute, so that it sees leaks where there are
# none, and mistakes arrays that are being filled for ones that are read: both are looked for by the sanitizers.
set -eu
cd "$(dirname "$0")/.."
exec cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr --std=c11 -j 2 \
        --suppress=missingIncludeSystem --suppress=memleak --suppress=legacyUninitvar -D__x86_64__ -D__SIZEOF_POINTER__=8 -I src -I include src examples

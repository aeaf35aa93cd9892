#!/bin/sh
# SPDX-License-Identifier: MIT
# check-formats.sh SOURCE...: the sources of pinfold-init print with nothing but what src/init/libc.c converts.
set -u
converted='%0?[0-9]*(\.(\*|[0-9]+))?(l|ll|z|j|t)?[scduox]|%%'
others=$(grep -nHE '"' "$@" | grep -vE '__asm__|PRI[a-zA-Z]' |
        grep -oE '^[^:]*:[0-9]+|%[-+#0]*[0-9*]*(\.(\*|[0-9]+))?[hlLqjzt]*[a-zA-Z%]' |
        awk '/^[^%]/ { place = $0; next } { print $0 "  " place }' | grep -vE "^($converted)  ")
echo 1..1
if [ $# -gt 20 ] && [ -z "$others" ]; then
        echo "ok 1 - conversions"
        exit 0
fi
echo "$others"
echo "not ok 1 - conversions"
exit 1

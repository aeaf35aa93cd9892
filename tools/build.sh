#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh [DIRECTORY [MESON-OPTION...]]: installs what building needs, and builds into build/ or DIRECTORY.
set -eu
cd "$(dirname "$0")/.."
umask 022
directory=${1:-build}
[ $# -eq 0 ] || shift
tools/packages.sh build
# Set up again when there is no build yet, or options are given; ninja does the rest by itself.
if [ ! -e "$directory/build.ninja" ]; then
        meson setup "$directory" "$@"
elif [ $# -gt 0 ]; then
        meson configure "$directory" "$@"
fi
ninja -C "$directory"

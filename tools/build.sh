#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh [DIRECTORY [MESON-OPTION...]]: installs what building needs, and builds into build/ or DIRECTORY, which is set
# up with the options when it is not there yet.
set -eu
cd "$(dirname "$0")/.."
umask 022
directory=${1:-build}
[ $# -eq 0 ] || shift
tools/packages.sh build
[ -e "$directory/build.ninja" ] || meson setup "$directory" "$@"
ninja -C "$directory"

#!/bin/sh
# SPDX-License-Identifier: MIT
# tar.sh DIRECTORY...: reads all of some trees. Not into /dev/null, for which tar would read nothing.
tar -Pcf - "$@" | cat >/dev/null

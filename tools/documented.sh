#!/bin/sh
# SPDX-License-Identifier: MIT
# documented.sh MAN-DIRECTORY: the functions in the synopses of the pages of section 3, as lines "FUNCTION PAGE.3".
set -eu
cd "$1"
awk '
        FNR == 1 { page = FILENAME; sub(/\.scd$/, "", page); synopsis = 0 }
        /^# / { synopsis = $0 == "# SYNOPSIS" }
        synopsis {
                for (rest = $0; match(rest, /pinfold_[a-z0-9_]+\(/); rest = substr(rest, RSTART + RLENGTH))
                        print substr(rest, RSTART, RLENGTH - 1), page
        }
' ./*.3.scd | sed 's| \./| |' | LC_ALL=C sort

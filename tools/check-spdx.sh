#!/bin/sh
# SPDX-License-Identifier: MIT
# check-spdx.sh: every file of ours says its licence in its first three lines. Prose and lists are MIT by LICENSE.
set -eu
cd "$(dirname "$0")/.."
missing=$(find . \( -path './build*' -o -path ./.git -o -name __pycache__ \) -prune -o -type f \
        ! -name '*.md' ! -name LICENSE ! -name .gitignore ! -path ./packaging/debian/changelog ! -path './profiles/*' \
        ! -path './tests/*.txt' ! -path './tests/*.bpf' ! -path './fuzz/corpus/*' \
        -exec awk 'FNR == 1 { if (name && !seen) print name; name = FILENAME; seen = 0 }
                FNR <= 3 && /SPDX-License-Identifier: MIT/ { seen = 1 }
                END { if (name && !seen) print name }' {} +)
[ -z "$missing" ] || { echo "no SPDX line in:"; echo "$missing"; exit 1; }

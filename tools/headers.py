#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lists the headers below src/ and include/, for build steps that compile many files in one go."""
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
for directory in ("src", "include"):
    for header in sorted((root / directory).rglob("*.h")):
        print(header)

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the shipped profiles as a C table: profiles.py OUTPUT.c PROFILE... (see src/cli/profiles.h)."""
import json
import os
import sys

with open(sys.argv[1], "w", encoding="ascii") as out:
    out.write("/* SPDX-License-Identifier: MIT */\n/* Made by tools/profiles.py. */\n")
    out.write('#include "cli/profiles.h"\n\n#include <stddef.h>\n\nconst struct shipped_profile shipped_profiles[] = {\n')
    for path in sys.argv[2:]:
        with open(path, encoding="ascii") as source:
            # JSON's strings are C's, for ASCII without control characters other than newlines.
            out.write("        {%s, %s},\n" % (json.dumps(os.path.basename(path)), json.dumps(source.read())))
    out.write("        {NULL, NULL},\n};\n")

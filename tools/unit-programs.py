#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""unit-programs.py BUILD: what the tests of the suite "unit" need of a build, as targets of ninja."""
import json
import os
import subprocess
import sys

build = os.path.abspath(sys.argv[1])


def introspect(what):
    return json.loads(subprocess.check_output(["meson", "introspect", build, what]))


made = {name for target in introspect("--targets") for name in target["filename"]}
needed = {word for test in introspect("--tests") if "pinfold:unit" in test["suite"] for word in test["cmd"] if word in made}
print("\n".join(os.path.relpath(path, build) for path in sorted(needed)))

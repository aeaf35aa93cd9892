#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts single tests: count.py TESTLOG.json prints "PASSED FAILED"; count.py --failed TESTLOG.json names those that failed.

A program that speaks TAP counts with each of its tests, any other one as a single test. A test that was skipped, or a
program that ended badly although none of its tests says so, is a failure.
"""
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b[ \d]*(?:- )?(.*)$", re.MULTILINE)


def results(test):
    """The tests of one program: pairs of a name and whether it passed."""
    found = [(name, not negated and not re.search(r"#\s*SKIP", name, re.IGNORECASE))
             for negated, name in RESULT.findall(test.get("stdout", ""))]
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if not found or (not good and all(passed for _, passed in found)):
        found.append(("(the program)", good))
    return [(test["name"].split(" / ")[-1] + ": " + name, passed) for name, passed in found]


def main(path, names):
    with open(path, encoding="utf-8") as log:
        found = [result for line in log if line.strip() for result in results(json.loads(line))]
    failed = [name for name, passed in found if not passed]
    if names:
        print("\n".join(failed))
    else:
        print(len(found) - len(failed), len(failed))


main(sys.argv[-1], sys.argv[1] == "--failed")

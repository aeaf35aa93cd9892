#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts single tests: count.py TESTLOG.json prints "PASSED FAILED".

A program that speaks TAP counts with each of its tests, any other one as a single test. A test that was skipped, or a
program that ended badly although none of its tests says so, is a failure.
"""
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b(.*)$", re.MULTILINE)


def count(test):
    """The numbers of tests in one program that passed and failed."""
    passed = failed = 0
    for negated, rest in RESULT.findall(test.get("stdout", "")):
        if negated or re.search(r"#\s*SKIP", rest, re.IGNORECASE):
            failed += 1
        else:
            passed += 1
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    if not good and not failed:
        failed = 1
    if good and not passed and not failed:
        passed = 1
    return passed, failed


def main(path):
    with open(path, encoding="utf-8") as log:
        counts = [count(json.loads(line)) for line in log if line.strip()]
    print(sum(passed for passed, _ in counts), sum(failed for _, failed in counts))


main(sys.argv[1])

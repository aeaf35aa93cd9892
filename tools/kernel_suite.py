#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tests of a build for a machine without meson (tools/kernels.sh).

kernel_suite.py list BUILD SECONDS [PATTERN]: one a line, for tests/kernels/suite.sh. kernel_suite.py log DIRECTORY: what it left
there, as meson's test log.
"""
import json
import os
import re
import shlex
import subprocess
import sys


def tests(build):
    """Those that start containers or look at the kernel; what is compiled, compared or measured is not for a virtual machine."""
    found = json.loads(subprocess.check_output(["meson", "introspect", "--tests", build]))
    return [test for test in found if not re.match(r"(bench|docs|symbols|headers/.*)$", test["name"])]


def command(build, test):
    words = [f"{name}={value}" for name, value in test["env"].items()]
    return shlex.join(["cd", test["workdir"] or os.path.realpath(build)]) + " && exec " + shlex.join(
        ["env"] + words + test["cmd"])


def write_list(build, seconds, pattern=""):
    for number, test in enumerate(tests(build)):
        if re.search(pattern, test["name"]):
            print(number, test["name"], seconds, command(build, test), sep="\t")


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def write_log(directory):
    for line in read(os.path.join(directory, "tests")).splitlines():
        number, name = line.split("\t")[:2]
        path = os.path.join(directory, number)
        status = read(path + ".status").strip()
        print(json.dumps({"name": name, "result": "OK" if status == "0" else "FAIL",
                          "stdout": read(path + ".out"), "stderr": read(path + ".err")}))


if __name__ == "__main__":
    {"list": write_list, "log": write_log}[sys.argv[1]](*sys.argv[2:])

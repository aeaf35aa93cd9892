#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""report.py DIRECTORY FILE: what measure printed as a table, and with the machine and versions as JSON into FILE.
report.py --check RESULTS: whether there is a number for everything of ours."""
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

SCALES = {"µs": ((1e6, "s", 1e-6), (1e3, "ms", 1e-3), (0, "µs", 1))}


def read(path):
    return [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]


def first_line(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    except OSError:
        return None
    if done.returncode != 0:
        return None
    return next((line for line in done.stdout.splitlines() if line.strip()), None)


def package(name):
    return first_line("dpkg-query", "-W", "-f", "${Version}", name)


def machine():
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    memory = re.search(r"MemTotal: *(\d+)", pathlib.Path("/proc/meminfo").read_text())
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    return {
        "processor": model.group(1) if model else platform.machine(),
        "processors": os.cpu_count(),
        "memory_mib": int(memory.group(1)) // 1024,
        "mounts": len(pathlib.Path("/proc/self/mounts").read_text().splitlines()),
        "load": os.getloadavg(),
        "kernel": platform.release(),
    }


def versions(directory):
    return {
        "pinfold": first_line(str(directory / "pinfold"), "--version"),
        "commit": first_line("git", "-C", os.path.dirname(os.path.abspath(__file__)), "rev-parse", "HEAD"),
        "compiler": first_line("cc", "--version"),
        "libc6": package("libc6"),
        "musl": package("musl-dev"),
        "libseccomp": package("libseccomp2"),
        **{name: package(name) for name in ("bubblewrap", "crun", "firejail", "util-linux", "strace")},
    }


def show(value, unit):
    for limit, name, factor in SCALES.get(unit, ((0, unit, 1),)):
        if value >= limit:
            value *= factor
            return f"{value:.0f} {name}" if value >= 100 else f"{value:.3g} {name}"


def spread(line, form):
    return f"{form(line['median']):>10}  ({form(line['q1'])} .. {form(line['q3'])})"


def print_case(lines):
    print(f"\n{lines[0]['case']}: {lines[0]['title']}")
    for line in lines:
        if "contender" in line:
            numbers = "could not do the job here" if "left_out" in line else spread(
                line, lambda value: show(value, line["unit"]))
            print(f"    {line['contender']:<20} {numbers}")
    for line in lines:
        if "ratio" in line:
            of = f"{line['ratio']} / {line['against']}" if line["against"] else line["ratio"]
            numbers = spread(line, lambda value: f"{value:.3f}" if value < 10 else f"{value:.1f}")
            sign = ">=" if line["at_least"] else "<="
            verdict = "met" if line["met"] else "NOT MET"
            print(f"  {of:<32} {numbers:<28} target {sign} {line['limit']:g}: {verdict}")


def read_calls(directory):
    calls = {}
    for path in sorted(directory.glob("calls.*")):
        for name, count in re.findall(r"^\s*(\w+)\s+(\d+)$", path.read_text(), re.MULTILINE):
            calls.setdefault(name, {})[path.suffix[1:]] = int(count)
    return calls


def print_calls(calls):
    columns = sorted({column for counts in calls.values() for column in counts})
    print("\nSystem calls of one cold start, all processes and /bin/true with its loader (strace -f -c):")
    print(f"    {'':<20}" + "".join(f"{column:>14}" for column in columns))
    for name, counts in sorted(calls.items(), key=lambda item: -max(item[1].values())):
        print(f"    {name:<20}" + "".join(f"{counts.get(column, ''):>14}" for column in columns))


def check(path):
    lines = read(path)
    bad = [line for line in lines if "left_out" not in line and not line["median"] > 0]
    if bad or not lines:
        sys.exit(f"report.py: no number in {bad or path}")
    if any("left_out" in line and line["contender"] == "bubblewrap" for line in lines):
        sys.exit("report.py: bubblewrap did not work")


def report(directory, output):
    lines = read(directory / "results")
    calls = read_calls(directory)
    result = {"machine": machine(), "versions": versions(directory), "results": lines, "calls": calls}
    for part in ("machine", "versions"):
        print(", ".join(f"{name} {value}" for name, value in result[part].items() if value))
    for case in dict.fromkeys(line["case"] for line in lines):
        print_case([line for line in lines if line["case"] == case])
    if calls:
        print_calls(calls)
    pathlib.Path(output).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    ratios = [line for line in lines if "ratio" in line]
    print(f"\n{sum(line['met'] for line in ratios)} of {len(ratios)} targets met; {output}")


if sys.argv[1] == "--check":
    check(sys.argv[2])
else:
    report(pathlib.Path(sys.argv[1]), sys.argv[2])

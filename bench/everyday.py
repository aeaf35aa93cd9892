#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns what `pinfold explain --json` says into a command line of bare, one that makes the same view in the fewest calls:
everything that is read-only is mounted first, and sealed at once; then what is writable."""
import json
import os
import sys

FRESH = {"proc": "proc", "dev": "dev", "tmpfs": "tmpfs"}

plan = json.load(sys.stdin)
steps = []
made = {"/"}       # on the new root
bound = []         # what is there comes with the bind
scratch = []       # mounted after the seal


def below(path, roots):
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)


def make(path, kind, into):
    parts = path.strip("/").split("/")
    for depth in range(1, len(parts) + 1):
        part = "/" + "/".join(parts[:depth])
        if part in made or below(part, bound):
            continue
        made.add(part)
        into.append(f"{kind if depth == len(parts) else 'dir'} {part[1:]}")


late = []
for file in plan["files"]:
    path, operation = file["path"], file["operation"]
    into = late if below(path, scratch) and operation != "remount" else steps
    if operation == "mkdir":
        make(path, "dir", into)
    elif operation == "symlink":
        into.append(f"link {file['source']} {path[1:]}")
    elif operation == "bind":
        make(path, "file" if os.path.isfile(file["source"]) else "dir", into)
        into.append(f"bind {file['source']} {path[1:]}")
        bound.append(path)
        if into is late:
            into.append(f"seal {path[1:]}")
    elif operation in FRESH:
        make(path, "dir", into)
        flags = file["value"].partition("mode=")[2] or "0755"
        late.append(f"tmpfs {flags} {path[1:]}" if operation == "tmpfs" else f"{operation} {path[1:]}")
        scratch.append(path)
    elif operation == "remount":
        if path != "/":
            late.append(f"readonly {path[1:]}")
    else:
        sys.exit(f"everyday.py: bare has no {operation}")

print("./bare filter everyday.bpf empty 0755", *steps, "seal .", *late, "--", *plan["command"], sep="\n")

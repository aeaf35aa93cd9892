#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a program as a C array: embed.py PROGRAM OUTPUT.c (see src/container/init_image.h)."""
import sys

with open(sys.argv[1], "rb") as source:
    data = source.read()
with open(sys.argv[2], "w", encoding="ascii") as out:
    out.write("/* SPDX-License-Identifier: MIT */\n/* Made by tools/embed.py. */\n")
    out.write('#include "container/init_image.h"\n\n')
    out.write("const size_t init_image_size = %d;\n" % len(data))
    out.write("const unsigned char init_image[] = {\n")
    for at in range(0, len(data), 16):
        out.write("        " + " ".join("0x%02x," % byte for byte in data[at:at + 16]) + "\n")
    out.write("};\n")

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a C file that takes a compiler about a second."""
print("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n")
for number in range(250):
    print(f"""int sort_{number}(char **lines, int count)
{{
        for (int i = 0; i < count; i++)
                for (int j = i; j > 0 && strcmp(lines[j - 1], lines[j]) > {number}; j--) {{
                        char *line = lines[j];

                        lines[j] = lines[j - 1];
                        lines[j - 1] = line;
                }}
        for (int i = 0; i < count; i++)
                printf("%d %s\\n", i * {number}, lines[i]);
        return count > {number} ? atoi(lines[{number}]) : 0;
}}
""")

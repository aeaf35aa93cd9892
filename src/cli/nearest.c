/* SPDX-License-Identifier: MIT */
#include "cli/nearest.h"

#include <string.h>

/* Names are short; what is longer is not a misspelling of one. */
#define LONGEST 32

static size_t smaller(size_t a, size_t b)
{
        return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap two neighbours) that make one word of the other. */
static size_t distance(const char *a, const char *b)
{
        size_t rows[3][LONGEST + 1];
        size_t a_length = strlen(a), b_length = strlen(b);

        if (a_length > LONGEST || b_length > LONGEST)
                return LONGEST;
        for (size_t j = 0; j <= b_length; j++)
                rows[0][j] = j;
        for (size_t i = 1; i <= a_length; i++) {
                size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];

                row[0] = i;
                for (size_t j = 1; j <= b_length; j++) {
                        row[j] = smaller(smaller(row[j - 1], above[j]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = smaller(row[j], higher[j - 2] + 1);
                }
        }
        return rows[a_length % 3][b_length];
}

void nearest_offer(struct nearest *nearest, const char *name)
{
        size_t edits = distance(nearest->wanted, name);
        size_t length = strlen(nearest->wanted);

        /* A third of the letters wrong is a slip, more is another word. A beginning of a name counts as one slip. */
        if (length >= 3 && strncmp(nearest->wanted, name, length) == 0)
                edits = smaller(edits, 1);
        if (edits > (length + 2) / 3 || (nearest->name && edits >= nearest->distance))
                return;
        nearest->name = name;
        nearest->distance = edits;
}

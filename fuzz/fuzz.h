/* SPDX-License-Identifier: MIT */
/* What fuzz targets share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The target: libFuzzer calls it, or replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program unless `condition` holds: that is a finding. */
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
_Noreturn void check_failed(const char *file, int line, const char *condition);

/* The text ends within `size` bytes, and nothing in it is obeyed by a terminal. */
void check_printable(const char *text, size_t size);

/* An input that is read as a row of decisions. */
struct decisions {
        const uint8_t *data;
        size_t size;
};

/* A number below `limit`, at most 65536; 0 when the input is used up. */
uint32_t choose(struct decisions *left, uint32_t limit);

/* Pseudo-random numbers from a seed, the same everywhere: below `limit`. */
uint32_t random_below(uint64_t *seed, uint32_t limit);

#endif

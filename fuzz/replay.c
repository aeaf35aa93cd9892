/* SPDX-License-Identifier: MIT */
/*
 * In place of libFuzzer: replay DIRECTORY [COUNT] runs a target on every file in it, and on COUNT random inputs, and prints TAP. The
 * environment's SEED repeats these.
 */
#define _GNU_SOURCE

#include "fuzz.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int replay(const char *directory, const char *name)
{
        char path[4096];
        uint8_t *data;
        FILE *file;
        long size;

        snprintf(path, sizeof(path), "%s/%s", directory, name);
        file = fopen(path, "re");
        if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0)
                return -1;
        rewind(file);
        data = malloc((size_t)size + (size == 0)); /* of exactly that size, so that a read too far shows */
        if (!data || fread(data, 1, (size_t)size, file) != (size_t)size)
                return -1;
        fclose(file);
        LLVMFuzzerTestOneInput(data, (size_t)size);
        free(data);
        return 0;
}

/* False: there are none, or one cannot be read. */
static bool replay_all(const char *directory, int *done)
{
        struct dirent **entries;
        int count = scandir(directory, &entries, NULL, alphasort);
        bool good = count > 0;

        for (int i = 0; i < count; i++) {
                if (good && entries[i]->d_name[0] != '.') {
                        good = replay(directory, entries[i]->d_name) == 0;
                        printf("%sok %d - %s\n", good ? "" : "not ", ++*done, entries[i]->d_name);
                        fflush(stdout); /* a crash comes after the last good one */
                }
                free(entries[i]);
        }
        if (count >= 0)
                free(entries);
        return good && *done > 0;
}

/* Mostly small ones, in memory of exactly their size. */
static void run_random(uint64_t *seed)
{
        size_t size = 1 + random_below(seed, 1u << random_below(seed, 12));
        uint8_t *data = malloc(size);

        CHECK(data);
        for (size_t i = 0; i < size; i++)
                data[i] = (uint8_t)random_below(seed, 256);
        LLVMFuzzerTestOneInput(data, size);
        free(data);
}

int main(int argc, char **argv)
{
        const char *given = getenv("SEED");
        uint64_t first = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL), seed = first;
        int count = argc > 2 ? atoi(argv[2]) : 0, done = 0;

        if (argc < 2 || !replay_all(argv[1], &done))
                return 1;
        if (count > 0) {
                printf("# SEED=%" PRIu64 "\n", first);
                fflush(stdout);
                for (int i = 0; i < count; i++)
                        run_random(&seed);
                printf("ok %d - %d random inputs\n", ++done, count);
        }
        printf("1..%d\n", done);
        return 0;
}

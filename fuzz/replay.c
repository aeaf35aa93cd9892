/* SPDX-License-Identifier: MIT */
/* In place of libFuzzer: replay DIRECTORY runs a target on every file in it, and prints TAP. */
#define _GNU_SOURCE

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int main(int argc, char **argv)
{
        struct dirent **entries;
        int count, done = 0;

        if (argc != 2)
                return 1;
        count = scandir(argv[1], &entries, NULL, alphasort);
        for (int i = 0; i < count; i++) {
                if (entries[i]->d_name[0] != '.') {
                        if (replay(argv[1], entries[i]->d_name) < 0)
                                return 1;
                        printf("ok %d - %s\n", ++done, entries[i]->d_name);
                        fflush(stdout); /* a crash comes after the last good one */
                }
                free(entries[i]);
        }
        if (count >= 0)
                free(entries);
        printf("1..%d\n", done);
        return done == 0;
}

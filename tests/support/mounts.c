/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE

#include "support/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/box.h"

/* ---- Reading --------------------------------------------------------------------------------------------------- */

static char *word(char **line)
{
        char *found = strsep(line, " ");

        if (!found)
                fail_msg("a line of mountinfo ends early");
        return found;
}

/* 25 21 0:23 / /dev/pts rw,relatime shared:3 - devpts devpts rw,mode=620 */
static struct mount_entry parse_line(char *line)
{
        struct mount_entry entry = {.propagation = ""};
        char *next;

        entry.id = atoi(word(&line));
        entry.parent = atoi(word(&line));
        word(&line);
        entry.root = word(&line);
        entry.point = word(&line);
        entry.flags = word(&line);
        while (strcmp(next = word(&line), "-") != 0)
                entry.propagation = next;
        entry.type = word(&line);
        entry.source = word(&line);
        entry.readonly = strncmp(entry.flags, "ro", 2) == 0 || strncmp(word(&line), "ro", 2) == 0;
        return entry;
}

struct mount_table mounts_parse(const char *mountinfo)
{
        struct mount_table table = {.text = strdup(mountinfo)};
        char *rest = table.text, *line;

        assert_non_null(table.text);
        while ((line = strsep(&rest, "\n")) && *line) {
                table.entries = reallocarray(table.entries, table.count + 1, sizeof(*table.entries));
                assert_non_null(table.entries);
                table.entries[table.count++] = parse_line(line);
        }
        return table;
}

void mounts_free(struct mount_table *table)
{
        free(table->entries);
        free(table->text);
        *table = (struct mount_table){0};
}

static struct mount_table read_table(const char *path)
{
        char *text = read_file(path);
        struct mount_table table;

        if (!text)
                fail_msg("read %s: %s", path, strerror(errno));
        table = mounts_parse(text);
        free(text);
        return table;
}

struct mount_table mounts_own(void)
{
        return read_table("/proc/self/mountinfo");
}

static const struct mount_entry *by_id(const struct mount_table *table, int id)
{
        for (size_t i = 0; i < table->count; i++)
                if (table->entries[i].id == id)
                        return &table->entries[i];
        return NULL;
}

/* Is something mounted on the very root of this one? */
static const struct mount_entry *cover(const struct mount_table *table, const struct mount_entry *entry)
{
        for (size_t i = 0; i < table->count; i++) {
                const struct mount_entry *other = &table->entries[i];

                if (other != entry && other->parent == entry->id && strcmp(other->point, entry->point) == 0)
                        return other;
        }
        return NULL;
}

const struct mount_entry *mounts_at(const struct mount_table *table, const char *point)
{
        for (size_t i = 0; i < table->count; i++)
                if (strcmp(table->entries[i].point, point) == 0 && !cover(table, &table->entries[i]))
                        return &table->entries[i];
        return NULL;
}

const struct mount_entry *mounts_under(const struct mount_table *table, const char *path)
{
        char *part = realpath(path, NULL);
        const struct mount_entry *found = NULL;

        assert_non_null(part);
        while (!(found = mounts_at(table, *part ? part : "/"))) {
                char *slash = strrchr(part, '/');

                if (!slash)
                        fail_msg("%s lies on no mount", path);
                *slash = '\0';
        }
        free(part);
        return found;
}

/* ---- Rendering ------------------------------------------------------------------------------------------------- */

static void render_flags(FILE *out, const struct mount_entry *entry)
{
        char *copy = strdup(entry->flags), *rest = copy, *flag;

        assert_non_null(copy);
        strsep(&rest, ",");
        fputs(entry->readonly ? "ro" : "rw", out);
        while ((flag = strsep(&rest, ",")))
                if (strcmp(flag, "relatime") != 0)
                        fprintf(out, ",%s", flag);
        free(copy);
}

static int by_point(const void *a, const void *b)
{
        const struct mount_entry *const *x = a, *const *y = b;
        int order = strcmp((*x)->point, (*y)->point);

        return order ? order : (*x)->id - (*y)->id;
}

static void render_tree(FILE *out, const struct mount_table *table, const struct mount_entry *entry)
{
        const struct mount_entry **children = calloc(table->count, sizeof(*children));
        size_t count = 0;

        assert_non_null(children);
        fprintf(out, "%s %s %s ", entry->point, entry->type, entry->source);
        render_flags(out, entry);
        fprintf(out, "%s%s\n", *entry->propagation ? " " : "", entry->propagation);
        for (size_t i = 0; i < table->count; i++)
                if (table->entries[i].parent == entry->id && &table->entries[i] != entry)
                        children[count++] = &table->entries[i];
        qsort(children, count, sizeof(*children), by_point);
        for (size_t i = 0; i < count; i++)
                render_tree(out, table, children[i]);
        free(children);
}

char *mounts_render(const struct mount_table *table)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        assert_non_null(out);
        for (size_t i = 0; i < table->count; i++) {
                const struct mount_entry *entry = &table->entries[i];

                if (entry->parent == entry->id || !by_id(table, entry->parent))
                        render_tree(out, table, entry);
        }
        assert_int_equal(fclose(out), 0);
        return text;
}

/* ---- Containers ------------------------------------------------------------------------------------------------ */

struct pinfold *box_empty(void)
{
        struct pinfold *box = pinfold_new(NULL, NULL);

        assert_non_null(box);
        return box;
}

const char *probe_path(void)
{
        return PROBE;
}

void box_probe(struct pinfold *box, const char *const arguments[])
{
        pinfold_bind(box, PROBE, "/probe", 0);
        pinfold_set_path(box, "/probe");
        pinfold_set_args(box, arguments);
}

static void drop_probe(struct mount_table *table)
{
        for (size_t i = 0; i < table->count; i++) {
                if (strcmp(table->entries[i].point, "/probe") != 0)
                        continue;
                table->count--;
                memmove(&table->entries[i], &table->entries[i + 1], (table->count - i) * sizeof(*table->entries));
                return;
        }
        fail_msg("/probe is not in the mount table");
}

struct mount_table box_table(struct pinfold *box)
{
        box_probe(box, (const char *[]){"probe", "wait", NULL});
        return box_table_now(box);
}

struct mount_table box_table_now(struct pinfold *box)
{
        struct pinfold_status status = {.size = sizeof(status)};
        struct pinfold_error err = {0};
        struct mount_table table;
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pinfold_set_stdin(box, ends[0]);
        if (pinfold_start(box, &err) < 0 || pinfold_serve(box, &err) < 0)
                fail_msg("%s", err.text);
        table = read_table(format("/proc/%d/mountinfo", (int)pinfold_pid(box)));
        close(ends[0]);
        close(ends[1]);
        if (pinfold_wait(box, -1, &status, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(status.status, 0);
        pinfold_free(box);
        drop_probe(&table);
        return table;
}

static void assert_rendered(struct mount_table table, const char *expected)
{
        char *text = mounts_render(&table);

        mounts_free(&table);
        assert_string_equal(text, expected);
        free(text);
}

void assert_mounts(struct pinfold *box, const char *expected)
{
        assert_rendered(box_table(box), expected);
}

void assert_mounts_now(struct pinfold *box, const char *expected)
{
        assert_rendered(box_table_now(box), expected);
}

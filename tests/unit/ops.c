/* SPDX-License-Identifier: MIT */
/* ops/op.h: the list of operations, and what is true of each of them whatever it does. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include <pinfold/pinfold.h>

#include "base/cleanup.h"
#include "guarded.h"
#include "ops/list.h"

/* An operation's place in the list is its number in the message: new ones go to the end. */
TEST(numbers_are_stable)
{
        static const char *const names[] = {"bind",  "tmpfs",   "readonly", "proc",    "dev", "overlay",
                                            "mkdir", "symlink", "place",    "remount", "etc", "root",
                                            "protect"};

        assert_true(op_count >= ELEMENTS(names));
        for (size_t i = 0; i < ELEMENTS(names); i++)
                assert_string_equal(op_list[i]->option.name, names[i]);
}

TEST(found_by_name)
{
        uint32_t number = 99;

        for (size_t i = 0; i < op_count; i++) {
                assert_ptr_equal(op_find(op_list[i]->option.name, &number), op_list[i]);
                assert_int_equal(number, i); /* which also says that names are unique */
        }
        assert_null(op_find("no such", &number));
        assert_null(op_find("", NULL));
}

TEST(descriptions_are_whole)
{
        for (size_t i = 0; i < op_count; i++) {
                const struct op *op = op_list[i];

                assert_true(strlen(op->option.name) < PINFOLD_ERROR_NAME_MAX);
                assert_int_equal(op->option.size, sizeof(struct pinfold_option));
                assert_int_equal(op->option.kind, PINFOLD_OPTION_OPERATION);
                assert_non_null(op->option.argument);
                assert_non_null(op->option.help);
                assert_non_null(op->describe);
                assert_non_null(op->apply);
                assert_true(op->positional >= 1 && op->positional <= op->record.count);
                assert_true(op->same_as_first < op->positional);
                assert_true(i < 32); /* bits of op_sink.seen */
                for (size_t j = 0; j < op->record.count; j++) {
                        const struct field *field = &op->record.fields[j];

                        assert_true(field->offset < op->record.size);
                        assert_int_equal(field->kind == FIELD_FLAGS, field->words != NULL);
                }
        }
}

/* Each word of the flags is in the help, and each line of the help is a word. */
TEST(words_and_help_agree)
{
        for (size_t i = 0; i < op_count; i++) {
                const struct record *record = &op_list[i]->record;
                const char *details = op_list[i]->option.details;
                size_t words = 0, lines = 0;

                for (const char *at = details; at && (at = strchr(at, '\n')); at++)
                        lines++;
                for (size_t j = 0; j < record->count; j++) {
                        uint32_t seen = 0;

                        for (const struct word *word = record->fields[j].words; word && word->name; word++, words++) {
                                char line[256];

                                snprintf(line, sizeof(line), "%s: %s\n", word->name, word->help);
                                assert_non_null(strstr(details, line));
                                assert_false(seen & word->bit);
                                seen |= word->bit;
                        }
                }
                assert_int_equal(words, lines);
        }
}

/* ---- Every operation, filled by its own description ------------------------------------------------------------- */

static const char *const lowers[] = {"/lower/1", "/lower/2", NULL};

static void *sample(const struct op *op)
{
        char *object = calloc(1, op->record.size);

        assert_non_null(object);
        for (size_t i = 0; i < op->record.count; i++) {
                const struct field *field = &op->record.fields[i];
                void *place = object + field->offset;

                switch (field->kind) {
                case FIELD_SOURCE:
                case FIELD_TARGET:
                case FIELD_TEXT:
                        *(const char **)place = field->name[0] == 's' ? "/source" : "/other";
                        break;
                case FIELD_BELOW:
                        *(const char **)place = "a/path";
                        break;
                case FIELD_COMPONENT:
                        *(const char **)place = "component";
                        break;
                case FIELD_SOURCES:
                        *(struct texts *)place = (struct texts){lowers, 2};
                        break;
                case FIELD_BYTES:
                        *(struct bytes *)place = (struct bytes){"content", 7};
                        break;
                case FIELD_MODE:
                        *(uint32_t *)place = 01750;
                        break;
                case FIELD_SIZE:
                        *(int64_t *)place = 4096;
                        break;
                default:
                        break; /* flags: none */
                }
        }
        return object;
}

static void free_object(const struct op *op, void *object)
{
        record_free(&op->record, object);
        free(object);
}

TEST(every_operation_survives)
{
        for (size_t i = 0; i < op_count; i++) {
                _cleanup_free_ void *object = sample(op_list[i]);
                struct op_sink sink = {0};
                struct buffer again = {0};
                struct pinfold_error err;
                const struct op *op;
                struct reader reader;
                void *got;

                if (op_add(&sink, op_list[i], object, &err) < 0)
                        fail_msg("%s", err.text);
                assert_int_equal(sink.count, 1);
                reader = (struct reader){sink.ops.data, sink.ops.size, 0};
                assert_int_equal(op_decode(&reader, &op, &got, &err), 0);
                assert_ptr_equal(op, op_list[i]);
                assert_int_equal(reader.at, reader.size);
                buffer_append_u32(&again, (uint32_t)i);
                record_encode(&op->record, got, &again);
                assert_int_equal(again.size, sink.ops.size);
                assert_memory_equal(again.data, sink.ops.data, again.size);
                free_object(op, got);
                buffer_free(&again);
                buffer_free(&sink.ops);
        }
}

TEST(every_operation_cut_anywhere_is_malformed)
{
        for (size_t i = 0; i < op_count; i++) {
                _cleanup_free_ void *object = sample(op_list[i]);
                struct op_sink sink = {0};
                struct pinfold_error err;

                assert_int_equal(op_add(&sink, op_list[i], object, &err), 0);
                for (size_t size = 0; size < sink.ops.size; size++) {
                        struct guarded copy = guarded_copy(sink.ops.data, size);
                        struct reader reader = {copy.data, size, 0};
                        const struct op *op;
                        void *got;

                        assert_int_equal(op_decode(&reader, &op, &got, &err), -EBADMSG);
                        guarded_free(&copy);
                }
                buffer_free(&sink.ops);
        }
}

TEST(every_description_is_bounded)
{
        char path[PATH_MAX];

        memset(path, 'a', sizeof(path) - 1);
        path[0] = '/';
        path[sizeof(path) - 1] = '\0';
        for (size_t i = 0; i < op_count; i++) {
                _cleanup_free_ char *object = sample(op_list[i]);
                char text[64 + 1];

                for (size_t j = 0; j < op_list[i]->record.count; j++) {
                        const struct field *field = &op_list[i]->record.fields[j];

                        if (field->kind == FIELD_TARGET || field->kind == FIELD_SOURCE)
                                *(const char **)(void *)(object + field->offset) = path;
                }
                memset(text, 'X', sizeof(text));
                op_list[i]->describe(object, text, 64);
                assert_int_equal(strnlen(text, 64), 63);
                assert_int_equal(text[64], 'X');
        }
}

TEST(unknown_number_is_refused)
{
        uint32_t number = (uint32_t)op_count;
        struct reader reader = {(const uint8_t *)&number, sizeof(number), 0};
        struct pinfold_error err;
        const struct op *op;
        void *object;

        assert_int_equal(op_decode(&reader, &op, &object, &err), -EBADMSG);
        assert_string_equal(err.text, "unknown setup operation 16");
}

/* What the operation's own check refuses does not get through init either. */
TEST(checks_hold_on_both_sides)
{
        struct {
                const char *source, *target;
                uint32_t flags;
                uint64_t device, inode;
        } bind = {"/a", "/b", PINFOLD_BIND_OPTIONAL | PINFOLD_BIND_ENSURE, 0, 0};
        struct pinfold_error err;
        struct op_sink sink = {0};
        struct reader reader;
        const struct op *op;
        void *object;

        assert_int_equal(op_add(&sink, &op_bind, &bind, &err), -EINVAL);
        assert_string_equal(err.text, "bind: optional and ensure exclude each other");
        assert_string_equal(err.op_name, "bind");
        assert_int_equal(err.op_index, 0);
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        assert_int_equal(sink.count + sink.ops.size, 0);

        buffer_append_u32(&sink.ops, 0);
        record_encode(&op_bind.record, &bind, &sink.ops);
        reader = (struct reader){sink.ops.data, sink.ops.size, 0};
        assert_int_equal(op_decode(&reader, &op, &object, &err), -EINVAL);
        buffer_free(&sink.ops);
}

/* ---- The public functions -------------------------------------------------------------------------------------- */

/* The sink is the first member of a container, see struct op_sink. */
static struct pinfold *as_box(struct op_sink *sink)
{
        return (struct pinfold *)sink;
}

static void expect_failure(struct op_sink *sink, int r, const char *text)
{
        assert_int_equal(r, -sink->failure.error);
        assert_int_not_equal(r, 0);
        assert_string_equal(sink->failure.text, text);
        assert_int_equal(sink->failure.stage, PINFOLD_STAGE_CONFIGURE);
        sink->failure = (struct pinfold_error){0};
}

TEST(public_functions_refuse)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);
        const char *none[] = {NULL}, *one[] = {"/l", NULL}, *two[] = {"/l", "/m", NULL}, *bad[] = {"/l", "m", NULL};

        expect_failure(&sink, pinfold_bind(box, "a", "/b", 0), "bind: source \"a\" is not an absolute path");
        expect_failure(&sink, pinfold_bind(box, NULL, "/b", 0), "bind: source is missing");
        expect_failure(&sink, pinfold_bind(box, "/a", NULL, 0), "bind: target is missing");
        expect_failure(&sink, pinfold_bind(box, "/a", "/../b", 0), "bind: target \"/../b\" contains \"..\"");
        expect_failure(&sink, pinfold_bind(box, "/a", "/b", 1u << 7), "bind: flags has unknown bits 0x80");
        expect_failure(&sink, pinfold_tmpfs(box, "/t", -1, 0755), "tmpfs: size is negative");
        expect_failure(&sink, pinfold_tmpfs(box, "/t", INT64_MAX, 0755), "tmpfs: size is absurd");
        expect_failure(&sink, pinfold_tmpfs(box, "/t", 0, 010000), "tmpfs: mode 010000 is not a mode");
        expect_failure(&sink, pinfold_readonly(box, "t", 0755), "readonly: target \"t\" is not an absolute path");
        expect_failure(&sink, pinfold_proc(box, ""), "proc: target \"\" is not an absolute path");
        expect_failure(&sink, pinfold_dev(box, "/dev", 4), "dev: flags has unknown bits 0x4");
        expect_failure(&sink, pinfold_overlay(box, "/o", none, NULL, NULL, 0), "overlay: lower is missing");
        expect_failure(&sink, pinfold_overlay(box, "/o", one, NULL, NULL, 0),
                       "overlay: a read-only overlay needs at least two lowers");
        expect_failure(&sink, pinfold_overlay(box, "/o", bad, NULL, NULL, 0),
                       "overlay: lower \"m\" is not an absolute path");
        expect_failure(&sink, pinfold_overlay(box, "/o", two, "/u", NULL, 0),
                       "overlay: upper and work need each other");
        expect_failure(&sink, pinfold_overlay(box, "/o", two, NULL, "/w", 0),
                       "overlay: upper and work need each other");
        expect_failure(&sink, pinfold_overlay(box, "/o", two, "/u", "/w", PINFOLD_OVERLAY_EPHEMERAL),
                       "overlay: ephemeral has no upper of its own");
        expect_failure(&sink, pinfold_symlink(box, "", "/l", 0), "symlink: linkname is empty");
        expect_failure(&sink, pinfold_symlink(box, "rel", "/l", PINFOLD_SYMLINK_DEREFERENCE),
                       "symlink: linkname \"rel\" is not an absolute path");
        expect_failure(&sink, pinfold_place(box, "/p", NULL, 1), "place: content is missing");
        expect_failure(&sink, pinfold_remount(box, "/r", 16), "remount: flags has unknown bits 0x10");
        expect_failure(&sink, pinfold_etc(box, "/etc", "a/b"), "etc: prefix \"a/b\" is not one path component");
        expect_failure(&sink, pinfold_root(box, "/", PINFOLD_BIND_OPTIONAL | PINFOLD_BIND_ENSURE),
                       "root: optional and ensure exclude each other");
        assert_int_equal(sink.count, 0);
        buffer_free(&sink.ops);
}

TEST(first_failure_is_kept)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        assert_int_equal(pinfold_proc(box, "/proc"), 0);
        assert_int_equal(pinfold_proc(box, "first"), -EINVAL);
        assert_int_equal(pinfold_proc(box, "second"), -EINVAL);
        assert_string_equal(sink.failure.text, "proc: target \"first\" is not an absolute path");
        assert_int_equal(sink.failure.op_index, 1);
        buffer_free(&sink.ops);
}

TEST(once_per_container)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        assert_int_equal(pinfold_etc(box, "/etc", NULL), 0);
        assert_int_equal(pinfold_root(box, "/", 0), 0);
        expect_failure(&sink, pinfold_etc(box, "/etc", NULL), "etc: can be used once per container");
        expect_failure(&sink, pinfold_root(box, "/", 0), "root: can be used once per container");
        assert_int_equal(sink.count, 2);
        assert_int_equal(pinfold_proc(box, "/a"), 0);
        assert_int_equal(pinfold_proc(box, "/b"), 0);
        buffer_free(&sink.ops);
}

TEST(no_container)
{
        assert_int_equal(pinfold_bind(NULL, "/a", "/b", 0), -ENOMEM);
        assert_int_equal(pinfold_proc(NULL, "/proc"), -ENOMEM);
}

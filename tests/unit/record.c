/* SPDX-License-Identifier: MIT */
/* wire/record.h: encode, decode and check, with a record of every kind of field, and messages that lie. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "guarded.h"
#include "wire/record.h"

struct all {
        const char *source, *target, *component, *text, *absent;
        struct texts sources, texts;
        struct bytes bytes;
        uint32_t mode, flags, u32;
        int64_t size;
        uint64_t u64;
        int64_t i64;
};

static const struct word words[] = {{"one", 1, NULL}, {"four", 4, NULL}, {NULL, 0, NULL}};

#define FIELD(member, kind, ...) {#member, kind, offsetof(struct all, member), ##__VA_ARGS__}

static const struct field fields[] = {
        FIELD(source, FIELD_SOURCE),
        FIELD(target, FIELD_TARGET),
        FIELD(component, FIELD_COMPONENT),
        FIELD(text, FIELD_TEXT),
        FIELD(absent, FIELD_TEXT, true),
        FIELD(sources, FIELD_SOURCES),
        FIELD(texts, FIELD_TEXTS, true),
        FIELD(bytes, FIELD_BYTES),
        FIELD(mode, FIELD_MODE),
        FIELD(flags, FIELD_FLAGS, false, words),
        FIELD(u32, FIELD_U32),
        FIELD(size, FIELD_SIZE),
        FIELD(u64, FIELD_U64),
        FIELD(i64, FIELD_I64),
};

static const struct record record_all = {sizeof(struct all), fields, ELEMENTS(fields)};

static const char *const two_sources[] = {"/a", "/b/../c", NULL};
static const char *const three_texts[] = {"", "A=\x01\xff", "", NULL};

static struct all sample(void)
{
        return (struct all){
                .source = "/source/../x",
                .target = "/target/..x/y..",
                .component = "...",
                .text = "any\ntext",
                .sources = {two_sources, 2},
                .texts = {three_texts, 3},
                .bytes = {"a\0b", 3},
                .mode = 07777,
                .flags = 5,
                .u32 = UINT32_MAX,
                .size = INT64_MAX,
                .u64 = UINT64_MAX,
                .i64 = INT64_MIN,
        };
}

static struct buffer encode(const struct record *record, const void *object)
{
        struct buffer buffer = {0};
        struct pinfold_error err;

        assert_int_equal(record_check(record, object, &err), 0);
        record_encode(record, object, &buffer);
        assert_int_equal(buffer.error, 0);
        return buffer;
}

static int decode(const void *data, size_t size, struct all *ret, struct pinfold_error *err)
{
        struct guarded copy = guarded_copy(data, size);
        struct reader reader = {copy.data, copy.size, 0};
        int r = record_decode(&record_all, &reader, ret, err);

        assert_true(reader.at <= reader.size);
        if (r == 0)
                assert_int_equal(reader.at, size);
        record_free(&record_all, ret);
        guarded_free(&copy);
        return r;
}

static bool same(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

/* ---- Round trip ------------------------------------------------------------------------------------------------ */

TEST(every_kind_survives)
{
        struct all all = sample(), got;
        struct buffer buffer = encode(&record_all, &all);
        struct reader reader = {buffer.data, buffer.size, 0};
        struct pinfold_error err;

        memset(&got, 0xff, sizeof(got));
        assert_int_equal(record_decode(&record_all, &reader, &got, &err), 0);
        assert_int_equal(reader.at, reader.size);
        assert_string_equal(got.source, all.source);
        assert_string_equal(got.target, all.target);
        assert_string_equal(got.component, all.component);
        assert_string_equal(got.text, all.text);
        assert_null(got.absent);
        assert_int_equal(got.sources.count, 2);
        for (size_t i = 0; i < 3; i++)
                assert_true(same(got.sources.items[i], two_sources[i]));
        assert_int_equal(got.texts.count, 3);
        for (size_t i = 0; i < 4; i++)
                assert_true(same(got.texts.items[i], three_texts[i]));
        assert_int_equal(got.bytes.size, 3);
        assert_memory_equal(got.bytes.data, "a\0b", 3);
        assert_int_equal(got.mode, 07777);
        assert_int_equal(got.flags, 5);
        assert_int_equal(got.u32, UINT32_MAX);
        assert_true(got.size == INT64_MAX && got.u64 == UINT64_MAX && got.i64 == INT64_MIN);
        record_free(&record_all, &got);
        assert_null(got.sources.items);
        buffer_free(&buffer);
}

TEST(absent_and_empty_survive)
{
        struct all all = sample(), got;
        struct buffer buffer;
        struct reader reader;
        struct pinfold_error err;

        all.absent = "present";
        all.texts = (struct texts){NULL, 0};
        all.bytes = (struct bytes){NULL, 0};
        buffer = encode(&record_all, &all);
        reader = (struct reader){buffer.data, buffer.size, 0};
        assert_int_equal(record_decode(&record_all, &reader, &got, &err), 0);
        assert_string_equal(got.absent, "present");
        assert_int_equal(got.texts.count, 0);
        assert_non_null(got.texts.items); /* an array with nothing but its NULL, as execve wants one */
        assert_null(got.texts.items[0]);
        assert_int_equal(got.bytes.size, 0);
        record_free(&record_all, &got);
        buffer_free(&buffer);
}

TEST(several_records_in_one_message)
{
        struct all all = sample(), got;
        struct buffer buffer = encode(&record_all, &all);
        struct reader reader;
        struct pinfold_error err;

        record_encode(&record_all, &all, &buffer);
        reader = (struct reader){buffer.data, buffer.size, 0};
        for (size_t i = 1; i <= 2; i++) {
                assert_int_equal(record_decode(&record_all, &reader, &got, &err), 0);
                assert_int_equal(reader.at, i * buffer.size / 2);
                record_free(&record_all, &got);
        }
        buffer_free(&buffer);
}

/* ---- Messages that lie ----------------------------------------------------------------------------------------- */

TEST(cut_anywhere_is_malformed)
{
        struct all all = sample(), got;
        struct buffer buffer = encode(&record_all, &all);
        struct pinfold_error err;

        for (size_t size = 0; size < buffer.size; size++) {
                assert_int_equal(decode(buffer.data, size, &got, &err), -EBADMSG);
                assert_int_equal(err.error, EBADMSG);
        }
        assert_int_equal(decode(buffer.data, buffer.size, &got, &err), 0);
        buffer_free(&buffer);
}

/* Any four bytes can be a length or a count: whatever they say, nothing outside the message is read. */
TEST(lying_numbers_never_lead_outside)
{
        static const uint32_t lies[] = {0, 1, 2, 3, 5, 255, 256, 4096, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
        struct all all = sample(), got;
        struct buffer buffer = encode(&record_all, &all);
        struct pinfold_error err;
        size_t refused = 0;

        for (size_t at = 0; at + 4 <= buffer.size; at++) {
                for (size_t i = 0; i < ELEMENTS(lies); i++) {
                        uint8_t kept[4];
                        struct guarded copy;
                        struct reader reader;

                        memcpy(kept, buffer.data + at, 4);
                        memcpy(buffer.data + at, &lies[i], 4);
                        copy = guarded_copy(buffer.data, buffer.size);
                        memcpy(buffer.data + at, kept, 4);
                        reader = (struct reader){copy.data, copy.size, 0};
                        refused += record_decode(&record_all, &reader, &got, &err) < 0;
                        assert_true(reader.at <= reader.size);
                        record_free(&record_all, &got);
                        guarded_free(&copy);
                }
        }
        assert_true(refused > 100);
        buffer_free(&buffer);
}

/* One string field alone, from `size` given bytes. */
static int decode_text(const void *data, size_t size)
{
        static const struct field field = FIELD(text, FIELD_TEXT, true);
        static const struct record record = {sizeof(struct all), &field, 1};
        struct guarded copy = guarded_copy(data, size);
        struct reader reader = {copy.data, copy.size, 0};
        struct pinfold_error err;
        struct all all;
        int r = record_decode(&record, &reader, &all, &err);

        guarded_free(&copy);
        return r;
}

TEST(strings_are_what_they_say)
{
        assert_int_equal(decode_text("\x02\0\0\0ab\0", 7), 0);
        assert_int_equal(decode_text("\xff\xff\xff\xff", 4), 0);
        assert_int_equal(decode_text("\x02\0\0\0abc", 7), -EBADMSG);      /* no end */
        assert_int_equal(decode_text("\x03\0\0\0a\0c\0", 8), -EBADMSG);   /* ends too early */
        assert_int_equal(decode_text("\x02\0\0\0\0\0\0", 7), -EBADMSG);
        assert_int_equal(decode_text("\x03\0\0\0ab\0", 7), -EBADMSG);     /* longer than the message */
        assert_int_equal(decode_text("\xfe\xff\xff\xff" "ab\0", 7), -EBADMSG);
        assert_int_equal(decode_text("\0\0\0\0\0", 5), -EINVAL);          /* empty */
        assert_int_equal(decode_text("\0\0\0\0", 4), -EBADMSG);
        assert_int_equal(decode_text("", 0), -EBADMSG);
}

static int decode_texts(const void *data, size_t size)
{
        static const struct field field = FIELD(texts, FIELD_TEXTS, true);
        static const struct record record = {sizeof(struct all), &field, 1};
        struct guarded copy = guarded_copy(data, size);
        struct reader reader = {copy.data, copy.size, 0};
        struct pinfold_error err;
        struct all all;
        int r = record_decode(&record, &reader, &all, &err);

        /* What cannot be there has not been allocated for. */
        if (size >= 4 && ((const uint8_t *)data)[0] > (size - 4) / 5)
                assert_null(all.texts.items);
        record_free(&record, &all);
        guarded_free(&copy);
        return r;
}

TEST(arrays_are_what_they_say)
{
        assert_int_equal(decode_texts("\0\0\0\0", 4), 0);
        assert_int_equal(decode_texts("\x01\0\0\0" "\0\0\0\0\0", 9), 0);
        assert_int_equal(decode_texts("\x02\0\0\0" "\0\0\0\0\0", 9), -EBADMSG);
        assert_int_equal(decode_texts("\x05\0\0\0" "\0\0\0\0\0", 9), -EBADMSG);
        assert_int_equal(decode_texts("\x01\0\0\0" "\xff\xff\xff\xff\0", 9), -EBADMSG); /* no item is absent */
        /* 4 billion items would be 32 GiB of pointers: refused before anything is allocated. */
        assert_int_equal(decode_texts("\xff\xff\xff\xff" "\0\0\0\0\0", 9), -EBADMSG);
        assert_int_equal(decode_texts("\xff\xff\xff\x0f" "\0\0\0\0\0", 9), -EBADMSG);
}

/* ---- Checks ---------------------------------------------------------------------------------------------------- */

static void refused(const struct all *all, int error, const char *text)
{
        struct pinfold_error err;
        struct buffer buffer = {0};

        assert_int_equal(record_check(&record_all, all, &err), -error);
        assert_int_equal(err.error, error);
        assert_string_equal(err.text, text);
        /* What one side refuses, the other does not let in either. */
        if (error != E2BIG) {
                struct all got;

                record_encode(&record_all, all, &buffer);
                assert_int_equal(decode(buffer.data, buffer.size, &got, &err), -error);
                assert_string_equal(err.text, text);
        }
        buffer_free(&buffer);
}

#define REFUSED(error, text, ...)                      \
        do {                                           \
                struct all all_ = sample();            \
                                                       \
                __VA_ARGS__;                           \
                refused(&all_, error, text);           \
        } while (0)

TEST(strings_that_are_refused)
{
        REFUSED(EINVAL, "source is missing", all_.source = NULL);
        REFUSED(EINVAL, "source \"\" is not an absolute path", all_.source = "");
        REFUSED(EINVAL, "source \"a/b\" is not an absolute path", all_.source = "a/b");
        REFUSED(EINVAL, "target \"x\" is not an absolute path", all_.target = "x");
        REFUSED(EINVAL, "target \"/..\" contains \"..\"", all_.target = "/..");
        REFUSED(EINVAL, "target \"/a/../b\" contains \"..\"", all_.target = "/a/../b");
        REFUSED(EINVAL, "target \"/a/..\" contains \"..\"", all_.target = "/a/..");
        REFUSED(EINVAL, "target \"/a..b/..\" contains \"..\"", all_.target = "/a..b/..");
        REFUSED(EINVAL, "component \"\" is not one path component", all_.component = "");
        REFUSED(EINVAL, "component \".\" is not one path component", all_.component = ".");
        REFUSED(EINVAL, "component \"..\" is not one path component", all_.component = "..");
        REFUSED(EINVAL, "component \"a/b\" is not one path component", all_.component = "a/b");
        REFUSED(EINVAL, "text is empty", all_.text = "");
        REFUSED(EINVAL, "text is missing", all_.text = NULL);
        REFUSED(EINVAL, "absent is empty", all_.absent = "");
        REFUSED(EINVAL, "sources is missing", all_.sources.count = 0);
}

TEST(sources_are_checked_one_by_one)
{
        static const char *const bad[] = {"/a", "b", NULL};

        REFUSED(EINVAL, "sources \"b\" is not an absolute path", all_.sources.items = bad);
}

TEST(numbers_that_are_refused)
{
        REFUSED(EINVAL, "mode 010000 is not a mode", all_.mode = 010000);
        REFUSED(EINVAL, "mode 037777777777 is not a mode", all_.mode = UINT32_MAX);
        REFUSED(EINVAL, "flags has unknown bits 0x2", all_.flags = 7);
        REFUSED(EINVAL, "flags has unknown bits 0x80000000", all_.flags = 0x80000000);
        REFUSED(EINVAL, "size is negative", all_.size = -1);
        REFUSED(EINVAL, "size is negative", all_.size = INT64_MIN);
}

TEST(bytes_that_are_refused)
{
        REFUSED(E2BIG, "bytes", all_.bytes.size = TEXT_ABSENT);
        REFUSED(E2BIG, "bytes", all_.bytes.size = SIZE_MAX);
        struct all all = sample();
        struct pinfold_error err;

        all.bytes = (struct bytes){NULL, 1};
        assert_int_equal(record_check(&record_all, &all, &err), -EINVAL);
        assert_string_equal(err.text, "bytes is missing");
}

TEST(longest_paths_and_names)
{
        char path[PATH_MAX + 1], component[NAME_MAX + 2];
        struct pinfold_error err;
        struct all all = sample();

        memset(path, 'a', sizeof(path));
        memset(component, 'c', sizeof(component));
        path[0] = '/';
        path[PATH_MAX - 1] = '\0';
        component[NAME_MAX] = '\0';
        all.source = all.target = path;
        all.component = component;
        assert_int_equal(record_check(&record_all, &all, &err), 0);

        component[NAME_MAX] = 'c';
        component[NAME_MAX + 1] = '\0';
        assert_int_equal(record_check(&record_all, &all, &err), -ENAMETOOLONG);
        assert_int_equal(strncmp(err.text, "component \"ccc", 14), 0);
        all.component = "c";

        path[PATH_MAX - 1] = 'a';
        path[PATH_MAX] = '\0';
        assert_int_equal(record_check(&record_all, &all, &err), -ENAMETOOLONG);
        assert_int_equal(strncmp(err.text, "source \"/aaa", 12), 0);
        assert_true(strlen(err.text) < 100);
}

TEST(dots_that_lead_nowhere_else)
{
        static const char *const fine[] = {"/", "//", "/.", "/...", "/..a", "/a..", "/a..b", "/.../..b", "/a/.../b"};
        struct pinfold_error err;

        for (size_t i = 0; i < ELEMENTS(fine); i++)
                assert_int_equal(check_path("target", fine[i], true, &err), 0);
        assert_int_equal(check_path("source", "/../..", false, &err), 0);
        assert_int_equal(check_path("target", "/../..", true, &err), -EINVAL);
        assert_int_equal(check_path("target", "/...../..", true, &err), -EINVAL);
}

TEST(unknown_kind_is_refused)
{
        static const struct field field = {"odd", (enum field_kind)99, 0, false, NULL, 0};
        static const struct record record = {sizeof(struct all), &field, 1};
        struct reader reader = {(const uint8_t *)"abcd", 4, 0};
        struct pinfold_error err;
        struct all all = sample();

        assert_int_equal(record_check(&record, &all, &err), -EINVAL);
        assert_int_equal(record_decode(&record, &reader, &all, &err), -EBADMSG);
}

TEST(reading_numbers)
{
        struct guarded copy = guarded_copy("\x01\0\0\0\x02\0", 6);
        struct reader reader = {copy.data, copy.size, 0};
        uint32_t number = 7;

        assert_int_equal(reader_u32(&reader, &number), 0);
        assert_int_equal(number, 1);
        assert_int_equal(reader_u32(&reader, &number), -EBADMSG);
        assert_int_equal(number, 1);
        assert_int_equal(reader.at, 4);
        guarded_free(&copy);
}

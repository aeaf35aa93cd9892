/* SPDX-License-Identifier: MIT */
/*
 * ops/text.h: operations as text. What a text means is compared with what the public function of the operation, called
 * with the same values, appends.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "base/cleanup.h"
#include "ops/list.h"
#include "ops/text.h"

/* The sink is the first member of a container, see struct op_sink. */
static struct pinfold *as_box(struct op_sink *sink)
{
        return (struct pinfold *)sink;
}

static void same(const struct op *op, const char *text, struct op_sink *expected, int r)
{
        struct op_sink sink = {0};
        struct pinfold_error err;

        assert_int_equal(r, 0);
        if (op_add_text(&sink, op, text, &err) < 0)
                fail_msg("%s: %s", text, err.text);
        assert_int_equal(sink.count, 1);
        if (sink.ops.size != expected->ops.size || memcmp(sink.ops.data, expected->ops.data, sink.ops.size) != 0)
                fail_msg("%s means something else", text);
        buffer_free(&sink.ops);
        buffer_free(&expected->ops);
        *expected = (struct op_sink){0};
}

static void refused(const struct op *op, const char *text, int error, const char *message)
{
        struct op_sink sink = {.count = 4};
        struct pinfold_error err;

        memset(&err, 'X', sizeof(err));
        assert_int_equal(op_add_text(&sink, op, text, &err), -error);
        assert_string_equal(err.text, message);
        assert_int_equal(err.error, error);
        assert_int_equal(err.stage, PINFOLD_STAGE_CONFIGURE);
        assert_int_equal(err.fatal, 0);
        assert_int_equal(err.op_index, 4);
        assert_string_equal(err.op_name, op->option.name);
        /* Reported, and neither kept nor half done. */
        assert_int_equal(sink.failure.error, 0);
        assert_int_equal(sink.count, 4);
        assert_int_equal(sink.ops.size, 0);
}

/* ---- What texts mean -------------------------------------------------------------------------------------------- */

TEST(bind)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);
        unsigned all = PINFOLD_BIND_WRITABLE | PINFOLD_BIND_DEVICE | PINFOLD_BIND_OPTIONAL | PINFOLD_BIND_PROPAGATE;

        same(&op_bind, "/a:/b", &sink, pinfold_bind(box, "/a", "/b", 0));
        same(&op_bind, "/a", &sink, pinfold_bind(box, "/a", "/a", 0));
        same(&op_bind, "/a:", &sink, pinfold_bind(box, "/a", "/a", 0));
        same(&op_bind, "/a::writable", &sink, pinfold_bind(box, "/a", "/a", PINFOLD_BIND_WRITABLE));
        same(&op_bind, "/a:/b:ensure", &sink, pinfold_bind(box, "/a", "/b", PINFOLD_BIND_ENSURE));
        same(&op_bind, "/a:/b:writable,device,optional,propagate", &sink, pinfold_bind(box, "/a", "/b", all));
        same(&op_bind, "/a:/b:writable,writable", &sink, pinfold_bind(box, "/a", "/b", PINFOLD_BIND_WRITABLE));
}

TEST(escapes)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        same(&op_bind, "/a\\:b:/c", &sink, pinfold_bind(box, "/a:b", "/c", 0));
        same(&op_bind, "/a\\\\:/c", &sink, pinfold_bind(box, "/a\\", "/c", 0));
        same(&op_bind, "/a\\b:/c", &sink, pinfold_bind(box, "/ab", "/c", 0));
        same(&op_bind, "/a,b:/c=d", &sink, pinfold_bind(box, "/a,b", "/c=d", 0));
        same(&op_bind, "/a:/b\\", &sink, pinfold_bind(box, "/a", "/b\\", 0)); /* nothing is left to escape */
        same(&op_place, "/a:text=x\\,y:z\\\\", &sink, pinfold_place(box, "/a", "x,y:z\\", 6));
        same(&op_place, "/a:text=\\text=", &sink, pinfold_place(box, "/a", "text=", 5));
        same(&op_symlink, "../\\:x:/b", &sink, pinfold_symlink(box, "../:x", "/b", 0));
}

TEST(sizes_and_modes)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        same(&op_tmpfs, "/t", &sink, pinfold_tmpfs(box, "/t", 0, 0755));
        same(&op_tmpfs, "/t:size=64M,mode=1777", &sink, pinfold_tmpfs(box, "/t", 64 << 20, 01777));
        same(&op_tmpfs, "/t:mode=01777", &sink, pinfold_tmpfs(box, "/t", 0, 01777));
        same(&op_tmpfs, "/t:mode=0", &sink, pinfold_tmpfs(box, "/t", 0, 0));
        refused(&op_tmpfs, "/t:size=1,size=2", EINVAL, "tmpfs: size is given twice");
        same(&op_readonly, "/r", &sink, pinfold_readonly(box, "/r", 0755));
        same(&op_readonly, "/r:mode=711", &sink, pinfold_readonly(box, "/r", 0711));
        same(&op_mkdir, "/m", &sink, pinfold_mkdir(box, "/m", 0755));
        same(&op_mkdir, "/m:mode=700", &sink, pinfold_mkdir(box, "/m", 0700));
}

TEST(overlay)
{
        const char *one[] = {"/a", NULL}, *two[] = {"/a", "/b,c:d", NULL};
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        same(&op_overlay, "/o:lower=/a,lower=/b\\,c:d", &sink, pinfold_overlay(box, "/o", two, NULL, NULL, 0));
        same(&op_overlay, "/o:lower=/a,ephemeral", &sink,
             pinfold_overlay(box, "/o", one, NULL, NULL, PINFOLD_OVERLAY_EPHEMERAL));
        same(&op_overlay, "/o:work=/w,lower=/a,upper=/u", &sink, pinfold_overlay(box, "/o", one, "/u", "/w", 0));
}

TEST(the_others)
{
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);

        same(&op_proc, "/proc", &sink, pinfold_proc(box, "/proc"));
        same(&op_dev, "/dev", &sink, pinfold_dev(box, "/dev", 0));
        same(&op_dev, "/dev:mqueue,writable", &sink,
             pinfold_dev(box, "/dev", PINFOLD_DEV_MQUEUE | PINFOLD_DEV_WRITABLE));
        same(&op_symlink, "/a:/b:dereference", &sink, pinfold_symlink(box, "/a", "/b", PINFOLD_SYMLINK_DEREFERENCE));
        same(&op_remount, "/r:ro,nosuid,nodev,recursive", &sink, pinfold_remount(box, "/r", 15));
        same(&op_remount, "/r", &sink, pinfold_remount(box, "/r", 0));
        same(&op_etc, "/etc", &sink, pinfold_etc(box, "/etc", NULL));
        same(&op_etc, "/etc:prefix=x", &sink, pinfold_etc(box, "/etc", "x"));
        same(&op_root, "/:writable", &sink, pinfold_root(box, "/", PINFOLD_BIND_WRITABLE));
        same(&op_place, "/p:text=", &sink, pinfold_place(box, "/p", "", 0));
}

TEST(place_from_a_file)
{
        char path[] = "/tmp/pinfold-text-XXXXXX", text[64];
        struct op_sink sink = {0};
        struct pinfold *box = as_box(&sink);
        size_t size = 100000;
        _cleanup_free_ char *content = malloc(size);
        _cleanup_close_ int fd = mkstemp(path);

        assert_true(fd >= 0 && content);
        for (size_t i = 0; i < size; i++)
                content[i] = (char)(i * 7);
        assert_int_equal(write(fd, content, size), size);
        snprintf(text, sizeof(text), "/p:from=%s", path);
        same(&op_place, text, &sink, pinfold_place(box, "/p", content, size));
        assert_int_equal(ftruncate(fd, 0), 0);
        same(&op_place, text, &sink, pinfold_place(box, "/p", "", 0));
        unlink(path);
}

/* ---- What is refused, and how ----------------------------------------------------------------------------------- */

TEST(missing_pieces)
{
        refused(&op_symlink, "/a", EINVAL, "symlink: target is missing; it takes LINKNAME:DEST[:FLAGS]");
        refused(&op_symlink, "/a:", EINVAL, "symlink: target \"\" is not an absolute path");
        refused(&op_bind, "", EINVAL, "bind: source \"\" is not an absolute path");
        refused(&op_bind, ":/b", EINVAL, "bind: source \"\" is not an absolute path");
        refused(&op_bind, "a:/b", EINVAL, "bind: source \"a\" is not an absolute path");
        refused(&op_bind, "a", EINVAL, "bind: source \"a\" is not an absolute path");
        refused(&op_bind, "/a/..", EINVAL, "bind: target \"/a/..\" contains \"..\"");
        refused(&op_place, "/p", EINVAL, "place: content is missing; it takes DEST:from=FILE|text=TEXT[,mode=MODE][,FLAGS]");
        refused(&op_overlay, "/o", EINVAL, "overlay: lower is missing");
        refused(&op_overlay, "/o:lower=/a", EINVAL, "overlay: a read-only overlay needs at least two lowers");
        refused(&op_overlay, "/o:lower=", EINVAL, "overlay: lower \"\" is not an absolute path");
        refused(&op_etc, "/etc:prefix=", EINVAL, "etc: prefix \"\" is not one path component");
}

TEST(unknown_words)
{
        refused(&op_bind, "/a:/b:rw", EINVAL,
                "bind: unknown option \"rw\"; known are writable, device, optional, ensure, propagate, no-symlinks, proc");
        refused(&op_bind, "/a:/b:writable=1", EINVAL,
                "bind: unknown option \"writable=1\"; known are writable, device, optional, ensure, propagate, no-symlinks, proc");
        refused(&op_bind, "/a:/b:writable,", EINVAL,
                "bind: unknown option \"\"; known are writable, device, optional, ensure, propagate, no-symlinks, proc");
        refused(&op_bind, "/a:/b:", EINVAL,
                "bind: unknown option \"\"; known are writable, device, optional, ensure, propagate, no-symlinks, proc");
        refused(&op_bind, "/a:/b:device:writable", EINVAL,
                "bind: unknown option \"device:writable\"; known are writable, device, optional, ensure, propagate, no-symlinks, proc");
        refused(&op_proc, "/proc:ro", EINVAL, "proc: unexpected \"ro\": it takes no options");
        refused(&op_tmpfs, "/t:1777", EINVAL, "tmpfs: unknown option \"1777\"; known are size=, mode=");
        refused(&op_tmpfs, "/t:sizes=1", EINVAL, "tmpfs: unknown option \"sizes=1\"; known are size=, mode=");
        refused(&op_tmpfs, "/t:siz=1", EINVAL, "tmpfs: unknown option \"siz=1\"; known are size=, mode=");
        refused(&op_tmpfs, "/t:size", EINVAL, "tmpfs: unknown option \"size\"; known are size=, mode=");
        refused(&op_tmpfs, "/t:target=/x", EINVAL, "tmpfs: unknown option \"target=/x\"; known are size=, mode=");
        refused(&op_place, "/p:content=x", EINVAL, "place: unknown option \"content=x\"; known are from=, text=, mode=, writable, copy");
        refused(&op_overlay, "/o:low=/a", EINVAL,
                "overlay: unknown option \"low=/a\"; known are lower=, upper=, work=, ephemeral");
        refused(&op_remount, "/r:rw", EINVAL,
                "remount: unknown option \"rw\"; known are ro, nodev, nosuid, recursive");
        refused(&op_mkdir, "/m:flags=1", EINVAL, "mkdir: unknown option \"flags=1\"; known are mode=");
        refused(&op_dev, "/dev:flags=1", EINVAL, "dev: unknown option \"flags=1\"; known are mqueue, writable");
        refused(&op_etc, "/etc:x", EINVAL, "etc: unknown option \"x\"; known are prefix=");
}

TEST(wrong_values)
{
        static const char *const modes[] = {"", "8", "0x1f", "-1", "rwx", "1 ", " 1", "+1", "40000000000"};
        static const char *const sizes[] = {"",   "M",  "-1", "1MM", "1P", "0x10", " 1", "+1",
                                            "1 ", "1.5G", "9223372036854775808", "8388608T"};
        char text[64], message[128];

        for (size_t i = 0; i < ELEMENTS(modes); i++) {
                snprintf(text, sizeof(text), "/m:mode=%s", modes[i]);
                snprintf(message, sizeof(message), "mkdir: mode=%s is not an octal mode", modes[i]);
                refused(&op_mkdir, text, EINVAL, message);
        }
        for (size_t i = 0; i < ELEMENTS(sizes); i++) {
                snprintf(text, sizeof(text), "/t:size=%s", sizes[i]);
                snprintf(message, sizeof(message), "tmpfs: size=%s is not a size, such as 64M", sizes[i]);
                refused(&op_tmpfs, text, EINVAL, message);
        }
        refused(&op_mkdir, "/m:mode=10000", EINVAL, "mkdir: mode 010000 is not a mode");
        refused(&op_tmpfs, "/t:size=70000T", EINVAL, "tmpfs: size is absurd");
}

TEST(contents_that_are_refused)
{
        /* Its length would be that of the other content. */
        refused(&op_place, "/p:text=a long text,content=x", EINVAL,
                "place: unknown option \"content=x\"; known are from=, text=, mode=, writable, copy");
        refused(&op_place, "/p:text=a,text=b", EINVAL, "place: content is given twice");
        refused(&op_place, "/p:text=,text=", EINVAL, "place: content is given twice");
        refused(&op_place, "/p:text=a,from=/dev/null", EINVAL, "place: content is given twice");
        refused(&op_place, "/p:from=/nonexistent/file", ENOENT, "place: open /nonexistent/file");
        refused(&op_place, "/p:from=/", EISDIR, "place: read /");
        refused(&op_place, "/p:from=", ENOENT, "place: open ");
}

/* An operation whose words did not fit into the message would write past it. */
TEST(known_words_of_all_fit)
{
        for (size_t i = 0; i < op_count; i++) {
                const struct op *op = op_list[i];
                struct op_sink sink = {0};
                struct pinfold_error err;
                const char *text = op->positional == 2 ? "/a:/b:nonsense" : "/a:nonsense";

                assert_int_equal(op_add_text(&sink, op, text, &err), -EINVAL);
                for (size_t j = op->positional; j < op->record.count; j++)
                        for (const struct word *word = op->record.fields[j].words; word && word->name; word++)
                                assert_non_null(strstr(err.text, word->name));
        }
}

/* SRC[:DEST[:FLAGS]]: as many pieces as the parser reads, and every NAME= that it knows. */
TEST(arguments_and_records_agree)
{
        for (size_t i = 0; i < op_count; i++) {
                const struct op *op = op_list[i];
                size_t colons = 0;

                for (const char *at = op->option.argument; *at; at++)
                        colons += *at == ':';
                assert_int_equal(colons, op->positional - 1 + (op->record.count > op->positional));
                for (size_t j = op->positional; j < op->record.count; j++) {
                        char name[32];

                        if (op->record.fields[j].kind == FIELD_FLAGS || op->record.fields[j].kind == FIELD_BYTES ||
                            op->record.fields[j].kind == FIELD_U64)
                                continue;
                        snprintf(name, sizeof(name), "%s=", op->record.fields[j].name);
                        assert_non_null(strstr(op->option.argument, name));
                }
        }
}

/* ---- Pieces and numbers ----------------------------------------------------------------------------------------- */

TEST(pieces)
{
        static const char *const expected[] = {"a", "", "b:c", "d\\e", "f\\"};
        const char *text = "a::b\\:c:d\\\\e:f\\";

        for (size_t i = 0; i < ELEMENTS(expected); i++) {
                _cleanup_free_ char *piece = NULL;

                assert_non_null(text);
                piece = text_piece(&text, ':');
                assert_string_equal(piece, expected[i]);
        }
        assert_null(text);
}

TEST(numbers)
{
        uint32_t small = 7;
        int64_t size = 7;

        assert_int_equal(text_u32("4294967295", 10, &small), 0);
        assert_int_equal(small, UINT32_MAX);
        assert_int_equal(text_u32("4294967296", 10, &small), -EINVAL);
        assert_int_equal(text_u32("99999999999999999999999", 10, &small), -EINVAL);
        assert_int_equal(text_u32("a", 10, &small), -EINVAL);
        assert_int_equal(text_u32("1a", 10, &small), -EINVAL);
        assert_int_equal(text_u32("", 10, &small), -EINVAL);
        assert_int_equal(small, UINT32_MAX);
        assert_int_equal(text_size("9223372036854775807", &size), 0);
        assert_true(size == INT64_MAX);
        assert_int_equal(text_size("8388607T", &size), 0);
        assert_true(size == INT64_C(8388607) << 40);
        assert_int_equal(text_size("2k", &size), 0);
        assert_true(size == 2048);
        assert_int_equal(text_size("0", &size), 0);
        assert_true(size == 0);
}

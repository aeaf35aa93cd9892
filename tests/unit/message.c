/* SPDX-License-Identifier: MIT */
/* wire/message.h: the records that library and init exchange. */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <stdbool.h>

#include <pinfold/container.h>

#include "base/cleanup.h"
#include "guarded.h"
#include "wire/message.h"

static const char *const args[] = {"sh", "-c", "", NULL};
static const char *const env[] = {"A=1", NULL};

static struct setup sample(void)
{
        return (struct setup){
                .program.path = "sh",
                .program.search = "/bin:/usr/bin",
                .program.args = {args, 3},
                .program.env = {env, 1},
                .program.dir = "/tmp",
                .hostname = "host",
                .uid = 1000,
                .gid = 100,
                .flags = PINFOLD_FORWARD_CANCEL | PINFOLD_VERBOSE,
                .cancel_signal = 15,
                .program.streams = 7,
                .host = SETUP_DROP_GROUPS | SETUP_MASK_PROC | SETUP_FOREGROUND | SETUP_SHELF | SETUP_JOINED | SETUP_JOINED_PID | SETUP_ENTER,
                .parent_perm = 0755,
                .adopt_wait_delay = INT64_MAX,
                .wait_delay = -1,
                .uid_map = "1000 0 1",
                .gid_map = "100 0 1",
                .filter = {"12345678", 8},
                .ops = {"ops", 3},
                .op_count = 1,
        };
}

/*
 * Decodes what was encoded, encodes that again, and compares: what is lost on the way, or exchanged with another field
 * of another kind, would show.
 */
static void round_trip(const struct record *record, const void *object, void *room)
{
        struct buffer first = {0}, second = {0};
        struct pinfold_error err;
        struct guarded copy;
        struct reader reader;

        record_encode(record, object, &first);
        assert_int_equal(first.error, 0);
        for (size_t size = 0; size < first.size; size++) {
                copy = guarded_copy(first.data, size);
                reader = (struct reader){copy.data, size, 0};
                assert_int_equal(record_decode(record, &reader, room, &err), -EBADMSG);
                record_free(record, room);
                guarded_free(&copy);
        }
        copy = guarded_copy(first.data, first.size);
        reader = (struct reader){copy.data, copy.size, 0};
        if (record_decode(record, &reader, room, &err) < 0)
                fail_msg("%s", err.text);
        assert_int_equal(reader.at, first.size);
        record_encode(record, room, &second);
        assert_int_equal(second.size, first.size);
        assert_memory_equal(second.data, first.data, first.size);
        record_free(record, room);
        guarded_free(&copy);
        buffer_free(&first);
        buffer_free(&second);
}

TEST(setup_survives)
{
        struct setup setup = sample(), room;

        round_trip(&record_setup, &setup, &room);
        round_trip(&record_program, &setup.program, &room.program);
        setup.program.search = setup.hostname = setup.uid_map = setup.gid_map = NULL;
        setup.program.env = (struct texts){NULL, 0};
        setup.filter = (struct bytes){NULL, 0};
        round_trip(&record_setup, &setup, &room);
        round_trip(&record_program, &setup.program, &room.program);
}

TEST(setup_fields_keep_their_places)
{
        struct setup setup = sample(), got;
        struct buffer buffer = {0};
        struct reader reader;
        struct pinfold_error err;

        record_encode(&record_setup, &setup, &buffer);
        record_encode(&record_program, &setup.program, &buffer);
        reader = (struct reader){buffer.data, buffer.size, 0};
        assert_int_equal(record_decode(&record_setup, &reader, &got, &err), 0);
        assert_int_equal(record_decode(&record_program, &reader, &got.program, &err), 0);
        assert_string_equal(got.program.path, "sh");
        assert_string_equal(got.program.search, "/bin:/usr/bin");
        assert_int_equal(got.program.args.count, 3);
        assert_string_equal(got.program.env.items[0], "A=1");
        assert_string_equal(got.program.dir, "/tmp");
        assert_string_equal(got.hostname, "host");
        assert_int_equal(got.uid, 1000);
        assert_int_equal(got.gid, 100);
        assert_int_equal(got.flags, PINFOLD_FORWARD_CANCEL | PINFOLD_VERBOSE);
        assert_int_equal(got.cancel_signal, 15);
        assert_int_equal(got.program.streams, 7);
        assert_int_equal(got.parent_perm, 0755);
        assert_true(got.adopt_wait_delay == INT64_MAX && got.wait_delay == -1);
        assert_string_equal(got.uid_map, "1000 0 1");
        assert_string_equal(got.gid_map, "100 0 1");
        assert_int_equal(got.filter.size, 8);
        assert_int_equal(got.ops.size, 3);
        assert_int_equal(got.op_count, 1);
        record_free(&record_program, &got.program);
        buffer_free(&buffer);
}

TEST(setup_knows_every_flag_and_no_other)
{
        unsigned flags[] = {PINFOLD_FORWARD_CANCEL, PINFOLD_RETAIN_SESSION, PINFOLD_HOST_NET,   PINFOLD_HOST_ABSTRACT,
                            PINFOLD_NESTED,         PINFOLD_PRIVILEGED,     PINFOLD_NO_SECCOMP, PINFOLD_VERBOSE,
                            PINFOLD_HOST_IPC,       PINFOLD_HOST_UTS,       PINFOLD_HOST_CGROUP, PINFOLD_RETAIN_GROUP,
                            PINFOLD_HOST_PID,       PINFOLD_AS_PID_1,       PINFOLD_OUTLIVE,     PINFOLD_MAPPED,
                            PINFOLD_HOST_SIGNALS};
        struct setup setup = sample();
        struct pinfold_error err;
        unsigned known = 0;

        for (size_t i = 0; i < ELEMENTS(flags); i++)
                known |= flags[i];
        setup.flags = known;
        assert_int_equal(record_check(&record_setup, &setup, &err), 0);
        for (unsigned bit = 1; bit; bit <<= 1) {
                setup.flags = bit;
                assert_int_equal(record_check(&record_setup, &setup, &err), bit & known ? 0 : -EINVAL);
        }
        setup = sample();
        setup.program.streams = 8;
        assert_int_equal(record_check(&record_program, &setup.program, &err), -EINVAL);
        setup = sample();
        setup.host = 256;
        assert_int_equal(record_check(&record_setup, &setup, &err), -EINVAL);
}

TEST(setup_needs_program_and_directory)
{
        struct setup setup = sample();
        struct pinfold_error err;

        setup.program.path = NULL;
        assert_int_equal(record_check(&record_program, &setup.program, &err), -EINVAL);
        assert_string_equal(err.text, "path is missing");
        setup = sample();
        setup.program.args.count = 0;
        assert_int_equal(record_check(&record_program, &setup.program, &err), -EINVAL);
        assert_string_equal(err.text, "args is missing");
        setup = sample();
        setup.program.dir = "tmp";
        assert_int_equal(record_check(&record_program, &setup.program, &err), -EINVAL);
        setup.program.dir = "/..";
        assert_int_equal(record_check(&record_program, &setup.program, &err), -EINVAL);
        setup = sample();
        setup.parent_perm = 010000;
        assert_int_equal(record_check(&record_setup, &setup, &err), -EINVAL);
}

TEST(created_survives_and_names_one_component)
{
        struct created created = {"name", UINT64_MAX, 1, 1}, room;
        struct pinfold_error err;

        round_trip(&record_created, &created, &room);
        created.name = "a/b";
        assert_int_equal(record_check(&record_created, &created, &err), -EINVAL);
        created.name = "..";
        assert_int_equal(record_check(&record_created, &created, &err), -EINVAL);
        created.name = NULL;
        assert_int_equal(record_check(&record_created, &created, &err), -EINVAL);
}

TEST(ended_survives)
{
        struct ended ended = {1, 2, 3, 4, 5}, room;

        round_trip(&record_ended, &ended, &room);
}

TEST(report_survives)
{
        struct report report = {1, 2, UINT32_MAX, "bind", "/path", "text"}, room;

        round_trip(&record_report, &report, &room);
        report.op_name = report.path = report.text = NULL;
        round_trip(&record_report, &report, &room);
}

/* Both ends are one build, but a core dump or a trace should be readable with another one's header. */
TEST(packet_types_are_stable)
{
        assert_int_equal(PACKET_SETUP, 1);
        assert_int_equal(PACKET_CHUNK, 2);
        assert_int_equal(PACKET_FILES, 3);
        assert_int_equal(PACKET_SIGNAL, 4);
        assert_int_equal(PACKET_CANCEL, 5);
        assert_int_equal(PACKET_LOG, 6);
        assert_int_equal(PACKET_CREATED, 7);
        assert_int_equal(PACKET_ERROR, 8);
        assert_int_equal(PACKET_EXECUTED, 9);
        assert_int_equal(PACKET_ENDED, 10);
        assert_int_equal(sizeof(struct setup_head), 16);
}

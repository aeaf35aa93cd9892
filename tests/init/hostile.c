/* SPDX-License-Identifier: MIT */
/*
 * The real pinfold-init, as PID 1, told things that libpinfold would never say: every message ends in an error or in a
 * container, none in a crash or a hang.
 */
#define _GNU_SOURCE

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pinfold/pinfold.h>

#include "base/cleanup.h"
#include "init/victim.h"
#include "ops/op.h"
#include "syscall/process.h"

#ifdef __SANITIZE_ADDRESS__
#define MUTATIONS 500 /* each takes twenty times as long; with fewer it may be that none was executed */
#define STEP 71
#else
#define MUTATIONS 2000
#define STEP 1
#endif

/* ---- What must happen ------------------------------------------------------------------------------------------- */

static void expect_error(struct victim *victim, int stage, int error, const char *text)
{
        if (!victim_end(victim))
                fail_msg("it hangs");
        if (!victim->failed)
                fail_msg("no error");
        if (victim->err.stage != stage || victim->err.error != error)
                fail_msg("stage %s, errno %d: %s", pinfold_stage_name(victim->err.stage), victim->err.error,
                         victim->err.text);
        if (text && !strstr(victim->err.text, text))
                fail_msg("%s", victim->err.text);
        assert_int_equal(WEXITSTATUS(victim->wait_status), 1);
}

static void expect_refusal(struct victim *victim, int error, const char *text)
{
        expect_error(victim, PINFOLD_STAGE_RECEIVE, error, text);
}

/* A whole message: the answer to it. */
static struct victim told(const struct setup *setup)
{
        struct buffer message = setup_encode(setup);
        struct victim victim = victim_start();

        victim_send_message(&victim, message.data, message.size);
        buffer_free(&message);
        return victim;
}

/* Sends one packet to a fresh init, after a good head for 100 bytes and 2 descriptors if `announced`. */
static struct victim told_packet(bool announced, const void *packet, size_t size, size_t files)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, 100, 2};
        struct victim victim = victim_start();
        int zeros[16] = {0};

        if (announced)
                assert_int_equal(victim_send(&victim, &head, sizeof(head), NULL, 0), 0);
        assert_int_equal(victim_send(&victim, packet, size, zeros, files), 0);
        return victim;
}

/* So that the tests below can tell: unchanged, the message makes a container. */
TEST(the_message_works)
{
        struct setup setup = setup_sample();
        struct victim victim = told(&setup);

        if (!victim_end(&victim))
                fail_msg("it hangs");
        if (victim.failed)
                fail_msg("%s", victim.err.text);
        assert_true(victim.executed && victim.has_ended);
        assert_int_equal(victim.ended.status, 0);
}

/* ---- Packets ---------------------------------------------------------------------------------------------------- */

TEST(head_twice)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, 100, 2};
        struct victim victim = told_packet(true, &head, sizeof(head), 0);

        expect_refusal(&victim, EBADMSG, "announced twice");
}

TEST(heads_that_announce_too_much)
{
        static const struct {
                uint32_t version, size, files;
                int error;
        } heads[] = {
                {MESSAGE_VERSION + 1, 100, 0, EPROTO},
                {0, 100, 0, EPROTO},
                {MESSAGE_VERSION, 0, 0, EBADMSG},
                {MESSAGE_VERSION, MESSAGE_LIMIT + 1, 0, EBADMSG},
                {MESSAGE_VERSION, UINT32_MAX, 0, EBADMSG},
                {MESSAGE_VERSION, 100, MESSAGE_FILES + 1, EBADMSG},
                {MESSAGE_VERSION, 100, UINT32_MAX, EBADMSG},
        };

        for (size_t i = 0; i < ELEMENTS(heads); i++) {
                struct setup_head head = {PACKET_SETUP, heads[i].version, heads[i].size, heads[i].files};
                struct victim victim = told_packet(false, &head, sizeof(head), 0);

                expect_refusal(&victim, heads[i].error, NULL);
        }
}

TEST(the_largest_announcement_waits_for_its_bytes)
{
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION, MESSAGE_LIMIT, MESSAGE_FILES};
        struct victim victim = told_packet(false, &head, sizeof(head), 0);

        victim_hang_up(&victim);
        assert_true(victim_end(&victim));
        assert_int_equal(WEXITSTATUS(victim.wait_status), 1);
}

TEST(packets_out_of_order)
{
        uint32_t chunk[2] = {PACKET_CHUNK, 0}, files = PACKET_FILES, types[] = {0, 6, 7, 8, 9, 10, 11, UINT32_MAX};
        struct victim victim = told_packet(false, chunk, sizeof(chunk), 0);

        expect_refusal(&victim, EBADMSG, "4 bytes that were not announced");
        victim = told_packet(false, &files, sizeof(files), 1);
        expect_refusal(&victim, EBADMSG, "1 descriptors that were not announced");
        victim = told_packet(true, &files, sizeof(files), 3);
        expect_refusal(&victim, EBADMSG, "3 descriptors that were not announced");
        victim = told_packet(true, chunk, sizeof(chunk), 1);
        expect_refusal(&victim, EBADMSG, "descriptors with a packet of type 2");
        victim = told_packet(true, "abc", 3, 0);
        expect_refusal(&victim, EBADMSG, "packet of 3 bytes");
        for (size_t i = 0; i < ELEMENTS(types); i++) {
                victim = told_packet(i % 2, &types[i], 4, 0);
                expect_refusal(&victim, EBADMSG, "unknown type");
        }
}

TEST(packets_that_are_too_long)
{
        static uint8_t packet[MESSAGE_CHUNK + 1] = {PACKET_CHUNK};
        struct victim victim = told_packet(true, packet, sizeof(packet), 0);

        expect_refusal(&victim, EMSGSIZE, NULL);
        victim = told_packet(true, packet, 4 + 101, 0);
        expect_refusal(&victim, EBADMSG, "101 bytes that were not announced");
}

TEST(signals_that_are_none)
{
        static const uint32_t numbers[] = {0, 65, 1u << 31, UINT32_MAX};

        for (size_t i = 0; i < ELEMENTS(numbers); i++) {
                uint32_t packet[2] = {PACKET_SIGNAL, numbers[i]};
                struct victim victim = told_packet(i % 2, packet, sizeof(packet), 0);

                expect_refusal(&victim, EBADMSG, "signal");
        }
}

TEST(cancelled_at_any_moment)
{
        uint32_t cancel = PACKET_CANCEL;

        for (int announced = 0; announced < 2; announced++) {
                struct victim victim = told_packet(announced, &cancel, sizeof(cancel), 0);

                assert_true(victim_end(&victim));
                assert_true(victim.has_ended && victim.ended.cancelled && !victim.failed);
        }
}

TEST(hung_up_at_any_moment)
{
        struct victim victim = victim_start();
        struct buffer message = setup_message();

        victim_hang_up(&victim);
        assert_true(victim_end(&victim));
        for (size_t i = 0; i < 20; i++) {
                victim = victim_start();
                victim_send_message(&victim, message.data, message.size);
                usleep((useconds_t)(i * 400));
                victim_hang_up(&victim);
                assert_true(victim_end(&victim));
        }
        buffer_free(&message);
}

/* ---- Messages --------------------------------------------------------------------------------------------------- */

TEST(cut_anywhere)
{
        struct buffer message = setup_message();

        for (size_t size = 1; size < message.size; size += STEP) {
                struct victim victim = victim_start();

                victim_send_message(&victim, message.data, size);
                expect_refusal(&victim, EBADMSG, NULL);
        }
        buffer_free(&message);
}

TEST(bytes_behind_the_end)
{
        struct buffer message = setup_message();
        struct victim victim = victim_start();

        buffer_append(&message, "x", 1);
        victim_send_message(&victim, message.data, message.size);
        expect_refusal(&victim, EBADMSG, "1 bytes too many");
        buffer_free(&message);
}

/* Operations are decoded in the process that becomes the program. */
TEST(operations_cut_anywhere)
{
        struct setup setup = setup_sample();
        size_t whole = setup.ops.size;

        for (setup.ops.size = 0; setup.ops.size < whole; setup.ops.size += 7 * STEP) {
                struct victim victim = told(&setup);

                expect_error(&victim, PINFOLD_STAGE_PREPARE, EBADMSG, NULL);
        }
}

TEST(operations_that_lie_about_their_number)
{
        struct setup setup = setup_sample();
        uint32_t lies[] = {0, setup.op_count - 1, setup.op_count + 1, UINT32_MAX, 1u << 30};

        for (size_t i = 0; i < ELEMENTS(lies); i++) {
                struct victim victim;

                setup.op_count = lies[i];
                victim = told(&setup);
                expect_error(&victim, PINFOLD_STAGE_PREPARE, EBADMSG, NULL);
        }
}

TEST(unknown_operations)
{
        static const uint32_t numbers[] = {16, 255, 1u << 31, UINT32_MAX};
        struct setup setup = setup_sample();

        setup.op_count = 1;
        for (size_t i = 0; i < ELEMENTS(numbers); i++) {
                struct victim victim;

                setup.ops = (struct bytes){&numbers[i], sizeof(numbers[i])};
                victim = told(&setup);
                expect_error(&victim, PINFOLD_STAGE_PREPARE, EBADMSG, "unknown setup operation");
        }
}

TEST(parameters_that_are_refused)
{
        char name[301], too_many[64];
        struct setup setup = setup_sample();
        struct victim victim;

        setup.adopt_wait_delay = -1;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "adopt_wait_delay is negative");

        setup = setup_sample();
        setup.program.streams = 7;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "3 streams in 0 descriptors");

        setup = setup_sample();
        setup.flags |= PINFOLD_PRIVILEGED;
        setup.host |= SETUP_JOINED;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "privileged in a user namespace of others");

        setup = setup_sample();
        setup.cancel_signal = 65;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "signal 65");

        setup = setup_sample();
        setup.program.held = 1;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "1 descriptors to hold of 0");

        setup = setup_sample();
        setup.flags |= PINFOLD_HOST_PID;
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "a process namespace, or none");

        setup = setup_sample();
        setup.flags = UINT32_MAX;
        victim = told(&setup);
        expect_refusal(&victim, EINVAL, "unknown bits");

        setup = setup_sample();
        setup.filter = (struct bytes){"1234567", 7};
        victim = told(&setup);
        expect_refusal(&victim, EBADMSG, "filter of 7 bytes");

        setup = setup_sample();
        setup.uid_map = "nonsense";
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_MAP_IDS, EINVAL, "/proc/self/uid_map");

        setup = setup_sample();
        setup.uid = 77;
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_MAP_IDS, EINVAL, "become uid 77");

        memset(name, 'h', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        setup = setup_sample();
        setup.hostname = name;
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_HOSTNAME, EINVAL, NULL);

        setup = setup_sample();
        setup.program.dir = "/nowhere";
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_DIRECTORY, ENOENT, "/nowhere");

        setup = setup_sample();
        setup.program.path = "no/where";
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_EXEC, ENOENT, "no/where");

        /* The kernel looks at a filter, not init: it says what it thinks of this one. */
        memset(too_many, 0xff, sizeof(too_many));
        setup = setup_sample();
        setup.filter = (struct bytes){too_many, sizeof(too_many)};
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_SECCOMP, EINVAL, "8 instructions");
}

/* PID 1 has nowhere to put it: the caller did not say that there would be something. */
TEST(a_lock_without_a_shelf)
{
        struct op_sink sink = {0};
        struct pinfold *box = (struct pinfold *)&sink; /* see struct op_sink */
        struct setup setup = setup_sample();
        struct victim victim;

        pinfold_place(box, "/file", "", 0);
        pinfold_lock(box, "/file");
        setup.program.dir = "/";
        setup.ops = (struct bytes){sink.ops.data, sink.ops.size};
        setup.op_count = sink.count;
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_APPLY, EBADMSG, "nowhere to put it");
        setup.host |= SETUP_SHELF;
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_EXEC, ENOENT, "/bin/true");
        buffer_free(&sink.ops);
}

TEST(filters_of_any_length)
{
        size_t size = 8 * 5000;
        _cleanup_free_ char *filter = calloc(1, size);
        struct setup setup = setup_sample();
        struct victim victim;

        assert_non_null(filter);
        setup.filter = (struct bytes){filter, size};
        victim = told(&setup);
        expect_error(&victim, PINFOLD_STAGE_SECCOMP, EINVAL, "5000 instructions");
}

/* ---- Any message ------------------------------------------------------------------------------------------------ */

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
        /* SplitMix64: the same on every machine, so that a seed repeats a run. */
        uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (uint32_t)((z ^ z >> 31) >> 32) % limit;
}

static void mutate(struct buffer *message)
{
        static const uint32_t numbers[] = {0,   1,    2,          3,          4,          8,         16,
                                           255, 4096, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};
        uint8_t *at = message->data + random_below((uint32_t)message->size - 8);

        switch (random_below(6)) {
        case 0:
                *at ^= (uint8_t)(1u << random_below(8));
                return;
        case 1:
                *at = (uint8_t)random_below(256);
                return;
        case 2:
                memcpy(at, &numbers[random_below(ELEMENTS(numbers))], 4);
                return;
        case 3:
                *at = (uint8_t)(*at + random_below(5) - 2);
                return;
        case 4: /* a piece of it again, elsewhere */
                memmove(at, message->data + random_below((uint32_t)message->size - 8), 1 + random_below(8));
                return;
        case 5:
                memset(at, (int)random_below(2) ? '/' : 0, 1 + random_below(8));
                return;
        }
}

static uint64_t first_seed(void)
{
        const char *given = getenv("SEED");
        uint64_t first = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

        print_message("# SEED=%" PRIu64 "\n", first);
        return first;
}

/* SEED=N, as a failure prints it, repeats from there. */
TEST(any_mutation)
{
        uint64_t first = first_seed();
        size_t executed = 0, failed = 0;

        for (uint64_t i = 0; i < MUTATIONS; i++) {
                struct buffer message = setup_message();
                struct victim victim = victim_start();

                seed = victim.seed = first + i;
                for (uint32_t count = 1 + random_below(3); count > 0; count--)
                        mutate(&message);
                victim_send_message(&victim, message.data, message.size);
                buffer_free(&message);
                if (!victim_end(&victim))
                        fail_msg("it hangs: SEED=%" PRIu64, first + i);
                executed += victim.executed;
                failed += victim.failed;
        }
        /* Both ways were gone: a test of refusals alone would not get far. */
        assert_true(executed > MUTATIONS / 100 && failed > MUTATIONS / 10);
}

TEST(any_packets)
{
        uint64_t first = first_seed();

        for (uint64_t i = 0; i < MUTATIONS / 10; i++) {
                struct victim victim = victim_start();

                seed = victim.seed = first + i;
                for (uint32_t count = 1 + random_below(20); count > 0; count--) {
                        uint32_t packet[64];
                        int files[4] = {0};

                        for (size_t j = 0; j < ELEMENTS(packet); j++)
                                packet[j] = random_below(2) ? random_below(12) : random_below(UINT32_MAX);
                        packet[1] = random_below(2) ? MESSAGE_VERSION : packet[1];
                        if (victim_send(&victim, packet, 1 + random_below(sizeof(packet)), files, random_below(5)) < 0)
                                break;
                }
                victim_hang_up(&victim);
                if (!victim_end(&victim))
                        fail_msg("it hangs: SEED=%" PRIu64, first + i);
        }
}

/* ---- A program that comes later --------------------------------------------------------------------------------- */

TEST(prepared_and_served)
{
        struct setup setup = setup_sample();
        struct buffer message = {0};
        struct victim victim, later = victim_prepare(&victim, setup);

        record_encode(&record_program, &setup.program, &message);
        victim_send_message(&later, message.data, message.size);
        if (!victim_end(&victim))
                fail_msg("it hangs");
        assert_true(victim.executed && victim.has_ended);
        victim_hang_up(&later);
        buffer_free(&message);
}

TEST(any_program)
{
        uint64_t first = first_seed();
        size_t executed = 0, failed = 0;

        for (uint64_t i = 0; i < MUTATIONS / 5; i++) {
                struct setup setup = setup_sample();
                struct buffer message = {0};
                struct victim victim, later = victim_prepare(&victim, setup);

                seed = victim.seed = first + i;
                record_encode(&record_program, &setup.program, &message);
                for (uint32_t count = 1 + random_below(3); count > 0; count--)
                        mutate(&message);
                victim_send_message(&later, message.data, message.size);
                buffer_free(&message);
                if (!victim_end(&victim))
                        fail_msg("it hangs: SEED=%" PRIu64, first + i);
                executed += victim.executed;
                failed += victim.failed;
                victim_hang_up(&later);
        }
        assert_true(executed > 0 && failed > MUTATIONS / 50);
}

TEST(a_program_in_no_order)
{
        uint32_t cancel = PACKET_CANCEL, unknown = 77;
        struct setup_head head = {PACKET_SETUP, MESSAGE_VERSION + 1, 100, 0};
        const struct {
                const void *packet;
                size_t size;
                int error;
        } wrong[] = {
                {&cancel, sizeof(cancel), EBADMSG}, {&unknown, sizeof(unknown), EBADMSG}, {"x", 1, EBADMSG}, {&head, sizeof(head), EPROTO},
        };

        for (size_t i = 0; i < ELEMENTS(wrong); i++) {
                struct victim victim, later = victim_prepare(&victim, setup_sample());

                assert_int_equal(victim_send(&later, wrong[i].packet, wrong[i].size, NULL, 0), 0);
                expect_refusal(&victim, wrong[i].error, NULL);
                victim_hang_up(&later);
        }
        {
                struct victim victim, later = victim_prepare(&victim, setup_sample());

                /* It waits: PID 1 has that end of the socket, too, and ends when nobody is there any more. */
                victim_hang_up(&later);
                victim_hang_up(&victim);
                assert_true(victim_end(&victim));
                assert_false(victim.executed);
        }
}

/* ---- While a program runs --------------------------------------------------------------------------------------- */

static struct victim running(void)
{
        static const char *const args[] = {"sleep", "60", NULL};
        struct setup setup = setup_sample();
        struct victim victim;

        setup.program.path = "/bin/sleep";
        setup.program.args = (struct texts){args, 2};
        victim = told(&setup);
        if (!victim_listen(&victim) || !victim.executed)
                fail_msg("sleep was not executed: %s", victim.failed ? victim.err.text : "");
        return victim;
}

/* PID 1 still reads commands; everything else it drops, and it keeps none of the descriptors. */
TEST(any_packets_while_the_program_runs)
{
        struct victim victim = running();
        uint32_t terminate[2] = {PACKET_SIGNAL, SIGTERM};
        uint64_t value;
        int file = eventfd(0, EFD_CLOEXEC), ends[2];

        seed = first_seed();
        assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        for (int i = 0; i < 2000; i++) {
                uint32_t packet[64], size;

                for (size_t j = 0; j < ELEMENTS(packet); j++)
                        packet[j] = random_below(2) ? random_below(12) : random_below(UINT32_MAX);
                size = 1 + random_below(sizeof(packet));
                if (packet[0] == PACKET_CANCEL || packet[0] == PACKET_SIGNAL)
                        packet[0] = PACKET_SETUP;
                assert_int_equal(victim_send(&victim, packet, size, &ends[1], random_below(2)), 0);
        }
        /* Only once no copy is left anywhere, the pipe is at its end. */
        close(ends[1]);
        for (int i = 0; i < 500 && read(ends[0], &value, 1) < 0; i++)
                usleep(10000);
        assert_int_equal(read(ends[0], &value, 1), 0);
        assert_int_equal(victim_send(&victim, terminate, sizeof(terminate), NULL, 0), 0);
        assert_true(victim_end(&victim));
        assert_int_equal(victim.ended.status, 128 + SIGTERM);
        close(ends[0]);
        close(file);
}

TEST(commands_while_the_program_runs)
{
        uint32_t cancel = PACKET_CANCEL, wrong[2] = {PACKET_SIGNAL, 65};
        struct victim victim = running();

        assert_int_equal(victim_send(&victim, wrong, sizeof(wrong), NULL, 0), 0);
        assert_int_equal(victim_send(&victim, &cancel, sizeof(cancel), NULL, 0), 0);
        assert_true(victim_end(&victim));
        assert_true(victim.has_ended && victim.ended.cancelled);

        victim = running();
        victim_hang_up(&victim);
        assert_true(victim_end(&victim));
}

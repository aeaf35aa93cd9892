/* SPDX-License-Identifier: MIT */
/* init/receive.h and init/control.h: how PID 1 takes the setup message in, and what it does not take. */
#define _GNU_SOURCE

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pinfold/container.h>

#include "base/cleanup.h"
#include "init/control.h"
#include "init/receive.h"
#include "syscall/socket.h"

static int descriptors(void)
{
        DIR *directory = opendir("/proc/self/fd");
        int count = 0;

        assert_non_null(directory);
        while (readdir(directory))
                count++;
        closedir(directory);
        return count;
}

static struct inbox opened(void)
{
        struct inbox inbox;
        struct pinfold_error err;

        assert_int_equal(inbox_open(&inbox, &err), 0);
        return inbox;
}

static struct setup_head head_of(uint32_t size, uint32_t files)
{
        return (struct setup_head){PACKET_SETUP, MESSAGE_VERSION, size, files};
}

static int take(struct inbox *inbox, const void *packet, size_t size, struct pinfold_error *err)
{
        return inbox_take(inbox, packet, size, NULL, 0, err);
}

static void taken(struct inbox *inbox, const void *packet, size_t size)
{
        struct pinfold_error err;

        if (take(inbox, packet, size, &err) < 0)
                fail_msg("%s", err.text);
}

static void refused(struct inbox *inbox, const void *packet, size_t size, int error, const char *text)
{
        struct pinfold_error err;

        assert_int_equal(take(inbox, packet, size, &err), -error);
        assert_string_equal(err.text, text);
        assert_int_equal(err.error, error);
}

/* A chunk of `size` bytes, each of them `byte`. */
static const void *chunk(size_t size, int byte)
{
        static uint8_t packet[MESSAGE_CHUNK + 64];
        uint32_t type = PACKET_CHUNK;

        memcpy(packet, &type, sizeof(type));
        memset(packet + sizeof(type), byte, size);
        return packet;
}

static int files_packet(struct inbox *inbox, size_t count, struct pinfold_error *err)
{
        uint32_t type = PACKET_FILES;
        int files[SYS_PACKET_FILES];
        int r;

        for (size_t i = 0; i < count; i++) {
                files[i] = eventfd(0, EFD_CLOEXEC);
                assert_true(files[i] >= 0);
        }
        r = inbox_take(inbox, (const uint8_t *)&type, sizeof(type), files, count, err);
        for (size_t i = 0; r < 0 && i < count; i++)
                close(files[i]);
        return r;
}

/* ---- Packet by packet ------------------------------------------------------------------------------------------- */

TEST(pieces_make_a_whole)
{
        struct setup_head head = head_of(100000, 3);
        struct pinfold_error err;
        struct inbox inbox = opened();
        int before = descriptors();

        assert_false(inbox_complete(&inbox));
        taken(&inbox, &head, sizeof(head));
        taken(&inbox, chunk(65532, 'a'), 65536);
        assert_int_equal(files_packet(&inbox, 2, &err), 0);
        taken(&inbox, chunk(34468, 'b'), 34472);
        assert_false(inbox_complete(&inbox));
        assert_int_equal(files_packet(&inbox, 1, &err), 0);
        assert_true(inbox_complete(&inbox));
        assert_int_equal(inbox.data[0], 'a');
        assert_int_equal(inbox.data[65531], 'a');
        assert_int_equal(inbox.data[65532], 'b');
        assert_int_equal(inbox.data[99999], 'b');
        assert_int_equal(descriptors(), before + 3);
        inbox_release(&inbox);
        assert_int_equal(descriptors(), before);
        assert_false(inbox_complete(&inbox));
}

TEST(nothing_before_the_head)
{
        struct pinfold_error err;
        struct inbox inbox = opened();

        refused(&inbox, chunk(1, 'a'), 5, EBADMSG, "1 bytes that were not announced");
        refused(&inbox, chunk(0, 'a'), 4, EBADMSG, "0 bytes that were not announced");
        assert_int_equal(files_packet(&inbox, 1, &err), -EBADMSG);
        assert_string_equal(err.text, "1 descriptors that were not announced");
        inbox_release(&inbox);
}

TEST(heads_that_are_refused)
{
        struct inbox inbox = opened();
        struct setup_head head = head_of(8, 0);

        refused(&inbox, &head, sizeof(head) - 1, EBADMSG, "head of 15 bytes");
        refused(&inbox, &head, 4, EBADMSG, "head of 4 bytes");
        head.version++;
        refused(&inbox, &head, sizeof(head), EPROTO, "version 6, while this pinfold-init speaks 5");
        head = head_of(0, 0);
        refused(&inbox, &head, sizeof(head), EBADMSG, "0 bytes and 0 descriptors announced");
        head = head_of(MESSAGE_LIMIT + 1, 0);
        refused(&inbox, &head, sizeof(head), EBADMSG, "1073741825 bytes and 0 descriptors announced");
        head = head_of(UINT32_MAX, UINT32_MAX);
        refused(&inbox, &head, sizeof(head), EBADMSG, "4294967295 bytes and 4294967295 descriptors announced");
        head = head_of(1, MESSAGE_FILES + 1);
        refused(&inbox, &head, sizeof(head), EBADMSG, "1 bytes and 65537 descriptors announced");
        assert_false(inbox_complete(&inbox));
        inbox_release(&inbox);
}

TEST(head_comes_once)
{
        struct setup_head head = head_of(8, 0);
        struct inbox inbox = opened();

        taken(&inbox, &head, sizeof(head));
        refused(&inbox, &head, sizeof(head), EBADMSG, "announced twice");
        taken(&inbox, chunk(8, 'a'), 12);
        refused(&inbox, &head, sizeof(head), EBADMSG, "announced twice");
        inbox_release(&inbox);
}

TEST(no_more_than_announced)
{
        struct setup_head head = head_of(8, 2);
        struct pinfold_error err;
        struct inbox inbox = opened();

        taken(&inbox, &head, sizeof(head));
        refused(&inbox, chunk(9, 'a'), 13, EBADMSG, "9 bytes that were not announced");
        taken(&inbox, chunk(7, 'a'), 11);
        refused(&inbox, chunk(2, 'a'), 6, EBADMSG, "2 bytes that were not announced");
        assert_int_equal(files_packet(&inbox, 3, &err), -EBADMSG);
        assert_int_equal(files_packet(&inbox, 1, &err), 0);
        assert_int_equal(files_packet(&inbox, 2, &err), -EBADMSG);
        assert_string_equal(err.text, "2 descriptors that were not announced");
        assert_int_equal(files_packet(&inbox, 1, &err), 0);
        assert_int_equal(files_packet(&inbox, 1, &err), -EBADMSG);
        assert_false(inbox_complete(&inbox));
        taken(&inbox, chunk(1, 'a'), 5);
        assert_true(inbox_complete(&inbox));
        inbox_release(&inbox);
}

TEST(packets_that_are_refused)
{
        static const uint32_t types[] = {0, PACKET_LOG, PACKET_CREATED, PACKET_ERROR, PACKET_EXECUTED, PACKET_ENDED, 11,
                                         UINT32_MAX};
        struct inbox inbox = opened();
        char text[64];

        for (size_t i = 0; i < ELEMENTS(types); i++) {
                snprintf(text, sizeof(text), "packet of unknown type %u", types[i]);
                refused(&inbox, &types[i], 4, EBADMSG, text);
        }
        refused(&inbox, "abc", 3, EBADMSG, "packet of 3 bytes");
        refused(&inbox, "", 0, EBADMSG, "packet of 0 bytes");
        inbox_release(&inbox);
}

TEST(the_head_brings_the_first_of_it)
{
        struct {
                struct setup_head head;
                char bytes[9];
        } packet = {head_of(8, 1), "12345678"};
        struct pinfold_error err;
        struct inbox inbox = opened();
        int files[] = {eventfd(0, EFD_CLOEXEC), -1};

        refused(&inbox, &packet, sizeof(packet.head) + 9, EBADMSG, "9 bytes that were not announced");
        inbox_release(&inbox);
        inbox = opened();
        assert_int_equal(inbox_take(&inbox, (const uint8_t *)&packet, sizeof(packet.head), files, 2, &err), -EBADMSG);
        assert_string_equal(err.text, "2 descriptors that were not announced");
        inbox_release(&inbox);
        inbox = opened();
        assert_int_equal(inbox_take(&inbox, (const uint8_t *)&packet, sizeof(packet.head) + 3, files, 1, &err), 0);
        assert_false(inbox_complete(&inbox));
        taken(&inbox, chunk(5, 'x'), 9);
        assert_true(inbox_complete(&inbox));
        assert_memory_equal(inbox.data, "123xxxxx", 8);
        inbox_release(&inbox);
}

TEST(descriptors_do_not_come_with_chunks)
{
        struct setup_head head = head_of(8, 1);
        struct pinfold_error err;
        struct inbox inbox = opened();
        int file = 0;

        taken(&inbox, &head, sizeof(head));
        assert_int_equal(inbox_take(&inbox, chunk(8, 'a'), 12, &file, 1, &err), -EBADMSG);
        assert_int_equal(inbox.filled + inbox.file_count, 0);
        inbox_release(&inbox);
}

/* ---- The whole message ------------------------------------------------------------------------------------------ */

static const char *const args[] = {"true", NULL};

static struct setup sample(void)
{
        return (struct setup){
                .program.path = "/bin/true",
                .program.args = {args, 1},
                .program.dir = "/",
                .parent_perm = 0755,
                .wait_delay = -1,
                .cancel_signal = 2,
                .filter = {"12345678", 8},
                .ops = {"ops", 3},
                .op_count = 1,
        };
}

static int decode(const struct setup *setup, uint32_t files, size_t extra, struct pinfold_error *err)
{
        struct inbox inbox = opened();
        struct buffer buffer = {0};
        struct setup_head head;
        struct setup got;
        int r;

        record_encode(&record_setup, setup, &buffer);
        if (!(setup->host & SETUP_PREPARE))
                record_encode(&record_program, &setup->program, &buffer);
        buffer_append(&buffer, "extra", extra);
        head = head_of((uint32_t)buffer.size, files);
        taken(&inbox, &head, sizeof(head));
        memcpy(inbox.data, buffer.data, buffer.size);
        inbox.filled = buffer.size;
        r = inbox_decode(&inbox, &got, err);
        record_free(&record_program, &got.program);
        inbox_release(&inbox);
        buffer_free(&buffer);
        return r;
}

TEST(whole_messages)
{
        struct setup setup = sample();
        struct pinfold_error err;

        assert_int_equal(decode(&setup, 0, 0, &err), 0);
        assert_int_equal(decode(&setup, 5, 0, &err), 0);
        setup.program.streams = 5;
        assert_int_equal(decode(&setup, 2, 0, &err), 0);
        assert_int_equal(decode(&setup, 1, 0, &err), -EBADMSG);
        assert_string_equal(err.text, "2 streams in 1 descriptors");
}

static int decode_second(const struct program *program, uint32_t files, size_t extra, struct setup *setup, struct pinfold_error *err)
{
        struct inbox inbox = opened();
        struct buffer buffer = {0};
        struct setup_head head;
        int r;

        record_encode(&record_program, program, &buffer);
        buffer_append(&buffer, "extra", extra);
        head = head_of((uint32_t)buffer.size, files);
        taken(&inbox, &head, sizeof(head));
        memcpy(inbox.data, buffer.data, buffer.size);
        inbox.filled = buffer.size;
        r = inbox_decode_program(&inbox, setup, err);
        record_free(&record_program, &setup->program);
        inbox_release(&inbox);
        buffer_free(&buffer);
        return r;
}

TEST(a_program_that_comes_later)
{
        struct setup setup = sample();
        struct program program = setup.program;
        struct pinfold_error err;

        setup.host = SETUP_PREPARE;
        assert_int_equal(decode(&setup, 0, 0, &err), 0);
        assert_int_equal(decode(&setup, 1, 0, &err), -EBADMSG);
        assert_string_equal(err.text, "prepared with 1 descriptors");
        assert_int_equal(decode(&setup, 0, 1, &err), -EBADMSG);
        setup.flags = PINFOLD_RETAIN_SESSION;
        assert_int_equal(decode(&setup, 0, 0, &err), -EBADMSG);
        assert_string_equal(err.text, "prepared for a retained session");

        setup = (struct setup){.rows = 24, .columns = 80};
        assert_int_equal(decode_second(&program, 0, 0, &setup, &err), 0);
        assert_int_equal(setup.rows, 24);
        program.streams = 3;
        assert_int_equal(decode_second(&program, 1, 0, &setup, &err), -EBADMSG);
        program.streams = 7;
        assert_int_equal(decode_second(&program, 3, 0, &setup, &err), -EBADMSG);
        assert_string_equal(err.text, "terminal and no stream for it");
        program.streams = 0;
        assert_int_equal(decode_second(&program, 0, 1, &setup, &err), -EBADMSG);
        assert_string_equal(err.text, "1 bytes too many");
        program.timeout = -1;
        assert_int_equal(decode_second(&program, 0, 0, &setup, &err), -EBADMSG);
        assert_string_equal(err.text, "timeout -1");
}

TEST(messages_that_are_refused)
{
        struct setup setup = sample();
        struct pinfold_error err;

        assert_int_equal(decode(&setup, 0, 1, &err), -EBADMSG);
        assert_string_equal(err.text, "1 bytes too many");
        setup.adopt_wait_delay = -1;
        assert_int_equal(decode(&setup, 0, 0, &err), -EBADMSG);
        assert_string_equal(err.text, "adopt_wait_delay is negative");
        setup = sample();
        setup.filter.size = 7;
        assert_int_equal(decode(&setup, 0, 0, &err), -EBADMSG);
        assert_string_equal(err.text, "filter of 7 bytes");
        setup = sample();
        setup.program.dir = "relative";
        assert_int_equal(decode(&setup, 0, 0, &err), -EINVAL);
        setup = sample();
        setup.flags = 1u << 31;
        assert_int_equal(decode(&setup, 0, 0, &err), -EINVAL);
}

TEST(terminals)
{
        static const struct {
                uint32_t rows, columns, flags, streams;
                const char *text; /* or NULL: accepted */
        } cases[] = {
                {24, 80, 0, 0, NULL},
                {UINT16_MAX, UINT16_MAX, 0, 6, NULL},
                {0, 0, PINFOLD_RETAIN_SESSION, 7, NULL},
                {24, 0, 0, 0, "terminal of 24 rows and 0 columns"},
                {0, 80, 0, 0, "terminal of 0 rows and 80 columns"},
                {UINT16_MAX + 1, 80, 0, 0, "terminal of 65536 rows and 80 columns"},
                {24, UINT16_MAX + 1, 0, 0, "terminal of 24 rows and 65536 columns"},
                {24, 80, PINFOLD_RETAIN_SESSION, 0, "terminal for a retained session"},
                {24, 80, 0, 7, "terminal and no stream for it"},
        };

        for (size_t i = 0; i < ELEMENTS(cases); i++) {
                struct setup setup = sample();
                struct pinfold_error err = {0};

                setup.rows = cases[i].rows;
                setup.columns = cases[i].columns;
                setup.flags = cases[i].flags;
                setup.program.streams = cases[i].streams;
                assert_int_equal(decode(&setup, 3, 0, &err), cases[i].text ? -EBADMSG : 0);
                if (cases[i].text)
                        assert_string_equal(err.text, cases[i].text);
        }
}

/* ---- Over the socket -------------------------------------------------------------------------------------------- */

struct ends {
        int ours, theirs;
};

static struct ends connect_ends(void)
{
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
        return (struct ends){pair[0], pair[1]};
}

static void disconnect(struct ends *ends)
{
        close(ends->ours);
        close(ends->theirs);
}

static void put(const struct ends *ends, const void *packet, size_t size, size_t count)
{
        int files[SYS_PACKET_FILES] = {0};

        assert_int_equal(sys_send(ends->ours, packet, size, NULL, 0, files, count, false), 0);
}

TEST(commands_before_the_message_is_there)
{
        uint32_t cancel = PACKET_CANCEL, number[2] = {PACKET_SIGNAL, 64};
        struct setup_head head = head_of(8, 0);
        struct inbox inbox = opened();
        struct ends ends = connect_ends();
        struct pinfold_error err;
        struct control control;

        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EAGAIN);
        put(&ends, &head, sizeof(head), 0);
        put(&ends, number, sizeof(number), 0);
        put(&ends, &cancel, sizeof(cancel), 0);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), 0);
        assert_int_equal(control.kind, CONTROL_NOTHING);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), 0);
        assert_int_equal(control.kind, CONTROL_SIGNAL);
        assert_int_equal(control.signal, 64);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), 0);
        assert_int_equal(control.kind, CONTROL_CANCEL);
        inbox_release(&inbox);
        disconnect(&ends);
}

TEST(signals_that_are_none)
{
        static const uint32_t numbers[] = {0, 65, UINT32_MAX, 1u << 31};
        struct inbox inbox = opened();
        struct ends ends = connect_ends();
        struct pinfold_error err;
        struct control control;

        for (size_t i = 0; i < ELEMENTS(numbers); i++) {
                uint32_t number[2] = {PACKET_SIGNAL, numbers[i]};

                put(&ends, number, sizeof(number), 0);
                assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EBADMSG);
                put(&ends, number, sizeof(number), 0);
                assert_int_equal(control_read(ends.theirs, NULL, &control, &err), -EBADMSG);
                assert_int_equal(control.kind, CONTROL_NOTHING);
        }
        inbox_release(&inbox);
        disconnect(&ends);
}

/* Descriptors that nobody asked for would stay open in PID 1. */
TEST(descriptors_with_commands_are_closed)
{
        uint32_t cancel = PACKET_CANCEL, number[2] = {PACKET_SIGNAL, 1}, files = PACKET_FILES;
        struct inbox inbox = opened();
        struct ends ends = connect_ends();
        struct pinfold_error err;
        struct control control;
        int before = descriptors();

        put(&ends, &cancel, sizeof(cancel), 3);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EBADMSG);
        put(&ends, number, sizeof(number), SYS_PACKET_FILES);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EBADMSG);
        put(&ends, &files, sizeof(files), 3);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EBADMSG);
        put(&ends, &cancel, sizeof(cancel), 3);
        assert_int_equal(control_read(ends.theirs, NULL, &control, &err), 0);
        put(&ends, &files, sizeof(files), 3);
        assert_int_equal(control_read(ends.theirs, NULL, &control, &err), 0);
        assert_int_equal(descriptors(), before);
        inbox_release(&inbox);
        disconnect(&ends);
}

/* Once the message is there, what is no command is not looked at. */
TEST(later_packets_are_ignored)
{
        struct setup_head head = head_of(8, 0);
        struct ends ends = connect_ends();
        struct pinfold_error err;
        struct control control;

        put(&ends, &head, sizeof(head), 0);
        put(&ends, chunk(60000, 'x'), 60004, 0);
        put(&ends, "x", 1, 0);
        for (int i = 0; i < 3; i++) {
                assert_int_equal(control_read(ends.theirs, NULL, &control, &err), 0);
                assert_int_equal(control.kind, CONTROL_NOTHING);
        }
        assert_int_equal(control_read(ends.theirs, NULL, &control, &err), -EAGAIN);
        disconnect(&ends);
}

TEST(packets_of_the_wrong_size)
{
        struct ends ends = connect_ends();
        struct inbox inbox = opened();
        struct pinfold_error err;
        struct control control;
        uint32_t cancel[2] = {PACKET_CANCEL, 0};

        put(&ends, cancel, sizeof(cancel), 0);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EBADMSG);
        assert_string_equal(err.text, "packet of unknown type 5");
        put(&ends, chunk(MESSAGE_CHUNK, 'x'), MESSAGE_CHUNK + 4, 0);
        assert_int_equal(control_read(ends.theirs, &inbox, &control, &err), -EMSGSIZE);
        inbox_release(&inbox);
        disconnect(&ends);
}

TEST(the_end_of_the_caller)
{
        struct ends ends = connect_ends();
        struct pinfold_error err;
        struct control control;

        ends.ours = close_fd(ends.ours);
        assert_int_equal(control_read(ends.theirs, NULL, &control, &err), 0);
        assert_int_equal(control.kind, CONTROL_CLOSED);
        close(ends.theirs);
}

/* ---- Cancel by a signal ----------------------------------------------------------------------------------------- */

static int block_and_open(sigset_t *ret_old)
{
        sigset_t watched;
        int signals;

        sigemptyset(&watched);
        sigaddset(&watched, SIGTERM);
        sigaddset(&watched, SIGCHLD);
        sigprocmask(SIG_BLOCK, &watched, ret_old);
        signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
        assert_true(signals >= 0);
        return signals;
}

/* From here it looks as it does to PID 1 from a process inside: with a process id. That is never a cancel. */
TEST(only_kill_from_outside_cancels)
{
        siginfo_t forged = {.si_code = SI_QUEUE};
        sigset_t old;
        int signals = block_and_open(&old);

        for (int trusted = 0; trusted < 2; trusted++) {
                assert_false(control_cancelled(signals, trusted, false));
                kill(getpid(), SIGTERM);
                kill(getpid(), SIGCHLD);
                assert_false(control_cancelled(signals, trusted, false));
                assert_int_equal(sigqueue(getpid(), SIGTERM, (union sigval){0}), 0);
                assert_false(control_cancelled(signals, trusted, false));
                forged.si_pid = 0;
                assert_int_equal(syscall(SYS_rt_sigqueueinfo, getpid(), SIGTERM, &forged), 0);
                assert_false(control_cancelled(signals, trusted, false));
                assert_int_equal(read(signals, &forged, sizeof(forged)), -1); /* all were taken */
                /* Without a process namespace all have a process id: it depends on who can send. */
                kill(getpid(), SIGTERM);
                assert_int_equal(control_cancelled(signals, trusted, true), trusted);
        }
        close(signals);
        sigprocmask(SIG_SETMASK, &old, NULL);
}

/* Where the kernel has no room for what came with a signal, all of it is zero: SI_USER, process 0, user 0. */
TEST(a_full_queue_is_no_cancel)
{
        siginfo_t forged = {.si_code = SI_QUEUE};
        struct rlimit limit, none;
        sigset_t old;
        int signals = block_and_open(&old);

        assert_int_equal(getrlimit(RLIMIT_SIGPENDING, &limit), 0);
        none = (struct rlimit){0, limit.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &none), 0);
        assert_int_equal(syscall(SYS_rt_sigqueueinfo, getpid(), SIGTERM, &forged), 0);
        assert_false(control_cancelled(signals, false, false));
        /* So that the test can tell: nobody inside could have sent it, and it counts. */
        assert_int_equal(syscall(SYS_rt_sigqueueinfo, getpid(), SIGTERM, &forged), 0);
        assert_true(control_cancelled(signals, true, false));
        assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &limit), 0);
        close(signals);
        sigprocmask(SIG_SETMASK, &old, NULL);
}

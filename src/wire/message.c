/* SPDX-License-Identifier: MIT */
#include "wire/message.h"

#include <pinfold/container.h>

#include "base/cleanup.h"

static const struct word setup_flags[] = {
        {"forward-cancel", PINFOLD_FORWARD_CANCEL, NULL},
        {"retain-session", PINFOLD_RETAIN_SESSION, NULL},
        {"host-net", PINFOLD_HOST_NET, NULL},
        {"host-abstract", PINFOLD_HOST_ABSTRACT, NULL},
        {"nested", PINFOLD_NESTED, NULL},
        {"privileged", PINFOLD_PRIVILEGED, NULL},
        {"no-seccomp", PINFOLD_NO_SECCOMP, NULL},
        {"verbose", PINFOLD_VERBOSE, NULL},
        {"host-ipc", PINFOLD_HOST_IPC, NULL},
        {"host-uts", PINFOLD_HOST_UTS, NULL},
        {"host-cgroup", PINFOLD_HOST_CGROUP, NULL},
        {"retain-group", PINFOLD_RETAIN_GROUP, NULL},
        {"host-pid", PINFOLD_HOST_PID, NULL},
        {"as-pid-1", PINFOLD_AS_PID_1, NULL},
        {"outlive", PINFOLD_OUTLIVE, NULL},
        {"mapped", PINFOLD_MAPPED, NULL},
        {"host-signals", PINFOLD_HOST_SIGNALS, NULL},
        {NULL, 0, NULL},
};

static const struct word streams[] = {
        {"stdin", 1u << 0, NULL}, {"stdout", 1u << 1, NULL}, {"stderr", 1u << 2, NULL}, {NULL, 0, NULL}};

static const struct word host[] = {
        {"drop-groups", SETUP_DROP_GROUPS, NULL}, {"mask-proc", SETUP_MASK_PROC, NULL},
        {"foreground", SETUP_FOREGROUND, NULL},   {"shelf", SETUP_SHELF, NULL},
        {"joined", SETUP_JOINED, NULL},           {"joined-pid", SETUP_JOINED_PID, NULL},
        {"enter", SETUP_ENTER, NULL},             {"prepare", SETUP_PREPARE, NULL},
        {NULL, 0, NULL}};

#define FIELD(struct_, member, kind, ...) {#member, kind, offsetof(struct struct_, member), ##__VA_ARGS__}
#define RECORD(struct_, fields) {sizeof(struct struct_), fields, ELEMENTS(fields)}

static const struct field setup_fields[] = {
        FIELD(setup, hostname, FIELD_TEXT, true),
        FIELD(setup, uid, FIELD_U32),
        FIELD(setup, gid, FIELD_U32),
        FIELD(setup, flags, FIELD_FLAGS, false, setup_flags),
        FIELD(setup, capabilities, FIELD_U64),
        FIELD(setup, host, FIELD_FLAGS, false, host),
        FIELD(setup, rows, FIELD_U32),
        FIELD(setup, columns, FIELD_U32),
        FIELD(setup, parent_perm, FIELD_MODE),
        FIELD(setup, adopt_wait_delay, FIELD_I64),
        FIELD(setup, wait_delay, FIELD_I64),
        FIELD(setup, cancel_signal, FIELD_U32),
        FIELD(setup, uid_map, FIELD_TEXT, true),
        FIELD(setup, gid_map, FIELD_TEXT, true),
        FIELD(setup, filter, FIELD_BYTES),
        FIELD(setup, filters, FIELD_BYTES),
        FIELD(setup, ops, FIELD_BYTES),
        FIELD(setup, op_count, FIELD_U32),
};

static const struct field program_fields[] = {
        FIELD(program, path, FIELD_TEXT),
        FIELD(program, search, FIELD_TEXT, true),
        FIELD(program, args, FIELD_TEXTS),
        FIELD(program, env, FIELD_TEXTS, true),
        FIELD(program, dir, FIELD_TARGET),
        FIELD(program, dirs, FIELD_TEXTS, true),
        FIELD(program, streams, FIELD_FLAGS, false, streams),
        FIELD(program, placed, FIELD_BYTES),
        FIELD(program, held, FIELD_U32),
        FIELD(program, timeout, FIELD_I64),
        FIELD(program, limits, FIELD_BYTES),
        FIELD(program, priority, FIELD_U32),
        FIELD(program, umask, FIELD_U32),
        FIELD(program, cpus, FIELD_BYTES),
};

static const struct field created_fields[] = {
        FIELD(created, name, FIELD_COMPONENT),
        FIELD(created, device, FIELD_U64),
        FIELD(created, inode, FIELD_U64),
        FIELD(created, directory, FIELD_U32),
};

static const struct field ended_fields[] = {
        FIELD(ended, status, FIELD_U32),    FIELD(ended, wait_status, FIELD_U32), FIELD(ended, known, FIELD_U32),
        FIELD(ended, cancelled, FIELD_U32), FIELD(ended, lingered, FIELD_U32),    FIELD(ended, timed_out, FIELD_U32),
        FIELD(ended, user, FIELD_U64),      FIELD(ended, system, FIELD_U64),      FIELD(ended, max_rss, FIELD_U64),
        FIELD(ended, left, FIELD_U32),
};

static const struct field report_fields[] = {
        FIELD(report, stage, FIELD_U32),           FIELD(report, error, FIELD_U32),
        FIELD(report, op_index, FIELD_U32),        FIELD(report, op_name, FIELD_TEXT, true),
        FIELD(report, path, FIELD_TEXT, true),     FIELD(report, text, FIELD_TEXT, true),
};

static const struct field given_fields[] = {
        FIELD(given, version, FIELD_U32),  FIELD(given, pid, FIELD_U32),       FIELD(given, flags, FIELD_FLAGS, false, setup_flags),
        FIELD(given, rows, FIELD_U32),     FIELD(given, columns, FIELD_U32),   FIELD(given, prepared, FIELD_U32),
        FIELD(given, terminal, FIELD_U32), FIELD(given, leftovers, FIELD_U32), FIELD(given, capabilities, FIELD_U64),
};

static const struct field given_leftover_fields[] = {
        FIELD(given_leftover, parent, FIELD_U32),
        FIELD(given_leftover, lock, FIELD_U32),
};

const struct record record_setup = RECORD(setup, setup_fields);
const struct record record_program = RECORD(program, program_fields);
const struct record record_created = RECORD(created, created_fields);
const struct record record_ended = RECORD(ended, ended_fields);
const struct record record_report = RECORD(report, report_fields);
const struct record record_given = RECORD(given, given_fields);
const struct record record_given_leftover = RECORD(given_leftover, given_leftover_fields);

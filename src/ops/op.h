/* SPDX-License-Identifier: MIT */
/*
 * A setup operation: one file with its struct, one of these and its public function; one line in list.h; one test.
 *
 * The caller's side checks it and appends it to the setup message; init decodes it, prepares all operations while the
 * host is in view, in order, and then applies all inside the new root, in order.
 *
 * An operation that fails fills `err` with what it tried ("open /data"); whoever runs it puts `describe` in front ("bind
 * /data on /srv") and adds stage, index and name.
 */
#ifndef OPS_OP_H
#define OPS_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pinfold/options.h>

#include "wire/record.h"

struct build;
struct pinfold;

struct op {
        struct pinfold_option option; /* name and help; the text form, see text.c, which a test compares with `record` */
        struct record record;   /* the fields of its struct */
        size_t positional;      /* so many fields of the record are written one after the other in text form */
        size_t same_as_first;   /* text form: this positional may be left out, and is then the first; 0: none */
        bool once;              /* at most one per container */

        /* What the fields' kinds cannot say. May be NULL. */
        int (*check)(const void *op, struct pinfold_error *err);

        /* "bind /data on /srv", for errors and logs. */
        void (*describe)(const void *op, char *text, size_t size);

        /*
         * `state` is `state_size` zeroed bytes that last from prepare to apply. Nothing needs to be released: the process becomes
         * the program, and every descriptor is close-on-exec. May be NULL.
         */
        size_t state_size;
        int (*prepare)(const void *op, void *state, struct build *build, struct pinfold_error *err);
        int (*apply)(const void *op, void *state, struct build *build, struct pinfold_error *err);
};

/* All operations; an operation's number in the setup message is its place in this list. */
extern const struct op *const op_list[];
extern const size_t op_count;

/* By name; NULL: none. ret_number may be NULL. */
const struct op *op_find(const char *name, uint32_t *ret_number);

/* Checks `object` by its record and its own check. */
int op_check(const struct op *op, const void *object, struct pinfold_error *err);

/*
 * What a container has gathered of its operations: bytes of the setup message, and the first failure of any configuring
 * function. It is the first member of struct pinfold, so that this room need not know the rest of it.
 */
struct op_sink {
        struct buffer ops;
        uint32_t count;
        uint32_t seen; /* bit N: operation N was added; for `once` */
        bool sealed;   /* init has had them: another one would come too late */
        struct pinfold_error failure;
};

/*
 * Checks and appends. op_append is for the public functions: it keeps a failure, and takes a NULL box. op_add is for the text
 * form, which reports it at once.
 */
int op_append(struct pinfold *box, const struct op *op, const void *object);
int op_add(struct op_sink *sink, const struct op *op, const void *object, struct pinfold_error *err);

/* For what a public function finds out by itself, about a parameter or before there is an operation: keeps errno `error`. Returns -error. */
__attribute__((format(printf, 3, 4))) int op_refuse_box(struct pinfold *box, int error, const char *format, ...);

/* Keeps the first failure. Returns -failure->error. */
int op_sink_fail(struct op_sink *sink, const struct pinfold_error *failure);

/* The next operation of a setup message: its description, and its struct, allocated, in ret_object. Checked. */
int op_decode(struct reader *reader, const struct op **ret_op, void **ret_object, struct pinfold_error *err);

/* The words of flags are written once, as a list of WORD(name, bit, help), for the parser and for people. */
#ifdef PINFOLD_INIT /* init explains nothing to anybody: what is text only is left out of it */
#define IF_EXPLAINED(text) NULL
#define WORD_TEXT(name, bit, help) /* nothing */
#else
#define IF_EXPLAINED(text) text
#define WORD_TEXT(name, bit, help) name ": " help "\n"
#endif
#define WORD_ROW(name, bit, help) {name, bit, IF_EXPLAINED(help)},
#define WORD_ROWS(WORDS) {WORDS(WORD_ROW) {NULL, 0, NULL}}

#define OP_OPTION(name, argument, help, details) \
        {sizeof(struct pinfold_option), name, PINFOLD_OPTION_OPERATION, IF_EXPLAINED(argument), IF_EXPLAINED(help), \
         IF_EXPLAINED(details)}

#define OP_FIELD(struct_, member, kind, ...) {#member, kind, offsetof(struct struct_, member), ##__VA_ARGS__}
#define OP_RECORD(struct_, fields) {sizeof(struct struct_), fields, sizeof(fields) / sizeof((fields)[0])}

#endif

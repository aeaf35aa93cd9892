/* SPDX-License-Identifier: MIT */
/*
 * Records: structs described as data. From one description come encoding, decoding, checking, and (src/ops/text.c) the
 * text form with its help. A setup operation is a record, so are the parameters and the reports of init.
 *
 * Encoded, the fields follow each other without padding, in the byte order of the machine: both ends are one build
 * on one machine. A string is its length (32 bits), its bytes and a NUL; an absent one has length 0xffffffff. Decoded
 * strings and bytes point into the message, which must outlive them.
 *
 * What comes from outside is checked once, at the boundary, by record_check: the library calls it on what its caller
 * passes, init (through record_decode) on what arrives.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum field_kind {
        FIELD_SOURCE,    /* const char *: an absolute path of the host */
        FIELD_TARGET,    /* const char *: an absolute path inside, without ".." */
        FIELD_COMPONENT, /* const char *: one path component */
        FIELD_BELOW,     /* const char *: a path relative to a directory, without "..", to what is below it */
        FIELD_TEXT,      /* const char *: any text, not empty */
        FIELD_SOURCES,   /* struct texts: each a FIELD_SOURCE */
        FIELD_TEXTS,     /* struct texts: any texts, also empty ones */
        FIELD_BYTES,     /* struct bytes */
        FIELD_MODE,      /* uint32_t: permission bits, at most 07777 */
        FIELD_FLAGS,     /* uint32_t: those of `words` */
        FIELD_SIZE,      /* int64_t: bytes, not negative */
        FIELD_U32,       /* uint32_t */
        FIELD_U64,       /* uint64_t */
        FIELD_I64,       /* int64_t */
};

struct texts {
        const char *const *items; /* `count` of them, and a NULL */
        size_t count;
};

struct bytes {
        const void *data;
        size_t size;
};

/* A bit of a FIELD_FLAGS, ends with a NULL name. */
struct word {
        const char *name;
        uint32_t bit;
        const char *help;
};

struct field {
        const char *name;
        enum field_kind kind;
        uint16_t offset;
        bool optional;            /* may be absent: NULL, or no items */
        const struct word *words; /* of FIELD_FLAGS */
        uint32_t fallback;        /* of FIELD_MODE in text form */
};

struct record {
        size_t size; /* of the struct */
        const struct field *fields;
        size_t count;
};

/* A position in an encoded message. */
struct reader {
        const uint8_t *data;
        size_t size;
        size_t at;
};

#define TEXT_ABSENT 0xffffffffu /* as the length of a string */

/* 0, or -EINVAL (-ENAMETOOLONG, -E2BIG) with the field's name and what is wrong with it. */
int record_check(const struct record *record, const void *object, struct pinfold_error *err);

/* Appends the object, which has been checked. Failure is kept in the buffer. */
void record_encode(const struct record *record, const void *object, struct buffer *buffer);

/*
 * Decodes and checks. -EBADMSG: truncated or malformed. The arrays of FIELD_SOURCES and FIELD_TEXTS are allocated: record_free
 * releases them, also after a failure.
 */
int record_decode(const struct record *record, struct reader *reader, void *ret_object, struct pinfold_error *err);
void record_free(const struct record *record, void *object);

/* Single values, for framing. -EBADMSG when nothing is left. */
int reader_u32(struct reader *reader, uint32_t *ret);

/* -EINVAL unless `path` is absolute, not too long and, inside, without "..". `name` is for the message. */
int check_path(const char *name, const char *path, bool inside, struct pinfold_error *err);

#endif

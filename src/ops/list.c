/* SPDX-License-Identifier: MIT */
#include "ops/list.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define ADDRESS_OF_OP(name) &op_##name,
const struct op *const op_list[] = {OPERATIONS(ADDRESS_OF_OP)};
const size_t op_count = ELEMENTS(op_list);

_Static_assert(ELEMENTS(op_list) <= 32, "op_sink.seen has a bit for each");

const struct op *op_find(const char *name, uint32_t *ret_number)
{
        for (size_t i = 0; i < op_count; i++) {
                if (strcmp(op_list[i]->option.name, name) != 0)
                        continue;
                if (ret_number)
                        *ret_number = (uint32_t)i;
                return op_list[i];
        }
        return NULL;
}

int op_check(const struct op *op, const void *object, struct pinfold_error *err)
{
        int r = record_check(&op->record, object, err);

        return r < 0 || !op->check ? r : op->check(object, err);
}

static int op_refuse(const struct op *op, const struct op_sink *sink, struct pinfold_error *err)
{
        int r = err->error;

        error_prefix(err, "%s", op->option.name);
        error_stage(err, PINFOLD_STAGE_CONFIGURE);
        err->op_index = (int)sink->count;
        snprintf(err->op_name, sizeof(err->op_name), "%s", op->option.name);
        return -r;
}

int op_add(struct op_sink *sink, const struct op *op, const void *object, struct pinfold_error *err)
{
        uint32_t number = 0;

        op_find(op->option.name, &number);
        if (op_check(op, object, err) < 0)
                return op_refuse(op, sink, err);
        if (sink->sealed) {
                error_set(err, EBUSY, "the container has been set up");
                return op_refuse(op, sink, err);
        }
        if (op->once && (sink->seen >> number & 1)) {
                error_set(err, EINVAL, "can be used once per container");
                return op_refuse(op, sink, err);
        }
        buffer_append_u32(&sink->ops, number);
        record_encode(&op->record, object, &sink->ops);
        if (sink->ops.error) {
                error_set(err, ENOMEM, "out of memory");
                return op_refuse(op, sink, err);
        }
        sink->seen |= 1u << number;
        sink->count++;
        return 0;
}

int op_sink_fail(struct op_sink *sink, const struct pinfold_error *failure)
{
        if (!sink->failure.error)
                sink->failure = *failure;
        return -failure->error;
}

int op_append(struct pinfold *box, const struct op *op, const void *object)
{
        struct op_sink *sink = (struct op_sink *)box;
        struct pinfold_error err;

        if (!sink)
                return -ENOMEM;
        return op_add(sink, op, object, &err) < 0 ? op_sink_fail(sink, &err) : 0;
}

int op_refuse_box(struct pinfold *box, int error, const char *format, ...)
{
        struct pinfold_error err;
        char text[512];
        va_list arguments;

        if (!box)
                return -ENOMEM;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        error_set(&err, error, "%s", text);
        error_stage(&err, PINFOLD_STAGE_CONFIGURE);
        return op_sink_fail((struct op_sink *)box, &err);
}

int op_decode(struct reader *reader, const struct op **ret_op, void **ret_object, struct pinfold_error *err)
{
        const struct op *op;
        void *object;
        uint32_t number;
        int r = reader_u32(reader, &number);

        if (r < 0)
                return error_set(err, -r, "setup operation");
        if (number >= op_count)
                return error_set(err, EBADMSG, "unknown setup operation %u", number);
        op = op_list[number];
        object = calloc(1, op->record.size);
        if (!object)
                return error_set(err, ENOMEM, "setup operation");
        r = record_decode(&op->record, reader, object, err);
        if (r == 0 && op->check)
                r = op->check(object, err);
        if (r < 0) {
                record_free(&op->record, object);
                free(object);
                return r;
        }
        *ret_op = op;
        *ret_object = object;
        return 0;
}

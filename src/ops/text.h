/* SPDX-License-Identifier: MIT */
/*
 * Operations as text: "SRC:DEST:writable". Positional fields separated by ':', then options separated by ',': a word of the
 * flags, or NAME=VALUE. '\' takes the next character as it is. The caller's side only.
 */
#ifndef OPS_TEXT_H
#define OPS_TEXT_H

#include "ops/op.h"

/* Parses `text`, checks, and appends. */
int op_add_text(struct op_sink *sink, const struct op *op, const char *text, struct pinfold_error *err);

/* The next piece of *text up to an unescaped `separator`, unescaped, allocated. NULL: out of memory. *text becomes NULL at the end. */
char *text_piece(const char **text, char separator);

/* Numbers. -EINVAL. */
int text_u32(const char *text, int base, uint32_t *ret);
int text_size(const char *text, int64_t *ret); /* with K, M, G or T */

#endif

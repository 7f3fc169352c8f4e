/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_PAIR_H
#define THAW_INGEST_OTLP_PAIR_H

#include "ingest/otlp_fields.h"
#include "model/record.h"

/*
 * A KeyValue as most of them are: a key and one short text or number behind it, and nothing else.
 *
 *     tag 1, size, key; tag 2, size of (tag, size, text | tag, number)
 *
 * Half of the bytes of most requests are such pairs, so this is in the callers' code, and it is
 * left to otlp_read.c to say what is wrong with anything else.  Pure; any thread.
 */

/* A number of so many bytes, each but the last of which says that there is another; at most nine.
 */
static inline bool otlp_pair_number(const unsigned char *at, size_t size, uint64_t *number)
{
    uint64_t sum = 0;
    size_t i = 0;
    if (size > 9) {
        return false;
    }
    for (; i + 1 < size && at[i] >= 0x80; i++) {
        sum |= (uint64_t)(at[i] & 0x7fu) << (7 * i);
    }
    *number = sum | (uint64_t)at[i] << (7 * i);
    return i + 1 == size && at[i] < 0x80;
}

/* A value that is one short field, whose tag comes first; it has two bytes at least. */
static inline bool otlp_pair_value(const unsigned char *at, size_t size, struct value *target)
{
    uint64_t number;
    switch (at[0]) {
    case TAG_BYTES(1):
        target->kind = VALUE_STRING;
        target->text = (struct slice){at + 2, size - 2};
        return at[1] == size - 2;
    case TAG_VARINT(2):
        target->kind = VALUE_BOOL;
        target->boolean = at[1] != 0;
        return size == 2 && at[1] < 0x80;
    case TAG_VARINT(3):
        target->kind = VALUE_INT;
        if (!otlp_pair_number(at + 1, size - 1, &number)) {
            return false;
        }
        target->integer = (int64_t)number;
        return true;
    default:
        return false;
    }
}

/* False: it is something else, and what the target holds means nothing. */
static inline bool otlp_pair_usual(struct slice pair, struct attr *target)
{
    const unsigned char *at = pair.base;
    if (pair.size < 6 || pair.size >= 0x80 || at[0] != TAG_BYTES(1) || at[1] > pair.size - 6) {
        return false;
    }
    const unsigned char *value = at + 2 + at[1];
    size_t size = pair.size - 4 - at[1];
    target->key = (struct slice){at + 2, at[1]};
    return value[0] == TAG_BYTES(2) && value[1] == size &&
           otlp_pair_value(value + 2, size, &target->value);
}

#endif

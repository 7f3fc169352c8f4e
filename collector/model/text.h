/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_TEXT_H
#define THAW_COLLECTOR_MODEL_TEXT_H

#include "base/hash.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdint.h>

/*
 * Texts that repeat (names, versions, statuses, error types), each kept once and known by a small
 * number.  A text lives as long as the table, so its slice may be read without the view's lock.
 * One writer.
 */
struct text_row {
    unsigned char *memory; /* Ours. */
    size_t size;
};

struct texts {
    struct hash_bulk bulk;
    struct map map;
    struct text_row *rows;
    uint32_t count;
    uint32_t capacity;
};

/* The empty text, and the one that stands for all that came when the table was full. */
#define TEXT_EMPTY 0
#define TEXT_OTHER 1

/* False without memory. */
bool text_init(struct texts *texts, const struct hash_key *key) THAW_CHECK;
void text_fini(struct texts *texts);

/* The number of a text, which is added when it is new.  Cut at TEXT_SIZE_MAX. */
uint32_t text_intern(struct texts *texts, struct slice text);

/* Add a text, which is at most TEXT_SIZE_MAX long and not there, as the next number; false when
 * there is no room. */
bool text_append(struct texts *texts, struct slice text) THAW_CHECK;

/* The number of a text that is there; TEXT_EMPTY when it is not. */
uint32_t text_find(const struct texts *texts, struct slice text);

struct slice text_get(const struct texts *texts, uint32_t number);

#endif

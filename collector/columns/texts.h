/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_TEXTS_H
#define THAW_COLUMNS_TEXTS_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Byte strings, each different one kept once and known by a number, from 0 in order of arrival.
 * The hash is keyed: nobody outside can make strings collide.  One owner, one thread.
 */
struct texts;

#define TEXTS_NONE UINT32_MAX

/* At most count_max strings of size_max bytes together.  NULL without memory. */
struct texts *texts_create(const struct hash_key *key, uint32_t count_max,
                           uint64_t size_max) THAW_CHECK;
void texts_free(struct texts *texts); /* NULL is fine. */

/* The number of a text, which is added when it is new; TEXTS_NONE when there is no room. */
uint32_t texts_add(struct texts *texts, struct slice text) THAW_CHECK;

/* The text of a number, valid until the next texts_add(). */
struct slice texts_get(const struct texts *texts, uint32_t number);

/* Whether a number is that of a text. */
bool texts_is(const struct texts *texts, uint32_t number, struct slice text);

uint32_t texts_count(const struct texts *texts);

/* Bytes of all texts, and of memory that is used. */
uint64_t texts_size(const struct texts *texts);
size_t texts_memory(const struct texts *texts);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SENDERS_H
#define THAW_COLUMNS_SENDERS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Who sent the records of a segment: the resources of a dictionary.  There are many, and an answer
 * needs few of them, so each is made of its bytes when it is first asked for, and kept.  Any thread
 * asks; what it gets is never changed.
 */
struct senders;

/* As many resources as there are strings; plain: of each, 1 where its attributes say all.  Both are
 * the caller's and outlive it.  NULL without memory. */
struct senders *senders_create(const struct slice *strings, const uint32_t *plain,
                               uint32_t count) THAW_CHECK;
void senders_free(struct senders *senders); /* NULL is fine. */

/* Bytes that it occupies by now. */
size_t senders_memory(const struct senders *senders);

/* One of them: of one number always the same pointer.  STATUS_BAD: its bytes are wrong. */
enum status senders_get(struct senders *senders, uint32_t number,
                        const struct resource **resource) THAW_CHECK;

/* All of them side by side, by number: other pointers to the same attributes. */
enum status senders_all(struct senders *senders, const struct resource **resources) THAW_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_STORE_BODY_H
#define THAW_SIM_STORE_BODY_H

#include "base/arena.h"
#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The bodies that the store's simulator appends.  Their bytes follow from their numbers: some
 * compress well, some not at all.
 */
#define STORE_BODY_MAX 3000u /* Bytes. */

/* Bodies that are no records: they are kept as they are. */
#define STORE_BODY_BAD(number) ((number) % 11 == 5)

struct slice store_body(uint32_t number, uint32_t size, unsigned char *memory);

/* The id of its one record. */
struct id16 store_body_id(uint32_t number);

/* When that record happened: neither in the order of numbers, nor of arrival; some at no time, and
 * some at the end of all times. */
uint64_t store_body_time(uint32_t number);

/* A body as records, a store_decode: one span, or one line, that has all of it. */
bool store_body_decode(enum signal signal, struct slice body, struct arena *arena,
                       struct batch *batch);

/* The bodies that a batch was made of. */
void store_body_each(const struct batch *batch, void (*visit)(void *context, struct slice body),
                     void *context);

#endif

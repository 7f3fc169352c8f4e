/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_COLUMNS_RANDOM_H
#define THAW_TESTS_COLUMNS_RANDOM_H

#include "base/arena.h"
#include "base/prng.h"
#include "model/record.h"

/*
 * Batches that have everything that a batch may have, from a seed: ids that come again, parents
 * that are there and that are not, absurd times, attributes of all kinds, nested ones, keys that
 * stand twice, fields of resources that are not those of their attributes.
 */
struct batch random_batch(struct prng *prng, struct arena *arena, enum signal signal,
                          size_t records_max);

#endif

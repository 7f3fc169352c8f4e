/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_TAIL_H
#define THAW_SERIES_TAIL_H

#include "base/slice.h"
#include "series/series_store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Series are saved behind what else is saved, a view; the last 16 bytes of both say where they
 * begin.  What was saved before there were series ends otherwise, and has none.
 */

/* Save series, and those bytes. */
enum status series_tail_save(const struct series_store *store, series_sink *sink,
                             void *context) THAW_CHECK;

/* Take both apart; *series is empty where there are none. */
void series_tail_split(struct slice bytes, struct slice *front, struct slice *series);

#endif

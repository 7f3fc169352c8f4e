/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_CHECK_H
#define THAW_INGEST_OTLP_CHECK_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A fast look at a logs request: log lines are most of what there is, and to go over them by the
 * guard's tables was most of the time.  It knows the usual form only and decides nothing else: what
 * it takes, the guard takes with the same memory, and for all the rest the guard has the word, so
 * that the limits are in one place.  Pure: no allocation, no recursion, one pass.
 */

/* True: guard_check() with these limits accepts the body, and reports this size.  False: ask it. */
bool otlp_check_logs(struct slice body, uint64_t unpacked_size_max,
                     uint64_t *unpacked_size) THAW_CHECK;

#endif

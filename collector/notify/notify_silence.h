/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_SILENCE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_SILENCE_H

#include "notify/notify_limits.h"
#include "notify/notify_matcher.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A silence keeps alerts that match all its matchers from being told for a while: somebody knows.
 * It is in one block of memory, immutable but for its end.  Pure.
 */
struct notify_silence {
    uint64_t id; /* Not 0. */
    const struct notify_matcher *matchers;
    size_t matcher_count;
    struct slice author, reason;
    uint64_t made_ns, starts_ns, ends_ns;
    struct arena arena; /* Where all that lives; the silence, too. */
};

/* What one is made of. */
struct notify_silence_parts {
    const struct slice *matchers; /* As they are written: severity="critical". */
    size_t matcher_count;
    struct slice author, reason;
    uint64_t made_ns, starts_ns, ends_ns;
};

/* Make one.  STATUS_BAD with a sentence in error where a part is wrong, STATUS_FULL without
 * memory. */
enum status notify_silence_create(struct notify_silence **silence, uint64_t id,
                                  const struct notify_silence_parts *parts, char *error,
                                  size_t error_size) THAW_CHECK;
void notify_silence_free(struct notify_silence *silence); /* NULL is fine. */

/* "pending", "active" or "expired". */
struct slice notify_silence_state(const struct notify_silence *silence, uint64_t now_ns);

/* Whether an alert is under it now. */
bool notify_silence_covers(const struct notify_silence *silence, const struct notify_alert *alert,
                           uint64_t now_ns);

#endif

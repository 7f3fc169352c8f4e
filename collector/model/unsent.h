/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_UNSENT_H
#define THAW_COLLECTOR_MODEL_UNSENT_H

#include "base/json_write.h"
#include "base/slice.h"

#include <stdint.h>

/*
 * What agents say that they did not send, by reason: records that they had to
 * drop, and log lines that their settings leave out.  X(constant, name): the
 * name is that of the wire (thaw.agent.dropped.NAME, thaw.agent.lines_NAME)
 * and of the API.
 */
#define UNSENT_DROPS(X)                                                                            \
    X(UNSENT_FULL, "buffer_full")                                                                  \
    X(UNSENT_REJECTED, "rejected")                                                                 \
    X(UNSENT_TOO_LARGE, "too_large")                                                               \
    X(UNSENT_RETRIES, "retries")                                                                   \
    X(UNSENT_BUDGET, "budget")                                                                     \
    X(UNSENT_HELD_FULL, "held_full")                                                               \
    X(UNSENT_SPOOL_LOST, "spool_lost")                                                             \
    X(UNSENT_OTHER, "other") /* A reason that we do not know: of a newer agent. */

#define UNSENT_LINES(X)                                                                            \
    X(UNSENT_HELD_BACK, "held_back")                                                               \
    X(UNSENT_BELOW_LEVEL, "below_level")                                                           \
    X(UNSENT_WITHHELD, "withheld")

enum unsent_reason {
#define UNSENT_CONSTANT(constant, name) constant,
    UNSENT_DROPS(UNSENT_CONSTANT) UNSENT_LINES(UNSENT_CONSTANT)
#undef UNSENT_CONSTANT
        UNSENT_REASONS,
    UNSENT_DROP_REASONS = UNSENT_HELD_BACK, /* Those before it are drops. */
};

struct unsent {
    uint32_t counts[UNSENT_REASONS]; /* Each stays where it would overflow. */
};

struct slice unsent_name(enum unsent_reason reason);

/* Take one attribute of an agent's last record, if it is one of these. */
void unsent_take(struct unsent *unsent, struct slice key, int64_t count);

/* What the same process told twice, once more or once less of it. */
void unsent_most(struct unsent *unsent, const struct unsent *other);

/* What several processes told. */
void unsent_add(struct unsent *unsent, const struct unsent *other);

/* Records that were dropped, whatever the reason. */
uint64_t unsent_dropped(const struct unsent *unsent);

/* Members of an object: "dropped": {NAME: count} and "left_out": {NAME: count}, without zeros. */
void unsent_write(struct json_write *writer, const struct unsent *unsent);

#endif

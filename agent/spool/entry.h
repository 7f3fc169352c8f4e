/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_ENTRY_H
#define THAW_SPOOL_ENTRY_H

/*
 * The numbers of the fields of entries (docs/formats/spool.md).  They are
 * never given another meaning; entries that are not known are passed over.
 */
enum entry {
    ENTRY_LIFE = 1,
    ENTRY_INVOCATION = 2,
    ENTRY_INIT = 3,
    ENTRY_ATTEMPT = 4,
    ENTRY_DELIVERY = 5,
    ENTRY_GONE = 6,
    ENTRY_STATE = 7,
};

/* The place in its table, of invocations, inits and attempts; an invocation's row starts behind. */
#define ENTRY_PLACE 1

/* A row that has only its place is free from then on. */

enum entry_life {
    ENTRY_LIFE_NUMBER = 1, /* 0: the process that writes. */
    ENTRY_LIFE_EPOCH = 2,
    ENTRY_LIFE_INSTANCE = 3,
    ENTRY_LIFE_MADE_UP = 4,
};

enum entry_attempt {
    ENTRY_ATTEMPT_ID_HASH = 2,
    ENTRY_ATTEMPT_START = 3,
    ENTRY_ATTEMPT_ORDER = 4,
    ENTRY_ATTEMPT_COUNT = 5,
};

enum entry_gone {
    ENTRY_GONE_LIFE = 1,
    ENTRY_GONE_FIRST = 2,
    ENTRY_GONE_LAST = 3,
};

enum entry_state {
    ENTRY_STATE_SEQ = 1,
    ENTRY_STATE_RECEIVED = 2,
    ENTRY_STATE_SENT = 3,
    ENTRY_STATE_FINAL = 4,
    ENTRY_STATE_ATTRIBUTED = 5, /* The place of the row, and one. */
    ENTRY_STATE_INIT_LATEST = 6,
    ENTRY_STATE_REDELIVERED = 7,
    ENTRY_STATE_TELEMETRY_BAD = 8,
    ENTRY_STATE_EVENTS_USELESS = 9,
    ENTRY_STATE_EVENTS_UNKNOWN = 10,
    ENTRY_STATE_HELD_BACK = 11,
    ENTRY_STATE_BELOW_LEVEL = 12,
    ENTRY_STATE_WITHHELD = 13,
    ENTRY_STATE_SPLIT = 14,
    ENTRY_STATE_DROPPED = 16, /* And the number of the reason. */
    ENTRY_STATE_SPOOL = 32,   /* And the number of the reason. */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_SAVE_H
#define THAW_COLLECTOR_MODEL_SAVE_H

#include "model/snapshot.h"
#include "model/view_private.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How the bytes of a view are written; for the files of view_save().  Numbers are seven bits to a
 * byte, the lowest first; signed ones fold the sign into the lowest bit; times are the distance
 * from one that the reader knows by then, plus one, and 0 where they are not known.
 */
#define SAVE_MAGIC       "THAWVIEW"
#define SAVE_MAGIC_SIZE  8
#define SAVE_VERSION     9
#define SAVE_END         0x7e
#define SAVE_NUMBER_SIZE 10 /* At most. */
#define SAVE_TRACE_LOOK  8  /* Edges that are looked through for an invocation's trace. */
#define SAVE_PRINT       "thaw view"

struct save {
    const struct view *view;
    view_sink *sink;
    void *context;
    unsigned char *bytes; /* VIEW_SAVE_PIECE_SIZE */
    size_t size;
    bool failed; /* The sink wants no more. */
};

/* The flags of rows; their bits are the same for reading. */
enum save_function {
    FUNCTION_BARE = 1,
    FUNCTION_MADE_UP = 2,
    FUNCTION_VACANT = 4,
    FUNCTION_SOURCES_SHIFT = 3, /* Two bits. */
};

enum save_instance {
    INSTANCE_MADE_UP = 1,
    INSTANCE_LENT = 2,
    INSTANCE_POOL = 4,
    INSTANCE_RETURNED = 8,
    INSTANCE_WAITING = 16,
    INSTANCE_NAMED = 32,        /* Its identity is its function's. */
    INSTANCE_SOURCES_SHIFT = 6, /* Two bits. */
};

enum save_init {
    INIT_SUPPRESSED = 1,
    INIT_PROACTIVE = 2,
    INIT_PUT = 4,
    INIT_SOURCES_SHIFT = 3, /* Two bits. */
    INIT_LOGS_SHIFT = 5,    /* Three bits. */
};

enum save_link { LINK_QUEUE = 1, LINK_REQUESTED = 2, LINK_OF_TRACE = 4 /* The consumer's own. */ };

/* What of an id row is not zero, or known. */
enum save_id {
    ID_TIMED = 1,
    ID_SPANS = 2,
    ID_ERRORS = 4,
    ID_LOGS = 8,
    ID_LOGS_AGENT = 16,
    ID_LOGS_STREAM = 32,
    ID_SERVICE = 64,
};

enum save_invocation {
    ROW_DEAD = 1U << 0,
    ROW_COLD = 1U << 1,
    ROW_PROACTIVE = 1U << 2,
    ROW_LISTED = 1U << 3,
    ROW_PUT = 1U << 4,
    ROW_PUT_OTHER = 1U << 5,     /* Not what its facts say. */
    ROW_FIRST = 1U << 6,         /* attempt is 1, or what was told. */
    ROW_STARTED = 1U << 7,       /* start_ns is what its facts say. */
    ROW_PLACED = 1U << 8,        /* placed_ns is start_ns. */
    ROW_SAME = 1U << 9,          /* It has the same facts as the row before. */
    ROW_SPAN = 1U << 10,         /* It has such ids. */
    ROW_PARENT = 1U << 11,       /* */
    ROW_SEGMENT = 1U << 12,      /* */
    ROW_HEADER = 1U << 13,       /* An X-Ray header, */
    ROW_HEADER_USUAL = 1U << 14, /* of its own Root and Parent. */
    ROW_STAMPED = 1U << 15,      /* Both stamps are of the same epoch. */
};

/* The small fields of an invocation in one number. */
enum save_small {
    SMALL_STATE_SHIFT = 0,    /* 2 bits */
    SMALL_STATUS_SHIFT = 2,   /* 3 */
    SMALL_COLD_SHIFT = 5,     /* 2, plus one */
    SMALL_OUTCOME_SHIFT = 7,  /* 3 */
    SMALL_SOURCES_SHIFT = 10, /* 2 */
    SMALL_RANK_SHIFT = 12,    /* 2 */
    SMALL_LEFT_SHIFT = 14,    /* 2 */
};

/*
 * The facts of an invocation, in the order of their bits and bytes: times, amounts with what they
 * may be at most, texts.
 */
#define SAVE_TIMES(X)                                                                              \
    X(deadline_ns)                                                                                 \
    X(done_ns)                                                                                     \
    X(trigger_time_ns)                                                                             \
    X(span_start_ns)                                                                               \
    X(span_end_ns)                                                                                 \
    X(end_ns)                                                                                      \
    X(time_ns)
#define SAVE_AMOUNTS(X)                                                                            \
    X(handler_ns, DURATION_NS_MAX)                                                                 \
    X(response_latency_ns, DURATION_NS_MAX)                                                        \
    X(response_duration_ns, DURATION_NS_MAX)                                                       \
    X(post_handler_ns, DURATION_NS_MAX)                                                            \
    X(reported_ns, DURATION_NS_MAX)                                                                \
    X(billed_ms, DURATION_NS_MAX / 1000000)                                                        \
    X(memory_mb, MEMORY_MB_MAX)                                                                    \
    X(max_memory_mb, MEMORY_MB_MAX)                                                                \
    X(init_ns, DURATION_NS_MAX)                                                                    \
    X(restore_ns, DURATION_NS_MAX)                                                                 \
    X(billed_restore_ms, DURATION_NS_MAX / 1000000)                                                \
    X(produced_bytes, PRODUCED_BYTES_MAX)                                                          \
    X(agent_held_ns, DURATION_NS_MAX)                                                              \
    X(trigger_messages, MEMBER_LINK_COUNT_MAX)                                                     \
    X(caller_waits, 1)                                                                             \
    X(status_code, 999)                                                                            \
    X(agent_cpu_ns, DURATION_NS_MAX)                                                               \
    X(agent_wire_bytes, AGENT_BYTES_MAX)                                                           \
    X(lines_held_back, LINES_MAX)                                                                  \
    X(lines_over_budget, LINES_MAX)                                                                \
    X(lines_redacted, LINES_MAX)
#define SAVE_TEXTS(X)                                                                              \
    X(error_type)                                                                                  \
    X(trigger)                                                                                     \
    X(invoked_arn)                                                                                 \
    X(init_phase)                                                                                  \
    X(trigger_source)                                                                              \
    X(trigger_origin)                                                                              \
    X(method)                                                                                      \
    X(route)

#define SAVE_TIME_BIT(name)        SAVE_BIT_##name,
#define SAVE_AMOUNT_BIT(name, max) SAVE_BIT_##name,
enum save_fact {
    SAVE_TIMES(SAVE_TIME_BIT) SAVE_AMOUNTS(SAVE_AMOUNT_BIT) SAVE_BIT_NUMBERS,
    SAVE_BIT_BEFORE_TEXTS = SAVE_BIT_NUMBERS - 1,
    SAVE_TEXTS(SAVE_TIME_BIT) SAVE_BIT_COUNT,
};

#define SAVE_ONE(name) +1
_Static_assert(SAVE_BIT_NUMBERS == 0 INVOCATION_NUMBERS(SAVE_ONE), "every number has its place");
_Static_assert(SAVE_BIT_COUNT <= 64, "a bit for each");

/* What counters of the view are kept, and what a rollup counts. */
#define SAVE_COUNTERS(X)                                                                           \
    X(records_repeated)                                                                            \
    X(refused_events)                                                                              \
    X(refused_values)                                                                              \
    X(refused_full)                                                                                \
    X(pending_dropped)                                                                             \
    X(forgotten_full)                                                                              \
    X(forgotten_functions)                                                                         \
    X(refused_counts)

/* Give what is held to the sink. */
void save_flush(struct save *save);

static inline void save_byte(struct save *save, unsigned char byte)
{
    if (save->size == VIEW_SAVE_PIECE_SIZE) {
        save_flush(save);
    }
    save->bytes[save->size++] = byte;
}

static inline void save_number(struct save *save, uint64_t value)
{
    if (save->size > VIEW_SAVE_PIECE_SIZE - SAVE_NUMBER_SIZE) {
        save_flush(save);
    }
    unsigned char *at = &save->bytes[save->size];
    while (value >= 0x80) {
        *at++ = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (unsigned char)value;
    save->size = (size_t)(at - save->bytes);
}

/* -1 is 1, 1 is 2, -2 is 3. */
static inline uint64_t save_folded(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 != 0 ? UINT64_MAX : 0);
}

/* How far a number is from another one; any two numbers. */
static inline void save_distance(struct save *save, uint64_t value, uint64_t from)
{
    save_number(save, save_folded(value - from));
}

static inline void save_time(struct save *save, int64_t time_ns, int64_t from_ns)
{
    save_number(save,
                time_ns == UNKNOWN_NS ? 0 : save_folded((uint64_t)time_ns - (uint64_t)from_ns) + 1);
}

/* A row number, or ROW_NONE. */
static inline void save_row(struct save *save, uint32_t row)
{
    save_number(save, row == ROW_NONE ? 0 : (uint64_t)row + 1);
}

void save_bytes(struct save *save, const void *bytes, size_t size);
void save_u64(struct save *save, uint64_t value); /* Eight bytes: of what is no small number. */

/* All of the view, to the last byte; failed says whether the sink took it. */
void save_all(struct save *save);

/* The parts, in their order. */
void save_texts(struct save *save);
void save_functions(struct save *save);
void save_ids(struct save *save);
void save_links(struct save *save);
void save_instances(struct save *save);
void save_invocations(struct save *save);
void save_rollups(struct save *save);
void save_repeats(struct save *save, const struct repeats *repeats);

/* How the X-Ray header of an invocation begins if it is of its own trace and parent; a NUL behind
 * it. */
#define SAVE_USUAL_SIZE 64
void save_usual_text(const struct invocation *row, char text[SAVE_USUAL_SIZE + 1]);

/* What something counts, as it was put. */
void save_contribution(struct save *save, const struct contribution *put);

/*
 * Lists through rows that are made by putting each row in front follow from the rows, unless one
 * was taken out and put in again.  Those that do not are told: whose they are, and their rows.
 */
struct save_chain {
    struct save *save;
    uint32_t (*next)(const struct view *view, uint32_t row);
};
/* Tell the list of an owner that begins with a row, if it must be told. */
void save_chain(const struct save_chain *chain, uint32_t owner, uint32_t first);
/* No more of them. */
void save_chain_end(const struct save_chain *chain);

#endif

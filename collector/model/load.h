/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_LOAD_H
#define THAW_COLLECTOR_MODEL_LOAD_H

#include "model/model_limits.h"
#include "model/save.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How the bytes of a view are read; for the files of view_load().  Nothing in them is trusted:
 * every row is of its table, every time one with which can be reckoned.
 *
 * Once something is wrong, reason says what, and every number read is 0: so a part looks at
 * load_ok() before it uses a number as a row, and at the end of each of its loops.
 */
struct load {
    struct view *view;
    const unsigned char *at, *end;
    const char *reason; /* What is wrong, or NULL. */
    bool full;          /* ... is that there is no memory. */
    /* Rows that the tables will have. */
    uint32_t texts, functions, ids, edges, links, instances, invocations;
};

static inline bool load_ok(const struct load *load)
{
    return load->reason == NULL;
}

/* The first thing that is wrong is the one that is told. */
void load_bad(struct load *load, const char *reason);
void load_full(struct load *load);

static inline void load_check(struct load *load, bool good, const char *reason)
{
    if (!good) {
        load_bad(load, reason);
    }
}

static inline size_t load_left(const struct load *load)
{
    return (size_t)(load->end - load->at);
}

static inline unsigned char load_byte(struct load *load)
{
    if (load->at == load->end) {
        load_bad(load, "it ends too early");
        return 0;
    }
    return *load->at++;
}

uint64_t load_long_number(struct load *load);

static inline uint64_t load_number(struct load *load)
{
    if (load->at < load->end && *load->at < 0x80) {
        return *load->at++;
    }
    return load_long_number(load);
}

/* A number that is at most so large. */
static inline uint64_t load_most(struct load *load, uint64_t most)
{
    uint64_t value = load_number(load);
    if (value > most) {
        load_bad(load, "a number is too large");
        return 0;
    }
    return value;
}

static inline uint32_t load_u32(struct load *load)
{
    return (uint32_t)load_most(load, UINT32_MAX);
}

/* A row of a table of so many. */
static inline uint32_t load_row(struct load *load, uint32_t count)
{
    uint64_t row = load_number(load);
    if (row >= count) {
        load_bad(load, "a row is of no table");
        return 0;
    }
    return (uint32_t)row;
}

static inline uint32_t load_text(struct load *load)
{
    return load_row(load, load->texts);
}

/* The same, or ROW_NONE. */
static inline uint32_t load_row_or_none(struct load *load, uint32_t count)
{
    uint64_t row = load_number(load);
    if (row > count) {
        load_bad(load, "a row is of no table");
        return ROW_NONE;
    }
    return row == 0 ? ROW_NONE : (uint32_t)(row - 1);
}

static inline uint64_t load_unfolded(uint64_t folded)
{
    return folded >> 1 ^ ((folded & 1) != 0 ? UINT64_MAX : 0);
}

static inline uint64_t load_distance(struct load *load, uint64_t from)
{
    return from + load_unfolded(load_number(load));
}

static inline uint32_t load_row_near(struct load *load, uint32_t from, uint32_t count)
{
    uint64_t row = load_distance(load, from);
    if (row >= count) {
        load_bad(load, "a row is of no table");
        return 0;
    }
    return (uint32_t)row;
}

static inline uint32_t load_u32_near(struct load *load, uint32_t from)
{
    uint64_t value = load_distance(load, from);
    if (value > UINT32_MAX) {
        load_bad(load, "a number is too large");
        return 0;
    }
    return (uint32_t)value;
}

/* A time that can be added to others: of the years up to 2116. */
#define LOAD_TIME_NS_MAX (INT64_MAX / 2)

static inline int64_t load_time_known(struct load *load, int64_t from_ns)
{
    uint64_t time = load_distance(load, (uint64_t)from_ns);
    if (time + LOAD_TIME_NS_MAX > 2 * (uint64_t)LOAD_TIME_NS_MAX) {
        load_bad(load, "a time is out of all time");
        return 0;
    }
    return (int64_t)time;
}

/* A time, or UNKNOWN_NS. */
int64_t load_time(struct load *load, int64_t from_ns);

/* A duration or a size, or UNKNOWN_INT. */
int64_t load_amount(struct load *load, int64_t most);

/* Bytes, which stay where they are; NULL when there are not so many. */
const unsigned char *load_bytes(struct load *load, size_t size);
void load_copy(struct load *load, void *to, size_t size);
uint64_t load_u64(struct load *load);

/* Rows of a list: at most so many, each of which takes at least a byte. */
uint32_t load_count(struct load *load, uint32_t most);

/* Room for rows; nothing is in them. */
void *load_rows(struct load *load, uint32_t count, uint32_t *capacity, size_t size);

/* All of the view, and that there is nothing else. */
void load_all(struct load *load);

/* The parts, in their order. */
void load_texts(struct load *load);
void load_functions(struct load *load);
void load_ids(struct load *load);
void load_links(struct load *load);
void load_instances(struct load *load);
void load_invocations(struct load *load);
void load_rollups(struct load *load);
void load_repeats(struct load *load, struct repeats *repeats);

/* What follows from all rows, and must agree: lists of instances, counts. */
void load_settle(struct load *load);

void load_contribution(struct load *load, struct contribution *put);

/* The lists that were told (struct save_chain): each holds the rows that it had, in another order.
 */
struct load_chain {
    struct load *load;
    uint32_t owners, rows; /* How many there are. */
    /* The first row of an owner; the row behind one.  NULL: no such row is in any list. */
    uint32_t *(*first)(struct view *view, uint32_t owner);
    uint32_t *(*next)(struct view *view, uint32_t row);
    uint32_t *(*previous)(struct view *view, uint32_t row); /* NULL: there is no way back. */
    uint32_t (*owner)(const struct view *view, uint32_t row);
};
void load_chains(const struct load_chain *chain);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/order.h"

#include "base/map.h"
#include "model/model_limits.h"

#include <stdlib.h>
#include <string.h>

#define RADIX_BITS  11
#define RADIX_COUNT (1u << RADIX_BITS)

struct entry {
    uint64_t time_ns;
    uint32_t row;
};

/* What is needed on the way. */
struct work {
    uint32_t *sets; /* Of ids, then of resources: a parent each, the root its own. */
    uint32_t set_count;
    struct entry *entries, *others;
    uint32_t *last_group;  /* Of each set: its latest group plus 1, ... */
    uint32_t *last_bucket; /* ... and when that was. */
    uint32_t *group_of;    /* Of each entry. */
    uint32_t *begins;      /* Of each group, where it begins in the order. */
    uint32_t group_count;
};

static void work_fini(struct work *work)
{
    free(work->sets);
    free(work->entries);
    free(work->others);
    free(work->last_group);
    free(work->last_bucket);
    free(work->group_of);
    free(work->begins);
}

static bool work_init(struct work *work, const struct table *table, uint32_t count)
{
    *work = (struct work){.set_count = table->ids.count + texts_count(table->resources)};
    size_t sets = (size_t)work->set_count + 1;
    work->sets = malloc(sets * sizeof(*work->sets));
    work->last_group = calloc(sets, sizeof(*work->last_group));
    work->last_bucket = calloc(sets, sizeof(*work->last_bucket));
    work->entries = malloc(((size_t)count + 1) * sizeof(*work->entries));
    work->others = malloc(((size_t)count + 1) * sizeof(*work->others));
    work->group_of = malloc(((size_t)count + 1) * sizeof(*work->group_of));
    work->begins = malloc(((size_t)count + 2) * sizeof(*work->begins));
    return work->sets != NULL && work->last_group != NULL && work->last_bucket != NULL &&
           work->entries != NULL && work->others != NULL && work->group_of != NULL &&
           work->begins != NULL;
}

/* ---- Transactions. ---- */

static uint32_t root_of(uint32_t *sets, uint32_t at)
{
    while (sets[at] != at) {
        sets[at] = sets[sets[at]];
        at = sets[at];
    }
    return at;
}

/* The lower number becomes the root: the id that came first. */
static void join(uint32_t *sets, uint32_t one, uint32_t other)
{
    one = root_of(sets, one);
    other = root_of(sets, other);
    sets[one < other ? other : one] = one < other ? one : other;
}

static bool join_known(struct work *work, const struct table *table, const struct table_sink *sink)
{
    struct map numbers;
    bool fits = true;
    map_init_growing(&numbers, table->ids.count);
    for (uint32_t i = 0; fits && i < table->ids.count; i++) {
        uint32_t number = sink->cluster(sink->context, table->ids.ids[i]);
        uint32_t first;
        if (number == 0) {
            continue;
        }
        if (map_find(&numbers, hash_u64(number), NULL, NULL, &first)) {
            join(work->sets, first, i);
        } else {
            fits = map_insert(&numbers, hash_u64(number), i) == STATUS_OK;
        }
    }
    map_fini(&numbers);
    return fits;
}

static bool make_sets(struct work *work, const struct table *table, const struct table_sink *sink)
{
    for (uint32_t i = 0; i < work->set_count; i++) {
        work->sets[i] = i;
    }
    uint32_t trace = ROW_ID_NONE; /* The latest two: most rows are of the transaction before. */
    uint32_t request = ROW_ID_NONE;
    for (uint32_t i = 0; i < table->row_count; i++) {
        const struct row *row = &table->rows[i];
        if (row->trace != ROW_ID_NONE && row->request != ROW_ID_NONE &&
            (row->trace != trace || row->request != request)) {
            trace = row->trace;
            request = row->request;
            join(work->sets, trace, request);
        }
    }
    return sink->cluster == NULL || join_known(work, table, sink);
}

static uint32_t set_of(const struct work *work, const struct table *table, const struct row *row)
{
    if (row->trace != ROW_ID_NONE || row->request != ROW_ID_NONE) {
        return root_of(work->sets, row->trace != ROW_ID_NONE ? row->trace : row->request);
    }
    return table->ids.count + row->resource;
}

/* ---- Time. ---- */

static uint64_t time_of(const struct table *table, const struct row *row, enum signal signal)
{
    uint64_t told_ns = signal == SIGNAL_LOGS && row->start_ns == 0 ? row->end_ns : row->start_ns;
    uint64_t arrival_ns = table->arrivals[row->arrival];
    bool sane = told_ns >= (uint64_t)TIME_NS_MIN && told_ns <= INT64_MAX &&
                told_ns <= arrival_ns + (uint64_t)TIME_AHEAD_NS_MAX;
    return sane ? told_ns : arrival_ns;
}

static uint32_t list_rows(const struct work *work, const struct table *table, enum signal signal)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->row_count; i++) {
        const struct row *row = &table->rows[i];
        if (table->shapes.rows[row->shape].form.signal == signal) {
            work->entries[count++] = (struct entry){time_of(table, row, signal), i};
        }
    }
    return count;
}

/* By time, a few bits after the other; what is equal stays in order. */
static void sort_rows(struct work *work, uint32_t count)
{
    uint64_t low = UINT64_MAX;
    uint64_t high = 0;
    for (uint32_t i = 0; i < count; i++) {
        low = work->entries[i].time_ns < low ? work->entries[i].time_ns : low;
        high = work->entries[i].time_ns > high ? work->entries[i].time_ns : high;
    }
    for (unsigned shift = 0; count > 0 && shift < 64 && (high - low) >> shift != 0;
         shift += RADIX_BITS) {
        uint32_t begins[RADIX_COUNT + 1] = {0};
        for (uint32_t i = 0; i < count; i++) {
            begins[((work->entries[i].time_ns - low) >> shift) % RADIX_COUNT + 1]++;
        }
        for (uint32_t i = 0; i < RADIX_COUNT; i++) {
            begins[i + 1] += begins[i];
        }
        for (uint32_t i = 0; i < count; i++) {
            const struct entry *entry = &work->entries[i];
            work->others[begins[((entry->time_ns - low) >> shift) % RADIX_COUNT]++] = *entry;
        }
        struct entry *sorted = work->others;
        work->others = work->entries;
        work->entries = sorted;
    }
}

/* ---- Groups and blocks. ---- */

/* Number groups as they begin in time, and count their rows. */
static void number_groups(struct work *work, const struct table *table, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct entry *entry = &work->entries[i];
        uint32_t set = set_of(work, table, &table->rows[entry->row]);
        uint32_t bucket = (uint32_t)(entry->time_ns / ORDER_BUCKET_NS);
        if (work->last_group[set] == 0 || work->last_bucket[set] != bucket) {
            work->begins[work->group_count++] = 0;
            work->last_group[set] = work->group_count;
            work->last_bucket[set] = bucket;
        }
        work->group_of[i] = work->last_group[set] - 1;
        work->begins[work->group_of[i]]++;
    }
}

static void place_rows(struct order *order, struct work *work)
{
    uint32_t begin = 0;
    for (uint32_t i = 0; i < work->group_count; i++) {
        uint32_t count = work->begins[i];
        work->begins[i] = begin;
        begin += count;
    }
    for (uint32_t i = 0; i < order->count; i++) {
        uint32_t at = work->begins[work->group_of[i]]++;
        order->rows[at] = work->entries[i].row;
        order->groups[at] = work->group_of[i];
    }
}

/* Add groups to a block while they fit; one that fits into none is cut. */
static void cut_blocks(struct order *order, const struct table *table)
{
    uint32_t begin = 0;
    uint32_t whole = 0; /* Where the latest group began. */
    uint64_t weight = 0;
    for (uint32_t i = 0; i < order->count; i++) {
        if (i > begin && order->groups[i] != order->groups[i - 1]) {
            whole = i;
        }
        uint64_t more = table->rows[order->rows[i]].weight;
        if (i > begin && (i - begin == BLOCK_ROWS_MAX || weight + more > BLOCK_SIZE_MAX)) {
            uint32_t end = whole > begin ? whole : i;
            order->blocks[order->block_count++] = (struct order_block){begin, end};
            begin = end;
            weight = 0;
            for (uint32_t k = begin; k < i; k++) {
                weight += table->rows[order->rows[k]].weight;
            }
        }
        weight += more;
    }
    if (order->count > begin) {
        order->blocks[order->block_count++] = (struct order_block){begin, order->count};
    }
}

bool order_make(struct order *order, const struct table *table, const struct table_sink *sink,
                enum signal signal)
{
    struct work work;
    uint32_t all = table->row_count;
    *order = (struct order){
        .rows = malloc(((size_t)all + 1) * sizeof(*order->rows)),
        .groups = malloc(((size_t)all + 1) * sizeof(*order->groups)),
        .blocks = malloc(((size_t)all + 1) * sizeof(*order->blocks)),
    };
    bool fits = work_init(&work, table, all) && order->rows != NULL && order->groups != NULL &&
                order->blocks != NULL && make_sets(&work, table, sink);
    if (fits) {
        order->count = list_rows(&work, table, signal);
        sort_rows(&work, order->count);
        number_groups(&work, table, order->count);
        place_rows(order, &work);
        cut_blocks(order, table);
    }
    work_fini(&work);
    return fits;
}

void order_fini(struct order *order)
{
    free(order->rows);
    free(order->groups);
    free(order->blocks);
    *order = (struct order){.count = 0};
}

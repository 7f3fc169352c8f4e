/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold.h"

#include "columns/block_scan.h"
#include "store/hold_private.h"

#include <stdlib.h>
#include <string.h>

/* A row of a block, and when it arrived. */
struct looked {
    uint64_t arrival_ns;
    uint32_t row;
};

struct looking {
    struct scan_look *look;
    const struct looked *looked;
    uint32_t count, at; /* The record that is shown next is that of this row. */
    uint32_t *rows;
    uint32_t wanted;
};

bool hold_look_span(const struct scan_query *query, const struct span *span)
{
    struct scan_look *look = query->look;
    return look == NULL || look->wants == NULL || look->wants(look->context, span, NULL);
}

bool hold_look_line(const struct scan_query *query, const struct log_line *line)
{
    struct scan_look *look = query->look;
    return look == NULL || look->wants == NULL || look->wants(look->context, NULL, line);
}

static void looking_take(struct looking *looking, bool wanted)
{
    if (wanted && looking->at < looking->count) {
        looking->rows[looking->wanted++] = looking->looked[looking->at].row;
    }
    looking->at++;
}

static bool look_at_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct looking *looking = context;
    struct scan_look *look = looking->look;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        looking_take(looking, look->wants(look->context, &batch->spans[i], NULL));
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        looking_take(looking, look->wants(look->context, NULL, &batch->logs[i]));
    }
    return true;
}

static int compare_looked(const void *one, const void *other)
{
    const struct looked *a = one;
    const struct looked *b = other;
    if (a->arrival_ns != b->arrival_ns) {
        return a->arrival_ns < b->arrival_ns ? -1 : 1;
    }
    return (a->row > b->row) - (a->row < b->row);
}

static int compare_rows(const void *one, const void *other)
{
    const uint32_t *a = one;
    const uint32_t *b = other;
    return (*a > *b) - (*a < *b);
}

/* Records are shown by their times of arrival, and of one time as their rows lie. */
static enum status order_looked(struct block *block, const uint32_t *rows, uint32_t count,
                                struct looked *looked)
{
    const uint64_t *arrivals_ns;
    enum status status = block_arrivals(block, &arrivals_ns);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        looked[i] = (struct looked){arrivals_ns[rows[i]], rows[i]};
    }
    if (status == STATUS_OK) {
        qsort(looked, count, sizeof(looked[0]), compare_looked);
    }
    return status;
}

enum status hold_look_rows(const struct scan_query *query, struct block *block, uint32_t *rows,
                           uint32_t *count)
{
    if (query->look == NULL || query->look->wants == NULL || *count == 0) {
        return STATUS_OK;
    }
    struct looked *looked = malloc(*count * sizeof(*looked));
    uint32_t *shown = malloc(*count * sizeof(*shown));
    struct looking looking = {query->look, looked, *count, 0, rows, 0};
    enum status status = looked != NULL && shown != NULL ? STATUS_OK : STATUS_FULL;
    if (status == STATUS_OK) {
        memcpy(shown, rows, *count * sizeof(*shown));
        status = order_looked(block, shown, *count, looked);
    }
    if (status == STATUS_OK) {
        status = block_rows_at(block, shown, *count, look_at_batch, &looking);
    }
    if (status == STATUS_OK) {
        qsort(rows, looking.wanted, sizeof(rows[0]), compare_rows);
        *count = looking.wanted;
    }
    free(shown);
    free(looked);
    return status;
}

/* What is behind the latest record of a place was looked at, or before its first. */
static bool stop_at(const struct scan_query *query, const struct place *place)
{
    query->look->reached_ns = query->oldest ? place->moments.first_ns : place->moments.last_ns + 1;
    return true;
}

bool hold_look_stop(const struct scan_query *query, const struct place *place, bool first)
{
    struct scan_look *look = query->look;
    return look != NULL && !first && look->stop(look->context) && stop_at(query, place);
}

bool hold_look_cut(const struct scan_query *query, const struct place *place)
{
    return query->look != NULL && query->look->cut && stop_at(query, place);
}

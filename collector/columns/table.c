/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/table.h"

#include "columns/table_private.h"
#include "columns/table_resources.h"
#include "columns/table_rows.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_ROWS_FIRST 1024

bool table_grow(void **rows, uint32_t *capacity, uint32_t count, uint32_t count_max, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    if (count >= count_max) {
        return false;
    }
    uint32_t more = *capacity == 0 ? TABLE_ROWS_FIRST : *capacity * 2;
    void *grown = realloc(*rows, more * size);
    if (grown == NULL) {
        return false;
    }
    *rows = grown;
    *capacity = more;
    return true;
}

struct table *table_create(const struct hash_key *key)
{
    struct table *table = calloc(1, sizeof(*table));
    if (table == NULL) {
        return NULL;
    }
    table->key = *key;
    memset(table->latest, 0xff, sizeof(table->latest));
    buf_init_growing(&table->values, TABLE_VALUES_SIZE_MAX);
    buf_init_growing(&table->scratch, TABLE_VALUES_SIZE_MAX);
    table->texts = texts_create(key, TABLE_TEXT_COUNT_MAX, TABLE_TEXTS_SIZE_MAX);
    table->resources = texts_create(key, TABLE_RESOURCE_COUNT_MAX, TABLE_TEXTS_SIZE_MAX);
    table->scopes = texts_create(key, TABLE_SCOPE_COUNT_MAX, TABLE_TEXTS_SIZE_MAX);
    if (table->texts == NULL || table->resources == NULL || table->scopes == NULL ||
        !shape_list_init(&table->shapes, table->texts) ||
        !idset_init(&table->keys, key, TABLE_RESOURCE_COUNT_MAX) ||
        !idset_init(&table->ids, key, TABLE_ID_COUNT_MAX)) {
        table_free(table);
        return NULL;
    }
    return table;
}

void table_free(struct table *table)
{
    if (table == NULL) {
        return;
    }
    texts_free(table->texts);
    texts_free(table->resources);
    texts_free(table->scopes);
    idset_fini(&table->keys);
    free(table->key_resources);
    shape_list_fini(&table->shapes);
    idset_fini(&table->ids);
    free(table->resource_rows);
    free(table->rows);
    buf_fini(&table->values);
    buf_fini(&table->scratch);
    free(table->arrivals);
    free(table->bares);
    free(table->uses);
    free(table->requests);
    free(table->batch_resources);
    free(table->batch_used);
    free(table);
}

/* ---- Batches. ---- */

/* Where a batch began: it is added whole or not at all. */
struct table_mark {
    uint32_t rows, spans, bares, arrivals;
    size_t values;
};

static struct table_mark mark_of(const struct table *table)
{
    return (struct table_mark){table->row_count, table->span_count, table->bare_count,
                               table->arrival_count, table->values.size};
}

static void rewind_to(struct table *table, const struct table_mark *mark)
{
    table->row_count = mark->rows;
    table->span_count = mark->spans;
    table->bare_count = mark->bares;
    table->arrival_count = mark->arrivals;
    buf_rewind(&table->values, mark->values);
}

static bool add_arrival(struct table *table, uint64_t arrival_ns, uint32_t *number)
{
    void *rows = table->arrivals;
    if (table->arrival_count > 0 && table->arrivals[table->arrival_count - 1] == arrival_ns) {
        *number = table->arrival_count - 1;
        return true;
    }
    bool fits = table_grow(&rows, &table->arrival_capacity, table->arrival_count,
                           TABLE_ARRIVAL_COUNT_MAX, sizeof(*table->arrivals));
    table->arrivals = rows;
    if (fits) {
        *number = table->arrival_count;
        table->arrivals[table->arrival_count++] = arrival_ns;
    }
    return fits;
}

static bool open_batch(struct table *table, const struct batch *batch)
{
    if (batch->resource_count > table->batch_capacity) {
        free(table->batch_resources);
        free(table->batch_used);
        table->batch_capacity = 0;
        table->batch_resources = malloc(batch->resource_count * sizeof(*table->batch_resources));
        table->batch_used = malloc(batch->resource_count * sizeof(*table->batch_used));
        if (table->batch_resources == NULL || table->batch_used == NULL) {
            return false;
        }
        table->batch_capacity = batch->resource_count;
    }
    if (batch->resource_count > 0) {
        memset(table->batch_resources, 0, batch->resource_count * sizeof(*table->batch_resources));
        memset(table->batch_used, 0, batch->resource_count * sizeof(*table->batch_used));
    }
    return true;
}

/* The number of a record's resource. */
static enum status resource_of(struct table *table, const struct batch *batch,
                               const struct resource *resource, uint32_t *number)
{
    ENSURE(resource >= batch->resources && resource < batch->resources + batch->resource_count);
    size_t index = (size_t)(resource - batch->resources);
    uint32_t *known = &table->batch_resources[index];
    table->batch_used[index] = true;
    if (*known == 0) {
        enum status status = table_resources_add(table, resource, known);
        if (status != STATUS_OK) {
            return status;
        }
        ++*known;
    }
    *number = *known - 1;
    return STATUS_OK;
}

static enum status add_bare(struct table *table, const struct batch *batch, uint32_t arrival)
{
    for (size_t i = 0; i < batch->resource_count; i++) {
        const struct resource *resource = &batch->resources[i];
        if (table->batch_used[i] || resource->epoch == 0 || resource->seq == 0) {
            continue;
        }
        void *rows = table->bares;
        bool fits = table_grow(&rows, &table->bare_capacity, table->bare_count, TABLE_ROWS_MAX,
                               sizeof(*table->bares));
        table->bares = rows;
        if (!fits) {
            return STATUS_FULL;
        }
        struct bare *bare = &table->bares[table->bare_count];
        enum status status = resource_of(table, batch, resource, &bare->resource);
        if (status != STATUS_OK) {
            return status;
        }
        bare->arrival = arrival;
        table->bare_count++;
    }
    return STATUS_OK;
}

static enum status add_records(struct table_row_context *context, const struct batch *batch)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        status = resource_of(context->table, batch, span->resource, &context->resource);
        if (status == STATUS_OK) {
            status = table_rows_span(context, span);
        }
    }
    for (size_t i = 0; status == STATUS_OK && i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        status = resource_of(context->table, batch, line->resource, &context->resource);
        if (status == STATUS_OK) {
            status = table_rows_line(context, line);
        }
    }
    return status;
}

enum status table_add(struct table *table, const struct batch *batch, uint64_t arrival_ns)
{
    struct table_mark mark = mark_of(table);
    struct table_row_context context = {.table = table};
    if (!open_batch(table, batch) || !add_arrival(table, arrival_ns, &context.arrival)) {
        return STATUS_FULL;
    }
    enum status status = add_records(&context, batch);
    if (status == STATUS_OK) {
        status = add_bare(table, batch, context.arrival);
    }
    if (status != STATUS_OK) {
        rewind_to(table, &mark);
    }
    return status;
}

bool table_crowded(const struct table *table)
{
    return table->shapes.count >= SHAPE_COUNT_MAX / 2 ||
           texts_count(table->scopes) >= TABLE_SCOPE_COUNT_MAX / 2 ||
           table->row_count >= TABLE_ROWS_MAX / 2 ||
           texts_count(table->texts) >= TABLE_TEXT_COUNT_MAX / 2 ||
           table->ids.count >= TABLE_ID_COUNT_MAX / 2 ||
           table->resource_count >= TABLE_RESOURCE_COUNT_MAX / 2;
}

struct table_counts table_counts(const struct table *table)
{
    return (struct table_counts){
        .spans = table->span_count,
        .lines = table->row_count - table->span_count,
        .bare = table->bare_count,
        .memory =
            sizeof(*table) + texts_memory(table->texts) + texts_memory(table->resources) +
            texts_memory(table->scopes) + idset_memory(&table->keys) +
            table->key_count * sizeof(uint32_t) + shape_list_memory(&table->shapes) +
            idset_memory(&table->ids) + table->resource_count * sizeof(struct table_resource) +
            table->row_count * sizeof(struct row) + table->values.size + table->scratch.capacity +
            table->arrival_count * sizeof(uint64_t) + table->bare_count * sizeof(struct bare) +
            texts_count(table->texts) * sizeof(struct table_use) +
            table->request_capacity * sizeof(uint32_t),
    };
}

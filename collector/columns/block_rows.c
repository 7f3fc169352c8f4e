/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "columns/nested.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

/* Rows of a block as records, those of one time of arrival side by side. */

/* A time of arrival, and where its records lie. */
struct arrival {
    uint64_t time_ns;
    uint32_t begin, count;
};

struct making {
    struct block *block;
    struct block_walk walk;
    const uint32_t *rows; /* Those that are wanted, ascending. */
    uint32_t count;
    uint32_t *places; /* Of each of these, where its record lies. */
    struct arrival *arrivals;
    uint32_t arrival_count;
    struct span *spans; /* One of the two. */
    struct log_line *lines;
    uint32_t *record_rows; /* Of each record. */
    uint32_t *resource_at; /* Of each resource, its index in the batch plus 1; 0: not yet. */
    const uint64_t *starts_ns, *arrivals_ns;
    const int64_t *durations_ns;
    const uint32_t *resources;
    struct block_ids traces;
};

/* ---- Values. ---- */

static enum status attrs_of(struct making *making, const struct block_shape *shape,
                            struct attrs *attrs)
{
    const struct dictionary *dictionary = making->block->dictionary;
    const struct shape *of = shape->shape;
    if (of->attr_count == 0) {
        return STATUS_OK;
    }
    struct attr *items = arena_alloc(making->block->arena, of->attr_count * sizeof(*items));
    if (items == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < of->attr_count; i++) {
        uint32_t at = of->field_count + i;
        const struct column *column = &dictionary->columns[dictionary->pool[of->first + at]];
        items[i].key = dictionary->texts[column->key];
        enum status status = block_columns_value(making->block, &making->walk, column,
                                                 shape->columns[at], &items[i].value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    attrs->items = items;
    attrs->count = of->attr_count; /* All of them, or none: some could not be looked at. */
    return STATUS_OK;
}

/* All attributes out of one value.  Those that were dropped are told there, too. */
static enum status attrs_whole(struct making *making, struct slice bytes, struct attrs *attrs)
{
    enum status status = nested_read_attrs(&bytes, making->block->arena, attrs);
    return status == STATUS_OK && bytes.size > 0 ? STATUS_BAD : status;
}

/* ---- Fields. ---- */

static int64_t int_of(const struct making *making, uint32_t at)
{
    return making->block->columns[at].ints[making->walk.cells[at]];
}

static struct slice text_of(const struct making *making, uint32_t at)
{
    const struct block_column *column = &making->block->columns[at];
    uint32_t cell = making->walk.cells[at];
    return column
        ->texts[shape_column_store(column->column) == COLUMN_TEXT ? column->index[cell] : cell];
}

static enum status whole(enum status status, struct slice rest)
{
    return status == STATUS_OK && rest.size > 0 ? STATUS_BAD : status;
}

static enum status span_field(struct making *making, enum field field, uint32_t at,
                              struct span *span)
{
    struct arena *arena = making->block->arena;
    struct slice bytes;
    enum status status;
    switch (field) {
    case FIELD_NAME:
        span->name = text_of(making, at);
        return STATUS_OK;
    case FIELD_STATE:
        span->trace_state = text_of(making, at);
        return STATUS_OK;
    case FIELD_MESSAGE:
        span->status_message = text_of(making, at);
        return STATUS_OK;
    case FIELD_FLAGS:
        span->flags = (uint32_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_SEQ:
        span->seq = (uint64_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_DROPPED:
        span->attrs.dropped = (uint32_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_EVENTS:
        bytes = text_of(making, at);
        status = nested_read_events(&bytes, arena, span);
        return whole(status, bytes);
    case FIELD_LINKS:
        bytes = text_of(making, at);
        status = nested_read_links(&bytes, arena, span);
        return whole(status, bytes);
    case FIELD_ATTRS:
        return attrs_whole(making, text_of(making, at), &span->attrs);
    case FIELD_SEVERITY:
    case FIELD_SEVERITY_TEXT:
    case FIELD_EVENT_NAME:
    case FIELD_BODY:
    case FIELD_ATTR:
    case FIELD_COUNT:
        break;
    }
    return STATUS_BAD;
}

static enum status line_field(struct making *making, enum field field, uint32_t at,
                              struct log_line *line)
{
    switch (field) {
    case FIELD_SEVERITY:
        line->severity = (uint32_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_SEVERITY_TEXT:
        line->severity_text = text_of(making, at);
        return STATUS_OK;
    case FIELD_EVENT_NAME:
        line->event_name = text_of(making, at);
        return STATUS_OK;
    case FIELD_SEQ:
        line->seq = (uint64_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_DROPPED:
        line->attrs.dropped = (uint32_t)int_of(making, at);
        return STATUS_OK;
    case FIELD_ATTRS:
        return attrs_whole(making, text_of(making, at), &line->attrs);
    case FIELD_BODY:
        return block_columns_value(making->block, &making->walk, making->block->columns[at].column,
                                   at, &line->body);
    case FIELD_NAME:
    case FIELD_STATE:
    case FIELD_MESSAGE:
    case FIELD_FLAGS:
    case FIELD_EVENTS:
    case FIELD_LINKS:
    case FIELD_ATTR:
    case FIELD_COUNT:
        break;
    }
    return STATUS_BAD;
}

/* ---- Records. ---- */

static const struct scope *scope_of(const struct making *making, const struct form *form)
{
    return form->scope == 0 ? NULL : &making->block->dictionary->scopes[form->scope - 1];
}

/* The number of an agent's record is in its attributes, unless it has a field of its own. */
static void tell_seq(const struct form *form, const struct scope *scope, struct attrs attrs,
                     uint64_t *seq)
{
    if ((form->mask >> FIELD_SEQ & 1) == 0 && scope != NULL && scope->agent) {
        *seq = record_number(attrs, NAME_THAW_SEQ);
    }
}

static enum status make_span(struct making *making, const struct block_shape *shape, uint32_t row,
                             struct span *span)
{
    const struct block *block = making->block;
    const struct form *form = &shape->shape->form;
    const struct column *columns = block->dictionary->columns;
    const uint32_t *pool = block->dictionary->pool + shape->shape->first;
    *span = (struct span){
        .scope = scope_of(making, form),
        .trace_id = making->traces.ids[making->traces.rows[row]],
        .span_id = block->span_ids[row],
        .parent_span_id = block->parents[row],
        .kind = BLOCK_SPAN_KIND(form->grade),
        .status = BLOCK_SPAN_STATUS(form->grade),
        .start_ns = making->starts_ns[row],
        .end_ns = making->starts_ns[row] + (uint64_t)making->durations_ns[row],
    };
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < shape->shape->field_count; i++) {
        status = span_field(making, (enum field)columns[pool[i]].field, shape->columns[i], span);
    }
    if (status == STATUS_OK) {
        status = attrs_of(making, shape, &span->attrs);
    }
    tell_seq(form, span->scope, span->attrs, &span->seq);
    return status;
}

static enum status make_line(struct making *making, const struct block_shape *shape, uint32_t row,
                             struct log_line *line)
{
    const struct block *block = making->block;
    const struct form *form = &shape->shape->form;
    const struct column *columns = block->dictionary->columns;
    const uint32_t *pool = block->dictionary->pool + shape->shape->first;
    uint32_t trace = making->traces.rows[row];
    *line = (struct log_line){
        .scope = scope_of(making, form),
        .time_ns = making->starts_ns[row],
        .observed_ns = making->starts_ns[row] + (uint64_t)making->durations_ns[row],
        .severity = form->grade,
        .has_trace = (form->bits & FORM_HAS_TRACE) != 0,
        .span_id = block->span_ids[row],
    };
    if (trace != BLOCK_NONE) {
        line->trace_id = making->traces.ids[trace];
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < shape->shape->field_count; i++) {
        status = line_field(making, (enum field)columns[pool[i]].field, shape->columns[i], line);
    }
    if (status == STATUS_OK) {
        status = attrs_of(making, shape, &line->attrs);
    }
    tell_seq(form, line->scope, line->attrs, &line->seq);
    return status;
}

static enum status make_records(struct making *making)
{
    struct block *block = making->block;
    enum status status = block_walk_begin(block, &making->walk);
    for (uint32_t i = 0; status == STATUS_OK && i < making->count; i++) {
        uint32_t row = making->rows[i];
        uint32_t place = making->places[i];
        const struct block_shape *shape = &block->shapes[block->shape_rows[row]];
        block_walk_to(block, &making->walk, row);
        making->record_rows[place] = row;
        status = block->signal == SIGNAL_TRACES
                     ? make_span(making, shape, row, &making->spans[place])
                     : make_line(making, shape, row, &making->lines[place]);
    }
    return status;
}

/* ---- Arrivals. ---- */

static int by_time(const void *one, const void *other)
{
    uint64_t left = ((const struct arrival *)one)->time_ns;
    uint64_t right = ((const struct arrival *)other)->time_ns;
    return left < right ? -1 : left > right;
}

/* The arrival of a row; that of the row before is looked at first. */
static struct arrival *find_arrival(struct making *making, uint32_t row, struct arrival *before)
{
    struct arrival key = {.time_ns = making->arrivals_ns[row]};
    if (before->time_ns == key.time_ns) {
        return before;
    }
    struct arrival *found =
        bsearch(&key, making->arrivals, making->arrival_count, sizeof(key), by_time);
    ENSURE(found != NULL);
    return found;
}

/* Which times there are, in order. */
static void list_arrivals(struct making *making)
{
    struct arrival *arrivals = making->arrivals;
    uint32_t runs = 0;
    for (uint32_t i = 0; i < making->count; i++) {
        uint64_t time_ns = making->arrivals_ns[making->rows[i]];
        if (runs == 0 || arrivals[runs - 1].time_ns != time_ns) {
            arrivals[runs++] = (struct arrival){time_ns, 0, 0};
        }
    }
    qsort(arrivals, runs, sizeof(*arrivals), by_time);
    for (uint32_t i = 0; i < runs; i++) {
        uint32_t count = making->arrival_count;
        if (count == 0 || arrivals[count - 1].time_ns != arrivals[i].time_ns) {
            arrivals[making->arrival_count++] = arrivals[i];
        }
    }
}

/* Where the records of each time will lie. */
static enum status place_records(struct making *making)
{
    struct arena *arena = making->block->arena;
    making->arrivals = arena_alloc(arena, making->count * sizeof(*making->arrivals));
    making->places = arena_alloc(arena, making->count * sizeof(*making->places));
    making->record_rows = arena_alloc(arena, making->count * sizeof(*making->record_rows));
    if (making->arrivals == NULL || making->places == NULL || making->record_rows == NULL) {
        return STATUS_FULL;
    }
    list_arrivals(making);
    struct arrival *arrival = making->arrivals;
    for (uint32_t i = 0; i < making->count; i++) {
        arrival = find_arrival(making, making->rows[i], arrival);
        making->places[i] = arrival->count++; /* Among those of its arrival. */
    }
    uint32_t begin = 0;
    for (uint32_t i = 0; i < making->arrival_count; i++) {
        making->arrivals[i].begin = begin;
        begin += making->arrivals[i].count;
    }
    for (uint32_t i = 0; i < making->count; i++) {
        arrival = find_arrival(making, making->rows[i], arrival);
        making->places[i] += arrival->begin;
    }
    return STATUS_OK;
}

/* Give the records of an arrival their resources, each once. */
static enum status make_batch(struct making *making, const struct arrival *arrival,
                              struct batch *batch)
{
    const struct block *block = making->block;
    struct resource *resources = arena_alloc(block->arena, arrival->count * sizeof(*resources));
    if (resources == NULL) {
        return STATUS_FULL;
    }
    *batch = (struct batch){.signal = block->signal, .resources = resources};
    for (uint32_t i = arrival->begin; i < arrival->begin + arrival->count; i++) {
        uint32_t number = making->resources[making->record_rows[i]];
        uint32_t *at = &making->resource_at[number];
        if (*at == 0) {
            const struct resource *made;
            enum status status = dictionary_resource(block->dictionary, number, &made);
            if (status != STATUS_OK) {
                return status;
            }
            resources[batch->resource_count] = *made;
            *at = (uint32_t)++batch->resource_count;
        }
        const struct resource *resource = &resources[*at - 1];
        if (block->signal == SIGNAL_TRACES) {
            making->spans[i].resource = resource;
        } else {
            making->lines[i].resource = resource;
        }
    }
    for (uint32_t i = arrival->begin; i < arrival->begin + arrival->count; i++) {
        making->resource_at[making->resources[making->record_rows[i]]] = 0;
    }
    if (block->signal == SIGNAL_TRACES) {
        batch->spans = making->spans + arrival->begin;
        batch->span_count = arrival->count;
    } else {
        batch->logs = making->lines + arrival->begin;
        batch->log_count = arrival->count;
    }
    return STATUS_OK;
}

/* ---- All of it. ---- */

static enum status decode_columns(struct making *making)
{
    struct block *block = making->block;
    enum status status = block_starts(block, &making->starts_ns);
    status = status == STATUS_OK ? block_durations(block, &making->durations_ns) : status;
    status = status == STATUS_OK ? block_arrivals(block, &making->arrivals_ns) : status;
    status = status == STATUS_OK ? block_resources(block, &making->resources) : status;
    status = status == STATUS_OK ? block_traces(block, &making->traces) : status;
    status = status == STATUS_OK ? block_fixed_span_ids(block) : status;
    if (status == STATUS_OK && block->signal == SIGNAL_TRACES) {
        status = block_fixed_parents(block);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->column_count; i++) {
        status = block_columns_all(block, &block->columns[i]);
    }
    return status;
}

static enum status make_room(struct making *making)
{
    struct block *block = making->block;
    size_t resources = block->dictionary->resource_count;
    making->resource_at = arena_alloc_array(block->arena, resources, sizeof(*making->resource_at));
    if (block->signal == SIGNAL_TRACES) {
        making->spans = arena_alloc(block->arena, making->count * sizeof(*making->spans));
    } else {
        making->lines = arena_alloc(block->arena, making->count * sizeof(*making->lines));
    }
    return making->resource_at != NULL && (making->spans != NULL || making->lines != NULL)
               ? STATUS_OK
               : STATUS_FULL;
}

/* Few rows are taken out of their columns, which are not decoded whole. */
#define FEW_OF_ROWS 8

static enum status visit_rows(struct block *block, const uint32_t *rows, uint32_t count,
                              block_visit *visit, void *context)
{
    struct making making = {.block = block, .rows = rows, .count = count};
    enum status status = decode_columns(&making);
    status = status == STATUS_OK ? place_records(&making) : status;
    status = status == STATUS_OK ? make_room(&making) : status;
    status = status == STATUS_OK ? make_records(&making) : status;
    for (uint32_t i = 0; status == STATUS_OK && i < making.arrival_count; i++) {
        struct batch *batch = arena_alloc(block->arena, sizeof(*batch));
        if (batch == NULL) {
            return STATUS_FULL;
        }
        status = make_batch(&making, &making.arrivals[i], batch);
        if (status == STATUS_OK && !visit(context, making.arrivals[i].time_ns, batch)) {
            break;
        }
    }
    return status;
}

/* Where in a list of rows others are, both ascending; *missing: how many are not in it. */
static void find_rows(const uint32_t *all, uint32_t all_count, const uint32_t *rows, uint32_t count,
                      uint32_t *places, uint32_t *missing)
{
    uint32_t at = 0;
    *missing = 0;
    for (uint32_t i = 0; i < count; i++) {
        while (at < all_count && all[at] < rows[i]) {
            at++;
        }
        places[i] = at;
        *missing += at == all_count || all[at] != rows[i];
    }
}

/* Rows of one list and of another, both ascending, each once; how many. */
static uint32_t join_rows(const struct block_few *few, const uint32_t *rows, uint32_t count,
                          uint32_t *joined)
{
    uint32_t size = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (; few != NULL && at < few->count && few->rows[at] <= rows[i]; at++) {
            joined[size++] = few->rows[at];
        }
        if (size == 0 || joined[size - 1] != rows[i]) {
            joined[size++] = rows[i];
        }
    }
    for (; few != NULL && at < few->count; at++) {
        joined[size++] = few->rows[at];
    }
    return size;
}

/* Have these rows as a block of their own, and those that it had. */
static enum status add_few(struct block *block, const uint32_t *rows, uint32_t count)
{
    uint32_t before = block->few != NULL ? block->few->count : 0;
    uint32_t *joined = arena_alloc(block->arena, ((size_t)count + before) * sizeof(*joined));
    struct block_few *few = arena_alloc(block->arena, sizeof(*few));
    if (joined == NULL || few == NULL) {
        return STATUS_FULL;
    }
    few->rows = joined;
    few->count = join_rows(block->few, rows, count, joined);
    enum status status = block_project(block, joined, few->count, &few->block);
    block->few = status == STATUS_OK ? few : block->few;
    return status;
}

enum status block_rows_at(struct block *block, const uint32_t *rows, uint32_t count,
                          block_visit *visit, void *context)
{
    uint32_t missing = count;
    enum status status = count > 0 ? block_shapes(block) : STATUS_OK;
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    if (count > block->rows / FEW_OF_ROWS) {
        return visit_rows(block, rows, count, visit, context);
    }
    uint32_t *places = arena_alloc(block->arena, count * sizeof(*places));
    if (places == NULL) {
        return STATUS_FULL;
    }
    if (block->few != NULL) {
        find_rows(block->few->rows, block->few->count, rows, count, places, &missing);
    }
    if (missing > 0) {
        status = add_few(block, rows, count);
        if (status != STATUS_OK) {
            return status;
        }
        find_rows(block->few->rows, block->few->count, rows, count, places, &missing);
    }
    return visit_rows(&block->few->block, places, count, visit, context);
}

enum status block_rows(struct block *block, const struct id16 *ids, size_t id_count,
                       block_visit *visit, void *context)
{
    uint32_t count = 0;
    uint32_t *rows = arena_alloc(block->arena, block->rows * sizeof(*rows));
    bool *matches = arena_alloc(block->arena, block->rows);
    if (rows == NULL || matches == NULL) {
        return STATUS_FULL;
    }
    memset(matches, true, block->rows);
    enum status status = ids != NULL ? block_match(block, ids, id_count, matches) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    for (const bool *at = matches;
         (at = memchr(at, true, block->rows - (size_t)(at - matches))) != NULL; at++) {
        rows[count++] = (uint32_t)(at - matches);
    }
    return block_rows_at(block, rows, count, visit, context);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/select.h"

#include "columns/block_private.h"
#include "columns/block_scan.h"
#include "columns/nested.h"
#include "columns/select_private.h"
#include "model/moment.h"

#include <stdlib.h>
#include <string.h>

/*
 * A block whose rows are being chosen.  keep says which are left; a condition that a row may meet
 * in several places (its attribute, or its sender's) first says so in met.
 */
struct selecting {
    struct select *select;
    struct block *block;
    bool *keep;
    bool *met;
    uint32_t left;
    bool *has; /* Of each shape, whether it has the column that is looked at. */
};

/* What a column says of one row; rows that are out already are not asked about. */
typedef enum status selecting_ask(struct selecting *selecting, const struct block_column *column,
                                  uint32_t cell, const void *context, bool *met);

/* Leave those rows that met a condition. */
static void keep_met(struct selecting *selecting)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < selecting->block->rows; i++) {
        selecting->keep[i] = selecting->keep[i] && selecting->met[i];
        left += selecting->keep[i];
    }
    selecting->left = left;
}

static void none_met(struct selecting *selecting)
{
    memset(selecting->met, false, selecting->block->rows);
}

/* Ask a column of each row that has it. */
static enum status each_cell(struct selecting *selecting, uint32_t at, selecting_ask *ask,
                             const void *context)
{
    struct block *block = selecting->block;
    const struct block_column *column = &block->columns[at];
    enum status status = STATUS_OK;
    uint32_t cell = 0;
    for (uint32_t i = 0; i < block->rows && status == STATUS_OK; i++) {
        if (!selecting->has[block->shape_rows[i]]) {
            continue;
        }
        if (selecting->keep[i] && !selecting->met[i]) {
            status = ask(selecting, column, cell, context, &selecting->met[i]);
        }
        cell++;
    }
    return status;
}

/* Which shapes have a column at all. */
static void find_shapes(struct selecting *selecting, uint32_t at)
{
    const struct block *block = selecting->block;
    for (uint32_t i = 0; i < block->shape_count; i++) {
        const struct block_shape *shape = &block->shapes[i];
        uint32_t count = (uint32_t)shape->shape->field_count + shape->shape->attr_count;
        selecting->has[i] = false;
        for (uint32_t k = 0; k < count; k++) {
            selecting->has[i] = selecting->has[i] || shape->columns[k] == at;
        }
    }
}

/* ---- Who sent it. ---- */

/* Room for what is known of the resources of a dictionary that was not seen before. */
static enum status meet_dictionary(struct select *select, const struct dictionary *dictionary)
{
    size_t count = dictionary->resource_count;
    if (select->dictionary == dictionary) {
        return STATUS_OK;
    }
    if (select->count * count > select->verdict_capacity) {
        free(select->verdicts);
        select->verdict_capacity = 0;
        select->verdicts = malloc(select->count * count);
        if (select->verdicts == NULL) {
            select->dictionary = NULL;
            return STATUS_FULL;
        }
        select->verdict_capacity = select->count * count;
    }
    for (size_t i = 0; i < select->count && count > 0; i++) {
        select->ready[i].resources = select->verdicts + i * count;
        memset(select->ready[i].resources, VERDICT_UNKNOWN, count);
    }
    select->dictionary = dictionary;
    return STATUS_OK;
}

static enum status ask_resources(struct selecting *selecting, struct ready *ready)
{
    struct block *block = selecting->block;
    const uint32_t *numbers;
    enum status status = block_resources(block, &numbers);
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        uint8_t *verdict = &ready->resources[numbers[i]];
        if (*verdict == VERDICT_UNKNOWN) {
            const struct resource *resource;
            status = dictionary_resource(block->dictionary, numbers[i], &resource);
            if (status != STATUS_OK) {
                return status;
            }
            *verdict = select_resource(ready, resource) ? VERDICT_YES : VERDICT_NO;
        }
        selecting->met[i] = *verdict == VERDICT_YES;
    }
    return status;
}

/* ---- Attributes. ---- */

static enum status ask_text(struct selecting *selecting, const struct block_column *column,
                            uint32_t cell, const void *context, bool *met)
{
    const bool *wanted = context;
    (void)selecting;
    *met = wanted[column->index[cell]];
    return STATUS_OK;
}

static enum status ask_number(struct selecting *selecting, const struct block_column *column,
                              uint32_t cell, const void *context, bool *met)
{
    struct value value = {.kind = (enum value_kind)column->column->kind};
    (void)selecting;
    switch (value.kind) {
    case VALUE_BOOL:
        value.boolean = column->ints[cell] != 0;
        break;
    case VALUE_INT:
        value.integer = column->ints[cell];
        break;
    case VALUE_DOUBLE:
        memcpy(&value.number, &column->ints[cell], sizeof(value.number));
        break;
    case VALUE_EMPTY:
    case VALUE_STRING:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        return STATUS_OK;
    }
    *met = select_value(context, &value);
    return STATUS_OK;
}

static enum status ask_whole(struct selecting *selecting, const struct block_column *column,
                             uint32_t cell, const void *context, bool *met)
{
    struct slice bytes = column->texts[cell];
    struct attrs attrs;
    enum status status = nested_read_attrs(&bytes, selecting->block->arena, &attrs);
    if (status == STATUS_OK) {
        *met = select_attrs(context, attrs);
    }
    return status;
}

/* Which of a column's texts a condition means; false: none of them. */
typedef bool text_test(const struct ready *ready, struct slice text);

static enum status test_texts(struct selecting *selecting, struct block_column *column,
                              const struct ready *ready, text_test *test, bool **wanted)
{
    struct block *block = selecting->block;
    bool any = false;
    enum status status = block_columns_list(block, column);
    *wanted = NULL;
    if (status != STATUS_OK) {
        return status;
    }
    bool *made = arena_alloc(block->arena, (size_t)column->text_count + 1);
    if (made == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < column->text_count; i++) {
        made[i] = test(ready, column->texts[i]);
        any = any || made[i];
    }
    *wanted = any ? made : NULL;
    return any ? block_columns_all(block, column) : STATUS_OK;
}

static bool is_text(const struct ready *ready, struct slice text)
{
    return slice_equal(text, ready->condition->text);
}

static bool has_phrase(const struct ready *ready, struct slice text)
{
    return phrase_in(&ready->phrase, text);
}

/* Ask a column of texts of all rows that have it; those of shapes that are not in has are not. */
static enum status ask_texts(struct selecting *selecting, uint32_t at, const struct ready *ready,
                             text_test *test)
{
    bool *wanted;
    enum status status =
        test_texts(selecting, &selecting->block->columns[at], ready, test, &wanted);
    return status == STATUS_OK && wanted != NULL ? each_cell(selecting, at, ask_text, wanted)
                                                 : status;
}

/*
 * Where a key stands twice in a record, only the last one counts: rows of shapes where a column is
 * not that are taken back.
 */
static bool is_last(const struct block *block, const struct block_shape *shape, uint32_t at,
                    struct slice key)
{
    const struct dictionary *dictionary = block->dictionary;
    const uint32_t *pool = dictionary->pool + shape->shape->first + shape->shape->field_count;
    for (uint32_t i = shape->shape->attr_count; i > 0; i--) {
        const struct column *column = &dictionary->columns[pool[i - 1]];
        if (slice_equal(dictionary->texts[column->key], key)) {
            return shape->columns[shape->shape->field_count + i - 1] == at;
        }
    }
    return false;
}

/* Whether some record has the key of a column twice, so that cells must be looked at one by one. */
static bool all_last(struct selecting *selecting, uint32_t at, struct slice key)
{
    const struct block *block = selecting->block;
    for (uint32_t i = 0; i < block->shape_count; i++) {
        if (selecting->has[i] && !is_last(block, &block->shapes[i], at, key)) {
            return false;
        }
    }
    return true;
}

/* The rare case: attributes one by one, as they are in records. */
static enum status ask_values(struct selecting *selecting, const struct ready *ready)
{
    const struct value *values;
    enum status status = block_attr_values(selecting->block, ready->condition->key, &values);
    for (uint32_t i = 0; status == STATUS_OK && i < selecting->block->rows; i++) {
        selecting->met[i] = selecting->met[i] || select_value(ready, &values[i]);
    }
    return status;
}

static enum status ask_column(struct selecting *selecting, uint32_t at, const struct ready *ready)
{
    struct block_column *column = &selecting->block->columns[at];
    enum column_store store = shape_column_store(column->column);
    if (column->column->kind == VALUE_STRING) {
        return ask_texts(selecting, at, ready, is_text);
    }
    if (store != COLUMN_INT || ready->condition->string) {
        return STATUS_OK;
    }
    enum status status = block_columns_all(selecting->block, column);
    return status == STATUS_OK ? each_cell(selecting, at, ask_number, ready) : status;
}

static enum status ask_attrs(struct selecting *selecting, const struct ready *ready)
{
    struct block *block = selecting->block;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < block->column_count && status == STATUS_OK; i++) {
        struct block_column *column = &block->columns[i];
        const struct column *what = column->column;
        bool whole = what->field == FIELD_ATTRS;
        if (!whole && (what->field != FIELD_ATTR ||
                       !slice_equal(block->dictionary->texts[what->key], ready->condition->key))) {
            continue;
        }
        find_shapes(selecting, i);
        if (whole) {
            status = block_columns_all(block, column);
            status = status == STATUS_OK ? each_cell(selecting, i, ask_whole, ready) : status;
        } else if (all_last(selecting, i, ready->condition->key)) {
            status = ask_column(selecting, i, ready);
        } else {
            return ask_values(selecting, ready);
        }
    }
    return status;
}

static enum status keep_attr(struct selecting *selecting, struct ready *ready)
{
    enum status status = STATUS_OK;
    none_met(selecting);
    if (ready->condition->where != SCAN_OF_RECORD) {
        status = ask_resources(selecting, ready);
    }
    if (status == STATUS_OK && ready->condition->where != SCAN_OF_RESOURCE) {
        status = ask_attrs(selecting, ready);
    }
    keep_met(selecting);
    return status;
}

static enum status keep_service(struct selecting *selecting, struct ready *ready)
{
    enum status status = ask_resources(selecting, ready);
    if (status == STATUS_OK) {
        keep_met(selecting);
    }
    return status;
}

/* ---- Texts. ---- */

static enum status ask_events(struct selecting *selecting, const struct block_column *column,
                              uint32_t cell, const void *context, bool *met)
{
    struct slice bytes = column->texts[cell];
    struct span span = {.start_ns = 0};
    enum status status = nested_read_events(&bytes, selecting->block->arena, &span);
    if (status == STATUS_OK) {
        *met = select_events(context, &span);
    }
    return status;
}

static enum status ask_body(struct selecting *selecting, const struct block_column *column,
                            uint32_t cell, const void *context, bool *met)
{
    const struct ready *ready = context;
    (void)selecting;
    *met = phrase_in(&ready->phrase, column->texts[cell]);
    return STATUS_OK;
}

/* Ask one column for a phrase, if it is one that has a record's own text. */
static enum status ask_phrase(struct selecting *selecting, uint32_t at, const struct ready *ready)
{
    struct block *block = selecting->block;
    struct block_column *column = &block->columns[at];
    bool line = block->signal == SIGNAL_LOGS;
    enum field field = (enum field)column->column->field;
    bool body = line && field == FIELD_BODY && column->column->kind == VALUE_STRING;
    bool events = !line && field == FIELD_EVENTS;
    bool text = line ? field == FIELD_EVENT_NAME : field == FIELD_NAME || field == FIELD_MESSAGE;
    if (!body && !events && !text) {
        return STATUS_OK;
    }
    find_shapes(selecting, at);
    if (text) {
        return ask_texts(selecting, at, ready, has_phrase);
    }
    enum status status = block_columns_all(block, column);
    return status == STATUS_OK ? each_cell(selecting, at, body ? ask_body : ask_events, ready)
                               : status;
}

static enum status keep_phrase(struct selecting *selecting, const struct ready *ready)
{
    enum status status = STATUS_OK;
    none_met(selecting);
    for (uint32_t i = 0; i < selecting->block->column_count && status == STATUS_OK; i++) {
        status = ask_phrase(selecting, i, ready);
    }
    keep_met(selecting);
    return status;
}

static enum status keep_name(struct selecting *selecting, const struct ready *ready)
{
    struct block *block = selecting->block;
    uint8_t field = block->signal == SIGNAL_TRACES ? FIELD_NAME : FIELD_EVENT_NAME;
    enum status status = STATUS_OK;
    none_met(selecting);
    for (uint32_t i = 0; i < block->column_count && status == STATUS_OK; i++) {
        if (block->columns[i].column->field == field) {
            find_shapes(selecting, i);
            status = ask_texts(selecting, i, ready, is_text);
        }
    }
    keep_met(selecting);
    return status;
}

static bool is_event(const struct ready *ready, struct slice text)
{
    (void)ready;
    return select_names_event(text);
}

static enum status keep_plain(struct selecting *selecting, const struct ready *ready)
{
    struct block *block = selecting->block;
    enum status status = STATUS_OK;
    none_met(selecting);
    for (uint32_t i = 0; i < block->column_count && status == STATUS_OK; i++) {
        if (block->signal == SIGNAL_LOGS && block->columns[i].column->field == FIELD_EVENT_NAME) {
            find_shapes(selecting, i);
            status = ask_texts(selecting, i, ready, is_event);
        }
    }
    for (uint32_t i = 0; i < block->rows; i++) {
        selecting->met[i] = !selecting->met[i];
    }
    keep_met(selecting);
    return status;
}

/* ---- What every row has. ---- */

static enum status keep_durations(struct selecting *selecting, const struct ready *ready)
{
    struct block *block = selecting->block;
    const struct scan_condition *condition = ready->condition;
    const int64_t *durations_ns;
    none_met(selecting);
    if (block->signal == SIGNAL_LOGS) {
        keep_met(selecting);
        return STATUS_OK;
    }
    enum status status = block_durations(block, &durations_ns);
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        uint64_t took_ns = (uint64_t)durations_ns[i];
        bool fits = condition->test == SCAN_DURATION_MIN ? took_ns >= condition->duration_ns
                                                         : took_ns <= condition->duration_ns;
        selecting->met[i] = durations_ns[i] >= 0 && fits;
    }
    keep_met(selecting);
    return status;
}

enum status select_errors(struct block *block, bool *errors)
{
    enum status status = block_shapes(block);
    if (status != STATUS_OK) {
        return status;
    }
    for (uint32_t i = 0; i < block->rows; i++) {
        const struct form *form = &block->shapes[block->shape_rows[i]].shape->form;
        bool severe =
            form->grade >= SELECT_SEVERITY_ERROR || (form->mask >> FIELD_SEVERITY & 1) != 0;
        errors[i] = block->signal == SIGNAL_TRACES
                        ? BLOCK_SPAN_STATUS(form->grade) == SPAN_STATUS_ERROR
                        : severe;
    }
    return STATUS_OK;
}

static enum status keep_errors(struct selecting *selecting)
{
    enum status status = select_errors(selecting->block, selecting->met);
    keep_met(selecting);
    return status;
}

static enum status keep_times(struct selecting *selecting)
{
    struct block *block = selecting->block;
    const struct scan_query *query = selecting->select->query;
    const uint64_t *starts_ns;
    const int64_t *durations_ns = NULL;
    bool lines = block->signal == SIGNAL_LOGS;
    if (query->from_ns == 0 && query->to_ns == UINT64_MAX) {
        return STATUS_OK;
    }
    enum status status = block_starts(block, &starts_ns);
    if (status == STATUS_OK && lines) {
        status = block_durations(block, &durations_ns);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        uint64_t time_ns = moment_of(starts_ns[i]);
        if (lines) {
            time_ns = moment_of_line(starts_ns[i], starts_ns[i] + (uint64_t)durations_ns[i]);
        }
        selecting->met[i] = time_ns >= query->from_ns && time_ns < query->to_ns;
    }
    if (status == STATUS_OK) {
        keep_met(selecting);
    }
    return status;
}

/* ---- All of it. ---- */

static enum status keep_ready(struct selecting *selecting, struct ready *ready)
{
    switch (ready->condition->test) {
    case SCAN_ATTR:
        return keep_attr(selecting, ready);
    case SCAN_SERVICE:
    case SCAN_FUNCTION:
        return keep_service(selecting, ready);
    case SCAN_NAME:
        return keep_name(selecting, ready);
    case SCAN_WORDS:
    case SCAN_TEXT:
        return keep_phrase(selecting, ready);
    case SCAN_DURATION_MIN:
    case SCAN_DURATION_MAX:
        return keep_durations(selecting, ready);
    case SCAN_PLAIN:
        return keep_plain(selecting, ready);
    case SCAN_ERROR:
        return keep_errors(selecting);
    }
    return STATUS_BAD;
}

/* The cheap ones first. */
static const enum scan_test in_order[] = {
    SCAN_ERROR, SCAN_PLAIN,        SCAN_NAME,         SCAN_SERVICE, SCAN_FUNCTION,
    SCAN_ATTR,  SCAN_DURATION_MIN, SCAN_DURATION_MAX, SCAN_WORDS,   SCAN_TEXT,
};

static enum status keep_all(struct selecting *selecting)
{
    struct select *select = selecting->select;
    enum status status = keep_times(selecting);
    for (size_t k = 0; k < sizeof(in_order) / sizeof(in_order[0]); k++) {
        for (size_t i = 0; i < select->count; i++) {
            struct ready *ready = &select->ready[i];
            if (status == STATUS_OK && selecting->left > 0 &&
                ready->condition->test == in_order[k]) {
                status = keep_ready(selecting, ready);
            }
        }
    }
    return status;
}

enum status select_rows(struct select *select, struct block *block, const uint32_t **rows,
                        uint32_t *count)
{
    struct arena *arena = block->arena;
    unsigned signal = block->signal == SIGNAL_TRACES ? SCAN_SPANS : SCAN_LINES;
    struct selecting selecting = {.select = select, .block = block, .left = block->rows};
    enum status status = select->count > 0 ? block_shapes(block) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    selecting.keep = arena_alloc(arena, block->rows);
    selecting.met = arena_alloc(arena, block->rows);
    selecting.has = arena_alloc(arena, (size_t)block->shape_count + 1);
    uint32_t *made = arena_alloc(arena, block->rows * sizeof(*made));
    *count = 0;
    *rows = made;
    if (selecting.keep == NULL || selecting.met == NULL || selecting.has == NULL || made == NULL) {
        return STATUS_FULL;
    }
    if ((select->query->signals & signal) == 0) {
        return STATUS_OK;
    }
    memset(selecting.keep, true, block->rows);
    status = meet_dictionary(select, block->dictionary);
    if (status == STATUS_OK) {
        status = keep_all(&selecting);
    }
    if (status == STATUS_OK && selecting.left == block->rows) {
        *count = block->rows;
        for (uint32_t i = 0; i < block->rows; i++) {
            made[i] = i;
        }
        return STATUS_OK;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        made[*count] = i;
        *count += selecting.keep[i];
    }
    return status;
}

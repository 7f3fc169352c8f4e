/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/dictionary.h"

#include "columns/block_format.h"
#include "columns/columns_limits.h"
#include "columns/dictionary_private.h"
#include "columns/strings.h"
#include "columns/nested.h"
#include "columns/varint.h"
#include "proto/names.h"

#include <stdlib.h>

/* Memory is tried in steps: how much it takes is known when it is done.  The first is enough for
 * what is usual, and what of it is not touched takes no memory.  It is bound to what is read, so
 * that a few bytes cannot ask for all of it. */
#define MEMORY_FIRST     ((size_t)256 << 10)
#define MEMORY_RATIO     32
#define MEMORY_MAX       ((size_t)2 << 30)
#define MEMORY_RATIO_MAX 1024

#define FIELD_MASK_END (1u << (FIELD_BODY + 1))

struct reading {
    struct dictionary *dictionary;
    struct bytes_reader *reader;
    struct slice source;
    struct arena *arena;
};

static enum status read_count(struct reading *reading, uint32_t limit, uint32_t *count)
{
    uint64_t told;
    if (!varint_take(&reading->source, &told) || told > limit) {
        return STATUS_BAD;
    }
    *count = (uint32_t)told;
    return STATUS_OK;
}

static enum status read_u32(struct reading *reading, size_t count, uint64_t limit,
                            uint32_t **values)
{
    return ints_read_u32(reading->reader, &reading->source, count, limit, reading->arena, values);
}

static enum status read_strings(struct reading *reading, size_t count, struct slice **strings)
{
    return strings_read(reading->reader, &reading->source, count, reading->arena, strings);
}

static enum status read_texts(struct reading *reading)
{
    struct dictionary *dictionary = reading->dictionary;
    enum status status = read_count(reading, TABLE_TEXT_COUNT_MAX, &dictionary->text_count);
    if (status == STATUS_OK) {
        status = read_strings(reading, dictionary->text_count, &dictionary->texts);
    }
    dictionary->request_key = SHAPE_NONE;
    for (uint32_t i = 0; status == STATUS_OK && i < dictionary->text_count; i++) {
        if (slice_equal(dictionary->texts[i], NAME_FAAS_INVOCATION_ID)) {
            dictionary->request_key = i;
        }
    }
    return status;
}

static enum status read_columns(struct reading *reading)
{
    static const uint32_t limits[] = {FIELD_COUNT, VALUE_MAP + 1, SHAPE_REPEAT_MAX, UINT32_MAX};
    struct dictionary *dictionary = reading->dictionary;
    uint32_t count;
    uint32_t *parts[4];
    enum status status = read_count(reading, SHAPE_COLUMN_COUNT_MAX, &count);
    for (size_t i = 0; status == STATUS_OK && i < 4; i++) {
        status = read_u32(reading, count, limits[i], &parts[i]);
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    dictionary->columns = arena_alloc_array(reading->arena, count, sizeof(struct column));
    dictionary->column_count = count;
    if (dictionary->columns == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct column column = {(uint8_t)parts[0][i], (uint8_t)parts[1][i], (uint16_t)parts[2][i],
                                parts[3][i]};
        if (!shape_column_valid(&column) ||
            (column.field == FIELD_ATTR && column.key >= dictionary->text_count)) {
            return STATUS_BAD;
        }
        dictionary->columns[i] = column;
    }
    return STATUS_OK;
}

/* ---- Shapes. ---- */

static bool form_valid(const struct dictionary *dictionary, const struct form *form)
{
    bool ids = (form->bits & FORM_TRACE_ID) != 0 && (form->bits & FORM_SPAN_ID) != 0;
    bool body = (form->mask >> FIELD_BODY & 1) != 0;
    if (form->scope > dictionary->scope_count || form->mask >= FIELD_MASK_END ||
        body != (form->body != VALUE_EMPTY)) {
        return false;
    }
    if (form->signal == SIGNAL_LOGS) {
        return (form->bits & FORM_HAS_TRACE) == 0 || (form->bits & FORM_TRACE_ID) != 0;
    }
    return ids && (form->grade & 15) <= SPAN_CONSUMER && form->grade >> 4 <= SPAN_STATUS_ERROR &&
           !body;
}

static bool columns_valid(const struct dictionary *dictionary, const struct shape *shape)
{
    const uint32_t *columns = dictionary->pool + shape->first;
    uint32_t at = 0;
    for (unsigned field = 0; field <= FIELD_BODY; field++) {
        if ((shape->form.mask >> field & 1) == 0) {
            continue;
        }
        const struct column *column = &dictionary->columns[columns[at++]];
        if (column->field != field || (field == FIELD_BODY && column->kind != shape->form.body)) {
            return false;
        }
    }
    for (; at < (uint32_t)shape->field_count + shape->attr_count; at++) {
        if (dictionary->columns[columns[at]].field != FIELD_ATTR) {
            return false;
        }
    }
    return true;
}

/* Columns of all shapes lie one behind the other. */
static enum status read_pool(struct reading *reading, uint32_t count)
{
    struct dictionary *dictionary = reading->dictionary;
    uint32_t pool = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct shape *shape = &dictionary->shapes[i];
        shape->field_count = (uint16_t)__builtin_popcount(shape->form.mask);
        shape->first = pool;
        pool += (uint32_t)shape->field_count + shape->attr_count;
    }
    if (pool == 0) { /* Shapes without columns point somewhere all the same. */
        dictionary->pool = arena_alloc(reading->arena, sizeof(*dictionary->pool));
        return dictionary->pool != NULL ? STATUS_OK : STATUS_FULL;
    }
    enum status status = read_u32(reading, pool, dictionary->column_count, &dictionary->pool);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        if (!columns_valid(dictionary, &dictionary->shapes[i])) {
            return STATUS_BAD;
        }
    }
    return status;
}

/* The scopes come later: they are looked at when all is there. */
static enum status read_shapes(struct reading *reading)
{
    static const uint64_t limits[] = {(uint64_t)TABLE_SCOPE_COUNT_MAX + 1,
                                      FIELD_MASK_END,
                                      SIGNAL_LOGS + 1,
                                      UINT8_MAX + 1,
                                      FORM_BITS_ALL + 1,
                                      VALUE_MAP + 1,
                                      SHAPE_ATTR_COUNT_MAX + 1};
    struct dictionary *dictionary = reading->dictionary;
    uint32_t count;
    uint32_t *parts[7];
    enum status status = read_count(reading, SHAPE_COUNT_MAX, &count);
    for (size_t i = 0; status == STATUS_OK && i < 7; i++) {
        status = read_u32(reading, count, limits[i], &parts[i]);
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    dictionary->shapes = arena_alloc_array(reading->arena, count, sizeof(struct shape));
    dictionary->shape_count = count;
    if (dictionary->shapes == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        dictionary->shapes[i] = (struct shape){
            .form = {.scope = parts[0][i],
                     .mask = parts[1][i],
                     .signal = (uint8_t)parts[2][i],
                     .grade = (uint8_t)parts[3][i],
                     .bits = (uint8_t)parts[4][i],
                     .body = (uint8_t)parts[5][i]},
            .attr_count = (uint16_t)parts[6][i],
        };
    }
    return read_pool(reading, count);
}

/* ---- Scopes and senders. ---- */

static enum status read_scope(struct reading *reading, struct slice bytes, struct scope *scope)
{
    if (bytes.size == 0 || bytes.base[0] > 3) {
        return STATUS_BAD;
    }
    scope->agent = (bytes.base[0] & 1) != 0;
    scope->logs = (bytes.base[0] & 2) != 0;
    bytes = slice_skip(bytes, 1);
    if (!nested_read_text(&bytes, &scope->name) || !nested_read_text(&bytes, &scope->version)) {
        return STATUS_BAD;
    }
    enum status status = nested_read_attrs(&bytes, reading->arena, &scope->attrs);
    return status == STATUS_OK && bytes.size > 0 ? STATUS_BAD : status;
}

static enum status read_scopes(struct reading *reading)
{
    struct dictionary *dictionary = reading->dictionary;
    struct slice *strings;
    uint32_t count;
    enum status status = read_count(reading, TABLE_SCOPE_COUNT_MAX, &count);
    if (status == STATUS_OK) {
        status = read_strings(reading, count, &strings);
    }
    if (status != STATUS_OK || count == 0) {
        return status;
    }
    dictionary->scopes = arena_alloc_array(reading->arena, count, sizeof(struct scope));
    dictionary->scope_count = count;
    if (dictionary->scopes == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        status = read_scope(reading, strings[i], &dictionary->scopes[i]);
    }
    return status;
}

static enum status read_resources(struct reading *reading)
{
    struct dictionary *dictionary = reading->dictionary;
    struct slice *strings;
    uint32_t *plain;
    enum status status = read_count(reading, TABLE_RESOURCE_COUNT_MAX, &dictionary->resource_count);
    if (status == STATUS_OK) {
        status = read_u32(reading, dictionary->resource_count, 2, &plain);
    }
    if (status == STATUS_OK) {
        status = read_strings(reading, dictionary->resource_count, &strings);
    }
    if (status != STATUS_OK) {
        return status;
    }
    dictionary->senders = senders_create(strings, plain, dictionary->resource_count);
    return dictionary->senders != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status read_bares(struct reading *reading)
{
    struct dictionary *dictionary = reading->dictionary;
    enum status status = read_count(reading, TABLE_ROWS_MAX, &dictionary->bare_count);
    if (status == STATUS_OK) {
        status = read_u32(reading, dictionary->bare_count, dictionary->resource_count,
                          &dictionary->bare_resources);
    }
    return status == STATUS_OK
               ? ints_read(reading->reader, &reading->source, dictionary->bare_count,
                           reading->arena, &dictionary->bare_arrivals_ns)
               : status;
}

/* ---- All of it. ---- */

static enum status read_all(struct reading *reading)
{
    static enum status (*const parts[])(struct reading *) = {
        read_texts, read_columns, read_shapes, read_scopes, read_resources, read_bares};
    const struct dictionary *dictionary = reading->dictionary;
    if (reading->source.size == 0 || reading->source.base[0] != DICTIONARY_VERSION) {
        return STATUS_BAD;
    }
    reading->source = slice_skip(reading->source, 1);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        enum status status = parts[i](reading);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (uint32_t i = 0; i < dictionary->shape_count; i++) {
        if (!form_valid(dictionary, &dictionary->shapes[i].form)) {
            return STATUS_BAD;
        }
    }
    return reading->source.size == 0 ? STATUS_OK : STATUS_BAD;
}

static enum status try_open(struct dictionary *dictionary, struct slice bytes, size_t size,
                            struct bytes_reader *reader)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    *dictionary = (struct dictionary){.text_count = 0};
    arena_init(&dictionary->arena, memory, size);
    /* What is not compressed would be read where it lies. */
    struct slice copy = arena_dup(&dictionary->arena, bytes);
    struct reading reading = {dictionary, reader, copy, &dictionary->arena};
    enum status status = arena_overflowed(&dictionary->arena) ? STATUS_FULL : read_all(&reading);
    if (status != STATUS_OK) {
        senders_free(dictionary->senders);
        free(memory);
        dictionary->arena.base = NULL;
    }
    return status;
}

enum status dictionary_open(struct dictionary **dictionary, struct slice bytes)
{
    struct dictionary *made = calloc(1, sizeof(*made));
    struct bytes_reader *reader = bytes_reader_create();
    size_t most = bytes.size < (MEMORY_MAX - MEMORY_FIRST) / MEMORY_RATIO_MAX
                      ? bytes.size * MEMORY_RATIO_MAX + MEMORY_FIRST
                      : MEMORY_MAX;
    enum status status = STATUS_FULL;
    for (size_t size = bytes.size * MEMORY_RATIO + MEMORY_FIRST;
         made != NULL && reader != NULL && status == STATUS_FULL;) {
        status = try_open(made, bytes, size < most ? size : most, reader);
        if (size >= most) {
            break;
        }
        size *= 4;
    }
    bytes_reader_free(reader);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *dictionary = made;
    return STATUS_OK;
}

void dictionary_free(struct dictionary *dictionary)
{
    if (dictionary != NULL) {
        senders_free(dictionary->senders);
        free(dictionary->arena.base);
        free(dictionary);
    }
}

size_t dictionary_memory(const struct dictionary *dictionary)
{
    return sizeof(*dictionary) + dictionary->arena.used + senders_memory(dictionary->senders);
}

uint32_t dictionary_resource_count(const struct dictionary *dictionary)
{
    return dictionary->resource_count;
}

enum status dictionary_resource(const struct dictionary *dictionary, uint32_t number,
                                const struct resource **resource)
{
    return senders_get(dictionary->senders, number, resource);
}

enum status dictionary_resources(const struct dictionary *dictionary,
                                 const struct resource **resources)
{
    return senders_all(dictionary->senders, resources);
}

uint32_t dictionary_bare_count(const struct dictionary *dictionary)
{
    return dictionary->bare_count;
}

enum status dictionary_bare(const struct dictionary *dictionary, uint32_t index,
                            const struct resource **resource, uint64_t *arrival_ns)
{
    ENSURE(index < dictionary->bare_count);
    *arrival_ns = (uint64_t)dictionary->bare_arrivals_ns[index];
    return senders_get(dictionary->senders, dictionary->bare_resources[index], resource);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/dictionary_write.h"

#include "columns/block_format.h"
#include "columns/strings.h"
#include "columns/varint.h"

#include <stdlib.h>

/* ---- Which texts. ---- */

static int by_use(const void *one, const void *other)
{
    uint64_t left = *(const uint64_t *)one;
    uint64_t right = *(const uint64_t *)other;
    return left < right ? -1 : left > right;
}

/* How much a text wants to be in the dictionary.  Keys of attributes have to be. */
static uint32_t uses_of(const struct table *table, const bool *keys, uint32_t text)
{
    return keys[text] ? UINT32_MAX : text < table->use_capacity ? table->uses[text].count : 0;
}

static void mark_keys(const struct table *table, bool *keys)
{
    for (uint32_t i = 0; i < table->shapes.column_count; i++) {
        const struct column *column = &table->shapes.columns[i];
        if (column->field == FIELD_ATTR) {
            keys[column->key] = true;
        }
    }
}

bool dictionary_write_choose(struct dictionary_texts *texts, const struct table *table)
{
    uint32_t count = texts_count(table->texts);
    bool *marks = calloc((size_t)count + 1, sizeof(*marks));
    uint64_t *keys = malloc(((size_t)count + 1) * sizeof(*keys));
    *texts = (struct dictionary_texts){
        .numbers = malloc(((size_t)count + 1) * sizeof(*texts->numbers)),
        .texts = malloc(((size_t)count + 1) * sizeof(*texts->texts)),
    };
    if (marks == NULL || keys == NULL || texts->numbers == NULL || texts->texts == NULL) {
        free(marks);
        free(keys);
        return false;
    }
    mark_keys(table, marks);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t uses = uses_of(table, marks, i);
        texts->numbers[i] = TEXTS_NONE;
        if (uses >= DICTIONARY_USES_MIN) { /* What is used most has the smallest numbers. */
            keys[texts->count++] = (uint64_t)(UINT32_MAX - uses) << 32 | i;
        }
    }
    free(marks);
    qsort(keys, texts->count, sizeof(*keys), by_use);
    for (uint32_t i = 0; i < texts->count; i++) {
        texts->texts[i] = (uint32_t)keys[i];
        texts->numbers[texts->texts[i]] = i;
    }
    free(keys);
    return true;
}

void dictionary_write_fini(struct dictionary_texts *texts)
{
    free(texts->numbers);
    free(texts->texts);
}

/* ---- Writing. ---- */

struct writing {
    struct ints_writer *ints;
    const struct table *table;
    const struct dictionary_texts *texts;
    struct buf *out;
    struct buf scratch;
    int64_t *numbers;
    struct slice *strings;
};

static void write_texts(struct writing *writing)
{
    for (uint32_t i = 0; i < writing->texts->count; i++) {
        writing->strings[i] = texts_get(writing->table->texts, writing->texts->texts[i]);
    }
    varint_put(writing->out, writing->texts->count);
    strings_write(writing->ints, writing->out, writing->strings, writing->texts->count,
                  &writing->scratch);
}

static void write_columns(struct writing *writing)
{
    const struct shape_list *shapes = &writing->table->shapes;
    uint32_t count = shapes->column_count;
    varint_put(writing->out, count);
    for (unsigned part = 0; part < 4; part++) {
        for (uint32_t i = 0; i < count; i++) {
            const struct column *column = &shapes->columns[i];
            bool attr = column->field == FIELD_ATTR;
            writing->numbers[i] = part == 0   ? column->field
                                  : part == 1 ? column->kind
                                  : part == 2 ? column->nth
                                  : attr      ? writing->texts->numbers[column->key]
                                              : 0;
        }
        ints_write(writing->ints, writing->out, writing->numbers, count);
    }
}

static int64_t form_part(const struct shape *shape, unsigned part)
{
    switch (part) {
    case 0:
        return shape->form.scope;
    case 1:
        return shape->form.mask;
    case 2:
        return shape->form.signal;
    case 3:
        return shape->form.grade;
    case 4:
        return shape->form.bits;
    case 5:
        return shape->form.body;
    default:
        return shape->attr_count;
    }
}

static void write_shapes(struct writing *writing)
{
    const struct shape_list *shapes = &writing->table->shapes;
    varint_put(writing->out, shapes->count);
    for (unsigned part = 0; part < 7; part++) {
        for (uint32_t i = 0; i < shapes->count; i++) {
            writing->numbers[i] = form_part(&shapes->rows[i], part);
        }
        ints_write(writing->ints, writing->out, writing->numbers, shapes->count);
    }
    for (uint32_t i = 0; i < shapes->pool_count; i++) {
        writing->numbers[i] = shapes->pool[i];
    }
    ints_write(writing->ints, writing->out, writing->numbers, shapes->pool_count);
}

static void write_scopes(struct writing *writing)
{
    uint32_t count = texts_count(writing->table->scopes);
    for (uint32_t i = 0; i < count; i++) {
        writing->strings[i] = texts_get(writing->table->scopes, i);
    }
    varint_put(writing->out, count);
    strings_write(writing->ints, writing->out, writing->strings, count, &writing->scratch);
}

/* Without their fields where the attributes say the same. */
static void write_resources(struct writing *writing)
{
    const struct table *table = writing->table;
    uint32_t count = table->resource_count;
    for (uint32_t i = 0; i < count; i++) {
        struct slice bytes = texts_get(table->resources, i);
        const struct table_resource *row = &table->resource_rows[i];
        writing->strings[i] = row->plain ? slice_take(bytes, row->attrs_size) : bytes;
        writing->numbers[i] = row->plain;
    }
    varint_put(writing->out, count);
    ints_write(writing->ints, writing->out, writing->numbers, count);
    strings_write(writing->ints, writing->out, writing->strings, count, &writing->scratch);
}

static void write_bares(struct writing *writing)
{
    const struct table *table = writing->table;
    varint_put(writing->out, table->bare_count);
    for (uint32_t i = 0; i < table->bare_count; i++) {
        writing->numbers[i] = table->bares[i].resource;
    }
    ints_write(writing->ints, writing->out, writing->numbers, table->bare_count);
    for (uint32_t i = 0; i < table->bare_count; i++) {
        writing->numbers[i] = (int64_t)table->arrivals[table->bares[i].arrival];
    }
    ints_write(writing->ints, writing->out, writing->numbers, table->bare_count);
}

/* The longest list of them all. */
static size_t longest(const struct table *table, const struct dictionary_texts *texts)
{
    size_t count = texts->count;
    const size_t others[] = {table->shapes.column_count, table->shapes.pool_count,
                             table->resource_count,      texts_count(table->scopes),
                             table->bare_count,          table->shapes.count};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        count = others[i] > count ? others[i] : count;
    }
    return count;
}

void dictionary_write(struct ints_writer *writer, const struct table *table,
                      const struct dictionary_texts *texts, struct buf *out)
{
    size_t count = longest(table, texts) + 1;
    struct writing writing = {
        .ints = writer,
        .table = table,
        .texts = texts,
        .out = out,
        .numbers = malloc(count * sizeof(*writing.numbers)),
        .strings = malloc(count * sizeof(*writing.strings)),
    };
    buf_init_growing(&writing.scratch, SIZE_MAX / 2);
    if (writing.numbers == NULL || writing.strings == NULL) {
        out->overflowed = true;
    } else {
        buf_append_byte(out, DICTIONARY_VERSION);
        write_texts(&writing);
        write_columns(&writing);
        write_shapes(&writing);
        write_scopes(&writing);
        write_resources(&writing);
        write_bares(&writing);
    }
    buf_fini(&writing.scratch);
    free(writing.numbers);
    free(writing.strings);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/shape_list.h"

#include "base/hash.h"
#include "columns/alike.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

/* Room for columns of shapes to begin with: never none. */
#define POOL_FIRST 256

/* The keys of a shape lie side by side, so that a record is put to a shape without a look at each
 * text; longer ones are looked at. */
#define KEY_HEAD_SIZE 2
#define KEY_SIZE_MAX  254
#define KEY_LONG      255

bool shape_list_init(struct shape_list *shapes, struct texts *texts)
{
    *shapes = (struct shape_list){
        .columns = malloc(SHAPE_COLUMN_COUNT_MAX * sizeof(*shapes->columns)),
        .rows = malloc(SHAPE_COUNT_MAX * sizeof(*shapes->rows)),
        .pool = malloc(POOL_FIRST * sizeof(*shapes->pool)),
        .pool_capacity = POOL_FIRST,
        .keys = malloc(POOL_FIRST),
        .key_begins = malloc(SHAPE_COUNT_MAX * sizeof(*shapes->key_begins)),
        .key_capacity = POOL_FIRST,
        .request_key = texts_add(texts, NAME_FAAS_INVOCATION_ID),
        .phase_key = texts_add(texts, NAME_THAW_PHASE),
    };
    map_init_growing(&shapes->column_map, SHAPE_COLUMN_COUNT_MAX);
    map_init_growing(&shapes->map, SHAPE_COUNT_MAX);
    memset(shapes->guesses, 0xff, sizeof(shapes->guesses));
    if (shapes->columns == NULL || shapes->rows == NULL || shapes->pool == NULL ||
        shapes->keys == NULL || shapes->key_begins == NULL || shapes->request_key == TEXTS_NONE ||
        shapes->phase_key == TEXTS_NONE) {
        shape_list_fini(shapes);
        return false;
    }
    return true;
}

void shape_list_fini(struct shape_list *shapes)
{
    free(shapes->columns);
    free(shapes->rows);
    free(shapes->pool);
    free(shapes->keys);
    free(shapes->key_begins);
    map_fini(&shapes->column_map);
    map_fini(&shapes->map);
    *shapes = (struct shape_list){.count = 0};
}

/* ---- Columns. ---- */

struct column_lookup {
    const struct shape_list *shapes;
    const struct column *column;
};

static bool column_is(const void *context, uint32_t row)
{
    const struct column_lookup *lookup = context;
    return memcmp(&lookup->shapes->columns[row], lookup->column, sizeof(struct column)) == 0;
}

static uint32_t add_column(struct shape_list *shapes, const struct column *column)
{
    struct column_lookup lookup = {shapes, column};
    uint64_t word;
    uint32_t row;
    memcpy(&word, column, sizeof(word));
    uint64_t hash = hash_u64(word);
    if (map_find(&shapes->column_map, hash, column_is, &lookup, &row)) {
        return row;
    }
    if (shapes->column_count == SHAPE_COLUMN_COUNT_MAX ||
        map_insert(&shapes->column_map, hash, shapes->column_count) != STATUS_OK) {
        return SHAPE_NONE;
    }
    shapes->columns[shapes->column_count] = *column;
    return shapes->column_count++;
}

/* ---- Shapes. ---- */

struct shape_lookup {
    const struct shape_list *shapes;
    const struct shape *shape;
    const uint32_t *columns;
};

static bool shape_is(const void *context, uint32_t row)
{
    const struct shape_lookup *lookup = context;
    const struct shape *shape = &lookup->shapes->rows[row];
    size_t count = (size_t)shape->field_count + shape->attr_count;
    return memcmp(&shape->form, &lookup->shape->form, sizeof(shape->form)) == 0 &&
           shape->field_count == lookup->shape->field_count &&
           shape->attr_count == lookup->shape->attr_count &&
           memcmp(shape_list_columns(lookup->shapes, shape), lookup->columns,
                  count * sizeof(*lookup->columns)) == 0;
}

/* Numbers of our own, but a sender chooses their order: a chain of equal hashes would have to be
 * found by trial, and is no longer than the table. */
static uint64_t hash_shape(const struct form *form, const uint32_t *columns, size_t count)
{
    uint64_t hash = hash_u64((uint64_t)form->scope << 32 | form->mask) ^
                    ((uint64_t)form->signal << 24 | (uint64_t)form->grade << 16 |
                     (uint64_t)form->bits << 8 | form->body);
    for (size_t i = 0; i < count; i++) {
        hash = hash_u64(hash ^ columns[i]);
    }
    return hash;
}

static bool reserve_pool(struct shape_list *shapes, size_t count)
{
    if (count <= shapes->pool_capacity - shapes->pool_count) {
        return true;
    }
    uint32_t capacity = (shapes->pool_capacity + (uint32_t)count) * 2;
    uint32_t *pool = realloc(shapes->pool, capacity * sizeof(*pool));
    if (pool == NULL) {
        return false;
    }
    shapes->pool = pool;
    shapes->pool_capacity = capacity;
    return true;
}

static bool reserve_keys(struct shape_list *shapes, size_t count)
{
    size_t size = count * (KEY_HEAD_SIZE + KEY_SIZE_MAX);
    if (size <= shapes->key_capacity - shapes->key_size) {
        return true;
    }
    size_t capacity = (shapes->key_capacity + size) * 2;
    unsigned char *keys = realloc(shapes->keys, capacity);
    if (keys == NULL) {
        return false;
    }
    shapes->keys = keys;
    shapes->key_capacity = capacity;
    return true;
}

/* The keys of the next shape. */
static void put_keys(struct shape_list *shapes, struct attrs attrs)
{
    shapes->key_begins[shapes->count] = shapes->key_size;
    for (size_t i = 0; i < attrs.count; i++) {
        struct slice key = attrs.items[i].key;
        unsigned char *at = shapes->keys + shapes->key_size;
        at[0] = (unsigned char)attrs.items[i].value.kind;
        at[1] = key.size <= KEY_SIZE_MAX ? (unsigned char)key.size : KEY_LONG;
        shapes->key_size += KEY_HEAD_SIZE;
        if (key.size > 0 && key.size <= KEY_SIZE_MAX) {
            memcpy(at + KEY_HEAD_SIZE, key.base, key.size);
            shapes->key_size += key.size;
        }
    }
}

static uint32_t add_shape(struct shape_list *shapes, const struct shape *shape,
                          const uint32_t *columns, struct attrs attrs)
{
    size_t count = (size_t)shape->field_count + shape->attr_count;
    struct shape_lookup lookup = {shapes, shape, columns};
    uint64_t hash = hash_shape(&shape->form, columns, count);
    uint32_t row;
    if (map_find(&shapes->map, hash, shape_is, &lookup, &row)) {
        return row;
    }
    if (shapes->count == SHAPE_COUNT_MAX || !reserve_pool(shapes, count) ||
        !reserve_keys(shapes, attrs.count) ||
        map_insert(&shapes->map, hash, shapes->count) != STATUS_OK) {
        return SHAPE_NONE;
    }
    memcpy(shapes->pool + shapes->pool_count, columns, count * sizeof(*columns));
    shapes->rows[shapes->count] = *shape;
    shapes->rows[shapes->count].first = shapes->pool_count;
    shapes->pool_count += (uint32_t)count;
    put_keys(shapes, attrs);
    return shapes->count++;
}

/* The columns of a record.  False when one more would be too many. */
static bool make_columns(struct shape_list *shapes, struct texts *texts, const struct form *form,
                         struct attrs attrs, uint32_t *columns, struct shape *shape)
{
    uint32_t count = 0;
    *shape = (struct shape){.form = *form, .request = SHAPE_NONE};
    for (unsigned field = 0; field <= FIELD_BODY; field++) {
        if ((form->mask >> field & 1) != 0) {
            struct column column = {.field = (uint8_t)field,
                                    .kind = field == FIELD_BODY ? form->body : 0};
            columns[count++] = add_column(shapes, &column);
        }
    }
    shape->field_count = (uint16_t)count;
    shape->attr_count = (uint16_t)attrs.count;
    for (size_t i = 0; i < attrs.count; i++) {
        struct column column = {.field = FIELD_ATTR,
                                .kind = (uint8_t)attrs.items[i].value.kind,
                                .key = texts_add(texts, attrs.items[i].key)};
        uint32_t number = column.key == TEXTS_NONE ? SHAPE_NONE : add_column(shapes, &column);
        for (uint32_t k = shape->field_count; number != SHAPE_NONE && k < count;) {
            if (columns[k++] == number) {
                number = ++column.nth < SHAPE_REPEAT_MAX ? add_column(shapes, &column) : SHAPE_NONE;
                k = shape->field_count;
            }
        }
        columns[count++] = number;
        if (column.key == shapes->request_key) {
            shape->request = column.kind == VALUE_STRING ? (uint32_t)i : SHAPE_NONE;
        }
        if (column.key == shapes->phase_key && form->signal == SIGNAL_LOGS) {
            shape->form.bits |= FORM_PHASE;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (columns[i] == SHAPE_NONE) {
            return false;
        }
    }
    return true;
}

/* Whether a record looks like this. */
static bool fits(const struct shape_list *shapes, const struct texts *texts, uint32_t number,
                 const struct form *form, struct attrs attrs)
{
    const struct shape *shape = &shapes->rows[number];
    struct form told = *form;
    told.bits |= shape->form.bits & FORM_PHASE;
    if (memcmp(&told, &shape->form, sizeof(told)) != 0 || shape->attr_count != attrs.count) {
        return false;
    }
    const unsigned char *at = shapes->keys + shapes->key_begins[number];
    const uint32_t *columns = shape_list_columns(shapes, shape) + shape->field_count;
    for (size_t i = 0; i < attrs.count; i++) {
        const struct attr *attr = &attrs.items[i];
        size_t size = at[1];
        if (at[0] != attr->value.kind) {
            return false;
        }
        at += KEY_HEAD_SIZE;
        if (size == KEY_LONG) {
            if (!texts_is(texts, shapes->columns[columns[i]].key, attr->key)) {
                return false;
            }
            continue;
        }
        if (size != attr->key.size || (size > 0 && !alike(at, attr->key.base, size))) {
            return false;
        }
        at += size;
    }
    return true;
}

uint32_t shape_list_add(struct shape_list *shapes, struct texts *texts, const struct form *form,
                        struct attrs attrs)
{
    uint32_t columns[SHAPE_ATTR_COUNT_MAX + FIELD_COUNT];
    struct shape shape;
    uint64_t mixed = (uint64_t)form->scope << 40 ^ (uint64_t)form->mask << 16 ^ form->grade ^
                     (uint64_t)form->bits << 8 ^ (uint64_t)attrs.count << 56;
    if (attrs.count > SHAPE_ATTR_COUNT_MAX) {
        return SHAPE_NONE;
    }
    for (size_t i = 0; i < attrs.count && i < 4; i++) {
        mixed = mixed * 31 + attrs.items[i].key.size;
    }
    uint32_t *guess = &shapes->guesses[hash_u64(mixed) % SHAPES_GUESS_COUNT];
    if (*guess != SHAPE_NONE && fits(shapes, texts, *guess, form, attrs)) {
        return *guess;
    }
    if (!make_columns(shapes, texts, form, attrs, columns, &shape)) {
        return SHAPE_NONE;
    }
    uint32_t number = add_shape(shapes, &shape, columns, attrs);
    *guess = number;
    return number;
}

size_t shape_list_memory(const struct shape_list *shapes)
{
    return SHAPE_COLUMN_COUNT_MAX * sizeof(struct column) + SHAPE_COUNT_MAX * sizeof(struct shape) +
           shapes->count * sizeof(size_t) + shapes->key_size +
           shapes->pool_capacity * sizeof(uint32_t) +
           (shapes->column_map.capacity + shapes->map.capacity) * sizeof(struct map_slot);
}

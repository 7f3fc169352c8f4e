/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "base/hash.h"
#include "base/uuid.h"
#include "columns/nested.h"
#include "model/record_ids.h"

#include <string.h>

/* Rows by ids: of their traces, requests, links, instances and minutes.  Which rows are found by
 * which is listed once for a block. */

/* Rows side by side, and an id that they are found by.  BLOCK_NONE: whatever is looked for, because
 * what they have says nothing for certain. */
struct find {
    uint32_t row, count, id;
};

struct block_finds {
    struct id16 *ids;
    uint32_t id_count, id_capacity;
    struct find *finds;
    uint32_t count, capacity;
};

/* Where the rows of a shape have their request id. */
struct shape_request {
    bool whole; /* All attributes are in one value. */
    uint32_t count, at;
    uint32_t links; /* The column of what its links name, or BLOCK_NONE. */
};

struct listing {
    struct block *block;
    struct block_finds *finds;
    uint32_t **requests; /* Of each column of request ids, of each text its id; else NULL. */
    struct shape_request *shapes;
    uint32_t *cells; /* Of each column of requests and links, how many rows had it so far. */
    struct block_ids traces;
    const uint32_t *resources; /* Of lines. */
    const uint64_t *starts_ns;
    const int64_t *durations_ns;
    struct id16 instance; /* Of the latest resource. */
    uint32_t resource;
    uint32_t latest; /* Of the finds of anything but traces. */
};

static bool is_zero(const struct id16 *id)
{
    static const struct id16 zero;
    return memcmp(id, &zero, sizeof(zero)) == 0;
}

/* ---- Lists that grow. ---- */

/* Room for one more thing of a size: the list, or a larger copy of it. */
static void *room_for_one(struct arena *arena, void *list, uint32_t count, uint32_t *capacity,
                          size_t size)
{
    if (count < *capacity) {
        return list;
    }
    uint32_t more = *capacity == 0 ? 256 : 2 * *capacity;
    void *larger = arena_alloc(arena, more * size);
    if (larger != NULL && count > 0) {
        memcpy(larger, list, count * size);
    }
    *capacity = more;
    return larger;
}

static enum status add_id(struct listing *listing, const struct id16 *id, uint32_t *number)
{
    struct block_finds *finds = listing->finds;
    finds->ids = room_for_one(listing->block->arena, finds->ids, finds->id_count,
                              &finds->id_capacity, sizeof(*finds->ids));
    if (finds->ids == NULL) {
        return STATUS_FULL;
    }
    *number = finds->id_count;
    finds->ids[finds->id_count++] = *id;
    return STATUS_OK;
}

/* Add rows to those of one kind before them, if they go on with them; *latest is their find. */
static enum status add_find(struct listing *listing, uint32_t row, uint32_t count, uint32_t id,
                            uint32_t *latest)
{
    struct block_finds *finds = listing->finds;
    struct find *before = *latest != BLOCK_NONE ? &finds->finds[*latest] : NULL;
    if (before != NULL && before->id == id && before->row + before->count == row) {
        before->count += count;
        return STATUS_OK;
    }
    finds->finds = room_for_one(listing->block->arena, finds->finds, finds->count, &finds->capacity,
                                sizeof(*finds->finds));
    if (finds->finds == NULL) {
        return STATUS_FULL;
    }
    *latest = finds->count;
    finds->finds[finds->count++] = (struct find){row, count, id};
    return STATUS_OK;
}

/* A row by an id, which the row before may have had, too. */
static enum status add_row_id(struct listing *listing, uint32_t row, const struct id16 *id)
{
    const struct block_finds *finds = listing->finds;
    uint32_t number = finds->id_count - 1;
    enum status status = STATUS_OK;
    if (finds->id_count == 0 || memcmp(&finds->ids[number], id, sizeof(*id)) != 0) {
        status = add_id(listing, id, &number);
    }
    return status == STATUS_OK ? add_find(listing, row, 1, number, &listing->latest) : status;
}

/* ---- Traces. ---- */

/* Their ids are the first. */
static enum status list_traces(struct listing *listing)
{
    struct block *block = listing->block;
    uint32_t latest = BLOCK_NONE;
    uint32_t number;
    enum status status = block_traces(block, &listing->traces);
    for (uint32_t i = 0; status == STATUS_OK && i < listing->traces.count; i++) {
        status = add_id(listing, &listing->traces.ids[i], &number);
    }
    for (uint32_t row = 0, next; status == STATUS_OK && row < block->rows; row = next) {
        uint32_t trace = listing->traces.rows[row];
        for (next = row + 1; next < block->rows && listing->traces.rows[next] == trace;) {
            next++;
        }
        if (trace != BLOCK_NONE) {
            status = add_find(listing, row, next - row, trace, &latest);
        }
    }
    return status;
}

/* ---- Requests. ---- */

static bool of_request(const struct block *block, const struct column *column)
{
    return column->field == FIELD_ATTR && column->key == block->dictionary->request_key;
}

/* How often a shape has the key, and which column is the only one. */
static void look_at_shape(const struct block *block, const struct block_shape *shape,
                          struct shape_request *request)
{
    const struct dictionary *dictionary = block->dictionary;
    const struct shape *of = shape->shape;
    *request = (struct shape_request){
        .whole = (of->form.mask >> FIELD_ATTRS & 1) != 0,
        .at = BLOCK_NONE,
        .links = BLOCK_NONE,
    };
    for (uint32_t i = 0; i < of->field_count; i++) {
        if (dictionary->columns[dictionary->pool[of->first + i]].field == FIELD_LINKS) {
            request->links = shape->columns[i];
        }
    }
    for (uint32_t i = of->field_count; i < (uint32_t)of->field_count + of->attr_count; i++) {
        if (of_request(block, &dictionary->columns[dictionary->pool[of->first + i]])) {
            request->count++;
            request->at = shape->columns[i];
        }
    }
}

/* The ids that the texts of a column are; BLOCK_NONE of those that are none. */
static enum status look_at_column(struct listing *listing, uint32_t at)
{
    struct block *block = listing->block;
    struct block_column *column = &block->columns[at];
    enum status status = block_columns_all(block, column);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *ids = arena_alloc(block->arena, ((size_t)column->text_count + 1) * sizeof(*ids));
    if (ids == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < column->text_count; i++) {
        struct uuid uuid;
        struct id16 id;
        ids[i] = BLOCK_NONE;
        if (uuid_parse(column->texts[i], &uuid)) {
            memcpy(id.bytes, uuid.bytes, sizeof(id.bytes));
            status = is_zero(&id) ? STATUS_OK : add_id(listing, &id, &ids[i]);
        }
    }
    listing->requests[at] = ids;
    return status;
}

static enum status look_at_requests(struct listing *listing)
{
    struct block *block = listing->block;
    enum status status = STATUS_OK;
    size_t columns = (size_t)block->column_count + 1;
    listing->requests = arena_alloc_array(block->arena, columns, sizeof(*listing->requests));
    listing->cells = arena_alloc_array(block->arena, columns, sizeof(*listing->cells));
    listing->shapes = arena_alloc(block->arena, block->shape_count * sizeof(*listing->shapes));
    if (listing->requests == NULL || listing->cells == NULL || listing->shapes == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < block->shape_count; i++) {
        look_at_shape(block, &block->shapes[i], &listing->shapes[i]);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->column_count; i++) {
        const struct column *column = block->columns[i].column;
        if (of_request(block, column) && column->kind == VALUE_STRING) {
            status = look_at_column(listing, i);
        } else if (column->field == FIELD_LINKS) {
            status = block_columns_all(block, &block->columns[i]);
        }
    }
    return status;
}

/* The next id of a column. */
static uint32_t next_request(struct listing *listing, uint32_t at)
{
    if (at == BLOCK_NONE || listing->requests[at] == NULL) {
        return BLOCK_NONE;
    }
    uint32_t cell = listing->cells[at]++;
    return listing->requests[at][listing->block->columns[at].index[cell]];
}

/* Go on in columns whose values tell nothing for certain. */
static void skip_requests(struct listing *listing, const struct block_shape *shape)
{
    for (uint32_t i = 0; i < shape->shape->attr_count; i++) {
        (void)next_request(listing, shape->columns[shape->shape->field_count + i]);
    }
}

/* ---- Lines of neither a trace nor a request. ---- */

static enum status look_at_loose(struct listing *listing)
{
    enum status status = block_resources(listing->block, &listing->resources);
    if (status == STATUS_OK) {
        status = block_starts(listing->block, &listing->starts_ns);
    }
    if (status == STATUS_OK) {
        status = block_durations(listing->block, &listing->durations_ns);
    }
    listing->resource = BLOCK_NONE;
    return status;
}

static bool is_loose(const struct listing *listing, uint32_t row, const struct form *form)
{
    uint32_t trace = listing->traces.rows[row];
    return listing->block->signal == SIGNAL_LOGS &&
           (trace == BLOCK_NONE || is_zero(&listing->traces.ids[trace]) ||
            (form->bits & FORM_HAS_TRACE) == 0);
}

static enum status add_loose(struct listing *listing, uint32_t row, const struct form *form)
{
    const struct dictionary *dictionary = listing->block->dictionary;
    if (listing->resources[row] != listing->resource) {
        const struct resource *resource;
        enum status status = dictionary_resource(dictionary, listing->resources[row], &resource);
        if (status != STATUS_OK) {
            return status;
        }
        listing->resource = listing->resources[row];
        listing->instance = record_ids_instance(resource->function, resource->instance);
    }
    if ((form->bits & FORM_PHASE) != 0) {
        return add_row_id(listing, row, &listing->instance);
    }
    uint64_t observed_ns = listing->starts_ns[row] + (uint64_t)listing->durations_ns[row];
    struct id16 id = record_ids_instance_minute(
        listing->instance, record_ids_line_minute(listing->starts_ns[row], observed_ns));
    return add_row_id(listing, row, &id);
}

/* ---- Links. ---- */

static enum status add_links(struct listing *listing, uint32_t row, uint32_t at)
{
    struct block *block = listing->block;
    struct slice bytes = block->columns[at].texts[listing->cells[at]++];
    struct span span = {.links = NULL};
    enum status status = nested_read_links(&bytes, block->arena, &span);
    for (size_t i = 0; status == STATUS_OK && i < span.link_count; i++) {
        status = add_row_id(listing, row, &span.links[i].trace_id);
    }
    return status;
}

/* ---- Rows. ---- */

static enum status list_row(struct listing *listing, uint32_t row)
{
    const struct block *block = listing->block;
    const struct block_shape *shape = &block->shapes[block->shape_rows[row]];
    const struct shape_request *request = &listing->shapes[block->shape_rows[row]];
    enum status status = STATUS_OK;
    uint32_t id = request->count == 1 ? next_request(listing, request->at) : BLOCK_NONE;
    if (request->count > 1) {
        skip_requests(listing, shape);
    }
    if (request->whole || request->count > 1 || id != BLOCK_NONE) {
        status = add_find(listing, row, 1, id, &listing->latest);
    } else if (is_loose(listing, row, &shape->shape->form)) {
        status = add_loose(listing, row, &shape->shape->form);
    }
    return status == STATUS_OK && request->links != BLOCK_NONE
               ? add_links(listing, row, request->links)
               : status;
}

static enum status list_rows(struct listing *listing)
{
    enum status status = STATUS_OK;
    for (uint32_t row = 0; status == STATUS_OK && row < listing->block->rows; row++) {
        status = list_row(listing, row);
    }
    return status;
}

static enum status list_finds(struct block *block, struct block_finds *finds)
{
    struct listing listing = {.block = block, .finds = finds, .latest = BLOCK_NONE};
    enum status status = list_traces(&listing);
    if (status == STATUS_OK) {
        status = look_at_requests(&listing);
    }
    if (status == STATUS_OK && block->signal == SIGNAL_LOGS) {
        status = look_at_loose(&listing);
    }
    return status == STATUS_OK ? list_rows(&listing) : status;
}

static enum status finds_of(struct block *block)
{
    if (block->finds != NULL) {
        return STATUS_OK;
    }
    struct block_finds *finds = arena_alloc_array(block->arena, 1, sizeof(*finds));
    enum status status = finds != NULL ? list_finds(block, finds) : STATUS_FULL;
    block->finds = status == STATUS_OK ? finds : NULL;
    return status;
}

/* ---- Ids that are looked for. ---- */

/* As a table that is at most half full. */
struct wanted {
    const struct id16 *ids;
    uint32_t *slots; /* Index plus 1; 0 is free. */
    size_t mask;
};

static uint64_t slot_of(const struct id16 *id)
{
    uint64_t words[2];
    memcpy(words, id->bytes, sizeof(words));
    return hash_u64(words[0] ^ words[1]);
}

static enum status make_wanted(struct wanted *wanted, const struct id16 *ids, size_t count,
                               struct arena *arena)
{
    size_t slots = 8;
    while (slots < 2 * count) {
        slots *= 2;
    }
    wanted->ids = ids;
    wanted->mask = slots - 1;
    wanted->slots = arena_alloc_array(arena, slots, sizeof(*wanted->slots));
    if (wanted->slots == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = slot_of(&ids[i]) & wanted->mask;
        while (wanted->slots[at] != 0) {
            at = (at + 1) & wanted->mask;
        }
        wanted->slots[at] = (uint32_t)i + 1;
    }
    return STATUS_OK;
}

static bool is_wanted(const struct wanted *wanted, const struct id16 *id)
{
    for (size_t at = slot_of(id) & wanted->mask; wanted->slots[at] != 0;
         at = (at + 1) & wanted->mask) {
        if (memcmp(&wanted->ids[wanted->slots[at] - 1], id, sizeof(*id)) == 0) {
            return true;
        }
    }
    return false;
}

static enum status match_rows(struct block *block, const struct wanted *wanted, bool *matches)
{
    const struct block_finds *finds = block->finds;
    bool *ids = arena_alloc(block->arena, (size_t)finds->id_count + 1);
    if (ids == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < finds->id_count; i++) {
        ids[i] = is_wanted(wanted, &finds->ids[i]);
    }
    memset(matches, false, block->rows);
    for (uint32_t i = 0; i < finds->count; i++) {
        const struct find *find = &finds->finds[i];
        if (find->id == BLOCK_NONE || ids[find->id]) {
            memset(matches + find->row, true, find->count);
        }
    }
    return STATUS_OK;
}

enum status block_match(struct block *block, const struct id16 *ids, size_t id_count, bool *matches)
{
    struct wanted wanted;
    enum status status = finds_of(block);
    if (status != STATUS_OK) {
        return status;
    }
    size_t mark = arena_mark(block->arena);
    status = make_wanted(&wanted, ids, id_count, block->arena);
    if (status == STATUS_OK) {
        status = match_rows(block, &wanted, matches);
    }
    arena_rewind(block->arena, mark);
    return status;
}

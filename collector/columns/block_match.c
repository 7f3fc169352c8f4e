/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_private.h"

#include "base/hash.h"
#include "base/uuid.h"
#include "columns/nested.h"
#include "model/record_ids.h"

#include <string.h>

/* The ids that are looked for, as a table that is at most half full. */
struct wanted {
    const struct id16 *ids;
    uint32_t *slots; /* Index plus 1; 0 is free. */
    size_t mask;
};

/* What a text of a request column is. */
enum request { REQUEST_NONE, REQUEST_OTHER, REQUEST_WANTED };

/* Where the rows of a shape have their request id. */
struct shape_request {
    bool whole; /* All attributes are in one value. */
    uint32_t count, at;
    uint32_t links; /* The column of what its links name, or BLOCK_NONE. */
};

struct matching {
    struct block *block;
    struct wanted wanted;
    uint8_t **requests; /* Of each column of request ids, what its texts are; else NULL. */
    struct shape_request *shapes;
    bool any;        /* Some row may have a request id, or a link, that is wanted. */
    uint32_t *cells; /* Of each column of these, how many rows had it so far. */
    const uint32_t *resources;
    const uint64_t *starts_ns;
    const int64_t *durations_ns;
    struct id16 instance; /* Of the latest resource. */
    uint32_t resource;
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

static bool is_zero(const struct id16 *id)
{
    static const struct id16 zero;
    return memcmp(id, &zero, sizeof(zero)) == 0;
}

/* ---- Requests. ---- */

static bool of_request(const struct block *block, const struct column *column)
{
    return column->field == FIELD_ATTR && column->key == block->dictionary->request_key;
}

static uint8_t request_of(const struct wanted *wanted, struct slice text)
{
    struct uuid uuid;
    struct id16 id;
    if (!uuid_parse(text, &uuid)) {
        return REQUEST_NONE;
    }
    memcpy(id.bytes, uuid.bytes, sizeof(id.bytes));
    if (is_zero(&id)) {
        return REQUEST_NONE;
    }
    return is_wanted(wanted, &id) ? REQUEST_WANTED : REQUEST_OTHER;
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

/* What the texts of a column of request ids are. */
static enum status look_at_column(struct matching *matching, uint32_t at)
{
    struct block *block = matching->block;
    struct block_column *column = &block->columns[at];
    enum status status = block_columns_list(block, column);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *kinds = arena_alloc(block->arena, (size_t)column->text_count + 1);
    if (kinds == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < column->text_count; i++) {
        kinds[i] = request_of(&matching->wanted, column->texts[i]);
        matching->any = matching->any || kinds[i] == REQUEST_WANTED;
    }
    matching->requests[at] = kinds;
    return STATUS_OK;
}

static enum status look_at_requests(struct matching *matching)
{
    struct block *block = matching->block;
    enum status status = STATUS_OK;
    size_t columns = (size_t)block->column_count + 1;
    matching->requests = arena_alloc_array(block->arena, columns, sizeof(*matching->requests));
    matching->cells = arena_alloc_array(block->arena, columns, sizeof(*matching->cells));
    matching->shapes = arena_alloc(block->arena, block->shape_count * sizeof(*matching->shapes));
    if (matching->requests == NULL || matching->cells == NULL || matching->shapes == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < block->shape_count; i++) {
        look_at_shape(block, &block->shapes[i], &matching->shapes[i]);
        matching->any = matching->any || matching->shapes[i].whole;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < block->column_count; i++) {
        const struct column *column = block->columns[i].column;
        if (of_request(block, column) && column->kind == VALUE_STRING) {
            status = look_at_column(matching, i);
        } else if (column->field == FIELD_LINKS) {
            status = block_columns_all(block, &block->columns[i]);
            matching->any = true;
        }
    }
    /* Which row has which of them need only be known if there is something to find; of lines, also
     * whether they have none. */
    matching->any = matching->any || block->signal == SIGNAL_LOGS;
    for (uint32_t i = 0; status == STATUS_OK && matching->any && i < block->column_count; i++) {
        if (matching->requests[i] != NULL) {
            status = block_columns_all(block, &block->columns[i]);
        }
    }
    return status;
}

/* What a column says of the row that is next in it. */
static enum request next_request(struct matching *matching, uint32_t at)
{
    if (at == BLOCK_NONE || matching->requests[at] == NULL) {
        return REQUEST_NONE;
    }
    uint32_t cell = matching->cells[at]++;
    return (enum request)matching->requests[at][matching->block->columns[at].index[cell]];
}

/* What the attributes of a row say.  A key that is there twice says nothing for certain. */
static enum request row_request(struct matching *matching, uint32_t shape)
{
    const struct shape_request *request = &matching->shapes[shape];
    const struct block_shape *of = &matching->block->shapes[shape];
    enum request answer = REQUEST_NONE;
    if (request->count == 1) {
        answer = next_request(matching, request->at);
    }
    for (uint32_t i = 0; request->count > 1 && i < of->shape->attr_count; i++) {
        enum request one = next_request(matching, of->columns[of->shape->field_count + i]);
        answer = one > answer ? one : answer;
    }
    if (request->whole) {
        return REQUEST_WANTED; /* Whole ones are not looked at. */
    }
    return request->count > 1 && answer == REQUEST_OTHER ? REQUEST_NONE : answer;
}

/* ---- Lines of neither a trace nor a request. ---- */

static enum status look_at_loose(struct matching *matching)
{
    enum status status = block_resources(matching->block, &matching->resources);
    if (status == STATUS_OK) {
        status = block_starts(matching->block, &matching->starts_ns);
    }
    if (status == STATUS_OK) {
        status = block_durations(matching->block, &matching->durations_ns);
    }
    matching->resource = BLOCK_NONE;
    return status;
}

static bool loose_wanted(struct matching *matching, uint32_t row, const struct form *form)
{
    const struct dictionary *dictionary = matching->block->dictionary;
    if (matching->resources[row] != matching->resource) {
        matching->resource = matching->resources[row];
        const struct resource *resource = &dictionary->resources[matching->resource];
        matching->instance = record_ids_instance(resource->function, resource->instance);
    }
    if ((form->bits & FORM_PHASE) != 0) {
        return is_wanted(&matching->wanted, &matching->instance);
    }
    uint64_t observed_ns = matching->starts_ns[row] + (uint64_t)matching->durations_ns[row];
    struct id16 id = record_ids_instance_minute(
        matching->instance, record_ids_line_minute(matching->starts_ns[row], observed_ns));
    return is_wanted(&matching->wanted, &id);
}

/* ---- Links. ---- */

/* Whether the links of the row that is next in its column name something that is wanted. */
static enum status next_linked(struct matching *matching, uint32_t shape, bool *linked)
{
    struct block *block = matching->block;
    uint32_t at = matching->shapes[shape].links;
    *linked = false;
    if (at == BLOCK_NONE) {
        return STATUS_OK;
    }
    struct slice bytes = block->columns[at].texts[matching->cells[at]++];
    struct span span = {.links = NULL};
    enum status status = nested_read_links(&bytes, block->arena, &span);
    for (size_t i = 0; status == STATUS_OK && i < span.link_count; i++) {
        *linked = *linked || is_wanted(&matching->wanted, &span.links[i].trace_id);
    }
    return status;
}

/* ---- Rows. ---- */

/* Rows that are wanted for more than their trace. */
static enum status match_others(struct matching *matching, const struct block_ids *traces,
                                bool *matches)
{
    struct block *block = matching->block;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < block->rows; i++) {
        const struct form *form = &block->shapes[block->shape_rows[i]].shape->form;
        uint32_t trace = traces->rows[i];
        enum request request = row_request(matching, block->shape_rows[i]);
        bool loose = block->signal == SIGNAL_LOGS && request == REQUEST_NONE &&
                     (trace == BLOCK_NONE || is_zero(&traces->ids[trace]) ||
                      (form->bits & FORM_HAS_TRACE) == 0);
        bool linked;
        status = next_linked(matching, block->shape_rows[i], &linked);
        matches[i] = matches[i] || request == REQUEST_WANTED || linked ||
                     (loose && loose_wanted(matching, i, form));
    }
    return status;
}

static enum status match_rows(struct matching *matching, const struct block_ids *traces,
                              const bool *traces_wanted, bool *matches)
{
    for (uint32_t i = 0; i < matching->block->rows; i++) {
        uint32_t trace = traces->rows[i];
        matches[i] = trace != BLOCK_NONE && traces_wanted[trace];
    }
    return matching->any ? match_others(matching, traces, matches) : STATUS_OK;
}

enum status block_match(struct block *block, const struct id16 *ids, size_t id_count, bool *matches)
{
    struct matching matching = {.block = block};
    struct block_ids traces;
    enum status status = make_wanted(&matching.wanted, ids, id_count, block->arena);
    if (status == STATUS_OK) {
        status = block_traces(block, &traces);
    }
    if (status == STATUS_OK) {
        status = look_at_requests(&matching);
    }
    if (status == STATUS_OK && block->signal == SIGNAL_LOGS) {
        status = look_at_loose(&matching);
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool *wanted = arena_alloc(block->arena, (size_t)traces.count + 1);
    if (wanted == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < traces.count; i++) {
        wanted[i] = is_wanted(&matching.wanted, &traces.ids[i]);
    }
    return match_rows(&matching, &traces, wanted, matches);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/table_rows.h"

#include "columns/nested.h"
#include "columns/varint.h"
#include "model/record_gist.h"
#include "model/record_ids.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

static const struct id16 zero16;
static const struct id8 zero8;

static bool is_zero8(const struct id8 *id)
{
    return memcmp(id, &zero8, sizeof(zero8)) == 0;
}

/* ---- Scopes. ---- */

/* What is kept of a scope.  Whose the lines of log streams are each of them says, too (record.h):
 * kept here, it would make a scope of every request, and shapes of every scope. */
static struct attrs own_attrs(const struct scope *scope)
{
    return scope->logs ? (struct attrs){.count = 0} : scope->attrs;
}

/* Whether two are the same, as far as that is seen at once. */
static bool same_scope(const struct scope *one, const struct scope *other)
{
    struct attrs of_one = own_attrs(one);
    struct attrs of_other = own_attrs(other);
    return of_one.count == 0 && of_other.count == 0 && of_one.dropped == 0 &&
           of_other.dropped == 0 && one->agent == other->agent && one->logs == other->logs &&
           slice_equal(one->name, other->name) && slice_equal(one->version, other->version);
}

static enum status scope_of(struct table_row_context *context, const struct scope *scope)
{
    struct buf *out = &context->table->scratch;
    if (scope == context->scope || (context->scope != NULL && same_scope(scope, context->scope))) {
        return STATUS_OK;
    }
    buf_reset(out);
    buf_append_byte(out, (unsigned char)((scope->agent ? 1 : 0) | (scope->logs ? 2 : 0)));
    nested_write_text(out, scope->name);
    nested_write_text(out, scope->version);
    if (!nested_write_attrs(out, own_attrs(scope))) {
        return STATUS_BAD;
    }
    uint32_t number =
        buf_overflowed(out) ? TEXTS_NONE : texts_add(context->table->scopes, buf_bytes(out));
    if (number == TEXTS_NONE) {
        return STATUS_FULL;
    }
    context->scope = scope;
    context->scope_number = number + 1;
    return STATUS_OK;
}

bool table_rows_scope_told(const struct table *table, uint32_t number)
{
    return texts_get(table->scopes, number).base[0] != 0;
}

/* ---- Values. ---- */

static bool put_number(struct table *table, uint64_t number)
{
    struct buf *values = &table->values;
    if (values->capacity - values->size < VARINT_SIZE_MAX || values->overflowed) {
        unsigned char *target = buf_reserve(values, VARINT_SIZE_MAX);
        if (target == NULL) {
            return false;
        }
    }
    values->size += varint_write(values->base + values->size, number);
    return true;
}

static bool put_int(struct table *table, int64_t value)
{
    return put_number(table, varint_fold(value));
}

static bool note_new_use(struct table *table, uint32_t text)
{
    if (text >= table->use_capacity) {
        uint32_t capacity = (text + 1) * 2;
        struct table_use *uses = realloc(table->uses, capacity * sizeof(*uses));
        if (uses == NULL) {
            return false;
        }
        memset(uses + table->use_capacity, 0, (capacity - table->use_capacity) * sizeof(*uses));
        table->uses = uses;
        table->use_capacity = capacity;
    }
    table->uses[text].row = table->row_count;
    table->uses[text].count++;
    return true;
}

/* Texts that are used in few places stand there, the others in the dictionary. */
static inline bool note_use(struct table *table, uint32_t text)
{
    const struct table_use *use = text < table->use_capacity ? &table->uses[text] : NULL;
    bool counted =
        use != NULL && use->count > 0 && table->row_count - use->row < BLOCK_ROWS_MAX / 2;
    return counted || note_new_use(table, text);
}

/* Texts that are new weigh; *number may be NULL. */
static bool put_text(struct table *table, struct row *row, struct slice text, uint32_t *number)
{
    uint32_t count = texts_count(table->texts);
    uint32_t added = texts_add(table->texts, text);
    if (added == TEXTS_NONE || !note_use(table, added)) {
        return false;
    }
    if (added == count) {
        row->weight += (uint32_t)text.size;
    }
    if (number != NULL) {
        *number = added;
    }
    return put_number(table, added);
}

static bool put_blob(struct table *table, struct slice bytes)
{
    if (!put_number(table, bytes.size)) {
        return false;
    }
    buf_append(&table->values, bytes);
    return !buf_overflowed(&table->values);
}

/* What scratch holds, if all went well. */
static enum status put_scratch(struct table *table, bool good)
{
    if (!good) {
        return STATUS_BAD;
    }
    return !buf_overflowed(&table->scratch) && put_blob(table, buf_bytes(&table->scratch))
               ? STATUS_OK
               : STATUS_FULL;
}

static bool put_scalar(struct table *table, const struct value *value)
{
    int64_t bits;
    if (value->kind == VALUE_INT) {
        return put_int(table, value->integer);
    }
    if (value->kind == VALUE_BOOL) {
        return put_int(table, value->boolean ? 1 : 0);
    }
    memcpy(&bits, &value->number, sizeof(bits));
    return put_int(table, bits);
}

static enum status put_value(struct table *table, struct row *row, const struct value *value,
                             uint32_t *number)
{
    bool good = true;
    switch (value->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        good = put_text(table, row, value->text, number);
        break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
        good = put_scalar(table, value);
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        buf_reset(&table->scratch);
        if (!nested_write(&table->scratch, value)) {
            return STATUS_BAD;
        }
        good = !buf_overflowed(&table->scratch) &&
               put_text(table, row, buf_bytes(&table->scratch), number);
        break;
    }
    return good ? STATUS_OK : STATUS_FULL;
}

/* ---- Request ids. ---- */

/* The number of the id that a text is; ROW_ID_NONE when it is none. */
static bool request_of(struct table *table, uint32_t text, uint32_t *id)
{
    if (text >= table->request_capacity) {
        uint32_t capacity = (text + 1) * 2;
        uint32_t *requests = realloc(table->requests, capacity * sizeof(*requests));
        if (requests == NULL) {
            return false;
        }
        memset(requests + table->request_capacity, 0,
               (capacity - table->request_capacity) * sizeof(*requests));
        table->requests = requests;
        table->request_capacity = capacity;
    }
    if (table->requests[text] == 0) {
        struct attr attr = {NAME_FAAS_INVOCATION_ID,
                            {.kind = VALUE_STRING, .text = texts_get(table->texts, text)}};
        struct id16 parsed;
        uint32_t number = ROW_ID_NONE;
        bool named = record_ids_request((struct attrs){.items = &attr, .count = 1}, &parsed);
        if (named) {
            number = idset_add(&table->ids, &parsed);
        }
        if (named && number == IDSET_NONE) {
            return false;
        }
        table->requests[text] = named ? number + 2 : 1;
    }
    *id = table->requests[text] == 1 ? ROW_ID_NONE : table->requests[text] - 2;
    return true;
}

/* The same text as in the column's latest row is not looked up. */
static bool put_column_text(struct table *table, struct row *row, uint32_t column,
                            struct slice text, uint32_t *number)
{
    uint32_t *latest = &table->latest[column];
    if (*latest == TEXTS_NONE || !texts_is(table->texts, *latest, text)) {
        if (!put_text(table, row, text, number)) {
            return false;
        }
        *latest = *number;
        return true;
    }
    *number = *latest;
    return note_use(table, *number) && put_number(table, *number);
}

static enum status put_attrs(struct table *table, struct row *row, const struct shape *shape,
                             struct attrs attrs)
{
    const uint32_t *columns = shape_list_columns(&table->shapes, shape) + shape->field_count;
    row->request = ROW_ID_NONE;
    for (uint32_t i = 0; i < attrs.count; i++) {
        const struct value *value = &attrs.items[i].value;
        uint32_t number = 0;
        enum status status = STATUS_OK;
        if (value->kind != VALUE_STRING) {
            status = put_value(table, row, value, &number);
        } else if (!put_column_text(table, row, columns[i], value->text, &number) ||
                   (i == shape->request && !request_of(table, number, &row->request))) {
            status = STATUS_FULL;
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* Attributes that have no columns. */
static enum status put_all_attrs(struct table *table, struct row *row, struct attrs attrs)
{
    struct id16 request;
    row->request = ROW_ID_NONE;
    if (record_ids_request(attrs, &request)) {
        row->request = idset_add(&table->ids, &request);
        if (row->request == IDSET_NONE) {
            return STATUS_FULL;
        }
    }
    buf_reset(&table->scratch);
    return put_scratch(table, nested_write_attrs(&table->scratch, attrs));
}

/* ---- Rows. ---- */

/* The latest trace id is often that of the next row, too. */
static bool trace_of(struct table *table, const struct id16 *id, uint32_t *number)
{
    if (table->row_count > 0) {
        uint32_t latest = table->rows[table->row_count - 1].trace;
        if (latest != ROW_ID_NONE && memcmp(&table->ids.ids[latest], id, sizeof(*id)) == 0) {
            *number = latest;
            return true;
        }
    }
    *number = idset_add(&table->ids, id);
    return *number != IDSET_NONE;
}

/* Find the shape; where there is none for the attributes, they go into one value. */
static bool shape_row(struct table *table, struct row *row, struct form *form, struct attrs *attrs,
                      bool phase)
{
    row->shape = shape_list_add(&table->shapes, table->texts, form, *attrs);
    if (row->shape == SHAPE_NONE) {
        form->mask |= 1u << FIELD_ATTRS;
        form->bits |= phase ? FORM_PHASE : 0;
        attrs->count = 0;
        row->shape = shape_list_add(&table->shapes, table->texts, form, *attrs);
    }
    return row->shape != SHAPE_NONE;
}

static bool begin_row(struct table_row_context *context, struct row **row)
{
    struct table *table = context->table;
    void *rows = table->rows;
    bool fits = table_grow(&rows, &table->row_capacity, table->row_count, TABLE_ROWS_MAX,
                           sizeof(*table->rows));
    table->rows = rows;
    if (!fits) {
        return false;
    }
    *row = &table->rows[table->row_count];
    **row = (struct row){
        .trace = ROW_ID_NONE,
        .request = ROW_ID_NONE,
        .resource = context->resource,
        .arrival = context->arrival,
        .values = (uint32_t)table->values.size,
    };
    return true;
}

static enum status end_row(struct table *table, struct row *row)
{
    if (buf_overflowed(&table->values)) {
        return STATUS_FULL;
    }
    row->weight += (uint32_t)(table->values.size - row->values);
    table->row_count++;
    return STATUS_OK;
}

static uint64_t told_seq(const struct scope *scope, const struct gist *gist, struct attrs attrs)
{
    return scope != NULL && scope->agent ? record_gist(gist, attrs, NULL).number : 0;
}

static uint32_t bit_if(bool present, enum field field)
{
    return present ? 1u << field : 0;
}

static struct form span_form(const struct span *span, uint32_t scope)
{
    return (struct form){
        .scope = scope,
        .mask = 1u << FIELD_NAME | bit_if(span->trace_state.size > 0, FIELD_STATE) |
                bit_if(span->status_message.size > 0, FIELD_MESSAGE) |
                bit_if(span->flags != 0, FIELD_FLAGS) |
                bit_if(span->seq != told_seq(span->scope, &span->gist, span->attrs), FIELD_SEQ) |
                bit_if(span->attrs.dropped != 0, FIELD_DROPPED) |
                bit_if(span->event_count > 0, FIELD_EVENTS) |
                bit_if(span->link_count > 0, FIELD_LINKS),
        .signal = SIGNAL_TRACES,
        .grade = shape_span_grade(span),
        .bits = FORM_TRACE_ID | FORM_SPAN_ID,
    };
}

static enum status put_span_fields(struct table *table, struct row *row, const struct span *span,
                                   uint32_t mask)
{
    bool good =
        put_text(table, row, span->name, NULL) &&
        ((mask >> FIELD_STATE & 1) == 0 || put_text(table, row, span->trace_state, NULL)) &&
        ((mask >> FIELD_MESSAGE & 1) == 0 || put_text(table, row, span->status_message, NULL)) &&
        ((mask >> FIELD_FLAGS & 1) == 0 || put_int(table, span->flags)) &&
        ((mask >> FIELD_SEQ & 1) == 0 || put_int(table, (int64_t)span->seq)) &&
        ((mask >> FIELD_DROPPED & 1) == 0 || put_int(table, span->attrs.dropped));
    if (!good) {
        return STATUS_FULL;
    }
    enum status status = STATUS_OK;
    if ((mask >> FIELD_EVENTS & 1) != 0) {
        buf_reset(&table->scratch);
        status = put_scratch(table, nested_write_events(&table->scratch, span));
    }
    if (status == STATUS_OK && (mask >> FIELD_LINKS & 1) != 0) {
        buf_reset(&table->scratch);
        status = put_scratch(table, nested_write_links(&table->scratch, span));
    }
    return status;
}

enum status table_rows_span(struct table_row_context *context, const struct span *span)
{
    struct table *table = context->table;
    struct row *row;
    struct attrs attrs = span->attrs;
    enum status status = span->scope != NULL ? scope_of(context, span->scope) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    struct form form = span_form(span, span->scope != NULL ? context->scope_number : 0);
    if (!begin_row(context, &row) || !trace_of(table, &span->trace_id, &row->trace) ||
        !shape_row(table, row, &form, &attrs, false)) {
        return STATUS_FULL;
    }
    row->start_ns = span->start_ns;
    row->end_ns = span->end_ns;
    row->span_id = span->span_id;
    row->parent = span->parent_span_id;
    status = put_span_fields(table, row, span, form.mask);
    if (status == STATUS_OK) {
        status = (form.mask >> FIELD_ATTRS & 1) != 0
                     ? put_all_attrs(table, row, span->attrs)
                     : put_attrs(table, row, &table->shapes.rows[row->shape], attrs);
    }
    if (status == STATUS_OK) {
        status = end_row(table, row);
    }
    table->span_count += status == STATUS_OK;
    return status;
}

static struct form line_form(const struct log_line *line, uint32_t scope)
{
    bool traced = line->has_trace || memcmp(&line->trace_id, &zero16, sizeof(zero16)) != 0;
    return (struct form){
        .scope = scope,
        .mask = bit_if(line->severity > UINT8_MAX, FIELD_SEVERITY) |
                bit_if(line->severity_text.size > 0, FIELD_SEVERITY_TEXT) |
                bit_if(line->event_name.size > 0, FIELD_EVENT_NAME) |
                bit_if(line->seq != told_seq(line->scope, &line->gist, line->attrs), FIELD_SEQ) |
                bit_if(line->attrs.dropped != 0, FIELD_DROPPED) |
                bit_if(line->body.kind != VALUE_EMPTY, FIELD_BODY),
        .signal = SIGNAL_LOGS,
        .grade = line->severity > UINT8_MAX ? 0 : (uint8_t)line->severity,
        .bits = (uint8_t)((traced ? FORM_TRACE_ID : 0) | (line->has_trace ? FORM_HAS_TRACE : 0) |
                          (is_zero8(&line->span_id) ? 0 : FORM_SPAN_ID)),
        .body = (uint8_t)line->body.kind,
    };
}

/* The number of a line's stencil plus 1; 0: it has none.  False without memory. */
static bool stencil_of(struct table *table, struct slice line, uint32_t *number)
{
    *number = 0;
    if (table->stencil_pause > 0) {
        table->stencil_pause--;
        return true;
    }
    if (!stencil_cut(&table->pieces, line)) {
        return true;
    }
    uint32_t count = texts_count(table->texts);
    uint32_t added = texts_add(table->texts, slice_of(table->pieces.text, table->pieces.text_size));
    if (added == TEXTS_NONE || !note_use(table, added)) {
        return false;
    }
    table->stencil_new += added == count;
    if (++table->stencil_lines == TABLE_STENCIL_LINES) {
        table->stencil_pause =
            table->stencil_new > TABLE_STENCIL_LINES / 2 ? TABLE_STENCIL_PAUSE : 0;
        table->stencil_lines = table->stencil_new = 0;
    }
    *number = added + 1;
    return true;
}

/* A block has lines up to a size that they have when they are read. */
static bool put_line(struct table *table, struct row *row, struct slice line)
{
    uint32_t number;
    unsigned char head[VARINT_SIZE_MAX];
    if (!stencil_of(table, line, &number)) {
        return false;
    }
    struct slice rest =
        number == 0 ? line : slice_of(table->pieces.holes, table->pieces.holes_size);
    size_t head_size = varint_write(head, number);
    row->weight += (uint32_t)(line.size - rest.size);
    struct buf *values = &table->values;
    unsigned char *target = buf_reserve(values, VARINT_SIZE_MAX + head_size + rest.size);
    if (target == NULL) {
        return false;
    }
    size_t size = varint_write(target, head_size + rest.size);
    memcpy(target + size, head, head_size);
    if (rest.size > 0) {
        memcpy(target + size + head_size, rest.base, rest.size);
    }
    buf_commit(values, size + head_size + rest.size);
    return true;
}

static enum status put_body(struct table *table, struct row *row, const struct value *body)
{
    bool good = true;
    switch (body->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
        good = put_line(table, row, body->text);
        break;
    case VALUE_BYTES:
        good = put_blob(table, body->text);
        break;
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
        good = put_scalar(table, body);
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        buf_reset(&table->scratch);
        return put_scratch(table, nested_write(&table->scratch, body));
    }
    return good ? STATUS_OK : STATUS_FULL;
}

/* Fields in order of enum field; FIELD_ATTRS lies before FIELD_BODY. */
static enum status put_line_fields(struct table *table, struct row *row,
                                   const struct log_line *line, uint32_t mask)
{
    bool good =
        ((mask >> FIELD_SEVERITY & 1) == 0 || put_int(table, line->severity)) &&
        ((mask >> FIELD_SEVERITY_TEXT & 1) == 0 ||
         put_text(table, row, line->severity_text, NULL)) &&
        ((mask >> FIELD_EVENT_NAME & 1) == 0 || put_text(table, row, line->event_name, NULL)) &&
        ((mask >> FIELD_SEQ & 1) == 0 || put_int(table, (int64_t)line->seq)) &&
        ((mask >> FIELD_DROPPED & 1) == 0 || put_int(table, line->attrs.dropped));
    enum status status = good ? STATUS_OK : STATUS_FULL;
    if (status == STATUS_OK && (mask >> FIELD_ATTRS & 1) != 0) {
        status = put_all_attrs(table, row, line->attrs);
    }
    return status == STATUS_OK ? put_body(table, row, &line->body) : status;
}

enum status table_rows_line(struct table_row_context *context, const struct log_line *line)
{
    struct table *table = context->table;
    struct row *row;
    struct attrs attrs = line->attrs;
    enum status status = line->scope != NULL ? scope_of(context, line->scope) : STATUS_OK;
    if (status != STATUS_OK) {
        return status;
    }
    struct form form = line_form(line, line->scope != NULL ? context->scope_number : 0);
    if (!begin_row(context, &row) ||
        ((form.bits & FORM_TRACE_ID) != 0 && !trace_of(table, &line->trace_id, &row->trace)) ||
        !shape_row(table, row, &form, &attrs, record_gist(&line->gist, line->attrs, NULL).phased)) {
        return STATUS_FULL;
    }
    row->start_ns = line->time_ns;
    row->end_ns = line->observed_ns;
    row->span_id = line->span_id;
    status = put_line_fields(table, row, line, form.mask);
    if (status == STATUS_OK && (form.mask >> FIELD_ATTRS & 1) == 0) {
        status = put_attrs(table, row, &table->shapes.rows[row->shape], attrs);
    }
    return status == STATUS_OK ? end_row(table, row) : status;
}

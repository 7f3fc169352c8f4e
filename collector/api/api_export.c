/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_export.h"

#include "api/api_limits.h"
#include "api/otlp_json.h"
#include "base/number.h"
#include "model/record_ids.h"
#include "query/transaction.h"

#include <stdlib.h>
#include <string.h>

/* An export while it is being written. */
struct export
{
    struct api_call *call;
    uint64_t records;
    bool damaged; /* Some records could not be read. */
    bool no_memory;
    /* Of a transaction: records that have one of these. */
    struct id16 *ids;
    size_t id_count;
};

/* ---- Records in the order of resources and scopes. ---- */

static int compare_places(const struct resource *resource, const struct scope *scope,
                          const struct resource *other_resource, const struct scope *other_scope)
{
    uintptr_t a = (uintptr_t)resource;
    uintptr_t b = (uintptr_t)other_resource;
    if (a == b) {
        a = (uintptr_t)scope;
        b = (uintptr_t)other_scope;
    }
    return (a > b) - (a < b);
}

static int compare_spans(const void *one, const void *other)
{
    const struct span *a = *(const struct span *const *)one;
    const struct span *b = *(const struct span *const *)other;
    int order = compare_places(a->resource, a->scope, b->resource, b->scope);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_lines(const void *one, const void *other)
{
    const struct log_line *a = *(const struct log_line *const *)one;
    const struct log_line *b = *(const struct log_line *const *)other;
    int order = compare_places(a->resource, a->scope, b->resource, b->scope);
    return order != 0 ? order : (a > b) - (a < b);
}

static bool has_id(const struct export *export, const struct record_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        for (size_t k = 0; k < export->id_count; k++) {
            if (memcmp(&ids->ids[i], &export->ids[k], sizeof(ids->ids[i])) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool span_wanted(const struct export *export, const struct span *span)
{
    struct record_ids ids = record_ids_span(span);
    return export->ids == NULL || has_id(export, &ids);
}

static bool line_wanted(const struct export *export, const struct log_line *line)
{
    struct record_ids ids = record_ids_line(line);
    return export->ids == NULL || has_id(export, &ids);
}

static bool write_spans(struct export *export, const struct batch *batch)
{
    const struct span **order = malloc((batch->span_count + 1) * sizeof(*order));
    struct otlp_json json;
    size_t count = 0;
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        order[count] = &batch->spans[i];
        count += span_wanted(export, order[count]);
    }
    if (count > 1) {
        qsort(order, count, sizeof(*order), compare_spans);
    }
    otlp_json_begin(&json, &export->call->body, SIGNAL_TRACES);
    for (size_t i = 0; i < count; i++) {
        otlp_json_span(&json, order[i]);
    }
    otlp_json_end(&json);
    export->records += count;
    free(order);
    return true;
}

static bool write_lines(struct export *export, const struct batch *batch)
{
    const struct log_line **order = malloc((batch->log_count + 1) * sizeof(*order));
    struct otlp_json json;
    size_t count = 0;
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        order[count] = &batch->logs[i];
        count += line_wanted(export, order[count]);
    }
    if (count > 1) {
        qsort(order, count, sizeof(*order), compare_lines);
    }
    otlp_json_begin(&json, &export->call->body, SIGNAL_LOGS);
    for (size_t i = 0; i < count; i++) {
        otlp_json_line(&json, order[i]);
    }
    otlp_json_end(&json);
    export->records += count;
    free(order);
    return true;
}

static bool visit(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct export *export = context;
    (void)arrival_ns;
    if (!write_spans(export, batch) || !write_lines(export, batch)) {
        export->no_memory = true;
        return false;
    }
    return !buf_overflowed(&export->call->body);
}

/* ---- A span of time. ---- */

/* The span of time, of which the front is left when a piece was answered. */
static bool read_span(struct api_call *call, struct store_span *span)
{
    struct query_range range;
    struct slice text;
    if (!api_call_range(call, &range) || !api_call_number(call, "limit", 1, API_EXPORT_RECORDS_MAX,
                                                          API_EXPORT_RECORDS, &span->records_max)) {
        return false;
    }
    span->from_ns = (uint64_t)range.from_ns;
    span->to_ns = web_query(call->request, "to", &text) ? (uint64_t)range.to_ns : UINT64_MAX;
    text = api_call_text(call, "cursor");
    if (text.size > 0 &&
        (number_parse_u64(text, &span->to_ns) != NUMBER_OK || span->to_ns <= span->from_ns)) {
        api_call_refuse(call, 400, "bad_cursor", "give what the answer before said",
                        "the cursor is none of this export");
        return false;
    }
    return true;
}

/* Answer a piece of the span; *reached_ns is where it begins. */
static bool write_piece(struct export *export, struct store_span span, uint64_t *reached_ns)
{
    struct api_call *call = export->call;
    enum status status = STATUS_NOT_FOUND;
    /* What was looked for may have gone meanwhile: the next hold knows. */
    for (unsigned tries = 0; tries < API_EXPORT_TRIES && status == STATUS_NOT_FOUND; tries++) {
        struct store_hold *hold = store_hold(call->query->store);
        buf_reset(&call->body);
        export->records = 0;
        status = hold != NULL ? store_scan(hold, span, visit, export, reached_ns) : STATUS_FULL;
        store_release(hold);
    }
    export->damaged = status == STATUS_IO;
    if (status == STATUS_OK || status == STATUS_IO) {
        return true;
    }
    api_call_refuse_large(call, "give a smaller limit");
    return false;
}

/* ---- A transaction. ---- */

static bool add_ids(struct export *export, const struct transaction *transaction)
{
    const struct members *members = &transaction->members;
    size_t most = members->id_count + 2 * (size_t)transaction->instance_count;
    export->ids = arena_alloc_array(export->call->arena, most + 1, sizeof(export->ids[0]));
    if (export->ids == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < members->id_count; i++) {
        export->ids[export->id_count++] = members->ids[i].id;
    }
    /* What an instance says of its own start. */
    for (uint32_t i = 0; i < transaction->instance_count; i++) {
        const struct transaction_instance *instance = &transaction->instances[i];
        export->ids[export->id_count++] = record_ids_instance(instance->function, instance->name);
        if (instance->alias.size > 0) {
            export->ids[export->id_count++] =
                record_ids_instance(instance->function, instance->alias);
        }
    }
    return true;
}

static enum status load_ids(struct export *export, const struct transaction *transaction)
{
    struct arena *arena = export->call->arena;
    size_t count = store_find(transaction->hold, export->ids, export->id_count, NULL, 0);
    struct frame_ref *refs = arena_alloc_array(arena, count + 1, sizeof(refs[0]));
    if (refs == NULL) {
        return STATUS_FULL;
    }
    count = store_find(transaction->hold, export->ids, export->id_count, refs, count);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status != STATUS_FULL; i++) {
        size_t mark = arena_mark(arena);
        status = store_load(transaction->hold, refs[i], export->ids, export->id_count, arena, visit,
                            export);
        arena_rewind(arena, mark);
        export->damaged = export->damaged || status == STATUS_IO;
    }
    return status == STATUS_FULL ? status : STATUS_OK;
}

/* Lines that are the transaction's by their time alone. */
static void write_others(struct export *export, const struct transaction *transaction)
{
    struct otlp_json json;
    otlp_json_begin(&json, &export->call->body, SIGNAL_LOGS);
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        if (!line_wanted(export, transaction->logs[i].line)) {
            otlp_json_line(&json, transaction->logs[i].line);
            export->records++;
        }
    }
    otlp_json_end(&json);
}

static bool write_transaction(struct export *export, struct slice text)
{
    struct api_call *call = export->call;
    struct transaction transaction;
    struct id16 id;
    if (!query_id_parse(text, &id)) {
        api_call_refuse(call, 400, "bad_id",
                        "use a trace id (32 hexadecimal digits, or X-Ray's 1-8-24) or a request "
                        "id (a UUID)",
                        "this is no id");
        return false;
    }
    enum status status = transaction_read(call->query, id, call->arena, &transaction);
    if (status == STATUS_OK) {
        status = add_ids(export, &transaction) ? load_ids(export, &transaction) : STATUS_FULL;
    }
    if (status == STATUS_OK) {
        write_others(export, &transaction);
    }
    export->damaged = export->damaged || (status == STATUS_OK && transaction.cut);
    transaction_release(&transaction);
    if (status == STATUS_NOT_FOUND) {
        api_call_refuse(call, 404, "not_found",
                        "it may be past the retention, or not have arrived yet",
                        "no transaction has this id");
    } else if (status != STATUS_OK) {
        api_call_refuse_large(call, "give a smaller limit");
    }
    return status == STATUS_OK;
}

/* ---- The answer. ---- */

/* {"thaw":{"next":"123","records":5,"damaged":false}} */
static void write_end(struct export *export, uint64_t next_ns)
{
    struct json_write writer;
    json_write_init(&writer, &export->call->body);
    json_write_object_begin(&writer);
    json_write_member_object(&writer, SLICE("thaw"));
    json_write_key(&writer, SLICE("next"));
    if (next_ns > 0) {
        json_write_u64_text(&writer, next_ns);
    } else {
        json_write_null(&writer);
    }
    json_write_member_u64(&writer, SLICE("records"), export->records);
    json_write_member_bool(&writer, SLICE("damaged"), export->damaged);
    json_write_object_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    buf_append_byte(&export->call->body, '\n');
}

void api_export(struct api_call *call)
{
    struct export export = {.call = call};
    struct store_span span;
    struct slice id = api_call_text(call, "id");
    uint64_t reached_ns = 0;
    bool written;
    if (id.size > 0) {
        written = write_transaction(&export, id);
    } else {
        written = read_span(call, &span) && write_piece(&export, span, &reached_ns);
        reached_ns = written && reached_ns > span.from_ns ? reached_ns : 0;
    }
    if (!written) {
        return;
    }
    write_end(&export, reached_ns);
    call->answered = true;
    if (buf_overflowed(&call->body) || export.no_memory) {
        api_call_refuse_large(call, "give a smaller limit");
        return;
    }
    web_answer(call->request, &(struct web_answer){
                                  .status = 200,
                                  .content_type = "application/x-ndjson",
                                  .body = buf_bytes(&call->body),
                              });
}

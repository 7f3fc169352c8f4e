/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/tempo_tags.h"

#include "api/api_search.h"
#include "base/number.h"
#include "proto/names.h"
#include "traces/tempo.h"
#include "traces/trace_names.h"
#include "traces/traceql.h"

/* What a name in the set is: a tag of one of the two, or a value of a type. */
enum { TAG_OF_RESOURCE, TAG_OF_SPAN };
enum { TYPE_STRING, TYPE_INT, TYPE_FLOAT, TYPE_BOOL, TYPE_KEYWORD };

static const struct slice types[] = {
    [TYPE_STRING] = SLICE_INIT("string"),   [TYPE_INT] = SLICE_INIT("int"),
    [TYPE_FLOAT] = SLICE_INIT("float"),     [TYPE_BOOL] = SLICE_INIT("bool"),
    [TYPE_KEYWORD] = SLICE_INIT("keyword"),
};

static const struct slice intrinsics[] = {
    SLICE_INIT("duration"),
    SLICE_INIT("kind"),
    SLICE_INIT("name"),
    SLICE_INIT("status"),
    SLICE_INIT("statusMessage"),
    SLICE_INIT("rootName"),
    SLICE_INIT("rootServiceName"),
    SLICE_INIT("traceDuration"),
    SLICE_INIT("event:name"),
    SLICE_INIT("instrumentation:name"),
    SLICE_INIT("instrumentation:version"),
};

struct collecting {
    struct api_call *call;
    struct trace_set set;
    struct trace_tests tests;
    struct trace_test field; /* Whose values are asked for. */
    struct deadline deadline;
};

/* ---- Spans. ---- */

static bool is_late(void *context)
{
    struct collecting *collecting = context;
    return deadline_over(&collecting->deadline);
}

/* Show the latest spans that the query wants, as far as there is time; false: it was refused. */
static bool visit_spans(struct collecting *collecting, store_visit *visit)
{
    struct api_call *call = collecting->call;
    struct query_range range;
    struct traceql_error error;
    struct scan_condition conditions[TRACES_TESTS_MAX];
    struct scan_look look = {.stop = is_late, .context = collecting};
    if (!tempo_range(call, &range) || !api_search_deadline(call, &collecting->deadline)) {
        return false;
    }
    if (!traceql_parse(api_call_text(call, "q"), call->arena, &collecting->tests, &error)) {
        collecting->tests.count = 0;
    }
    const struct scan_query scan = {
        .signals = SCAN_SPANS,
        .from_ns = (uint64_t)range.from_ns,
        .to_ns = (uint64_t)range.to_ns,
        .conditions = conditions,
        .condition_count = trace_test_conditions(&collecting->tests, conditions),
        .look = &look,
    };
    struct store_hold *hold = store_hold(call->query->store);
    enum status status = hold != NULL ? store_search(hold, &scan, TRACES_OPERATION_SPANS,
                                                     call->arena, visit, collecting)
                                      : STATUS_FULL;
    store_release(hold);
    if (look.reached_ns > scan.from_ns) {
        api_search_mark_partial(call, QUERY_LIMIT_TIME);
    } else if (status != STATUS_OK) {
        api_search_mark_partial(call, QUERY_LIMIT_DAMAGE);
    }
    if (status == STATUS_FULL) {
        api_call_refuse_large(call, "ask for a shorter time");
    }
    return !call->answered;
}

static void add_keys(struct collecting *collecting, struct attrs attrs, unsigned kind)
{
    for (size_t i = 0; i < attrs.count; i++) {
        trace_set_add(&collecting->set, attrs.items[i].key, kind);
    }
}

static bool take_keys(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct collecting *collecting = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        if (trace_test_span(&collecting->tests, &batch->spans[i])) {
            add_keys(collecting, batch->spans[i].attrs, TAG_OF_SPAN);
            add_keys(collecting, batch->spans[i].resource->attrs, TAG_OF_RESOURCE);
        }
    }
    return true;
}

/* ---- Tags. ---- */

static struct collecting *collecting_create(struct api_call *call)
{
    struct collecting *collecting = arena_alloc_array(call->arena, 1, sizeof(*collecting));
    if (collecting == NULL) {
        api_call_refuse_large(call, "ask for a shorter time");
        return NULL;
    }
    collecting->call = call;
    trace_set_init(&collecting->set, &call->query->key, call->arena);
    return collecting;
}

/* All keys; NULL: it was refused. */
static struct collecting *collect_keys(struct api_call *call)
{
    struct collecting *collecting = collecting_create(call);
    if (collecting == NULL) {
        return NULL;
    }
    trace_set_add(&collecting->set, NAME_SERVICE_NAME, TAG_OF_RESOURCE);
    bool good = visit_spans(collecting, take_keys);
    if (!trace_set_finish(&collecting->set) && good) {
        api_call_refuse_large(call, "ask for a shorter time");
    }
    return call->answered ? NULL : collecting;
}

void tempo_tags(struct api_call *call)
{
    const struct collecting *collecting = collect_keys(call);
    if (collecting == NULL) {
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("tagNames"));
    for (size_t i = 0; i < collecting->set.count; i++) {
        const struct trace_name *name = &collecting->set.names[i];
        if (i == 0 || !slice_equal(name->name, name[-1].name)) {
            json_write_string(&call->writer, name->name);
        }
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

static void write_scope(struct api_call *call, struct slice scope, const struct trace_set *set,
                        unsigned kind)
{
    json_write_object_begin(&call->writer);
    json_write_member_string(&call->writer, SLICE("name"), scope);
    json_write_member_array(&call->writer, SLICE("tags"));
    for (size_t i = 0; i < set->count; i++) {
        if (set->names[i].kind == kind) {
            json_write_string(&call->writer, set->names[i].name);
        }
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

static void write_intrinsics(struct api_call *call)
{
    json_write_object_begin(&call->writer);
    json_write_member_string(&call->writer, SLICE("name"), SLICE("intrinsic"));
    json_write_member_array(&call->writer, SLICE("tags"));
    for (size_t i = 0; i < sizeof(intrinsics) / sizeof(intrinsics[0]); i++) {
        json_write_string(&call->writer, intrinsics[i]);
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

static void write_no_metrics(struct api_call *call)
{
    json_write_member_object(&call->writer, SLICE("metrics"));
    json_write_member_u64_text(&call->writer, SLICE("inspectedBytes"), 0);
    json_write_object_end(&call->writer);
}

void tempo_tags_v2(struct api_call *call)
{
    struct slice scope = api_call_text(call, "scope");
    bool all = scope.size == 0 || slice_equal(scope, SLICE("none"));
    const struct collecting *collecting = collect_keys(call);
    if (collecting == NULL) {
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("scopes"));
    if (all || slice_equal(scope, SLICE("resource"))) {
        write_scope(call, SLICE("resource"), &collecting->set, TAG_OF_RESOURCE);
    }
    if (all || slice_equal(scope, SLICE("span"))) {
        write_scope(call, SLICE("span"), &collecting->set, TAG_OF_SPAN);
    }
    if (all || slice_equal(scope, SLICE("intrinsic"))) {
        write_intrinsics(call);
    }
    json_write_array_end(&call->writer);
    write_no_metrics(call);
    json_write_object_end(&call->writer);
}

/* ---- Values. ---- */

static void add_value(struct trace_set *set, const struct value *value)
{
    char text[NUMBER_TEXT_SIZE];
    switch (value->kind) {
    case VALUE_STRING:
        trace_set_add(set, value->text, TYPE_STRING);
        break;
    case VALUE_BOOL:
        trace_set_add(set, value->boolean ? SLICE("true") : SLICE("false"), TYPE_BOOL);
        break;
    case VALUE_INT:
        trace_set_add(set, slice_of(text, number_format_i64(value->integer, text)), TYPE_INT);
        break;
    case VALUE_DOUBLE:
        trace_set_add(set, slice_of(text, number_format_double(value->number, text)), TYPE_FLOAT);
        break;
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
}

static bool is_root(const struct span *span)
{
    static const struct id8 zero;
    for (size_t i = 0; i < sizeof(zero.bytes); i++) {
        if (span->parent_span_id.bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void add_attr(struct collecting *collecting, const struct span *span)
{
    const struct trace_test *field = &collecting->field;
    const struct value *value = NULL;
    if (field->where != TRACE_OF_RESOURCE) {
        value = attrs_find(span->attrs, field->key);
    }
    if (value == NULL && field->where != TRACE_OF_SPAN) {
        value = attrs_find(span->resource->attrs, field->key);
    }
    if (value != NULL) {
        add_value(&collecting->set, value);
    }
}

static void add_field(struct collecting *collecting, const struct span *span)
{
    struct trace_set *set = &collecting->set;
    switch (collecting->field.field) {
    case TRACE_ATTR:
        add_attr(collecting, span);
        break;
    case TRACE_NAME:
        trace_set_add(set, span->name, TYPE_STRING);
        break;
    case TRACE_STATUS_MESSAGE:
        trace_set_add(set, span->status_message, TYPE_STRING);
        break;
    case TRACE_ROOT_NAME:
        trace_set_add(set, is_root(span) ? span->name : SLICE_EMPTY, TYPE_STRING);
        break;
    case TRACE_ROOT_SERVICE:
        trace_set_add(set, is_root(span) ? trace_service(span->resource) : SLICE_EMPTY,
                      TYPE_STRING);
        break;
    case TRACE_SCOPE_NAME:
        trace_set_add(set, span->scope != NULL ? span->scope->name : SLICE_EMPTY, TYPE_STRING);
        break;
    case TRACE_SCOPE_VERSION:
        trace_set_add(set, span->scope != NULL ? span->scope->version : SLICE_EMPTY, TYPE_STRING);
        break;
    case TRACE_STATUS:
    case TRACE_KIND:
    case TRACE_ERROR:
    case TRACE_DURATION:
    case TRACE_WHOLE_DURATION:
        break;
    }
}

static bool take_values(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct collecting *collecting = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        if (trace_test_span(&collecting->tests, &batch->spans[i])) {
            add_field(collecting, &batch->spans[i]);
        }
    }
    return true;
}

static void add_words(struct trace_set *set, struct slice words)
{
    struct slice word;
    for (bool more = true; more;) {
        more = slice_cut(words, ' ', &word, &words);
        trace_set_add(set, word, TYPE_KEYWORD);
    }
}

static void add_services(struct collecting *collecting)
{
    struct trace_names services;
    struct api_call *call = collecting->call;
    if (!api_search_deadline(call, &collecting->deadline)) {
        return;
    }
    if (trace_names_services(call->query, collecting->deadline, call->arena, &services) !=
        STATUS_OK) {
        api_call_refuse_large(call, "ask for a shorter time");
        return;
    }
    api_search_mark_partial(call, services.partial);
    for (size_t i = 0; i < services.count; i++) {
        trace_set_add(&collecting->set, services.names[i].name, TYPE_STRING);
    }
}

/* The tag of "{tag}/values", which may have been escaped twice on its way. */
static bool read_tag(struct api_call *call, struct slice *tag)
{
    const struct slice suffix = SLICE("/values");
    if (!slice_ends(call->rest, suffix) || call->rest.size == suffix.size) {
        api_call_refuse(call, 404, "not_found", NULL, "there is no such path");
        return false;
    }
    *tag = slice_take(call->rest, call->rest.size - suffix.size);
    return true;
}

/* All values of a tag; NULL: it was refused. */
static struct collecting *collect_values(struct api_call *call)
{
    struct slice tag;
    struct collecting *collecting = read_tag(call, &tag) ? collecting_create(call) : NULL;
    if (collecting == NULL) {
        return NULL;
    }
    if (!traceql_field(tag, &collecting->field)) {
        api_call_refuse(call, 400, "bad_tag", NULL, "this is no tag");
    } else if (collecting->field.field == TRACE_STATUS) {
        add_words(&collecting->set, SLICE("error ok unset"));
    } else if (collecting->field.field == TRACE_KIND) {
        add_words(&collecting->set, SLICE("client consumer internal producer server"));
    } else if (collecting->field.field == TRACE_ATTR && api_call_text(call, "q").size <= 2 &&
               slice_equal(collecting->field.key, NAME_SERVICE_NAME)) {
        add_services(collecting);
    } else {
        (void)visit_spans(collecting, take_values);
    }
    if (!trace_set_finish(&collecting->set) && !call->answered) {
        api_call_refuse_large(call, "ask for a shorter time");
    }
    return call->answered ? NULL : collecting;
}

void tempo_tag_values(struct api_call *call)
{
    const struct collecting *collecting = collect_values(call);
    if (collecting == NULL) {
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("tagValues"));
    for (size_t i = 0; i < collecting->set.count; i++) {
        json_write_string(&call->writer, collecting->set.names[i].name);
    }
    json_write_array_end(&call->writer);
    json_write_object_end(&call->writer);
}

void tempo_tag_values_v2(struct api_call *call)
{
    const struct collecting *collecting = collect_values(call);
    if (collecting == NULL) {
        return;
    }
    json_write_object_begin(&call->writer);
    json_write_member_array(&call->writer, SLICE("tagValues"));
    for (size_t i = 0; i < collecting->set.count; i++) {
        json_write_object_begin(&call->writer);
        json_write_member_string(&call->writer, SLICE("type"),
                                 types[collecting->set.names[i].kind]);
        json_write_member_string(&call->writer, SLICE("value"), collecting->set.names[i].name);
        json_write_object_end(&call->writer);
    }
    json_write_array_end(&call->writer);
    write_no_metrics(call);
    json_write_object_end(&call->writer);
}

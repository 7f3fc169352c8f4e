/* SPDX-License-Identifier: Apache-2.0 */
#include "core/arrival.h"

#include "base/timestamp.h"
#include "base/traceparent.h"
#include "base/utf8.h"
#include "core/parts.h"
#include "otlp/attribute.h"
#include "proto/names.h"

#include <string.h>

/* ---- What is kept. ---- */

/* Move a text into the arrival's own memory; what does not fit is left out. */
static void own(struct arrival *arrival, struct slice *text)
{
    if (text->size > sizeof(arrival->text) - arrival->text_size) {
        *text = SLICE_EMPTY;
        arrival->trigger.cut = true;
    }
    if (text->size > 0) {
        char *place = arrival->text + arrival->text_size;
        memcpy(place, text->base, text->size);
        arrival->text_size += text->size;
        *text = slice_of(place, text->size);
    }
}

static void fill(struct arrival *arrival, const struct trigger *told)
{
    struct trigger *trigger = &arrival->trigger;
    struct slice *const texts[] = {&trigger->method,    &trigger->route,  &trigger->path,
                                   &trigger->host,      &trigger->detail, &trigger->operation,
                                   &trigger->partition, &trigger->xray,   &trigger->tracestate};
    arrival->text_size = 0;
    *trigger = *told;
    trigger->tracing = SLICE_EMPTY;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        own(arrival, texts[i]);
    }
    for (size_t i = 0; i < trigger->source_count; i++) {
        own(arrival, &trigger->sources[i].name);
        own(arrival, &trigger->sources[i].arn);
        own(arrival, &trigger->sources[i].message_id);
    }
    for (size_t i = 0; i < trigger->link_count; i++) {
        own(arrival, &trigger->links[i].message_id);
    }
}

/* Paths and their like may name persons. */
static void redact_arrival(struct core *core, struct arrival *arrival, struct invocation *row)
{
    const struct trigger *trigger = &arrival->trigger;
    const struct slice texts[] = {trigger->route, trigger->path, trigger->detail,
                                  trigger->operation, trigger->partition};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].size > 0) {
            unsigned char *text = (unsigned char *)arrival->text;
            text_blot(core, text + (texts[i].base - text), texts[i].size, &row->lines);
        }
    }
}

void arrival_forget(struct invocation *row)
{
    if (row->arrival != NULL) {
        row->arrival->row = NULL;
        row->arrival = NULL;
    }
}

/* Whether all that its invocation will ever tell of it was told. */
static bool is_over(const struct arrival *arrival)
{
    return arrival->row != NULL && arrival->row->state == INVOCATION_REPORTED &&
           !arrival->row->dirty;
}

/* A slot that nobody has, or needs any more; one that was used before is better than one whose
 * memory was never touched.  There are as many as invocations. */
static struct arrival *slot(struct arrivals *arrivals)
{
    for (size_t i = 0; i < arrivals->reach; i++) {
        struct arrival *arrival = &arrivals->slots[i];
        if (is_over(arrival)) {
            arrival_forget(arrival->row);
        }
        if (arrival->row == NULL) {
            return arrival;
        }
    }
    ENSURE(arrivals->reach < AGENT_ARRIVALS_MAX);
    return &arrivals->slots[arrivals->reach++];
}

void arrival_trigger(struct core *core, struct invocation *row, const struct trigger *trigger)
{
    row->triggered = true;
    row->dirty = true;
    arrival_forget(row);
    row->arrival = slot(&core->arrivals);
    row->arrival->row = row;
    fill(row->arrival, trigger);
    redact_arrival(core, row->arrival, row);
    if (trigger->parent.known && !row->span_made) {
        row->adopted = true;
        row->has_parent = true;
        row->sampled = trigger->parent.sampled;
        memcpy(row->trace_id, trigger->parent.trace_id, sizeof(row->trace_id));
        memcpy(row->parent_id, trigger->parent.span_id, sizeof(row->parent_id));
    }
    if (trigger->tracing.size > 0) {
        invocation_trace(row, trigger->tracing);
    }
}

void arrival_response(struct core *core, struct invocation *row, const struct core_input *input)
{
    row->answered = true;
    row->answered_error = input->response.error;
    row->dirty = true;
    row->status_code = input->response.status_code;
    if (input->response.bytes <= INT64_MAX) {
        row->response_bytes = (int64_t)input->response.bytes;
    }
    if (row->error_type.size == 0) {
        char bytes[AGENT_WORD_MAX];
        struct buf buf;
        buf_init_fixed(&buf, bytes, sizeof(bytes));
        invocation_text_set(&row->error_type,
                            text_short(core, input->response.error_type, &row->lines, &buf));
    }
}

/* ---- What is told. ---- */

/* Of the source alone, in the words of its kind. */
static void source_attributes(const struct trigger_source *source, uint32_t field, struct buf *out)
{
    struct slice system = trigger_system(source->kind);
    attribute_text_known(out, field, NAME_THAW_TRIGGER_SOURCE, source->name);
    attribute_text_known(out, field, NAME_THAW_TRIGGER_SOURCE_ARN, source->arn);
    if (system.size > 0) {
        attribute_text(out, field, NAME_MESSAGING_SYSTEM, system);
        attribute_text_known(out, field, NAME_MESSAGING_DESTINATION_NAME, source->name);
    }
}

static void request_attributes(const struct trigger *trigger, uint32_t field, struct buf *out)
{
    attribute_text_known(out, field, NAME_HTTP_REQUEST_METHOD, trigger->method);
    attribute_text_known(out, field, NAME_HTTP_ROUTE, trigger->route);
    attribute_text_known(out, field, NAME_URL_PATH, trigger->path);
    attribute_text_known(out, field, NAME_SERVER_ADDRESS, trigger->host);
}

static bool is_faas(enum trigger_kind kind, struct slice word)
{
    return slice_equal(trigger_faas(kind), word);
}

/* OpenTelemetry's own words for a datasource and a timer. */
static void faas_attributes(const struct trigger *trigger, uint32_t field, struct buf *out)
{
    const struct trigger_source *source = &trigger->sources[0];
    char text[TIMESTAMP_TEXT_SIZE];
    bool datasource = is_faas(trigger->kind, SLICE("datasource"));
    if (trigger->source_count == 0 || !(datasource || is_faas(trigger->kind, SLICE("timer")))) {
        return;
    }
    struct slice time = SLICE_EMPTY;
    if (source->since_ns > 0) {
        time = slice_of(text, timestamp_format_short(source->since_ns, text));
    }
    if (!datasource) {
        attribute_text_known(out, field, NAME_FAAS_TIME, time);
        return;
    }
    attribute_text_known(out, field, NAME_FAAS_DOCUMENT_COLLECTION, source->name);
    attribute_text_known(out, field, NAME_FAAS_DOCUMENT_OPERATION, trigger->operation);
    attribute_text_known(out, field, NAME_FAAS_DOCUMENT_TIME, time);
}

static void trigger_attributes(const struct trigger *trigger, uint32_t field, struct buf *out)
{
    enum trigger_waits waits = trigger_waits(trigger->kind);
    attribute_text(out, field, NAME_THAW_TRIGGER, trigger_name(trigger->kind));
    attribute_text_known(out, field, NAME_FAAS_TRIGGER, trigger_faas(trigger->kind));
    if (waits != TRIGGER_WAITS_UNKNOWN) {
        attribute_bool(out, field, NAME_THAW_TRIGGER_CALLER_WAITS, waits == TRIGGER_WAITS_YES);
    }
    request_attributes(trigger, field, out);
    attribute_text_known(out, field, NAME_THAW_TRIGGER_DETAIL, trigger->detail);
    attribute_text_known(out, field, NAME_MESSAGING_DESTINATION_PARTITION_ID, trigger->partition);
    if (trigger->messages > 0) {
        attribute_int(out, field, NAME_MESSAGING_BATCH_MESSAGE_COUNT, (int64_t)trigger->messages);
    }
    if (trigger->cut) {
        attribute_bool(out, field, NAME_THAW_TRIGGER_CUT, true);
    }
    if (trigger->source_count == 0) {
        return;
    }
    const struct trigger_source *source = &trigger->sources[0];
    source_attributes(source, field, out);
    faas_attributes(trigger, field, out);
    if (trigger->messages <= 1) {
        attribute_text_known(out, field, NAME_MESSAGING_MESSAGE_ID, source->message_id);
    }
    if (source->since_ns > 0 && source->since_ns <= INT64_MAX) {
        attribute_int(out, field, NAME_THAW_TRIGGER_TIME_NS, (int64_t)source->since_ns);
    }
    for (size_t i = 1; i < trigger->source_count; i++) {
        if (trigger->sources[i].before) {
            attribute_text(out, field, NAME_THAW_TRIGGER_ORIGIN,
                           trigger_name(trigger->sources[i].kind));
            break;
        }
    }
}

void arrival_attributes(const struct invocation *row, uint32_t field, struct buf *out)
{
    if (row->arrival != NULL) {
        trigger_attributes(&row->arrival->trigger, field, out);
        attribute_text_known(out, field, NAME_THAW_TRIGGER_XRAY_HEADER, row->arrival->trigger.xray);
    }
    if (row->status_code > 0) {
        attribute_int(out, field, NAME_HTTP_RESPONSE_STATUS_CODE, (int64_t)row->status_code);
    }
    attribute_int_known(out, field, NAME_THAW_RESPONSE_BYTES, row->response_bytes);
}

struct slice arrival_trace_state(const struct invocation *row)
{
    struct slice state = row->arrival != NULL ? row->arrival->trigger.tracestate : SLICE_EMPTY;
    return row->adopted && state.size > 0 && tracestate_valid(state) ? state : SLICE_EMPTY;
}

uint64_t arrival_links_dropped(const struct invocation *row)
{
    return row->arrival != NULL ? row->arrival->trigger.links_more : 0;
}

void arrival_links(const struct invocation *row, struct buf *out)
{
    for (size_t i = 0; row->arrival != NULL && i < row->arrival->trigger.link_count; i++) {
        const struct trigger_link *link = &row->arrival->trigger.links[i];
        struct record_context context = {.known = true, .sampled = link->context.sampled};
        memcpy(context.trace_id, link->context.trace_id, sizeof(context.trace_id));
        memcpy(context.span_id, link->context.span_id, sizeof(context.span_id));
        record_span_link(&context, link->message_id, out);
    }
}

/* ---- What is concluded. ---- */

/* The time that the oldest message or the request spent in a source.  Its id depends on the
 * invocation and the place of the source alone. */
static void wait_span(struct core *core, struct core_now now, const struct invocation *row,
                      size_t index, uint64_t end_ns)
{
    static const struct slice parts[TRIGGER_SOURCES_MAX] = {
        SLICE_INIT("wait-0"), SLICE_INIT("wait-1"), SLICE_INIT("wait-2"), SLICE_INIT("wait-3")};
    const struct trigger_source *source = &row->arrival->trigger.sources[index];
    char text[TRIGGER_TEXT_MAX * UTF8_SIZE_MAX + 8];
    struct buf name;
    struct buf *out = &core->record;
    struct slice instance = core->resource.instance;
    struct record_context parent = invocation_context(row, instance, SLICE("invocation"));
    bool request = is_faas(source->kind, SLICE("http")) || is_faas(source->kind, SLICE("other"));
    buf_init_fixed(&name, text, sizeof(text));
    /* A name of whatever bytes must not make a receiver refuse the batch. */
    utf8_sanitise(source->name.size > 0 ? source->name : trigger_name(source->kind), &name);
    buf_append(&name, SLICE(" wait"));
    struct record_span span = {
        .context = invocation_context(row, instance, parts[index]),
        .has_parent = true,
        .name = buf_bytes(&name),
        .kind = request ? RECORD_SPAN_INTERNAL : RECORD_SPAN_CONSUMER,
        .start_ns = source->since_ns,
        .end_ns = end_ns,
        .seq = emit_begin(core),
    };
    memcpy(span.parent_id, parent.span_id, sizeof(span.parent_id));
    record_span_write(&span, out);
    attribute_text(out, ATTRIBUTE_OF_SPAN, NAME_FAAS_INVOCATION_ID, invocation_id(row));
    attribute_int(out, ATTRIBUTE_OF_SPAN, NAME_THAW_ATTEMPT, row->attempt);
    attribute_bool(out, ATTRIBUTE_OF_SPAN, NAME_THAW_INFERRED, true);
    if (source->coarse) {
        attribute_bool(out, ATTRIBUTE_OF_SPAN, NAME_THAW_INFERRED_COARSE, true);
    }
    attribute_text(out, ATTRIBUTE_OF_SPAN, NAME_THAW_TRIGGER, trigger_name(source->kind));
    source_attributes(source, ATTRIBUTE_OF_SPAN, out);
    attribute_text_known(out, ATTRIBUTE_OF_SPAN, NAME_MESSAGING_MESSAGE_ID, source->message_id);
    emit_end(core, now, BLOCK_TRACES, QUEUE_OTHER, span.seq);
}

/* When the invocation took it out of its source: an init that it waited for is told apart. */
static uint64_t left_ns(const struct invocation *row, const struct trigger_source *source,
                        uint64_t start_ns)
{
    uint64_t init_ns = row->init != NULL ? row->init->start_ns : 0;
    return init_ns >= source->since_ns && init_ns > 0 && init_ns < start_ns ? init_ns : start_ns;
}

void arrival_spans(struct core *core, struct core_now now, const struct invocation *row,
                   uint64_t start_ns)
{
    for (size_t i = 0; row->arrival != NULL && i < row->arrival->trigger.source_count; i++) {
        const struct trigger_source *source = &row->arrival->trigger.sources[i];
        uint64_t end_ns = source->before ? source->until_ns : left_ns(row, source, start_ns);
        /* Where one clock is behind the other there is no wait, and certainly no negative one. */
        if (source->since_ns > 0 && end_ns >= source->since_ns &&
            end_ns - source->since_ns <= AGENT_WAIT_MAX_NS) {
            wait_span(core, now, row, i, end_ns);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"
#include "base/timestamp.h"
#include "trigger/parts.h"

#include <string.h>

/* Numbers below these are seconds, milliseconds, microseconds and nanoseconds since 1970: each
 * unit's numbers reach from 1973 to 5138. */
#define TIME_SECONDS_END      INT64_C(100000000000)
#define TIME_MILLISECONDS_END INT64_C(100000000000000)
#define TIME_MICROSECONDS_END INT64_C(100000000000000000)

/* Beyond this, digits of seconds would not fit as nanoseconds. */
#define TIME_SCALE_MAX UINT64_C(9000000000)

struct slice facts_field(const struct trigger_read *reader, enum tree_field field)
{
    struct trigger_value value = reader->fields[field];
    if (value.size == 0 || (field < 32 && (reader->refused >> field & 1u) != 0)) {
        return SLICE_EMPTY;
    }
    return slice_of((field < FIELD_OF_MESSAGE ? reader->message_text : reader->event_text) +
                        value.at,
                    value.size);
}

bool facts_has(const struct trigger_read *reader, enum tree_field field)
{
    return reader->fields[field].size > 0;
}

bool facts_seen(const struct trigger_read *reader, enum tree_node node)
{
    return (reader->seen[node / 64] >> (node % 64) & 1u) != 0;
}

struct slice facts_keep(char *room, size_t size, struct slice text)
{
    if (text.size == 0 || text.size > size) {
        return SLICE_EMPTY;
    }
    memcpy(room, text.base, text.size);
    return slice_of(room, text.size);
}

struct slice facts_behind(struct slice text, unsigned char byte)
{
    size_t at = slice_find_last_byte(text, byte);
    return at == SLICE_NONE ? text : slice_skip(text, at + 1);
}

uint64_t facts_time(struct slice text, bool *coarse)
{
    uint64_t time_ns = 0;
    int64_t number = 0;
    *coarse = false;
    if (text.size == 0) {
        return 0;
    }
    if (timestamp_parse(text, &time_ns)) {
        *coarse = slice_find_byte(text, '.') == SLICE_NONE;
        return time_ns;
    }
    enum number_answer answer = number_parse_scaled(text, 0, &number);
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || number <= 0) {
        return 0;
    }
    unsigned digits = number < TIME_SECONDS_END        ? 9
                      : number < TIME_MILLISECONDS_END ? 6
                      : number < TIME_MICROSECONDS_END ? 3
                                                       : 0;
    if (digits == 9 && (uint64_t)number > TIME_SCALE_MAX) {
        return 0;
    }
    answer = number_parse_scaled(text, digits, &number);
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || number <= 0) {
        return 0;
    }
    *coarse = digits == 9 && number % INT64_C(1000000000) == 0;
    return (uint64_t)number;
}

void facts_contexts(const struct trigger_read *reader, struct carrier_contexts *contexts)
{
    const struct carrier carrier = {
        .traceparent = facts_field(reader, FIELD_TRACEPARENT),
        .tracestate = facts_field(reader, FIELD_TRACESTATE),
        .xray = facts_field(reader, FIELD_XRAY),
        .b3 = facts_field(reader, FIELD_B3),
        .b3_trace_id = facts_field(reader, FIELD_B3_TRACE_ID),
        .b3_span_id = facts_field(reader, FIELD_B3_SPAN_ID),
        .b3_sampled = facts_field(reader, FIELD_B3_SAMPLED),
        .datadog_trace_id = facts_field(reader, FIELD_DATADOG_TRACE_ID),
        .datadog_parent_id = facts_field(reader, FIELD_DATADOG_PARENT_ID),
        .datadog_priority = facts_field(reader, FIELD_DATADOG_PRIORITY),
        .datadog_tags = facts_field(reader, FIELD_DATADOG_TAGS),
    };
    carrier_read(&carrier, contexts);
}

struct trigger_source *facts_source(struct trigger_read *reader, enum trigger_kind kind,
                                    struct slice name, struct slice arn)
{
    struct trigger *trigger = &reader->trigger;
    /* A name that does not fit is none, here as there. */
    name = slice_take(name, name.size <= TRIGGER_TEXT_MAX ? name.size : 0);
    for (size_t i = 0; i < trigger->source_count; i++) {
        struct trigger_source *source = &trigger->sources[i];
        if (source->kind == kind && slice_equal(source->name, name)) {
            return source;
        }
    }
    if (trigger->source_count == TRIGGER_SOURCES_MAX) {
        trigger->cut = true;
        return NULL;
    }
    struct trigger_source_text *text = &reader->source_texts[trigger->source_count];
    struct trigger_source *source = &trigger->sources[trigger->source_count];
    trigger->source_count++;
    *source = (struct trigger_source){
        .kind = kind,
        .name = facts_keep(text->name, sizeof(text->name), name),
        .arn = facts_keep(text->arn, sizeof(text->arn), arn),
    };
    return source;
}

void facts_message(struct trigger_read *reader, struct trigger_source *source, struct slice id,
                   struct slice since, struct slice until)
{
    bool coarse = false;
    bool ignored = false;
    if (source == NULL) {
        return;
    }
    uint64_t since_ns = facts_time(since, &coarse);
    bool first = source->messages == 0;
    bool older = since_ns > 0 && (source->since_ns == 0 || since_ns < source->since_ns);
    source->messages++;
    if (!first && !older) {
        return;
    }
    struct trigger_source_text *text = &reader->source_texts[source - reader->trigger.sources];
    source->since_ns = since_ns;
    source->coarse = coarse;
    source->until_ns = facts_time(until, &ignored);
    source->message_id = facts_keep(text->message_id, sizeof(text->message_id), id);
}

void facts_link(struct trigger_read *reader, const struct trigger_context *context,
                struct slice message_id)
{
    struct trigger *trigger = &reader->trigger;
    if (trigger->link_count == TRIGGER_LINKS_MAX) {
        trigger->links_more++;
        return;
    }
    size_t index = trigger->link_count;
    trigger->link_count++;
    trigger->links[index] = (struct trigger_link){
        .context = *context,
        .message_id =
            facts_keep(reader->link_ids[index], sizeof(reader->link_ids[index]), message_id),
    };
}

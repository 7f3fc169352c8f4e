/* SPDX-License-Identifier: Apache-2.0 */
#include "search/fetch.h"

#include "model/outcome_name.h"
#include "model/span_names.h"
#include "proto/names.h"
#include "search/search.h"
#include "streams/line.h"
#include "streams/line_level.h"

#include <math.h>

/* Severities of OTLP from here on are errors. */
#define SEVERITY_ERROR 17

static const struct fetched fetched_none = {.kind = FETCHED_NONE};

static struct fetched text_of(struct slice text)
{
    return text.size > 0 ? (struct fetched){.kind = FETCHED_TEXT, .text = text} : fetched_none;
}

static struct fetched flag_of(bool flag)
{
    return (struct fetched){.kind = FETCHED_FLAG, .flag = flag};
}

static struct fetched number_of(double number)
{
    return (struct fetched){.kind = FETCHED_NUMBER, .number = number};
}

static struct fetched known_number(int64_t number, double factor)
{
    return number != UNKNOWN_INT ? number_of((double)number * factor) : fetched_none;
}

static struct fetched attr_text(struct attrs attrs, struct slice key)
{
    struct slice text;
    return attrs_find_text(attrs, key, &text) ? text_of(text) : fetched_none;
}

/* Whether a term asks for a number where a text may be meant. */
static bool wants_number(const struct search_term *term)
{
    return term->test == SEARCH_TEST_RANGE;
}

static bool wants_flag(const struct search_term *term)
{
    return term->test == SEARCH_TEST_FLAG;
}

static bool is_out_of_memory(struct slice error_type)
{
    return slice_find(error_type, SLICE("OutOfMemory")) != SLICE_NONE;
}

/* ---- What lines and spans have in common. ---- */

static struct fetched http_status(struct attrs attrs)
{
    int64_t code;
    return attrs_find_int(attrs, NAME_HTTP_RESPONSE_STATUS_CODE, &code) ||
                   attrs_find_int(attrs, NAME_HTTP_STATUS_CODE, &code)
               ? number_of((double)code)
               : fetched_none;
}

static struct fetched error_type(struct attrs attrs)
{
    struct fetched type = attr_text(attrs, NAME_ERROR_TYPE);
    return type.kind != FETCHED_NONE ? type : attr_text(attrs, NAME_EXCEPTION_TYPE);
}

static struct fetched timed_out(struct attrs attrs)
{
    struct fetched status = attr_text(attrs, NAME_THAW_INVOCATION_STATUS);
    return status.kind != FETCHED_NONE ? flag_of(slice_equal(status.text, SLICE("timeout")))
                                       : status;
}

static struct fetched out_of_memory(struct attrs attrs)
{
    struct fetched type = error_type(attrs);
    return type.kind != FETCHED_NONE ? flag_of(is_out_of_memory(type.text)) : type;
}

static struct fetched attr_flag(struct attrs attrs, struct slice key)
{
    bool flag;
    return attrs_find_bool(attrs, key, &flag) ? flag_of(flag) : fetched_none;
}

static struct fetched of_record(const struct resource *resource, struct attrs attrs,
                                const struct search_term *term)
{
    switch (term->field) {
    case SEARCH_FIELD_FUNCTION:
        return text_of(record_sender(resource));
    case SEARCH_FIELD_VERSION:
        return text_of(resource->version);
    case SEARCH_FIELD_INSTANCE:
        return text_of(resource->instance);
    case SEARCH_FIELD_SERVICE:
        return text_of(resource->service);
    case SEARCH_FIELD_TRIGGER:
        return attr_text(attrs, NAME_THAW_TRIGGER);
    case SEARCH_FIELD_COLD:
        return attr_flag(attrs, NAME_FAAS_COLDSTART);
    case SEARCH_FIELD_TIMEOUT:
        return timed_out(attrs);
    case SEARCH_FIELD_OOM:
        return out_of_memory(attrs);
    case SEARCH_FIELD_NAME:
    case SEARCH_FIELD_KIND:
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_STATUS:
    case SEARCH_FIELD_ERROR:
    case SEARCH_FIELD_DURATION:
    case SEARCH_FIELD_INIT:
    case SEARCH_FIELD_WAIT:
    case SEARCH_FIELD_BILLED:
    case SEARCH_FIELD_COST:
    case SEARCH_FIELD_MEMORY:
    case SEARCH_FIELD_TEXT:
    case SEARCH_FIELD_ATTR:
        break;
    }
    return fetched_none;
}

/* ---- Lines. ---- */

/* What the text says, where the runtime or a log stream wrote it as it was. */
static uint32_t level_of_text(const struct log_line *line)
{
    struct line read;
    struct slice rest;
    if (line->body.kind != VALUE_STRING || line->scope == NULL ||
        (!line->scope->agent && !line->scope->logs)) {
        return 0;
    }
    line_read(line->body.text, &read, &rest);
    return read.kind == LINE_APP && rest.size == 0 ? read.severity : 0;
}

uint32_t search_line_level(const struct log_line *line)
{
    uint32_t level = line->severity != 0 ? line->severity : line_level_word(line->severity_text);
    return level != 0 ? level : level_of_text(line);
}

static struct fetched line_error(const struct log_line *line, const struct search_term *term)
{
    struct fetched type = error_type(line->attrs);
    bool severe = search_line_level(line) >= SEVERITY_ERROR;
    return wants_flag(term) || (term->test == SEARCH_TEST_HAS && severe) ? flag_of(severe) : type;
}

struct fetched fetch_line(const struct log_line *line, const struct search_term *term)
{
    uint32_t level;
    if (term->field == SEARCH_FIELD_NAME) {
        return text_of(line->event_name);
    }
    if (term->field == SEARCH_FIELD_LEVEL) {
        level = search_line_level(line);
        return level != 0 ? number_of(level) : fetched_none;
    }
    if (term->field == SEARCH_FIELD_STATUS) {
        struct fetched code = http_status(line->attrs);
        return wants_number(term) || (term->test == SEARCH_TEST_HAS && code.kind != FETCHED_NONE)
                   ? code
                   : attr_text(line->attrs, NAME_THAW_INVOCATION_STATUS);
    }
    if (term->field == SEARCH_FIELD_ERROR) {
        return line_error(line, term);
    }
    return of_record(line->resource, line->attrs, term);
}

/* ---- Spans. ---- */

static struct fetched span_error(const struct span *span, const struct search_term *term)
{
    struct fetched type = error_type(span->attrs);
    bool failed = span->status == SPAN_STATUS_ERROR;
    for (size_t i = 0; type.kind == FETCHED_NONE && i < span->event_count; i++) {
        type = attr_text(span->events[i].attrs, NAME_EXCEPTION_TYPE);
    }
    return wants_flag(term) || (term->test == SEARCH_TEST_HAS && failed) ? flag_of(failed) : type;
}

struct fetched fetch_span(const struct span *span, const struct search_term *term)
{
    int64_t took_ns = (int64_t)(span->end_ns - span->start_ns);
    switch (term->field) {
    case SEARCH_FIELD_NAME:
        return text_of(span->name);
    case SEARCH_FIELD_KIND:
        return text_of(span_name_of_kind(span->kind));
    case SEARCH_FIELD_STATUS:
        return wants_number(term) ? http_status(span->attrs)
                                  : text_of(span_name_of_status(span->status));
    case SEARCH_FIELD_ERROR:
        return span_error(span, term);
    case SEARCH_FIELD_DURATION:
        return took_ns >= 0 ? number_of((double)took_ns) : fetched_none;
    case SEARCH_FIELD_FUNCTION:
    case SEARCH_FIELD_VERSION:
    case SEARCH_FIELD_INSTANCE:
    case SEARCH_FIELD_SERVICE:
    case SEARCH_FIELD_TRIGGER:
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_COLD:
    case SEARCH_FIELD_TIMEOUT:
    case SEARCH_FIELD_OOM:
    case SEARCH_FIELD_INIT:
    case SEARCH_FIELD_WAIT:
    case SEARCH_FIELD_BILLED:
    case SEARCH_FIELD_COST:
    case SEARCH_FIELD_MEMORY:
    case SEARCH_FIELD_TEXT:
    case SEARCH_FIELD_ATTR:
        break;
    }
    return of_record(span->resource, span->attrs, term);
}

/* ---- Invocations. ---- */

/* The platform's word counts where it is asked for, else what became of it. */
static struct fetched invocation_status(const struct invocation_facts *facts,
                                        const struct search_term *term)
{
    if (wants_number(term)) {
        return known_number(facts->status_code, 1);
    }
    struct slice outcome = outcome_name(facts->outcome);
    bool told = facts->status.size > 0 && slice_equal(facts->status, term->value);
    return text_of(told ? facts->status : outcome);
}

static struct fetched invocation_duration(const struct invocation_facts *facts)
{
    if (facts->reported_ns != UNKNOWN_NS) {
        return number_of((double)facts->reported_ns);
    }
    if (facts->handler_ns != UNKNOWN_NS) {
        return number_of((double)facts->handler_ns);
    }
    bool ended = facts->end_ns != UNKNOWN_NS && facts->start_ns != UNKNOWN_NS;
    return ended ? number_of((double)(facts->end_ns - facts->start_ns)) : fetched_none;
}

static struct fetched invocation_error(const struct invocation_facts *facts,
                                       const struct search_term *term)
{
    bool failed = facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT;
    return wants_flag(term) || (term->test == SEARCH_TEST_HAS && failed)
               ? flag_of(failed)
               : text_of(facts->error_type);
}

struct fetched fetch_invocation(const struct search_invocation *invocation,
                                const struct search_term *term)
{
    const struct invocation_facts *facts = invocation->facts;
    switch (term->field) {
    case SEARCH_FIELD_FUNCTION:
    case SEARCH_FIELD_NAME:
    case SEARCH_FIELD_SERVICE:
        return text_of(invocation->function->name);
    case SEARCH_FIELD_VERSION:
        return text_of(invocation->function->version);
    case SEARCH_FIELD_INSTANCE:
        return text_of(invocation->instance);
    case SEARCH_FIELD_TRIGGER:
        return text_of(facts->trigger);
    case SEARCH_FIELD_STATUS:
        return invocation_status(facts, term);
    case SEARCH_FIELD_ERROR:
        return invocation_error(facts, term);
    case SEARCH_FIELD_COLD:
        return flag_of(facts->cold);
    case SEARCH_FIELD_TIMEOUT:
        return flag_of(facts->outcome == OUTCOME_TIMEOUT);
    case SEARCH_FIELD_OOM:
        return flag_of(facts->out_of_memory);
    case SEARCH_FIELD_DURATION:
        return invocation_duration(facts);
    case SEARCH_FIELD_INIT:
        return known_number(facts->init_ns, 1);
    case SEARCH_FIELD_WAIT:
        return known_number(facts->wait_ns, 1);
    case SEARCH_FIELD_BILLED:
        return known_number(facts->billed_ms, 1e6);
    case SEARCH_FIELD_COST:
        return isnan(invocation->cost) ? fetched_none : number_of(invocation->cost);
    case SEARCH_FIELD_MEMORY:
        return known_number(facts->max_memory_mb, 1);
    case SEARCH_FIELD_KIND:
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_TEXT:
    case SEARCH_FIELD_ATTR:
        break;
    }
    return fetched_none;
}

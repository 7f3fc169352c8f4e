/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/select.h"

#include "base/number.h"
#include "columns/filter.h"
#include "columns/select_private.h"
#include "model/moment.h"
#include "proto/names.h"

#include <stdlib.h>

/* ---- Making ready. ---- */

/* What a text may be but a string. */
static void ready_attr(struct ready *ready, const struct hash_key *filter_key)
{
    const struct scan_condition *condition = ready->condition;
    bool boolean =
        slice_equal(condition->text, SLICE("true")) || slice_equal(condition->text, SLICE("false"));
    if (!condition->string) {
        ready->is_int = number_parse_i64(condition->text, &ready->integer) == NUMBER_OK;
        ready->is_double = number_parse_double(condition->text, &ready->number) == NUMBER_OK;
    }
    ready->prunes = condition->string || (!boolean && !ready->is_int && !ready->is_double);
    ready->pair = filter_pair(filter_key, condition->key, condition->text);
}

static bool ready_init(struct ready *ready, const struct scan_condition *condition,
                       const struct hash_key *filter_key)
{
    *ready = (struct ready){.condition = condition};
    switch (condition->test) {
    case SCAN_ATTR:
        ready_attr(ready, filter_key);
        return condition->key.size > 0 && condition->text.size > 0;
    case SCAN_SERVICE:
        ready->prunes = true;
        ready->pair = filter_pair(filter_key, NAME_SERVICE_NAME, condition->text);
        return condition->text.size > 0;
    case SCAN_FUNCTION:
        ready->prunes = true;
        ready->pair = filter_pair(filter_key, NAME_FAAS_NAME, condition->text);
        ready->other_pair = filter_pair(filter_key, NAME_SERVICE_NAME, condition->text);
        return condition->text.size > 0;
    case SCAN_NAME:
    case SCAN_WORDS:
        return phrase_init(&ready->phrase, condition->text, true, filter_key);
    case SCAN_TEXT:
        return phrase_init(&ready->phrase, condition->text, false, filter_key);
    case SCAN_DURATION_MIN:
    case SCAN_DURATION_MAX:
    case SCAN_PLAIN:
    case SCAN_ERROR:
        return true;
    }
    return false;
}

enum status select_create(struct select **select, const struct scan_query *query,
                          const struct hash_key *filter_key)
{
    if (query->condition_count > SCAN_CONDITIONS_MAX) {
        return STATUS_BAD;
    }
    struct select *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->query = query;
    for (size_t i = 0; i < query->condition_count; i++) {
        struct ready *ready = &made->ready[made->count++];
        if (!ready_init(ready, &query->conditions[i], filter_key)) {
            free(made);
            return STATUS_BAD;
        }
        made->wants_filter = made->wants_filter || ready->prunes || ready->phrase.word_count > 0;
    }
    *select = made;
    return STATUS_OK;
}

void select_free(struct select *select)
{
    if (select != NULL) {
        free(select->verdicts);
        free(select);
    }
}

void select_forget(struct select *select)
{
    select->dictionary = NULL;
}

bool select_wants_filter(const struct select *select)
{
    return select->wants_filter;
}

/* ---- Blocks as far as they are known. ---- */

/* Attributes of who sent the rows are in the filters of newer blocks only. */
static bool pair_may_be(const struct ready *ready, const struct block_info *info)
{
    bool of_record =
        ready->condition->test == SCAN_ATTR && ready->condition->where == SCAN_OF_RECORD;
    return !ready->prunes || (!of_record && (info->flags & BLOCK_SENDERS) == 0) ||
           filter_may_have(info->filter, ready->pair);
}

/* One that is a function's, or one that is a service's. */
static bool function_may_be(const struct ready *ready, const struct block_info *info)
{
    return pair_may_be(ready, info) || filter_may_have(info->filter, ready->other_pair);
}

/* Spans that end before they start are not in it, but that can be told of sane times only. */
static bool duration_may_be(const struct scan_condition *condition, const struct block_info *info)
{
    if (info->last_ns > INT64_MAX) {
        return true;
    }
    return info->duration_min_ns <= info->duration_max_ns &&
           (condition->test == SCAN_DURATION_MIN ? info->duration_max_ns >= condition->duration_ns
                                                 : info->duration_min_ns <= condition->duration_ns);
}

static bool ready_may_be(const struct ready *ready, const struct block_info *info)
{
    switch (ready->condition->test) {
    case SCAN_ATTR:
    case SCAN_SERVICE:
        return pair_may_be(ready, info);
    case SCAN_FUNCTION:
        return function_may_be(ready, info);
    case SCAN_NAME:
    case SCAN_WORDS:
    case SCAN_TEXT:
        return phrase_may_be(&ready->phrase, info->filter);
    case SCAN_DURATION_MIN:
    case SCAN_DURATION_MAX:
        return duration_may_be(ready->condition, info);
    case SCAN_PLAIN:
        return true;
    case SCAN_ERROR:
        return (info->flags & BLOCK_ERRORS) != 0;
    }
    return true;
}

bool select_may_have(const struct select *select, const struct block_info *info)
{
    const struct scan_query *query = select->query;
    unsigned signal = info->signal == SIGNAL_TRACES ? SCAN_SPANS : SCAN_LINES;
    if ((query->signals & signal) == 0 || moment_of(info->last_ns) < query->from_ns ||
        moment_of(info->first_ns) >= query->to_ns) {
        return false;
    }
    for (size_t i = 0; i < select->count; i++) {
        if (!ready_may_be(&select->ready[i], info)) {
            return false;
        }
    }
    return true;
}

/* ---- Values. ---- */

bool select_value(const struct ready *ready, const struct value *value)
{
    struct slice text = ready->condition->text;
    switch (value->kind) {
    case VALUE_STRING:
        return slice_equal(value->text, text);
    case VALUE_BOOL:
        return !ready->condition->string &&
               slice_equal(text, value->boolean ? SLICE("true") : SLICE("false"));
    case VALUE_INT:
        return ready->is_int && value->integer == ready->integer;
    case VALUE_DOUBLE:
        /* Both were read from text by the same rules, or the sender means another number. */
        return ready->is_double && value->number >= ready->number && value->number <= ready->number;
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return false;
}

bool select_attrs(const struct ready *ready, struct attrs attrs)
{
    const struct value *value = attrs_find(attrs, ready->condition->key);
    return value != NULL && select_value(ready, value);
}

bool select_resource(const struct ready *ready, const struct resource *resource)
{
    if (ready->condition->test == SCAN_FUNCTION) {
        return slice_equal(record_sender(resource), ready->condition->text);
    }
    return ready->condition->test == SCAN_SERVICE
               ? slice_equal(resource->service, ready->condition->text)
               : ready->condition->where != SCAN_OF_RECORD && select_attrs(ready, resource->attrs);
}

bool select_names_event(struct slice name)
{
    return slice_equal(name, NAME_EVENT_INVOCATION) ||
           slice_equal(name, NAME_EVENT_INSTANCE_START) ||
           slice_equal(name, NAME_EVENT_INSTANCE_STOP);
}

bool select_is_event(const struct log_line *line)
{
    return select_names_event(line->event_name);
}

bool select_events(const struct ready *ready, const struct span *span)
{
    for (size_t i = 0; i < span->event_count; i++) {
        if (phrase_in(&ready->phrase, span->events[i].name)) {
            return true;
        }
    }
    return false;
}

/* ---- Records. ---- */

static bool attr_met(const struct ready *ready, const struct resource *resource, struct attrs attrs)
{
    return select_resource(ready, resource) ||
           (ready->condition->where != SCAN_OF_RESOURCE && select_attrs(ready, attrs));
}

static bool span_met(const struct ready *ready, const struct span *span)
{
    const struct scan_condition *condition = ready->condition;
    uint64_t took_ns = span->end_ns - span->start_ns;
    bool ends = took_ns <= INT64_MAX;
    switch (condition->test) {
    case SCAN_ATTR:
        return attr_met(ready, span->resource, span->attrs);
    case SCAN_SERVICE:
    case SCAN_FUNCTION:
        return select_resource(ready, span->resource);
    case SCAN_NAME:
        return slice_equal(span->name, condition->text);
    case SCAN_WORDS:
    case SCAN_TEXT:
        return phrase_in(&ready->phrase, span->name) ||
               phrase_in(&ready->phrase, span->status_message) || select_events(ready, span);
    case SCAN_DURATION_MIN:
        return ends && took_ns >= condition->duration_ns;
    case SCAN_DURATION_MAX:
        return ends && took_ns <= condition->duration_ns;
    case SCAN_PLAIN:
        return true;
    case SCAN_ERROR:
        return span->status == SPAN_STATUS_ERROR;
    }
    return false;
}

bool select_span(struct select *select, const struct span *span)
{
    const struct scan_query *query = select->query;
    uint64_t time_ns = moment_of(span->start_ns);
    if ((query->signals & SCAN_SPANS) == 0 || time_ns < query->from_ns || time_ns >= query->to_ns) {
        return false;
    }
    for (size_t i = 0; i < select->count; i++) {
        if (!span_met(&select->ready[i], span)) {
            return false;
        }
    }
    return true;
}

static bool line_met(const struct ready *ready, const struct log_line *line)
{
    const struct scan_condition *condition = ready->condition;
    switch (condition->test) {
    case SCAN_ATTR:
        return attr_met(ready, line->resource, line->attrs);
    case SCAN_SERVICE:
    case SCAN_FUNCTION:
        return select_resource(ready, line->resource);
    case SCAN_NAME:
        return slice_equal(line->event_name, condition->text);
    case SCAN_WORDS:
    case SCAN_TEXT:
        return phrase_in(&ready->phrase, line->event_name) ||
               (line->body.kind == VALUE_STRING && phrase_in(&ready->phrase, line->body.text));
    case SCAN_DURATION_MIN:
    case SCAN_DURATION_MAX:
        return false;
    case SCAN_PLAIN:
        return !select_is_event(line);
    case SCAN_ERROR:
        return line->severity >= SELECT_SEVERITY_ERROR;
    }
    return false;
}

bool select_line(struct select *select, const struct log_line *line)
{
    const struct scan_query *query = select->query;
    uint64_t time_ns = moment_of_line(line->time_ns, line->observed_ns);
    if ((query->signals & SCAN_LINES) == 0 || time_ns < query->from_ns || time_ns >= query->to_ns) {
        return false;
    }
    for (size_t i = 0; i < select->count; i++) {
        if (!line_met(&select->ready[i], line)) {
            return false;
        }
    }
    return true;
}

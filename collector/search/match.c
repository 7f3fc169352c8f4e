/* SPDX-License-Identifier: Apache-2.0 */
#include "search/match.h"

#include "base/ensure.h"
#include "base/number.h"
#include "model/record_ids.h"
#include "search/fetch.h"
#include "search/glob.h"
#include "search/search.h"

#include <string.h>

static bool same_id(const struct id16 *one, const struct id16 *other)
{
    return memcmp(one, other, sizeof(*one)) == 0;
}

/* ---- Ids. ---- */

/* Which ids a record has: of its trace, of its request. */
struct record_names {
    bool has_trace, has_request;
    struct id16 trace, request;
};

static struct record_names names_of(const struct search_record *record)
{
    struct record_names names = {.has_trace = true};
    if (record->span != NULL) {
        names.trace = record->span->trace_id;
        names.has_request = record_ids_request(record->span->attrs, &names.request);
    } else if (record->line != NULL) {
        names.has_trace = record->line->has_trace;
        names.trace = record->line->trace_id;
        names.has_request = record_ids_request(record->line->attrs, &names.request);
    } else {
        names.trace = record->invocation->facts->trace_id;
        names.has_request = true;
        names.request = record->invocation->facts->request_id;
    }
    return names;
}

static bool id_met(const struct search_term *term, const struct search_record *record)
{
    struct record_names names = names_of(record);
    bool any = term->test == SEARCH_TEST_HAS;
    bool trace = names.has_trace && (any || same_id(&names.trace, &term->id));
    bool request = names.has_request && (any || same_id(&names.request, &term->id));
    return (trace && term->field != SEARCH_FIELD_REQUEST) ||
           (request && term->field != SEARCH_FIELD_TRACE);
}

/* ---- Texts. ---- */

static bool has_words(const struct search_term *term, struct slice text)
{
    switch (term->test) {
    case SEARCH_TEST_HAS:
        return text.size > 0;
    case SEARCH_TEST_WORDS:
        return phrase_in(term->phrase, text);
    case SEARCH_TEST_PARTS:
        return glob_within(term->value, text);
    case SEARCH_TEST_IS:
    case SEARCH_TEST_GLOB:
    case SEARCH_TEST_RANGE:
    case SEARCH_TEST_FLAG:
    case SEARCH_TEST_ID:
        break;
    }
    return false;
}

static bool text_met(const struct search_term *term, const struct search_record *record)
{
    if (record->line != NULL) {
        const struct value *body = &record->line->body;
        return (body->kind == VALUE_STRING && has_words(term, body->text)) ||
               has_words(term, record->line->event_name);
    }
    const struct span *span = record->span;
    if (span == NULL) {
        return false;
    }
    bool met = has_words(term, span->name) || has_words(term, span->status_message);
    for (size_t i = 0; !met && i < span->event_count; i++) {
        met = has_words(term, span->events[i].name);
    }
    return met;
}

/* ---- Values. ---- */

static bool in_range(const struct search_term *term, double number)
{
    return (term->low_without ? number > term->low : number >= term->low) &&
           (term->high_without ? number < term->high : number <= term->high);
}

/* Whether an attribute is the value of a term: the same as SCAN_ATTR of columns/scan_query.h. */
static bool value_is(const struct search_term *term, const struct value *value)
{
    switch (value->kind) {
    case VALUE_STRING:
        return slice_equal(value->text, term->value);
    case VALUE_BOOL:
        return !term->string &&
               slice_equal(term->value, value->boolean ? SLICE("true") : SLICE("false"));
    case VALUE_INT:
        return term->is_integer && value->integer == term->integer;
    case VALUE_DOUBLE:
        return term->is_number && value->number >= term->number && value->number <= term->number;
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return false;
}

static bool value_in_range(const struct search_term *term, const struct value *value)
{
    double number;
    if (value->kind == VALUE_INT) {
        return in_range(term, (double)value->integer);
    }
    if (value->kind == VALUE_DOUBLE) {
        return in_range(term, value->number);
    }
    return value->kind == VALUE_STRING && number_parse_double(value->text, &number) == NUMBER_OK &&
           in_range(term, number);
}

static bool value_met(const struct search_term *term, const struct value *value)
{
    switch (term->test) {
    case SEARCH_TEST_HAS:
        return value->kind != VALUE_EMPTY;
    case SEARCH_TEST_IS:
        return value_is(term, value);
    case SEARCH_TEST_GLOB:
        return value->kind == VALUE_STRING && glob_whole(term->value, value->text);
    case SEARCH_TEST_RANGE:
        return value_in_range(term, value);
    case SEARCH_TEST_FLAG:
    case SEARCH_TEST_ID:
    case SEARCH_TEST_WORDS:
    case SEARCH_TEST_PARTS:
        break;
    }
    return false;
}

/* ---- Attributes. ---- */

static bool attrs_met(const struct search_term *term, struct attrs attrs)
{
    const struct value *value = attrs_find(attrs, term->key);
    return value != NULL && value_met(term, value);
}

/* What happened inside of a span has attributes of its own; looked at for exceptions. */
static bool events_met(const struct search_term *term, const struct span *span)
{
    bool met = false;
    for (size_t i = 0; !met && i < span->event_count; i++) {
        met = attrs_met(term, span->events[i].attrs);
    }
    return met;
}

static bool attr_met(const struct search_term *term, const struct search_record *record)
{
    if (record->line != NULL) {
        return attrs_met(term, record->line->attrs) ||
               attrs_met(term, record->line->resource->attrs);
    }
    const struct span *span = record->span;
    return span != NULL &&
           (attrs_met(term, span->attrs) || attrs_met(term, span->resource->attrs) ||
            (slice_starts(term->key, SLICE("exception.")) && events_met(term, span)));
}

/* ---- Terms. ---- */

static bool fetched_met(const struct search_term *term, const struct fetched *fetched)
{
    switch (term->test) {
    case SEARCH_TEST_HAS:
        return fetched->kind != FETCHED_NONE;
    case SEARCH_TEST_IS:
        return fetched->kind == FETCHED_TEXT && slice_equal(fetched->text, term->value);
    case SEARCH_TEST_GLOB:
        return fetched->kind == FETCHED_TEXT && glob_whole(term->value, fetched->text);
    case SEARCH_TEST_RANGE:
        return fetched->kind == FETCHED_NUMBER && in_range(term, fetched->number);
    case SEARCH_TEST_FLAG:
        return fetched->kind == FETCHED_FLAG && fetched->flag == term->flag;
    case SEARCH_TEST_ID:
    case SEARCH_TEST_WORDS:
    case SEARCH_TEST_PARTS:
        break;
    }
    return false;
}

static bool term_met(const struct search_term *term, const struct search_record *record)
{
    switch (term->field) {
    case SEARCH_FIELD_REQUEST:
    case SEARCH_FIELD_TRACE:
    case SEARCH_FIELD_ID:
        return id_met(term, record);
    case SEARCH_FIELD_TEXT:
        return text_met(term, record);
    case SEARCH_FIELD_ATTR:
        return attr_met(term, record);
    case SEARCH_FIELD_FUNCTION:
    case SEARCH_FIELD_VERSION:
    case SEARCH_FIELD_INSTANCE:
    case SEARCH_FIELD_SERVICE:
    case SEARCH_FIELD_NAME:
    case SEARCH_FIELD_KIND:
    case SEARCH_FIELD_TRIGGER:
    case SEARCH_FIELD_LEVEL:
    case SEARCH_FIELD_STATUS:
    case SEARCH_FIELD_ERROR:
    case SEARCH_FIELD_COLD:
    case SEARCH_FIELD_TIMEOUT:
    case SEARCH_FIELD_OOM:
    case SEARCH_FIELD_DURATION:
    case SEARCH_FIELD_INIT:
    case SEARCH_FIELD_WAIT:
    case SEARCH_FIELD_BILLED:
    case SEARCH_FIELD_COST:
    case SEARCH_FIELD_MEMORY:
        break;
    }
    struct fetched fetched = record->line != NULL   ? fetch_line(record->line, term)
                             : record->span != NULL ? fetch_span(record->span, term)
                                                    : fetch_invocation(record->invocation, term);
    return fetched_met(term, &fetched);
}

/* ---- Queries. ---- */

/* Whether the left side of a node has decided what it is. */
static bool decides(const struct search_node *over, bool met)
{
    return over->kind == SEARCH_AND ? !met : met;
}

bool search_node_matches(const struct search_expr *expr, uint32_t node,
                         const struct search_record *record)
{
    bool met[SEARCH_NODE_COUNT_MAX];
    uint32_t count = 0;
    for (uint32_t i = expr->nodes[node].first; i <= node; i++) {
        switch (expr->nodes[i].kind) {
        case SEARCH_TERM:
            met[count++] = term_met(expr->nodes[i].term, record);
            break;
        case SEARCH_NOT:
            met[count - 1] = !met[count - 1];
            break;
        case SEARCH_AND: /* The left side did not decide: the right one does. */
        case SEARCH_OR:
            met[count - 2] = met[count - 1];
            count--;
            break;
        case SEARCH_GROUP:
            break;
        }
        while (i < node && expr->nodes[i].over != 0 &&
               decides(&expr->nodes[expr->nodes[i].over], met[count - 1])) {
            i = expr->nodes[i].over;
        }
    }
    ENSURE(count == 1);
    return met[0];
}

static bool all_match(const struct search_expr *expr, const struct search_record *record)
{
    return expr->count == 0 || search_node_matches(expr, expr->count - 1, record);
}

bool search_line_matches(const struct search_expr *expr, const struct log_line *line)
{
    const struct search_record record = {.line = line};
    return all_match(expr, &record);
}

bool search_span_matches(const struct search_expr *expr, const struct span *span)
{
    const struct search_record record = {.span = span};
    return all_match(expr, &record);
}

bool search_invocation_matches(const struct search_expr *expr,
                               const struct search_invocation *invocation)
{
    const struct search_record record = {.invocation = invocation};
    return all_match(expr, &record);
}

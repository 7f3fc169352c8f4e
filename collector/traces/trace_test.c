/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_test.h"

#include "base/number.h"
#include "model/span_names.h"
#include "proto/names.h"

#include <string.h>

bool trace_tests_add(struct trace_tests *tests, const struct trace_test *test)
{
    if (tests->count == TRACES_TESTS_MAX) {
        return false;
    }
    tests->tests[tests->count++] = *test;
    return true;
}

/* ---- Comparisons. ---- */

/* order is below, at or above 0 as the left side is less than, equal to or more than the right. */
static bool op_holds(enum trace_op op, int order)
{
    switch (op) {
    case TRACE_EQUAL:
    case TRACE_ONE_OF:
        return order == 0;
    case TRACE_UNEQUAL:
    case TRACE_NONE_OF:
        return order != 0;
    case TRACE_MORE:
        return order > 0;
    case TRACE_MORE_EQUAL:
        return order >= 0;
    case TRACE_LESS:
        return order < 0;
    case TRACE_LESS_EQUAL:
        return order <= 0;
    }
    return false;
}

static bool one_of(struct slice text, struct slice choices)
{
    struct slice choice;
    for (bool more = true; more;) {
        more = slice_cut(choices, '|', &choice, &choices);
        if (slice_equal(choice, text)) {
            return true;
        }
    }
    return false;
}

static bool choice_holds(const struct trace_test *test, struct slice text)
{
    if (test->op == TRACE_ONE_OF || test->op == TRACE_NONE_OF) {
        return one_of(text, test->text) == (test->op == TRACE_ONE_OF);
    }
    return op_holds(test->op, slice_compare(text, test->text));
}

static bool number_holds(const struct trace_test *test, double number)
{
    return op_holds(test->op, (number > test->number) - (number < test->number));
}

static bool duration_holds(const struct trace_test *test, int64_t duration_ns)
{
    return op_holds(test->op,
                    (duration_ns > test->duration_ns) - (duration_ns < test->duration_ns));
}

/* A value of any type as Jaeger compares it: by how it is written. */
static bool written_holds(const struct trace_test *test, const struct value *value)
{
    char text[NUMBER_TEXT_SIZE];
    switch (value->kind) {
    case VALUE_STRING:
        return choice_holds(test, value->text);
    case VALUE_BOOL:
        return choice_holds(test, value->boolean ? SLICE("true") : SLICE("false"));
    case VALUE_INT:
        return choice_holds(test, slice_of(text, number_format_i64(value->integer, text)));
    case VALUE_DOUBLE:
        return choice_holds(test, slice_of(text, number_format_double(value->number, text)));
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return false;
}

static bool value_holds(const struct trace_test *test, const struct value *value)
{
    switch (test->literal) {
    case TRACE_WRITTEN:
        return written_holds(test, value);
    case TRACE_TEXT:
        return value->kind == VALUE_STRING && choice_holds(test, value->text);
    case TRACE_NUMBER:
        return value->kind == VALUE_INT      ? number_holds(test, (double)value->integer)
               : value->kind == VALUE_DOUBLE ? number_holds(test, value->number)
                                             : false;
    case TRACE_TRUTH:
        return value->kind == VALUE_BOOL &&
               choice_holds(test, value->boolean ? SLICE("true") : SLICE("false"));
    }
    return false;
}

/* ---- Fields. ---- */

static bool attr_holds(const struct trace_test *test, const struct span *span)
{
    if (test->where != TRACE_OF_RESOURCE) {
        const struct value *value = attrs_find(span->attrs, test->key);
        if (value != NULL && value_holds(test, value)) {
            return true;
        }
    }
    if (test->where == TRACE_OF_SPAN) {
        return false;
    }
    if (slice_equal(test->key, NAME_SERVICE_NAME)) {
        struct value service = {.kind = VALUE_STRING, .text = trace_service(span->resource)};
        return value_holds(test, &service);
    }
    const struct value *value = attrs_find(span->resource->attrs, test->key);
    return value != NULL && value_holds(test, value);
}

static bool some_text_holds(const struct trace_test *test, struct slice text)
{
    return text.size > 0 && choice_holds(test, text);
}

static int64_t span_duration_ns(const struct span *span)
{
    return span->end_ns > span->start_ns ? (int64_t)(span->end_ns - span->start_ns) : 0;
}

static bool root_holds(const struct trace_test *test, const struct trace *trace)
{
    if (trace->root == NULL) {
        return false;
    }
    return choice_holds(test, test->field == TRACE_ROOT_NAME
                                  ? trace->root->span->name
                                  : trace_service(trace->root->span->resource));
}

/* trace may be NULL: what is about it holds. */
static bool test_holds(const struct trace_test *test, const struct trace *trace,
                       const struct span *span)
{
    switch (test->field) {
    case TRACE_ATTR:
        return attr_holds(test, span);
    case TRACE_NAME:
        return choice_holds(test, span->name);
    case TRACE_STATUS:
        return choice_holds(test, span_name_of_status(span->status));
    case TRACE_STATUS_MESSAGE:
        return some_text_holds(test, span->status_message);
    case TRACE_KIND:
        return choice_holds(test, span_name_of_kind(span->kind));
    case TRACE_SCOPE_NAME:
        return span->scope != NULL && some_text_holds(test, span->scope->name);
    case TRACE_SCOPE_VERSION:
        return span->scope != NULL && some_text_holds(test, span->scope->version);
    case TRACE_ERROR:
        return choice_holds(test,
                            span->status == SPAN_STATUS_ERROR ? SLICE("true") : SLICE("false"));
    case TRACE_DURATION:
        return duration_holds(test, span_duration_ns(span));
    case TRACE_ROOT_NAME:
    case TRACE_ROOT_SERVICE:
        return trace == NULL || root_holds(test, trace);
    case TRACE_WHOLE_DURATION:
        return trace == NULL || duration_holds(test, trace->end_ns - trace->start_ns);
    }
    return false;
}

bool trace_test_span(const struct trace_tests *tests, const struct span *span)
{
    bool holds = true;
    for (size_t i = 0; holds && i < tests->count; i++) {
        holds = test_holds(&tests->tests[i], NULL, span);
    }
    return holds;
}

bool trace_test_row(const struct trace_tests *tests, const struct trace *trace,
                    const struct transaction_span *row)
{
    struct span span = trace_span(row);
    bool holds = true;
    for (size_t i = 0; holds && i < tests->count; i++) {
        holds = test_holds(&tests->tests[i], trace, &span);
    }
    return holds;
}

bool trace_test_whole(const struct trace_tests *tests)
{
    for (size_t i = 0; i < tests->count; i++) {
        enum trace_field field = tests->tests[i].field;
        if (field == TRACE_ROOT_NAME || field == TRACE_ROOT_SERVICE ||
            field == TRACE_WHOLE_DURATION) {
            return true;
        }
    }
    return false;
}

/* ---- Facts. ---- */

/* Whether spans that are made of facts may have such an attribute (query/span_facts.c). */
static bool facts_have(struct slice key)
{
    const struct slice keys[] = {
        NAME_FAAS_INVOCATION_ID, NAME_THAW_ATTEMPT, NAME_THAW_PLACED,
        NAME_FAAS_COLDSTART,     NAME_ERROR_TYPE,   NAME_AWS_LAMBDA_INVOKED_ARN,
        NAME_CLOUD_PROVIDER,     NAME_CLOUD_REGION, NAME_CLOUD_ACCOUNT_ID,
        NAME_FAAS_NAME,          NAME_FAAS_VERSION, NAME_FAAS_INSTANCE,
        NAME_SERVICE_NAME,
    };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (slice_equal(keys[i], key)) {
            return true;
        }
    }
    return false;
}

static int64_t longest_ns(const struct invocation_facts *facts)
{
    int64_t whole = facts->end_ns != UNKNOWN_NS ? facts->end_ns - facts->start_ns : 0;
    const int64_t parts[] = {facts->init_ns, facts->handler_ns, facts->post_handler_ns};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        whole = parts[i] > whole ? parts[i] : whole;
    }
    return whole;
}

static bool name_may_hold(const struct trace_test *test, const struct function_facts *function)
{
    return choice_holds(test, function->name) || choice_holds(test, SLICE("init")) ||
           choice_holds(test, SLICE("handler")) || choice_holds(test, SLICE("post_handler"));
}

static bool facts_may_hold(const struct trace_test *test, const struct invocation_facts *facts,
                           const struct function_facts *function)
{
    bool failed = facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT;
    switch (test->field) {
    case TRACE_ATTR:
        if (slice_equal(test->key, NAME_SERVICE_NAME)) {
            return test->where != TRACE_OF_SPAN && choice_holds(test, function->name);
        }
        return facts_have(test->key);
    case TRACE_NAME:
        return name_may_hold(test, function);
    case TRACE_DURATION:
        return (test->op != TRACE_MORE && test->op != TRACE_MORE_EQUAL) ||
               duration_holds(test, longest_ns(facts));
    case TRACE_STATUS:
        return test->op != TRACE_EQUAL || !slice_equal(test->text, SLICE("error")) || failed;
    case TRACE_ERROR:
        return test->op != TRACE_EQUAL || !slice_equal(test->text, SLICE("true")) || failed;
    case TRACE_STATUS_MESSAGE:
    case TRACE_SCOPE_VERSION:
        return false;
    case TRACE_KIND:
    case TRACE_SCOPE_NAME:
    case TRACE_ROOT_NAME:
    case TRACE_ROOT_SERVICE:
    case TRACE_WHOLE_DURATION:
        return true;
    }
    return true;
}

bool trace_test_any_facts(const struct trace_tests *tests)
{
    bool may = true;
    for (size_t i = 0; may && i < tests->count; i++) {
        const struct trace_test *test = &tests->tests[i];
        bool service = slice_equal(test->key, NAME_SERVICE_NAME);
        may = test->field == TRACE_ATTR
                  ? facts_have(test->key) && !(service && test->where == TRACE_OF_SPAN)
                  : test->field != TRACE_STATUS_MESSAGE && test->field != TRACE_SCOPE_VERSION;
    }
    return may;
}

bool trace_test_facts(const struct trace_tests *tests, const struct invocation_facts *facts,
                      const struct function_facts *function)
{
    bool may = facts->outcome != OUTCOME_RUNNING && facts->start_ns != UNKNOWN_NS;
    for (size_t i = 0; may && i < tests->count; i++) {
        may = facts_may_hold(&tests->tests[i], facts, function);
    }
    return may;
}

/* ---- What the store looks for. ---- */

static bool whole_number(struct slice text)
{
    int64_t number;
    return number_parse_i64(text, &number) == NUMBER_OK;
}

static bool attr_condition(const struct trace_test *test, struct scan_condition *condition)
{
    bool sender = test->where == TRACE_OF_RESOURCE;
    if (test->op != TRACE_EQUAL || test->text.size == 0 ||
        (test->literal == TRACE_NUMBER && !whole_number(test->text))) {
        return false;
    }
    if (slice_equal(test->key, NAME_SERVICE_NAME)) {
        *condition = (struct scan_condition){.test = SCAN_SERVICE, .text = test->text};
        return sender;
    }
    *condition = (struct scan_condition){
        .test = SCAN_ATTR,
        .where = sender                         ? SCAN_OF_RESOURCE
                 : test->where == TRACE_OF_SPAN ? SCAN_OF_RECORD
                                                : SCAN_ANYWHERE,
        .key = test->key,
        .text = test->text,
        .string = test->literal == TRACE_TEXT,
    };
    return true;
}

static bool condition_of(const struct trace_test *test, struct scan_condition *condition)
{
    bool least = test->op == TRACE_MORE || test->op == TRACE_MORE_EQUAL;
    bool most = test->op == TRACE_LESS || test->op == TRACE_LESS_EQUAL;
    switch (test->field) {
    case TRACE_ATTR:
        return attr_condition(test, condition);
    case TRACE_NAME:
        *condition = (struct scan_condition){.test = SCAN_NAME, .text = test->text};
        return test->op == TRACE_EQUAL && test->text.size > 0;
    case TRACE_STATUS:
        *condition = (struct scan_condition){.test = SCAN_ERROR};
        return test->op == TRACE_EQUAL && slice_equal(test->text, SLICE("error"));
    case TRACE_ERROR:
        *condition = (struct scan_condition){.test = SCAN_ERROR};
        return test->op == TRACE_EQUAL && slice_equal(test->text, SLICE("true"));
    case TRACE_DURATION:
        *condition = (struct scan_condition){
            .test = least ? SCAN_DURATION_MIN : SCAN_DURATION_MAX,
            .duration_ns = test->duration_ns > 0 ? (uint64_t)test->duration_ns : 0,
        };
        return (least && test->duration_ns > 0) || most;
    case TRACE_STATUS_MESSAGE:
    case TRACE_KIND:
    case TRACE_SCOPE_NAME:
    case TRACE_SCOPE_VERSION:
    case TRACE_ROOT_NAME:
    case TRACE_ROOT_SERVICE:
    case TRACE_WHOLE_DURATION:
        break;
    }
    return false;
}

size_t trace_test_conditions(const struct trace_tests *tests,
                             struct scan_condition conditions[TRACES_TESTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < tests->count; i++) {
        count += condition_of(&tests->tests[i], &conditions[count]) ? 1 : 0;
    }
    return count;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_query.h"

#include "api/api_search.h"
#include "base/json_read.h"
#include "base/number.h"
#include "proto/names.h"
#include "traces/trace_duration.h"

#define NS_PER_US 1000

/* What is a tag of Jaeger's and a field of ours. */
static const struct {
    struct slice tag;
    enum trace_field field;
} jaeger_fields[] = {
    {SLICE_INIT("error"), TRACE_ERROR},
    {SLICE_INIT("span.kind"), TRACE_KIND},
    {SLICE_INIT("otel.status_description"), TRACE_STATUS_MESSAGE},
    {SLICE_INIT("otel.scope.name"), TRACE_SCOPE_NAME},
    {SLICE_INIT("otel.library.name"), TRACE_SCOPE_NAME},
    {SLICE_INIT("otel.scope.version"), TRACE_SCOPE_VERSION},
    {SLICE_INIT("otel.library.version"), TRACE_SCOPE_VERSION},
};

bool jaeger_query_tag(struct trace_tests *tests, struct slice key, struct slice value)
{
    struct trace_test test = {.field = TRACE_ATTR, .key = key, .text = value};
    for (size_t i = 0; i < sizeof(jaeger_fields) / sizeof(jaeger_fields[0]); i++) {
        if (slice_equal(jaeger_fields[i].tag, key)) {
            test.field = jaeger_fields[i].field;
        }
    }
    if (slice_equal(key, SLICE("otel.status_code"))) {
        test.field = TRACE_STATUS;
        test.text = slice_equal_nocase(value, SLICE("error")) ? SLICE("error")
                    : slice_equal_nocase(value, SLICE("ok"))  ? SLICE("ok")
                                                              : SLICE("unset");
    }
    return trace_tests_add(tests, &test);
}

bool jaeger_query_tags(struct trace_tests *tests, struct slice json, struct arena *arena)
{
    struct json_read reader;
    struct json_string key, value;
    json_read_init(&reader, json, 2);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        if (json_read_string(&reader, &value) != JSON_GOT ||
            !jaeger_query_tag(tests, json_string_text(key, arena),
                              json_string_text(value, arena))) {
            return false;
        }
    }
    return json_read_finish(&reader);
}

bool jaeger_query_duration(struct trace_tests *tests, struct slice text, enum trace_op op,
                           int64_t *duration_ns)
{
    struct trace_test test = {.field = TRACE_DURATION, .op = op};
    if (!trace_duration_parse(text, &test.duration_ns)) {
        return false;
    }
    *duration_ns = test.duration_ns;
    return trace_tests_add(tests, &test);
}

bool jaeger_query_service(struct trace_tests *tests, struct slice service, struct slice operation)
{
    const struct trace_test of_service = {
        .field = TRACE_ATTR,
        .where = TRACE_OF_RESOURCE,
        .key = NAME_SERVICE_NAME,
        .text = service,
    };
    const struct trace_test of_name = {.field = TRACE_NAME, .text = operation};
    return (service.size == 0 || trace_tests_add(tests, &of_service)) &&
           (operation.size == 0 || trace_tests_add(tests, &of_name));
}

/* ---- The parameters of GET /api/traces. ---- */

static struct slice shown(struct slice text)
{
    return slice_take(text, 64);
}

struct tag_list {
    struct trace_tests *tests;
    struct arena *arena;
    struct slice wrong;
    bool failed;
};

static void read_tag(void *context, struct slice name, struct slice value)
{
    struct tag_list *list = context;
    struct slice key, text;
    bool good = true;
    if (slice_equal(name, SLICE("tag"))) {
        good = slice_cut(value, ':', &key, &text) && key.size > 0 &&
               jaeger_query_tag(list->tests, key, text);
    } else if (slice_equal(name, SLICE("tags")) && value.size > 0) {
        good = jaeger_query_tags(list->tests, value, list->arena);
    }
    if (!good && !list->failed) {
        list->failed = true;
        list->wrong = value;
    }
}

static bool read_tags(struct api_call *call, struct trace_tests *tests)
{
    struct tag_list list = {.tests = tests, .arena = call->arena};
    web_query_each(call->request, read_tag, &list);
    if (list.failed) {
        api_call_refuse(
            call, 400, "bad_tag", "tag=key:value, or tags= as a JSON object of strings; at most 32",
            "malformed 'tag' or 'tags' parameter: \"" SLICE_FMT "\"", SLICE_ARG(shown(list.wrong)));
    }
    return !list.failed;
}

static bool read_duration(struct api_call *call, const char *name, enum trace_op op,
                          struct trace_tests *tests, int64_t *duration_ns)
{
    struct slice text = api_call_text(call, name);
    if (text.size == 0 || jaeger_query_duration(tests, text, op, duration_ns)) {
        return true;
    }
    api_call_refuse(call, 400, "bad_duration", "write it as 1.2s, 100ms or 5us",
                    "cannot parse %s: \"" SLICE_FMT "\" is no duration", name,
                    SLICE_ARG(shown(text)));
    return false;
}

static bool read_durations(struct api_call *call, struct trace_tests *tests)
{
    int64_t least = 0;
    int64_t most = INT64_MAX;
    if (!read_duration(call, "minDuration", TRACE_MORE_EQUAL, tests, &least) ||
        !read_duration(call, "maxDuration", TRACE_LESS_EQUAL, tests, &most)) {
        return false;
    }
    if (most < least) {
        api_call_refuse(call, 400, "bad_duration", "swap them",
                        "'maxDuration' should be greater than 'minDuration'");
        return false;
    }
    return true;
}

/* Microseconds. */
static bool read_time(struct api_call *call, const char *name, int64_t otherwise, int64_t *time_ns)
{
    struct slice text = api_call_text(call, name);
    int64_t time_us;
    *time_ns = otherwise;
    if (text.size == 0) {
        return true;
    }
    if (number_parse_i64(text, &time_us) == NUMBER_OK && time_us >= 0 &&
        !__builtin_mul_overflow(time_us, NS_PER_US, time_ns)) {
        return true;
    }
    api_call_refuse(call, 400, "bad_time", "give microseconds since 1970",
                    "cannot parse %s: \"" SLICE_FMT "\" is no time", name, SLICE_ARG(shown(text)));
    return false;
}

static bool read_range(struct api_call *call, struct query_range *range)
{
    int64_t back_ns;
    if (!trace_duration_parse(api_call_text(call, "lookback"), &back_ns) || back_ns == 0) {
        back_ns = TRACES_JAEGER_BACK_NS; /* Also for "custom", which the page says with start. */
    }
    if (!read_time(call, "end", call->now_ns + 1, &range->to_ns) ||
        !read_time(call, "start", range->to_ns > back_ns ? range->to_ns - back_ns : 0,
                   &range->from_ns)) {
        return false;
    }
    /* What begins in the last microsecond is in it. */
    if (range->to_ns < INT64_MAX - NS_PER_US) {
        range->to_ns += NS_PER_US;
    }
    if (range->from_ns >= range->to_ns) {
        api_call_refuse(call, 400, "bad_range", "start must be before end",
                        "start is not before end");
        return false;
    }
    return true;
}

static bool read_limit(struct api_call *call, uint32_t *limit)
{
    struct slice text = api_call_text(call, "limit");
    uint64_t value = TRACES_JAEGER_DEFAULT;
    enum number_answer answer = NUMBER_OK;
    if (text.size > 0) {
        answer = number_parse_u64(text, &value);
    }
    if (answer == NUMBER_BAD || value == 0) {
        api_call_refuse(call, 400, "bad_number", "give a whole number",
                        "cannot parse limit: \"" SLICE_FMT "\"", SLICE_ARG(shown(text)));
        return false;
    }
    *limit = value < TRACES_LIMIT_MAX ? (uint32_t)value : TRACES_LIMIT_MAX;
    return true;
}

bool jaeger_query_read(struct api_call *call, struct trace_tests *tests,
                       struct trace_search *search)
{
    struct slice service = api_call_text(call, "service");
    tests->count = 0;
    *search = (struct trace_search){.tests = tests};
    if (service.size == 0) {
        api_call_refuse(call, 400, "bad_service", "name a service, or give traceID",
                        "parameter 'service' is required");
        return false;
    }
    if (!jaeger_query_service(tests, service, api_call_text(call, "operation"))) {
        return false; /* The first ones: there is room. */
    }
    return read_tags(call, tests) && read_durations(call, tests) &&
           read_range(call, &search->range) && read_limit(call, &search->limit) &&
           api_search_deadline(call, &search->deadline);
}

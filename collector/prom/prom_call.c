/* SPDX-License-Identifier: Apache-2.0 */
#include "prom/prom_call.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "prom/prom_limits.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* ---- Answers. ---- */

/* Bytes of a sentence that refuses. */
#define CALL_SENTENCE_SIZE 1024

void prom_call_begin(struct prom_call *call)
{
    json_write_object_begin(&call->writer);
    json_write_member_string(&call->writer, SLICE("status"), SLICE("success"));
    json_write_key(&call->writer, SLICE("data"));
}

void prom_call_warn(struct prom_call *call, struct slice warning)
{
    if (call->warnings == NULL) {
        call->warnings = arena_alloc_array(call->arena, PROM_MATCH_COUNT_MAX, sizeof(warning));
    }
    if (call->warnings != NULL && call->warning_count < PROM_MATCH_COUNT_MAX) {
        call->warnings[call->warning_count++] = warning;
    }
}

static void call_answer(struct prom_call *call, unsigned status, struct slice body)
{
    call->answered = true;
    web_answer(
        call->request,
        &(struct web_answer){.status = status, .content_type = "application/json", .body = body});
}

void prom_call_end(struct prom_call *call)
{
    if (call->warning_count > 0) {
        json_write_member_array(&call->writer, SLICE("warnings"));
        for (size_t i = 0; i < call->warning_count; i++) {
            json_write_string(&call->writer, call->warnings[i]);
        }
        json_write_array_end(&call->writer);
    }
    json_write_object_end(&call->writer);
    if (buf_overflowed(&call->body)) {
        prom_call_refuse(call, PROM_EXECUTION,
                         "the answer is too large: ask for fewer series or a longer step");
        return;
    }
    json_write_finish(&call->writer);
    call_answer(call, 200, buf_bytes(&call->body));
}

void prom_call_refuse(struct prom_call *call, enum prom_error error, const char *format, ...)
{
    static const struct {
        unsigned status;
        struct slice name;
    } kinds[] = {
        [PROM_BAD_DATA] = {400, SLICE_INIT("bad_data")},
        [PROM_EXECUTION] = {422, SLICE_INIT("execution")},
        [PROM_TIMEOUT] = {503, SLICE_INIT("timeout")},
        [PROM_INTERNAL] = {500, SLICE_INIT("internal")},
        [PROM_NOT_FOUND] = {404, SLICE_INIT("not_found")},
    };
    char text[CALL_SENTENCE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    buf_reset(&call->body);
    json_write_init(&call->writer, &call->body);
    json_write_object_begin(&call->writer);
    json_write_member_string(&call->writer, SLICE("status"), SLICE("error"));
    json_write_member_string(&call->writer, SLICE("errorType"), kinds[error].name);
    json_write_member_string(&call->writer, SLICE("error"), slice_from(text));
    json_write_object_end(&call->writer);
    call_answer(call, kinds[error].status, buf_bytes(&call->body));
}

void prom_call_refuse_query(struct prom_call *call, const struct promql_error *error)
{
    switch (error->kind) {
    case PROMQL_ERROR_PARSE:
        prom_call_refuse(call, PROM_BAD_DATA, "invalid parameter \"query\": %s", error->message);
        return;
    case PROMQL_ERROR_TIMEOUT:
        prom_call_refuse(call, PROM_TIMEOUT, "%s", error->message);
        return;
    case PROMQL_ERROR_EXECUTION:
        prom_call_refuse(call, PROM_EXECUTION, "%s", error->message);
        return;
    case PROMQL_ERROR_NONE:
    case PROMQL_ERROR_SOURCE:
        break;
    }
    prom_call_refuse(call, PROM_INTERNAL, "%s", error->message);
}

void prom_call_refuse_status(struct prom_call *call, enum status status)
{
    if (status == STATUS_TIMEOUT) {
        prom_call_refuse(call, PROM_TIMEOUT, "query timed out in expression evaluation");
    } else if (status == STATUS_FULL) {
        prom_call_refuse(call, PROM_EXECUTION, "it takes more memory than one query may have");
    } else if (status == STATUS_BAD) {
        prom_call_refuse(call, PROM_EXECUTION, "a regular expression takes too long to match");
    } else {
        prom_call_refuse(call, PROM_INTERNAL, "%s", status_name(status));
    }
}

/* ---- Parameters. ---- */

struct slice prom_call_text(const struct prom_call *call, const char *name)
{
    struct slice value = SLICE_EMPTY;
    if (!uri_find(&call->form, slice_from(name), &value)) {
        (void)web_query(call->request, name, &value);
    }
    return value;
}

struct call_each {
    struct slice name;
    void (*visit)(void *context, struct slice value);
    void *context;
};

static void call_each_one(void *context, struct slice name, struct slice value)
{
    const struct call_each *each = context;
    if (slice_equal(name, each->name)) {
        each->visit(each->context, value);
    }
}

void prom_call_each(const struct prom_call *call, const char *name,
                    void (*visit)(void *context, struct slice value), void *context)
{
    struct call_each each = {slice_from(name), visit, context};
    for (size_t i = 0; i < call->form.parameter_count; i++) {
        call_each_one(&each, call->form.parameters[i].name, call->form.parameters[i].value);
    }
    web_query_each(call->request, call_each_one, &each);
}

/* Seconds as a number, to milliseconds.  False: it is none, or there is no such time. */
static bool call_seconds(struct slice text, int64_t *ms)
{
    double seconds;
    if (number_parse_double(text, &seconds) != NUMBER_OK || !(fabs(seconds) < 9e15 / 1e3)) {
        return false;
    }
    *ms = (int64_t)floor(seconds * 1e3 + 0.5);
    return true;
}

bool prom_call_time(struct prom_call *call, const char *name, int64_t otherwise_ms,
                    int64_t *time_ms)
{
    struct slice text = prom_call_text(call, name);
    uint64_t epoch_ns;
    *time_ms = otherwise_ms;
    if (text.size == 0 || call_seconds(text, time_ms)) {
        return true;
    }
    /* The plus of an offset that was not escaped is a space by now. */
    if (timestamp_parse(text, &epoch_ns)) {
        *time_ms = (int64_t)(epoch_ns / CLOCK_NS_PER_MS);
        return true;
    }
    prom_call_refuse(call, PROM_BAD_DATA,
                     "invalid parameter \"%s\": cannot parse \"" SLICE_FMT
                     "\" to a valid timestamp",
                     name, SLICE_ARG(text));
    return false;
}

bool prom_call_duration(struct prom_call *call, const char *name, int64_t *duration_ms)
{
    struct slice text = prom_call_text(call, name);
    if (call_seconds(text, duration_ms) || promql_parse_duration(text, duration_ms) == STATUS_OK) {
        return true;
    }
    prom_call_refuse(call, PROM_BAD_DATA,
                     "invalid parameter \"%s\": cannot parse \"" SLICE_FMT "\" to a valid duration",
                     name, SLICE_ARG(text));
    return false;
}

bool prom_call_limit(struct prom_call *call, const char *name, uint64_t *limit)
{
    struct slice text = prom_call_text(call, name);
    *limit = 0;
    if (text.size == 0 || number_parse_u64(text, limit) == NUMBER_OK) {
        return true;
    }
    prom_call_refuse(call, PROM_BAD_DATA,
                     "invalid parameter \"%s\": cannot parse \"" SLICE_FMT "\" to a valid limit",
                     name, SLICE_ARG(text));
    return false;
}

bool prom_call_timeout(struct prom_call *call)
{
    int64_t timeout_ms;
    if (prom_call_text(call, "timeout").size == 0) {
        return true;
    }
    if (!prom_call_duration(call, "timeout", &timeout_ms)) {
        return false;
    }
    if (timeout_ms >= 0 && (uint64_t)timeout_ms < PROM_TIMEOUT_NS / CLOCK_NS_PER_MS) {
        call->deadline_ns = clock_monotonic_ns() + (uint64_t)timeout_ms * CLOCK_NS_PER_MS;
    }
    return true;
}

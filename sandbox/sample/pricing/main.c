/* SPDX-License-Identifier: Apache-2.0 */

/* The function `pricing`: a custom runtime and its handler in one program. */

#include "http_call.h"
#include "pricing_limits.h"
#include "quote.h"
#include "span.h"

#include "base/clock.h"
#include "base/entropy.h"
#include "base/json_write.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct function {
    struct slice api;       /* Where the Runtime API is. */
    struct slice telemetry; /* Where spans go. */
    struct slice name;
    struct buf answer; /* The invocation at hand: everything about it points in here. */
};

struct invocation {
    struct slice request_id;
    struct slice trace_header;
    struct slice event;
};

/* One line on stderr, as a function logs. */
static void log_line(const char *level, struct slice request_id, struct slice order_id,
                     const char *format, ...) THAW_PRINTF(4, 5);

static void log_line(const char *level, struct slice request_id, struct slice order_id,
                     const char *format, ...)
{
    char text[LOG_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    (void)fprintf(stderr, "[%s] " SLICE_FMT " order " SLICE_FMT ": %s\n", level,
                  SLICE_ARG(request_id), SLICE_ARG(order_id), text);
}

static enum status next_invocation(struct function *function, struct invocation *invocation)
{
    struct http_call call = {
        .address = function->api,
        .method = "GET",
        .path = "/2018-06-01/runtime/invocation/next",
        .headers = "",
        .timeout_ms = 0,
    };
    struct http_answer answer;
    enum status status = http_call_do(&call, &function->answer, &answer);
    if (status != STATUS_OK) {
        return status;
    }
    if (answer.status != 200) {
        return STATUS_DENIED;
    }
    invocation->request_id = http_call_header(&answer, SLICE("Lambda-Runtime-Aws-Request-Id"));
    invocation->trace_header = http_call_header(&answer, SLICE("Lambda-Runtime-Trace-Id"));
    invocation->event = answer.body;
    return invocation->request_id.size > 0 ? STATUS_OK : STATUS_BAD;
}

/* Post what became of the invocation: kind is "response" or "error". */
static enum status post_result(const struct function *function, const struct invocation *invocation,
                               const char *kind, const char *headers, struct slice body)
{
    char path[RESULT_PATH_SIZE];
    unsigned char memory[RESULT_ANSWER_SIZE_MAX];
    struct buf room;
    struct http_answer answer;
    (void)snprintf(path, sizeof(path), "/2018-06-01/runtime/invocation/" SLICE_FMT "/%s",
                   SLICE_ARG(invocation->request_id), kind);
    struct http_call call = {
        .address = function->api,
        .method = "POST",
        .path = path,
        .headers = headers,
        .body = body,
        .timeout_ms = 0,
    };
    buf_init_fixed(&room, memory, sizeof(memory));
    return http_call_do(&call, &room, &answer);
}

static enum status post_quote(const struct function *function, const struct invocation *invocation,
                              const struct quote *quote)
{
    unsigned char memory[RESULT_BODY_SIZE_MAX];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("total_cents"), quote->total_cents);
    json_write_member_u64(&writer, SLICE("items"), quote->item_count);
    json_write_object_end(&writer);
    return post_result(function, invocation, "response", "", buf_bytes(&body));
}

static enum status post_failure(const struct function *function,
                                const struct invocation *invocation, struct slice message)
{
    unsigned char memory[RESULT_BODY_SIZE_MAX];
    struct buf body;
    struct json_write writer;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("errorMessage"), message);
    json_write_member_string(&writer, SLICE("errorType"), SLICE("Pricing.NoPrice"));
    json_write_object_end(&writer);
    return post_result(function, invocation, "error",
                       "Lambda-Runtime-Function-Error-Type: Pricing.NoPrice\r\n", buf_bytes(&body));
}

/* A span that does not get through must not fail the order, so the answer is not looked at. */
static void post_span(const struct function *function, const struct span *span)
{
    unsigned char body_memory[RESULT_BODY_SIZE_MAX];
    unsigned char answer_memory[RESULT_ANSWER_SIZE_MAX];
    struct buf body;
    struct buf room;
    struct http_answer answer;
    buf_init_fixed(&body, body_memory, sizeof(body_memory));
    buf_init_fixed(&room, answer_memory, sizeof(answer_memory));
    if (!span_write(span, &body) || buf_overflowed(&body)) {
        return;
    }
    struct http_call call = {
        .address = function->telemetry,
        .method = "POST",
        .path = "/v1/traces",
        .headers = "Content-Type: application/json\r\n",
        .body = buf_bytes(&body),
        .timeout_ms = SPAN_TIMEOUT_MS,
    };
    if (http_call_do(&call, &room, &answer) != STATUS_OK) {
        (void)fprintf(stderr, "[DEBUG] " SLICE_FMT " the span was not taken\n",
                      SLICE_ARG(span->request_id));
    }
}

/* What went wrong, in words; the empty slice if nothing did. */
static struct slice explain(enum quote_result result, const struct quote *quote, struct buf *words)
{
    switch (result) {
    case QUOTE_OK:
        return SLICE_EMPTY;
    case QUOTE_BAD_ORDER:
        return SLICE("this is not an order");
    case QUOTE_NO_PRICE:
        buf_append_text(words, "no price for ");
        buf_append(words, slice_take(quote->unknown_sku, SKU_SHOWN_SIZE_MAX));
        return buf_bytes(words);
    }
    return SLICE_EMPTY;
}

static enum status handle(const struct function *function, const struct invocation *invocation)
{
    unsigned char memory[2 * SKU_SHOWN_SIZE_MAX];
    struct buf words;
    struct quote quote;
    struct span span = {
        .service = function->name,
        .request_id = invocation->request_id,
        .trace_header = invocation->trace_header,
        .start_ns = clock_wall_ns(),
    };
    buf_init_fixed(&words, memory, sizeof(memory));
    enum quote_result result = quote_order(invocation->event, &quote);
    span.end_ns = clock_wall_ns();
    span.message = explain(result, &quote, &words);
    span.failed = result != QUOTE_OK;
    if (entropy_fill(span.id, sizeof(span.id)) == STATUS_OK) {
        post_span(function, &span);
    }
    if (span.failed) {
        log_line("ERROR", invocation->request_id, quote.order_id, SLICE_FMT,
                 SLICE_ARG(span.message));
        return post_failure(function, invocation, span.message);
    }
    log_line("INFO", invocation->request_id, quote.order_id, "%u items, %llu cents",
             quote.item_count, (unsigned long long)quote.total_cents);
    return post_quote(function, invocation, &quote);
}

/* "http://127.0.0.1:4318" to its address; an empty variable is as good as none. */
static struct slice telemetry_address(void)
{
    struct slice endpoint = slice_from(getenv("OTEL_EXPORTER_OTLP_ENDPOINT"));
    if (slice_starts(endpoint, SLICE("http://"))) {
        return slice_skip(endpoint, sizeof("http://") - 1);
    }
    return SLICE("127.0.0.1:4318");
}

int main(void)
{
    static unsigned char memory[ANSWER_SIZE_MAX];
    struct function function = {
        .api = slice_from(getenv("AWS_LAMBDA_RUNTIME_API")),
        .telemetry = telemetry_address(),
        .name = slice_from(getenv("AWS_LAMBDA_FUNCTION_NAME")),
    };
    buf_init_fixed(&function.answer, memory, sizeof(memory));
    for (;;) {
        struct invocation invocation;
        enum status status = next_invocation(&function, &invocation);
        if (status == STATUS_OK) {
            status = handle(&function, &invocation);
        }
        if (status != STATUS_OK) {
            (void)fprintf(stderr, "[FATAL] the Runtime API: %s\n", status_name(status));
            return 111;
        }
    }
}

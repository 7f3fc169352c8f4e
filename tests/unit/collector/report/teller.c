/* SPDX-License-Identifier: Apache-2.0 */
#include "teller.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define OUTPUT_SIZE_MAX ((size_t)64 << 20)

void teller_begin(struct teller *teller)
{
    char error[256];
    *teller = (struct teller){.report = NULL};
    assert_int_equal(prices_load(&teller->prices, SLICE_EMPTY, error, sizeof(error)), STATUS_OK);
    teller->report = report_create(teller->prices);
    assert_non_null(teller->report);
    buf_init_growing(&teller->out, OUTPUT_SIZE_MAX);
    teller->source = (struct stream_source){.provider = PROVIDER_AWS,
                                            .platform = SLICE("aws_lambda"),
                                            .region = SLICE("eu-central-1"),
                                            .group = SLICE("/aws/lambda/checkout"),
                                            .stream = SLICE("2025/09/01/[$LATEST]abc"),
                                            .function = SLICE("checkout"),
                                            .memory_mb = 128,
                                            .number = 1};
}

void teller_end(struct teller *teller)
{
    buf_fini(&teller->out);
    report_free(teller->report);
    prices_free(teller->prices);
}

struct stream_invocation teller_invocation(struct teller *teller, unsigned number)
{
    static char texts[16][40];
    char *text = texts[number % 16];
    (void)snprintf(text, sizeof(texts[0]), "00000000-0000-4000-8000-%012u", number);
    int64_t start_ns = TELLER_BEGIN_NS + (int64_t)number * TELLER_S;
    struct stream_invocation invocation = {
        .source = &teller->source,
        .request_text = slice_from(text),
        .attempt = 1,
        .final = true,
        .start_seen = true,
        .end_seen = true,
        .report_seen = true,
        .start_ns = start_ns,
        .end_ns = start_ns + 100 * TELLER_MS,
        .report_ns = start_ns + 100 * TELLER_MS,
        .end = END_OK,
        .reported_ns = 100 * TELLER_MS,
        .billed_ms = 100,
        .memory_mb = 128,
        .max_memory_mb = 64,
        .init_ns = STREAMS_UNKNOWN,
        .init_start_ns = STREAMS_UNKNOWN,
        .restore_ns = STREAMS_UNKNOWN,
        .billed_restore_ms = STREAMS_UNKNOWN,
        .done_ns = STREAMS_UNKNOWN,
        .handler_ns = STREAMS_UNKNOWN,
        .produced_bytes = STREAMS_UNKNOWN,
        .response_latency_ns = STREAMS_UNKNOWN,
        .response_duration_ns = STREAMS_UNKNOWN,
        .runtime_overhead_ns = STREAMS_UNKNOWN,
        .post_handler_ns = STREAMS_UNKNOWN,
        .timeout_ns = STREAMS_UNKNOWN,
    };
    memcpy(invocation.request_id.bytes, &number, sizeof(number));
    return invocation;
}

void teller_tell(struct teller *teller, const struct stream_invocation *invocation)
{
    const struct stream_sink *sink = report_sink(teller->report);
    sink->invocation(sink->context, invocation);
}

static void tell_line(struct teller *teller, const struct stream_invocation *invocation,
                      const struct line *line, const char *text)
{
    const struct stream_sink *sink = report_sink(teller->report);
    const struct log_event event = {.time_ns = invocation->start_ns + TELLER_MS,
                                    .message = slice_from(text)};
    const struct stream_line told = {.source = invocation->source,
                                     .event = &event,
                                     .line = line,
                                     .has_request = true,
                                     .request_id = invocation->request_id,
                                     .attempt = invocation->attempt};
    sink->line(sink->context, &told);
}

void teller_line(struct teller *teller, const struct stream_invocation *invocation,
                 uint32_t severity, const char *text)
{
    const struct line line = {.kind = LINE_APP, .severity = severity, .text = slice_from(text)};
    tell_line(teller, invocation, &line, text);
}

void teller_exception(struct teller *teller, const struct stream_invocation *invocation,
                      const char *type, const char *text)
{
    const struct line line = {.kind = LINE_APP,
                              .severity = SEVERITY_ERROR,
                              .unhandled = true,
                              .exception = true,
                              .error_type = slice_from(type),
                              .text = slice_from(text)};
    tell_line(teller, invocation, &line, text);
}

static void finish(struct teller *teller)
{
    static const struct report_input input = {
        .files = 1, .bytes = 1000, .events = 10, .streams = 1, .format = "text"};
    report_finish(teller->report, &input);
}

static struct slice whole(struct teller *teller)
{
    assert_false(buf_overflowed(&teller->out));
    return buf_bytes(&teller->out);
}

struct slice teller_json(struct teller *teller)
{
    finish(teller);
    report_json(teller->report, &teller->out);
    return whole(teller);
}

struct slice teller_text(struct teller *teller, size_t width)
{
    const struct cli_screen screen = {.utf8 = true, .width = width};
    finish(teller);
    report_text(teller->report, &screen, &teller->out);
    return whole(teller);
}

struct slice teller_html(struct teller *teller)
{
    finish(teller);
    report_html(teller->report, &teller->out);
    return whole(teller);
}

bool teller_has(struct slice text, const char *part)
{
    return slice_find(text, slice_from(part)) != SLICE_NONE;
}

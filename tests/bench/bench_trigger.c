/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What it costs to read the trigger out of an event, and the status code out of an answer.
 *
 *     bench_trigger
 *
 * For each event: microseconds of CPU time per event and megabytes per second, the best of several
 * rounds.  Events come in pieces of 16 KiB, as the proxy reads them.
 */
#include "trigger/response_read.h"
#include "trigger/trigger_read.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE   ((size_t)16 * 1024)
#define SIZE    ((size_t)6 * 1024 * 1024)
#define ROUNDS  7
#define ROUND_S 0.05

static unsigned char memory[SIZE + 65536];
static struct trigger_read reader;
static struct response_read answer;

static double cpu_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_event(struct slice event)
{
    trigger_read_init(&reader);
    while (event.size > 0) {
        trigger_read_feed(&reader, slice_take(event, PIECE));
        event = slice_skip(event, PIECE);
    }
    (void)trigger_read_end(&reader);
}

static void read_answer(struct slice event)
{
    response_read_init(&answer);
    while (event.size > 0) {
        response_read_feed(&answer, slice_take(event, PIECE));
        event = slice_skip(event, PIECE);
    }
    (void)response_read_end(&answer);
}

static void measure(const char *name, const struct buf *event, void (*read)(struct slice))
{
    double best_s = 1e9;
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned count = 0;
        double start_s = cpu_s();
        double spent_s = 0;
        while (spent_s < ROUND_S) {
            read(buf_bytes(event));
            count++;
            spent_s = cpu_s() - start_s;
        }
        best_s = spent_s / count < best_s ? spent_s / count : best_s;
    }
    printf("trigger.%s %.2f us %.0f MB/s %zu bytes %s\n", name, best_s * 1e6,
           (double)event->size / best_s / 1e6, event->size,
           (const char *)trigger_name(reader.trigger.kind).base);
}

static void begin(struct buf *out)
{
    buf_init_fixed(out, memory, sizeof(memory));
}

/* A request with two dozen headers and a body of so many bytes. */
static void http(struct buf *out, size_t body)
{
    begin(out);
    buf_append_text(out, "{\"version\":\"2.0\",\"routeKey\":\"GET /a/{b}\",\"rawPath\":\"/a/7\","
                         "\"headers\":{\"traceparent\":"
                         "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"");
    for (unsigned i = 0; i < 24; i++) {
        buf_printf(out, ",\"x-some-header-%u\":\"a value of forty or so bytes, as they are\"", i);
    }
    buf_append_text(out, "},\"requestContext\":{\"apiId\":\"api\",\"http\":{\"method\":\"GET\"},"
                         "\"timeEpoch\":1794999999990},\"body\":\"");
    for (size_t i = 0; i < body / 16; i++) {
        buf_append_text(out, "{\\\"key\\\":\\\"12\\\"}");
    }
    buf_append_text(out, "\",\"isBase64Encoded\":false}");
}

/* Messages with bodies of JSON until the event is full. */
static void sqs(struct buf *out, size_t size, const char *body)
{
    begin(out);
    buf_append_text(out, "{\"Records\":[");
    for (unsigned i = 0; out->size < size; i++) {
        buf_printf(out,
                   "%s{\"messageId\":\"19dd0b57-b21e-4ac1-bd88-01bbb068cb78\",\"body\":\"%s\","
                   "\"attributes\":{\"SentTimestamp\":\"1523232000000\"},\"messageAttributes\":{"
                   "\"traceparent\":{\"stringValue\":"
                   "\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}},"
                   "\"eventSource\":\"aws:sqs\",\"eventSourceARN\":"
                   "\"arn:aws:sqs:us-east-1:123456789012:MyQueue\"}",
                   i > 0 ? "," : "", body);
    }
    buf_append_text(out, "]}");
}

/* A direct invocation with a deep object of so many bytes. */
static void object(struct buf *out, size_t size)
{
    begin(out);
    buf_append_text(out, "{\"orders\":[");
    for (unsigned i = 0; out->size < size; i++) {
        buf_printf(out, "%s{\"id\":%u,\"lines\":[{\"sku\":\"a-1\",\"count\":2}]}", i > 0 ? "," : "",
                   i);
    }
    buf_append_text(out, "]}");
}

int main(void)
{
    struct buf event;
    static const char json[] = "{\\\"order\\\":4711,\\\"lines\\\":[{\\\"sku\\\":\\\"a-1\\\"}]}";
    http(&event, 8192);
    measure("http_10k", &event, read_event);
    sqs(&event, 10240, json);
    measure("sqs_10k", &event, read_event);
    object(&event, 10240);
    measure("object_10k", &event, read_event);
    http(&event, SIZE);
    measure("http_6m", &event, read_event);
    sqs(&event, SIZE, json);
    measure("sqs_6m", &event, read_event);
    object(&event, SIZE);
    measure("object_6m", &event, read_event);
    begin(&event);
    buf_append_text(&event, "{\"body\":\"");
    buf_append_fill(&event, 'b', SIZE);
    buf_append_text(&event, "\",\"statusCode\":200}");
    measure("answer_6m", &event, read_answer);
    return EXIT_SUCCESS;
}

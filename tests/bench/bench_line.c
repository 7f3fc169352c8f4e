/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What reading a line of a log stream costs.
 *
 *     bench_line [KIND]
 *
 * Messages of each kind are made once, some megabytes of them, and read again and again: MB/s and
 * ns per message for each kind, and for a mix as functions write it.
 */
#include "streams/line.h"

#include "base/buf.h"
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#define REQUEST "ff09e3f9-691f-4006-b566-ce40b25ba4eb"

static const char start_line[] = "START RequestId: " REQUEST " Version: $LATEST\n";
static const char end_line[] = "END RequestId: " REQUEST "\n";
static const char report_line[] =
    "REPORT RequestId: " REQUEST "\tDuration: 558.78 ms\tBilled Duration: 669 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 38 MB\tInit Duration: 109.44 ms\t\n";
static const char node_line[] =
    "2023-12-05T22:14:43.862Z\t" REQUEST "\tINFO\ta picture was uploaded to the bucket of the day, "
    "and its thumbnail is 128 x 96 pixels\n";
static const char python_line[] =
    "[INFO]\t2025-03-20T07:13:54.286Z\t" REQUEST "\tProcessing order 1234567 of customer 4711 with "
    "3 positions in warehouse north\n";
static const char plain_line[] =
    "Decoded body: token=x&team_id=T04&team_domain=start&channel_id=C06&user_name=somebody and "
    "nothing else of any interest to anybody here\n";
static const char java_line[] =
    "2023-01-01 12:00:00 " REQUEST " INFO  OrderHandler:57 - order 1234567 is accepted and on its "
    "way to the warehouse in the north\n";
static const char json_line[] =
    "{\"timestamp\":\"2025-03-20T07:13:54.286Z\",\"level\":\"INFO\",\"message\":\"Processing order "
    "1234567 of customer 4711\",\"logger\":\"root\",\"requestId\":\"" REQUEST "\"}\n";
static const char powertools_line[] =
    "{\"level\":\"INFO\",\"location\":\"handler:23\",\"message\":\"Collecting payment\","
    "\"timestamp\":\"2025-03-20 07:13:54,286+0000\",\"service\":\"payment\",\"cold_start\":true,"
    "\"function_name\":\"payment-collect\",\"function_memory_size\":\"128\",\"function_arn\":"
    "\"arn:aws:lambda:eu-west-1:123456789012:function:payment-collect\",\"function_request_id\":"
    "\"" REQUEST "\",\"xray_trace_id\":\"1-5759e988-bd862e3fe1be46a994272793\"}\n";
static const char platform_report[] =
    "{\"time\":\"2025-03-20T07:13:54.286Z\",\"type\":\"platform.report\",\"record\":{\"requestId\":"
    "\"" REQUEST "\",\"metrics\":{\"durationMs\":558.78,\"billedDurationMs\":669,\"memorySizeMB\":"
    "128,\"maxMemoryUsedMB\":38,\"initDurationMs\":109.44},\"status\":\"success\"}}\n";

struct kind {
    const char *name;
    const char *const *lines;
    size_t count;
};

#define ONE(name, line)                                                                            \
    {                                                                                              \
        (name), (const char *const[]){line}, 1                                                     \
    }

/* Five lines of the application to one invocation's three of the platform. */
static const char *const text_mix[] = {start_line, python_line, plain_line, python_line,
                                       node_line,  plain_line,  end_line,   report_line};
static const char *const json_mix[] = {json_line,       powertools_line, json_line,
                                       platform_report, json_line,       powertools_line};

static const struct kind kinds[] = {
    ONE("START", start_line),
    ONE("END", end_line),
    ONE("REPORT", report_line),
    ONE("Node.js", node_line),
    ONE("Python", python_line),
    ONE("Java", java_line),
    ONE("plain", plain_line),
    ONE("JSON", json_line),
    ONE("powertools", powertools_line),
    ONE("platform.report", platform_report),
    {"json mix", json_mix, sizeof(json_mix) / sizeof(json_mix[0])},
    {"text mix", text_mix, sizeof(text_mix) / sizeof(text_mix[0])},
};

/* Rounds are short and the quickest counts: on a shared machine the others measure the neighbours.
 */
enum { MESSAGE_COUNT = 4000, ROUND_COUNT = 300 };

/* One round over all messages. */
static uint64_t once(const struct slice *messages, uint64_t *seen)
{
    uint64_t begin = clock_monotonic_ns();

    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        struct line line;
        struct slice rest;
        line_read(messages[i], &line, &rest);
        *seen += line.text.size + (uint64_t)line.kind;
    }
    return clock_monotonic_ns() - begin;
}

static double measure(const struct kind *kind, double *line_ns)
{
    static struct slice messages[MESSAGE_COUNT];
    struct buf text;
    uint64_t seen = 0;
    uint64_t best_ns = UINT64_MAX;

    buf_init_growing(&text, (size_t)MESSAGE_COUNT * 1024);
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        buf_append_text(&text, kind->lines[i % kind->count]);
    }
    size_t at = 0;
    for (size_t i = 0; i < MESSAGE_COUNT; i++) {
        messages[i] = slice_from(kind->lines[i % kind->count]);
        messages[i].base = buf_bytes(&text).base + at;
        at += messages[i].size;
    }
    for (unsigned round = 0; round < ROUND_COUNT; round++) {
        uint64_t passed_ns = once(messages, &seen);
        best_ns = passed_ns < best_ns ? passed_ns : best_ns;
    }
    buf_fini(&text);
    *line_ns = (double)best_ns / MESSAGE_COUNT + (seen == 0 ? 1 : 0);
    return (double)at / (double)best_ns * 1000;
}

int main(int count, char **values)
{
    double mb_per_s = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        double line_ns;
        if (count > 1 && strcmp(values[1], kinds[i].name) != 0) {
            continue;
        }
        mb_per_s = measure(&kinds[i], &line_ns);
        printf("%-16s %7.0f MB/s  %5.0f ns a message\n", kinds[i].name, mb_per_s, line_ns);
    }
    printf("line_mb_per_s %.0f\n", mb_per_s);
    return 0;
}

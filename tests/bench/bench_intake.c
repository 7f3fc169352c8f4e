/* SPDX-License-Identifier: Apache-2.0 */

/*
 * How fast containers are taken apart, without anything behind them: one line for each kind with
 * megabytes of text per second of one core.
 *
 *     bench_intake [MEBIBYTES]
 *
 * The input: invocations of a function, each START, one line of Node.js, END and REPORT, about 120
 * bytes a message, made in memory and given in pieces of 1 MiB.
 */
#include "intake/intake.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE ((size_t)1 << 20)

#define STREAM "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"

static uint64_t events;
static uint64_t bytes;

static void take(void *context, const struct log_event *event)
{
    (void)context;
    events++;
    bytes += event->message.size;
}

/* The nth message; escape is what stands for a tab. */
static void message(struct buf *out, unsigned n, const char *tab, const char *newline)
{
    char id[64];
    snprintf(id, sizeof(id), "76269889-7d50-4d6d-a3f1-%012x", n / 4);
    switch (n % 4) {
    case 0:
        buf_printf(out, "START RequestId: %s Version: $LATEST%s", id, newline);
        break;
    case 1:
        buf_printf(
            out,
            "2026-11-23T14:53:25.123Z%s%s%sINFO%sorder %u was priced for the customer and is "
            "on its way to them%s",
            tab, id, tab, tab, n, newline);
        break;
    case 2:
        buf_printf(out, "END RequestId: %s%s", id, newline);
        break;
    default:
        buf_printf(out,
                   "REPORT RequestId: %s%sDuration: %u.40 ms%sBilled Duration: 9 ms%sMemory Size: "
                   "128 MB%sMax Memory Used: 66 MB%s%s",
                   id, tab, n % 1000, tab, tab, tab, tab, newline);
        break;
    }
}

static void make_json(struct buf *out, unsigned n)
{
    buf_printf(out, "%s{\"logStreamName\":\"" STREAM "\",\"timestamp\":%" PRIu64 ",\"message\":\"",
               n == 0 ? "{\"events\":[" : ",", UINT64_C(1795445605123) + n);
    message(out, n, "\\t", "\\n");
    buf_printf(out,
               "\",\"ingestionTime\":1795445609000,\"eventId\":"
               "\"384809178650426972676274900456036331394804910710%08u\"}",
               n);
}

static void make_csv(struct buf *out, unsigned n)
{
    buf_printf(out, "%s%" PRIu64 ",\"", n == 0 ? "timestamp,message\n" : "",
               UINT64_C(1795445605123) + n);
    message(out, n, "\t", "\n");
    buf_append_text(out, "\"\n");
}

static void make_export(struct buf *out, unsigned n)
{
    buf_append_text(out, "2026-11-23T14:53:25.123Z ");
    message(out, n, "\t", "\n");
}

static void make_tail(struct buf *out, unsigned n)
{
    buf_append_text(out, "2026-11-23T14:53:25.123000+00:00 " STREAM " ");
    message(out, n, "\t", "\n");
}

static void make_text(struct buf *out, unsigned n)
{
    message(out, n, "\t", "\n");
}

static void make_subscription(struct buf *out, unsigned n)
{
    if (n % 64 == 0) {
        buf_printf(out,
                   "%s{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\",\"logGroup\":"
                   "\"/aws/lambda/checkout\",\"logStream\":\"" STREAM
                   "\",\"subscriptionFilters\":[\"all\"],\"logEvents\":[",
                   n == 0 ? "" : "]}\n");
    }
    buf_printf(out,
               "%s{\"id\":\"384809178650426972676274900456036331394804910710%08u\",\"timestamp\":"
               "%" PRIu64 ",\"message\":\"",
               n % 64 == 0 ? "" : ",", n, UINT64_C(1795445605123) + n);
    message(out, n, "\\t", "\\n");
    buf_append_text(out, "\"}");
}

static void run(const char *name, void (*make)(struct buf *, unsigned), size_t size)
{
    const struct intake_options options = {.path = SLICE_INIT("checkout"), .event = take};
    struct buf input;
    buf_init_growing(&input, 2 * size + PIECE);
    for (unsigned n = 0; input.size < size; n++) {
        make(&input, n);
    }
    ENSURE(!buf_overflowed(&input));
    double best = 0;
    for (unsigned round = 0; round < 5; round++) {
        struct intake *intake = intake_create(&options);
        ENSURE(intake != NULL);
        events = 0;
        bytes = 0;
        clock_t begin = clock(); /* Of this process: others may run beside it. */
        for (struct slice rest = buf_bytes(&input); rest.size > 0;) {
            struct slice piece = slice_take(rest, PIECE);
            ENSURE(intake_push(intake, piece) == STATUS_OK);
            rest = slice_skip(rest, piece.size);
        }
        ENSURE(intake_finish(intake) == STATUS_OK);
        double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
        double rate = (double)input.size / 1e6 / seconds;
        best = rate > best ? rate : best;
        intake_free(intake);
    }
    printf("%-20s %7.0f MB/s  (best of 5, %" PRIu64 " events of %" PRIu64 " bytes each, %zu MiB)\n",
           name, best, events, bytes / (events == 0 ? 1 : events), input.size >> 20);
    buf_fini(&input);
}

int main(int argc, char **argv)
{
    size_t size = (size_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
    run("S3 export", make_export, size);
    run("filter-log-events", make_json, size);
    run("subscription", make_subscription, size);
    run("console CSV", make_csv, size);
    run("tail", make_tail, size);
    run("plain text", make_text, size);
    return 0;
}

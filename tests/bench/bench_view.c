/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_view: how fast the view takes in what log streams tell, what a year of the past costs that
 * arrives newest first, and how long it takes to save and to load it.  Prints `name value unit`.
 */
#include "model/record.h"
#include "model/rollups.h"
#include "model/snapshot.h"
#include "model/view.h"

#include "base/buf.h"

#include "base/ensure.h"
#include "base/uuid.h"
#include "proto/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH_COUNT 2000
#define LINES_EACH  4 /* Of each invocation. */
#define T0          INT64_C(1800000000000000000)
#define NS_PER_MS   INT64_C(1000000)

struct bench {
    struct scope scope;
    struct resource resource;
    struct log_line logs[BATCH_COUNT];
    struct attr attrs[BATCH_COUNT][10];
    char ids[BATCH_COUNT][UUID_TEXT_SIZE + 1];
    char texts[BATCH_COUNT][128];
    char uids[BATCH_COUNT][64];
    char stream[64];
};

static struct value text_value(const char *text)
{
    return (struct value){.kind = VALUE_STRING, .text = slice_from(text)};
}

static struct value int_value(int64_t value)
{
    return (struct value){.kind = VALUE_INT, .integer = value};
}

static void set_request(struct bench *bench, unsigned at, uint64_t number)
{
    struct uuid uuid = {{0x5f}};
    memcpy(&uuid.bytes[8], &number, sizeof(number));
    uuid_format(&uuid, bench->ids[at]);
}

static struct log_line *begin(struct bench *bench, unsigned at, int64_t time_ns)
{
    bench->logs[at] = (struct log_line){
        .resource = &bench->resource,
        .scope = &bench->scope,
        .time_ns = (uint64_t)time_ns,
        .attrs = {.items = bench->attrs[at]},
    };
    return &bench->logs[at];
}

static void put(struct bench *bench, unsigned at, struct slice key, struct value value)
{
    struct attrs *attrs = &bench->logs[at].attrs;
    bench->attrs[at][attrs->count++] = (struct attr){key, value};
}

static void put_invocation(struct bench *bench, unsigned at, uint64_t number, int64_t start_ns)
{
    begin(bench, at, start_ns)->event_name = NAME_EVENT_INVOCATION;
    set_request(bench, at, number);
    put(bench, at, NAME_FAAS_INVOCATION_ID, text_value(bench->ids[at]));
    put(bench, at, NAME_THAW_INVOCATION_STATE, text_value("reported"));
    put(bench, at, NAME_THAW_START_NS, int_value(start_ns));
    put(bench, at, NAME_THAW_END_NS, int_value(start_ns + 51 * NS_PER_MS));
    put(bench, at, NAME_THAW_REPORTED_NS, int_value(50 * NS_PER_MS));
    put(bench, at, NAME_THAW_BILLED_MS, int_value(50));
    put(bench, at, NAME_THAW_MEMORY_SIZE_MB, int_value(128));
    put(bench, at, NAME_THAW_MAX_MEMORY_USED_MB, int_value(60));
}

static void put_line(struct bench *bench, unsigned at, uint64_t number, int64_t time_ns)
{
    struct log_line *line = begin(bench, at, time_ns);
    set_request(bench, at, number);
    (void)snprintf(bench->texts[at], sizeof(bench->texts[at]),
                   "order %llu was taken from the shelf and is on its way to the customer",
                   (unsigned long long)number);
    (void)snprintf(bench->uids[at], sizeof(bench->uids[at]), "%056llu",
                   (unsigned long long)number * 8 + at % 8);
    line->body = text_value(bench->texts[at]);
    put(bench, at, NAME_THAW_SOURCE, text_value("function"));
    put(bench, at, NAME_LOG_RECORD_UID, text_value(bench->uids[at]));
    put(bench, at, NAME_FAAS_INVOCATION_ID, text_value(bench->ids[at]));
}

static struct bench *bench_create(struct view **view)
{
    static const struct hash_key key = {{1, 2}};
    struct bench *bench = calloc(1, sizeof(*bench));
    ENSURE(bench != NULL);
    bench->scope = (struct scope){.name = NAME_SCOPE_LOGS, .logs = true};
    bench->resource = (struct resource){
        .account = SLICE("123456789012"),
        .region = SLICE("us-east-1"),
        .function = SLICE("stock"),
        .version = SLICE("$LATEST"),
    };
    *view = view_create(&key);
    ENSURE(*view != NULL);
    return bench;
}

static void name_stream(struct bench *bench, unsigned number)
{
    (void)snprintf(bench->stream, sizeof(bench->stream), "2027/01/15/[$LATEST]%032x", number);
    bench->resource.instance = slice_from(bench->stream);
}

/* Of the processor: others may be using it, too. */
static uint64_t used_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t apply(struct bench *bench, struct view *view, unsigned count)
{
    struct batch batch = {
        .signal = SIGNAL_LOGS,
        .resources = &bench->resource,
        .resource_count = 1,
        .logs = bench->logs,
        .log_count = count,
    };
    struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)T0 + 1000000000};
    uint64_t before_ns = used_ns();
    view_apply(view, &frame, &batch);
    return used_ns() - before_ns;
}

static bool take(void *context, struct slice bytes)
{
    buf_append(context, bytes);
    return true;
}

static bool drop(void *context, struct slice bytes)
{
    (void)context;
    (void)bytes;
    return true;
}

/* Save it, load it again. */
static void keep(const struct view *view, uint64_t invocations)
{
    static const struct hash_key key = {{1, 2}};
    struct buf saved;
    const char *reason;
    buf_init_growing(&saved, SIZE_MAX);
    uint64_t before_ns = used_ns();
    ENSURE(view_save(view, drop, NULL) == STATUS_OK);
    uint64_t save_ns = used_ns() - before_ns;
    ENSURE(view_save(view, take, &saved) == STATUS_OK);
    struct view *loaded = view_create(&key);
    ENSURE(loaded != NULL);
    before_ns = used_ns();
    ENSURE(view_load(loaded, buf_bytes(&saved), &reason) == STATUS_OK);
    uint64_t load_ns = used_ns() - before_ns;
    (void)printf("view_save %.0f ns/invocation (%llu invocations, %.0f bytes each)\n",
                 (double)save_ns / (double)invocations, (unsigned long long)invocations,
                 (double)saved.size / (double)invocations);
    (void)printf("view_load %.0f ns/invocation\n", (double)load_ns / (double)invocations);
    view_free(loaded);
    buf_fini(&saved);
}

/* Streams of 400 invocations with four lines each. */
static void records(unsigned batches)
{
    struct view *view;
    struct bench *bench = bench_create(&view);
    uint64_t all_ns = 0, count = 0, number = 0;
    for (unsigned i = 0; i < batches; i++) {
        name_stream(bench, i);
        unsigned at = 0;
        for (; at + LINES_EACH + 1 <= BATCH_COUNT; number++) {
            int64_t start_ns = T0 - (int64_t)(number % 100000) * 100 * NS_PER_MS;
            for (unsigned k = 0; k < LINES_EACH; k++, at++) {
                put_line(bench, at, number, start_ns + (int64_t)k * NS_PER_MS);
            }
            put_invocation(bench, at++, number, start_ns);
        }
        all_ns += apply(bench, view, at);
        count += at;
    }
    (void)printf("view_apply_streams %.0f ns/record (%llu records)\n",
                 (double)all_ns / (double)count, (unsigned long long)count);
    keep(view, number);
    view_free(view);
    free(bench);
}

/* One invocation in each of so many minutes, the newest first. */
static void past(unsigned minutes)
{
    struct view *view;
    struct bench *bench = bench_create(&view);
    uint64_t all_ns = 0;
    for (unsigned done = 0; done < minutes;) {
        unsigned at = 0;
        name_stream(bench, done);
        for (; at < BATCH_COUNT && done < minutes; at++, done++) {
            put_invocation(bench, at, done, T0 - (int64_t)done * MINUTE_NS);
        }
        all_ns += apply(bench, view, at);
    }
    (void)printf("view_apply_descending_minutes %.0f ns/record (%u minutes)\n",
                 (double)all_ns / minutes, minutes);
    view_free(view);
    free(bench);
}

int main(void)
{
    records(1000);
    records(2400);
    past(250000);
    past(500000);
    past(900000);
    return 0;
}

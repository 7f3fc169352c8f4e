/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_merge [MEGABYTES [STREAMS]]: text per second through the merger (with the line parser) into
 * a sink that does nothing, and into the encoder.  Events come as filter-log-events gives them: all
 * streams interleaved by time.
 */
#include "streams/encode.h"
#include "streams/merge.h"

#include "base/prng.h"
#include "base/uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EPOCH_NS INT64_C(1795392000000000000)
#define MS       INT64_C(1000000)

enum { STREAMS_MAX = 4096, LINES = 8, EVENTS_MAX = 1 << 17 };

struct instance {
    char stream[64];
    unsigned phase; /* 0: START is next, then the lines, then END and REPORT. */
    char id[UUID_TEXT_SIZE + 1];
};

struct text {
    char *base;
    size_t size, capacity;
    struct log_event events[EVENTS_MAX];
    size_t count;
};

static void take_invocation(void *context, const struct stream_invocation *invocation)
{
    (void)invocation;
    ++*(uint64_t *)context;
}

static void take_init(void *context, const struct stream_init *init)
{
    (void)context;
    (void)init;
}

static void take_line(void *context, const struct stream_line *line)
{
    (void)line;
    ++*(uint64_t *)context;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    (void)refusal;
}

static void take_body(void *context, enum signal signal, struct slice bytes, uint64_t records)
{
    (void)signal;
    (void)records;
    *(uint64_t *)context += bytes.size;
}

static void next_event(struct text *text, struct instance *instance, struct prng *prng,
                       int64_t time_ns)
{
    char *at = text->base + text->size;
    size_t room = text->capacity - text->size;
    int size;
    if (instance->phase == 0) {
        struct uuid uuid = uuid_v4(prng);
        uuid_format(&uuid, instance->id);
        size = snprintf(at, room, "START RequestId: %s Version: $LATEST\n", instance->id);
    } else if (instance->phase <= LINES) {
        size = snprintf(at, room,
                        "2026-11-23T14:53:25.123Z\t%s\tINFO\torder %u of customer %u is taken from "
                        "the queue and stored, 3 items for 17 euros\n",
                        instance->id, (unsigned)prng_below(prng, 100000),
                        (unsigned)prng_below(prng, 1000));
    } else if (instance->phase == LINES + 1) {
        size = snprintf(at, room, "END RequestId: %s\n", instance->id);
    } else {
        size = snprintf(at, room,
                        "REPORT RequestId: %s\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory "
                        "Size: 128 MB\tMax Memory Used: 66 MB\t\n",
                        instance->id);
    }
    text->events[text->count++] = (struct log_event){
        .group = SLICE("/aws/lambda/checkout-service"),
        .stream = slice_from(instance->stream),
        .time_ns = time_ns,
        .message = slice_of(at, (size_t)size),
    };
    text->size += (size_t)size;
    instance->phase = instance->phase == LINES + 2 ? 0 : instance->phase + 1;
}

/* Of the processor: the machine may be shared. */
static double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The same events again and again, each time later; the ids stay, so the times make them new. */
static double run(struct text *text, const struct stream_sink *sink, uint64_t megabytes)
{
    struct merge_options options = {.piece = false};
    struct merge *merge = merge_create(&options, sink);
    if (merge == NULL) {
        return 0;
    }
    int64_t last_ns = text->events[text->count - 1].time_ns;
    uint64_t bytes = 0;
    double begin = seconds_now();
    for (int64_t round = 0; bytes < megabytes << 20; round++) {
        for (size_t i = 0; i < text->count; i++) {
            struct log_event event = text->events[i];
            event.time_ns += round * (last_ns - EPOCH_NS);
            merge_event(merge, &event);
            bytes += event.message.size;
        }
    }
    merge_finish(merge);
    double seconds = seconds_now() - begin;
    merge_free(merge);
    return (double)bytes / 1e6 / seconds;
}

int main(int argc, char **argv)
{
    uint64_t megabytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 1024;
    uint64_t streams = argc > 2 ? strtoull(argv[2], NULL, 10) : 50;
    static struct instance instances[STREAMS_MAX];
    static struct text text;
    struct prng prng;
    uint64_t count = 0;
    if (streams == 0 || streams > STREAMS_MAX) {
        return 100;
    }
    prng_init(&prng, 1);
    text.capacity = (size_t)EVENTS_MAX * 256;
    text.base = malloc(text.capacity);
    if (text.base == NULL) {
        return 111;
    }
    for (uint64_t i = 0; i < streams; i++) {
        (void)snprintf(instances[i].stream, sizeof(instances[i].stream),
                       "2026/11/23/[$LATEST]%032" PRIx64, i);
    }
    for (size_t i = 0; i < EVENTS_MAX; i++) {
        next_event(&text, &instances[prng_below(&prng, streams)], &prng,
                   EPOCH_NS + (int64_t)i * MS / 4 / MS * MS);
    }
    struct stream_sink null = {&count, take_invocation, take_init, take_line, NULL, take_refused};
    (void)printf("merge %.0f MB/s\n", run(&text, &null, megabytes));
    struct encode_options options = {
        .body_size_max = 1 << 20, .body = take_body, .refused = take_refused, .context = &count};
    struct encode *encode = encode_create(&options);
    if (encode == NULL) {
        return 111;
    }
    (void)printf("merge_encode %.0f MB/s\n", run(&text, encode_sink(encode), megabytes));
    encode_finish(encode);
    encode_free(encode);
    free(text.base);
    return 0;
}

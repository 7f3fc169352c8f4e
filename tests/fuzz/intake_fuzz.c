/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Containers of any kind: what is told is the same whatever pieces the input comes in, what is told
 * is counted, times are such that a log can have, and what lies within limits fits in memory.
 */
#include "intake/intake.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "intake/intake_limits.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX (4u << 20)

/* What was told, as a sum over all of it in its order. */
struct told {
    uint64_t sum;
    uint64_t events, refused, clouds;
};

static const struct hash_key key = {{1, 2}};

static void add(struct told *told, struct slice slice)
{
    told->sum = hash_u64(told->sum ^ hash_sip64(&key, slice));
}

static void take_event(void *context, const struct log_event *event)
{
    struct told *told = context;
    const int64_t second = INT64_C(1000000000);
    bool known = event->time_ns != STREAMS_UNKNOWN;
    ENSURE(!known || (event->time_ns >= INTAKE_TIME_MIN_S * second &&
                      event->time_ns < INTAKE_TIME_MAX_S * second));
    add(told, slice_of(&event->time_ns, sizeof(event->time_ns)));
    const struct slice fields[] = {event->account, event->region,   event->group,  event->stream,
                                   event->id,      event->function, event->message};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        add(told, fields[i]);
    }
    told->events++;
}

static void take_cloud(void *context, struct slice json)
{
    struct told *told = context;
    ENSURE(json.size >= 2 && json.base[0] == '{' && json.base[json.size - 1] == '}');
    add(told, json);
    told->clouds++;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    struct told *told = context;
    ENSURE(refusal->count > 0 && refusal->sample.size <= INTAKE_SAMPLE_SIZE_MAX);
    add(told, slice_from(refusal->why));
    add(told, refusal->sample);
    told->refused += refusal->count;
}

static enum status run(struct slice input, size_t piece, struct told *told)
{
    const struct intake_options options = {
        .path = SLICE_INIT("exportedlogs/1/2026-11-23-[1]0123/000000.gz"),
        .event = take_event,
        .gcp = take_cloud,
        .azure = take_cloud,
        .refused = take_refused,
        .context = told,
        .inflated_size_max = TEXT_MAX,
    };
    struct intake *intake = intake_create(&options);
    struct intake_counts counts;
    ENSURE(intake != NULL);
    *told = (struct told){.sum = 0};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && input.size > 0) {
        struct slice part = slice_take(input, piece);
        status = intake_push(intake, part);
        input = slice_skip(input, part.size);
    }
    enum status finished = intake_finish(intake);
    ENSURE(status == STATUS_OK || finished == status);
    ENSURE(finished == STATUS_OK || intake_error(intake)[0] != '\0');
    intake_counts(intake, &counts);
    ENSURE(counts.events == told->events + told->clouds && counts.refused == told->refused);
    ENSURE(counts.format != INTAKE_UNKNOWN);
    intake_free(intake);
    return finished;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct told whole, parts;
    if (size == 0) {
        return 0;
    }
    /* The first byte is how it is cut. */
    struct slice input = slice_of(data + 1, size - 1);
    enum status status = run(input, SIZE_MAX, &whole);
    enum status again = run(input, (size_t)data[0] + 1, &parts);
    ENSURE(status == again);
    if (status != STATUS_FULL) {
        ENSURE(whole.sum == parts.sum && whole.events == parts.events);
        ENSURE(whole.refused == parts.refused && whole.clouds == parts.clouds);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "merge_world.h"

#include "base/ensure.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An instance while its history is made. */
struct instance {
    unsigned number;
    int64_t now_ms;
    int64_t init_start_ms; /* Of the init that the next invocation waits for, or -1. */
    int64_t init_us;
    bool init_failed; /* The next invocation contains an init. */
    int retry;        /* The invocation that is tried again, or -1. */
};

static uint64_t between(struct world *world, uint64_t low, uint64_t high)
{
    return prng_between(&world->prng, low, high);
}

static bool chance(struct world *world, unsigned percent)
{
    return prng_chance(&world->prng, percent, 100);
}

static int64_t at(int64_t ms)
{
    return WORLD_EPOCH_NS + ms * WORLD_MS;
}

static struct world_event *add(struct world *world, const struct instance *instance, int64_t ms)
{
    ENSURE(world->event_count < WORLD_EVENTS_MAX);
    struct world_event *event = &world->events[world->event_count++];
    event->stream = instance->number;
    event->time_ns = at(ms);
    return event;
}

#define ADD(world, instance, ms, ...)                                                              \
    (void)snprintf(add((world), (instance), (ms))->text, WORLD_TEXT_MAX, __VA_ARGS__)

/* A line, which has a number; of those that are written in no phase, some name their request. */
static void add_line(struct world *world, const struct instance *instance, int64_t ms,
                     int invocation, const char *phase)
{
    ENSURE(world->line_count < WORLD_LINES_MAX);
    unsigned number = world->line_count++;
    world->lines[number] =
        (struct world_line){.time_ns = at(ms), .invocation = invocation, .phase = phase};
    char id[UUID_TEXT_SIZE + 1] = "";
    if (phase == NULL && chance(world, 20)) {
        uuid_format(&world->invocations[invocation].id, id);
        ADD(world, instance, ms, "{\"requestId\":\"%s\",\"message\":\"line %u\"}", id, number);
    } else {
        ADD(world, instance, ms, "line %u", number);
    }
}

/* ---- Inits. ---- */

static void begin_instance(struct world *world, struct instance *instance)
{
    if (chance(world, 10)) {
        return; /* The stream begins later. */
    }
    instance->init_start_ms = instance->now_ms;
    instance->init_us = (int64_t)between(world, 1000, 3000000);
    ADD(world, instance, instance->now_ms,
        "INIT_START Runtime Version: nodejs:20.v30\tRuntime Version ARN: "
        "arn:aws:lambda:eu-west-1::runtime:00\n");
    world->init_count++;
    int64_t init_ms = (instance->init_us + 999) / 1000;
    for (uint64_t i = between(world, 0, 2); i > 0 && init_ms > 2; i--) {
        add_line(world, instance,
                 instance->now_ms + (int64_t)between(world, 1, (uint64_t)init_ms - 1), -1, "init");
    }
    instance->now_ms += init_ms;
    if (chance(world, 15)) {
        ADD(world, instance, instance->now_ms,
            "INIT_REPORT Init Duration: %" PRId64 ".%02" PRId64
            " ms\tPhase: init\tStatus: error\tError Type: Runtime.Unknown\n",
            instance->init_us / 1000, instance->init_us % 1000 / 10);
        instance->init_failed = true;
        instance->init_start_ms = -1;
        instance->now_ms += (int64_t)between(world, 1, 20);
    } else if (chance(world, 15)) {
        instance->now_ms += (int64_t)between(world, 10100, 60000);
    } else {
        instance->now_ms += (int64_t)between(world, 0, 5);
    }
}

/* The init inside of an invocation: what was written in it, and how long it took. */
static int64_t run_suppressed(struct world *world, struct instance *instance,
                              struct world_invocation *invocation, int number)
{
    int64_t init_ms = (int64_t)between(world, 20, 4000);
    int64_t begin_ms = instance->now_ms + (int64_t)between(world, 10, 50);
    for (uint64_t i = between(world, 0, 2); i > 0; i--) {
        add_line(world, instance, begin_ms + (int64_t)between(world, 6, (uint64_t)init_ms - 1),
                 number, "init");
    }
    instance->now_ms = begin_ms + init_ms;
    invocation->init_phase = "invoke";
    invocation->cold = true;
    invocation->init_ns = init_ms * WORLD_MS;
    invocation->init_start_ns = at(begin_ms);
    ADD(world, instance, instance->now_ms,
        "INIT_REPORT Init Duration: %" PRId64
        ".00 ms\tPhase: invoke\tStatus: error\tError Type: Runtime.Unknown\n",
        init_ms);
    world->init_count++;
    return init_ms;
}

static void wait_for_init(struct instance *instance, struct world_invocation *invocation)
{
    invocation->init_ns = instance->init_us / 10 * 10 * 1000;
    invocation->init_start_ns = at(instance->init_start_ms);
    invocation->init_phase = "init";
    invocation->proactive =
        at(instance->now_ms) - invocation->init_start_ns - invocation->init_ns > 10000 * WORLD_MS;
    invocation->cold = !invocation->proactive;
}

/* ---- Invocations. ---- */

static void add_report(struct world *world, const struct instance *instance,
                       const struct world_invocation *invocation, const char *id,
                       const char *status)
{
    char init[64] = "";
    char xray[128] = "";
    if (invocation->init_phase != NULL && strcmp(invocation->init_phase, "init") == 0) {
        (void)snprintf(init, sizeof(init), "Init Duration: %" PRId64 ".%02" PRId64 " ms\t",
                       invocation->init_ns / 1000000, invocation->init_ns % 1000000 / 10000);
    }
    if (invocation->has_trace) {
        (void)snprintf(xray, sizeof(xray),
                       "\nXRAY TraceId: 1-5e61292c-aaaaaaaaaaaaaaaaaaaaaaaa\tSegmentId: "
                       "00000000000000aa\tSampled: true\t");
    }
    ADD(world, instance, (invocation->end_ns - WORLD_EPOCH_NS) / WORLD_MS,
        "REPORT RequestId: %s\tDuration: %" PRId64 ".%02" PRId64 " ms\tBilled Duration: %" PRId64
        " ms\tMemory Size: 128 MB\tMax Memory Used: %d MB\t%s%s%s\n",
        id, invocation->reported_ns / 1000000, invocation->reported_ns % 1000000 / 10000,
        invocation->billed_ms, invocation->out_of_memory ? 128 : 60, init, status, xray);
}

static void add_end(struct world *world, const struct instance *instance,
                    struct world_invocation *invocation, const char *id)
{
    int64_t end_ms = (invocation->end_ns - WORLD_EPOCH_NS) / WORLD_MS;
    const char *status = "";
    invocation->ended = true;
    invocation->end = END_OK;
    invocation->has_trace = chance(world, 20);
    switch (between(world, 0, 9)) {
    case 0:
        status = "Status: error\tError Type: Runtime.ExitError";
        invocation->end = END_ERROR;
        invocation->error_type = "Runtime.ExitError";
        break;
    case 1:
        status = "Status: timeout";
        invocation->end = END_TIMEOUT;
        break;
    case 2:
        ADD(world, instance, end_ms,
            "2026-11-23T00:00:00.000Z %s Task timed out after 3.00 seconds\n\n", id);
        invocation->end = END_TIMEOUT;
        break;
    case 3:
        ADD(world, instance, end_ms,
            "RequestId: %s Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
            id);
        invocation->end = END_ERROR;
        invocation->error_type = "Runtime.ExitError";
        invocation->out_of_memory = true;
        break;
    default:
        break;
    }
    ADD(world, instance, end_ms, "END RequestId: %s\n", id);
    add_report(world, instance, invocation, id, status);
}

static struct world_invocation *new_invocation(struct world *world, struct instance *instance)
{
    ENSURE(world->invocation_count < WORLD_INVOCATIONS_MAX);
    struct world_invocation *invocation = &world->invocations[world->invocation_count++];
    *invocation = (struct world_invocation){
        .stream = instance->number,
        .attempt = 1,
        .init_ns = STREAMS_UNKNOWN,
        .init_start_ns = STREAMS_UNKNOWN,
    };
    if (instance->retry >= 0) {
        invocation->id = world->invocations[instance->retry].id;
        invocation->attempt = world->invocations[instance->retry].attempt + 1;
        instance->now_ms += 5;
    } else {
        invocation->id = uuid_v4(&world->prng);
    }
    return invocation;
}

static void invoke(struct world *world, struct instance *instance)
{
    char id[UUID_TEXT_SIZE + 1];
    int number = (int)world->invocation_count;
    struct world_invocation *invocation = new_invocation(world, instance);
    int64_t suppressed_ms = 0;
    uuid_format(&invocation->id, id);
    if (instance->init_failed) {
        suppressed_ms = run_suppressed(world, instance, invocation, number);
    } else if (instance->init_start_ms >= 0) {
        wait_for_init(instance, invocation);
    }
    instance->init_failed = false;
    instance->init_start_ms = -1;
    ADD(world, instance, instance->now_ms, "START RequestId: %s Version: $LATEST\n", id);
    int64_t run_us = (int64_t)between(world, 0, 200000);
    int64_t run_ms = (run_us + 999) / 1000;
    invocation->start_ns = at(instance->now_ms);
    invocation->reported_ns = (suppressed_ms * 1000 + run_us) / 10 * 10 * 1000;
    invocation->billed_ms = suppressed_ms + run_ms;
    for (uint64_t i = between(world, 0, 5); i > 0; i--) {
        add_line(world, instance, instance->now_ms + (int64_t)between(world, 0, (uint64_t)run_ms),
                 number, NULL);
    }
    instance->now_ms += run_ms;
    invocation->end_ns = at(instance->now_ms);
    if (chance(world, 95)) {
        add_end(world, instance, invocation, id);
    } else {
        invocation->init_ns = invocation->init_phase != NULL && suppressed_ms > 0
                                  ? invocation->init_ns
                                  : STREAMS_UNKNOWN;
    }
    if (suppressed_ms > 0) {
        int64_t begin_ns = invocation->ended ? invocation->end_ns - invocation->reported_ns
                                             : invocation->init_start_ns;
        invocation->start_ns =
            begin_ns < invocation->init_start_ns ? begin_ns : invocation->init_start_ns;
    }
    instance->retry = invocation->end == END_ERROR && chance(world, 30) ? number : -1;
    instance->init_failed = invocation->end == END_ERROR && chance(world, 30);
}

static void live(struct world *world, unsigned number)
{
    struct instance instance = {.number = number,
                                .now_ms = (int64_t)between(world, 0, 5000),
                                .init_start_ms = -1,
                                .retry = -1};
    (void)snprintf(world->streams[number], sizeof(world->streams[number]),
                   "2026/11/23/[$LATEST]%032u", number);
    begin_instance(world, &instance);
    for (uint64_t i = between(world, 1, 12); i > 0; i--) {
        invoke(world, &instance);
        int64_t gap_ms = (int64_t)between(world, 1, 300);
        bool lost = !world->invocations[world->invocation_count - 1].ended;
        if (gap_ms > 100 && chance(world, 30) && !lost) {
            add_line(world, &instance, instance.now_ms + (int64_t)between(world, 1, 50), -1,
                     "idle");
            instance.now_ms += 60;
        }
        instance.now_ms += gap_ms;
    }
}

/* By time; what falls into one millisecond in an order by chance. */
struct sort_key {
    int64_t time_ns;
    uint64_t chance;
    unsigned event;
};

static int compare(const void *one, const void *other)
{
    const struct sort_key *a = one;
    const struct sort_key *b = other;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? -1 : 1;
    }
    return a->chance < b->chance ? -1 : a->chance > b->chance;
}

static void sort_events(struct world *world)
{
    static struct sort_key keys[WORLD_EVENTS_MAX];
    static struct world_event sorted[WORLD_EVENTS_MAX];
    for (unsigned i = 0; i < world->event_count; i++) {
        keys[i] = (struct sort_key){world->events[i].time_ns, prng_next(&world->prng), i};
    }
    qsort(keys, world->event_count, sizeof(keys[0]), compare);
    for (unsigned i = 0; i < world->event_count; i++) {
        sorted[i] = world->events[keys[i].event];
    }
    memcpy(world->events, sorted, world->event_count * sizeof(sorted[0]));
}

void merge_world_make(struct world *world, uint64_t seed)
{
    world->invocation_count = 0;
    world->line_count = 0;
    world->event_count = 0;
    world->init_count = 0;
    prng_init(&world->prng, seed);
    world->stream_count = (unsigned)between(world, 1, WORLD_STREAMS_MAX);
    for (unsigned i = 0; i < world->stream_count; i++) {
        live(world, i);
    }
    sort_events(world);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_sim [SEED [COUNT]]: histories made from seeds, whose truth is known, told to a merge as log
 * events: interleaved, stream by stream, descending, shuffled, twice, without names of streams and
 * in pieces.  The merge must give back the truth: every invocation with its facts, once, and every
 * line with the invocation or the phase that it is of.
 */
#include "merge_world.h"

#include "base/ensure.h"
#include "base/number.h"
#include "streams/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum mode {
    INTERLEAVED,
    BY_STREAM,
    DESCENDING,
    SHUFFLED,
    TWICE,
    NAMELESS,
    PIECES,
    WINDOWS,
    MODE_COUNT
};

static const char *const mode_names[] = {"interleaved", "by stream", "descending", "shuffled",
                                         "twice",       "nameless",  "pieces",     "windows"};

struct told {
    struct world *world;
    enum mode mode;
    unsigned inits;
    const char *wrong; /* The first thing that was, */
    uint64_t of;       /* and the number of the line or the invocation. */
    uint64_t at;       /* Of what is being looked at. */
};

static void expect(struct told *told, bool holds, const char *what)
{
    if (!holds && told->wrong == NULL) {
        told->wrong = what;
        told->of = told->at;
    }
}

static bool same_id(const struct uuid *uuid, const struct id16 *id)
{
    return memcmp(uuid->bytes, id->bytes, sizeof(id->bytes)) == 0;
}

static unsigned stream_of(const struct told *told, const struct stream_source *source)
{
    for (unsigned i = 0; i < told->world->stream_count; i++) {
        if (slice_equal(source->stream, slice_from(told->world->streams[i]))) {
            return i;
        }
    }
    return WORLD_STREAMS_MAX;
}

static struct world_invocation *find(struct told *told, const struct id16 *id, unsigned attempt)
{
    for (unsigned i = 0; i < told->world->invocation_count; i++) {
        struct world_invocation *truth = &told->world->invocations[i];
        if (same_id(&truth->id, id) && truth->attempt == attempt) {
            return truth;
        }
    }
    return NULL;
}

static void compare_facts(struct told *told, const struct world_invocation *truth,
                          const struct stream_invocation *inv)
{
    struct slice phase = slice_from(truth->init_phase);
    expect(told, inv->start_seen, "START was seen");
    expect(told, inv->report_seen == truth->ended, "REPORT was seen");
    expect(told, inv->end == truth->end, "the end");
    expect(told, inv->has_trace == truth->has_trace, "the trace");
    expect(told, inv->out_of_memory == truth->out_of_memory, "out of memory");
    if (truth->ended) {
        expect(told, inv->end_ns == truth->end_ns, "the time of END");
        expect(told, inv->reported_ns == truth->reported_ns, "the duration");
        expect(told, inv->billed_ms == truth->billed_ms, "the billed duration");
        expect(told, inv->memory_mb == 128, "the memory");
        expect(told, slice_equal(inv->error_type, slice_from(truth->error_type)),
               "the type of the error");
    }
    if (told->mode == NAMELESS) {
        return; /* Which init it is of is not known. */
    }
    expect(told, inv->start_ns == truth->start_ns, "the start");
    expect(told, inv->init_ns == truth->init_ns, "the init");
    expect(told, inv->init_start_ns == truth->init_start_ns, "the start of the init");
    expect(told, slice_equal(inv->init_phase, phase), "the phase of the init");
    if (truth->ended) { /* Without REPORT nobody knows when the init ended. */
        expect(told, inv->cold == truth->cold, "cold");
        expect(told, inv->proactive == truth->proactive, "proactive");
    }
    expect(told, stream_of(told, inv->source) == truth->stream, "the stream");
}

static void take_invocation(void *context, const struct stream_invocation *inv)
{
    struct told *told = context;
    if (told->mode == PIECES) {
        /* Attempts and starts are the reader's to settle: its REPORT is told once. */
        for (unsigned i = 0; i < told->world->invocation_count && inv->report_seen; i++) {
            struct world_invocation *truth = &told->world->invocations[i];
            if (same_id(&truth->id, &inv->request_id) && truth->ended &&
                truth->end_ns == inv->report_ns) {
                truth->told++;
                expect(told, inv->reported_ns == truth->reported_ns, "the duration");
            }
        }
        return;
    }
    struct world_invocation *truth = find(told, &inv->request_id, inv->attempt);
    expect(told, truth != NULL, "an invocation that there was");
    expect(told, inv->final, "final");
    if (truth != NULL) {
        told->at = (uint64_t)(truth - told->world->invocations);
        truth->told++;
        compare_facts(told, truth, inv);
    }
}

static void take_init(void *context, const struct stream_init *init)
{
    struct told *told = context;
    (void)init;
    told->inits++;
}

static void take_line(void *context, const struct stream_line *line)
{
    struct told *told = context;
    size_t at =
        slice_find(slice_take(line->event->message,
                              line->event->message.size < 128 ? line->event->message.size : 128),
                   SLICE("line "));
    if (slice_equal(line->source->stream, SLICE("filler"))) {
        return;
    }
    ENSURE(at != SLICE_NONE);
    struct slice digits = slice_skip(line->event->message, at + 5);
    size_t size = 0;
    while (size < digits.size && digits.base[size] >= '0' && digits.base[size] <= '9') {
        size++;
    }
    uint64_t number = 0;
    ENSURE(number_parse_u64(slice_take(digits, size), &number) == NUMBER_OK &&
           number < told->world->line_count);
    struct world_line *truth = &told->world->lines[number];
    truth->told++;
    told->at = number;
    if (told->mode == NAMELESS || (told->mode == PIECES && !line->has_request)) {
        return; /* The place tells little. */
    }
    if (told->mode == WINDOWS && truth->invocation >= 0 && truth->phase != NULL) {
        return; /* Its START may be too far away. */
    }
    expect(told, line->has_request == (truth->invocation >= 0), "whether a line is of a request");
    if (line->has_request && truth->invocation >= 0) {
        const struct world_invocation *owner = &told->world->invocations[truth->invocation];
        expect(told, same_id(&owner->id, &line->request_id), "whose a line is");
        expect(told, told->mode == PIECES || line->attempt == owner->attempt,
               "the attempt that a line is of");
    } else {
        expect(told, slice_equal(line->phase, slice_from(truth->phase)), "the phase of a line");
    }
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    (void)refusal;
    expect(context, false, "nothing is refused");
}

/* ---- Telling. ---- */

static void feed(struct merge *merge, const struct told *told, unsigned event)
{
    const struct world_event *source = &told->world->events[event];
    struct log_event one = {
        .group = SLICE("/aws/lambda/shop"),
        .stream =
            told->mode == NAMELESS ? SLICE_EMPTY : slice_from(told->world->streams[source->stream]),
        .time_ns = source->time_ns,
        .message = slice_from(source->text),
    };
    merge_event(merge, &one);
}

/* So much text of another stream that the window is emptied. */
static void feed_filler(struct merge *merge, const struct told *told, unsigned event)
{
    static char text[256 << 10];
    struct log_event filler = {
        .group = SLICE("/aws/lambda/shop"),
        .stream = SLICE("filler"),
        .time_ns = told->world->events[event].time_ns,
        .message = slice_of(memset(text, '.', sizeof(text)), sizeof(text)),
    };
    for (unsigned i = 0; i < 5; i++) {
        merge_event(merge, &filler);
    }
}

static void feed_shuffled(struct merge *merge, struct told *told)
{
    static unsigned order[WORLD_EVENTS_MAX];
    unsigned count = told->world->event_count;
    for (unsigned i = 0; i < count; i++) {
        order[i] = i;
    }
    for (unsigned i = count; i > 1; i--) {
        unsigned other = (unsigned)prng_below(&told->world->prng, i);
        unsigned swap = order[i - 1];
        order[i - 1] = order[other];
        order[other] = swap;
    }
    for (unsigned i = 0; i < count; i++) {
        feed(merge, told, order[i]);
    }
}

static void feed_all(struct merge *merge, struct told *told)
{
    unsigned count = told->world->event_count;
    for (unsigned i = 0; i < count; i++) {
        feed(merge, told, told->mode == DESCENDING ? count - 1 - i : i);
        /* A millisecond that is cut in two has lost what its rules stand on. */
        bool cut =
            i + 1 < count && told->world->events[i + 1].time_ns > told->world->events[i].time_ns;
        if (told->mode == PIECES && cut && prng_chance(&told->world->prng, 1, 10)) {
            merge_finish(merge);
        }
        if (told->mode == WINDOWS && cut && prng_chance(&told->world->prng, 1, 60)) {
            feed_filler(merge, told, i);
        }
    }
}

static void feed_by_stream(struct merge *merge, struct told *told)
{
    for (unsigned stream = 0; stream < told->world->stream_count; stream++) {
        for (unsigned i = 0; i < told->world->event_count; i++) {
            if (told->world->events[i].stream == stream) {
                feed(merge, told, i);
            }
        }
    }
}

static void tell(struct merge *merge, struct told *told)
{
    switch (told->mode) {
    case BY_STREAM:
        feed_by_stream(merge, told);
        break;
    case SHUFFLED:
        feed_shuffled(merge, told);
        break;
    case TWICE:
        feed_all(merge, told);
        feed_all(merge, told);
        break;
    case INTERLEAVED:
    case DESCENDING:
    case NAMELESS:
    case PIECES:
    case WINDOWS:
    case MODE_COUNT:
        feed_all(merge, told);
        break;
    }
    merge_finish(merge);
}

/* A merge is as new when it was finished: two of them serve for all. */
static struct merge *merge_of(struct told *told, enum mode mode)
{
    static struct merge *merges[2];
    struct stream_sink sink = {told, take_invocation, take_init, take_line, NULL, take_refused};
    struct merge_options options = {.piece = mode == PIECES};
    struct merge **merge = &merges[options.piece ? 1 : 0];
    if (*merge == NULL) {
        *merge = merge_create(&options, &sink);
        ENSURE(*merge != NULL);
    }
    return *merge;
}

static bool run(struct world *world, uint64_t seed, enum mode mode)
{
    static struct told told;
    told = (struct told){.world = world, .mode = mode};
    merge_world_make(world, seed);
    tell(merge_of(&told, mode), &told);
    for (unsigned i = 0; i < world->invocation_count; i++) {
        const struct world_invocation *truth = &world->invocations[i];
        told.at = i;
        expect(&told, truth->told == (mode == PIECES && !truth->ended ? 0 : 1),
               "an invocation is told once");
    }
    for (unsigned i = 0; i < world->line_count; i++) {
        told.at = i;
        expect(&told, world->lines[i].told == 1, "a line is told once");
    }
    expect(&told, mode == PIECES || mode == NAMELESS || told.inits == world->init_count,
           "inits are told once");
    if (told.wrong != NULL) {
        (void)fprintf(stderr, "merge_sim: seed %llu, %s: not so: %s (%llu)\n",
                      (unsigned long long)seed, mode_names[mode], told.wrong,
                      (unsigned long long)told.of);
    }
    return told.wrong == NULL;
}

static void print_world(const struct world *world)
{
    for (unsigned i = 0; i < world->event_count; i++) {
        const struct world_event *event = &world->events[i];
        (void)printf("%u %lld %.*s\n", event->stream,
                     (long long)((event->time_ns - WORLD_EPOCH_NS) / WORLD_MS),
                     (int)strcspn(event->text, "\n"), event->text);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (uint64_t i = 0; i < count; i++) {
        for (int mode = 0; mode < MODE_COUNT; mode++) {
            if (!run(&world, seed + i, (enum mode)mode)) {
                if (count == 1) {
                    print_world(&world);
                }
                return 1;
            }
        }
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on a disk that fails, driven by a seed: what was acknowledged is there after every
 * crash, once and in order.
 *
 *     store_sim                 many seeds, and every operation failing once
 *     store_sim --seed N        one seed, for a failure that was seen
 *     store_sim --seeds N       the seeds 1 to N
 */
#include "store_books.h"

#include "base/ensure.h"
#include "base/log.h"
#include "check/check.h"
#include "store/hold.h"
#include "store/store.h"
#include "store/store_limits.h"
#include "store/writer.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_DEFAULT 4000u

static uint64_t sim_now_ns;

/* Guides that were made. */
static uint64_t sim_merges;

static uint64_t sim_wall(void)
{
    return sim_now_ns;
}

/* --- Appending. --- */

struct sim_append {
    struct sim *sim;
    uint32_t number;
    struct sim_append *next;
    unsigned char memory[STORE_BODY_MAX];
    max_align_t records[64];
    struct batch batch;
};

static void sim_done(void *context, enum status status)
{
    struct sim_append *append = context;
    struct sim *sim = append->sim;
    struct body_state *body = &sim->bodies[append->number];
    switch (status) {
    case STATUS_OK:
        CHECK(sim, body->fate != FATE_ACKED);
        CHECK(sim, body->shown == 1);
        body->fate = FATE_ACKED;
        break;
    case STATUS_EXISTS:
        /* Only of what is there. */
        CHECK(sim, body->shown == 1);
        body->fate = FATE_ACKED;
        break;
    case STATUS_IO:
    case STATUS_FULL:
        if (body->fate == FATE_OPEN) {
            body->fate = FATE_UNKNOWN;
        }
        break;
    case STATUS_AGAIN:
    case STATUS_BAD:
    case STATUS_DENIED:
    case STATUS_NOT_FOUND:
    case STATUS_CLOSED:
    case STATUS_TIMEOUT:
        CHECK(sim, false);
    }
    free(append);
}

static void sim_append(struct sim *sim, uint32_t number)
{
    struct sim_append *append = calloc(1, sizeof(*append));
    ENSURE(append != NULL);
    append->sim = sim;
    append->number = number;
    struct body_state *body = &sim->bodies[number];
    struct frame frame = {
        .signal = (enum signal)(number % 3),
        .arrival_ns = sim->now_ns,
        .body = books_body(sim, number, append->memory),
    };
    if (body->fate != FATE_ACKED) {
        body->fate = FATE_OPEN;
    }
    /* Most bodies come with what they were decoded to, or all that decode: then logs are sealed
     * without being read. */
    struct arena arena;
    arena_init(&arena, append->records, sizeof(append->records));
    append->batch = (struct batch){.signal = SIGNAL_METRICS, .point_count = 1};
    bool decoded = (sim->seed % 2 == 1 || number % 4 != 0) &&
                   (frame.signal == SIGNAL_METRICS ||
                    store_body_decode(frame.signal, frame.body, &arena, &append->batch));
    store_append(sim->store, &frame, decoded ? &append->batch : NULL, sim_done, append);
}

/* A new body, or one again: a sender that was not answered, or whose answer was lost, repeats. */
static void sim_append_any(struct sim *sim)
{
    uint32_t number = sim->body_count;
    if (sim->body_count > 0 && prng_chance(&sim->prng, 1, 3)) {
        number = (uint32_t)prng_below(&sim->prng, sim->body_count);
        if (sim->bodies[number].gone || sim->bodies[number].fate == FATE_OPEN) {
            return;
        }
    } else if (sim->body_count == BODIES_MAX) {
        return;
    } else {
        uint64_t most = prng_chance(&sim->prng, 1, 10) ? STORE_BODY_MAX : 300;
        sim->bodies[number].size = (uint32_t)prng_between(&sim->prng, sizeof(number), most);
        sim->body_count++;
    }
    sim_append(sim, number);
}

/* --- Opening and checking. --- */

/*
 * Retention whose commit failed may have happened all the same: then its segment is gone at the
 * next start, and nobody was told.
 */
static void sim_note_dropped(struct sim *sim)
{
    unsigned char memory[64];
    struct arena arena;
    struct slice value;
    uint32_t first = 0;
    arena_init(&arena, memory, sizeof(memory));
    if (sim->disk.catalog.get(&sim->disk, SLICE("first"), &arena, &value) == STATUS_OK) {
        memcpy(&first, value.base, sizeof(first));
    }
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].order > 0 && sim->bodies[i].segment < first) {
            sim->bodies[i].gone = true;
        }
    }
}

static bool sim_open(struct sim *sim)
{
    char error[256];
    struct store_parts parts = {
        .disk = &sim->disk.disk,
        .catalog = &sim->disk.catalog,
        .wall_ns = sim_wall,
        .dedupe_count = 4096,
        .key = {{prng_next(&sim->prng), prng_next(&sim->prng)}},
    };
    struct store_observer observer = {
        .context = sim,
        .apply = books_apply,
        .forget = books_forget,
        .save = books_save,
        .load = books_load,
    };
    prng_fill(&sim->prng, parts.id, sizeof(parts.id));
    for (uint32_t i = 0; i < sim->body_count; i++) {
        sim->bodies[i].shown = 0;
        sim->bodies[i].forgotten = false;
    }
    sim->order_last = 0;
    sim_now_ns = sim->now_ns;
    uint64_t chance = sim->disk.fail_chance_per_1000;
    sim->disk.fail_chance_per_1000 = 0;
    sim_note_dropped(sim);
    sim->disk.fail_chance_per_1000 = chance;
    enum status status =
        store_open_parts(&sim->store, &parts, &sim->options, &observer, error, sizeof(error));
    if (status != STATUS_OK) {
        CHECK(sim, sim->disk.failed);
        CHECK(sim, sim->disk.open_count == 0);
        return false;
    }
    return true;
}

struct sim_seen {
    struct slice wanted;
    unsigned count;
};

static void sim_see_body(void *context, struct slice body)
{
    struct sim_seen *seen = context;
    seen->count += slice_equal(body, seen->wanted) ? 1 : 0;
}

static bool sim_see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    (void)arrival_ns;
    store_body_each(batch, sim_see_body, context);
    return true;
}

/* A body is found and read, once.  What does not decode is found as long as its log is there. */
static void sim_check_body(struct sim *sim, struct store_hold *hold, uint32_t number)
{
    static unsigned char memory[1 << 18];
    unsigned char wanted[STORE_BODY_MAX];
    struct sim_seen seen = {.wanted = books_body(sim, number, wanted)};
    struct id16 ids[2] = {store_body_id(number), store_body_id(number)};
    struct frame_ref refs[2];
    bool plain = number % 3 == SIGNAL_METRICS || STORE_BODY_BAD(number);
    size_t found = store_find(hold, ids, 2, refs, 2);
    CHECK(sim, store_knows(sim->store, ids[0]));
    CHECK(sim, found == 1 || (plain && found == 0));
    if (plain) {
        return;
    }
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    CHECK(sim, store_load(hold, refs[0], ids, 1, &arena, sim_see, &seen) == STATUS_OK);
    CHECK(sim, seen.count == 1);
}

/* What a scan has shown of each body. */
struct sim_scanned {
    struct sim *sim;
    uint8_t times[BODIES_MAX];
    uint64_t earliest_ns, latest_ns; /* In the present piece. */
};

static void sim_scan_body(void *context, struct slice body)
{
    struct sim_scanned *scanned = context;
    uint32_t number;
    memcpy(&number, body.base, sizeof(number));
    CHECK(scanned->sim, number < scanned->sim->body_count);
    CHECK(scanned->sim, scanned->times[number]++ == 0);
    uint64_t time_ns = store_body_time(number);
    scanned->earliest_ns = time_ns < scanned->earliest_ns ? time_ns : scanned->earliest_ns;
    scanned->latest_ns = time_ns > scanned->latest_ns ? time_ns : scanned->latest_ns;
}

static bool sim_scan_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    (void)arrival_ns;
    store_body_each(batch, sim_scan_body, context);
    return true;
}

/* All of it is shown by a scan, once, piece by piece, newest first. */
static void sim_check_scan(struct sim *sim)
{
    static struct sim_scanned scanned;
    scanned = (struct sim_scanned){.sim = sim};
    struct store_span span = {.to_ns = UINT64_MAX};
    while (span.to_ns > 0) {
        uint64_t reached_ns;
        struct store_hold *hold = store_hold(sim->store);
        CHECK(sim, hold != NULL);
        span.records_max = prng_below(&sim->prng, 200);
        scanned.earliest_ns = UINT64_MAX;
        scanned.latest_ns = 0;
        CHECK(sim, store_scan(hold, span, sim_scan_batch, &scanned, &reached_ns) == STATUS_OK);
        store_release(hold);
        CHECK(sim, reached_ns < span.to_ns);
        CHECK(sim, scanned.earliest_ns >= reached_ns);
        CHECK(sim, scanned.latest_ns < span.to_ns || span.to_ns == UINT64_MAX);
        span.to_ns = reached_ns;
    }
    for (uint32_t i = 0; i < sim->body_count; i++) {
        const struct body_state *body = &sim->bodies[i];
        bool record = i % 3 != SIGNAL_METRICS && !STORE_BODY_BAD(i);
        bool there = !body->gone && (body->fate == FATE_ACKED || body->shown > 0);
        CHECK(sim, scanned.times[i] == (there && record ? 1 : 0));
    }
}

/* Nothing that was acknowledged is missing. */
static void sim_check(struct sim *sim)
{
    struct store_hold *hold = store_hold(sim->store);
    CHECK(sim, hold != NULL);
    for (uint32_t i = 0; i < sim->body_count; i++) {
        struct body_state *body = &sim->bodies[i];
        CHECK(sim, !body->gone || body->shown == 0 || body->forgotten);
        if (!body->gone && (body->fate == FATE_ACKED || body->shown > 0)) {
            /* Also what nobody was told of: what is known of it is in the store. */
            CHECK(sim, body->shown == 1);
            sim_check_body(sim, hold, i);
        }
    }
    store_release(hold);
    sim_check_scan(sim);
    struct store_stats stats;
    store_stats(sim->store, &stats);
    sim_merges += stats.merges;
}

/* What a store leaves behind is good in every byte. */
static void sim_tell(void *context, const struct check_finding *finding)
{
    (void)context;
    if (finding->grade != CHECK_NOTE) {
        (void)fprintf(stderr, "store_sim: %s at %llu: %s\n", finding->file,
                      (unsigned long long)finding->offset, finding->what);
    }
}

static void sim_tell_segment(void *context, const struct check_segment *segment)
{
    (void)context;
    (void)segment;
}

static void sim_check_bytes(struct sim *sim)
{
    static const struct check_sink sink = {.finding = sim_tell, .segment = sim_tell_segment};
    const struct check_options options = {
        .disk = &sim->disk.disk, .catalog = &sim->disk.catalog, .decode = store_body_decode};
    struct check_totals totals;
    CHECK(sim, check_run(&options, &sink, &totals) == STATUS_OK);
    CHECK(sim, check_verdict(&totals) == CHECK_GOOD);
}

/* The process is gone: the store's memory is given back without it touching the disk. */
static void sim_crash(struct sim *sim, bool power)
{
    struct sim_disk *disk = &sim->disk;
    /* From now on the disk refuses everything, so closing changes nothing. */
    if (power) {
        sim_disk_power_cut(disk);
    }
    disk->fail_at = 0;
    disk->fail_chance_per_1000 = 1000;
    /* The store closes the file that it has open. */
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].fate == FATE_OPEN) {
            sim->bodies[i].fate = FATE_UNKNOWN;
        }
    }
}

static void sim_end_epoch(struct sim *sim)
{
    uint64_t how = prng_below(&sim->prng, 4);
    sim->disk.fail_at = 0;
    if (how == 0) {
        sim->disk.fail_chance_per_1000 = 0;
        store_close(sim->store);
    } else {
        /* Close with a disk that refuses all: what waits is not written, as if the process died. */
        sim_crash(sim, false);
        store_close(sim->store);
        if (how != 1) {
            sim_disk_power_cut(&sim->disk);
        }
    }
    sim->store = NULL;
    CHECK(sim, sim->disk.open_count == 0);
    sim->disk.fail_chance_per_1000 = 0;
}

static void sim_options(struct sim *sim)
{
    sim->seals = prng_chance(&sim->prng, 3, 4);
    sim->options = (struct store_options){
        .path = SLICE("simulated"),
        .decode = store_body_decode,
        .segment_bytes_max = prng_between(&sim->prng, STORE_SEGMENT_SIZE_MIN, 16384),
        .pending_bytes_max = 1 << 20,
        .save_bytes = prng_chance(&sim->prng, 3, 4) ? prng_between(&sim->prng, 1, 30000) : 0,
        .guide_fan_in = (uint32_t)prng_between(&sim->prng, 2, 4),
    };
    if (prng_chance(&sim->prng, 1, 3)) {
        sim->options.retention_bytes_max = prng_between(&sim->prng, 8192, 65536);
    }
}

static void sim_steps(struct sim *sim)
{
    uint64_t steps = prng_between(&sim->prng, 1, 25);
    for (uint64_t step = 0; step < steps; step++) {
        uint64_t group = prng_below(&sim->prng, 6);
        for (uint64_t i = 0; i < group; i++) {
            sim_append_any(sim);
        }
        sim->now_ns += prng_below(&sim->prng, 1000000);
        sim_now_ns = sim->now_ns;
        (void)store_step(sim->store);
        /* A full disk now and then, which has room again later. */
        sim->disk.free_bytes = prng_chance(&sim->prng, 1, 40) ? 1 : UINT64_C(1) << 40;
        if (sim->seals && prng_chance(&sim->prng, 1, 3)) {
            /* Now and then a minute passes: logs that are sealed go. */
            sim->now_ns += prng_chance(&sim->prng, 1, 4) ? STORE_LOG_GRACE_NS : 0;
            sim_now_ns = sim->now_ns;
            store_seal(sim->store);
        }
    }
    sim->disk.free_bytes = UINT64_C(1) << 40;
}

static void sim_seed(uint64_t seed)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    ENSURE(sim != NULL);
    sim->seed = seed;
    sim->now_ns = UINT64_C(1800000000) * 1000000000;
    prng_init(&sim->prng, seed);
    sim_disk_init(&sim->disk, seed * 31 + 7);
    uint64_t epochs = prng_between(&sim->prng, 2, 6);
    for (uint64_t epoch = 0; epoch < epochs; epoch++) {
        sim_options(sim);
        uint64_t chance = prng_chance(&sim->prng, 1, 2) ? prng_below(&sim->prng, 30) : 0;
        sim->disk.fail_with_full = prng_chance(&sim->prng, 1, 2);
        /* Sometimes the disk fails while recovering: that changes nothing for the next try. */
        sim->disk.failed = false;
        sim->disk.fail_chance_per_1000 = prng_chance(&sim->prng, 1, 4) ? chance : 0;
        bool opened = sim_open(sim);
        sim->disk.fail_chance_per_1000 = 0;
        if (opened && sim->disk.failed) {
            /* A refused read hides frames until the next start; it must not cost any. */
            store_close(sim->store);
            opened = false;
        }
        if (!opened) {
            if (prng_chance(&sim->prng, 1, 2)) {
                sim_disk_power_cut(&sim->disk);
            }
            opened = sim_open(sim);
        }
        CHECK(sim, opened);
        sim_check(sim);
        sim->disk.fail_chance_per_1000 = chance;
        sim_steps(sim);
        sim->disk.fail_chance_per_1000 = 0;
        sim_check(sim);
        sim_end_epoch(sim);
    }
    bool opened = sim_open(sim);
    CHECK(sim, opened);
    sim_check(sim);
    store_close(sim->store);
    sim_check_bytes(sim);
    sim_disk_fini(&sim->disk);
    free(sim);
}

/* --- Every operation fails once. --- */

/* One life of a store; the answer is whether it opened. */
static bool sim_short_life(struct sim *sim)
{
    if (!sim_open(sim)) {
        return false;
    }
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned i = 0; i < 3; i++) {
            if (sim->body_count < BODIES_MAX) {
                sim->bodies[sim->body_count].size = 900;
                sim->body_count++;
                sim_append(sim, sim->body_count - 1);
            }
        }
        sim->now_ns += 1000;
        sim_now_ns = sim->now_ns;
        (void)store_step(sim->store);
        sim->now_ns += STORE_LOG_GRACE_NS;
        sim_now_ns = sim->now_ns;
        store_seal(sim->store);
    }
    return true;
}

static bool sim_fail_nth(uint64_t nth, bool full)
{
    struct sim *sim = calloc(1, sizeof(*sim));
    ENSURE(sim != NULL);
    sim->seed = nth;
    sim->now_ns = UINT64_C(1800000000) * 1000000000;
    prng_init(&sim->prng, nth);
    sim_disk_init(&sim->disk, nth);
    sim->options = (struct store_options){
        .path = SLICE("simulated"),
        .decode = store_body_decode,
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .retention_bytes_max = 3 * STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
        .save_bytes = 3000,
        .guide_fan_in = 2,
    };
    sim->disk.fail_with_full = full;
    /* A first life without failures, so that recovery has something to do in the second. */
    bool opened = sim_short_life(sim);
    CHECK(sim, opened);
    store_close(sim->store);
    sim->disk.fail_at = sim->disk.calls + nth;
    opened = sim_short_life(sim);
    bool fired = sim->disk.failed;
    sim->disk.fail_at = 0;
    if (opened) {
        /* It heals by itself: the next append is kept. */
        uint32_t number = sim->body_count++;
        sim->bodies[number].size = 100;
        sim_append(sim, number);
        (void)store_step(sim->store);
        CHECK(sim, sim->bodies[number].fate == FATE_ACKED);
        store_close(sim->store);
    }
    CHECK(sim, sim->disk.open_count == 0);
    sim_disk_power_cut(&sim->disk);
    opened = sim_open(sim);
    CHECK(sim, opened);
    sim_check(sim);
    store_close(sim->store);
    sim_check_bytes(sim);
    sim_disk_fini(&sim->disk);
    free(sim);
    return fired;
}

int main(int argc, char **argv)
{
    uint64_t from = 1;
    uint64_t to = SEEDS_DEFAULT;
    bool one = false;
    log_set_level(argc == 3 && strcmp(argv[1], "--seed") == 0 ? LOG_DEBUG : LOG_OFF);
    if (argc == 3 && strcmp(argv[1], "--seed") == 0) {
        from = to = strtoull(argv[2], NULL, 10);
        one = true;
    } else if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        to = strtoull(argv[2], NULL, 10);
    } else if (argc != 1) {
        (void)fprintf(stderr, "store_sim [--seed N | --seeds N]\n");
        return 2;
    }
    for (uint64_t seed = from; seed <= to; seed++) {
        sim_seed(seed);
    }
    /* Seeds beyond the usual ones that found something once. */
    static const uint64_t regressions[] = {4463};
    for (size_t i = 0; argc == 1 && i < sizeof(regressions) / sizeof(regressions[0]); i++) {
        sim_seed(regressions[i]);
    }
    uint64_t nth = 0;
    bool fired = !one;
    while (fired) {
        nth++;
        bool as_error = sim_fail_nth(nth, false);
        bool as_full = sim_fail_nth(nth, true);
        fired = as_error || as_full;
    }
    (void)printf("store_sim: seeds %llu to %llu, and each of %llu operations failing; %llu times "
                 "what was saved was loaded, %llu times ids were merged\n",
                 (unsigned long long)from, (unsigned long long)to, (unsigned long long)nth,
                 (unsigned long long)books_loads, (unsigned long long)sim_merges);
    return 0;
}

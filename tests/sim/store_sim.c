/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on a disk that fails, driven by a seed: what was acknowledged is there after every
 * crash, once and in order.
 *
 *     store_sim                 many seeds, and every operation failing once
 *     store_sim --seed N        one seed, for a failure that was seen
 *     store_sim --seeds N       the seeds 1 to N
 */
#include "store_disk.h"

#include "base/ensure.h"
#include "base/log.h"
#include "store/store.h"
#include "store/store_limits.h"
#include "store/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODIES_MAX    2048u
#define SEEDS_DEFAULT 4000u
#define BODY_SIZE_MAX 3000u

enum fate {
    FATE_NONE,
    FATE_OPEN,    /* Appended, not answered. */
    FATE_UNKNOWN, /* Refused or lost in a crash: it may be there or not. */
    FATE_ACKED,
};

struct body_state {
    enum fate fate;
    uint32_t size;
    uint32_t segment; /* Where it was shown last. */
    uint64_t order;   /* Of the first time that it was shown after it was kept; 0: never. */
    uint32_t shown;   /* Times since the store was opened. */
    bool gone;        /* Retention took it, */
    bool forgotten;   /* and the observer was told. */
};

struct sim {
    struct sim_disk disk;
    struct prng prng;
    struct store *store;
    struct body_state bodies[BODIES_MAX];
    uint32_t body_count;
    uint64_t order_last; /* Greatest order shown since the store was opened. */
    uint64_t order_next;
    uint64_t now_ns;
    uint64_t seed;
    struct store_options options;
};

static uint64_t sim_now_ns;

/* Starts that began with what was saved. */
static uint64_t sim_loads;

static uint64_t sim_wall(void)
{
    return sim_now_ns;
}

#define CHECK(sim, condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "store_sim: seed %llu: %s (line %d)\n",                          \
                          (unsigned long long)(sim)->seed, #condition, __LINE__);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The bytes of a body follow from its number: some compress well, some not at all. */
static struct slice sim_body(const struct sim *sim, uint32_t number, unsigned char *memory)
{
    struct prng prng;
    uint32_t size = sim->bodies[number].size;
    prng_init(&prng, number);
    if (number % 3 == 0) {
        memset(memory, 'x', size);
    } else {
        prng_fill(&prng, memory, size);
    }
    memcpy(memory, &number, sizeof(number));
    return slice_of(memory, size);
}

static struct id16 sim_id(uint32_t number)
{
    struct id16 id = {{0}};
    memcpy(id.bytes, &number, sizeof(number));
    id.bytes[15] = 1;
    return id;
}

/* --- The observer: it keeps the books. --- */

static void sim_apply(void *context, struct store *store, const struct frame *frame,
                      const struct batch *batch, struct frame_ref ref)
{
    struct sim *sim = context;
    unsigned char memory[BODY_SIZE_MAX];
    uint32_t number;
    (void)batch;
    CHECK(sim, frame->body.size >= sizeof(number));
    memcpy(&number, frame->body.base, sizeof(number));
    CHECK(sim, number < sim->body_count);
    CHECK(sim, slice_equal(frame->body, sim_body(sim, number, memory)));
    struct body_state *body = &sim->bodies[number];
    CHECK(sim, !body->gone);
    CHECK(sim, body->fate != FATE_NONE);
    body->shown++;
    CHECK(sim, body->shown == 1);
    if (body->order == 0) {
        body->order = ++sim->order_next;
    }
    CHECK(sim, body->order > sim->order_last);
    sim->order_last = body->order;
    body->segment = ref.segment;
    store_note(store, sim_id(number), ref);
    store_note(store, sim_id(number), ref);
}

static void sim_forget(void *context, uint32_t segment_last)
{
    struct sim *sim = context;
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].shown > 0 && sim->bodies[i].segment <= segment_last) {
            sim->bodies[i].gone = sim->bodies[i].forgotten = true;
        }
    }
}

/* What was shown: each body and its segment, in order. */
struct sim_told {
    uint64_t order;
    uint32_t number, segment;
};

static int sim_compare_told(const void *one, const void *other)
{
    const struct sim_told *a = one;
    const struct sim_told *b = other;
    return a->order < b->order ? -1 : a->order > b->order;
}

static enum status sim_save(void *context, store_sink *sink, void *sink_context)
{
    struct sim *sim = context;
    struct sim_told told[BODIES_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < sim->body_count; i++) {
        if (sim->bodies[i].shown > 0 && !sim->bodies[i].forgotten) {
            told[count++] = (struct sim_told){sim->bodies[i].order, i, sim->bodies[i].segment};
        }
    }
    qsort(told, count, sizeof(told[0]), sim_compare_told);
    /* In two pieces. */
    size_t half = count / 2 * sizeof(told[0]);
    struct slice all = slice_of(told, count * sizeof(told[0]));
    bool good = (half == 0 || sink(sink_context, slice_take(all, half))) &&
                sink(sink_context, slice_skip(all, half));
    return good ? STATUS_OK : STATUS_IO;
}

static enum status sim_load(void *context, struct slice bytes, const char **reason)
{
    struct sim *sim = context;
    CHECK(sim, bytes.size % sizeof(struct sim_told) == 0);
    CHECK(sim, sim->order_last == 0);
    *reason = "it is not wanted";
    if (prng_chance(&sim->prng, 1, 10)) {
        return STATUS_BAD;
    }
    for (size_t at = 0; at < bytes.size; at += sizeof(struct sim_told)) {
        struct sim_told told;
        memcpy(&told, bytes.base + at, sizeof(told));
        CHECK(sim, told.number < sim->body_count);
        struct body_state *body = &sim->bodies[told.number];
        body->shown++;
        body->segment = told.segment;
        CHECK(sim, body->shown == 1 && body->order == told.order);
        CHECK(sim, body->order > sim->order_last);
        sim->order_last = body->order;
    }
    sim_loads++;
    return STATUS_OK;
}

/* --- Appending. --- */

struct sim_append {
    struct sim *sim;
    uint32_t number;
    struct sim_append *next;
    unsigned char memory[BODY_SIZE_MAX];
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
        .body = sim_body(sim, number, append->memory),
    };
    if (body->fate != FATE_ACKED) {
        body->fate = FATE_OPEN;
    }
    store_append(sim->store, &frame, NULL, sim_done, append);
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
        uint64_t most = prng_chance(&sim->prng, 1, 10) ? BODY_SIZE_MAX : 300;
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
        .apply = sim_apply,
        .forget = sim_forget,
        .save = sim_save,
        .load = sim_load,
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

/* Nothing that was acknowledged is missing, and each is found and read. */
static void sim_check(struct sim *sim)
{
    static unsigned char memory[1 << 16];
    unsigned char wanted[BODY_SIZE_MAX];
    for (uint32_t i = 0; i < sim->body_count; i++) {
        struct body_state *body = &sim->bodies[i];
        CHECK(sim, !body->gone || body->shown == 0 || body->forgotten);
        if (body->gone || (body->fate != FATE_ACKED && body->shown == 0)) {
            continue;
        }
        /* Also what nobody was told of: what is known of it is in the log. */
        CHECK(sim, body->shown == 1);
        struct id16 ids[2] = {sim_id(i), sim_id(i)};
        struct frame_ref refs[2];
        CHECK(sim, store_find(sim->store, ids, 2, refs, 2) == 1);
        struct arena arena;
        struct frame frame;
        arena_init(&arena, memory, sizeof(memory));
        CHECK(sim, store_read(sim->store, refs[0], &arena, &frame) == STATUS_OK);
        CHECK(sim, slice_equal(frame.body, sim_body(sim, i, wanted)));
        CHECK(sim, frame.signal == (enum signal)(i % 3));
    }
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
    sim->options = (struct store_options){
        .path = SLICE("simulated"),
        .segment_bytes_max = prng_between(&sim->prng, STORE_SEGMENT_SIZE_MIN, 16384),
        .pending_bytes_max = 1 << 20,
        .save_bytes = prng_chance(&sim->prng, 3, 4) ? prng_between(&sim->prng, 1, 30000) : 0,
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
        .segment_bytes_max = STORE_SEGMENT_SIZE_MIN,
        .retention_bytes_max = 3 * STORE_SEGMENT_SIZE_MIN,
        .pending_bytes_max = 1 << 20,
        .save_bytes = 3000,
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
                 "what was saved was loaded\n",
                 (unsigned long long)from, (unsigned long long)to, (unsigned long long)nth,
                 (unsigned long long)sim_loads);
    return 0;
}

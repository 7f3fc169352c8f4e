/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_sim [SEED [COUNT]]: worlds made from seeds are told to two views, while time passes,
 * segments go and tables overflow.  One of them is saved and loaded again at any moment, and goes
 * on: it must stay the same as the one that was not, byte for byte of what is saved.
 */
#include "digest.h"
#include "view_world.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "model/snapshot.h"
#include "model/view_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAVED_SIZE_MAX ((size_t)64 << 20)
#define SEGMENT_EVERY  6 /* Frames. */

static const struct hash_key key = {{5, 6}};

/* How much fits into the views of a seed; 0: as much as ever. */
struct sizes {
    uint32_t invocations, ids, functions, instances, rollups, lines, left;
};

struct sim {
    struct prng prng;
    uint64_t seed;
    struct sizes sizes;
    struct view *views[2]; /* The one that goes on, and the one that is saved and loaded. */
    uint64_t frames, now_ns, loads;
    uint32_t segment;
};

static void failed(const struct sim *sim, const char *what)
{
    (void)fprintf(stderr, "snapshot_sim: seed %llu, frame %llu: %s\n",
                  (unsigned long long)sim->seed, (unsigned long long)sim->frames, what);
    exit(1);
}

static struct view *create(const struct sizes *sizes)
{
    struct view *view = view_create(&key);
    ENSURE(view != NULL);
    if (sizes->invocations > 0) {
        view_limit(view, sizes->invocations, sizes->ids);
        view_limit_rows(view, sizes->functions, sizes->instances, sizes->rollups);
    }
    if (sizes->lines > 0) {
        view->lines.count_max = sizes->lines;
        view->left.count_max = sizes->left;
    }
    return view;
}

/* ---- Saving, loading, comparing. ---- */

static bool take(void *context, struct slice bytes)
{
    ENSURE(bytes.size > 0 && bytes.size <= VIEW_SAVE_PIECE_SIZE);
    buf_append(context, bytes);
    return true;
}

static void save(const struct view *view, struct buf *saved)
{
    buf_init_growing(saved, SAVED_SIZE_MAX);
    ENSURE(view_save(view, take, saved) == STATUS_OK);
    ENSURE(!buf_overflowed(saved));
}

static struct view *load(const struct sim *sim, const struct buf *saved)
{
    const char *reason;
    struct view *view = create(&sim->sizes);
    if (view_load(view, buf_bytes(saved), &reason) != STATUS_OK) {
        failed(sim, reason);
    }
    return view;
}

static bool same_prints(const struct repeats_set *one, const struct repeats_set *other)
{
    const struct repeats look = {.young = *other};
    for (size_t i = 0; i < one->capacity; i++) {
        if (one->slots[i] != 0 && !repeats_holds(&look, one->slots[i])) {
            return false;
        }
    }
    return one->count == other->count;
}

static bool same_repeats(const struct repeats *one, const struct repeats *other)
{
    return one->turns == other->turns && same_prints(&one->young, &other->young) &&
           same_prints(&one->old, &other->old);
}

/* What was seen lately stands in any order; all before that in one. */
static size_t ordered_size(const struct view *view, const struct buf *saved)
{
    size_t prints = view->lines.young.count + view->lines.old.count + view->left.young.count +
                    view->left.old.count;
    return saved->size - prints * sizeof(uint64_t);
}

static void compare(const struct sim *sim)
{
    struct buf saved[2];
    const struct view *one = sim->views[0];
    const struct view *other = sim->views[1];
    save(one, &saved[0]);
    save(other, &saved[1]);
    size_t size = ordered_size(one, &saved[0]);
    /* The counts of prints are the last bytes before them: a few of those are not compared. */
    size_t compared = size > 32 ? size - 32 : 0;
    if (saved[0].size != saved[1].size || memcmp(saved[0].base, saved[1].base, compared) != 0) {
        failed(sim, "two views");
    }
    if (!same_repeats(&one->lines, &other->lines) || !same_repeats(&one->left, &other->left)) {
        failed(sim, "two memories");
    }
    buf_fini(&saved[0]);
    buf_fini(&saved[1]);
}

static void reload(struct sim *sim)
{
    struct buf saved;
    save(sim->views[1], &saved);
    view_free(sim->views[1]);
    sim->views[1] = load(sim, &saved);
    buf_fini(&saved);
    sim->loads++;
    compare(sim);
}

/* ---- What happens to both. ---- */

static void pass_time(struct sim *sim)
{
    sim->now_ns += prng_below(&sim->prng, 400) * (uint64_t)SECOND_NS;
    for (unsigned i = 0; i < 2; i++) {
        view_tick(sim->views[i], sim->now_ns);
    }
}

static void forget(struct sim *sim)
{
    uint32_t last = (uint32_t)prng_below(&sim->prng, sim->segment);
    for (unsigned i = 0; i < 2; i++) {
        view_forget(sim->views[i], last);
    }
}

static void visit(void *context, struct build *build)
{
    struct sim *sim = context;
    sim->segment = 1 + (uint32_t)(sim->frames / SEGMENT_EVERY);
    struct view_frame frame = {.segment = sim->segment, .arrival_ns = sim->now_ns};
    for (unsigned i = 0; i < 2; i++) {
        view_apply(sim->views[i], &frame, build_batch(build));
    }
    build_free(build);
    sim->frames++;
    sim->now_ns += prng_below(&sim->prng, 20) * (uint64_t)SECOND_NS;
    if (prng_chance(&sim->prng, 1, 8)) {
        reload(sim);
    }
    if (prng_chance(&sim->prng, 1, 12)) {
        pass_time(sim);
    }
    if (prng_chance(&sim->prng, 1, 40)) {
        forget(sim);
    }
}

static void choose_sizes(struct sim *sim)
{
    sim->sizes = (struct sizes){.invocations = 0};
    if (prng_chance(&sim->prng, 1, 2)) {
        sim->sizes = (struct sizes){
            .invocations = (uint32_t)prng_between(&sim->prng, 16, 64),
            .ids = (uint32_t)prng_between(&sim->prng, 48, 200),
            .functions = (uint32_t)prng_between(&sim->prng, 2, 8),
            .instances = (uint32_t)prng_between(&sim->prng, 3, 8),
            .rollups = (uint32_t)prng_between(&sim->prng, 8, 64),
            .lines = (uint32_t)prng_between(&sim->prng, 4, 64),
            .left = (uint32_t)prng_between(&sim->prng, 2, 32),
        };
    }
}

static void run_seed(struct sim *sim, struct world *world, uint64_t seed)
{
    *sim = (struct sim){.seed = seed, .now_ns = (uint64_t)(BUILD_T0 + 300 * SECOND_NS)};
    prng_init(&sim->prng, seed * 7919 + 3);
    view_world_make(world, seed);
    choose_sizes(sim);
    for (unsigned i = 0; i < 2; i++) {
        sim->views[i] = create(&sim->sizes);
    }
    reload(sim); /* A view that has nothing. */
    view_world_batches(world, (enum teller)(seed % 3), seed, visit, sim);
    pass_time(sim);
    compare(sim);
    char *digests[2] = {digest_create(sim->views[0]), digest_create(sim->views[1])};
    if (strcmp(digests[0], digests[1]) != 0) {
        (void)fprintf(stderr, "%s\n%s\n", digests[0], digests[1]);
        failed(sim, "two digests");
    }
    for (unsigned i = 0; i < 2; i++) {
        free(digests[i]);
        view_free(sim->views[i]);
    }
}

int main(int argc, char **argv)
{
    static struct world world;
    struct sim sim;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t loads = 0;
    for (uint64_t i = 0; i < count; i++) {
        run_seed(&sim, &world, seed + i);
        loads += sim.loads;
    }
    (void)printf("snapshot_sim: %llu seeds, %llu times loaded\n", (unsigned long long)count,
                 (unsigned long long)loads);
    return 0;
}

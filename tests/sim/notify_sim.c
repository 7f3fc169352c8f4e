/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People are told: alerts come and go, receivers fail, refuse and hang, plans change, and the
 * collector is killed at any moment.  What must hold, by the receivers' own accounts:
 *
 *  1. Who is told of each alert by itself is told of each of its changes at most once, and twice
 *     only where a kill fell between the answer and its saving.
 *  2. A message is sent again only if it was not taken, or in that same case.
 *  3. When everything is quiet, everybody knows what is so, unless a receiver refused to hear it.
 *  4. A group that is over before it is due is never told of.
 *
 *     notify_sim SEED COUNT
 */
#include "notify/notify_private.h"
#include "notify/notify_state.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND      UINT64_C(1000000000)
#define START_NS    (UINT64_C(1795392000) * SECOND)
#define ALERT_COUNT 12
#define STEP_COUNT  200
#define HEARD_MAX   4096

enum { TARGET_EACH, TARGET_GROUP, TARGET_AGAIN, TARGET_COUNT };

/* What the evaluator knows, which is never lost. */
struct truth {
    uint64_t fired_ns; /* 0: never. */
    uint64_t ends_ns;  /* 0: it fires. */
};

/* What one receiver has heard of an alert. */
struct heard {
    uint64_t fired_ns;
    bool resolved;
};

struct change {
    unsigned target, alert;
    uint64_t fired_ns;
    bool resolved;
};

struct world {
    struct prng prng;
    uint64_t now_ns;
    struct truth truths[ALERT_COUNT];
    struct heard heard[TARGET_COUNT][ALERT_COUNT];
    bool deaf[TARGET_COUNT]; /* It has refused something. */
    struct change changes[HEARD_MAX];
    size_t change_count;
    uint64_t numbers[HEARD_MAX]; /* Of messages that were taken. */
    size_t number_count;
    uint64_t excused[HEARD_MAX]; /* Messages that a kill left open: they may come twice. */
    size_t excused_count;
    bool receivers_fail;
    uint64_t open; /* The message that was taken, which is not saved yet; 0: none. */
    bool dirty;    /* There is something to be saved. */
    struct notify_book book;
    struct buf disk;
    struct notify_plan *plan;
};

/* ---- The plan. ---- */

static const struct slice by_name[] = {SLICE_INIT("alertname")};

static struct notify_plan *make_plan(struct prng *prng)
{
    static const uint64_t repeats[TARGET_COUNT] = {0, 4 * 3600 * SECOND, 60 * SECOND};
    struct notify_plan *plan = notify_plan_create();
    ENSURE(plan != NULL);
    struct notify_target *targets = arena_alloc_array(&plan->arena, TARGET_COUNT, sizeof(*targets));
    struct notify_route *routes = arena_alloc_array(&plan->arena, TARGET_COUNT, sizeof(*routes));
    ENSURE(targets != NULL && routes != NULL);
    for (unsigned i = 0; i < TARGET_COUNT; i++) {
        targets[i] = (struct notify_target){
            .kind = i == TARGET_AGAIN ? NOTIFY_ALERTMANAGER : NOTIFY_WEBHOOK,
            .receiver = SLICE("r"),
            .id = notify_plan_target_id(SLICE("r"), NOTIFY_WEBHOOK, i),
            .send_resolved = true,
        };
        routes[i] = (struct notify_route){
            .key = i == TARGET_EACH    ? SLICE("{}/each")
                   : i == TARGET_GROUP ? SLICE("{}")
                                       : SLICE("{}/again"),
            .target_first = i,
            .target_count = 1,
            .group_by = by_name,
            .group_by_count = i == TARGET_GROUP ? 1 : 0,
            .group_by_all = i == TARGET_EACH,
            .wait_ns = i == TARGET_GROUP ? prng_between(prng, 1, 60) * SECOND : 0,
            .interval_ns = i == TARGET_GROUP ? prng_between(prng, 30, 300) * SECOND : 0,
            .repeat_ns = repeats[i],
        };
    }
    plan->targets = targets;
    plan->target_count = TARGET_COUNT;
    plan->roots = routes;
    plan->root_count = TARGET_COUNT;
    return plan;
}

/* ---- The evaluator. ---- */

static void tell(struct world *world, unsigned i)
{
    static const char *const names[] = {"A", "B", "C"};
    const struct truth *truth = &world->truths[i];
    char function[16];
    (void)snprintf(function, sizeof(function), "f%u", i);
    const struct notify_pair labels[] = {
        {SLICE("alertname"), slice_from(names[i % 3])},
        {SLICE("function"), slice_from(function)},
    };
    const struct notify_alert alert = {.fingerprint = i + 1,
                                       .labels = labels,
                                       .label_count = 2,
                                       .starts_ns = truth->fired_ns,
                                       .fired_ns = truth->fired_ns,
                                       .ends_ns = truth->ends_ns};
    world->dirty = notify_book_hear(&world->book, &alert, world->now_ns) || world->dirty;
}

/* What fires, and what was resolved lately, as notify_tell() wants it. */
static void tell_all(struct world *world)
{
    for (unsigned i = 0; i < ALERT_COUNT; i++) {
        const struct truth *truth = &world->truths[i];
        if (truth->fired_ns != 0 &&
            (truth->ends_ns == 0 || world->now_ns - truth->ends_ns < NOTIFY_RESOLVED_NS)) {
            tell(world, i);
        }
    }
}

static void change_something(struct world *world)
{
    struct truth *truth = &world->truths[prng_below(&world->prng, ALERT_COUNT)];
    if (truth->fired_ns != 0 && truth->ends_ns == 0) {
        truth->ends_ns = world->now_ns;
    } else {
        *truth = (struct truth){.fired_ns = world->now_ns};
    }
}

/* ---- The disk. ---- */

static void save(struct world *world)
{
    buf_reset(&world->disk);
    ENSURE(notify_state_write(&world->book, &world->disk));
    ENSURE(!buf_overflowed(&world->disk));
    world->dirty = false;
    world->open = 0;
}

static void kill_and_start(struct world *world)
{
    if (world->open != 0) {
        ENSURE(world->excused_count < HEARD_MAX);
        world->excused[world->excused_count] = world->open;
        world->excused_count++;
        world->open = 0;
    }
    notify_book_fini(&world->book);
    ENSURE(notify_book_init(&world->book) == STATUS_OK);
    if (world->disk.size > 0) {
        ENSURE(notify_state_read(&world->book, buf_bytes(&world->disk), world->now_ns) ==
               STATUS_OK);
    }
    notify_book_adopt(&world->book, world->plan, world->now_ns);
    world->dirty = true;
}

/* ---- Receivers. ---- */

static unsigned target_of(const struct world *world, uint64_t id)
{
    for (unsigned i = 0; i < TARGET_COUNT; i++) {
        if (world->plan->targets[i].id == id) {
            return i;
        }
    }
    ENSURE(false);
    return 0;
}

/* Whether it was heard before, and note that it was now. */
static bool hear_number(struct world *world, uint64_t number)
{
    for (size_t i = 0; i < world->number_count; i++) {
        if (world->numbers[i] == number) {
            return true;
        }
    }
    ENSURE(world->number_count < HEARD_MAX);
    world->numbers[world->number_count] = number;
    world->number_count++;
    return false;
}

static bool is_excused(const struct world *world, uint64_t number)
{
    for (size_t i = 0; i < world->excused_count; i++) {
        if (world->excused[i] == number) {
            return true;
        }
    }
    return false;
}

static void hear_change(struct world *world, struct change change, bool excused)
{
    for (size_t i = 0; i < world->change_count; i++) {
        const struct change *known = &world->changes[i];
        bool same = known->target == change.target && known->alert == change.alert &&
                    known->fired_ns == change.fired_ns && known->resolved == change.resolved;
        ENSURE(!same || excused);
    }
    ENSURE(world->change_count < HEARD_MAX);
    world->changes[world->change_count] = change;
    world->change_count++;
}

static void take(struct world *world, const struct notify_message *message)
{
    unsigned target = target_of(world, message->target);
    bool again = !message->routine && hear_number(world, message->number);
    bool excused = is_excused(world, message->number);
    ENSURE(!again || excused);
    ENSURE(message->item_count > 0 && message->left_out == 0);
    ENSURE(target != TARGET_EACH || message->item_count == 1);
    for (size_t i = 0; i < message->item_count; i++) {
        const struct notify_alert *alert = &message->items[i].note->alert;
        bool resolved = message->items[i].resolved;
        unsigned number = (unsigned)alert->fingerprint - 1;
        struct heard *heard = &world->heard[target][number];
        /* Nobody hears of an end of what he never heard of. */
        ENSURE(!resolved || heard->fired_ns != 0 || world->deaf[target]);
        if (target == TARGET_EACH) {
            hear_change(world, (struct change){target, number, alert->fired_ns, resolved}, excused);
        }
        *heard = (struct heard){alert->fired_ns, resolved};
    }
}

/* One round of the thread in notify_run.c; a kill may fall between any two steps. */
static bool round_of_thread(struct world *world, bool kills)
{
    world->dirty = notify_book_step(&world->book, world->now_ns) || world->dirty;
    if (kills && prng_chance(&world->prng, 1, 50)) {
        kill_and_start(world);
        return true;
    }
    if (world->dirty) {
        save(world);
    }
    const struct notify_message *message = notify_book_next(&world->book, world->now_ns);
    if (message == NULL) {
        return false;
    }
    if (kills && prng_chance(&world->prng, 1, 50)) {
        kill_and_start(world);
        return true;
    }
    uint64_t number = message->number;
    uint64_t dice = world->receivers_fail ? prng_below(&world->prng, 10) : 9;
    enum notify_attempt attempt = dice < 4   ? NOTIFY_LATER
                                  : dice < 5 ? NOTIFY_REFUSED
                                             : NOTIFY_TAKEN;
    if (attempt == NOTIFY_TAKEN) {
        take(world, message);
        world->open = number;
    } else if (attempt == NOTIFY_REFUSED) {
        world->deaf[target_of(world, message->target)] = true;
    }
    if (kills && prng_chance(&world->prng, 1, 50)) {
        kill_and_start(world);
        return true;
    }
    uint64_t retry_ns = prng_chance(&world->prng, 1, 4) ? 30 * SECOND : 0;
    notify_book_attempted(&world->book, number, attempt, retry_ns, "no", world->now_ns);
    world->dirty = true;
    return true;
}

static void settle(struct world *world)
{
    world->receivers_fail = false;
    for (unsigned i = 0; i < 150; i++) {
        world->now_ns += 20 * SECOND;
        tell_all(world);
        while (round_of_thread(world, false)) {
            world->now_ns += SECOND;
        }
    }
    for (unsigned target = 0; target < TARGET_COUNT; target++) {
        for (unsigned i = 0; i < ALERT_COUNT && !world->deaf[target]; i++) {
            const struct truth *truth = &world->truths[i];
            const struct heard *heard = &world->heard[target][i];
            bool fires = truth->fired_ns != 0 && truth->ends_ns == 0;
            bool thinks = heard->fired_ns != 0 && !heard->resolved;
            ENSURE(fires == thinks);
            ENSURE(!fires || heard->fired_ns == truth->fired_ns);
        }
    }
    for (size_t i = 0; i < world->book.alarm_count; i++) {
        ENSURE(world->book.alarms[i].note->alert.ends_ns == 0);
    }
}

static void run(uint64_t seed)
{
    struct world *world = calloc(1, sizeof(*world));
    ENSURE(world != NULL);
    prng_init(&world->prng, seed);
    world->now_ns = START_NS;
    world->receivers_fail = prng_chance(&world->prng, 3, 4);
    bool kills = prng_chance(&world->prng, 3, 4);
    buf_init_growing(&world->disk, NOTIFY_STATE_SIZE_MAX);
    world->plan = make_plan(&world->prng);
    kill_and_start(world);
    for (unsigned i = 0; i < STEP_COUNT; i++) {
        world->now_ns += prng_between(&world->prng, 1, 20 * SECOND);
        if (prng_chance(&world->prng, 1, 4)) {
            change_something(world);
        }
        tell_all(world);
        if (prng_chance(&world->prng, 1, 100)) {
            notify_book_adopt(&world->book, world->plan, world->now_ns); /* Reloaded, the same. */
        }
        for (unsigned j = 0; j < 4 && round_of_thread(world, kills); j++) {
            world->now_ns += prng_below(&world->prng, SECOND);
        }
    }
    settle(world);
    notify_book_fini(&world->book);
    notify_plan_drop(world->plan);
    buf_fini(&world->disk);
    free(world);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "notify_sim SEED COUNT\n");
        return 100;
    }
    uint64_t seed = strtoull(argv[1], NULL, 10);
    uint64_t count = strtoull(argv[2], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        (void)fprintf(stderr, "\rseed %llu", (unsigned long long)(seed + i));
        run(seed + i);
    }
    (void)fprintf(stderr, "\n");
    return 0;
}

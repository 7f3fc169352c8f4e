/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thousand functions get a new version, and most have little traffic.  The view, the rules that
 * the collector comes with, and the book of who is told are the real ones; time is ours.
 *
 *     deploy_sim FIRST COUNT
 *
 * Each seed is one deploy, with or without somebody who posts it, that breaks nothing or something:
 * people are told nothing, or one message.
 */
#include "alert/alert_deploys.h"
#include "alert/alert_limits.h"
#include "alert/alert_set.h"
#include "alert/alert_source.h"
#include "alert/alert_tell.h"
#include "notify/notify_book.h"
#include "notify/notify_plan_read.h"
#include "rules/rule_eval.h"
#include "rules/rules_shipped.h"
#include "sources/derived.h"
#include "sources/memo.h"

#include "build.h"
#include "cost/prices.h"

#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 1000, BUSY = 12, SICK = 4, MINUTES = 52, LOOK_MINUTE = 15, DEPLOY_MINUTE = 18 };

#define MINUTE_NS UINT64_C(60000000000)
#define DELAY_NS  MINUTE_NS
#define START_NS  ((uint64_t)BUILD_T0)

static const struct hash_key key = {{7, 8}};
static uint64_t now_ns;

static uint64_t now(void)
{
    return now_ns;
}

struct world {
    uint64_t random;
    bool posted, broken;
    struct view *view;
    struct prices *prices;
    struct query query;
    struct derived derived;
    struct series_source source;
    struct rules_samples *samples;
    struct alert_set *set;
    struct alert_tell tell;
    struct alert_deploys deploys;
    struct notify_book book;
    struct arena memo_arena, scratch;
    void *memo_memory, *scratch_memory;
    uint64_t request;
    unsigned firing, resolved, alerts; /* Messages, and alerts of those about what fires. */
};

static unsigned draw(struct world *world, unsigned below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((world->random >> 33) % below);
}

/* ---- Life. ---- */

static const char file[] =
    "route: {receiver: team}\n"
    "receivers: [{name: team, webhook_configs: [{url: 'http://example.com/'}]}]\n";

static void open_book(struct world *world)
{
    char memory[1024];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory));
    struct notify_plan *plan = notify_plan_create();
    ENSURE(plan != NULL && notify_book_init(&world->book) == STATUS_OK);
    ENSURE(notify_plan_read(plan, slice_from(file), "f", &errors) == STATUS_OK);
    notify_book_adopt(&world->book, plan, START_NS);
    notify_plan_drop(plan);
}

static void open_rules(struct world *world)
{
    const struct rules_samples_limits limits = {ALERT_WRITTEN_SERIES_MAX, ALERT_WRITTEN_BYTES_MAX,
                                                ALERT_WRITTEN_AGE_MS, ALERT_WRITTEN_STEP_MS};
    const struct alert_set_text text = {.name = SLICE("shipped.yml"),
                                        .text = slice_of(rules_shipped_text, rules_shipped_size)};
    char memory[1024];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory));
    world->samples = rules_samples_create(&key, &limits);
    ENSURE(world->samples != NULL);
    ENSURE(alert_set_create(&world->set, &text, 1, &errors) == STATUS_OK);
}

static void open_world(struct world *world, uint64_t seed)
{
    char error[256];
    *world = (struct world){.random = seed, .posted = seed % 2 == 0, .broken = seed % 3 != 0};
    world->view = view_create(&key);
    ENSURE(world->view != NULL);
    ENSURE(prices_load(&world->prices, SLICE(""), error, sizeof(error)) == STATUS_OK);
    world->query = (struct query){.view = world->view, .prices = world->prices};
    world->derived =
        (struct derived){.query = &world->query, .now_ns = now, .keep = derived_keep_create()};
    world->source = derived_source(&world->derived);
    world->memo_memory = malloc(ALERT_MEMO_SIZE);
    world->scratch_memory = malloc(ALERT_SCRATCH_SIZE);
    ENSURE(world->memo_memory != NULL && world->scratch_memory != NULL);
    alert_deploys_init(&world->deploys);
    open_rules(world);
    open_book(world);
}

static void close_world(struct world *world)
{
    notify_book_fini(&world->book);
    alert_tell_fini(&world->tell);
    alert_set_free(world->set);
    alert_deploys_fini(&world->deploys);
    rules_samples_free(world->samples);
    derived_keep_free(world->derived.keep);
    view_free(world->view);
    prices_free(world->prices);
    free(world->memo_memory);
    free(world->scratch_memory);
}

/* ---- What functions do. ---- */

/* What one invocation is like. */
struct call {
    unsigned function;
    const char *version;
    uint64_t start_ns;
    unsigned instance;
    bool cold, fails;
};

static void invoke(struct world *world, const struct call *call)
{
    char name[32], instance[64];
    int64_t start_ns = (int64_t)call->start_ns;
    (void)snprintf(name, sizeof(name), "f%u", call->function);
    (void)snprintf(instance, sizeof(instance), "[%s]%u", call->version, call->instance);
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, name, instance);
    build_version(b, call->version);
    build_event(b, "faas.invocation", 0);
    build_time(b, start_ns);
    build_request(b, ++world->request, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", call->fails ? "error" : "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.reported_ns", 40 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 40);
    build_bool(b, "faas.coldstart", call->cold);
    if (call->cold) {
        build_int(b, "thaw.init_ns", 900 * BUILD_MS);
    }
    const struct view_frame frame = {.segment = 1, .arrival_ns = call->start_ns + 1000000000};
    view_apply(world->view, &frame, build_batch(b));
    build_free(b);
}

/* Three functions a second get their new version. */
static uint64_t deployed_ns(unsigned function)
{
    return START_NS + DEPLOY_MINUTE * MINUTE_NS + function * MINUTE_NS / 180;
}

/* A minute of a function that has twenty calls in it: its instances are warm, but for those of a
 * new version, and those of one that is sick and loses them all the time. */
static void busy_minute(struct world *world, unsigned function, uint64_t minute_ns)
{
    for (unsigned i = 0; i < 20; i++) {
        uint64_t start_ns = minute_ns + i * (MINUTE_NS / 20);
        bool is_new = start_ns >= deployed_ns(function);
        bool young = is_new && start_ns < deployed_ns(function) + MINUTE_NS / 10;
        bool sick = world->broken && is_new && function < SICK;
        bool lost = sick && function % 2 == 0 && i % 4 == 0;
        const struct call call = {.function = function,
                                  .version = is_new ? "2" : "1",
                                  .start_ns = start_ns,
                                  .instance = lost ? 1000 + (unsigned)world->request : i % 2,
                                  .cold = lost || young,
                                  .fails = sick && function % 2 == 1 && i % 5 == 0};
        invoke(world, &call);
    }
}

static void minute_of_calls(struct world *world, uint64_t minute_ns)
{
    for (unsigned function = 0; function < BUSY; function++) {
        busy_minute(world, function, minute_ns);
    }
    /* The others have a call in half an hour, and every one waits for an init. */
    for (unsigned i = 0; i < (FUNCTIONS - BUSY) / 30; i++) {
        unsigned function = BUSY + draw(world, FUNCTIONS - BUSY);
        uint64_t start_ns = minute_ns + draw(world, 60) * (MINUTE_NS / 60);
        const struct call call = {.function = function,
                                  .version = start_ns >= deployed_ns(function) ? "2" : "1",
                                  .start_ns = start_ns,
                                  .instance = 10 + (unsigned)world->request,
                                  .cold = true};
        invoke(world, &call);
    }
}

static void post_deploys(struct world *world, uint64_t from_ns)
{
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "f%u", i);
        const struct notify_deploy deploy = {
            .at_ns = deployed_ns(i), .function = slice_from(name), .version = SLICE("2")};
        if (deploy.at_ns >= from_ns && deploy.at_ns < from_ns + MINUTE_NS) {
            (void)notify_book_deploy(&world->book, &deploy);
        }
    }
}

/* ---- What the collector does. ---- */

static void evaluate(struct world *world, int64_t time_ms)
{
    struct memo memo;
    struct alert_source mixed, plain;
    arena_init(&world->memo_arena, world->memo_memory, ALERT_MEMO_SIZE);
    arena_init(&world->scratch, world->scratch_memory, ALERT_SCRATCH_SIZE);
    memo_init(&memo, &world->source, &world->memo_arena, &key);
    const struct series_source source =
        alert_source_make(&mixed, world->samples, memo_source(&memo));
    const struct series_source text = alert_source_make(&plain, world->samples, world->source);
    const struct rule_world rules = {.source = &source,
                                     .text_source = &text,
                                     .arena = &world->scratch,
                                     .key = key,
                                     .samples = world->samples,
                                     .samples_max = ALERT_SAMPLE_COUNT_MAX,
                                     .series_max = ALERT_SERIES_COUNT_MAX,
                                     .alerts_max = ALERT_OF_RULE_COUNT_MAX,
                                     .gap_ms = 4 * 60000,
                                     .flap_ms = ALERT_FLAP_MS,
                                     .flap_keep_ms = ALERT_FLAP_KEEP_MS,
                                     .keep_resolved_ms = ALERT_RESOLVED_KEEP_MS};
    for (size_t i = 0; i < world->set->rule_count; i++) {
        struct alert_set_rule *rule = &world->set->rules[i];
        rule_evaluate(&rule->state, rule->rule, rule->group, (uint32_t)i, &rules, time_ms);
    }
    memo_fini(&memo);
    rules_samples_tick(world->samples, time_ms);
}

static void notice_versions(struct world *world)
{
    size_t count = alert_deploys_find(&world->deploys, world->view);
    for (; count > 0; count = alert_deploys_find(&world->deploys, world->view)) {
        for (size_t i = 0; i < count; i++) {
            (void)notify_book_deploy(&world->book, &world->deploys.found[i]);
        }
    }
}

/* Every receiver answers at once. */
static void deliver(struct world *world)
{
    struct notify_book *book = &world->book;
    (void)notify_book_step(book, now_ns);
    for (struct notify_message *next = notify_book_next(book, now_ns); next != NULL;
         next = notify_book_next(book, now_ns)) {
        world->resolved += next->resolved;
        world->firing += !next->resolved;
        world->alerts += next->resolved ? 0 : (unsigned)next->item_count;
        notify_book_attempted(book, next->number, NOTIFY_TAKEN, 0, "", now_ns);
    }
}

static void tell(struct world *world)
{
    const struct notify_alert *alerts = NULL;
    notice_versions(world);
    size_t count = alert_tell_collect(&world->tell, world->set, now_ns, DELAY_NS, &alerts);
    for (size_t i = 0; i < count; i++) {
        (void)notify_book_hear(&world->book, &alerts[i], now_ns);
    }
}

static void run(struct world *world)
{
    for (unsigned minute = 0; minute < MINUTES; minute++) {
        uint64_t minute_ns = START_NS + minute * MINUTE_NS;
        now_ns = minute_ns + MINUTE_NS;
        minute_of_calls(world, minute_ns);
        if (world->posted) {
            post_deploys(world, minute_ns);
        }
        if (minute < LOOK_MINUTE || minute % 2 == 0) {
            continue; /* The collector has begun late, and looks every other minute. */
        }
        evaluate(world, (int64_t)((now_ns - DELAY_NS) / 1000000));
        tell(world);
        deliver(world);
        now_ns += MINUTE_NS / 2;
        deliver(world);
    }
}

static bool is_right(const struct world *world)
{
    if (!world->broken) {
        return world->firing == 0 && world->resolved == 0;
    }
    return world->firing == 1 && world->resolved == 0 && world->alerts == SICK;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 4;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct world *world = malloc(sizeof(*world));
        ENSURE(world != NULL);
        open_world(world, seed);
        run(world);
        (void)printf("seed %llu: %s, %s: %u messages of %u alerts, %u resolved, %zu deploys\n",
                     (unsigned long long)seed, world->posted ? "posted" : "seen",
                     world->broken ? "something breaks" : "all is well", world->firing,
                     world->alerts, world->resolved, world->book.deploys.count);
        bool right = is_right(world);
        close_world(world);
        free(world);
        if (!right) {
            (void)fprintf(stderr, "deploy_sim: seed %llu is wrong\n", (unsigned long long)seed);
            return 1;
        }
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_sim [SEED [COUNT]]: worlds made from seeds, whose truth is known, told to a view in pieces
 * that are shuffled, repeated, split and delayed: by agents, by log streams, by both.  The view
 * must say the truth: every invocation, the counts of every minute, who belongs to which
 * transaction, and what a batch shares; except what streams cannot know.
 */
#include "digest.h"
#include "view_world.h"

#include "base/ensure.h"
#include "model/members.h"
#include "model/rollups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "view_sim: " __VA_ARGS__);                                       \
            (void)fprintf(stderr, " (%s)\n", #condition);                                          \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

/* ---- Comparing. ---- */

static uint8_t sources_of(enum teller teller)
{
    return teller == AGENT_ALONE ? SOURCE_AGENT
           : teller == BOTH      ? SOURCE_AGENT | SOURCE_LOGS
                                 : SOURCE_LOGS;
}

static bool check_invocations(const struct world *world, struct view *view, enum teller teller)
{
    for (unsigned i = 0; i < world->invocation_count; i++) {
        const struct truth *truth = &world->invocations[i];
        struct invocation_facts facts = digest_invocation(view, truth->request, truth->attempt);
        CHECK(facts.outcome == truth->outcome, "outcome %d of %u", (int)facts.outcome, i);
        CHECK(facts.cold == truth->cold, "cold of %u", i);
        CHECK(facts.proactive == truth->proactive, "proactive of %u", i);
        CHECK(facts.start_ns == truth->start_ns, "start of %u", i);
        CHECK(facts.billed_ms == (truth->told_report ? truth->billed_ms : UNKNOWN_INT),
              "billed of %u", i);
        CHECK(facts.sources == sources_of(teller), "sources of %u", i);
        if (teller == LOGS_ALONE) {
            CHECK(truth->outcome == OUTCOME_TIMEOUT || facts.wait_ns == UNKNOWN_NS, "wait of %u",
                  i);
            continue;
        }
        int64_t wait_ns = truth->duration_ns;
        if (truth->cold && !truth->suppressed) {
            wait_ns += truth->init_ns;
        }
        CHECK(facts.wait_ns == wait_ns, "wait of %u", i);
    }
    return true;
}

struct sums {
    unsigned function;
    const struct world *world;
    bool good;
};

static void check_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                         const struct rollup_facts *facts)
{
    struct sums *sums = context;
    struct rollup_facts truth = {0};
    (void)function;
    (void)trigger;
    for (unsigned i = 0; i < sums->world->invocation_count; i++) {
        const struct truth *one = &sums->world->invocations[i];
        if (sums->world->functions[one->instance] != sums->function ||
            rollup_minute(one->start_ns) != minute_ns) {
            continue;
        }
        truth.invocations++;
        truth.errors += one->outcome != OUTCOME_OK;
        truth.timeouts += one->outcome == OUTCOME_TIMEOUT;
        truth.cold += one->cold;
        truth.billed += one->told_report;
        truth.billed_ms += one->told_report ? (uint64_t)one->billed_ms : 0;
        truth.cold_init_us += one->cold ? (uint64_t)(one->init_ns / 1000) : 0;
    }
    truth.mb_ms = truth.billed_ms * BILLED_MEMORY_MB;
    sums->good = sums->good && truth.invocations == facts->invocations &&
                 truth.errors == facts->errors && truth.timeouts == facts->timeouts &&
                 truth.cold == facts->cold && truth.billed == facts->billed &&
                 truth.billed_ms == facts->billed_ms && truth.mb_ms == facts->mb_ms &&
                 truth.cold_init_us == facts->cold_init_us && facts->end_unknown == 0;
}

static bool check_rollups(const struct world *world, struct view *view)
{
    uint64_t proactive = 0, told = 0;
    struct rollup_sum *sum = calloc(1, sizeof(*sum));
    ENSURE(sum != NULL);
    view_read_begin(view);
    bool good = true;
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts facts;
        struct sums sums = {.world = world, .good = true};
        view_function(view, i, &facts);
        while (!slice_equal(facts.name, slice_from(view_world_functions[sums.function]))) {
            sums.function++;
        }
        view_rollup_each(view, i, 0, INT64_MAX / 2, check_minute, &sums);
        view_rollup_sum(view, i, 0, INT64_MAX / 2, sum);
        good = good && sums.good;
    }
    view_read_end(view);
    for (unsigned i = 0; i < world->invocation_count; i++) {
        proactive += world->invocations[i].proactive;
    }
    told = sum->facts.invocations;
    uint64_t told_proactive = sum->facts.proactive;
    free(sum);
    CHECK(good, "counts of a minute");
    CHECK(told == world->invocation_count, "%llu invocations", (unsigned long long)told);
    CHECK(told_proactive == proactive, "%llu proactive", (unsigned long long)told_proactive);
    return true;
}

/* How many messages of a batch came from a root, and from how many roots they came. */
static unsigned messages_from(const struct world *world, const struct truth *batch, uint64_t root,
                              unsigned *roots)
{
    unsigned count = 0;
    *roots = 0;
    for (unsigned i = 0; i < batch->sender_count; i++) {
        uint64_t sender = world->invocations[batch->senders[i]].root;
        bool repeated = false;
        for (unsigned k = 0; k < i; k++) {
            repeated = repeated || world->invocations[batch->senders[k]].root == sender;
        }
        *roots += repeated ? 0 : 1;
        count += sender == root ? 1 : 0;
    }
    return count;
}

static bool check_members(const struct world *world, const struct members *members, uint64_t root)
{
    unsigned wanted = 0;
    for (unsigned i = 0; i < world->invocation_count; i++) {
        const struct truth *one = &world->invocations[i];
        unsigned roots;
        unsigned served = messages_from(world, one, root, &roots);
        wanted += one->root == root || served > 0 ? 1 : 0;
        for (uint32_t g = 1; served > 0 && g < members->group_count; g++) {
            struct id16 batch = build_id(one->request);
            if (memcmp(&members->groups[g].batch, &batch, sizeof(batch)) == 0) {
                CHECK(members->groups[g].messages == one->sender_count, "messages of %u", i);
                CHECK(members->groups[g].served == served, "served of %u", i);
            }
        }
    }
    CHECK(members->invocation_count == wanted, "%u of %u in %llx", members->invocation_count,
          wanted, (unsigned long long)root);
    return true;
}

static bool check_transactions(const struct world *world, struct view *view)
{
    static unsigned char memory[1 << 20];
    struct members_work *work = members_work_create();
    ENSURE(work != NULL);
    bool good = true;
    view_read_begin(view);
    for (unsigned i = 0; good && i < world->invocation_count; i++) {
        const struct truth *one = &world->invocations[i];
        unsigned roots;
        (void)messages_from(world, one, 0, &roots);
        uint64_t root = roots == 1 ? world->invocations[one->senders[0]].root : one->root;
        struct arena arena;
        struct members members;
        arena_init(&arena, memory, sizeof(memory));
        bool found = members_find(view, work, build_id(one->request), &arena, &members);
        good = found && check_members(world, &members, root);
    }
    view_read_end(view);
    members_work_free(work);
    return good;
}

static bool check_numbers(struct view *view)
{
    view_read_begin(view);
    uint64_t missing = 0;
    for (uint32_t i = 0; i < view_instance_count(view); i++) {
        struct instance_facts facts;
        view_instance(view, i, &facts);
        missing += facts.records_missing;
    }
    view_read_end(view);
    CHECK(missing == 0, "%llu records missing", (unsigned long long)missing);
    return true;
}

static bool run_teller(struct world *world, uint64_t seed, enum teller teller)
{
    char *digests[2];
    bool good = true;
    for (unsigned i = 0; i < 2; i++) {
        struct view *view = view_world_tell(world, teller, seed * 2 + i);
        good = good && check_invocations(world, view, teller) && check_rollups(world, view) &&
               check_transactions(world, view) && (teller == LOGS_ALONE || check_numbers(view));
        digests[i] = digest_create(view);
        view_free(view);
    }
    if (good && strcmp(digests[0], digests[1]) != 0) {
        (void)fprintf(stderr, "view_sim: two orders, two views\n%s\n%s\n", digests[0], digests[1]);
        good = false;
    }
    free(digests[0]);
    free(digests[1]);
    if (!good) {
        (void)fprintf(stderr, "view_sim: teller %d\n", (int)teller);
    }
    return good;
}

static bool run_seed(struct world *world, uint64_t seed)
{
    view_world_make(world, seed);
    return run_teller(world, seed, AGENT_ALONE) && run_teller(world, seed, LOGS_ALONE) &&
           run_teller(world, seed, BOTH);
}

int main(int argc, char **argv)
{
    static struct world world;
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (uint64_t i = 0; i < count; i++) {
        if (!run_seed(&world, seed + i)) {
            (void)fprintf(stderr, "view_sim: seed %llu\n", (unsigned long long)(seed + i));
            return 1;
        }
    }
    (void)printf("view_sim: %llu seeds\n", (unsigned long long)count);
    return 0;
}

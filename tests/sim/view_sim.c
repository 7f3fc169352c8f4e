/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view_sim [SEED [COUNT]]: worlds made from seeds, whose truth is known, told to a view in pieces
 * that are shuffled, repeated, split and delayed.  The view must say the truth: every invocation,
 * the counts of every minute, who belongs to which transaction, and what a batch shares.
 */
#include "build.h"
#include "digest.h"

#include "base/ensure.h"
#include "base/prng.h"
#include "model/members.h"
#include "model/rollups.h"
#include "model/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUNCTION_COUNT       3
#define INSTANCE_COUNT_MAX   6
#define INVOCATION_COUNT_MAX 60
#define EVENT_COUNT_MAX      1200
#define SENDER_COUNT_MAX     3
#define BILLED_MEMORY_MB     256
#define SECOND_NS            (1000 * BUILD_MS)

enum kind { INIT, STARTED, DONE, REPORTED, SERVER, LINE, STOP, SDK_NAMED, SDK_TIMED, RECEIVE };

struct event {
    enum kind kind;
    unsigned instance, invocation;
    uint64_t epoch, seq;
    int64_t start_ns, duration_ns;
    uint64_t trace; /* Of an SDK's span. */
    bool suppressed;
};

/* What is true of an invocation. */
struct truth {
    unsigned instance;
    uint64_t request, root;
    int64_t start_ns, duration_ns, billed_ms, init_ns;
    const char *status;
    enum outcome outcome;
    bool cold, proactive, suppressed, told_report;
    unsigned senders[SENDER_COUNT_MAX]; /* Invocations that sent the messages of a batch. */
    unsigned sender_count;
};

struct world {
    struct prng prng;
    char names[INSTANCE_COUNT_MAX][16];
    unsigned functions[INSTANCE_COUNT_MAX];
    unsigned instance_count;
    struct truth invocations[INVOCATION_COUNT_MAX];
    unsigned invocation_count;
    struct event events[EVENT_COUNT_MAX];
    unsigned event_count;
    uint64_t next_id;
};

static const char *const function_names[FUNCTION_COUNT] = {"front", "stock", "notify"};

#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "view_sim: " __VA_ARGS__);                                       \
            (void)fprintf(stderr, " (%s)\n", #condition);                                          \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

/* ---- Making a world. ---- */

static struct event *add_event(struct world *world, enum kind kind, unsigned instance,
                               unsigned invocation)
{
    ENSURE(world->event_count < EVENT_COUNT_MAX);
    struct event *event = &world->events[world->event_count++];
    *event = (struct event){.kind = kind, .instance = instance, .invocation = invocation};
    return event;
}

/* Numbers and the clock of one agent process after the other. */
struct life {
    uint64_t epoch, seq;
    int64_t now_ns;
    bool must_init; /* The next invocation re-initialises the environment. */
};

static struct event *tell(struct world *world, struct life *life, enum kind kind, unsigned instance,
                          unsigned invocation)
{
    struct event *event = add_event(world, kind, instance, invocation);
    event->epoch = life->epoch;
    event->seq = ++life->seq;
    event->start_ns = world->invocations[invocation].start_ns;
    event->duration_ns = world->invocations[invocation].duration_ns;
    return event;
}

static void choose_senders(struct world *world, struct truth *truth)
{
    unsigned wanted = (unsigned)prng_below(&world->prng, SENDER_COUNT_MAX + 1);
    for (unsigned i = 0; i < wanted && world->invocation_count > 0; i++) {
        unsigned sender = (unsigned)prng_below(&world->prng, world->invocation_count);
        const struct truth *from = &world->invocations[sender];
        if (from->sender_count == 0 && world->functions[from->instance] != 2) {
            truth->senders[truth->sender_count++] = sender;
        }
    }
}

static void tell_invocation(struct world *world, struct life *life, unsigned index)
{
    struct truth *truth = &world->invocations[index];
    unsigned instance = truth->instance;
    if (truth->suppressed) {
        struct event *init = tell(world, life, INIT, instance, index);
        init->start_ns = truth->start_ns + BUILD_MS;
        init->duration_ns = truth->init_ns;
        init->suppressed = true;
    }
    (void)tell(world, life, STARTED, instance, index);
    (void)tell(world, life, LINE, instance, index);
    if (prng_chance(&world->prng, 1, 2)) {
        struct event *span = tell(
            world, life, prng_chance(&world->prng, 1, 2) ? SDK_NAMED : SDK_TIMED, instance, index);
        span->trace = prng_chance(&world->prng, 1, 4) ? truth->root : ++world->next_id;
        span->start_ns = truth->start_ns + truth->duration_ns / 4;
        span->duration_ns = truth->duration_ns / 2;
    }
    if (truth->sender_count > 0) {
        struct event *receive = tell(world, life, RECEIVE, instance, index);
        receive->trace = truth->root;
        receive->start_ns = truth->start_ns + truth->duration_ns / 4;
        receive->duration_ns = truth->duration_ns / 4;
    }
    (void)tell(world, life, DONE, instance, index);
    (void)tell(world, life, SERVER, instance, index);
    if (truth->told_report) {
        (void)tell(world, life, REPORTED, instance, index);
    }
    if (truth->outcome == OUTCOME_TIMEOUT) {
        struct event *stop = tell(world, life, STOP, instance, index);
        stop->start_ns = truth->start_ns + truth->duration_ns;
        life->epoch++;
        life->seq = 0;
        life->must_init = true;
    }
}

static void make_invocation(struct world *world, struct life *life, unsigned instance)
{
    unsigned index = world->invocation_count;
    struct truth *truth = &world->invocations[index];
    uint64_t fate = prng_below(&world->prng, 10);
    *truth = (struct truth){
        .instance = instance,
        .request = ++world->next_id,
        .start_ns = life->now_ns,
        .duration_ns = (int64_t)prng_between(&world->prng, 8, 2000) * BUILD_MS,
        .status = fate == 0   ? "error"
                  : fate == 1 ? "timeout"
                              : "success",
        .outcome = fate == 0   ? OUTCOME_ERROR
                   : fate == 1 ? OUTCOME_TIMEOUT
                               : OUTCOME_OK,
        .told_report = prng_chance(&world->prng, 9, 10),
        .init_ns = UNKNOWN_NS,
    };
    truth->billed_ms = truth->duration_ns / BUILD_MS + (int64_t)prng_below(&world->prng, 5);
    bool notify = world->functions[instance] == 2;
    unsigned caller = index > 0 ? (unsigned)prng_below(&world->prng, world->invocation_count) : 0;
    bool called = !notify && index > 0 && prng_chance(&world->prng, 1, 3) &&
                  world->functions[world->invocations[caller].instance] != 2;
    truth->root = called ? world->invocations[caller].root : ++world->next_id;
    if (notify) {
        choose_senders(world, truth);
    }
    if (life->must_init) {
        truth->cold = truth->suppressed = true;
        truth->init_ns = truth->duration_ns / 2;
        life->must_init = false;
    }
    world->invocation_count++;
    tell_invocation(world, life, index);
    life->now_ns = truth->start_ns + truth->duration_ns +
                   (int64_t)prng_between(&world->prng, 10, 40000) * BUILD_MS;
}

static void make_instance(struct world *world, unsigned instance)
{
    struct life life = {
        .epoch = (uint64_t)BUILD_T0 + instance * 1000,
        .now_ns = BUILD_T0 + (int64_t)prng_below(&world->prng, 200) * SECOND_NS,
    };
    (void)snprintf(world->names[instance], sizeof(world->names[instance]), "i%u", instance);
    world->functions[instance] = (unsigned)prng_below(&world->prng, FUNCTION_COUNT);
    int64_t init_ns = (int64_t)prng_between(&world->prng, 50, 3000) * BUILD_MS;
    struct event *init = add_event(world, INIT, instance, 0);
    init->epoch = life.epoch;
    init->seq = ++life.seq;
    init->start_ns = life.now_ns;
    init->duration_ns = init_ns;
    bool proactive = prng_chance(&world->prng, 1, 3);
    life.now_ns += init_ns + (proactive ? 11 * SECOND_NS : 5 * BUILD_MS);
    unsigned first = world->invocation_count;
    uint64_t count = prng_between(&world->prng, 1, INVOCATION_COUNT_MAX / INSTANCE_COUNT_MAX);
    for (uint64_t i = 0; i < count; i++) {
        make_invocation(world, &life, instance);
    }
    world->invocations[first].cold = !proactive;
    world->invocations[first].proactive = proactive;
    world->invocations[first].init_ns = init_ns;
}

static void make_world(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    prng_init(&world->prng, seed);
    world->instance_count = (unsigned)prng_between(&world->prng, 1, INSTANCE_COUNT_MAX);
    for (unsigned i = 0; i < world->instance_count; i++) {
        make_instance(world, i);
    }
}

/* ---- Telling it. ---- */

static enum signal signal_of(const struct event *event)
{
    bool span = event->kind == SERVER || event->kind == SDK_NAMED || event->kind == SDK_TIMED ||
                event->kind == RECEIVE;
    return span ? SIGNAL_TRACES : SIGNAL_LOGS;
}

static void write_facts(struct build *build, const struct event *event, const struct truth *truth)
{
    build_event(build, "faas.invocation", event->seq);
    build_request(build, truth->request, 1);
    build_trace(build, truth->root, truth->request);
    build_int(build, "thaw.start_ns", truth->start_ns);
    build_int(build, "thaw.deadline_ns", truth->start_ns + 3 * SECOND_NS);
    build_text(build, "thaw.invocation.state",
               event->kind == STARTED ? "started"
               : event->kind == DONE  ? "done"
                                      : "reported");
    if (event->kind == STARTED) {
        return;
    }
    build_text(build, "thaw.invocation.status", truth->status);
    build_int(build, "thaw.done_ns", truth->start_ns + truth->duration_ns);
    build_int(build, "thaw.handler_ns", truth->duration_ns);
    if (event->kind == REPORTED) {
        build_int(build, "thaw.billed_ms", truth->billed_ms);
        build_int(build, "thaw.memory_size_mb", BILLED_MEMORY_MB);
    }
}

static void write_span(const struct world *world, struct build *build, const struct event *event,
                       const struct truth *truth)
{
    bool server = event->kind == SERVER;
    build_span(build, "span",
               server                   ? SPAN_SERVER
               : event->kind == RECEIVE ? SPAN_CONSUMER
                                        : SPAN_INTERNAL,
               server ? truth->root : event->trace, server ? truth->request : event->seq + 0x100000,
               0);
    build_span_time(build, event->start_ns, event->start_ns + event->duration_ns);
    if (server) {
        build_seq(build, event->seq);
    }
    if (event->kind != SDK_TIMED) {
        build_request(build, truth->request, server ? 1 : 0);
    }
    for (unsigned i = 0; event->kind == RECEIVE && i < truth->sender_count; i++) {
        char message[16];
        (void)snprintf(message, sizeof(message), "m%u", i);
        const struct truth *sender = &world->invocations[truth->senders[i]];
        build_link(build, sender->root, sender->request, message);
    }
}

static void write_event(const struct world *world, struct build *build, const struct event *event)
{
    const struct truth *truth = &world->invocations[event->invocation];
    const char *function = function_names[world->functions[event->instance]];
    const char *instance = world->names[event->instance];
    if (event->kind == SDK_NAMED || event->kind == SDK_TIMED || event->kind == RECEIVE) {
        build_sdk(build, function, instance, event->epoch, event->seq);
    } else {
        build_agent(build, function, instance, event->epoch);
    }
    switch (event->kind) {
    case INIT:
        build_event(build, "faas.instance.start", event->seq);
        build_text(build, "thaw.init.phase", event->suppressed ? "invoke" : "init");
        build_int(build, "thaw.init.start_ns", event->start_ns);
        build_int(build, "thaw.init.end_ns", event->start_ns + event->duration_ns);
        break;
    case STOP:
        build_event(build, "faas.instance.stop", event->seq);
        build_text(build, "thaw.stop.reason", "timeout");
        build_int(build, "thaw.stop_ns", event->start_ns);
        break;
    case LINE:
        build_line(build, "line", event->seq, event->start_ns + BUILD_MS);
        build_request(build, truth->request, 1);
        build_trace(build, truth->root, truth->request);
        break;
    case STARTED:
    case DONE:
    case REPORTED:
        write_facts(build, event, truth);
        break;
    case SERVER:
    case SDK_NAMED:
    case SDK_TIMED:
    case RECEIVE:
        write_span(world, build, event, truth);
        break;
    }
}

/* Tell all events in an order of this shuffle, some of them again, some to a frame. */
static struct view *tell_world(struct world *world, uint64_t shuffle)
{
    static const struct hash_key key = {{5, 6}};
    struct view *view = view_create(&key);
    ENSURE(view != NULL);
    struct prng prng;
    prng_init(&prng, shuffle);
    unsigned order[EVENT_COUNT_MAX * 2];
    unsigned count = 0;
    for (unsigned i = 0; i < world->event_count; i++) {
        order[count++] = i;
        if (prng_chance(&prng, 1, 5)) {
            order[count++] = i;
        }
    }
    for (unsigned i = count; i > 1; i--) {
        /* Most of it nearly in order, now and then far from it. */
        uint64_t reach = prng_chance(&prng, 1, 4) ? i : i < 20 ? i : 20;
        unsigned other = i - 1 - (unsigned)prng_below(&prng, reach);
        unsigned kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
    for (unsigned i = 0; i < count;) {
        enum signal signal = signal_of(&world->events[order[i]]);
        struct build *build = build_create(signal);
        uint64_t most = prng_between(&prng, 1, 8);
        for (uint64_t n = 0; n < most && i < count && signal_of(&world->events[order[i]]) == signal;
             n++) {
            write_event(world, build, &world->events[order[i++]]);
        }
        struct view_frame frame = {.segment = 1,
                                   .arrival_ns = (uint64_t)(BUILD_T0 + 3600 * SECOND_NS)};
        view_apply(view, &frame, build_batch(build));
        build_free(build);
    }
    view_tick(view, (uint64_t)(BUILD_T0 + 7200 * SECOND_NS));
    return view;
}

/* ---- Comparing. ---- */

static bool check_invocations(const struct world *world, struct view *view)
{
    for (unsigned i = 0; i < world->invocation_count; i++) {
        const struct truth *truth = &world->invocations[i];
        struct invocation_facts facts = digest_invocation(view, truth->request, 1);
        CHECK(facts.outcome == truth->outcome, "outcome %d of %u", (int)facts.outcome, i);
        CHECK(facts.cold == truth->cold, "cold of %u", i);
        CHECK(facts.proactive == truth->proactive, "proactive of %u", i);
        CHECK(facts.start_ns == truth->start_ns, "start of %u", i);
        CHECK(facts.billed_ms == (truth->told_report ? truth->billed_ms : UNKNOWN_INT),
              "billed of %u", i);
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
        while (!slice_equal(facts.name, slice_from(function_names[sums.function]))) {
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

static bool run_seed(struct world *world, uint64_t seed)
{
    make_world(world, seed);
    char *digests[2];
    bool good = true;
    for (unsigned i = 0; i < 2; i++) {
        struct view *view = tell_world(world, seed * 2 + i);
        good = good && check_invocations(world, view) && check_rollups(world, view) &&
               check_transactions(world, view) && check_numbers(view);
        digests[i] = digest_create(view);
        view_free(view);
    }
    if (good && strcmp(digests[0], digests[1]) != 0) {
        (void)fprintf(stderr, "view_sim: two orders, two views\n%s\n%s\n", digests[0], digests[1]);
        good = false;
    }
    free(digests[0]);
    free(digests[1]);
    return good;
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

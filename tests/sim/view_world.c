/* SPDX-License-Identifier: Apache-2.0 */
#include "view_world.h"

#include "base/ensure.h"

#include <stdio.h>
#include <string.h>

const char *const view_world_functions[FUNCTION_COUNT] = {"front", "stock", "notify"};

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

/* Some invocations are another attempt of the one before, when that was long enough ago. */
static void retry(struct world *world, struct truth *truth, const struct truth *before)
{
    if (before->instance == truth->instance && prng_chance(&world->prng, 1, 2) &&
        truth->start_ns - before->start_ns - before->duration_ns > 20 * SECOND_NS) {
        truth->request = before->request;
        truth->root = before->root;
        truth->attempt = before->attempt + 1;
    }
}

static struct event *log_event(struct world *world, enum kind kind, unsigned instance,
                               unsigned invocation)
{
    struct event *event = add_event(world, kind, instance, invocation);
    event->unknown = prng_chance(&world->prng, 1, 2);
    return event;
}

/* The stream's word for the same, whole or in pieces, with times that differ a little. */
static void log_invocation(struct world *world, unsigned index)
{
    const struct truth *truth = &world->invocations[index];
    unsigned instance = truth->instance;
    if (truth->suppressed) {
        struct event *init = log_event(world, LOG_INIT, instance, index);
        init->start_ns = truth->start_ns + (int64_t)prng_below(&world->prng, 5) * BUILD_MS;
        init->duration_ns = truth->init_ns;
        init->suppressed = true;
    }
    (void)log_event(world, LOG_LINE, instance, index);
    if (!truth->told_report) {
        (void)log_event(world, LOG_START, instance, index);
        (void)log_event(world, LOG_END, instance, index);
        return;
    }
    bool pieces = prng_chance(&world->prng, 1, 2);
    if (pieces || prng_chance(&world->prng, 1, 4)) {
        (void)log_event(world, LOG_START, instance, index);
        (void)log_event(world, LOG_REPORT, instance, index);
    }
    if (!pieces) {
        (void)log_event(world, LOG_WHOLE, instance, index);
    }
}

static void make_invocation(struct world *world, struct life *life, unsigned instance)
{
    unsigned index = world->invocation_count;
    struct truth *truth = &world->invocations[index];
    uint64_t fate = prng_below(&world->prng, 10);
    *truth = (struct truth){
        .instance = instance,
        .attempt = 1,
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
    if (!notify && index > 0) {
        retry(world, truth, &world->invocations[index - 1]);
    }
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
    log_invocation(world, index);
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
    struct event *stream = log_event(world, LOG_INIT, instance, 0);
    stream->start_ns = life.now_ns + (int64_t)prng_below(&world->prng, 7) * BUILD_MS;
    stream->duration_ns = init_ns;
    stream->unknown = false; /* Somebody names the function in full. */
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

void view_world_make(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    prng_init(&world->prng, seed);
    world->instance_count = (unsigned)prng_between(&world->prng, 1, INSTANCE_COUNT_MAX);
    for (unsigned i = 0; i < world->instance_count; i++) {
        make_instance(world, i);
    }
}

/* ---- Telling it. ---- */

static bool of_agent(enum kind kind)
{
    return kind <= STOP;
}

static bool of_logs(enum kind kind)
{
    return kind >= LOG_INIT;
}

static enum signal signal_of(const struct event *event)
{
    bool span = event->kind == SERVER || event->kind == SDK_NAMED || event->kind == SDK_TIMED ||
                event->kind == RECEIVE;
    return span ? SIGNAL_TRACES : SIGNAL_LOGS;
}

static void write_facts(struct build *build, const struct event *event, const struct truth *truth)
{
    build_event(build, "faas.invocation", event->seq);
    build_time(build, truth->start_ns);
    build_bool(build, "faas.coldstart", truth->cold);
    build_request(build, truth->request, truth->attempt);
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
        if ((truth->cold || truth->proactive) && !truth->suppressed) {
            build_int(build, "thaw.init_ns", truth->init_ns);
        }
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
        build_request(build, truth->request, server ? truth->attempt : 0);
    }
    for (unsigned i = 0; event->kind == RECEIVE && i < truth->sender_count; i++) {
        char message[16];
        (void)snprintf(message, sizeof(message), "m%u", i);
        const struct truth *sender = &world->invocations[truth->senders[i]];
        build_link(build, sender->root, sender->request, message);
    }
}

static void write_log_facts(struct build *build, const struct event *event,
                            const struct truth *truth)
{
    int64_t end_ns = truth->start_ns + truth->duration_ns + 3 * BUILD_MS;
    /* An END alone may be taken for that of an attempt before, while that is open. */
    bool start = event->kind == LOG_START || event->kind == LOG_WHOLE ||
                 (event->kind == LOG_END && truth->attempt > 1);
    bool report = event->kind == LOG_REPORT || event->kind == LOG_WHOLE;
    build_event(build, "faas.invocation", 0);
    build_time(build, start ? truth->start_ns : report ? end_ns - truth->duration_ns : end_ns);
    build_request(build, truth->request, 0);
    if (start) {
        build_int(build, "thaw.start_ns", truth->start_ns);
    }
    build_text(build, "thaw.invocation.state", report ? "reported" : "started");
    if (event->kind == LOG_START) {
        return;
    }
    build_trace(build, truth->root, 0);
    build_int(build, "thaw.end_ns", end_ns);
    if (truth->outcome != OUTCOME_OK) {
        build_text(build, "thaw.invocation.status", truth->status);
    }
    if (report) {
        bool init = (truth->cold || truth->proactive) && !truth->suppressed;
        build_int(build, "thaw.reported_ns", truth->duration_ns);
        build_int(build, "thaw.billed_ms", truth->billed_ms);
        build_int(build, "thaw.memory_size_mb", BILLED_MEMORY_MB);
        build_bool(build, "faas.coldstart", init || truth->suppressed);
        if (init) {
            build_int(build, "thaw.init_ns", truth->init_ns);
        }
    }
}

static void write_log(const struct world *world, struct build *build, const struct event *event)
{
    const struct truth *truth = &world->invocations[event->invocation];
    const char *function = view_world_functions[world->functions[event->instance]];
    if (event->unknown) {
        build_logs_unknown(build, function, world->names[event->instance]);
    } else {
        build_logs(build, function, world->names[event->instance]);
    }
    if (event->kind == LOG_INIT) {
        build_event(build, "faas.instance.start", 0);
        build_time(build, event->start_ns);
        build_text(build, "thaw.init.phase", event->suppressed ? "invoke" : "init");
        build_int(build, "thaw.init.start_ns", event->start_ns);
        build_int(build, "thaw.init.end_ns", event->start_ns + event->duration_ns);
        build_int(build, "thaw.init_ns", event->duration_ns);
    } else if (event->kind == LOG_LINE) {
        build_line(build, "line", 0, truth->start_ns + 2 * BUILD_MS);
        build_request(build, truth->request, 0);
        char uid[32];
        (void)snprintf(uid, sizeof(uid), "%u", event->invocation);
        build_text(build, "log.record.uid", uid);
    } else {
        write_log_facts(build, event, truth);
    }
}

static void write_event(const struct world *world, struct build *build, const struct event *event)
{
    const struct truth *truth = &world->invocations[event->invocation];
    const char *function = view_world_functions[world->functions[event->instance]];
    const char *instance = world->names[event->instance];
    if (of_logs(event->kind)) {
        write_log(world, build, event);
        return;
    }
    if (event->kind == SDK_NAMED || event->kind == SDK_TIMED || event->kind == RECEIVE) {
        build_sdk(build, function, instance, event->epoch, event->seq);
    } else {
        build_agent(build, function, instance, event->epoch);
    }
    switch (event->kind) {
    case INIT:
        build_event(build, "faas.instance.start", event->seq);
        build_time(build, event->start_ns);
        build_text(build, "thaw.init.phase", event->suppressed ? "invoke" : "init");
        build_int(build, "thaw.init.start_ns", event->start_ns);
        build_int(build, "thaw.init.end_ns", event->start_ns + event->duration_ns);
        break;
    case STOP:
        build_event(build, "faas.instance.stop", event->seq);
        build_time(build, event->start_ns);
        build_text(build, "thaw.stop.reason", "timeout");
        build_int(build, "thaw.stop_ns", event->start_ns);
        break;
    case LINE:
        build_line(build, "line", event->seq, event->start_ns + BUILD_MS);
        build_request(build, truth->request, truth->attempt);
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
    case LOG_INIT:
    case LOG_START:
    case LOG_END:
    case LOG_REPORT:
    case LOG_WHOLE:
    case LOG_LINE:
        break;
    }
}

static bool told_by(enum teller teller, enum kind kind)
{
    return teller == BOTH || (teller == AGENT_ALONE ? !of_logs(kind) : !of_agent(kind));
}

/* Nobody sends the same twice in one piece. */
static bool is_in(const unsigned *events, unsigned count, unsigned event)
{
    bool in = false;
    for (unsigned i = 0; i < count; i++) {
        in = in || events[i] == event;
    }
    return in;
}

void view_world_batches(struct world *world, enum teller teller, uint64_t shuffle,
                        view_world_visit *visit, void *context)
{
    struct prng prng;
    prng_init(&prng, shuffle);
    unsigned order[EVENT_COUNT_MAX * 2];
    unsigned count = 0;
    for (unsigned i = 0; i < world->event_count; i++) {
        if (!told_by(teller, world->events[i].kind)) {
            continue;
        }
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
        unsigned first = i;
        uint64_t most = prng_between(&prng, 1, 8);
        for (uint64_t n = 0;
             n < most && i < count && signal_of(&world->events[order[i]]) == signal &&
             !is_in(&order[first], i - first, order[i]);
             n++) {
            write_event(world, build, &world->events[order[i++]]);
        }
        visit(context, build);
    }
}

static void apply(void *context, struct build *build)
{
    struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)(BUILD_T0 + 3600 * SECOND_NS)};
    view_apply(context, &frame, build_batch(build));
    build_free(build);
}

struct view *view_world_tell(struct world *world, enum teller teller, uint64_t shuffle)
{
    static const struct hash_key key = {{5, 6}};
    struct view *view = view_create(&key);
    ENSURE(view != NULL);
    view_world_batches(world, teller, shuffle, apply, view);
    view_tick(view, (uint64_t)(BUILD_T0 + 7200 * SECOND_NS));
    return view;
}

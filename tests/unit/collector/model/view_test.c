/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "digest.h"

#include "model/members.h"
#include "model/model_limits.h"
#include "model/view.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define FRAMES_MAX 8
#define EPOCH      UINT64_C(1799999000000000000)

static const struct hash_key key = {{1, 2}};

/* Frames, each a batch of its own, that may come in any order. */
struct frames {
    struct build *builds[FRAMES_MAX];
    unsigned count;
};

static struct build *frame(struct frames *frames, enum signal signal)
{
    assert_true(frames->count < FRAMES_MAX);
    frames->builds[frames->count] = build_create(signal);
    return frames->builds[frames->count++];
}

static void apply(struct view *view, struct build *build)
{
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0 + 5000000000U};
    view_apply(view, &about, build_batch(build));
}

static struct view *in_order(const struct frames *frames, const unsigned *order, unsigned count)
{
    struct view *view = view_create(&key);
    assert_non_null(view);
    for (unsigned i = 0; i < count; i++) {
        apply(view, frames->builds[order[i]]);
    }
    view_tick(view, (uint64_t)BUILD_T0 + 3600000000000U);
    return view;
}

/* The next order of numbers, as in a dictionary; false after the last. */
static bool next_order(unsigned *order, unsigned count)
{
    unsigned at = count;
    while (at > 1 && order[at - 2] > order[at - 1]) {
        at--;
    }
    if (at <= 1) {
        return false;
    }
    unsigned swap = count - 1;
    while (order[swap] < order[at - 2]) {
        swap--;
    }
    unsigned kept = order[at - 2];
    order[at - 2] = order[swap];
    order[swap] = kept;
    for (unsigned low = at - 1, high = count - 1; low < high; low++, high--) {
        kept = order[low];
        order[low] = order[high];
        order[high] = kept;
    }
    return true;
}

/* Every order of the frames, and every frame twice, give the same view. Frees the frames. */
static struct view *all_orders(struct frames *frames)
{
    unsigned order[2 * FRAMES_MAX];
    for (unsigned i = 0; i < frames->count; i++) {
        order[i] = i;
    }
    struct view *first = in_order(frames, order, frames->count);
    char *wanted = digest_create(first);
    do {
        struct view *view = in_order(frames, order, frames->count);
        char *got = digest_create(view);
        assert_string_equal(got, wanted);
        free(got);
        view_free(view);
    } while (next_order(order, frames->count));
    for (unsigned i = 0; i < 2 * frames->count; i++) {
        order[i] = (i * 3 + i / 2) % frames->count;
    }
    for (unsigned i = 0; i < frames->count; i++) {
        order[i] = frames->count - 1 - i;
    }
    struct view *twice = in_order(frames, order, 2 * frames->count);
    char *got = digest_create(twice);
    assert_string_equal(got, wanted);
    free(got);
    view_free(twice);
    free(wanted);
    for (unsigned i = 0; i < frames->count; i++) {
        build_free(frames->builds[i]);
    }
    return first;
}

static void started(struct build *build, uint64_t seq, uint64_t request, int64_t start_ns)
{
    build_event(build, "faas.invocation", seq);
    build_time(build, start_ns);
    build_request(build, request, 1);
    build_text(build, "thaw.invocation.state", "started");
    build_int(build, "thaw.start_ns", start_ns);
    build_int(build, "thaw.deadline_ns", start_ns + 3000 * BUILD_MS);
}

static void done(struct build *build, uint64_t seq, uint64_t request, int64_t start_ns,
                 const char *status, int64_t handler_ns)
{
    build_event(build, "faas.invocation", seq);
    build_time(build, start_ns);
    build_request(build, request, 1);
    build_text(build, "thaw.invocation.state", "done");
    build_text(build, "thaw.invocation.status", status);
    build_int(build, "thaw.start_ns", start_ns);
    build_int(build, "thaw.done_ns", start_ns + handler_ns);
    build_int(build, "thaw.handler_ns", handler_ns);
}

static void reported(struct build *build, uint64_t seq, uint64_t request, const char *status,
                     int64_t billed_ms)
{
    build_event(build, "faas.invocation", seq);
    build_request(build, request, 1);
    build_text(build, "thaw.invocation.state", "reported");
    build_text(build, "thaw.invocation.status", status);
    build_int(build, "thaw.billed_ms", billed_ms);
    build_int(build, "thaw.memory_size_mb", 128);
    build_int(build, "thaw.max_memory_used_mb", 60);
    build_int(build, "thaw.reported_ns", billed_ms * BUILD_MS);
}

static void init(struct build *build, uint64_t seq, const char *phase, int64_t start_ns,
                 int64_t duration_ns)
{
    build_event(build, "faas.instance.start", seq);
    build_text(build, "thaw.init.phase", phase);
    build_text(build, "thaw.initialization_type", "on-demand");
    build_int(build, "thaw.init.start_ns", start_ns);
    build_int(build, "thaw.init.end_ns", start_ns + duration_ns);
    build_int(build, "thaw.init_ns", duration_ns);
}

static struct rollup_facts counts(struct view *view)
{
    struct rollup_sum *sum = calloc(1, sizeof(*sum));
    assert_non_null(sum);
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        view_rollup_sum(view, i, 0, INT64_MAX / 2, sum);
    }
    view_read_end(view);
    struct rollup_facts facts = sum->facts;
    free(sum);
    return facts;
}

/* Init, start, done, report and a span of one invocation: any order, and all of them twice. */
static void a_cold_invocation_in_any_order(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 2, 0x11, BUILD_T0);
    build_trace(b, 0x7a, 0xa1);
    build_bool(b, "faas.coldstart", true);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 4, 0x11, BUILD_T0, "success", 50 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    reported(b, 6, 0x11, "success", 341);
    b = frame(&frames, SIGNAL_TRACES);
    build_agent(b, "stock", "i1", EPOCH);
    build_span(b, "stock", SPAN_SERVER, 0x7a, 0xa1, 0xee);
    build_span_time(b, BUILD_T0, BUILD_T0 + 50 * BUILD_MS);
    build_seq(b, 5);
    build_request(b, 0x11, 1);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_line(b, "hello", 3, BUILD_T0 + BUILD_MS);
    build_request(b, 0x11, 1);
    build_trace(b, 0x7a, 0xa1);
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_OK);
    assert_true(facts.cold);
    assert_false(facts.proactive);
    assert_int_equal(facts.wait_ns, 340 * BUILD_MS);
    assert_int_equal(facts.placed_ns, BUILD_T0 - 300 * BUILD_MS);
    assert_int_equal(facts.timeout_ms, 3000);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.invocations, 1);
    assert_int_equal(sum.cold, 1);
    assert_int_equal(sum.billed_ms, 341);
    assert_int_equal(sum.mb_ms, 341 * 128);
    assert_int_equal(sum.cold_init_us, 290000);
    view_free(view);
}

/* A timeout, the end of the agent, a suppressed init inside of the next invocation: it is cold, but
 * what it waited for lies inside of its handler. */
static void a_timeout_and_a_suppressed_init(void **state)
{
    (void)state;
    struct frames frames = {0};
    int64_t next_ns = BUILD_T0 + 60000 * BUILD_MS;
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.stop", 2);
    build_text(b, "thaw.stop.reason", "timeout");
    build_int(b, "thaw.stop_ns", BUILD_T0 + 3001 * BUILD_MS);
    build_int(b, "thaw.agent.dropped.spool_full", 3);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    init(b, 1, "invoke", next_ns + BUILD_MS, 200 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    done(b, 2, 0x12, next_ns, "success", 250 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH + 1);
    reported(b, 3, 0x12, "success", 250);
    struct view *view = all_orders(&frames);
    struct invocation_facts first = digest_invocation(view, 0x11, 1);
    assert_int_equal(first.outcome, OUTCOME_TIMEOUT);
    assert_false(first.cold);
    struct invocation_facts second = digest_invocation(view, 0x12, 1);
    assert_int_equal(second.outcome, OUTCOME_OK);
    assert_true(second.cold);
    assert_int_equal(second.wait_ns, 250 * BUILD_MS);
    assert_int_equal(second.init_ns, 200 * BUILD_MS);
    assert_int_equal(second.placed_ns, next_ns);
    struct rollup_facts sum = counts(view);
    assert_int_equal(sum.timeouts, 1);
    assert_int_equal(sum.errors, 1);
    assert_int_equal(sum.cold, 1);
    view_free(view);
}

/* The platform's status, later, wins over what the end of the agent made us believe. */
static void a_late_report_corrects_the_outcome(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    reported(b, 3, 0x11, "error", 11);
    build_text(b, "error.type", "Runtime.ExitError");
    struct view *view = all_orders(&frames);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.outcome, OUTCOME_ERROR);
    assert_int_equal(counts(view).errors, 1);
    assert_int_equal(counts(view).invocations, 1);
    view_free(view);
}

/* Nothing after the start: running until the deadline and some grace have passed, then unknown. */
static void an_end_that_never_comes(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    started(b, 1, 0x11, BUILD_T0);
    apply(view, b);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_RUNNING);
    assert_int_equal(counts(view).invocations, 0);
    view_tick(view, (uint64_t)(BUILD_T0 + 3000 * BUILD_MS + END_GRACE_NS));
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_RUNNING);
    view_tick(view, (uint64_t)(BUILD_T0 + 3000 * BUILD_MS + END_GRACE_NS + 1));
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_END_UNKNOWN);
    assert_int_equal(counts(view).end_unknown, 1);
    build_free(b);
    b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
    apply(view, b);
    assert_int_equal(digest_invocation(view, 0x11, 1).outcome, OUTCOME_OK);
    assert_int_equal(counts(view).end_unknown, 0);
    assert_int_equal(counts(view).invocations, 1);
    build_free(b);
    view_free(view);
}

/* An init that ended more than 10 s before its first invocation was waited for by nobody. */
static void a_proactive_init(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct frames frames = {0};
        int64_t gap_ns = PROACTIVE_GAP_NS + late;
        struct build *b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        init(b, 1, "init", BUILD_T0 - gap_ns - 100 * BUILD_MS, 100 * BUILD_MS);
        b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        done(b, 2, 0x11, BUILD_T0, "success", 10 * BUILD_MS);
        b = frame(&frames, SIGNAL_LOGS);
        build_agent(b, "stock", "i1", EPOCH);
        done(b, 3, 0x12, BUILD_T0 + 100 * BUILD_MS, "success", 10 * BUILD_MS);
        struct view *view = all_orders(&frames);
        struct invocation_facts facts = digest_invocation(view, 0x11, 1);
        assert_int_equal(facts.cold, late == 0);
        assert_int_equal(facts.proactive, late == 1);
        assert_false(digest_invocation(view, 0x12, 1).cold);
        assert_int_equal(counts(view).proactive, late);
        assert_int_equal(counts(view).cold, 1 - late);
        view_free(view);
    }
}

/* A retry repeats the request id, on another instance or on the same one: each attempt is its own,
 * and all are one transaction. */
static void attempts(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "error", 10 * BUILD_MS);
    build_trace(b, 0x7a, 0xa1);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 2);
    build_request(b, 0x11, 2);
    build_trace(b, 0x7b, 0xa2);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0 + 1000 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "i2", EPOCH);
    done(b, 1, 0x11, BUILD_T0 + 500 * BUILD_MS, "timeout", 10 * BUILD_MS);
    build_trace(b, 0x7c, 0xa3);
    struct view *view = all_orders(&frames);
    uint32_t rows[4];
    view_read_begin(view);
    assert_int_equal(view_attempts(view, build_id(0x11), rows, 4), 3);
    struct members_work *work = members_work_create();
    struct id16 one = members_transaction(view, work, build_id(0x7b));
    struct id16 other = members_transaction(view, work, build_id(0x7c));
    assert_memory_equal(&one, &other, sizeof(one));
    view_read_end(view);
    members_work_free(work);
    assert_int_equal(counts(view).invocations, 3);
    view_free(view);
}

static void server(struct frames *frames, const char *function, uint64_t request, uint64_t trace,
                   int64_t start_ns)
{
    struct build *b = frame(frames, SIGNAL_LOGS);
    build_agent(b, function, function, EPOCH);
    done(b, 1, request, start_ns, "success", 100 * BUILD_MS);
    build_trace(b, trace, request);
}

static void members_of(struct view *view, uint64_t id, struct arena *arena, struct members *members)
{
    struct members_work *work = members_work_create();
    assert_non_null(work);
    view_read_begin(view);
    assert_true(members_find(view, work, build_id(id), arena, members));
    view_read_end(view);
    members_work_free(work);
}

/* A function's SDK with trace ids of its own: tied by the request id, or by the window. */
static void sdk_traces_are_aliases(void **state)
{
    (void)state;
    struct frames frames = {0};
    server(&frames, "stock", 0x11, 0x7a, BUILD_T0);
    struct build *b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 2);
    build_span(b, "query", SPAN_CLIENT, 0xb1, 0xc1, 0);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
    b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 3);
    build_span(b, "named", SPAN_INTERNAL, 0xb2, 0xc2, 0);
    build_span_time(b, BUILD_T0 - 900 * BUILD_MS, BUILD_T0 - 800 * BUILD_MS);
    build_request(b, 0x11, 0);
    b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 4);
    build_span(b, "outside", SPAN_INTERNAL, 0xb3, 0xc3, 0);
    build_span_time(b, BUILD_T0 + 200 * BUILD_MS, BUILD_T0 + 210 * BUILD_MS);
    struct view *view = all_orders(&frames);
    unsigned char memory[65536];
    struct arena arena;
    struct members members;
    arena_init(&arena, memory, sizeof(memory));
    members_of(view, 0xb1, &arena, &members);
    assert_int_equal(members.invocation_count, 1);
    assert_int_equal(members.id_count, 4); /* 0x11, 0x7a, 0xb1, 0xb2 */
    assert_int_equal(members.spans, 2);
    members_of(view, 0xb3, &arena, &members);
    assert_int_equal(members.invocation_count, 0);
    view_free(view);
}

/* What runs on from one request into the windows of the next ones ties none of them to it: only a
 * span with which a request enters does, or where there is no other candidate any span. */
static void a_trace_that_runs_on_does_not_merge(void **state)
{
    (void)state;
    struct frames frames = {0};
    server(&frames, "stock", 0x11, 0x7a, BUILD_T0);
    server(&frames, "stock", 0x12, 0x7b, BUILD_T0 + 1000 * BUILD_MS);
    struct build *b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 2);
    build_span(b, "handle", SPAN_SERVER, 0xb1, 0xc1, 0);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
    build_span(b, "poll", SPAN_INTERNAL, 0xb2, 0xc2, 0xcc);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
    build_span(b, "alone", SPAN_INTERNAL, 0xb3, 0xc3, 0xcc);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
    b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 3);
    build_span(b, "pooled", SPAN_CLIENT, 0xb1, 0xc4, 0xc1);
    build_span_time(b, BUILD_T0 + 1010 * BUILD_MS, BUILD_T0 + 1020 * BUILD_MS);
    build_span(b, "poll", SPAN_INTERNAL, 0xb2, 0xc5, 0xcc);
    build_span_time(b, BUILD_T0 + 1010 * BUILD_MS, BUILD_T0 + 1020 * BUILD_MS);
    b = frame(&frames, SIGNAL_LOGS);
    build_sdk(b, "stock", "stock", EPOCH, 4);
    build_line(b, "pooled", 0, BUILD_T0 + 1015 * BUILD_MS);
    build_trace(b, 0xb1, 0xc4);
    struct view *view = all_orders(&frames);
    unsigned char memory[65536];
    struct arena arena;
    struct members members;
    arena_init(&arena, memory, sizeof(memory));
    members_of(view, 0x11, &arena, &members);
    assert_int_equal(members.invocation_count, 1);
    assert_int_equal(members.id_count, 4); /* 0x11, 0x7a, 0xb1, 0xb3 */
    members_of(view, 0x12, &arena, &members);
    assert_int_equal(members.invocation_count, 1);
    assert_int_equal(members.id_count, 2); /* 0x12, 0x7b */
    members_of(view, 0xb2, &arena, &members);
    assert_int_equal(members.invocation_count, 0);
    view_free(view);
}

/* A batch of messages from different requests is in each of them with its part, and merges none. */
static void a_batch_is_shared(void **state)
{
    (void)state;
    for (unsigned senders = 1; senders <= 2; senders++) {
        struct frames frames = {0};
        server(&frames, "front", 0x11, 0x71, BUILD_T0);
        server(&frames, "front", 0x12, 0x72, BUILD_T0 + 1000 * BUILD_MS);
        server(&frames, "notify", 0x21, 0x81, BUILD_T0 + 2000 * BUILD_MS);
        struct build *b = frame(&frames, SIGNAL_TRACES);
        build_sdk(b, "notify", "notify", EPOCH, 9);
        build_span(b, "receive", SPAN_CONSUMER, 0x99, 0xd1, 0);
        build_span_time(b, BUILD_T0 + 2001 * BUILD_MS, BUILD_T0 + 2050 * BUILD_MS);
        build_link(b, 0x71, 0xe1, "m1");
        build_link(b, 0x71, 0xe1, "m2");
        build_link(b, 0x71, 0xe2, "m3");
        if (senders == 2) {
            build_link(b, 0x72, 0xe3, "m4");
        }
        struct view *view = all_orders(&frames);
        unsigned char memory[65536];
        struct arena arena;
        struct members members;
        arena_init(&arena, memory, sizeof(memory));
        members_of(view, 0x11, &arena, &members);
        assert_int_equal(members.invocation_count, 2);
        assert_int_equal(members.group_count, 2);
        assert_int_equal(members.groups[1].messages, senders == 2 ? 4 : 3);
        assert_int_equal(members.groups[1].served, 3);
        assert_int_equal(members.groups[1].shared, senders == 2);
        struct id16 transaction = members.id;
        members_of(view, 0x21, &arena, &members);
        if (senders == 1) {
            /* It serves one transaction: asked by its id, that is the answer. */
            assert_memory_equal(&members.id, &transaction, sizeof(transaction));
        } else {
            assert_int_equal(members.invocation_count, 1);
            assert_int_equal(members.groups[0].share_count, 2);
            assert_int_equal(members.link_count, 4);
            members_of(view, 0x12, &arena, &members);
            assert_int_equal(members.groups[1].served, 1);
            assert_int_equal(members.groups[1].messages, 4);
        }
        view_free(view);
    }
}

/* A consumer that continues its sender's trace is linked, not merged, whichever span comes first.
 */
static void a_continued_message_does_not_merge(void **state)
{
    (void)state;
    struct frames frames = {0};
    server(&frames, "front", 0x11, 0x71, BUILD_T0);
    server(&frames, "front", 0x12, 0x72, BUILD_T0 + 1000 * BUILD_MS);
    server(&frames, "notify", 0x21, 0x81, BUILD_T0 + 2000 * BUILD_MS);
    struct build *b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "notify", "notify", EPOCH, 9);
    build_span(b, "child", SPAN_INTERNAL, 0x71, 0xd3, 0xd1);
    build_request(b, 0x21, 0);
    b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "notify", "notify", EPOCH, 10);
    build_span(b, "process", SPAN_CONSUMER, 0x71, 0xd1, 0xe1);
    build_request(b, 0x21, 0);
    build_span(b, "process", SPAN_CONSUMER, 0x72, 0xd2, 0xe2);
    build_request(b, 0x21, 0);
    struct view *view = all_orders(&frames);
    unsigned char memory[65536];
    struct arena arena;
    struct members members;
    arena_init(&arena, memory, sizeof(memory));
    members_of(view, 0x71, &arena, &members);
    assert_int_equal(members.invocation_count, 2); /* front and the batch, not the other front. */
    assert_int_equal(members.groups[1].messages, 2);
    assert_int_equal(members.groups[1].served, 1);
    view_free(view);
}

/* A handler that fetches its messages itself has a CONSUMER span below its own: that is no message
 * from another transaction, whether the parent came in the same batch, or began the trace, or is
 * said to be its own. */
static void a_message_fetched_by_the_handler(void **state)
{
    (void)state;
    for (unsigned together = 0; together <= 2; together++) {
        struct frames frames = {0};
        server(&frames, "poll", 0x11, 0x71, BUILD_T0);
        struct build *b = frame(&frames, SIGNAL_TRACES);
        build_sdk(b, "poll", "poll", EPOCH, 9);
        build_span(b, "receive", SPAN_CONSUMER, 0x99, 0xd2, 0xd1);
        build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
        build_int(b, "messaging.batch.message_count", 10);
        if (together == 2) {
            build_span_flags(b, 0x100);
        }
        if (together != 1) {
            b = frame(&frames, SIGNAL_TRACES);
            build_sdk(b, "poll", "poll", EPOCH, 10);
        }
        build_span(b, "handle", SPAN_SERVER, 0x99, 0xd1, together == 0 ? 0 : 0xe1);
        build_span_time(b, BUILD_T0 + 5 * BUILD_MS, BUILD_T0 + 50 * BUILD_MS);
        struct view *view = all_orders(&frames);
        unsigned char memory[65536];
        struct arena arena;
        struct members members;
        arena_init(&arena, memory, sizeof(memory));
        members_of(view, 0x11, &arena, &members);
        assert_int_equal(members.id_count, 3); /* 0x11, 0x71, 0x99 */
        assert_int_equal(members.group_count, 1);
        assert_int_equal(members.link_count, 0);
        assert_int_equal(members.groups[0].share, members.groups[0].share_of);
        view_free(view);
    }
}

/* What is missing stays unknown, what is absurd is refused, and neither stops the rest. */
static void missing_and_absurd_facts(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 1);
    build_event(b, "faas.invocation", 2);
    build_text(b, "faas.invocation_id", "no uuid");
    build_event(b, "faas.invocation", 3);
    build_request(b, 0x11, 0);
    build_int(b, "thaw.start_ns", 12);
    build_int(b, "thaw.billed_ms", -5);
    build_int(b, "thaw.handler_ns", INT64_MAX);
    build_int(b, "thaw.memory_size_mb", INT64_MAX);
    build_text(b, "thaw.done_ns", "soon");
    build_event(b, "faas.instance.start", 4);
    build_event(b, "faas.instance.stop", 5);
    apply(view, b);
    struct invocation_facts facts = digest_invocation(view, 0x11, 1);
    assert_int_equal(facts.billed_ms, UNKNOWN_INT);
    assert_int_equal(facts.handler_ns, UNKNOWN_NS);
    assert_int_equal(facts.end_ns, UNKNOWN_NS);
    struct view_stats stats;
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    assert_int_equal(stats.refused_values, 4);
    assert_int_equal(stats.refused_events, 3);
    assert_int_equal(stats.invocations, 1);
    build_free(b);
    view_free(view);
}

/* After segments are gone, the view is as if it had been shown the others only. */
static void forgetting(void **state)
{
    (void)state;
    struct view *both = view_create(&key);
    struct view *late = view_create(&key);
    for (uint32_t segment = 1; segment <= 2; segment++) {
        struct build *b = build_create(SIGNAL_LOGS);
        const char *instance = segment == 1 ? "i1" : "i2";
        build_agent(b, "stock", instance, EPOCH);
        init(b, 1, "init", BUILD_T0 - 300 * BUILD_MS, 290 * BUILD_MS);
        done(b, 2, 0x10 + segment, BUILD_T0, "success", 50 * BUILD_MS);
        build_trace(b, 0x70 + segment, 0xa1);
        reported(b, 3, 0x10 + segment, "success", 341);
        struct view_frame about = {.segment = segment,
                                   .arrival_ns = (uint64_t)BUILD_T0 + 5000000000U};
        view_apply(both, &about, build_batch(b));
        if (segment == 2) {
            view_apply(late, &about, build_batch(b));
        }
        build_free(b);
    }
    view_forget(both, 1);
    char *one = digest_create(both);
    char *other = digest_create(late);
    assert_string_equal(one, other);
    free(one);
    free(other);
    view_forget(both, 2);
    struct view_stats stats;
    view_read_begin(both);
    view_stats(both, &stats);
    view_read_end(both);
    assert_int_equal(stats.invocations + stats.instances + stats.ids + stats.rollups, 0);
    view_free(both);
    view_free(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cold_invocation_in_any_order),
        cmocka_unit_test(a_timeout_and_a_suppressed_init),
        cmocka_unit_test(a_late_report_corrects_the_outcome),
        cmocka_unit_test(an_end_that_never_comes),
        cmocka_unit_test(a_proactive_init),
        cmocka_unit_test(attempts),
        cmocka_unit_test(sdk_traces_are_aliases),
        cmocka_unit_test(a_trace_that_runs_on_does_not_merge),
        cmocka_unit_test(a_batch_is_shared),
        cmocka_unit_test(a_continued_message_does_not_merge),
        cmocka_unit_test(a_message_fetched_by_the_handler),
        cmocka_unit_test(missing_and_absurd_facts),
        cmocka_unit_test(forgetting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

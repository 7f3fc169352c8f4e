/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a record is: which invocation's, which caller's, and that it is there once. */
#include "calls.h"

#include "lib/cm.h"
#include "query/path.h"

#include <string.h>

static const struct call front = {.function = "front",
                                  .instance = "f1",
                                  .request = 0x11,
                                  .trace = 0x71,
                                  .span = 0xa1,
                                  .start_ns = BUILD_T0,
                                  .duration_ns = 100 * BUILD_MS,
                                  .seq = 1};

/* The same function, asked again in the same trace. */
static struct call again(int64_t start_ms, uint64_t seq)
{
    struct call call = front;
    call.request = 0x12;
    call.span = 0xa2;
    call.start_ns = BUILD_T0 + start_ms * BUILD_MS;
    call.seq = seq;
    return call;
}

/* One more attempt of the same request. */
static struct call attempt(uint32_t number, const char *instance, int64_t start_ms, uint64_t seq)
{
    struct call call = front;
    call.instance = instance;
    call.span = 0xa1 + number;
    call.start_ns = BUILD_T0 + start_ms * BUILD_MS;
    call.seq = seq;
    call.attempt = number;
    return call;
}

/* A span of the SDK of an invocation, times in milliseconds behind T0. */
static struct build *work(const struct call *call, const char *name, uint64_t trace,
                          const uint64_t ids[2], int64_t start_ms, int64_t end_ms)
{
    static uint64_t block = 100;
    struct build *b = calls_sdk(call, block++);
    build_span(b, name, SPAN_INTERNAL, trace, ids[0], ids[1]);
    build_span_time(b, BUILD_T0 + start_ms * BUILD_MS, BUILD_T0 + end_ms * BUILD_MS);
    return b;
}

/* The invocation of a span, as its span id, and how it was tied. */
static void assert_attached(const struct transaction *t, const char *name, uint64_t span,
                            enum attached attached)
{
    const struct transaction_span *row = calls_span(t, name);
    assert_int_equal(row->attached, attached);
    assert_int_not_equal(row->invocation, TRANSACTION_NONE);
    struct id8 id = build_id8(span);
    assert_memory_equal(&t->invocations[row->invocation].facts.span_id, &id, sizeof(id));
}

/* Of two invocations with one trace in one instance, the time of a span says whose it is; where
 * both ran then, nothing does, and that is said. */
static void one_trace_and_two_invocations(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call second = again(200, 10), beside = again(50, 10);
    calls_invoke(world, &front);
    calls_invoke(world, &second);
    world_add(world, work(&front, "early", 0x71, (const uint64_t[]){0xb1, 0xa1}, 10, 20));
    world_add(world, work(&front, "late", 0x71, (const uint64_t[]){0xb2, 0xa2}, 210, 220));
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_attached(&t, "early", 0xa1, ATTACHED_TIME);
    assert_attached(&t, "late", 0xa2, ATTACHED_TIME);
    world_free(world);

    world = world_create();
    calls_invoke(world, &front);
    calls_invoke(world, &beside);
    world_add(world, work(&front, "either", 0x71, (const uint64_t[]){0xb1, 0}, 60, 70));
    calls_read(world, 0x71, &t);
    assert_int_equal(calls_span(&t, "either")->attached, ATTACHED_NONE);
    assert_int_equal(calls_span(&t, "either")->invocation, TRANSACTION_NONE);
    world_free(world);
}

/* Where two run at a time in one instance, of which one has the trace of a span, it is that one's.
 */
static void a_trace_in_its_time(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call later = again(500, 10);
    struct call other = again(0, 20);
    other.request = 0x21;
    other.trace = 0x81;
    other.span = 0xc1;
    calls_invoke(world, &front);
    calls_invoke(world, &later);
    calls_invoke(world, &other); /* It received what front had sent, and so is part of it. */
    struct build *b = calls_sdk(&other, 40);
    build_span(b, "receive", SPAN_CONSUMER, 0x81, 0xd1, 0xc1);
    build_span_time(b, other.start_ns + BUILD_MS, other.start_ns + 2 * BUILD_MS);
    build_request(b, 0x21, 1);
    build_link(b, 0x71, 0xa1, "m1");
    world_add(world, b);
    world_add(world, work(&front, "mine", 0x71, (const uint64_t[]){0xb1, 0xa1}, 10, 20));
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_int_equal(t.invocation_count, 3);
    assert_attached(&t, "mine", 0xa1, ATTACHED_TIME);
    world_free(world);
}

/* A record that names its request is that request's; of several attempts, of the one that it names,
 * else of the one in its own instance, else of the one that had begun by then. */
static void attempts_are_told_apart(void **state)
{
    (void)state;
    struct world *world = world_create();
    const struct call first = attempt(1, "f1", 0, 1), second = attempt(2, "f1", 60000, 10);
    calls_invoke(world, &first);
    calls_invoke(world, &second);
    struct build *b = work(&first, "named", 0x71, (const uint64_t[]){0xb1, 0xa2}, 60010, 60020);
    build_request(b, 0x11, 1);
    world_add(world, b);
    b = work(&first, "early", 0x71, (const uint64_t[]){0xb2, 0xa2}, 10, 20);
    build_request(b, 0x11, 0);
    world_add(world, b);
    b = work(&first, "late", 0x71, (const uint64_t[]){0xb3, 0xa3}, 60010, 60020);
    build_request(b, 0x11, 0);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_int_equal(t.invocation_count, 2);
    assert_attached(&t, "named", 0xa2, ATTACHED_ID);
    assert_attached(&t, "early", 0xa2, ATTACHED_ID);
    assert_attached(&t, "late", 0xa3, ATTACHED_ID);
    world_free(world);

    world = world_create();
    const struct call elsewhere = attempt(2, "f2", 60000, 1);
    calls_invoke(world, &first);
    calls_invoke(world, &elsewhere);
    b = work(&first, "after all", 0x71, (const uint64_t[]){0xb1, 0xa2}, 60010, 60020);
    build_request(b, 0x11, 0);
    world_add(world, b);
    calls_read(world, 0x71, &t);
    assert_attached(&t, "after all", 0xa2, ATTACHED_ID);
    world_free(world);
}

/* Who does not know the name of his instance is tied by the request alone. */
static void a_sender_of_another_name(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct call nameless = front;
    nameless.instance = "made-up";
    calls_invoke(world, &front);
    struct build *b = work(&nameless, "query", 0x71, (const uint64_t[]){0xb1, 0xa1}, 10, 20);
    build_request(b, 0x11, 0);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_attached(&t, "query", 0xa1, ATTACHED_ID);
    world_free(world);
}

/* A trace of the SDK's own, whose root lies in an invocation: what it did behind the end of that is
 * tied by the trace. */
static void a_trace_of_its_own(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    world_add(world, work(&front, "root", 0x99, (const uint64_t[]){0xb1, 0}, 10, 20));
    world_add(world, work(&front, "behind", 0x99, (const uint64_t[]){0xb2, 0xb1}, 300, 310));
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_attached(&t, "root", 0xa1, ATTACHED_TIME);
    assert_attached(&t, "behind", 0xa1, ATTACHED_CONTEXT);
    world_free(world);
}

/* What is sent again counts once, as it was said last; the same id in another trace is another. */
static void sent_again(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    world_add(world, work(&front, "query", 0x71, (const uint64_t[]){0xb1, 0xa1}, 10, 20));
    struct build *b = work(&front, "query", 0x71, (const uint64_t[]){0xb1, 0xa1}, 10, 45);
    build_span_error(b);
    world_add(world, b);
    world_add(world, work(&front, "of its own", 0x99, (const uint64_t[]){0xb1, 0}, 30, 40));
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_int_equal(t.span_count, 3);
    const struct transaction_span *query = calls_span(&t, "query");
    assert_true(query->end_ns == BUILD_T0 + 45 * BUILD_MS);
    assert_int_equal(query->span->status, SPAN_STATUS_ERROR);
    (void)calls_span(&t, "of its own");
    world_free(world);
}

/* A span comes long before anything else of its transaction, or long after: it is in its place. */
static void spans_come_when_they_like(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct world *world = world_create();
        if (late == 1) {
            calls_invoke(world, &front);
        }
        world_add(world, work(&front, "child", 0x99, (const uint64_t[]){0xb2, 0xb1}, 12, 18));
        world_add(world, work(&front, "root", 0x99, (const uint64_t[]){0xb1, 0}, 10, 20));
        struct call between = again(5000, 10);
        between.trace = 0x7f;
        calls_invoke(world, &between);
        if (late == 0) {
            calls_invoke(world, &front);
        }
        struct transaction t;
        calls_read(world, 0x11, &t);
        assert_int_equal(t.invocation_count, 1);
        assert_int_equal(t.span_count, 3);
        assert_attached(&t, "root", 0xa1, ATTACHED_TIME);
        assert_attached(&t, "child", 0xa1, ATTACHED_TIME);
        for (uint32_t i = 0; i < t.missing_count; i++) {
            assert_int_not_equal(t.missing[i].code, MISSING_PARENT);
        }
        world_free(world);
    }
}

/* A batch that memory has forgotten is found by the trace of whoever sent its message. */
static void a_batch_long_ago(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct call batch = again(1000, 10);
    view_limit(world->query.view, 16, 256);
    batch.request = 0x21;
    batch.trace = 0x81;
    batch.span = 0xc1;
    calls_invoke(world, &front);
    calls_invoke(world, &batch);
    struct build *b = calls_sdk(&batch, 40);
    build_span(b, "receive", SPAN_CONSUMER, 0x81, 0xd1, 0xc1);
    build_span_time(b, batch.start_ns + BUILD_MS, batch.start_ns + 2 * BUILD_MS);
    build_request(b, 0x21, 1);
    build_link(b, 0x71, 0xa1, "m1");
    world_add(world, b);
    for (uint64_t i = 0; i < 40; i++) {
        struct call later = again((int64_t)(i + 1) * 1800000, 20 + 3 * i);
        later.request = 0x1000 + i;
        later.trace = 0x7000 + i;
        later.span = 0xa000 + i;
        calls_invoke(world, &later);
    }
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_non_null(t.cold);
    assert_int_equal(t.invocation_count, 2);
    (void)calls_span(&t, "receive");
    transaction_release(&t);
    world_free(world);
}

/* What a function sent without an agent is its own, though nobody tells of an invocation. */
static void spans_without_an_invocation(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = work(&front, "alone", 0x95, (const uint64_t[]){0xb1, 0}, 0, 10);
    struct transaction t;
    struct path_report report;
    world_add(world, b);
    calls_read(world, 0x95, &t);
    assert_int_equal(t.invocation_count, 0);
    assert_true(path_report(&t, &world->arena, &report));
    assert_int_equal(report.function_count, 1);
    assert_slice(report.functions[0].name, "front");
    world_free(world);
}

/* ---- Callers. ---- */

/* Those whom others call have their parents elsewhere: nothing of this transaction is missing. */
static void parents_of_entries_are_elsewhere(void **state)
{
    (void)state;
    static const enum span_kind kinds[] = {SPAN_SERVER, SPAN_CONSUMER, SPAN_INTERNAL, SPAN_CLIENT};
    for (unsigned i = 0; i < 4; i++) {
        struct world *world = world_create();
        struct build *b = build_create(SIGNAL_TRACES);
        build_service(b, "shop");
        build_span(b, "entry", kinds[i], 0x91, 0xb1, 0xbad);
        build_span_time(b, BUILD_T0, BUILD_T0 + 9 * BUILD_MS);
        world_add(world, b);
        struct transaction t;
        calls_read(world, 0x91, &t);
        assert_int_equal(t.missing_count, i < 2 ? 0 : 1);
        world_free(world);
    }
}

/* A caller that nobody has told of is still named. */
static void an_unknown_caller_is_named(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct call called = front;
    called.parent = 0xbad;
    calls_invoke(world, &called);
    struct transaction t;
    calls_read(world, 0x11, &t);
    struct id8 parent = build_id8(0xbad);
    assert_memory_equal(&t.invocations[0].parent, &parent, sizeof(parent));
    assert_int_equal(t.invocations[0].caller, TRANSACTION_NONE);
    world_free(world);
}

/* The caller is told by the span that the function's SDK found in the event, or by whoever sent
 * something with its request id: a call, or a message. */
static void callers_are_told_by_spans(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct world *world = world_create();
        const struct call called = {.function = "stock",
                                    .instance = "s1",
                                    .request = 0x12,
                                    .trace = 0x71,
                                    .span = 0xa2,
                                    .start_ns = BUILD_T0 + 20 * BUILD_MS,
                                    .duration_ns = 30 * BUILD_MS,
                                    .seq = 1};
        calls_invoke(world, &front);
        calls_invoke(world, &called);
        struct build *b = calls_sdk(&front, 40);
        build_span(b, "send", SPAN_PRODUCER, 0x71, 0xb2, 0xa1);
        build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 15 * BUILD_MS);
        if (i == 0) {
            build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
        }
        world_add(world, b);
        if (i == 1) {
            world_add(world, work(&called, "handle", 0x71, (const uint64_t[]){0xb5, 0xb2}, 21, 40));
        }
        struct transaction t;
        calls_read(world, 0x71, &t);
        struct id8 sender = build_id8(0xb2);
        assert_memory_equal(&t.invocations[1].parent, &sender, sizeof(sender));
        assert_int_equal(t.invocations[1].caller, 0);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_trace_and_two_invocations),
        cmocka_unit_test(a_trace_in_its_time),
        cmocka_unit_test(attempts_are_told_apart),
        cmocka_unit_test(a_sender_of_another_name),
        cmocka_unit_test(a_trace_of_its_own),
        cmocka_unit_test(sent_again),
        cmocka_unit_test(spans_come_when_they_like),
        cmocka_unit_test(a_batch_long_ago),
        cmocka_unit_test(spans_without_an_invocation),
        cmocka_unit_test(parents_of_entries_are_elsewhere),
        cmocka_unit_test(an_unknown_caller_is_named),
        cmocka_unit_test(callers_are_told_by_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

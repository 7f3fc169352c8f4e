/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const struct call front = {"front", "f1",     0x11,           0x71, 0xa1, 0,
                                  0x51,    BUILD_T0, 100 * BUILD_MS, 1,    0,    0};
static const struct call stock = {
    "stock", "s1", 0x12, 0x71, 0xa2, 0x52, 0x52, BUILD_T0 + 20 * BUILD_MS, 50 * BUILD_MS, 1, 0, 0};

/* Any id of a transaction gives the same one, with all its records in order. */
static void any_id_gives_all_of_it(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &stock);
    calls_invoke(world, &front);
    const struct call other = {
        "front", "f1", 0x19, 0x79, 0xa9, 0, 0, BUILD_T0 + 200 * BUILD_MS, 5 * BUILD_MS, 4, 0, 0};
    calls_invoke(world, &other);
    static const uint64_t ids[] = {0x11, 0x12, 0x71};
    for (unsigned i = 0; i < 3; i++) {
        struct transaction t;
        calls_read(world, ids[i], &t);
        struct id16 named = build_id(0x71);
        assert_memory_equal(&t.members.id, &named, sizeof(named));
        assert_int_equal(t.invocation_count, 2);
        assert_int_equal(t.span_count, 2);
        assert_int_equal(t.log_count, 2);
        assert_int_equal(t.missing_count, 0);
        assert_string_equal(arena_dup_text(&world->arena, t.invocations[0].function.name), "front");
        assert_int_equal(t.spans[0].attached, ATTACHED_ID);
        assert_int_equal(t.start_ns, BUILD_T0);
        assert_int_equal(t.end_ns, BUILD_T0 + 100 * BUILD_MS);
        /* 150 ms of a gigabyte and two requests, by hand: 0.15 * 0.0000166667 + 0.0000004. */
        char amount[MONEY_TEXT_SIZE];
        (void)money_format(t.cost.amount, amount);
        assert_string_equal(amount, "0.000002900005");
    }
    struct transaction t;
    arena_reset(&world->arena);
    assert_int_equal(transaction_read(&world->query, build_id(0x77), &world->arena, &t),
                     STATUS_NOT_FOUND);
    world_free(world);
}

/* Frames that came again, or cut anew, add nothing. */
static void each_record_once(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    calls_invoke(world, &front);
    for (int i = 0; i < 2; i++) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_sdk(b, "front", "f1", CALLS_EPOCH, 9);
        build_line(b, "of the sdk", 0, BUILD_T0 + 5 * BUILD_MS);
        build_request(b, 0x11, 0);
        build_line(b, "of the sdk, too", 0, BUILD_T0 + 6 * BUILD_MS);
        build_request(b, 0x11, 0);
        world_add(world, b);
    }
    struct transaction t;
    calls_read(world, 0x11, &t);
    assert_int_equal(t.span_count, 1);
    assert_int_equal(t.log_count, 3);
    world_free(world);
}

/* Lines of an instance keep the order of their numbers, whatever their clocks say. */
static void numbers_decide_within_an_instance(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "f1", CALLS_EPOCH);
    static const int64_t times_ms[] = {30, 10, 20};
    for (uint64_t i = 3; i > 0; i--) {
        build_line(b, "x", 100 + i, BUILD_T0 + times_ms[i - 1] * BUILD_MS);
        build_request(b, 0x11, 1);
    }
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x11, &t);
    assert_int_equal(t.log_count, 4);
    for (uint32_t i = 1; i < t.log_count; i++) {
        assert_true(t.logs[i].line->seq > t.logs[i - 1].line->seq);
    }
    assert_int_equal(t.logs[3].time_ns, BUILD_T0 + 20 * BUILD_MS);
    world_free(world);
}

/* The segment id stands for the SERVER span; a CLIENT span that has the request id is the caller.
 */
static void parents_are_resolved(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    calls_invoke(world, &stock);
    struct build *b = calls_sdk(&front, 4);
    build_span(b, "handle", SPAN_INTERNAL, 0x71, 0xb1, 0x51);
    build_span_time(b, BUILD_T0 + BUILD_MS, BUILD_T0 + 99 * BUILD_MS);
    build_span(b, "invoke stock", SPAN_CLIENT, 0x71, 0xb2, 0xb1);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 80 * BUILD_MS);
    build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
    build_span(b, "orphan", SPAN_INTERNAL, 0x71, 0xb3, 0xbad);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 11 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x11, &t);
    assert_int_equal(t.span_count, 5);
    struct id8 server = build_id8(0xa1), client = build_id8(0xb2), zero = build_id8(0);
    assert_memory_equal(&t.invocations[0].parent, &zero, sizeof(zero));
    assert_memory_equal(&t.invocations[1].parent, &client, sizeof(client));
    for (uint32_t i = 0; i < t.span_count; i++) {
        if (slice_equal(t.spans[i].span->name, SLICE("handle"))) {
            assert_memory_equal(&t.spans[i].parent, &server, sizeof(server));
            assert_int_equal(t.spans[i].attached, ATTACHED_CONTEXT);
            assert_int_equal(t.spans[i].invocation, 0);
        }
        if (slice_equal(t.spans[i].span->name, SLICE("stock"))) {
            assert_memory_equal(&t.spans[i].parent, &client, sizeof(client));
        }
    }
    assert_int_equal(t.missing_count, 1);
    assert_int_equal(t.missing[0].code, MISSING_PARENT);
    for (uint32_t i = 0; i < t.instance_count; i++) {
        assert_int_equal(t.instances[i].skew_ns, 0);
    }
    world_free(world);
}

/* A clock that is ahead or behind is shifted so that the called one lies in its caller's span. */
static void clocks_are_compared(void **state)
{
    (void)state;
    static const int64_t off_ms[] = {-5000, -30, 0, 30, 5000};
    for (unsigned i = 0; i < sizeof(off_ms) / sizeof(off_ms[0]); i++) {
        struct world *world = world_create();
        struct call called = stock;
        called.start_ns += off_ms[i] * BUILD_MS;
        called.response_ns = called.duration_ns;
        calls_invoke(world, &front);
        calls_invoke(world, &called);
        struct build *b = calls_sdk(&front, 4);
        build_span(b, "invoke stock", SPAN_CLIENT, 0x71, 0xb2, 0xa1);
        build_span_time(b, BUILD_T0 + 15 * BUILD_MS, BUILD_T0 + 75 * BUILD_MS);
        build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
        world_add(world, b);
        struct transaction t;
        calls_read(world, 0x12, &t);
        assert_int_equal(t.span_count, 3);
        for (uint32_t k = 0; k < t.span_count; k++) {
            const struct transaction_span *span = &t.spans[k];
            if (slice_equal(span->span->name, SLICE("stock"))) {
                assert_int_equal(span->start_ns, BUILD_T0 + 20 * BUILD_MS);
                assert_int_equal(span->skew_ns, -off_ms[i] * BUILD_MS);
            } else {
                assert_int_equal(span->skew_ns, 0);
            }
        }
        assert_int_equal(t.end_ns, BUILD_T0 + 100 * BUILD_MS);
        world_free(world);
    }
}

/* Who is called is measured by his caller's clock as it was corrected. */
static void clocks_are_corrected_one_after_the_other(void **state)
{
    (void)state;
    const int64_t off_ns = 5000 * BUILD_MS;
    struct world *world = world_create();
    struct call middle = stock;
    middle.start_ns += off_ns;
    middle.response_ns = middle.duration_ns;
    const struct call last = {.function = "price",
                              .instance = "p1",
                              .request = 0x13,
                              .trace = 0x71,
                              .span = 0xa3,
                              .start_ns = middle.start_ns + 10 * BUILD_MS,
                              .duration_ns = 30 * BUILD_MS,
                              .seq = 1,
                              .response_ns = 30 * BUILD_MS};
    calls_invoke(world, &front);
    calls_invoke(world, &middle);
    calls_invoke(world, &last);
    struct build *b = calls_sdk(&front, 4);
    build_span(b, "invoke stock", SPAN_CLIENT, 0x71, 0xb2, 0xa1);
    build_span_time(b, BUILD_T0 + 20 * BUILD_MS, BUILD_T0 + 70 * BUILD_MS);
    build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
    world_add(world, b);
    b = calls_sdk(&middle, 4);
    build_span(b, "invoke price", SPAN_CLIENT, 0x71, 0xb3, 0xa2);
    build_span_time(b, middle.start_ns + 10 * BUILD_MS, middle.start_ns + 40 * BUILD_MS);
    build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000013");
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x71, &t);
    static const char *const names[] = {"stock", "invoke price", "price"};
    static const int64_t starts_ms[] = {20, 30, 30};
    for (unsigned i = 0; i < 3; i++) {
        const struct transaction_span *span = calls_span(&t, names[i]);
        assert_true(span->start_ns == BUILD_T0 + starts_ms[i] * BUILD_MS);
        assert_true(span->skew_ns == -off_ns);
    }
    const struct transaction_log *line = calls_line(&t, "price");
    assert_true(line->time_ns == BUILD_T0 + 31 * BUILD_MS);
    assert_true(t.end_ns == BUILD_T0 + 100 * BUILD_MS);
    world_free(world);
}

/* Of spans that begin together the longer one comes first: it is the parent. */
static void parents_come_first(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "shop");
    build_span(b, "short", SPAN_INTERNAL, 0x91, 0xb1, 0xb2);
    build_span_time(b, BUILD_T0, BUILD_T0 + 3 * BUILD_MS);
    build_span(b, "long", SPAN_INTERNAL, 0x91, 0xb2, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 9 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x91, &t);
    assert_int_equal(t.span_count, 2);
    assert_true(slice_equal(t.spans[0].span->name, SLICE("long")));
    world_free(world);
}

/* An asynchronous call ends when it likes: that is no fault of a clock. */
static void asynchronous_calls_are_left_alone(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct call called = stock;
    called.start_ns = BUILD_T0 + 500 * BUILD_MS;
    calls_invoke(world, &front);
    calls_invoke(world, &called);
    struct build *b = calls_sdk(&front, 4);
    build_span(b, "invoke stock", SPAN_CLIENT, 0x71, 0xb2, 0xa1);
    build_span_time(b, BUILD_T0 + 15 * BUILD_MS, BUILD_T0 + 22 * BUILD_MS);
    build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x12, &t);
    for (uint32_t i = 0; i < t.instance_count; i++) {
        assert_int_equal(t.instances[i].skew_ns, 0);
    }
    world_free(world);
}

/* What has not come is said: a frame that retention took, an end, a report, numbers that were
 * skipped. */
static void what_is_missing_is_said(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    world_lose(world, 1);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "s1", CALLS_EPOCH);
    build_event(b, "faas.invocation", 5);
    build_request(b, 0x12, 1);
    build_trace(b, 0x71, 0xa2);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0 + BUILD_MS);
    build_event(b, "faas.invocation", 1);
    build_request(b, 0x13, 1);
    build_trace(b, 0x71, 0xa3);
    build_text(b, "thaw.invocation.state", "started");
    build_int(b, "thaw.start_ns", BUILD_T0 + 2 * BUILD_MS);
    build_int(b, "thaw.deadline_ns", BUILD_T0 + 60000 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x71, &t);
    unsigned seen[5] = {0};
    for (uint32_t i = 0; i < t.missing_count; i++) {
        seen[t.missing[i].code]++;
        assert_true(t.missing[i].message.size > 0);
    }
    assert_int_equal(seen[MISSING_REPORT_PENDING], 1);
    assert_int_equal(seen[MISSING_STILL_RUNNING], 1);
    assert_int_equal(seen[MISSING_RECORDS], 2); /* A frame, and numbers 2 to 4 of stock. */
    world_free(world);
}

/* A block of the SDK's metrics without points in it leaves no gap in its agent's numbers. */
static void an_empty_block_is_not_missed(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    struct call second = front;
    second.seq = 5;
    calls_invoke(world, &second);
    struct transaction t;
    calls_read(world, 0x11, &t);
    assert_int_equal(t.missing_count, 1);
    struct build *b = build_create(SIGNAL_METRICS);
    build_sdk(b, "front", "f1", CALLS_EPOCH, 4);
    world_add(world, b);
    calls_read(world, 0x11, &t);
    assert_int_equal(t.missing_count, 0);
    world_free(world);
}

/* A record with an absurd time stands at its arrival, as in lists, and says so: it does not move
 * the transaction's start or end to where nothing was. */
static void absurd_times_stand_at_their_arrival(void **state)
{
    (void)state;
    static const int64_t absurd_ns[] = {0, 5, -1, INT64_MIN, INT64_MAX};
    for (unsigned i = 0; i < sizeof(absurd_ns) / sizeof(absurd_ns[0]); i++) {
        struct world *world = world_create();
        calls_invoke(world, &front);
        struct build *b = calls_sdk(&front, 9);
        build_span(b, "absurd", SPAN_INTERNAL, 0x71, 0xb1, 0xa1);
        build_span_time(b, absurd_ns[i], absurd_ns[i]);
        build_request(b, 0x11, 0);
        world_add(world, b);
        b = build_create(SIGNAL_LOGS);
        build_agent(b, "front", "f1", CALLS_EPOCH);
        build_line(b, "absurd", 20, absurd_ns[i]);
        build_request(b, 0x11, 1);
        world_add(world, b);
        struct transaction t;
        calls_read(world, 0x11, &t);
        assert_int_equal(t.span_count, 2);
        assert_int_equal(t.log_count, 2);
        assert_false(t.spans[0].clamped || t.logs[0].clamped);
        assert_true(t.spans[1].clamped && t.logs[1].clamped);
        uint64_t before_ns = t.logs[1].arrival_ns - 1; /* That of the frame before. */
        assert_int_equal(t.spans[1].start_ns, before_ns);
        assert_int_equal(t.spans[1].end_ns, before_ns);
        assert_int_equal(t.logs[1].time_ns, t.logs[1].arrival_ns);
        assert_int_equal(t.start_ns, t.members.start_ns);
        assert_int_equal(t.start_ns, BUILD_T0);
        assert_int_equal(t.end_ns, before_ns);
        world_free(world);
    }
}

/* A line of an SDK that names neither request nor trace is of the invocation in whose time it lies,
 * whether it or that comes first. */
static void lines_without_context(void **state)
{
    (void)state;
    for (unsigned late = 0; late < 2; late++) {
        struct world *world = world_create();
        if (late == 1) {
            calls_invoke(world, &front);
        }
        struct build *b = build_create(SIGNAL_LOGS);
        build_sdk(b, "front", "f1", CALLS_EPOCH, 9);
        build_line(b, "before", 0, BUILD_T0 - 10 * BUILD_MS);
        build_line(b, "within", 0, BUILD_T0 + 50 * BUILD_MS);
        build_line(b, "after", 0, BUILD_T0 + 150 * BUILD_MS);
        world_add(world, b);
        if (late == 0) {
            calls_invoke(world, &front);
        }
        struct transaction t;
        calls_read(world, 0x11, &t);
        assert_int_equal(t.log_count, 2);
        assert_true(slice_equal(t.logs[1].line->body.text, SLICE("within")));
        assert_int_equal(t.logs[1].invocation, 0);
        assert_int_equal(t.logs[1].attached, ATTACHED_TIME);
        world_free(world);
    }
}

/* Senders without an agent still have transactions, by their trace ids. */
static void senders_without_an_agent(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "shop");
    build_span(b, "GET /", SPAN_SERVER, 0x91, 0xb1, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 9 * BUILD_MS);
    build_span(b, "query", SPAN_CLIENT, 0x91, 0xb2, 0xb1);
    build_span_time(b, BUILD_T0 + BUILD_MS, BUILD_T0 + 3 * BUILD_MS);
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x91, &t);
    assert_int_equal(t.invocation_count, 0);
    assert_int_equal(t.span_count, 2);
    assert_int_equal(t.end_ns - t.start_ns, 9 * BUILD_MS);
    assert_int_equal(t.missing_count, 0);
    world_free(world);
}

/* Records of a shared batch are there, and marked by their group. */
static void a_shared_batch(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    const struct call second = {
        "front", "f1", 0x13, 0x73, 0xa3, 0, 0, BUILD_T0 + 200 * BUILD_MS, 5 * BUILD_MS, 4, 0, 0};
    const struct call notify = {
        "notify", "n1", 0x21, 0x81, 0xc1, 0, 0, BUILD_T0 + 1000 * BUILD_MS, 40 * BUILD_MS, 1, 0, 0};
    calls_invoke(world, &second);
    calls_invoke(world, &notify);
    struct build *b = calls_sdk(&notify, 4);
    build_span(b, "receive", SPAN_CONSUMER, 0x81, 0xd1, 0xc1);
    build_span_time(b, notify.start_ns + BUILD_MS, notify.start_ns + 2 * BUILD_MS);
    build_link(b, 0x71, 0xa1, "m1");
    build_link(b, 0x73, 0xa3, "m2");
    build_link(b, 0x73, 0xa3, "m3");
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x71, &t);
    assert_int_equal(t.invocation_count, 2);
    assert_int_equal(t.invocations[1].group, 1);
    assert_true(t.members.groups[1].shared);
    assert_int_equal(t.members.groups[1].share_count, 2);
    assert_int_equal(t.log_count, 2);
    assert_int_equal(t.logs[1].group, 1);
    const struct member_group *batch = &t.members.groups[1];
    for (uint32_t i = 0; i < 2; i++) {
        struct id16 first = build_id(0x71);
        bool is_first = memcmp(&batch->shares[i].id, &first, sizeof(first)) == 0;
        assert_int_equal(batch->shares[i].messages, is_first ? 1 : 2);
    }
    struct money third = money_share(t.invocations[1].cost.parts.useful, 1, 3);
    assert_int_equal(money_compare(t.invocations[1].share.parts.useful, third), 0);
    world_free(world);
}

/* A batch of one sender's messages is part of his transaction, by whichever id it is asked for; one
 * of two senders is a transaction of its own, which says whom it serves. */
static void a_batch_is_asked_for_itself(void **state)
{
    (void)state;
    for (unsigned senders = 1; senders <= 2; senders++) {
        struct world *world = world_create();
        calls_invoke(world, &front);
        const struct call second = {"front",      "f1", 0x13, 0x73,
                                    0xa3,         0,    0,    BUILD_T0 + 200 * BUILD_MS,
                                    5 * BUILD_MS, 4,    0,    0};
        const struct call notify = {"notify",      "n1", 0x21, 0x81,
                                    0xc1,          0,    0,    BUILD_T0 + 1000 * BUILD_MS,
                                    40 * BUILD_MS, 1,    0,    0};
        calls_invoke(world, &second);
        calls_invoke(world, &notify);
        struct build *b = calls_sdk(&notify, 4);
        build_span(b, "receive", SPAN_CONSUMER, 0x81, 0xd1, 0xc1);
        build_span_time(b, notify.start_ns + BUILD_MS, notify.start_ns + 2 * BUILD_MS);
        build_link(b, 0x71, 0xa1, "m1");
        build_link(b, senders == 1 ? 0x71 : 0x73, senders == 1 ? 0xa1 : 0xa3, "m2");
        world_add(world, b);
        static const uint64_t ids[] = {0x21, 0x81};
        for (unsigned i = 0; i < 2; i++) {
            struct transaction t;
            calls_read(world, ids[i], &t);
            struct id16 id = build_id(senders == 1 ? 0x71 : 0x81);
            assert_memory_equal(&t.members.id, &id, sizeof(id));
            assert_int_equal(t.invocation_count, senders == 1 ? 2 : 1);
            assert_int_equal(t.members.groups[senders == 1 ? 1 : 0].share_count,
                             senders == 1 ? 0 : 2);
        }
        world_free(world);
    }
}

/* Who answers and then works on ends after its caller had the answer: that is no fault of a clock.
 */
static void work_after_the_answer_is_left_alone(void **state)
{
    (void)state;
    struct world *world = world_create();
    struct call called = stock;
    called.response_ns = 40 * BUILD_MS;
    calls_invoke(world, &front);
    calls_invoke(world, &called);
    struct build *b = calls_sdk(&front, 4);
    build_span(b, "invoke stock", SPAN_CLIENT, 0x71, 0xb2, 0xa1);
    build_span_time(b, BUILD_T0 + 10 * BUILD_MS, BUILD_T0 + 62 * BUILD_MS);
    build_text(b, "aws.request_id", "5f000000-0000-0000-0000-000000000012");
    world_add(world, b);
    struct transaction t;
    calls_read(world, 0x12, &t);
    for (uint32_t i = 0; i < t.instance_count; i++) {
        assert_int_equal(t.instances[i].skew_ns, 0);
    }
    world_free(world);
}

/* What the view has forgotten is read from the store, in pieces or whole, and says the same. */
static void what_was_forgotten_is_found(void **state)
{
    (void)state;
    for (unsigned sealed = 0; sealed < 2; sealed++) {
        struct world *world = world_create();
        view_limit(world->query.view, 16, 256);
        calls_invoke(world, &stock);
        calls_invoke(world, &front);
        for (uint64_t i = 0; i < 40; i++) {
            const struct call later = {.function = "front",
                                       .instance = "f1",
                                       .request = 0x1000 + i,
                                       .trace = 0x7000 + i,
                                       .span = 0xa000 + i,
                                       .start_ns = BUILD_T0 + (int64_t)(i + 1) * 1800000 * BUILD_MS,
                                       .duration_ns = 5 * BUILD_MS,
                                       .seq = 10 + 3 * i};
            calls_invoke(world, &later);
        }
        if (sealed == 1) {
            world_seal(world);
        }
        struct transaction t;
        calls_read(world, 0x12, &t);
        assert_non_null(t.cold);
        assert_int_equal(t.invocation_count, 2);
        assert_int_equal(t.span_count, 2);
        assert_int_equal(t.log_count, 2);
        assert_int_equal(t.missing_count, 0);
        assert_int_equal(t.wait_ns, 100 * BUILD_MS);
        assert_string_equal(arena_dup_text(&world->arena, t.invocations[1].function.name), "stock");
        transaction_release(&t);
        calls_read(world, 0x7000 + 39, &t);
        assert_null(t.cold);
        assert_int_equal(t.invocation_count, 1);
        transaction_release(&t);
        arena_reset(&world->arena);
        assert_int_equal(transaction_read(&world->query, build_id(0x78), &world->arena, &t),
                         STATUS_NOT_FOUND);
        assert_null(t.cold);
        world_free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_id_gives_all_of_it),
        cmocka_unit_test(each_record_once),
        cmocka_unit_test(numbers_decide_within_an_instance),
        cmocka_unit_test(parents_are_resolved),
        cmocka_unit_test(clocks_are_compared),
        cmocka_unit_test(clocks_are_corrected_one_after_the_other),
        cmocka_unit_test(parents_come_first),
        cmocka_unit_test(asynchronous_calls_are_left_alone),
        cmocka_unit_test(work_after_the_answer_is_left_alone),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(an_empty_block_is_not_missed),
        cmocka_unit_test(absurd_times_stand_at_their_arrival),
        cmocka_unit_test(lines_without_context),
        cmocka_unit_test(senders_without_an_agent),
        cmocka_unit_test(a_shared_batch),
        cmocka_unit_test(a_batch_is_asked_for_itself),
        cmocka_unit_test(what_was_forgotten_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

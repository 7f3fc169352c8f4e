/* SPDX-License-Identifier: Apache-2.0 */
#include "orders.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sdk_traces_are_aliases),
        cmocka_unit_test(a_trace_that_runs_on_does_not_merge),
        cmocka_unit_test(a_batch_is_shared),
        cmocka_unit_test(a_continued_message_does_not_merge),
        cmocka_unit_test(a_message_fetched_by_the_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "orders.h"

static void members_of(struct view *view, uint64_t id, struct arena *arena, struct members *members)
{
    struct members_work *work = members_work_create();
    assert_non_null(work);
    view_read_begin(view);
    assert_true(members_find(view, work, build_id(id), arena, members));
    view_read_end(view);
    members_work_free(work);
}

static unsigned char memory[65536];
static struct arena arena;
static struct members members;

static void find(struct view *view, uint64_t id)
{
    arena_init(&arena, memory, sizeof(memory));
    members_of(view, id, &arena, &members);
}

static void request_trigger(struct build *b)
{
    build_text(b, "thaw.trigger", "api_gateway_http");
    build_text(b, "thaw.trigger.source", "api");
    build_text(b, "http.request.method", "GET");
    build_text(b, "http.route", "/a/{b}");
    build_int(b, "thaw.trigger.time_ns", BUILD_T0 - 7 * BUILD_MS);
    build_bool(b, "thaw.trigger.caller_waits", true);
}

/* The event and the SERVER span tell the trigger, in whatever order. */
static void the_trigger_is_told(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "stock", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "success", 100 * BUILD_MS);
    build_trace(b, 0x7a, 0x11);
    request_trigger(b);
    b = frame(&frames, SIGNAL_TRACES);
    build_agent(b, "stock", "stock", EPOCH);
    build_span(b, "stock", SPAN_SERVER, 0x7a, 0x11, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 100 * BUILD_MS);
    build_request(b, 0x11, 1);
    build_seq(b, 2);
    request_trigger(b);
    build_int(b, "http.response.status_code", 404);
    struct view *view = all_orders(&frames);
    uint32_t row;
    struct invocation_facts facts;
    view_read_begin(view);
    assert_int_equal(view_attempts(view, build_id(0x11), &row, 1), 1);
    view_invocation(view, row, &facts);
    view_read_end(view);
    assert_true(slice_equal(facts.trigger, SLICE("api_gateway_http")));
    assert_true(slice_equal(facts.trigger_source, SLICE("api")));
    assert_true(slice_equal(facts.method, SLICE("GET")));
    assert_true(slice_equal(facts.route, SLICE("/a/{b}")));
    assert_true(facts.trigger_wait_ns == 7 * BUILD_MS && facts.status_code == 404);
    assert_true(facts.caller_waits == 1 && facts.trigger_messages == UNKNOWN_INT);
    view_free(view);
}

/* A source whose clock is ahead makes no wait, and who tells no trigger tells no caller. */
static void nothing_is_guessed(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "stock", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "success", 100 * BUILD_MS);
    build_int(b, "thaw.trigger.time_ns", BUILD_T0 + 1);
    struct view *view = all_orders(&frames);
    uint32_t row;
    struct invocation_facts facts;
    view_read_begin(view);
    assert_int_equal(view_attempts(view, build_id(0x11), &row, 1), 1);
    view_invocation(view, row, &facts);
    view_read_end(view);
    assert_true(facts.trigger_wait_ns == UNKNOWN_NS && facts.caller_waits == UNKNOWN_INT);
    assert_true(facts.trigger.size == 0 && facts.status_code == UNKNOWN_INT);
    view_free(view);
}

/* The caller's trace, the platform's Root and the one that came with the event are one request. */
static void roots_are_aliases(void **state)
{
    (void)state;
    struct frames frames = {0};
    struct build *b = frame(&frames, SIGNAL_LOGS);
    build_agent(b, "stock", "stock", EPOCH);
    done(b, 1, 0x11, BUILD_T0, "success", 100 * BUILD_MS);
    build_trace(b, 0x7a, 0x11);
    build_text(b, "thaw.xray.header",
               "Root=1-5f000000-00000000000000000000007b;Parent=000000000000007b;Sampled=0");
    build_text(b, "thaw.trigger.xray_header", "Root=1-5f000000-00000000000000000000007c");
    struct view *view = all_orders(&frames);
    static const uint64_t names[] = {0x11, 0x7a, 0x7b, 0x7c};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        find(view, names[i]);
        assert_int_equal(members.invocation_count, 1);
        assert_int_equal(members.id_count, 4);
    }
    view_free(view);
}

static void sender(struct frames *frames, uint64_t request, uint64_t trace)
{
    struct build *b = frame(frames, SIGNAL_LOGS);
    build_agent(b, "front", "front", EPOCH);
    done(b, request, request, BUILD_T0 - 5000 * BUILD_MS, "success", 100 * BUILD_MS);
    build_trace(b, trace, request);
}

static void receiver(struct frames *frames, int64_t messages)
{
    struct build *b = frame(frames, SIGNAL_LOGS);
    build_agent(b, "stock", "stock", EPOCH);
    done(b, 1, 0x21, BUILD_T0, "success", 100 * BUILD_MS);
    build_trace(b, 0x81, 0x21);
    b = frame(frames, SIGNAL_TRACES);
    build_agent(b, "stock", "stock", EPOCH);
    build_span(b, "stock", SPAN_SERVER, 0x81, 0x21, 0);
    build_span_time(b, BUILD_T0, BUILD_T0 + 100 * BUILD_MS);
    build_request(b, 0x21, 1);
    build_seq(b, 2);
    if (messages > 0) {
        build_int(b, "messaging.batch.message_count", messages);
    }
    build_link(b, 0x71, 0x71, "one");
}

/* A message is followed from who sent it to who got it, and not merged; a batch is shared. */
static void messages_are_followed(void **state)
{
    (void)state;
    struct frames frames = {0};
    sender(&frames, 0x12, 0x71);
    receiver(&frames, 2);
    struct view *view = all_orders(&frames);
    find(view, 0x71);
    assert_int_equal(members.group_count, 2);
    assert_int_equal(members.invocation_count, 2);
    assert_int_equal(members.groups[1].messages, 2);
    assert_int_equal(members.groups[1].served, 1);
    view_free(view);
}

/* The function's own SDK names the same message: it is one. */
static void a_message_told_twice_is_one(void **state)
{
    (void)state;
    struct frames frames = {0};
    sender(&frames, 0x12, 0x71);
    receiver(&frames, 1);
    struct build *b = frame(&frames, SIGNAL_TRACES);
    build_sdk(b, "stock", "stock", EPOCH, 3);
    build_span(b, "orders process", SPAN_CONSUMER, 0x81, 0x31, 0x21);
    build_span_time(b, BUILD_T0 + BUILD_MS, BUILD_T0 + 90 * BUILD_MS);
    build_request(b, 0x21, 1);
    build_link(b, 0x71, 0x71, "one");
    struct view *view = all_orders(&frames);
    find(view, 0x71);
    assert_int_equal(members.group_count, 2);
    assert_int_equal(members.groups[1].messages, 1);
    assert_int_equal(members.groups[1].served, 1);
    view_free(view);
}

/* Another trace that a request carries is a mere link: it leads nowhere by itself. */
static void other_traces_are_mere_links(void **state)
{
    (void)state;
    struct frames frames = {0};
    sender(&frames, 0x12, 0x71);
    receiver(&frames, 0);
    struct view *view = all_orders(&frames);
    find(view, 0x71);
    assert_int_equal(members.group_count, 1);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_trigger_is_told),
        cmocka_unit_test(nothing_is_guessed),
        cmocka_unit_test(roots_are_aliases),
        cmocka_unit_test(messages_are_followed),
        cmocka_unit_test(a_message_told_twice_is_one),
        cmocka_unit_test(other_traces_are_mere_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

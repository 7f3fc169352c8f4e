/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "model/members.h"
#include "model/model_limits.h"
#include "model/view.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#define EPOCH      UINT64_C(1799999000000000000)
#define ARENA_SIZE ((size_t)8 << 20)

static const struct hash_key key = {{1, 2}};

static void apply(struct view *view, struct build *build)
{
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0 + 5000000000U};
    view_apply(view, &about, build_batch(build));
    build_free(build);
}

static void invoke(struct view *view, const char *function, uint64_t request, uint64_t trace)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, function, function, EPOCH);
    build_event(b, "faas.invocation", 1);
    build_request(b, request, 1);
    build_trace(b, trace, request);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 100 * BUILD_MS);
    apply(view, b);
}

static void receive_untold(struct build *b, uint64_t span)
{
    build_span(b, "receive", SPAN_CONSUMER, 0x81, span, 0);
    build_span_time(b, BUILD_T0 - 10000 * BUILD_MS, BUILD_T0 - 9999 * BUILD_MS);
}

static void receive(struct build *b, uint64_t span, uint64_t trace, const char *message)
{
    receive_untold(b, span);
    build_request(b, 0x21, 1);
    build_link(b, trace, trace, message);
}

/* However many links name the messages of a batch, no more of them are served than there are. */
static void served_is_never_more_than_all(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    invoke(view, "front", 0x11, 0x71);
    invoke(view, "notify", 0x21, 0x81);
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, "notify", "notify", EPOCH, 9);
    receive(b, 1, 0x71, "one");
    receive(b, 2, 0x71, "two");
    apply(view, b);
    for (uint64_t i = 0; i < MEMBER_LINK_COUNT_MAX; i += 20) {
        b = build_create(SIGNAL_TRACES);
        build_sdk(b, "notify", "notify", EPOCH, 10 + i);
        for (uint64_t k = 0; k < 20; k++) {
            receive(b, 0x100 + i + k, 0x99, "the same");
        }
        apply(view, b);
    }
    void *memory = malloc(ARENA_SIZE);
    assert_non_null(memory);
    struct arena arena;
    arena_init(&arena, memory, ARENA_SIZE);
    struct members_work *work = members_work_create();
    struct members members;
    view_read_begin(view);
    assert_true(members_find(view, work, build_id(0x71), &arena, &members));
    view_read_end(view);
    assert_int_equal(members.group_count, 2);
    for (uint32_t g = 0; g < members.group_count; g++) {
        const struct member_group *group = &members.groups[g];
        assert_true(group->served <= group->messages);
        assert_true(group->share_of > 0 && group->share <= group->share_of);
    }
    assert_true(members.cut);
    members_work_free(work);
    free(memory);
    view_free(view);
}

static void assert_messages(struct view *view, uint32_t messages)
{
    unsigned char memory[65536];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    struct members_work *work = members_work_create();
    struct members members;
    view_read_begin(view);
    assert_true(members_find(view, work, build_id(0x21), &arena, &members));
    view_read_end(view);
    assert_int_equal(members.groups[0].messages, messages);
    assert_int_equal(members.groups[0].share_count, messages);
    for (uint32_t i = 0; i < members.groups[0].share_count; i++) {
        assert_int_equal(members.groups[0].shares[i].messages, 1);
    }
    members_work_free(work);
}

/* Links that were known by their trace alone move to the request, from any place in the list. */
static void links_find_their_request(void **state)
{
    (void)state;
    static const uint64_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    for (unsigned o = 0; o < 4; o++) {
        struct view *view = view_create(&key);
        struct build *b = build_create(SIGNAL_TRACES);
        build_sdk(b, "notify", "notify", EPOCH, 0x50);
        for (uint64_t i = 0; i < 4; i++) {
            receive_untold(b, 0x100 + i);
            build_link(b, 0x70 + i, 0x70 + i, "one");
        }
        apply(view, b);
        invoke(view, "notify", 0x21, 0x81);
        for (unsigned i = 0; i < 4; i++) {
            b = build_create(SIGNAL_TRACES);
            build_sdk(b, "notify", "notify", EPOCH, 0x60 + i);
            receive(b, 0x100 + orders[o][i], 0x70 + orders[o][i], "one");
            apply(view, b);
            if (i > 0) { /* With one sender it is part of that one's transaction. */
                assert_messages(view, i + 1);
            }
        }
        view_free(view);
    }
}

/* Of invocations of one instance that say the same start, the order is that of their ids, whichever
 * comes first, also after some of them say another. */
static void equal_starts_have_an_order(void **state)
{
    (void)state;
    enum { COUNT = 300, LATER = 100 };
    static const uint64_t factors[] = {1, 101, 299}; /* They share no divisor with COUNT. */
    for (unsigned f = 0; f < 3; f++) {
        struct view *view = view_create(&key);
        for (unsigned pass = 0; pass < 2; pass++) {
            for (uint64_t i = 0; i < COUNT; i++) {
                uint64_t request = 0x1000 + i * factors[f] % COUNT;
                bool later = pass == 1 && request < 0x1000 + LATER;
                struct build *b = build_create(SIGNAL_LOGS);
                build_agent(b, "stock", "i1", EPOCH);
                build_event(b, "faas.invocation", 1 + pass * COUNT + i);
                build_request(b, request, 1);
                build_text(b, "thaw.invocation.state", later ? "reported" : "done");
                build_int(b, "thaw.start_ns", later ? BUILD_T0 + BUILD_MS : BUILD_T0);
                apply(view, b);
            }
        }
        uint32_t count;
        view_read_begin(view);
        const uint32_t *rows = view_instance_invocations(view, 0, &count);
        assert_int_equal(count, COUNT);
        for (uint32_t i = 0; i < count; i++) {
            struct invocation_facts facts;
            view_invocation(view, rows[i], &facts);
            struct id16 id = build_id(0x1000 + (i + LATER) % COUNT);
            assert_memory_equal(&facts.request_id, &id, sizeof(id));
        }
        view_read_end(view);
        view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(served_is_never_more_than_all),
        cmocka_unit_test(links_find_their_request),
        cmocka_unit_test(equal_starts_have_an_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/pool.h"
#include "clouds/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

/* What was told, counted. */
struct told {
    size_t invocations, lines, attributed, inits, refused;
};

static void on_invocation(void *context, const struct stream_invocation *invocation)
{
    (void)invocation;
    ((struct told *)context)->invocations++;
}

static void on_init(void *context, const struct stream_init *init)
{
    (void)init;
    ((struct told *)context)->inits++;
}

static void on_line(void *context, const struct stream_line *line)
{
    struct told *told = context;
    told->lines++;
    told->attributed += line->has_request;
}

static void on_refused(void *context, const struct stream_refusal *refusal)
{
    ((struct told *)context)->refused += refusal->count;
}

static struct stream_sink sink_of(struct told *told)
{
    return (struct stream_sink){.context = told,
                                .invocation = on_invocation,
                                .init = on_init,
                                .line = on_line,
                                .refused = on_refused};
}

static uint32_t source_of(struct pool *pool, const char *instance)
{
    const struct stream_source like = {.provider = PROVIDER_GCP,
                                       .platform = SLICE("gcp_cloud_run"),
                                       .stream = slice_from(instance),
                                       .function = SLICE("f")};
    return pool_source(pool, &like);
}

static void call_at(struct pool *pool, uint32_t source, uint64_t number)
{
    (void)pool_seen(pool, slice_of(&number, sizeof(number)), SLICE("call"));
    struct id16 id = pool_hash(slice_of(&number, sizeof(number)), SLICE_EMPTY, 0);
    struct pool_call *call = pool_call(pool, source, id, true);
    call->request_id = id;
    call->start_ns = (int64_t)number * S;
    call->end_ns = call->start_ns + S / 2;
    call->reported_ns = S / 2;
}

static void line_at(struct pool *pool, uint32_t source, uint64_t number, struct slice text)
{
    (void)pool_seen(pool, slice_of(&number, sizeof(number)), SLICE("line"));
    const struct pool_held held = {.source = source,
                                   .time_ns = (int64_t)number * S + S / 4,
                                   .line = true,
                                   .max_memory_mb = STREAMS_UNKNOWN};
    pool_hold(pool, &held, text, SLICE_EMPTY, SLICE_EMPTY);
}

/* More invocations than there is room for: the older half is told each time, none is lost or told
 * twice, and what stayed is still found. */
static void calls_beyond_the_limit_are_told(void **state)
{
    (void)state;
    struct told told = {0};
    const struct stream_sink sink = sink_of(&told);
    struct pool *pool = pool_create(&sink, STREAMS_UNKNOWN);
    uint32_t source = source_of(pool, "i");
    uint64_t count = CLOUDS_CALL_COUNT_MAX;
    for (uint64_t i = 0; i < count; i++) {
        call_at(pool, source, i + 1);
    }
    assert_int_equal(told.invocations, 0);
    call_at(pool, source, count + 1);
    assert_true(told.invocations > 0 && told.invocations <= count / 2 + 1);
    size_t before = told.invocations;
    call_at(pool, source, count); /* It is there still: nothing new is made of it. */
    assert_int_equal(pool->call_count, count + 1 - before);
    for (uint64_t i = count + 2; i <= 3 * count; i++) {
        call_at(pool, source, i);
    }
    settle(pool, UINT64_MAX);
    assert_int_equal(told.invocations, 3 * count);
    assert_int_equal(told.refused, 0);
    pool_free(pool);
}

/* More lines than there is room for: those that are told early are of their invocation all the same
 * when that is there. */
static void lines_beyond_the_limit_are_told(void **state)
{
    (void)state;
    struct told told = {0};
    const struct stream_sink sink = sink_of(&told);
    struct pool *pool = pool_create(&sink, STREAMS_UNKNOWN);
    uint32_t source = source_of(pool, "i");
    size_t count = CLOUDS_HELD_COUNT_MAX + 10;
    for (uint64_t i = 0; i < 100; i++) {
        call_at(pool, source, i + 1);
    }
    for (uint64_t i = 0; i < count; i++) {
        line_at(pool, source, i % 100 + 1, SLICE("text"));
    }
    assert_true(told.lines > 0 && told.lines < count);
    settle(pool, UINT64_MAX);
    assert_int_equal(told.lines, count);
    assert_true(told.attributed > 0);
    pool_free(pool);
}

/* The text of lines is bounded, too; a line beyond any bound is refused. */
static void text_is_bounded(void **state)
{
    (void)state;
    static unsigned char text[CLOUDS_RECORD_SIZE_MAX + 1];
    struct told told = {0};
    const struct stream_sink sink = sink_of(&told);
    struct pool *pool = pool_create(&sink, STREAMS_UNKNOWN);
    uint32_t source = source_of(pool, "i");
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = 'x';
    }
    for (uint64_t i = 0; i < 40; i++) {
        line_at(pool, source, i, slice_of(text, CLOUDS_RECORD_SIZE_MAX));
        assert_true(pool->texts.size <= CLOUDS_HELD_SIZE_MAX + CLOUDS_RECORD_SIZE_MAX);
    }
    assert_int_equal(told.refused, 0);
    line_at(pool, source, 41, slice_of(text, CLOUDS_RECORD_SIZE_MAX + 1));
    assert_int_equal(told.refused, 1);
    settle(pool, UINT64_MAX);
    assert_int_equal(told.lines, 40);
    pool_free(pool);
}

/* More instances than are remembered: all is told, and they begin anew. */
static void instances_beyond_the_limit_begin_anew(void **state)
{
    (void)state;
    struct told told = {0};
    const struct stream_sink sink = sink_of(&told);
    struct pool *pool = pool_create(&sink, STREAMS_UNKNOWN);
    for (uint64_t i = 0; i <= CLOUDS_SOURCE_COUNT_MAX; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "i%llu", (unsigned long long)i);
        uint32_t source = source_of(pool, name);
        assert_int_equal(told.invocations, i < CLOUDS_SOURCE_COUNT_MAX ? 0 : i);
        call_at(pool, source, i);
    }
    settle(pool, UINT64_MAX);
    assert_int_equal(told.invocations, CLOUDS_SOURCE_COUNT_MAX + 1);
    pool_free(pool);
}

/* An entry is known again as long as it is among the last ones. */
static void repetitions_are_known_for_a_while(void **state)
{
    (void)state;
    struct told told = {0};
    const struct stream_sink sink = sink_of(&told);
    struct pool *pool = pool_create(&sink, STREAMS_UNKNOWN);
    for (uint64_t i = 0; i < CLOUDS_SEEN_COUNT_MAX / 2; i++) {
        assert_false(pool_seen(pool, slice_of(&i, sizeof(i)), SLICE_EMPTY));
    }
    for (uint64_t i = 0; i < CLOUDS_SEEN_COUNT_MAX / 2; i++) {
        assert_true(pool_seen(pool, slice_of(&i, sizeof(i)), SLICE_EMPTY));
    }
    for (uint64_t i = CLOUDS_SEEN_COUNT_MAX; i < 2 * CLOUDS_SEEN_COUNT_MAX; i++) {
        (void)pool_seen(pool, slice_of(&i, sizeof(i)), SLICE_EMPTY);
    }
    uint64_t first = 0;
    assert_false(pool_seen(pool, slice_of(&first, sizeof(first)), SLICE_EMPTY));
    pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_beyond_the_limit_are_told),
        cmocka_unit_test(lines_beyond_the_limit_are_told),
        cmocka_unit_test(text_is_bounded),
        cmocka_unit_test(instances_beyond_the_limit_begin_anew),
        cmocka_unit_test(repetitions_are_known_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "model/snapshot.h"
#include "model/view.h"
#include "model/view_private.h"

#include "base/buf.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define EPOCH     UINT64_C(1799999000000000000)
#define MINUTE_MS 60000

static const struct hash_key key = {{1, 2}};

static void apply(struct view *view, struct build *build, uint64_t minute)
{
    struct view_frame about = {
        .segment = 1,
        .arrival_ns = (uint64_t)BUILD_T0 + minute * MINUTE_MS * (uint64_t)BUILD_MS,
    };
    view_apply(view, &about, build_batch(build));
    build_free(build);
}

/* One invocation in each minute, with its own trace, and one span of so many other traces. */
static void invoke(struct view *view, uint64_t minute, unsigned aliases)
{
    int64_t start_ns = BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", minute + 1);
    build_time(b, start_ns);
    build_request(b, 0x10000 + minute, 1);
    build_trace(b, 0x20000 + minute, 0xa1);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + BUILD_MS);
    apply(view, b, minute);
    b = build_create(SIGNAL_TRACES);
    build_sdk(b, "stock", "i1", EPOCH, 0x10000 + minute);
    for (unsigned i = 0; i < aliases; i++) {
        build_span(b, "work", SPAN_SERVER, 0x1000000 + minute * 0x100 + i, i + 1, 0);
        build_span_time(b, start_ns, start_ns + BUILD_MS / 2);
        build_request(b, 0x10000 + minute, 1);
    }
    apply(view, b, minute);
}

static uint32_t attempts(struct view *view, uint64_t request)
{
    view_read_begin(view);
    uint32_t row;
    uint32_t count = view_attempts(view, build_id(request), &row, 1);
    view_read_end(view);
    return count;
}

static struct view_stats stats(struct view *view)
{
    struct view_stats stats;
    view_read_begin(view);
    view_stats(view, &stats);
    view_read_end(view);
    return stats;
}

/* How many traces without invocations there are. */
static uint32_t traces(struct view *view)
{
    struct view_walk walk;
    uint32_t count = 0;
    int64_t minute_ns;
    view_read_begin(view);
    view_walk_init(&walk, 0, INT64_MAX);
    while (view_walk_minute(view, &walk, &minute_ns)) {
        while (view_walk_id(view, &walk) != ROW_NONE) {
            count++;
        }
    }
    view_read_end(view);
    return count;
}

/* What a minute says of how many rows it has is so. */
static void weigh(const struct view *view)
{
    const struct minute *minute = minutes_after(&view->minutes, INT64_MIN);
    for (; minute != NULL; minute = minutes_after(&view->minutes, minute->key.time_ns)) {
        uint32_t count = 0;
        for (uint32_t i = minute->invocations; i != ROW_NONE;
             i = view->invocations.rows[i].minute_next) {
            count++;
        }
        for (uint32_t i = minute->ids; i != ROW_NONE; i = view->ids.rows[i].minute_next) {
            count++;
        }
        assert_int_equal(minute->weight, count);
    }
}

/* Whichever table fills up, the latest request is always seen, and what is left of those that were
 * forgotten does not come back as traces without invocations. */
static void the_latest_is_always_seen(void **state)
{
    (void)state;
    static const struct {
        uint32_t invocations, ids;
        unsigned aliases;
    } limits[] = {{64, 4096, 1}, {4096, 256, 0}, {4096, 256, 5}, {64, 256, 3}};
    for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct view *view = view_create(&key);
        assert_non_null(view);
        view_limit(view, limits[i].invocations, limits[i].ids);
        for (uint64_t minute = 0; minute < 1000; minute++) {
            invoke(view, minute, limits[i].aliases);
            assert_int_equal(attempts(view, 0x10000 + minute), 1);
            assert_int_equal(attempts(view, 0x10000 + (minute > 0 ? minute - 1 : 0)), 1);
        }
        weigh(view);
        struct view_stats after = stats(view);
        assert_int_equal(after.refused_full, 0);
        assert_int_equal(traces(view), 0);
        assert_int_equal(after.ids, after.invocations * (2 + limits[i].aliases));
        assert_int_equal(after.forgotten_full + after.invocations, 1000);
        view_free(view);
    }
}

/* Senders without an agent fill the table of ids alone. */
static void traces_alone_make_room(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit(view, 64, 128);
    for (uint64_t minute = 0; minute < 1000; minute++) {
        struct build *b = build_create(SIGNAL_TRACES);
        build_service(b, "browser");
        build_span(b, "click", SPAN_CLIENT, 0x1000 + minute, 1, 0);
        int64_t start_ns = BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS;
        build_span_time(b, start_ns, start_ns + BUILD_MS);
        apply(view, b, minute);
    }
    assert_int_equal(stats(view).refused_full, 0);
    assert_int_equal(traces(view), stats(view).ids);
    invoke(view, 1000, 1);
    assert_int_equal(attempts(view, 0x10000 + 1000), 1);
    view_free(view);
}

/* An invocation of so many milliseconds, closed and billed, in a minute of its own. */
static void bill(struct view *view, const char *function, const char *instance, uint64_t minute)
{
    int64_t start_ns = BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, function, instance);
    build_event(b, "faas.invocation", 0);
    build_time(b, start_ns);
    build_request(b, 0x10000 + minute, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.reported_ns", 5 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 5);
    build_int(b, "thaw.memory_size_mb", 128);
    apply(view, b, minute);
}

static struct rollup_facts sums(struct view *view)
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

static bool counts_missing(struct view *view, int64_t from_ns, int64_t to_ns)
{
    view_read_begin(view);
    bool missing = view_counts_missing(view, from_ns, to_ns);
    view_read_end(view);
    return missing;
}

static void bill_named(struct view *view, uint64_t minute, bool functions)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "n%u", (unsigned)minute);
    bill(view, functions ? name : "stock", functions ? "i1" : name, minute);
}

/* Counts outlive the invocations that are forgotten for want of room, and what is told of those
 * once more is not counted twice. */
static void counts_stay(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit(view, 64, 4096);
    for (int round = 0; round < 3; round++) {
        for (uint64_t minute = 0; minute < 1000; minute++) {
            bill(view, "stock", "i1", minute);
        }
        assert_int_equal(sums(view).invocations, 1000);
        assert_int_equal(sums(view).billed_ms, 5000);
    }
    assert_true(stats(view).forgotten_full > 900);
    assert_int_equal(stats(view).refused_counts, 0);
    assert_false(counts_missing(view, 0, INT64_MAX));
    view_free(view);
}

/* They go with the segments that told them. */
static void counts_go_with_their_segments(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit(view, 64, 4096);
    for (uint64_t minute = 0; minute < 1000; minute++) {
        bill(view, "stock", "i1", minute);
    }
    view_forget(view, 1);
    assert_int_equal(sums(view).invocations, 0);
    assert_int_equal(stats(view).rollups, 0);
    view_free(view);
}

/* A table full of instances, or of functions, lets the latest in; what goes leaves its counts,
 * except that a function goes with all. */
static void the_latest_instance_and_function_are_seen(void **state)
{
    (void)state;
    for (int functions = 0; functions < 2; functions++) {
        struct view *view = view_create(&key);
        assert_non_null(view);
        view_limit_rows(view, 64, 64, 4096);
        for (uint64_t minute = 0; minute < 1000; minute++) {
            bill_named(view, minute, functions == 1);
            assert_int_equal(attempts(view, 0x10000 + minute), 1);
        }
        assert_int_equal(stats(view).refused_full, 0);
        assert_true(stats(view).instances <= 64);
        if (functions == 0) {
            assert_int_equal(sums(view).invocations, 1000);
            for (uint64_t minute = 0; minute < 1000; minute++) {
                bill_named(view, minute, false);
            }
            assert_int_equal(sums(view).invocations, 1000);
        } else {
            assert_int_equal(stats(view).forgotten_functions + stats(view).functions, 1000);
            assert_true(counts_missing(view, 0, BUILD_T0 + BUILD_MS));
        }
        view_free(view);
    }
}

/* Counts themselves are bounded: the oldest go, what is older than them is not counted any more,
 * and the span of time is told. */
static void the_latest_counts_stay(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit_rows(view, 64, 64, 64);
    for (uint64_t minute = 0; minute < 1000; minute++) {
        bill(view, "stock", "i1", minute);
    }
    uint64_t counted = sums(view).invocations;
    assert_true(counted > 32 && counted <= 64);
    assert_true(counts_missing(view, BUILD_T0, BUILD_T0 + MINUTE_MS * BUILD_MS));
    assert_false(counts_missing(view, BUILD_T0 + 990 * MINUTE_MS * BUILD_MS, INT64_MAX));
    bill(view, "stock", "i1", 0);
    assert_int_equal(sums(view).invocations, counted);
    view_forget(view, 1);
    assert_int_equal(sums(view).invocations, 0);
    view_free(view);
}

static int64_t grain(struct view *view, uint64_t minute)
{
    view_read_begin(view);
    int64_t grain_ns = view_rollup_grain(view, BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS);
    view_read_end(view);
    return grain_ns;
}

/* The rest of an invocation that has been counted without its bill. */
static void start_only(struct view *view, uint64_t minute)
{
    int64_t start_ns = BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 100000 + minute);
    build_time(b, start_ns);
    build_request(b, 0x10000 + minute, 1);
    build_text(b, "thaw.invocation.state", "done");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + BUILD_MS);
    apply(view, b, minute);
}

static bool take(void *context, struct slice bytes)
{
    buf_append(context, bytes);
    return true;
}

/* The same view, saved and loaded. */
static struct view *again(struct view *view)
{
    struct buf buf;
    const char *reason = NULL;
    buf_init_growing(&buf, (size_t)64 << 20);
    assert_int_equal(view_save(view, take, &buf), STATUS_OK);
    view_free(view);
    struct view *loaded = view_create(&key);
    assert_non_null(loaded);
    view_limit_rows(loaded, 64, 64, 256);
    assert_int_equal(view_load(loaded, buf_bytes(&buf), &reason), STATUS_OK);
    buf_fini(&buf);
    return loaded;
}

/* Counts of long ago go on by hour and by day, and nothing of them is lost: neither what is told of
 * one once more, nor the bill that comes when its minute is no row any more. */
static void old_counts_become_coarse(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit_rows(view, 64, 64, 256);
    start_only(view, 0);
    for (uint64_t i = 1; i < 3000; i++) {
        bill(view, "stock", "i1", i * 10);
        assert_true(stats(view).rollups <= 256);
    }
    assert_int_equal(grain(view, 0), 1440 * 60 * INT64_C(1000000000));
    assert_int_equal(grain(view, 29990), 60 * INT64_C(1000000000));
    assert_int_equal(sums(view).invocations, 3000);
    assert_int_equal(sums(view).billed_ms, 2999 * 5);
    view = again(view);
    assert_int_equal(grain(view, 0), 1440 * 60 * INT64_C(1000000000));
    bill(view, "stock", "i1", 0);
    bill(view, "stock", "i1", 10);
    assert_int_equal(sums(view).invocations, 3000);
    assert_int_equal(sums(view).billed_ms, 3000 * 5);
    assert_int_equal(stats(view).refused_counts, 0);
    assert_false(counts_missing(view, 0, INT64_MAX));
    view_forget(view, 1);
    assert_int_equal(sums(view).invocations, 0);
    assert_int_equal(stats(view).rollups, 0);
    view_free(view);
}

/* The bill of an invocation that has been counted without it and forgotten is counted when it
 * comes, once. */
static void a_late_bill_is_counted(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit(view, 64, 256);
    start_only(view, 0);
    for (uint64_t i = 1; i < 200; i++) {
        bill(view, "stock", "i1", i);
    }
    assert_true(stats(view).forgotten_full > 100);
    assert_int_equal(sums(view).billed_ms, 199 * 5);
    bill(view, "stock", "i1", 0);
    bill(view, "stock", "i1", 1);
    assert_int_equal(sums(view).invocations, 200);
    assert_int_equal(sums(view).billed, 200);
    assert_int_equal(sums(view).billed_ms, 200 * 5);
    view = again(view);
    bill(view, "stock", "i1", 0);
    assert_int_equal(sums(view).billed, 200);
    assert_int_equal(stats(view).refused_counts, 0);
    assert_false(counts_missing(view, 0, INT64_MAX));
    view_free(view);
}

/* An agent's invocation, closed and billed: this attempt of a request in an instance. */
static void bill_attempt(struct view *view, uint64_t request, const char *instance,
                         uint32_t attempt, uint64_t minute)
{
    static uint64_t seq;
    int64_t start_ns = BUILD_T0 + (int64_t)minute * MINUTE_MS * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", instance, EPOCH);
    build_event(b, "faas.invocation", ++seq);
    build_time(b, start_ns);
    build_request(b, request, attempt);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + 5 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 5);
    build_int(b, "thaw.memory_size_mb", 128);
    apply(view, b, minute);
}

/* A retry of a request whose first attempt has been forgotten is counted, in the same instance and
 * in another; the first attempt that is told again is not, and neither is what a stream tells that
 * may be any of them. */
static void a_retry_is_counted(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    assert_non_null(view);
    view_limit(view, 64, 256);
    bill_attempt(view, 0x99, "i1", 1, 0);
    for (uint64_t i = 1; i < 200; i++) {
        bill_attempt(view, 0x10000 + i, "i1", 1, i);
    }
    assert_true(stats(view).forgotten_full > 100);
    assert_int_equal(sums(view).billed, 200);
    bill_attempt(view, 0x99, "i2", 1, 200);
    bill_attempt(view, 0x99, "i1", 2, 201);
    assert_int_equal(sums(view).billed, 202);
    bill_attempt(view, 0x99, "i1", 1, 0);
    assert_int_equal(sums(view).billed, 202);
    bill(view, "stock", "i1", 5); /* Attempt 1 of another one, out of the log stream. */
    assert_int_equal(sums(view).billed, 202);
    view = again(view);
    bill_attempt(view, 0x10000 + 7, "i1", 1, 7);
    bill_attempt(view, 0x10000 + 7, "i3", 1, 203);
    assert_int_equal(sums(view).billed, 203);
    assert_int_equal(stats(view).refused_counts, 0);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_latest_is_always_seen),
        cmocka_unit_test(traces_alone_make_room),
        cmocka_unit_test(counts_stay),
        cmocka_unit_test(counts_go_with_their_segments),
        cmocka_unit_test(the_latest_instance_and_function_are_seen),
        cmocka_unit_test(the_latest_counts_stay),
        cmocka_unit_test(old_counts_become_coarse),
        cmocka_unit_test(a_late_bill_is_counted),
        cmocka_unit_test(a_retry_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

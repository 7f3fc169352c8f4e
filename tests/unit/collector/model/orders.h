/* SPDX-License-Identifier: Apache-2.0 */
/* Frames told to a view in every order, for the tests of the view. */
#ifndef TESTS_MODEL_ORDERS_H
#define TESTS_MODEL_ORDERS_H
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

static inline struct build *frame(struct frames *frames, enum signal signal)
{
    assert_true(frames->count < FRAMES_MAX);
    frames->builds[frames->count] = build_create(signal);
    return frames->builds[frames->count++];
}

static inline void apply(struct view *view, struct build *build)
{
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0 + 5000000000U};
    view_apply(view, &about, build_batch(build));
}

static inline struct view *in_order(const struct frames *frames, const unsigned *order,
                                    unsigned count)
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
static inline bool next_order(unsigned *order, unsigned count)
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
static inline struct view *all_orders(struct frames *frames)
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

static inline void started(struct build *build, uint64_t seq, uint64_t request, int64_t start_ns)
{
    build_event(build, "faas.invocation", seq);
    build_time(build, start_ns);
    build_request(build, request, 1);
    build_text(build, "thaw.invocation.state", "started");
    build_int(build, "thaw.start_ns", start_ns);
    build_int(build, "thaw.deadline_ns", start_ns + 3000 * BUILD_MS);
}

static inline void done(struct build *build, uint64_t seq, uint64_t request, int64_t start_ns,
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

static inline void reported(struct build *build, uint64_t seq, uint64_t request, const char *status,
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

static inline void init(struct build *build, uint64_t seq, const char *phase, int64_t start_ns,
                        int64_t duration_ns)
{
    build_event(build, "faas.instance.start", seq);
    build_text(build, "thaw.init.phase", phase);
    build_text(build, "thaw.initialization_type", "on-demand");
    build_int(build, "thaw.init.start_ns", start_ns);
    build_int(build, "thaw.init.end_ns", start_ns + duration_ns);
    build_int(build, "thaw.init_ns", duration_ns);
}

static inline struct rollup_facts counts(struct view *view)
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

#endif

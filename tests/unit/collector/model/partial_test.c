/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"
#include "digest.h"

#include "model/view.h"

#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

/* What a view concludes that is shown some of the records only (model/partial.h). */

#define SECOND_NS (1000 * BUILD_MS)
#define EPOCH     UINT64_C(1799999000000000000)

static struct view *create(bool partial)
{
    static const struct hash_key key = {{1, 2}};
    struct view *view = view_create(&key);
    assert_non_null(view);
    if (partial) {
        view_partial(view);
    }
    return view;
}

static void apply(struct view *view, struct build *build)
{
    struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)(BUILD_T0 + 100 * SECOND_NS)};
    view_apply(view, &frame, build_batch(build));
    build_free(build);
}

static void tell_init(struct view *view, int64_t start_ns, int64_t end_ns)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.start", 1);
    build_int(b, "thaw.init.start_ns", start_ns);
    build_int(b, "thaw.init.end_ns", end_ns);
    apply(view, b);
}

/* An invocation of a second; cold: -1 is not told. */
static void tell_invocation(struct view *view, uint64_t request, int64_t start_ns, int cold,
                            bool ends)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.invocation", 100 + request);
    build_request(b, request, 1);
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.deadline_ns", start_ns + 3 * SECOND_NS);
    build_text(b, "thaw.invocation.state", ends ? "done" : "started");
    if (ends) {
        build_int(b, "thaw.done_ns", start_ns + SECOND_NS);
    }
    if (cold >= 0) {
        build_bool(b, "faas.coldstart", cold == 1);
    }
    apply(view, b);
}

static void tell_stop(struct view *view, int64_t time_ns)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", "i1", EPOCH);
    build_event(b, "faas.instance.stop", 90);
    build_text(b, "thaw.stop.reason", "failure");
    build_int(b, "thaw.stop_ns", time_ns);
    apply(view, b);
}

/* The first one that is known after an init need not be the first that there was: its word counts.
 */
static void an_init_is_for_who_says_so(void **state)
{
    (void)state;
    for (unsigned partial = 0; partial < 2; partial++) {
        struct view *view = create(partial == 1);
        tell_init(view, BUILD_T0, BUILD_T0 + SECOND_NS);
        tell_invocation(view, 1, BUILD_T0 + 5 * SECOND_NS, 0, true);
        struct invocation_facts facts = digest_invocation(view, 1, 1);
        assert_false(facts.cold);
        assert_int_equal(facts.init_start_ns, partial == 1 ? UNKNOWN_NS : BUILD_T0);
        view_free(view);
        view = create(partial == 1);
        tell_init(view, BUILD_T0, BUILD_T0 + SECOND_NS);
        tell_invocation(view, 1, BUILD_T0 + 5 * SECOND_NS, 1, true);
        facts = digest_invocation(view, 1, 1);
        assert_true(facts.cold);
        assert_int_equal(facts.init_start_ns, BUILD_T0);
        view_free(view);
    }
}

/* Without any word, one that begins right after an init waited for it. */
static void without_a_word_it_is_who_comes_at_once(void **state)
{
    (void)state;
    struct view *view = create(true);
    tell_init(view, BUILD_T0, BUILD_T0 + SECOND_NS);
    tell_invocation(view, 1, BUILD_T0 + SECOND_NS + 2 * BUILD_MS, -1, true);
    assert_true(digest_invocation(view, 1, 1).cold);
    view_free(view);
    view = create(true);
    tell_init(view, BUILD_T0, BUILD_T0 + SECOND_NS);
    tell_invocation(view, 1, BUILD_T0 + 5 * SECOND_NS, -1, true);
    assert_false(digest_invocation(view, 1, 1).cold);
    view_free(view);
}

/* An end of the agent long after the deadline did not cut it short: another one may have been in
 * between. */
static void an_end_counts_while_it_may_run(void **state)
{
    (void)state;
    struct view *view = create(true);
    tell_invocation(view, 1, BUILD_T0, 0, false);
    tell_stop(view, BUILD_T0 + 2 * SECOND_NS);
    assert_int_equal(digest_invocation(view, 1, 1).outcome, OUTCOME_ERROR);
    view_free(view);
    view = create(true);
    tell_invocation(view, 1, BUILD_T0, 0, false);
    tell_stop(view, BUILD_T0 + 90 * SECOND_NS);
    view_tick(view, (uint64_t)(BUILD_T0 + 200 * SECOND_NS));
    assert_int_equal(digest_invocation(view, 1, 1).outcome, OUTCOME_END_UNKNOWN);
    view_free(view);
}

/* A block that is shown in pieces is one, and comes again when it arrives at another time. */
static void a_block_comes_in_pieces(void **state)
{
    (void)state;
    struct view *view = create(true);
    for (unsigned i = 0; i < 3; i++) {
        struct build *b = build_create(SIGNAL_TRACES);
        build_sdk(b, "stock", "i1", EPOCH, 7);
        build_span(b, "work", SPAN_INTERNAL, 0x71, 0xa0 + i, 0);
        struct view_frame frame = {.segment = 1,
                                   .arrival_ns = (uint64_t)BUILD_T0 + (i < 2 ? 0 : 1)};
        view_apply(view, &frame, build_batch(b));
        build_free(b);
    }
    char *digest = digest_create(view);
    assert_non_null(strstr(digest, "spans=2"));
    free(digest);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_init_is_for_who_says_so),
        cmocka_unit_test(without_a_word_it_is_who_comes_at_once),
        cmocka_unit_test(an_end_counts_while_it_may_run),
        cmocka_unit_test(a_block_comes_in_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

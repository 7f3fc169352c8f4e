/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and imports of the past. */
#include "orders.h"

#include "alert/alert_view.h"

#define DAY_NS (INT64_C(86400000) * BUILD_MS)

static void add(void *context, const struct alert_sample *sample)
{
    struct alert_counts *all = context;
    all->samples += sample->counts.samples;
    all->hits += sample->counts.hits;
}

static void invocations(struct view *view, const char *stream, uint64_t first, int64_t start_ns)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", stream);
    for (uint64_t i = 0; i < 20; i++) {
        build_event(b, "faas.invocation", 0);
        build_time(b, start_ns + (int64_t)i * 1000 * BUILD_MS);
        build_request(b, first + i, 0);
        build_text(b, "thaw.invocation.state", "reported");
        build_int(b, "thaw.start_ns", start_ns + (int64_t)i * 1000 * BUILD_MS);
        build_int(b, "thaw.reported_ns", 40 * BUILD_MS);
        build_bool(b, "faas.coldstart", true);
        build_int(b, "thaw.init_ns", 200 * BUILD_MS);
    }
    apply(view, b);
    build_free(b);
}

/* What alerts read is a window around now: what is imported with old dates is not in it, and what
 * is recent counts, wherever it came from. */
static void imports_alert_by_their_dates(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    const uint64_t to_ns = (uint64_t)BUILD_T0 + 60 * 1000 * (uint64_t)BUILD_MS;
    const uint64_t from_ns = to_ns - 3600 * 1000 * (uint64_t)BUILD_MS;
    struct alert_counts counts = {0, 0};
    invocations(view, "2026/11/01/[$LATEST]aa", 0x100, BUILD_T0 - 70 * DAY_NS);
    invocations(view, "2027/01/13/[$LATEST]bb", 0x200, BUILD_T0 - 2 * DAY_NS);
    alert_view_read(view, from_ns, to_ns, add, &counts);
    assert_int_equal(counts.samples, 0);
    assert_int_equal(counts.hits, 0);
    invocations(view, "2027/01/15/[$LATEST]cc", 0x300, BUILD_T0 - 600 * 1000 * BUILD_MS);
    alert_view_read(view, from_ns, to_ns, add, &counts);
    assert_int_equal(counts.samples, 20);
    assert_int_equal(counts.hits, 20);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imports_alert_by_their_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

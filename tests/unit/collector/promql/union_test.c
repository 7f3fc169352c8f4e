/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/source.h"

#include "lib/cm.h"

#include <stdalign.h>

static alignas(ARENA_ALIGN) unsigned char memory[1 << 20];

/* A source that shows what it is told to. */
struct fixed {
    const struct series *series;
    size_t count;
    enum status status;
};

static enum status fixed_select(void *context, const struct selection *selection,
                                struct arena *arena, series_visit *visit, void *visit_context)
{
    (void)selection;
    (void)arena;
    const struct fixed *fixed = context;
    for (size_t i = 0; i < fixed->count; i++) {
        enum status status = visit(visit_context, &fixed->series[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return fixed->status;
}

static enum status fixed_list(void *context, const struct selection *selection, struct arena *arena,
                              labels_visit *visit, void *visit_context)
{
    (void)selection;
    (void)arena;
    const struct fixed *fixed = context;
    for (size_t i = 0; i < fixed->count; i++) {
        enum status status = visit(visit_context, &fixed->series[i].labels);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return fixed->status;
}

static const struct label name_a[] = {{SLICE_INIT("__name__"), SLICE_INIT("a")}};
static const struct label name_b[] = {{SLICE_INIT("__name__"), SLICE_INIT("b")}};
static const struct sample early[] = {{1, 1}, {3, 3}};
static const struct sample late[] = {{2, 20}, {3, 30}, {4, 40}};
static const struct native_histogram empty_histogram;
static const struct histogram_sample histograms[] = {{5, &empty_histogram}};

struct seen {
    struct series series[4];
    size_t count;
};

static enum status see(void *context, const struct series *series)
{
    struct seen *seen = context;
    if (seen->count == 4) {
        return STATUS_FULL;
    }
    seen->series[seen->count++] = *series;
    return STATUS_OK;
}

static enum status count_labels(void *context, const struct label_set *labels)
{
    size_t *count = context;
    *count += labels->count;
    return STATUS_OK;
}

/* A series of two sources is shown once: the samples of both, and of one time the earlier source's.
 */
static void merged(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    const struct series one[] = {{{name_b, 1}, early, 2, NULL, 0},
                                 {{name_a, 1}, early, 2, NULL, 0}};
    const struct series other[] = {{{name_a, 1}, late, 3, histograms, 1}};
    struct fixed first = {one, 2, STATUS_OK}, second = {other, 1, STATUS_OK};
    const struct series_source items[] = {{&first, fixed_select, fixed_list},
                                          {&second, fixed_select, fixed_list}};
    struct source_union both = {items, 2};
    struct series_source source = source_union(&both);
    struct selection selection = {0};
    struct seen seen = {0};
    assert_int_equal(source.select(source.context, &selection, &arena, see, &seen), STATUS_OK);
    assert_int_equal(seen.count, 2);
    assert_slice(seen.series[0].labels.items[0].value, "a");
    assert_int_equal(seen.series[0].sample_count, 4);
    assert_int_equal(seen.series[0].histogram_count, 1);
    const struct sample *samples = seen.series[0].samples;
    assert_true(samples[1].time_ms == 2 && samples[2].time_ms == 3 && samples[3].time_ms == 4);
    assert_true(samples[2].value == 3);
    assert_int_equal(seen.series[1].sample_count, 2);

    size_t labels = 0;
    assert_int_equal(source.list(source.context, &selection, &arena, count_labels, &labels),
                     STATUS_OK);
    assert_int_equal(labels, 2);
}

/* What a source or a visitor answers but STATUS_OK is the answer, and a full arena is STATUS_FULL.
 */
static void failures(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    const struct series one[] = {{{name_a, 1}, early, 2, NULL, 0}};
    struct fixed first = {one, 1, STATUS_OK}, second = {one, 1, STATUS_IO};
    const struct series_source items[] = {{&first, fixed_select, fixed_list},
                                          {&second, fixed_select, fixed_list}};
    struct source_union both = {items, 2};
    struct series_source source = source_union(&both);
    struct selection selection = {0};
    struct seen seen = {0};
    assert_int_equal(source.select(source.context, &selection, &arena, see, &seen), STATUS_IO);
    size_t labels = 0;
    assert_int_equal(source.list(source.context, &selection, &arena, count_labels, &labels),
                     STATUS_IO);
    second.status = STATUS_OK;
    seen.count = 4;
    assert_int_equal(source.select(source.context, &selection, &arena, see, &seen), STATUS_FULL);
    struct arena small;
    for (size_t size = 0; size < 1024; size += 16) {
        arena_init(&small, memory, size);
        seen.count = 0;
        enum status status = source.select(source.context, &selection, &small, see, &seen);
        assert_true(status == STATUS_OK || status == STATUS_FULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(merged), cmocka_unit_test(failures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

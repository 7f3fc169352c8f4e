/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_samples.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hash_key key = {{3, 4}};

/* Labels of a series x{n="..."}. */
struct named {
    char text[16];
    struct label items[2];
    struct label_set set;
};

static const struct label_set *named(struct named *named, const char *name, unsigned number)
{
    (void)snprintf(named->text, sizeof(named->text), "%u", number);
    named->items[0] = (struct label){LABEL_NAME, slice_from(name)};
    named->items[1] = (struct label){SLICE("n"), slice_from(named->text)};
    named->set = (struct label_set){named->items, 2};
    return &named->set;
}

static enum status put(struct rules_samples *samples, uint32_t owner, unsigned number,
                       int64_t time_ms, double value)
{
    struct named labels;
    return rules_samples_put(samples, owner, named(&labels, "x", number), time_ms, value);
}

/* "n:time=value,..." for each series. */
struct shown {
    char text[4096];
};

static enum status show(void *context, const struct series *series)
{
    struct shown *shown = context;
    size_t size = strlen(shown->text);
    struct slice number = labels_value(&series->labels, SLICE("n"));
    size += (size_t)snprintf(shown->text + size, sizeof(shown->text) - size, SLICE_FMT ":",
                             SLICE_ARG(number));
    for (size_t i = 0; i < series->sample_count; i++) {
        const struct sample *sample = &series->samples[i];
        size += (size_t)snprintf(shown->text + size, sizeof(shown->text) - size, "%lld=%s%.0f ",
                                 (long long)sample->time_ms,
                                 sample_is_stale(sample->value) ? "stale" : "",
                                 sample_is_stale(sample->value) ? 0 : sample->value);
    }
    return STATUS_OK;
}

static const char *all(struct rules_samples *samples, struct shown *shown, int64_t from_ms,
                       int64_t to_ms)
{
    static unsigned char memory[65536];
    struct arena arena;
    struct series_source source = rules_samples_source(samples);
    const struct matcher matcher = {MATCHER_EQUAL, LABEL_NAME, SLICE("x"), NULL};
    const struct selection selection = {
        .matchers = &matcher, .matcher_count = 1, .from_ms = from_ms, .to_ms = to_ms};
    arena_init(&arena, memory, sizeof(memory));
    shown->text[0] = '\0';
    assert_int_equal(source.select(source.context, &selection, &arena, show, shown), STATUS_OK);
    return shown->text;
}

static struct rules_samples *create(size_t series_max, int64_t age_ms, int64_t step_ms)
{
    const struct rules_samples_limits limits = {series_max, 1 << 20, age_ms, step_ms};
    struct rules_samples *samples = rules_samples_create(&key, &limits);
    assert_non_null(samples);
    return samples;
}

/* What was written is shown, in the span that is asked for. */
static void shows_what_was_written(void **state)
{
    (void)state;
    struct shown shown;
    struct rules_samples *samples = create(10, 0, 0);
    assert_int_equal(put(samples, 1, 1, 10, 1), STATUS_OK);
    assert_int_equal(put(samples, 1, 1, 20, 2), STATUS_OK);
    assert_int_equal(put(samples, 2, 2, 20, 3), STATUS_OK);
    assert_int_equal(put(samples, 1, 1, 20, 4), STATUS_EXISTS);
    assert_string_equal(all(samples, &shown, 0, 100), "1:10=1 20=2 2:20=3 ");
    assert_string_equal(all(samples, &shown, 11, 20), "1:20=2 2:20=3 ");
    assert_string_equal(all(samples, &shown, 21, 100), "");
    rules_samples_free(samples);
    rules_samples_free(NULL);
}

/* What an owner does not write again ends, once, and may begin again. */
static void what_is_not_written_again_ends(void **state)
{
    (void)state;
    struct shown shown;
    struct rules_samples *samples = create(10, 0, 0);
    assert_int_equal(put(samples, 1, 1, 10, 1), STATUS_OK);
    assert_int_equal(put(samples, 2, 2, 10, 1), STATUS_OK);
    rules_samples_end(samples, 1, 10);
    assert_int_equal(put(samples, 1, 3, 20, 1), STATUS_OK);
    rules_samples_end(samples, 1, 20);
    rules_samples_end(samples, 1, 30);
    rules_samples_end(samples, 9, 30);
    assert_int_equal(put(samples, 1, 1, 40, 5), STATUS_OK);
    assert_string_equal(all(samples, &shown, 0, 100),
                        "1:10=1 20=stale0 40=5 2:10=1 3:20=1 30=stale0 ");
    rules_samples_free(samples);
}

/* A series that another rule writes from now on is that one's to end. */
static void a_series_changes_its_owner(void **state)
{
    (void)state;
    struct shown shown;
    struct rules_samples *samples = create(10, 0, 0);
    assert_int_equal(put(samples, 1, 1, 10, 1), STATUS_OK);
    assert_int_equal(put(samples, 2, 1, 20, 1), STATUS_OK);
    rules_samples_end(samples, 1, 30);
    assert_string_equal(all(samples, &shown, 0, 100), "1:10=1 20=1 ");
    rules_samples_end(samples, 2, 30);
    assert_string_equal(all(samples, &shown, 0, 100), "1:10=1 20=1 30=stale0 ");
    rules_samples_free(samples);
}

/* Series beyond the limit are refused, those that are there are not. */
static void there_is_a_limit(void **state)
{
    (void)state;
    struct rules_samples *samples = create(3, 0, 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(put(samples, 1, i, 10, 1), STATUS_OK);
    }
    assert_int_equal(put(samples, 1, 3, 10, 1), STATUS_FULL);
    assert_int_equal(put(samples, 1, 2, 20, 1), STATUS_OK);
    rules_samples_free(samples);
}

/* Samples close together are one, the latest; a beginning and an end stay. */
static void thins(void **state)
{
    (void)state;
    struct shown shown;
    struct rules_samples *samples = create(3, 0, 60);
    for (int64_t time_ms = 0; time_ms <= 150; time_ms += 15) {
        assert_int_equal(put(samples, 1, 1, time_ms, (double)time_ms), STATUS_OK);
    }
    rules_samples_end(samples, 1, 151);
    assert_string_equal(all(samples, &shown, 0, 1000),
                        "1:0=0 45=45 90=90 135=135 150=150 151=stale0 ");
    rules_samples_free(samples);
}

/* What is too old goes, with series that have nothing left. */
static void forgets(void **state)
{
    (void)state;
    struct shown shown;
    struct rules_samples *samples = create(100, 100, 0);
    for (unsigned i = 0; i < 50; i++) {
        assert_int_equal(put(samples, i % 3, i, 10, 1), STATUS_OK);
    }
    for (int64_t time_ms = 20; time_ms <= 200; time_ms += 10) {
        assert_int_equal(put(samples, 1, 1, time_ms, 1), STATUS_OK);
        assert_int_equal(put(samples, 2, 47, time_ms, 1), STATUS_OK);
    }
    rules_samples_tick(samples, 280);
    assert_string_equal(all(samples, &shown, 0, 1000), "1:180=1 190=1 200=1 47:180=1 190=1 200=1 ");
    size_t series = 0, bytes = 0;
    rules_samples_count(samples, &series, &bytes);
    assert_int_equal(series, 2);
    rules_samples_end(samples, 1, 290);
    rules_samples_end(samples, 2, 290);
    rules_samples_tick(samples, 1000);
    rules_samples_count(samples, &series, &bytes);
    assert_int_equal(series, 0);
    assert_int_equal(bytes, 0);
    rules_samples_free(samples);
}

/* Beyond its bytes the older half goes, and again. */
static void keeps_to_its_bytes(void **state)
{
    (void)state;
    const struct rules_samples_limits limits = {10, 20000, 1 << 20, 0};
    struct rules_samples *samples = rules_samples_create(&key, &limits);
    size_t series = 0, bytes = 0;
    for (int64_t time_ms = 0; time_ms < 100000; time_ms += 10) {
        assert_int_equal(put(samples, 1, 1, time_ms, 1), STATUS_OK);
        if (time_ms % 1000 == 0) {
            rules_samples_tick(samples, time_ms);
            rules_samples_count(samples, &series, &bytes);
            assert_true(bytes <= 20000);
        }
    }
    rules_samples_free(samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_was_written),
        cmocka_unit_test(what_is_not_written_again_ends),
        cmocka_unit_test(a_series_changes_its_owner),
        cmocka_unit_test(there_is_a_limit),
        cmocka_unit_test(thins),
        cmocka_unit_test(forgets),
        cmocka_unit_test(keeps_to_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

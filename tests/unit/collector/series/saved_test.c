/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "base/buf.h"
#include "base/hash.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "series/series_tail.h"

#include <stdio.h>
#include <string.h>

static const struct hash_key key = {{1, 2}};
static unsigned char saved[1 << 16];

static bool take(void *context, struct slice bytes)
{
    buf_append(context, bytes);
    return true;
}

static struct slice save(const struct series_store *store, struct buf *out)
{
    buf_init_fixed(out, saved, sizeof(saved));
    assert_int_equal(series_save(store, take, out), STATUS_OK);
    assert_false(buf_overflowed(out));
    return buf_bytes(out);
}

static void fill(struct series_store *store, unsigned from, unsigned to)
{
    static const double bounds[] = {0.1, 1};
    static const uint64_t counts[] = {2, 1, 0};
    struct make make;
    for (unsigned i = from; i < to; i++) {
        make_sum(&make, "orders", METRIC_DELTA);
        make_times(&make, i * 10, i * 10 + 10);
        make.point.value = i;
        make_apply(&make, store);
        make.metric.name = SLICE("wait");
        make.metric.kind = METRIC_HISTOGRAM;
        make.point.counts = (struct metric_counts){counts, 3};
        make.point.bounds = (struct metric_doubles){bounds, 2};
        make_apply(&make, store);
        make.metric.name = SLICE("wide");
        make.metric.kind = METRIC_EXPONENTIAL;
        make.point.positive = (struct metric_buckets){(int32_t)i, {counts, 2}};
        make_apply(&make, store);
    }
}

static void same(struct series_store *one, struct series_store *other, const char *name)
{
    static char text[1 << 16];
    (void)snprintf(text, sizeof(text), "%s", make_samples(one, make_row(one, name, 0)));
    assert_string_equal(text, make_samples(other, make_row(other, name, 0)));
    (void)snprintf(text, sizeof(text), "%s", make_labels(one, make_row(one, name, 0)));
    assert_string_equal(text, make_labels(other, make_row(other, name, 0)));
}

/* Saved and loaded, series go on as they would have. */
static void test_round_trip(void **state)
{
    struct series_store *one = series_create(&key);
    struct series_store *other = series_create(&key);
    struct buf out;
    const char *reason;
    (void)state;
    fill(one, 20, 40);
    assert_int_equal(series_load(other, save(one, &out), &reason), STATUS_OK);
    fill(one, 35, 60);
    fill(other, 35, 60);
    same(one, other, "orders_total");
    same(one, other, "wait");
    same(one, other, "wide");
    series_free(one);
    series_free(other);
}

static void damaged(struct slice input, void *context)
{
    struct series_store *store = series_create(&key);
    const char *reason = NULL;
    (void)context;
    if (series_load(store, input, &reason) == STATUS_OK) {
        fill(store, 30, 32);
    } else {
        assert_non_null(reason);
    }
    series_free(store);
}

/* Whatever the bytes are, they are refused or are series. */
static void test_damage(void **state)
{
    struct series_store *store = series_create(&key);
    struct buf out;
    (void)state;
    fill(store, 20, 21);
    struct slice bytes = save(store, &out);
    every_prefix(bytes, damaged, NULL);
    for (size_t i = 0; i < bytes.size; i++) {
        static const unsigned char others[] = {0x01, 0x80, 0x7f, 0xff};
        for (size_t k = 0; k < sizeof(others); k++) {
            saved[i] ^= others[k];
            damaged(bytes, NULL);
            saved[i] ^= others[k];
        }
    }
    series_free(store);
}

/* What was saved without series has none. */
static void test_tail(void **state)
{
    struct series_store *store = series_create(&key);
    struct slice front, series;
    struct buf out;
    (void)state;
    fill(store, 20, 21);
    buf_init_fixed(&out, saved, sizeof(saved));
    buf_append_text(&out, "a view~");
    series_tail_split(buf_bytes(&out), &front, &series);
    assert_slice(front, "a view~");
    assert_int_equal(series.size, 0);
    assert_int_equal(series_tail_save(store, take, &out), STATUS_OK);
    series_tail_split(buf_bytes(&out), &front, &series);
    assert_slice(front, "a view~");
    assert_true(slice_starts(series, SLICE("THAWSERI")));
    series_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

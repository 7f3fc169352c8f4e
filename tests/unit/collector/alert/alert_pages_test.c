/* SPDX-License-Identifier: Apache-2.0 */
/* What rules wrote, on the disk and back; and what alerts went through, made of it. */
#include "alert/alert_history.h"
#include "alert/alert_limits.h"
#include "alert/alert_pages.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define START  (INT64_C(498600) * HOUR)

static const struct hash_key key = {{9, 8}};

/* A disk of pages. */
static struct {
    unsigned char *pages[ALERT_PAGE_COUNT];
    size_t sizes[ALERT_PAGE_COUNT];
    size_t saves;
} disk;

static enum status save(void *context, unsigned place, struct slice page)
{
    (void)context;
    assert_true(place < ALERT_PAGE_COUNT);
    free(disk.pages[place]);
    disk.pages[place] = malloc(page.size + 1);
    assert_non_null(disk.pages[place]);
    if (page.size > 0) {
        memcpy(disk.pages[place], page.base, page.size);
    }
    disk.sizes[place] = page.size;
    disk.saves++;
    return STATUS_OK;
}

static enum status load(void *context, unsigned place, struct arena *arena, struct slice *page)
{
    (void)context;
    if (disk.pages[place] == NULL) {
        return STATUS_NOT_FOUND;
    }
    *page = arena_dup(arena, slice_of(disk.pages[place], disk.sizes[place]));
    return STATUS_OK;
}

static const struct alert_pages fresh = {.save = save, .load = load};

static size_t page_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ALERT_PAGE_COUNT; i++) {
        count += disk.sizes[i] > 0;
    }
    return count;
}

static struct rules_samples *samples_create(void)
{
    const struct rules_samples_limits limits = {1000, 1 << 24, ALERT_WRITTEN_AGE_MS, MINUTE};
    struct rules_samples *samples = rules_samples_create(&key, &limits);
    assert_non_null(samples);
    return samples;
}

static int end(void **state)
{
    (void)state;
    for (size_t i = 0; i < ALERT_PAGE_COUNT; i++) {
        free(disk.pages[i]);
        disk.pages[i] = NULL;
        disk.sizes[i] = 0;
    }
    disk.saves = 0;
    return 0;
}

static void put(struct rules_samples *samples, const char *name, const char *state, int64_t time_ms,
                double value)
{
    struct label items[] = {{LABEL_NAME, slice_from(name)},
                            {SLICE("alertname"), SLICE("High")},
                            {SLICE("alertstate"), slice_from(state)}};
    const struct label_set labels = {items, labels_normalise(items, 3)};
    assert_int_equal(rules_samples_put(samples, 7, &labels, time_ms, value), STATUS_OK);
}

/* All samples as text. */
static enum status show(void *context, const struct series *series)
{
    struct buf *out = context;
    for (size_t i = 0; i < series->labels.count; i++) {
        buf_append(out, series->labels.items[i].value);
        buf_append_byte(out, ' ');
    }
    for (size_t i = 0; i < series->sample_count; i++) {
        buf_printf(out, "%lld=", (long long)(series->samples[i].time_ms - START) / 1000);
        if (sample_is_stale(series->samples[i].value)) {
            buf_append_text(out, "stale ");
        } else {
            buf_printf(out, "%g ", series->samples[i].value);
        }
    }
    buf_append_byte(out, '\n');
    return STATUS_OK;
}

static void describe(struct rules_samples *samples, struct buf *out)
{
    const struct series_source source = rules_samples_source(samples);
    const struct matcher any = {.kind = MATCHER_NOT_EQUAL, .name = LABEL_NAME, .value = SLICE("-")};
    const struct selection selection = {
        .matchers = &any, .matcher_count = 1, .from_ms = 0, .to_ms = INT64_MAX};
    struct arena arena;
    void *memory = malloc(1 << 22);
    arena_init(&arena, memory, 1 << 22);
    assert_int_equal(source.select(source.context, &selection, &arena, show, out), STATUS_OK);
    free(memory);
}

static void assert_same(struct rules_samples *one, struct rules_samples *other)
{
    struct buf left, right;
    buf_init_growing(&left, 1 << 22);
    buf_init_growing(&right, 1 << 22);
    describe(one, &left);
    describe(other, &right);
    assert_int_equal(left.size, right.size);
    assert_memory_equal(left.base, right.base, left.size);
    buf_fini(&left);
    buf_fini(&right);
}

/* Some hours, written as they go by. */
static void live(struct alert_pages *pages, struct rules_samples *samples, int64_t from_ms,
                 int64_t to_ms)
{
    for (int64_t time_ms = from_ms; time_ms < to_ms; time_ms += MINUTE / 2) {
        int64_t minute = time_ms / MINUTE;
        put(samples, "r", "x", time_ms, (double)(minute % 17) / 3);
        if (minute % 90 < 20) {
            put(samples, "ALERTS", "firing", time_ms, 1);
        } else if (minute % 90 == 20) {
            put(samples, "ALERTS", "firing", time_ms, sample_stale());
        }
        rules_samples_tick(samples, time_ms);
        alert_pages_keep(pages, samples, time_ms, false);
    }
}

/* What was written last is back after a crash at any minute. */
static void test_back(void **state)
{
    (void)state;
    struct alert_pages pages = fresh, again = fresh;
    struct rules_samples *samples = samples_create(), *read = samples_create();
    live(&pages, samples, START, START + 5 * HOUR + 7 * MINUTE);
    assert_int_equal(page_count(), 6);
    alert_pages_keep(&pages, samples, START + 5 * HOUR + 7 * MINUTE, true);
    alert_pages_recall(&again, read);
    assert_same(samples, read);
    assert_int_equal(again.first_hour, START / HOUR);
    /* It goes on as if nothing had been. */
    live(&again, read, START + 5 * HOUR + 8 * MINUTE, START + 7 * HOUR);
    live(&pages, samples, START + 5 * HOUR + 8 * MINUTE, START + 7 * HOUR);
    assert_same(samples, read);
    rules_samples_free(samples);
    rules_samples_free(read);
}

/* A page is written once a minute, or when something changed. */
static void test_when(void **state)
{
    (void)state;
    struct alert_pages pages = fresh;
    struct rules_samples *samples = samples_create();
    put(samples, "r", "x", START, 1);
    for (int64_t time_ms = START; time_ms < START + 2 * MINUTE; time_ms += 1000) {
        alert_pages_keep(&pages, samples, time_ms, false);
    }
    assert_int_equal(disk.saves, 2);
    alert_pages_keep(&pages, samples, START + 2 * MINUTE - 500, true);
    assert_int_equal(disk.saves, 3);
    rules_samples_free(samples);
}

/* Whom nobody writes any more ends; who is written goes on. */
static void test_nobody(void **state)
{
    (void)state;
    struct alert_pages pages = fresh, again = fresh;
    struct rules_samples *samples = samples_create(), *read = samples_create();
    put(samples, "r", "x", START, 1);
    put(samples, "s", "x", START, 2);
    alert_pages_keep(&pages, samples, START, true);
    alert_pages_recall(&again, read);
    put(read, "r", "x", START + MINUTE, 3);
    rules_samples_end(read, RULES_SAMPLES_NOBODY, START + MINUTE);
    put(samples, "r", "x", START + MINUTE, 3);
    put(samples, "s", "x", START + MINUTE, sample_stale());
    assert_same(samples, read);
    rules_samples_free(samples);
    rules_samples_free(read);
}

/* Pages end with what is in memory, and after nine days their places are taken again. */
static void test_old(void **state)
{
    (void)state;
    struct alert_pages pages = fresh, again = fresh;
    struct rules_samples *samples = samples_create(), *read = samples_create();
    for (int64_t hour = 0; hour < 300; hour++) {
        put(samples, "r", "x", START + hour * HOUR, (double)hour);
        rules_samples_tick(samples, START + hour * HOUR);
        alert_pages_keep(&pages, samples, START + hour * HOUR, false);
    }
    assert_int_equal(page_count(), ALERT_WRITTEN_AGE_MS / HOUR + 1);
    alert_pages_recall(&again, read);
    assert_same(samples, read);
    rules_samples_free(samples);
    rules_samples_free(read);
}

/* Whatever a page holds, it is taken or left, and others are read. */
static void test_damaged(void **state)
{
    (void)state;
    struct alert_pages pages = fresh;
    struct rules_samples *samples = samples_create();
    live(&pages, samples, START, START + 2 * HOUR);
    alert_pages_keep(&pages, samples, START + 2 * HOUR - MINUTE, true);
    rules_samples_free(samples);
    unsigned place = (unsigned)(START / HOUR % ALERT_PAGE_COUNT);
    size_t size = disk.sizes[place];
    for (size_t i = 0; i < size; i += 1 + i / 40) {
        for (int cut = 0; cut < 2; cut++) {
            struct alert_pages again = fresh;
            struct rules_samples *read = samples_create();
            disk.sizes[place] = cut ? i : size;
            disk.pages[place][i] ^= 0x55;
            alert_pages_recall(&again, read);
            assert_true(rules_samples_knows(read, SLICE("r")));
            disk.pages[place][i] ^= 0x55;
            rules_samples_free(read);
        }
    }
}

/* What has no room in a page is counted, and the others are there. */
static void test_full(void **state)
{
    (void)state;
    char memory[150];
    struct buf out;
    struct rules_samples *samples = samples_create(), *read = samples_create();
    put(samples, "a", "x", START, 1);
    put(samples, "b", "x", START, 1);
    put(samples, "c", "x", START, 1);
    buf_init_fixed(&out, memory, sizeof(memory));
    assert_int_equal(rules_samples_save(samples, START, START, &out), 2);
    assert_false(buf_overflowed(&out));
    assert_int_equal(rules_samples_load(read, buf_bytes(&out)), STATUS_OK);
    assert_true(rules_samples_knows(read, SLICE("a")));
    assert_false(rules_samples_knows(read, SLICE("b")));
    assert_int_equal(rules_samples_oldest(read), START);
    rules_samples_free(samples);
    rules_samples_free(read);
}

/* ALERTS as spans: until the marker, or a pause; what fires now goes on. */
static void test_history(void **state)
{
    (void)state;
    struct rules_samples *samples = samples_create();
    const struct series_source source = rules_samples_source(samples);
    struct arena arena;
    struct buf out;
    struct json_write writer;
    void *memory = malloc(1 << 20);
    for (int64_t minute = 0; minute < 5; minute++) {
        put(samples, "ALERTS", "pending", START + minute * MINUTE, 1);
        put(samples, "ALERTS", "firing", START + (5 + minute) * MINUTE, 1);
    }
    for (int64_t minute = 60; minute < 65; minute++) {
        put(samples, "ALERTS", "firing", START + minute * MINUTE, 1);
    }
    put(samples, "ALERTS", "pending", START + 5 * MINUTE, sample_stale());
    buf_init_growing(&out, 1 << 16);
    json_write_init(&writer, &out);
    arena_init(&arena, memory, 1 << 20);
    const struct alert_history history = {.source = &source,
                                          .from_ms = START,
                                          .to_ms = START + 2 * HOUR,
                                          .now_ms = START + 65 * MINUTE,
                                          .oldest_ms = START,
                                          .delay_ns = 0};
    alert_history_write(&history, &arena, &writer);
    buf_append_byte(&out, '\0');
    assert_string_equal(
        (const char *)out.base,
        "{\"history\":["
        "{\"rule\":\"High\",\"state\":\"firing\",\"labels\":{\"alertname\":\"High\"},"
        "\"from\":\"1794963600000000000\",\"to\":null},"
        "{\"rule\":\"High\",\"state\":\"firing\",\"labels\":{\"alertname\":\"High\"},"
        "\"from\":\"1794960300000000000\",\"to\":\"1794960540000000000\"},"
        "{\"rule\":\"High\",\"state\":\"pending\",\"labels\":{\"alertname\":\"High\"},"
        "\"from\":\"1794960000000000000\",\"to\":\"1794960300000000000\"}],"
        "\"more\":0,\"partial\":false,\"since\":\"1794960000000000000\"}");
    buf_fini(&out);
    free(memory);
    rules_samples_free(samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_back, end),    cmocka_unit_test_teardown(test_when, end),
        cmocka_unit_test_teardown(test_nobody, end),  cmocka_unit_test_teardown(test_old, end),
        cmocka_unit_test_teardown(test_damaged, end), cmocka_unit_test_teardown(test_full, end),
        cmocka_unit_test_teardown(test_history, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

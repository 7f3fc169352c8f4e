/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/log_batch.h"
#include "sandbox/sandbox_limits.h"

#include <stdio.h>
#include <string.h>

#define STREAM "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"

/* 2026-11-23T14:53:25.123Z */
#define TIME_NS (UINT64_C(1795445605123) * CLOCK_NS_PER_MS)

static const struct log_batch_source source = {.account = SLICE_INIT("123456789012"),
                                               .group = SLICE_INIT("/aws/lambda/f"),
                                               .stream = SLICE_INIT(STREAM)};

static struct log_batch batch_make(void)
{
    struct log_batch batch;
    log_batch_init(&batch, SLICE(STREAM));
    assert_true(log_batch_add(&batch, TIME_NS + 999, SLICE("START RequestId: r\n")));
    assert_true(log_batch_add(&batch, TIME_NS + CLOCK_NS_PER_MS, SLICE("two\n  \"lines\"")));
    return batch;
}

static void id_of(const struct log_batch *batch, size_t index, char id[LOG_ID_SIZE])
{
    log_batch_id(batch, &batch->events[index], id);
    assert_int_equal(strlen(id), 56);
    assert_int_equal(strspn(id, "0123456789"), 56);
}

/* Ids have 56 digits and grow with the time, and with the place within a millisecond. */
static void test_ids(void **state)
{
    (void)state;
    struct log_batch batch = batch_make();
    char ids[3][LOG_ID_SIZE];
    assert_true(log_batch_add(&batch, TIME_NS + CLOCK_NS_PER_MS, SLICE("three")));
    for (size_t i = 0; i < 3; i++) {
        id_of(&batch, i, ids[i]);
    }
    assert_true(strcmp(ids[0], ids[1]) < 0);
    assert_true(strcmp(ids[1], ids[2]) < 0);
    log_batch_fini(&batch);
}

/* The upper bits are the milliseconds: 1583425836114 * 2^144 begins as the service's own ids of
 * that moment do. */
static void test_id_time(void **state)
{
    (void)state;
    struct log_batch batch;
    char id[LOG_ID_SIZE];
    log_batch_init(&batch, SLICE(STREAM));
    assert_true(
        log_batch_add(&batch, UINT64_C(1583425836114) * CLOCK_NS_PER_MS, SLICE("a message")));
    id_of(&batch, 0, id);
    assert_memory_equal(id, "353115761119", 12);
    log_batch_fini(&batch);
}

/* An event keeps its number when the batch before it was given out. */
static void test_numbers_go_on(void **state)
{
    (void)state;
    struct log_batch batch = batch_make();
    char before[LOG_ID_SIZE];
    char after[LOG_ID_SIZE];
    id_of(&batch, 1, before);
    log_batch_reset(&batch);
    assert_int_equal(batch.count, 0);
    assert_true(log_batch_add(&batch, TIME_NS + CLOCK_NS_PER_MS, SLICE("later")));
    id_of(&batch, 0, after);
    assert_true(strcmp(before, after) < 0);
    log_batch_fini(&batch);
}

/* A subscription has the owner, the names and the events with their texts as they were. */
static void test_subscription(void **state)
{
    (void)state;
    struct log_batch batch = batch_make();
    struct buf out;
    char expected[1024];
    char ids[2][LOG_ID_SIZE];
    id_of(&batch, 0, ids[0]);
    id_of(&batch, 1, ids[1]);
    snprintf(expected, sizeof(expected),
             "{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"123456789012\","
             "\"logGroup\":\"/aws/lambda/f\",\"logStream\":\"" STREAM "\","
             "\"subscriptionFilters\":[\"thaw\"],\"logEvents\":["
             "{\"id\":\"%s\",\"timestamp\":1795445605123,\"message\":\"START RequestId: r\\n\"},"
             "{\"id\":\"%s\",\"timestamp\":1795445605124,\"message\":\"two\\n  \\\"lines\\\"\"}]}",
             ids[0], ids[1]);
    buf_init_growing(&out, 4096);
    log_batch_write_subscription(&batch, &source, &out);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.base, expected, out.size);
    buf_fini(&out);
    log_batch_fini(&batch);
}

/* A page of filter-log-events has the same ids. */
static void test_page(void **state)
{
    (void)state;
    struct log_batch batch = batch_make();
    struct buf out;
    char id[LOG_ID_SIZE];
    id_of(&batch, 1, id);
    buf_init_growing(&out, 4096);
    log_batch_write_page(&batch, &source, 1795445606000, &out);
    buf_append_byte(&out, '\0');
    const char *text = (const char *)out.base;
    assert_memory_equal(text, "{\"events\":[{\"logStreamName\":\"" STREAM "\",", 30);
    assert_non_null(strstr(text, id));
    assert_non_null(strstr(text, "\"ingestionTime\":1795445606000"));
    assert_non_null(strstr(text, "],\"searchedLogStreams\":[]}\n"));
    buf_fini(&out);
    log_batch_fini(&batch);
}

/* Lines have the time in front of each event, and each event ends its line. */
static void test_lines(void **state)
{
    (void)state;
    static const char expected[] = "2026-11-23T14:53:25.123Z START RequestId: r\n"
                                   "2026-11-23T14:53:25.124Z two\n"
                                   "  \"lines\"\n";
    struct log_batch batch = batch_make();
    struct buf out;
    buf_init_growing(&out, 4096);
    log_batch_write_lines(&batch, &out);
    assert_int_equal(out.size, strlen(expected));
    assert_memory_equal(out.base, expected, out.size);
    buf_fini(&out);
    log_batch_fini(&batch);
}

/* A full batch takes nothing more, and again after a reset. */
static void test_full(void **state)
{
    (void)state;
    struct log_batch batch;
    log_batch_init(&batch, SLICE(STREAM));
    for (size_t i = 0; i < LOG_BATCH_COUNT_MAX; i++) {
        assert_true(log_batch_add(&batch, TIME_NS, SLICE("x")));
    }
    assert_false(log_batch_add(&batch, TIME_NS, SLICE("x")));
    assert_int_equal(batch.count_all, LOG_BATCH_COUNT_MAX);
    log_batch_reset(&batch);
    assert_true(log_batch_add(&batch, TIME_NS, SLICE("x")));
    log_batch_fini(&batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),           cmocka_unit_test(test_id_time),
        cmocka_unit_test(test_numbers_go_on), cmocka_unit_test(test_subscription),
        cmocka_unit_test(test_page),          cmocka_unit_test(test_lines),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

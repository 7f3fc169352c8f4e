/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/telemetry.h"

#include <stdio.h>
#include <string.h>

#define MS CLOCK_NS_PER_MS

static const struct telemetry_wish all = {
    .types = TELEMETRY_PLATFORM | TELEMETRY_FUNCTION | TELEMETRY_EXTENSION,
    .objects = true,
    .items_max = 1000,
    .bytes_max = 262144,
    .timeout_ns = 25 * MS,
};

static void add(struct telemetry *telemetry, enum telemetry_type type, const char *json,
                uint64_t now_ns)
{
    telemetry_add(telemetry, type, slice_from(json), SLICE_EMPTY, now_ns);
}

/* The batch as text, or NULL if none is due. */
static const char *take(struct telemetry *telemetry, unsigned index, uint64_t now_ns)
{
    static char text[4u << 20];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text) - 1);
    if (!telemetry_take(telemetry, index, false, now_ns, SLICE("NOW"), &out)) {
        return NULL;
    }
    assert_false(buf_overflowed(&out));
    text[out.size] = '\0';
    return text;
}

static void subscribe(struct telemetry *telemetry, unsigned index,
                      const struct telemetry_wish *wish, uint64_t now_ns)
{
    assert_int_equal(telemetry_subscribe(telemetry, index, wish, now_ns), STATUS_OK);
}

/* A batch is due when its oldest event is as old as the timeout says, not before. */
static void test_timeout(void **state)
{
    (void)state;
    struct telemetry telemetry;
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    assert_int_equal(telemetry_due_ns(&telemetry, 0), 0);
    add(&telemetry, TELEMETRY_FUNCTION, "1", 100 * MS);
    add(&telemetry, TELEMETRY_FUNCTION, "2", 110 * MS);
    assert_int_equal(telemetry_due_ns(&telemetry, 0), 125 * MS);
    assert_null(take(&telemetry, 0, 125 * MS - 1));
    assert_string_equal(take(&telemetry, 0, 125 * MS), "[1,2]");
    telemetry_fini(&telemetry);
}

/* A full batch is due at once, and holds no more than it may. */
static void test_items(void **state)
{
    (void)state;
    struct telemetry telemetry;
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    for (unsigned i = 0; i < 999; i++) {
        add(&telemetry, TELEMETRY_FUNCTION, "1", 5);
    }
    assert_null(take(&telemetry, 0, 6));
    add(&telemetry, TELEMETRY_FUNCTION, "1", 5);
    add(&telemetry, TELEMETRY_FUNCTION, "7", 5);
    const char *batch = take(&telemetry, 0, 6);
    assert_non_null(batch);
    assert_int_equal(strlen(batch), 2 + 999 + 1000);
    assert_null(strchr(batch, '7'));
    telemetry_fini(&telemetry);
}

/* Bytes make a batch due, too. */
static void test_bytes(void **state)
{
    (void)state;
    static char large[262144 + 1];
    struct telemetry telemetry;
    memset(large, '1', sizeof(large) - 1);
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    large[262143] = '\0';
    add(&telemetry, TELEMETRY_FUNCTION, large, 5);
    assert_null(take(&telemetry, 0, 6));
    add(&telemetry, TELEMETRY_FUNCTION, "1", 5);
    assert_non_null(take(&telemetry, 0, 6));
    telemetry_fini(&telemetry);
}

/* Who subscribes gets what was before, of its types only. */
static void test_replay(void **state)
{
    (void)state;
    struct telemetry telemetry;
    struct telemetry_wish wish = all;
    wish.types = TELEMETRY_PLATFORM;
    telemetry_init(&telemetry);
    add(&telemetry, TELEMETRY_PLATFORM, "1", 1);
    add(&telemetry, TELEMETRY_EXTENSION, "2", 2);
    add(&telemetry, TELEMETRY_PLATFORM, "3", 3);
    subscribe(&telemetry, 4, &wish, 10);
    assert_string_equal(take(&telemetry, 4, 10 + 25 * MS), "[1,3]");
    assert_int_equal(telemetry_subscribe(&telemetry, 4, &wish, 11), STATUS_EXISTS);
    telemetry_close(&telemetry);
    assert_int_equal(telemetry.kept.count, 0);
    telemetry_fini(&telemetry);
}

/* Older schema versions get records as strings. */
static void test_plain(void **state)
{
    (void)state;
    struct telemetry telemetry;
    struct telemetry_wish old = all;
    old.objects = false;
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    subscribe(&telemetry, 1, &old, 0);
    telemetry_add(&telemetry, TELEMETRY_FUNCTION, SLICE("{}"), SLICE("\"x\""), 0);
    assert_string_equal(take(&telemetry, 0, 25 * MS), "[{}]");
    assert_string_equal(take(&telemetry, 1, 25 * MS), "[\"x\"]");
    telemetry_fini(&telemetry);
}

/* There is one batch at a time; a refused one comes again, the same, after a wait. */
static void test_retry(void **state)
{
    (void)state;
    struct telemetry telemetry;
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    add(&telemetry, TELEMETRY_FUNCTION, "1", 0);
    assert_string_equal(take(&telemetry, 0, 25 * MS), "[1]");
    add(&telemetry, TELEMETRY_FUNCTION, "2", 30 * MS);
    assert_null(take(&telemetry, 0, 500 * MS));
    telemetry_sent(&telemetry, 0, false, 500 * MS);
    assert_null(take(&telemetry, 0, 549 * MS));
    assert_string_equal(take(&telemetry, 0, 550 * MS), "[1]");
    telemetry_sent(&telemetry, 0, true, 551 * MS);
    assert_string_equal(take(&telemetry, 0, 552 * MS), "[2]");
    telemetry_fini(&telemetry);
}

/* What is refused too often is dropped, and the subscriber is told how much. */
static void test_dropped(void **state)
{
    (void)state;
    struct telemetry telemetry;
    telemetry_init(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    add(&telemetry, TELEMETRY_FUNCTION, "12345", 0);
    uint64_t now_ns = 25 * MS;
    for (unsigned i = 0; i < TELEMETRY_ATTEMPTS_MAX; i++) {
        assert_non_null(take(&telemetry, 0, now_ns));
        telemetry_sent(&telemetry, 0, false, now_ns);
        now_ns += 10000 * MS;
    }
    assert_null(take(&telemetry, 0, now_ns));
    add(&telemetry, TELEMETRY_FUNCTION, "6", now_ns);
    const char *batch = take(&telemetry, 0, now_ns + 25 * MS);
    assert_non_null(strstr(batch, "{\"time\":\"NOW\",\"type\":\"platform.logsDropped\",\"record\":{"
                                  "\"droppedBytes\":5,\"droppedRecords\":1,\"reason\":"));
    assert_non_null(strstr(batch, ",6]"));
    telemetry_fini(&telemetry);
}

static struct telemetry spoiled(const struct telemetry_faults *faults)
{
    struct telemetry telemetry;
    telemetry_init(&telemetry);
    telemetry_spoil(&telemetry, faults);
    subscribe(&telemetry, 0, &all, 0);
    return telemetry;
}

/* A late report comes with the next one, before it; at the end, what is held back comes. */
static void test_report_late(void **state)
{
    (void)state;
    struct telemetry telemetry =
        spoiled(&(struct telemetry_faults){.report = TELEMETRY_REPORT_LATE});
    telemetry_add_report(&telemetry, SLICE("1"), 0);
    assert_null(take(&telemetry, 0, 100 * MS));
    telemetry_add_report(&telemetry, SLICE("2"), 200 * MS);
    assert_string_equal(take(&telemetry, 0, 225 * MS), "[1]");
    telemetry_sent(&telemetry, 0, true, 226 * MS);
    telemetry_release(&telemetry, 300 * MS);
    assert_string_equal(take(&telemetry, 0, 325 * MS), "[2]");
    telemetry_fini(&telemetry);
}

/* A report that never comes is in nothing; faults outlive a reset of the environment. */
static void test_report_never(void **state)
{
    (void)state;
    struct telemetry telemetry =
        spoiled(&(struct telemetry_faults){.report = TELEMETRY_REPORT_NEVER});
    telemetry_fini(&telemetry);
    subscribe(&telemetry, 0, &all, 0);
    telemetry_add_report(&telemetry, SLICE("1"), 0);
    telemetry_release(&telemetry, 0);
    assert_null(take(&telemetry, 0, 100 * MS));
    telemetry_fini(&telemetry);
}

/* Each event comes before the one that was before it. */
static void test_reorder(void **state)
{
    (void)state;
    struct telemetry telemetry = spoiled(&(struct telemetry_faults){.reorder_ppm = 1000000});
    add(&telemetry, TELEMETRY_FUNCTION, "1", 0);
    add(&telemetry, TELEMETRY_FUNCTION, "2", 0);
    add(&telemetry, TELEMETRY_FUNCTION, "3", 0);
    assert_string_equal(take(&telemetry, 0, 25 * MS), "[2,3,1]");
    telemetry_fini(&telemetry);
}

/* A batch that was answered comes again, the same, once. */
static void test_repeat(void **state)
{
    (void)state;
    struct telemetry telemetry = spoiled(&(struct telemetry_faults){.repeat_ppm = 1000000});
    add(&telemetry, TELEMETRY_FUNCTION, "1", 0);
    for (unsigned i = 0; i < 2; i++) {
        assert_string_equal(take(&telemetry, 0, 25 * MS), "[1]");
        telemetry_sent(&telemetry, 0, true, 25 * MS);
    }
    assert_int_equal(telemetry_due_ns(&telemetry, 0), 0);
    telemetry_fini(&telemetry);
}

/* What is dropped is told with what comes. */
static void test_drop(void **state)
{
    (void)state;
    struct telemetry telemetry = spoiled(&(struct telemetry_faults){.drop_ppm = 1000000});
    add(&telemetry, TELEMETRY_FUNCTION, "1", 0);
    add(&telemetry, TELEMETRY_FUNCTION, "22", 0);
    assert_null(take(&telemetry, 0, 25 * MS));
    telemetry.faults.drop_ppm = 0;
    add(&telemetry, TELEMETRY_FUNCTION, "3", 0);
    const char *batch = take(&telemetry, 0, 25 * MS);
    assert_non_null(strstr(batch, "platform.logsDropped"));
    assert_non_null(strstr(batch, "\"droppedBytes\":3,\"droppedRecords\":2"));
    telemetry_fini(&telemetry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timeout),      cmocka_unit_test(test_items),
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_plain),        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_dropped),      cmocka_unit_test(test_report_late),
        cmocka_unit_test(test_report_never), cmocka_unit_test(test_reorder),
        cmocka_unit_test(test_repeat),       cmocka_unit_test(test_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/moment.h"

#include "base/timestamp.h"
#include "lib/cm.h"
#include "lib/every.h"

#define NS INT64_C(1000000000)

static int64_t parsed(const char *text)
{
    int64_t time_ns = -1;
    return moment_parse(slice_from(text), &time_ns) ? time_ns : -1;
}

/* Numbers are told by how many digits they have. */
static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(parsed("1795445605"), 1795445605 * NS);
    assert_int_equal(parsed("1795445605.5"), 1795445605 * NS + NS / 2);
    assert_int_equal(parsed("1795445605123"), 1795445605123 * (NS / 1000));
    assert_int_equal(parsed(" 1795445605123 "), 1795445605123 * (NS / 1000));
    assert_int_equal(parsed("1795445605123456"), 1795445605123456 * 1000);
    assert_int_equal(parsed("1795445605123456789"), 1795445605123456789);
    static const char *const none[] = {
        "",
        "0",
        "-1",
        "1",
        "179544560",
        "17954456051",
        "9999999999",
        "9795445605123",
        "0000000001",
        "0000000000001",
        "1.79545E+12",
        "17954456051x",
        "179544560512 ",
        "1795445605123.x",
        "nan",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(parsed(none[i]), -1);
    }
}

/* Dates with everything that exports put into them. */
static void test_dates(void **state)
{
    const int64_t second = 1795445605 * NS;
    (void)state;
    static const char *const same[] = {
        "2026-11-23T14:53:25Z",
        "2026-11-23T14:53:25",
        "2026-11-23 14:53:25",
        "2026-11-23 14:53:25 UTC",
        "2026-11-23T14:53:25.000",
        "2026-11-23T14:53:25,000Z",
        "2026-11-23T16:53:25+02:00",
        "2026-11-23T09:23:25-0530",
        "2026-11-23T14:53:25+00:00",
        "2026-11-23T14:53:25.000000000",
        "2026-11-23T14:53:25.000000+00:00",
        "2026/11/23 14:53:25",
        "2026/11/23 14:53:25.000 UTC",
        "1.795445605E9",
        "1.795445605000E+12",
        "1.795445605000000E+15",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_int_equal(parsed(same[i]), second);
    }
    assert_int_equal(parsed("2026-11-23T14:53:25.123456789Z"), second + 123456789);
    assert_int_equal(parsed("2026-11-23T14:53:25.1"), second + NS / 10);
    static const char *const none[] = {
        "2026-11-23",
        "2026-11-23T14:53",
        "2026-13-23T14:53:25Z",
        "2026-00-23T14:53:25Z",
        "2026-02-29T14:53:25Z",
        "2026-11-31T14:53:25Z",
        "2026-11-23T24:53:25Z",
        "2026-11-23T14:60:25Z",
        "2026-11-23T14:53:61Z",
        "1970-01-01T00:00:00Z",
        "2009-12-31T23:59:59Z",
        "2100-01-01T00:00:00Z",
        "9999-11-23T14:53:25Z",
        "2026-11-23T14:53:25.1234567890Z",
        "2026-11-23T14:53:25+25:00",
        "2026-11-23T14:53:25x",
        "2026/11-23 14:53:25",
        "2026/11/23 14:53",
    };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(parsed(none[i]), -1);
    }
}

/* Times that are none of one moment, and what is no time at all. */
static void test_vague(void **state)
{
    static const char *const vague[] = {
        "1.79545E+12",         "1,79545E+12",    "1.79545e12",       "1.79545E+09",
        "20/03/2025 07:13",    "3/20/2025 7:13", "3/20/2025",        "3/20/2025, 7:13:20 AM",
        "20.03.2025 07:13:20", "20-03-25 07:13", "2025-03-20 07:13", "2025-03-20",
        "2025/03/20 07:13",    "13:19.8",        "7:13:20 pm",       " 07:13 ",
    };
    static const char *const none[] = {
        "",         "1",       "1.79545E+20", "1.79545",  "-1.7E+12", "E+12",         "1/2",
        "1/2/3/4",  "1.2.3.4", "12:",         ":12",      "1:2:3:4",  "2025-03-20 x", "absurd",
        "1.7E+12x", "1/2/345", "7:13 xm",     "1/2-2025",
    };
    int64_t time_ns;
    (void)state;
    for (size_t i = 0; i < sizeof(vague) / sizeof(vague[0]); i++) {
        assert_false(moment_parse(slice_from(vague[i]), &time_ns));
        assert_true(moment_is_vague(slice_from(vague[i])));
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_false(moment_is_vague(slice_from(none[i])));
    }
}

/* Every day of ninety years is the day that the house's own calendar says. */
static void test_calendar(void **state)
{
    struct moment_minute minute = {.begin_ns = 0};
    (void)state;
    for (uint64_t second = 1262304000; second < 4102444800; second += 86400 / 2 + 1) {
        char text[TIMESTAMP_TEXT_SIZE];
        size_t size = timestamp_format(second * UINT64_C(1000000000), 3, text);
        int64_t time_ns;
        assert_true(moment_parse(slice_of(text, size), &time_ns));
        assert_int_equal(time_ns, (int64_t)second * NS);
        assert_int_equal(moment_front(&minute, slice_of(text, size), &time_ns), size);
        assert_int_equal(time_ns, (int64_t)second * NS);
    }
}

static void visit(struct slice input, void *context)
{
    int64_t time_ns;
    uint64_t epoch_ns;
    (void)context;
    size_t size = moment_size(input);
    assert_true(size <= input.size);
    /* Whatever minute was before: none, another, and the same one. */
    struct moment_minute minutes[3] = {{.begin_ns = 0}};
    assert_int_equal(moment_front(&minutes[1], SLICE("2026-11-23T14:53:59.999Z"), &time_ns), 24);
    assert_int_equal(moment_front(&minutes[2], SLICE("2026-11-23T14:52:00.000Z"), &time_ns), 24);
    for (size_t i = 0; i < 3; i++) {
        int64_t parsed_ns;
        size_t front = moment_front(&minutes[i], input, &time_ns);
        if (front > 0) {
            assert_int_equal(front, size);
            assert_true(moment_parse(slice_take(input, size), &parsed_ns));
            assert_int_equal(time_ns, parsed_ns);
        }
    }
    assert_false(moment_is_vague(input) && input.size == 0);
    /* What both understand they understand alike. */
    if (moment_parse(input, &time_ns) && timestamp_parse(slice_trim(input), &epoch_ns)) {
        assert_int_equal(time_ns, epoch_ns);
    }
}

/* Every front and every changed byte stays within the text. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(SLICE("2026-11-23T14:53:25.123456+02:00"), visit, NULL);
    every_damage(SLICE("2026-11-23T14:53:25.123Z START"), visit, NULL);
    every_damage(SLICE("2026-11-23T14:53:25.123456+00:00 "), visit, NULL);
    every_damage(SLICE("1795445605123"), visit, NULL);
    every_damage(SLICE("1.795445605123E+12"), visit, NULL);
    every_damage(SLICE("20/03/2025, 07:13:20.5 AM"), visit, NULL);
    every_damage(SLICE("2026-11-23 14:53:25.123 UTC"), visit, NULL);
    every_damage(SLICE("1795445605123.5"), visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_dates),
        cmocka_unit_test(test_vague),   cmocka_unit_test(test_calendar),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Known moments, in all the spellings that are allowed. */
static void spellings(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint64_t ns;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01T00:00:00.000000001Z", 1},
        {"1969-12-31T23:00:00-01:00", 0},
        {"2026-11-23T14:53:25.123Z", UINT64_C(1795445605123000000)},
        {"2026-11-23t14:53:25.123z", UINT64_C(1795445605123000000)},
        {"2026-11-23 15:53:25.123+01:00", UINT64_C(1795445605123000000)},
        {"2026-11-23T15:53:25,123+0100", UINT64_C(1795445605123000000)},
        {"2024-02-29T00:00:00Z", UINT64_C(1709164800000000000)},
        {"2016-12-31T23:59:60Z", UINT64_C(1483228799000000000)},
        {"2554-07-21T23:34:33.709551615Z", UINT64_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t ns = 7;
        if (!timestamp_parse(slice_from(cases[i].text), &ns) || ns != cases[i].ns) {
            fail_msg("%s: %llu", cases[i].text, (unsigned long long)ns);
        }
    }
}

/* What is no time, or outside of what we can hold. */
static void refusals(void **state)
{
    (void)state;
    const char *bad[] = {
        "",
        "2026-11-23",
        "2026-11-23T14:53:25",
        "2026-11-23T14:53Z",
        "2026-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00.1234567890Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+1",
        "2026-01-01T00:00:00ZZ",
        "1969-12-31T23:59:59Z",
        "2554-07-21T23:34:33.709551616Z",
        "9999-12-31T23:59:59Z",
        "20260101T000000Z",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t ns;
        if (timestamp_parse(slice_from(bad[i]), &ns)) {
            fail_msg("%s is taken for a time", bad[i]);
        }
    }
}

/* Every day until 2554 has the date that the C library gives it, and comes back. */
static void all_days(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < UINT64_MAX / UINT64_C(86400000000000); day++) {
        uint64_t ns = day * UINT64_C(86400000000000);
        time_t seconds = (time_t)(day * 86400);
        struct tm parts;
        char expected[80];
        char text[TIMESTAMP_TEXT_SIZE];
        uint64_t back;
        assert_non_null(gmtime_r(&seconds, &parts));
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT00:00:00Z", parts.tm_year + 1900,
                 parts.tm_mon + 1, parts.tm_mday);
        timestamp_format(ns, 0, text);
        assert_string_equal(text, expected);
        assert_true(timestamp_parse(slice_from(text), &back));
        assert_true(back == ns);
    }
}

/* Any moment comes back from its nine digits; fewer digits cut. */
static void digits(void **state)
{
    (void)state;
    struct prng prng;
    char text[TIMESTAMP_TEXT_SIZE];

    prng_init(&prng, 4);
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t ns = prng_next(&prng);
        uint64_t back;
        size_t size = timestamp_format(ns, 9, text);
        assert_int_equal(size, strlen(text));
        assert_true(timestamp_parse(slice_of(text, size), &back));
        assert_true(back == ns);
    }
    timestamp_format(UINT64_C(1999999999), 3, text);
    assert_string_equal(text, "1970-01-01T00:00:01.999Z");
    timestamp_format_short(UINT64_C(1000000000), text);
    assert_string_equal(text, "1970-01-01T00:00:01Z");
    timestamp_format_short(UINT64_C(1010000000), text);
    assert_string_equal(text, "1970-01-01T00:00:01.010Z");
    timestamp_format_short(UINT64_C(1000001000), text);
    assert_string_equal(text, "1970-01-01T00:00:01.000001Z");
    timestamp_format_short(UINT64_C(1000000001), text);
    assert_string_equal(text, "1970-01-01T00:00:01.000000001Z");
}

static void parse(struct slice input, void *context)
{
    uint64_t ns;
    char text[TIMESTAMP_TEXT_SIZE];

    (void)context;
    if (timestamp_parse(input, &ns)) {
        uint64_t back;
        size_t size = timestamp_format(ns, 9, text);
        assert_true(timestamp_parse(slice_of(text, size), &back));
        assert_true(back == ns);
    }
}

static void front(struct slice input, void *context)
{
    int64_t ns;
    uint64_t parsed;
    size_t size = timestamp_front(input, &ns);

    (void)context;
    if (size > 0) {
        assert_true(size <= input.size);
        assert_true(timestamp_parse(slice_take(input, size), &parsed));
        assert_true(parsed == (uint64_t)ns);
    }
}

/* The short cut for what most logs have says what timestamp_parse() says. */
static void fronts(void **state)
{
    (void)state;
    int64_t ns;

    assert_int_equal(timestamp_front(SLICE("2026-11-23T14:53:25.123Z\tid"), &ns), 24);
    assert_true(ns == INT64_C(1795445605123000000));
    assert_int_equal(timestamp_front(SLICE("2026-11-23T14:53:25.123456+00:00"), &ns), 32);
    assert_true(ns == INT64_C(1795445605123456000));
    assert_int_equal(timestamp_front(SLICE("2026-11-23T14:53:25Z"), &ns), 0);
    assert_int_equal(timestamp_front(SLICE("2026-11-23T14:53:25.123+00:00   "), &ns), 0);
    assert_int_equal(timestamp_front(SLICE("1969-11-23T14:53:25.123Z"), &ns), 0);
    every_damage(SLICE("2026-11-23T14:53:25.123Z 7"), front, NULL);
    every_damage(SLICE("2000-02-29T23:59:60.123456+00:00"), front, NULL);
}

/* Nothing is read behind the text, and what parses can be written. */
static void damage(void **state)
{
    (void)state;
    every_damage(SLICE("2026-11-23T14:53:25.123456789+01:30"), parse, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings), cmocka_unit_test(refusals), cmocka_unit_test(all_days),
        cmocka_unit_test(digits),    cmocka_unit_test(damage),   cmocka_unit_test(fronts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

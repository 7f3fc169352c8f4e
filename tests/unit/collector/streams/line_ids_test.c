/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line_ids.h"

#include "base/timestamp.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <string.h>

/* A time that is taken is the one that RFC 3339 makes of it: a "T", dashes, and "Z" where there is
 * no zone. */
static void visit(struct slice input, void *context)
{
    char text[64];
    struct slice rest = input;
    uint64_t epoch_ns;
    int64_t time_ns = STREAMS_UNKNOWN;
    (void)context;
    if (!line_ids_time(&rest, &time_ns) || time_ns == STREAMS_UNKNOWN) {
        return;
    }
    size_t size = input.size - rest.size;
    assert_true(size >= TIMESTAMP_SHAPE_SIZE && size + 1 < sizeof(text));
    memcpy(text, input.base, size);
    text[4] = text[7] = '-';
    text[10] = 'T';
    unsigned char last = (unsigned char)text[size - 1];
    bool zone = last == 'Z' || last == 'z' || memchr(text + 11, '+', size - 11) != NULL ||
                memchr(text + 11, '-', size - 11) != NULL;
    text[size] = 'Z';
    assert_true(timestamp_parse(slice_of(text, size + (zone ? 0 : 1)), &epoch_ns));
    assert_int_equal(time_ns, epoch_ns);
}

/* All forms, with every front and every byte changed. */
static void times(void **state)
{
    static const char *const forms[] = {
        "2026-11-23T14:53:25.123Z\tid",      "2026-11-23 14:53:25 INFO",
        "2026-11-23 14:53:25,123 INFO",      "2000-02-29T00:00:00.1234567891 x",
        "2100-01-01 00:00:00.000001x",       "2026/11/23 23:59:60.5+09:00 ",
        "2026-11-23T14:53:25.123456+00:00 ", "2026-11-23 14:53:25-0130",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct slice rest = slice_from(forms[i]);
        int64_t time_ns = STREAMS_UNKNOWN;
        assert_true(line_ids_time(&rest, &time_ns));
        assert_true(time_ns != STREAMS_UNKNOWN);
        every_damage(slice_from(forms[i]), visit, NULL);
    }
}

/* A time of day alone is taken off, and is none. */
static void clocks(void **state)
{
    struct slice rest = SLICE("14:53:25.123 x");
    int64_t time_ns = STREAMS_UNKNOWN;
    (void)state;
    assert_true(line_ids_time(&rest, &time_ns));
    assert_true(slice_equal(rest, SLICE(" x")) && time_ns == STREAMS_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(clocks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

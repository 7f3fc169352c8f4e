/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/refusals.h"

#include "lib/cm.h"

#include <stdio.h>

static struct refusals refusals;
static unsigned char memory[1u << 16];

static struct slice written(void)
{
    struct json_write writer;
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    json_write_init(&writer, &out);
    refusals_write(&refusals, &writer);
    return buf_bytes(&out);
}

/* Reasons are counted each for itself, with the latest example, which is escaped. */
static void test_count(void **state)
{
    (void)state;
    assert_int_equal(refusals_init(&refusals), STATUS_OK);
    assert_slice(written(), "[]");
    refusals_add(&refusals, "no number", SLICE("first"), 1);
    refusals_add(&refusals, "not ours", SLICE("<\"\x01\xff"), 3);
    refusals_add(&refusals, "no number", SLICE_EMPTY, 1);
    assert_slice(written(), "[{\"reason\":\"no number\",\"count\":2,\"example\":\"\"},"
                            "{\"reason\":\"not ours\",\"count\":3,\"example\":"
                            "\"<\\\"\\u0001\xef\xbf\xbd\"}]");
    refusals_fini(&refusals);
}

/* An example is cut, and reasons beyond the table are counted together. */
static void test_bounds(void **state)
{
    static char names[INGEST_REFUSALS_MAX + 2][16];
    static unsigned char sample[INGEST_SAMPLE_SIZE + 1];
    (void)state;
    assert_int_equal(refusals_init(&refusals), STATUS_OK);
    for (unsigned i = 0; i < INGEST_REFUSALS_MAX + 2; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "reason %u", i);
        refusals_add(&refusals, names[i], slice_of(sample, sizeof(sample)), 2);
    }
    assert_int_equal(refusals.row_count, INGEST_REFUSALS_MAX);
    assert_int_equal(refusals.others, 4);
    assert_int_equal(refusals.rows[0].sample_size, INGEST_SAMPLE_SIZE);
    assert_true(slice_find(written(), SLICE("{\"reason\":\"other reasons\",\"count\":4,")) !=
                SLICE_NONE);
    refusals_fini(&refusals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

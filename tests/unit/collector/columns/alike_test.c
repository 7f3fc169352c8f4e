/* SPDX-License-Identifier: Apache-2.0 */
/* Columns whose texts follow from those of another one. */
#include "columns/block_format.h"
#include "columns/varint.h"
#include "sealed.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define T0 UINT64_C(1796000000000000000)

static bool ignore(void *context, uint64_t arrival_ns, const struct batch *shown)
{
    (void)context;
    (void)arrival_ns;
    (void)shown;
    return true;
}

#define ALIKE 60

/* Spans whose route and table follow from their name, and whose user does not. */
static struct sealed *write_alike(void)
{
    static const struct resource plain = {.service = SLICE_INIT("shop")};
    static struct span spans[ALIKE];
    static struct attr attrs[ALIKE][3];
    static char texts[ALIKE][4][24];
    for (unsigned i = 0; i < ALIKE; i++) {
        static const char *const keys[] = {"http.route", "db.table", "user.id"};
        unsigned name = i * 7 % 5;
        spans[i] = (struct span){
            .resource = &plain,
            .kind = SPAN_SERVER,
            .trace_id = {{1, [15] = (unsigned char)(i / 10)}},
            .span_id = {{1, [7] = (unsigned char)i}},
            .start_ns = T0 + i,
            .end_ns = T0 + i + 1000,
        };
        (void)snprintf(texts[i][3], sizeof(texts[i][3]), "GET %u", name);
        spans[i].name = slice_from(texts[i][3]);
        for (unsigned k = 0; k < 3; k++) {
            (void)snprintf(texts[i][k], sizeof(texts[i][k]), "%s %u", keys[k],
                           k < 2 ? name : i * i % 5);
            attrs[i][k] = (struct attr){slice_from(keys[k]),
                                        {.kind = VALUE_STRING, .text = slice_from(texts[i][k])}};
        }
        spans[i].attrs = (struct attrs){attrs[i], 3, 0};
    }
    struct batch batch = {.signal = SIGNAL_TRACES,
                          .resources = &plain,
                          .resource_count = 1,
                          .spans = spans,
                          .span_count = ALIKE};
    uint64_t arrival_ns = T0 + UINT64_C(1000000000);
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, arrival_ns);
    sealed_write(sealed);
    sealed_expect_all(sealed, &batch, &arrival_ns, 1);
    return sealed;
}

/* The last byte of a part, which is that of a column. */
static unsigned char *end_of_part(struct sealed *sealed, uint64_t wanted)
{
    struct slice bytes = slice_skip(sealed->blocks[0].bytes, 2);
    uint64_t rows = 0;
    uint64_t parts = 0;
    size_t behind = 0;
    assert_true(varint_take(&bytes, &rows) && varint_take(&bytes, &parts));
    for (uint64_t i = 0; i < parts; i++) {
        uint64_t number = 0;
        uint64_t one = 0;
        assert_true(varint_take(&bytes, &number) && varint_take(&bytes, &one));
        behind += number <= wanted ? (size_t)one : 0;
    }
    return (unsigned char *)(uintptr_t)(bytes.base + behind - 1);
}

/* Two that follow from the name say so in two bytes, and where they say something else it is
 * refused. */
static void columns_alike(void **state)
{
    (void)state;
    struct sealed *sealed = write_alike();
    for (unsigned k = 1; k <= 2; k++) {
        const unsigned char *latest = end_of_part(sealed, PART_COLUMN + k);
        assert_int_equal(latest[-1], TEXTS_AS_BEFORE);
        assert_int_equal(latest[0], k);
    }
    assert_int_not_equal(end_of_part(sealed, PART_COLUMN + 3)[-1], TEXTS_AS_BEFORE);
    unsigned char *end = end_of_part(sealed, PART_COLUMN + 2);
    for (unsigned before = 0; before < 128; before++) {
        enum status expected = before == 2 ? STATUS_OK : STATUS_BAD;
        *end = (unsigned char)before;
        struct block *block = sealed_open(sealed, 0);
        assert_int_equal(block_rows(block, NULL, 0, ignore, NULL), expected);
        block = sealed_open(sealed, 0);
        assert_int_equal(block_rows(block, sealed->blocks[0].ids, 1, ignore, NULL), expected);
    }
    sealed_free(sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_alike)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

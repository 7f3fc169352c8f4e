/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_gist.h"

#include "model/record_ids.h"

#include "base/prng.h"
#include "proto/names.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const struct slice keys[] = {SLICE_INIT("thaw.seq"),
                                    SLICE_INIT("thaw.phase"),
                                    SLICE_INIT("thaw.inferred"),
                                    SLICE_INIT("faas.invocation_id"),
                                    SLICE_INIT("thaw.sew"),
                                    SLICE_INIT("faas.invocation_in"),
                                    SLICE_INIT("")};
static const struct value values[] = {
    {.kind = VALUE_STRING, .text = SLICE_INIT("6f1d2c3b-0000-4000-8000-000000000001")},
    {.kind = VALUE_STRING, .text = SLICE_INIT("6f1d2c3b-0000-4000-8000-000000000002")},
    {.kind = VALUE_STRING, .text = SLICE_INIT("00000000-0000-0000-0000-000000000000")},
    {.kind = VALUE_STRING, .text = SLICE_INIT("6f1d2c3b-0000-4000-8000-00000000000x")},
    {.kind = VALUE_STRING, .text = SLICE_INIT("17")},
    {.kind = VALUE_STRING, .text = SLICE_INIT("")},
    {.kind = VALUE_INT, .integer = 18},
    {.kind = VALUE_INT, .integer = -1},
    {.kind = VALUE_BOOL, .boolean = true},
    {.kind = VALUE_BOOL, .boolean = false},
    {.kind = VALUE_EMPTY},
};

/* What is read at once is what a search for each name finds, whatever was read before. */
static void the_gist_is_what_a_search_finds(void **state)
{
    struct prng prng;
    struct gist_latest latest = {.good = false};
    (void)state;
    prng_init(&prng, 5);
    for (unsigned round = 0; round < 20000; round++) {
        struct attr items[8];
        struct attrs attrs = {.items = items};
        for (size_t left = prng_below(&prng, 8); left > 0; left--) {
            items[attrs.count++] = (struct attr){
                keys[prng_below(&prng, sizeof(keys) / sizeof(keys[0]))],
                values[prng_below(&prng, sizeof(values) / sizeof(values[0]))],
            };
        }
        struct gist gist = record_gist_read(attrs, prng_chance(&prng, 1, 2) ? &latest : NULL);
        struct id16 request;
        bool inferred = false;
        assert_true(gist.read);
        assert_int_equal(gist.requested, record_ids_request(attrs, &request));
        assert_true(!gist.requested || memcmp(&request, &gist.request_id, sizeof(request)) == 0);
        (void)attrs_find_bool(attrs, NAME_THAW_INFERRED, &inferred);
        assert_int_equal(gist.inferred, inferred);
        assert_int_equal(gist.phased, attrs_find(attrs, NAME_THAW_PHASE) != NULL);
        assert_int_equal(gist.number, record_number(attrs, NAME_THAW_SEQ));
    }
}

/* What is written down counts; where nothing is, the attributes are asked. */
static void nothing_written_down_is_read(void **state)
{
    const struct attr phase = {NAME_THAW_PHASE, {.kind = VALUE_STRING, .text = SLICE_INIT("idle")}};
    const struct attrs attrs = {.items = &phase, .count = 1};
    const struct gist none = {.read = false};
    const struct gist other = {.read = true, .inferred = true};
    (void)state;
    assert_true(record_gist(&none, attrs, NULL).phased);
    assert_false(record_gist(&other, attrs, NULL).phased);
    assert_true(record_gist(&other, attrs, NULL).inferred);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gist_is_what_a_search_finds),
        cmocka_unit_test(nothing_written_down_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

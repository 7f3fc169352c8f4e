/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event_fields.h"

#include "base/prng.h"
#include "lib/cm.h"
#include "proto/names.h"

#define COUNT_MAX 40u

static struct slice names[EVENT_FIELD_COUNT];

static void name_all(void)
{
#define EVENT_FIELD(field, name) names[field] = name;
    EVENT_FIELDS(EVENT_FIELD)
#undef EVENT_FIELD
}

/* Of any attributes in any order, once or twice, each field is what looking for it alone finds. */
static void found_together_as_alone(void **state)
{
    static const struct slice others[] = {SLICE_INIT(""),           SLICE_INIT("x"),
                                          SLICE_INIT("start_ns"),   SLICE_INIT("rror.type"),
                                          SLICE_INIT("error.typf"), SLICE_INIT("my.error.type"),
                                          SLICE_INIT("error.type ")};
    struct prng prng;
    (void)state;
    prng_init(&prng, 5);
    for (unsigned round = 0; round < 5000; round++) {
        struct attr items[COUNT_MAX];
        struct attrs attrs = {.items = items};
        const struct value *values[EVENT_FIELD_COUNT];
        for (size_t left = prng_below(&prng, COUNT_MAX + 1); left > 0; left--) {
            size_t name = prng_below(&prng, EVENT_FIELD_COUNT + 7);
            items[attrs.count++] = (struct attr){
                .key = name < EVENT_FIELD_COUNT ? names[name] : others[name - EVENT_FIELD_COUNT],
                .value = {.kind = VALUE_INT, .integer = (int64_t)left},
            };
        }
        event_fields_find(attrs, values);
        for (size_t i = 0; i < EVENT_FIELD_COUNT; i++) {
            assert_ptr_equal(values[i], attrs_find(attrs, names[i]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_together_as_alone),
    };
    name_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}

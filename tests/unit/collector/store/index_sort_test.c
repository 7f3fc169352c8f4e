/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_sort.h"

#include "base/hash.h"
#include "base/prng.h"
#include "lib/cm.h"

#include <stdlib.h>

static void expect_sorted(const struct index_pair *pairs, uint32_t count)
{
    struct index_pair *sorted = malloc((count + 1) * sizeof(*sorted));
    uint64_t before = 0;
    uint64_t after = 0;
    assert_non_null(sorted);
    assert_true(index_sort(sorted, pairs, count));
    for (uint32_t i = 0; i < count; i++) {
        before += pairs[i].hash * (2 * (uint64_t)pairs[i].offset + 1);
        after += sorted[i].hash * (2 * (uint64_t)sorted[i].offset + 1);
        assert_true(
            i == 0 || sorted[i - 1].hash < sorted[i].hash ||
            (sorted[i - 1].hash == sorted[i].hash && sorted[i - 1].offset <= sorted[i].offset));
    }
    assert_int_equal(after, before);
    free(sorted);
}

/* By hash, then by offset; for all small counts and some large ones, with hashes that are anywhere,
 * that come again, and that lie close together. */
static void pairs_are_sorted(void **state)
{
    enum { COUNT = 30000 };
    struct index_pair *pairs = malloc(COUNT * sizeof(*pairs));
    struct prng prng;
    (void)state;
    assert_non_null(pairs);
    prng_init(&prng, 1);
    for (unsigned kind = 0; kind < 4; kind++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            uint64_t hash = prng_next(&prng);
            hash = kind == 1 ? hash_u64(hash % 50) : kind == 2 ? hash % 1000 : hash;
            pairs[i] = (struct index_pair){kind == 3 ? UINT64_MAX : hash,
                                           (uint32_t)prng_below(&prng, 1000)};
        }
        for (uint32_t count = 0; count < 70; count++) {
            expect_sorted(pairs, count);
        }
        expect_sorted(pairs, COUNT / 3);
        expect_sorted(pairs, COUNT);
    }
    free(pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_are_sorted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

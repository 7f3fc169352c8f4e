/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_client.h"
#include "tail/tail_number.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)

/* ---- The rate. ---- */

/* A second's worth at once, then one by one. */
static void rate(void **state)
{
    (void)state;
    struct tail_rate rate;
    tail_rate_init(&rate, 10);
    for (unsigned i = 0; i < 10; i++) {
        assert_true(tail_rate_take(&rate, SECOND));
    }
    assert_false(tail_rate_take(&rate, SECOND));
    assert_false(tail_rate_take(&rate, SECOND + SECOND / 10 - 1));
    assert_true(tail_rate_take(&rate, SECOND + SECOND / 10));
    assert_false(tail_rate_take(&rate, SECOND + SECOND / 10));
    tail_rate_init(&rate, 1);
    assert_true(tail_rate_take(&rate, 5));
    assert_false(tail_rate_take(&rate, SECOND));
    assert_true(tail_rate_take(&rate, SECOND + 5));
}

/* ---- The ring. ---- */

static void free_batch(struct tail_batch *batch)
{
    free(batch);
}

static void add(struct tail_ring *ring, uint32_t count, size_t size)
{
    struct tail_batch *batch = calloc(1, sizeof(*batch));
    assert_non_null(batch);
    atomic_init(&batch->holders, 1);
    batch->count = count;
    batch->size = size;
    batch->free = free_batch;
    tail_ring_add(ring, batch);
}

static void ring(void **state)
{
    (void)state;
    struct tail_ring *ring = malloc(sizeof(*ring));
    struct tail_batch *batch;
    assert_non_null(ring);
    tail_ring_init(ring);
    assert_int_equal(tail_ring_find(ring, 1, &batch), TAIL_NONE);
    add(ring, 3, 10);
    add(ring, 2, TAIL_BYTES_MAX - 10);
    for (uint64_t id = 1; id <= 5; id++) {
        assert_int_equal(tail_ring_find(ring, id, &batch), TAIL_FOUND);
        assert_int_equal(batch->first_id, id <= 3 ? 1 : 4);
        tail_ring_release(batch);
    }
    assert_int_equal(tail_ring_find(ring, 6, &batch), TAIL_NONE);
    /* One byte more, and the oldest goes; who holds it keeps it. */
    assert_int_equal(tail_ring_find(ring, 1, &batch), TAIL_FOUND);
    add(ring, 1, 1);
    struct tail_batch *gone;
    assert_int_equal(tail_ring_find(ring, 3, &gone), TAIL_GONE);
    assert_int_equal(batch->count, 3);
    tail_ring_release(batch);
    for (unsigned i = 0; i < TAIL_BATCHES_MAX; i++) {
        add(ring, 1, 1);
    }
    assert_int_equal(ring->count, TAIL_BATCHES_MAX);
    assert_int_equal(ring->first_id, 7);
    tail_ring_clear(ring);
    assert_int_equal(ring->first_id, ring->next_id);
    free(ring);
}

/* ---- Numbers. ---- */

static uint32_t number_of(struct tail_number *number, const char *function, const char *instance)
{
    const struct resource resource = {.function = slice_from(function),
                                      .instance = slice_from(instance)};
    return tail_number_instance(number, &resource);
}

static void numbers(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    struct tail_number *number = malloc(sizeof(*number));
    assert_non_null(number);
    tail_number_init(number, &key);
    assert_int_equal(number_of(number, "a", "x"), 1);
    assert_int_equal(number_of(number, "a", "y"), 2);
    assert_int_equal(number_of(number, "b", "x"), 1);
    assert_int_equal(number_of(number, "a", "x"), 1);
    assert_int_equal(number_of(number, "a", ""), 0);
    /* At the limit all is as before; beyond it counting begins anew. */
    for (unsigned i = 3; i < TAIL_INSTANCES_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "i%u", i);
        assert_true(number_of(number, "c", name) > 0);
    }
    assert_int_equal(number_of(number, "a", "y"), 2);
    assert_int_equal(number_of(number, "a", "z"), 1);
    free(number);
}

static void firsts(void **state)
{
    (void)state;
    static const struct hash_key key = {{1, 2}};
    const struct resource resource = {.instance = SLICE("x")};
    struct tail_number *number = malloc(sizeof(*number));
    assert_non_null(number);
    tail_number_init(number, &key);
    const struct id16 one = {{1}};
    assert_true(tail_number_first(number, &resource, one, 1));
    assert_false(tail_number_first(number, &resource, one, 1));
    assert_true(tail_number_first(number, &resource, one, 2));
    for (unsigned i = 0; i < TAIL_SEEN_COUNT; i++) {
        const struct id16 other = {{2, (unsigned char)i, (unsigned char)(i >> 8)}};
        assert_true(tail_number_first(number, &resource, other, 1));
    }
    assert_true(tail_number_first(number, &resource, one, 1));
    free(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rate),
        cmocka_unit_test(ring),
        cmocka_unit_test(numbers),
        cmocka_unit_test(firsts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "sealed.h"

#include "lib/cm.h"

#include <stdlib.h>

#define BATCHES    6
#define ARENA_SIZE ((size_t)128 << 20)

/* Random batches of both signals come back, every field of every record, and by every id. */
static void run(uint64_t seed, size_t records_max)
{
    struct prng prng;
    struct arena arena;
    struct batch batches[BATCHES];
    uint64_t arrivals_ns[BATCHES];
    void *memory = malloc(ARENA_SIZE);
    assert_non_null(memory);
    prng_init(&prng, seed);
    arena_init(&arena, memory, ARENA_SIZE);
    struct sealed *sealed = sealed_create();
    for (size_t i = 0; i < BATCHES; i++) {
        batches[i] =
            random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, records_max);
        arrivals_ns[i] = UINT64_C(1796000000000000000) + prng_below(&prng, 4) * 1000;
        sealed_add(sealed, &batches[i], arrivals_ns[i]);
    }
    sealed_write(sealed);
    sealed_expect_all(sealed, batches, arrivals_ns, BATCHES);
    sealed_free(sealed);
    free(memory);
}

static void random_batches_come_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        run(seed, seed % 2 == 0 ? 120 : 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_batches_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

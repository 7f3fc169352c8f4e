/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/columns_limits.h"
#include "random.h"
#include "sealed.h"

#include "lib/cm.h"
#include "proto/names.h"

#include <stdio.h>
#include <stdlib.h>

#define T0         UINT64_C(1796000000000000000)
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

/* What lines of log streams have in common, by their scopes, makes no shapes: more requests than
 * there is room for shapes are read back. */
static void scopes_of_requests(void **state)
{
    static const struct resource plain = {.service = SLICE_INIT("shop")};
    (void)state;
    enum { COUNT = SHAPE_COUNT_MAX + 1 };
    struct attr *attrs = calloc(COUNT, sizeof(*attrs));
    struct scope *scopes = calloc(COUNT, sizeof(*scopes));
    struct log_line *lines = calloc(COUNT, sizeof(*lines));
    char(*requests)[8] = calloc(COUNT, sizeof(*requests));
    assert_true(attrs != NULL && scopes != NULL && lines != NULL && requests != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(requests[i], sizeof(requests[i]), "%zu", i);
        attrs[i] = (struct attr){.key = NAME_FAAS_INVOCATION_ID,
                                 .value = {.kind = VALUE_STRING, .text = slice_from(requests[i])}};
        scopes[i] = (struct scope){
            .name = NAME_SCOPE_LOGS, .logs = true, .attrs = {.items = &attrs[i], .count = 1}};
        lines[i] = (struct log_line){
            .resource = &plain, .scope = &scopes[i], .time_ns = T0 + i, .attrs = scopes[i].attrs};
    }
    struct batch batch = {.signal = SIGNAL_LOGS,
                          .resources = &plain,
                          .resource_count = 1,
                          .logs = lines,
                          .log_count = COUNT};
    uint64_t arrival_ns = T0;
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, T0);
    for (size_t i = 0; i < COUNT; i++) {
        scopes[i].attrs.count = 0;
    }
    sealed_write(sealed);
    sealed_expect_all(sealed, &batch, &arrival_ns, 1);
    sealed_free(sealed);
    free(attrs);
    free(scopes);
    free(lines);
    free(requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_batches_come_back),
        cmocka_unit_test(scopes_of_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lines_gen.h"
#include "spans_gen.h"

#include "ingest/otlp_decode.h"
#include "lib/cm.h"
#include "model/record.h"

#include <stdlib.h>

#define START_NS UINT64_C(1796000000000000000)

static struct batch decode(enum signal signal, const struct buf *body, struct arena *arena)
{
    struct batch batch;
    arena_init(arena, malloc((size_t)64 << 20), (size_t)64 << 20);
    assert_non_null(arena->base);
    assert_true(otlp_decode(signal, buf_bytes(body), arena, &batch));
    return batch;
}

/* What is measured is what the header says. */
static void spans_are_as_described(void **state)
{
    struct spans_gen *gen = malloc(sizeof(*gen));
    struct buf out;
    struct arena arena;
    (void)state;
    assert_non_null(gen);
    buf_init_growing(&out, (size_t)16 << 20);
    spans_gen_init(gen, 1, START_NS);
    spans_gen_request(gen, 500, &out);
    assert_in_range(out.size, 500 * 510, 500 * 570);
    struct batch batch = decode(SIGNAL_TRACES, &out, &arena);
    assert_int_equal(batch.span_count, 500);
    assert_int_equal(batch.rejected, 0);
    for (size_t i = 0; i < batch.span_count; i++) {
        assert_int_equal(batch.spans[i].attrs.count, 7);
        assert_int_equal(batch.spans[i].resource->attrs.count, 8);
        assert_true(batch.spans[i].start_ns > START_NS);
        assert_true(batch.spans[i].end_ns >= batch.spans[i].start_ns);
    }
    free(arena.base);
    buf_fini(&out);
    free(gen);
}

static void lines_are_as_described(void **state)
{
    struct lines_gen *gen = malloc(sizeof(*gen));
    struct buf out;
    struct arena arena;
    (void)state;
    assert_non_null(gen);
    buf_init_growing(&out, (size_t)16 << 20);
    lines_gen_init(gen, 1, START_NS);
    lines_gen_request(gen, 480, &out);
    assert_in_range(out.size, 480 * 240, 480 * 400);
    struct batch batch = decode(SIGNAL_LOGS, &out, &arena);
    assert_int_equal(batch.log_count, 480);
    for (size_t i = 0; i < batch.log_count; i++) {
        assert_int_equal(batch.logs[i].attrs.count, 6);
        assert_true(batch.logs[i].has_trace);
        assert_true(batch.logs[i].seq > 0);
    }
    free(arena.base);
    buf_fini(&out);
    free(gen);
}

/* The same seed, the same bytes. */
static void same_seed_same_bytes(void **state)
{
    struct spans_gen *gen = malloc(2 * sizeof(*gen));
    struct buf out[2];
    (void)state;
    assert_non_null(gen);
    for (size_t i = 0; i < 2; i++) {
        buf_init_growing(&out[i], (size_t)16 << 20);
        spans_gen_init(&gen[i], 7, START_NS);
        spans_gen_request(&gen[i], 100, &out[i]);
    }
    assert_true(slice_equal(buf_bytes(&out[0]), buf_bytes(&out[1])));
    buf_fini(&out[0]);
    buf_fini(&out[1]);
    free(gen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_as_described),
        cmocka_unit_test(lines_are_as_described),
        cmocka_unit_test(same_seed_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

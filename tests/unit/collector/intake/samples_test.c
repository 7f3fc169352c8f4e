/* SPDX-License-Identifier: Apache-2.0 */

/* Every container: what is told of it, whatever pieces it comes in, and of every front of it. */
#include "samples.h"
#include "seen.h"

#include "lib/cm.h"

#include <string.h>

/* A sample of each container tells what is written beside it. */
static void test_told(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < samples_count; i++) {
        const struct sample *sample = &samples[i];
        struct seen seen;
        seen_take(&seen, slice_from(sample->input), 0, sample->path);
        if (strcmp(seen_text(&seen), sample->told) != 0 || seen.counts.format != sample->format) {
            print_error("%s: %s\n--- told\n%s--- should be %s\n%s", sample->name,
                        intake_format_name(seen.counts.format), seen_text(&seen),
                        intake_format_name(sample->format), sample->told);
            good = false;
        }
        seen_free(&seen);
    }
    assert_true(good);
}

/* Pieces of any size, and a cut at any place, tell the same. */
static void test_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < samples_count; i++) {
        const struct sample *sample = &samples[i];
        struct slice input = slice_from(sample->input);
        for (size_t at = 0; at <= input.size; at++) {
            struct seen seen;
            seen_take_two(&seen, slice_take(input, at), slice_skip(input, at), sample->path);
            assert_string_equal(seen_text(&seen), sample->told);
            seen_free(&seen);
        }
        for (size_t piece = 1; piece < 10; piece++) {
            struct seen seen;
            seen_take(&seen, input, piece, sample->path);
            assert_string_equal(seen_text(&seen), sample->told);
            seen_free(&seen);
        }
    }
}

/* Many of them behind each other, beyond the head by which a text is recognised and across the
 * pieces that are joined: the same events in pieces of any size. */
static void test_large(void **state)
{
    static const size_t pieces[] = {1000, 4096, 65535, 65536, 65537, 100000};
    (void)state;
    for (size_t i = 0; i < samples_count; i++) {
        struct buf large;
        struct seen whole;
        buf_init_growing(&large, 16u << 20);
        while (large.size < 200000) {
            buf_append_text(&large, samples[i].input);
            buf_append_text(&large, "\n");
        }
        seen_take(&whole, buf_bytes(&large), 0, samples[i].path);
        for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
            struct seen seen;
            seen_take(&seen, buf_bytes(&large), pieces[k], samples[i].path);
            assert_string_equal(seen_text(&seen), seen_text(&whole));
            seen_free(&seen);
        }
        seen_free(&whole);
        buf_fini(&large);
    }
}

/* Every front of a sample of JSON or CSV tells a front of its events: what is cut is not told. */
static void test_fronts(void **state)
{
    (void)state;
    for (size_t i = 0; i < samples_count; i++) {
        const struct sample *sample = &samples[i];
        struct slice input = slice_from(sample->input);
        uint64_t events = 0;
        for (size_t size = 0; size <= input.size; size++) {
            struct seen seen;
            seen_take(&seen, slice_take(input, size), 0, sample->path);
            bool same_kind = seen.counts.format == sample->format;
            const char *refused = strstr(seen_text(&seen), "refused ");
            size_t sure = refused == NULL ? 0 : (size_t)(refused - seen_text(&seen));
            if (input.base[0] == '{' && sample->format != INTAKE_JSON_LINES && same_kind) {
                assert_memory_equal(seen_text(&seen), sample->told,
                                    sure < strlen(sample->told) ? sure : strlen(sample->told));
                assert_true(seen.counts.events >= events);
                events = seen.counts.events;
            }
            seen_free(&seen);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_fronts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/filter.h"
#include "columns/stencil.h"
#include "sealed.h"

#include "base/prng.h"
#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID "5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e"
#define T0   UINT64_C(1796000000000000000)

static struct stencil_pieces pieces;

/* What pieces hold makes the line again. */
static void expect_filled(struct slice line)
{
    static unsigned char filled[STENCIL_FILLED_MAX];
    const unsigned char *holes = pieces.holes;
    size_t size = stencil_fill(slice_of(pieces.text, pieces.text_size), &holes, filled);
    assert_true(slice_equal(slice_of(filled, size), line));
    assert_int_equal(holes - pieces.holes, pieces.holes_size);
}

/* A line and its stencil. */
static void lines_have_stencils(void **state)
{
    static const char *const lines[][2] = {
        {"nothing of note", "nothing of note"},
        {"order 4711 took 12ms", "order \1 took \1ms"},
        {"2026-11-30T12:00:05.123Z", "\1-\1-\1T\1:\1:\1.\1Z"},
        {"007 and 0 and 00", "\1 and \1 and \1"},
        {"id " UUID, "id \2"},
        {UUID "," UUID, "\2,\2"},
        {UUID "0 x", "\2-\2-\2-\2-\2 x"}, /* Longer than one. */
        {"5f0c8fb7-9a4d", "\2-\2"},       /* Shorter. */
        {"5f0c8fb7-9a4d-4e0f-8c6e+1f0a2b3c4d5e", "\2-\2-\2-\2+\2"},
        {"a1b2c3d4e5", "\2"},     /* Hexadecimal, as it seems. */
        {"deadbeef", "deadbeef"}, /* No digit. */
        {"user00017", "\2"},      /* Many letters. */
        {"x1y2z3", "\2"},         /* Many numbers. */
        {"x1y2", "x\1y\1"},
        {"12345678901234567", "\1"},
        {"123456789012345678", "\2"}, /* More digits than a number has. */
        {"\303\2447", "\303\244\1"},  /* Letters that are no ASCII. */
        {"1", "\1"},
        {"12345678", "\1"},
        {"12345678-", "\1-"},
        {"00000000-1", "\1-\1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct slice line = slice_from(lines[i][0]);
        struct slice stencil = slice_from(lines[i][1]);
        unsigned char kinds[STENCIL_HOLE_MAX];
        size_t holes = 0;
        assert_true(stencil_cut(&pieces, line));
        assert_true(slice_equal(slice_of(pieces.text, pieces.text_size), stencil));
        for (size_t k = 0; k < stencil.size; k++) {
            holes += stencil.base[k] < STENCIL_HOLE_END;
        }
        assert_int_equal(stencil_kinds(stencil, kinds), holes);
        expect_filled(line);
    }
}

/* Bytes that are holes, and too much of anything. */
static void lines_without_stencils(void **state)
{
    static char text[STENCIL_LINE_MAX + 1];
    (void)state;
    assert_false(stencil_cut(&pieces, SLICE_EMPTY));
    assert_false(stencil_cut(&pieces, SLICE("a \1")));
    assert_false(stencil_cut(&pieces, SLICE("\2 is behind sixteen bytes and more")));
    assert_false(stencil_cut(&pieces, slice_of("a\0b", 3)));
    assert_true(stencil_cut(&pieces, SLICE("tab\tand line\n")));
    memset(text, 'x', sizeof(text));
    assert_true(stencil_cut(&pieces, slice_of(text, STENCIL_LINE_MAX)));
    assert_false(stencil_cut(&pieces, slice_of(text, STENCIL_LINE_MAX + 1)));
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 2 == 0 ? '7' : ' ';
    }
    for (size_t holes = 1; holes < 100; holes++) {
        bool cut = stencil_cut(&pieces, slice_of(text, 2 * holes));
        assert_true(cut == (holes <= STENCIL_HOLE_MAX - 2));
        if (cut) {
            expect_filled(slice_of(text, 2 * holes));
        }
    }
}

/* The largest words and the most holes fit into pieces. */
static void pieces_have_room(void **state)
{
    static char text[STENCIL_LINE_MAX];
    (void)state;
    memset(text, '7', sizeof(text));
    assert_true(stencil_cut(&pieces, slice_of(text, sizeof(text))));
    expect_filled(slice_of(text, sizeof(text)));
    for (size_t size = 1; size < 40; size++) { /* Words of zeros and of letters with a digit. */
        for (unsigned letters = 0; letters < 2; letters++) {
            size_t whole = (size + 1) * 60;
            memset(text, letters ? 'x' : '0', whole);
            for (size_t i = 0; i < whole; i += size + 1) {
                text[i] = ' ';
                text[i + size] = '0';
            }
            assert_true(stencil_cut(&pieces, slice_of(text, whole)));
            expect_filled(slice_of(text, whole));
        }
    }
}

/* Of any bytes that have digits, letters and gaps: what is cut is filled again. */
static void random_lines(void **state)
{
    static const char alphabet[] = "0123456789 abcdefgxyzTZ-:/=.\303\244\3\t";
    struct prng prng;
    char text[300];
    (void)state;
    prng_init(&prng, 5);
    for (unsigned i = 0; i < 20000; i++) {
        size_t size = (size_t)prng_between(&prng, 1, i % 10 == 0 ? sizeof(text) : 40);
        for (size_t k = 0; k < size; k++) {
            text[k] = alphabet[prng_below(&prng, sizeof(alphabet) - 1)];
        }
        if (stencil_cut(&pieces, slice_of(text, size))) {
            expect_filled(slice_of(text, size));
        }
    }
}

/* Numbers, and what is none. */
static void numbers_are_written(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } numbers[] = {
        {0, "0"},
        {7, "7"},
        {4711, "4711"},
        {-1007, "007"},
        {-10, "0"},
        {-100, "00"},
        {INT64_MAX, "9223372036854775807"},
        {-1, ""},
        {-2, ""},
        {-99, ""},
        {INT64_MIN, ""},
        {-INT64_MAX, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        unsigned char text[STENCIL_NUMBER_SIZE];
        size_t size = stencil_number(numbers[i].number, text);
        assert_true(slice_equal(slice_of(text, size), slice_from(numbers[i].text)));
    }
}

/* Words that have holes, whole. */
static void words_have_holes(void **state)
{
    struct buf out;
    (void)state;
    buf_init_growing(&out, SIZE_MAX / 2);
    stencil_words(SLICE("took \1ms of v\1.\1, \2"), &out);
    assert_true(slice_equal(buf_bytes(&out), SLICE("\1ms v\1 \1 \2 ")));
    buf_reset(&out);
    stencil_words(SLICE("none"), &out);
    assert_int_equal(out.size, 0);
    buf_fini(&out);
}

/* ---- Blocks. ---- */

#define LINES_MAX 3000

struct lines {
    struct log_line lines[LINES_MAX];
    char texts[LINES_MAX][96];
    struct resource resource;
};

static struct sealed *write_lines(struct lines *lines, size_t count)
{
    uint64_t arrival_ns = T0 + 1000000000;
    struct batch batch = {.signal = SIGNAL_LOGS,
                          .resources = &lines->resource,
                          .resource_count = 1,
                          .logs = lines->lines,
                          .log_count = count};
    for (size_t i = 0; i < count; i++) {
        lines->lines[i] = (struct log_line){
            .resource = &lines->resource,
            .time_ns = T0 + i,
            .body = {.kind = VALUE_STRING, .text = slice_from(lines->texts[i])},
        };
    }
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, arrival_ns);
    sealed_write(sealed);
    sealed_expect_all(sealed, &batch, &arrival_ns, 1);
    return sealed;
}

/* Lines of few stencils take what stands in their holes. */
static void few_stencils(void **state)
{
    struct lines *lines = calloc(1, sizeof(*lines));
    (void)state;
    assert_non_null(lines);
    for (unsigned i = 0; i < LINES_MAX; i++) {
        (void)snprintf(lines->texts[i], sizeof(lines->texts[i]),
                       "order %u of basket %u was stored in the warehouse after %ums", i % 7 * 1000,
                       i % 11, i % 200);
    }
    struct sealed *sealed = write_lines(lines, LINES_MAX);
    size_t size = 0;
    for (size_t i = 0; i < sealed->block_count; i++) {
        size += sealed->blocks[i].bytes.size;
    }
    assert_true(size < 6 * (size_t)LINES_MAX);
    sealed_free(sealed);
    free(lines);
}

/* Every line is worded in its own way: for a while nobody looks for stencils; then they do again.
 */
static void many_stencils(void **state)
{
    struct lines *lines = calloc(1, sizeof(*lines));
    (void)state;
    assert_non_null(lines);
    for (unsigned i = 0; i < LINES_MAX; i++) {
        for (unsigned k = 0; k < 12; k++) {
            lines->texts[i][k] = (char)('a' + (i >> k & 1) + 2 * (k % 3));
        }
        (void)snprintf(lines->texts[i] + 12, sizeof(lines->texts[i]) - 12, " %u", i);
    }
    sealed_free(write_lines(lines, LINES_MAX));
    free(lines);
}

/* Every word of a line is in its block's filter, whether it has holes or not. */
static void words_are_in_filters(void **state)
{
    static const char *const texts[] = {
        "order 4711 took 1234ms",         "order 4712 took 99ms",
        "key a1b2c3d4e5 of user00017",    ("id " UUID),
        "at 2026-11-30T12:00:05.123Z",    "\1 order 007007",
        "GET /orders/00815/v12 HTTP/1.1",
    };
    enum { COUNT = sizeof(texts) / sizeof(texts[0]) };
    struct lines *lines = calloc(1, sizeof(*lines));
    (void)state;
    assert_non_null(lines);
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(lines->texts[i], sizeof(lines->texts[i]), "%s", texts[i]);
    }
    struct sealed *sealed = write_lines(lines, COUNT);
    assert_int_equal(sealed->block_count, 1);
    struct slice filter = sealed->blocks[0].filter;
    assert_true(filter.size > 0);
    for (size_t i = 0; i < COUNT; i++) {
        struct filter_words words = filter_words_of(slice_from(texts[i]));
        struct slice word;
        while (filter_words_next(&words, &word)) {
            assert_true(filter_may_have(filter, filter_word(&sealed_key, word)));
        }
    }
    assert_false(filter_may_have(filter, filter_word(&sealed_key, SLICE("basket"))));
    sealed_free(sealed);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_have_stencils),  cmocka_unit_test(lines_without_stencils),
        cmocka_unit_test(pieces_have_room),     cmocka_unit_test(random_lines),
        cmocka_unit_test(numbers_are_written),  cmocka_unit_test(words_have_holes),
        cmocka_unit_test(few_stencils),         cmocka_unit_test(many_stencils),
        cmocka_unit_test(words_are_in_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

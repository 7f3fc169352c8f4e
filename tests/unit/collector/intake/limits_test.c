/* SPDX-License-Identifier: Apache-2.0 */

/* Records at, below and above what one may be: the larger is refused, and what is around it is
 * told. */
#include "intake/intake.h"

#include "base/buf.h"
#include "intake/intake_limits.h"
#include "lib/cm.h"

#include <string.h>

#define TIME "1795445605123"

struct told {
    uint64_t events, refused;
    size_t largest;
    const char *why;
};

static void take_event(void *context, const struct log_event *event)
{
    struct told *told = context;
    told->events++;
    told->largest = event->message.size > told->largest ? event->message.size : told->largest;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    struct told *told = context;
    told->refused += refusal->count;
    told->why = refusal->why;
}

static void run(struct slice input, size_t piece, uint64_t inflated_max, struct told *told)
{
    const struct intake_options options = {
        .path = SLICE_INIT("x"),
        .any_text = true,
        .event = take_event,
        .refused = take_refused,
        .context = told,
        .inflated_size_max = inflated_max,
    };
    struct intake *intake = intake_create(&options);
    assert_non_null(intake);
    *told = (struct told){.events = 0};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && input.size > 0) {
        struct slice part = slice_take(input, piece);
        status = intake_push(intake, part);
        input = slice_skip(input, part.size);
    }
    enum status finished = intake_finish(intake);
    assert_int_equal(finished, inflated_max == 0 ? STATUS_OK : finished);
    if (inflated_max > 0 && finished == STATUS_FULL) {
        told->why = "full";
    }
    intake_free(intake);
}

/* begin, size letters, end, and a good record before and behind it. */
static struct buf record_of(const char *before, const char *begin, size_t size, const char *end,
                            const char *behind)
{
    struct buf out;
    buf_init_growing(&out, (size_t)INTAKE_RECORD_SIZE_MAX + (1u << 20));
    buf_append_text(&out, before);
    buf_append_text(&out, begin);
    buf_append_fill(&out, 'x', size - strlen(begin) - strlen(end));
    buf_append_text(&out, end);
    buf_append_text(&out, behind);
    assert_false(buf_overflowed(&out));
    return out;
}

static void check(const char *before, const char *begin, const char *end, const char *behind)
{
    static const size_t pieces[] = {1u << 20, SIZE_MAX};
    for (int more = -1; more <= 1; more++) {
        size_t size = (size_t)((int)INTAKE_RECORD_SIZE_MAX + more);
        struct buf input = record_of(before, begin, size, end, behind);
        for (size_t i = 0; i < 2; i++) {
            struct told told;
            run(buf_bytes(&input), pieces[i], 0, &told);
            assert_int_equal(told.events, more > 0 ? 2 : 3);
            assert_int_equal(told.refused, more > 0 ? 1 : 0);
            assert_true(more > 0 || told.largest > size / 2);
        }
        buf_fini(&input);
    }
}

static void test_lines(void **state)
{
    (void)state;
    check("one\n", "x", "x", "\ntwo\n");
}

static void test_export(void **state)
{
    (void)state;
    check("2026-11-23T14:53:25.123Z one\n", "2026-11-23T14:53:25.123Z x", "x",
          "\n2026-11-23T14:53:25.123Z two\n");
}

static void test_json(void **state)
{
    (void)state;
    check("{\"timestamp\":" TIME ",\"message\":\"one\",\"eventId\":\"1\"}\n",
          "{\"timestamp\":" TIME ",\"eventId\":\"1\",\"message\":\"", "\"}",
          "\n{\"timestamp\":" TIME ",\"message\":\"two\",\"eventId\":\"1\"}\n");
}

/* What may be inflated at most: that much, and not one byte more. */
static void test_inflated(void **state)
{
    struct told told;
    (void)state;
    run(SLICE("one\ntwo\n"), 3, 8, &told);
    assert_int_equal(told.events, 2);
    assert_null(told.why);
    run(SLICE("one\ntwo\n"), 3, 7, &told);
    assert_string_equal(told.why, "full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_inflated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

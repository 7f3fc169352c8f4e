/* SPDX-License-Identifier: Apache-2.0 */
/* What is concluded from clocks that differ, and what is not. */
#include "calls.h"

#include "lib/cm.h"

#include <stdio.h>

static const struct call front = {.function = "front",
                                  .instance = "f1",
                                  .request = 0x11,
                                  .trace = 0x71,
                                  .span = 0xa1,
                                  .start_ns = BUILD_T0,
                                  .duration_ns = 300 * BUILD_MS,
                                  .seq = 1};

/* A call of front's: the CLIENT span, and when the called one says that it ran and answered. */
struct asked {
    uint64_t request, span;
    int64_t from_ms, to_ms, start_ms, duration_ms;
};

static void ask(struct world *world, const struct asked *asked, uint64_t seq)
{
    const struct call called = {.function = "stock",
                                .instance = "s1",
                                .request = asked->request,
                                .trace = 0x71,
                                .span = asked->span,
                                .start_ns = BUILD_T0 + asked->start_ms * BUILD_MS,
                                .duration_ns = asked->duration_ms * BUILD_MS,
                                .response_ns = asked->duration_ms * BUILD_MS,
                                .seq = seq};
    char text[37];
    (void)snprintf(text, sizeof(text), "5f000000-0000-0000-0000-%012llx",
                   (unsigned long long)asked->request);
    calls_invoke(world, &called);
    struct build *b = calls_sdk(&front, 40 + seq);
    build_span(b, "invoke", SPAN_CLIENT, 0x71, asked->span + 0x100, 0xa1);
    build_span_time(b, BUILD_T0 + asked->from_ms * BUILD_MS, BUILD_T0 + asked->to_ms * BUILD_MS);
    build_text(b, "aws.request_id", text);
    world_add(world, b);
}

static int64_t shifted_ms(struct world *world)
{
    struct transaction t;
    calls_read(world, 0x71, &t);
    int64_t skew_ns = 0;
    for (uint32_t i = 0; i < t.instance_count; i++) {
        if (slice_equal(t.instances[i].function, SLICE("stock"))) {
            skew_ns = t.instances[i].skew_ns;
        }
    }
    /* What was shifted is within the transaction. */
    assert_true(skew_ns == 0 || (t.start_ns == BUILD_T0 && t.end_ns == BUILD_T0 + 300 * BUILD_MS));
    return skew_ns / BUILD_MS;
}

/* Nothing is concluded where clocks may be right: a call that was mostly not this one's, one that
 * took no longer than an acknowledgement, and differences of a millisecond. */
static void what_is_not_concluded(void **state)
{
    (void)state;
    static const struct {
        struct asked asked;
        int64_t shifted_ms;
    } cases[] = {
        {{0x12, 0xa2, 0, 200, 230, 120}, -190},    /* It fits between -230 and -150. */
        {{0x12, 0xa2, 0, 200, 240, 60}, 0},        /* Less than half of it. */
        {{0x12, 0xa2, 0, 30, 240, 18}, 0},         /* Too short to have been waited for. */
        {{0x12, 0xa2, 50, 200, 49, 100}, 0},       /* A millisecond early. */
        {{0x12, 0xa2, 50, 200, -5000, 100}, 5075}, /* Long before. */
        {{0x12, 0xa2, 50, 200, 40, 100}, 35},      /* Ten: between 10 and 60. */
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world *world = world_create();
        calls_invoke(world, &front);
        ask(world, &cases[i].asked, 1);
        assert_int_equal(shifted_ms(world), cases[i].shifted_ms);
        world_free(world);
    }
}

/* An instance has one clock: the first call into it says how far it is off. */
static void the_first_call_says(void **state)
{
    (void)state;
    struct world *world = world_create();
    calls_invoke(world, &front);
    ask(world, &(struct asked){0x12, 0xa2, 0, 60, 5, 50}, 1);
    ask(world, &(struct asked){0x13, 0xa3, 200, 290, 150, 80}, 10);
    assert_int_equal(shifted_ms(world), 0);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_concluded),
        cmocka_unit_test(the_first_call_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of bodies while they come. */
#include "http/web_private.h"

#include "http/http_limits.h"
#include "lib/cm.h"

#include <string.h>

#define PIECE    ((size_t)16 << 10)
#define BODY_MAX ((size_t)4 << 20)

static const struct web_route route = {.path = "/", .body_max = BODY_MAX};

static unsigned char bytes[PIECE];

static void begin(struct web *web, struct web_request *request, uint64_t announced)
{
    *request = (struct web_request){.web = web, .route = &route, .announced = announced};
    buf_init_growing(&request->body, BODY_MAX);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(i * 7 + i / 256);
    }
}

static void end(struct web *web, struct web_request *request)
{
    web_let_go(request);
    assert_int_equal(atomic_load(&web->inflight), 0);
}

/* A body whose length is known is not moved while it comes. */
static void announced_stays_where_it_is(void **state)
{
    static struct web web;
    struct web_request request;
    (void)state;
    begin(&web, &request, 40 * PIECE - 5);
    web_receive(&request, slice_of(bytes, PIECE));
    const unsigned char *base = request.body.base;
    size_t capacity = request.body.capacity;
    for (size_t i = 1; i < 40; i++) {
        web_receive(&request, slice_of(bytes, i < 39 ? PIECE : PIECE - 5));
    }
    assert_ptr_equal(request.body.base, base);
    assert_int_equal(request.body.capacity, capacity);
    assert_int_equal(request.body.size, 40 * PIECE - 5);
    for (size_t i = 0; i < 40; i++) {
        assert_memory_equal(base + i * PIECE, bytes, i < 39 ? PIECE : PIECE - 5);
    }
    end(&web, &request);
}

/* Who announces much is given little, and only what has come is counted. */
static void announcing_takes_nothing(void **state)
{
    static struct web web;
    struct web_request request;
    (void)state;
    begin(&web, &request, BODY_MAX);
    web_receive(&request, slice_of(bytes, 10));
    assert_true(request.body.capacity <= HTTP_BODY_AHEAD);
    assert_int_equal(atomic_load(&web.inflight), 10);
    end(&web, &request);
}

/* The whole body comes, whether or not its length is known. */
static void any_length_is_taken(void **state)
{
    static const uint64_t announced[] = {0, BODY_MAX};
    static struct web web;
    (void)state;
    for (size_t i = 0; i < sizeof(announced) / sizeof(announced[0]); i++) {
        struct web_request request;
        begin(&web, &request, announced[i]);
        for (size_t size = 0; size < BODY_MAX; size += PIECE) {
            web_receive(&request, slice_of(bytes, PIECE));
        }
        assert_null(request.refusal);
        assert_int_equal(request.body.size, BODY_MAX);
        assert_int_equal(atomic_load(&web.inflight), BODY_MAX);
        assert_memory_equal(request.body.base + BODY_MAX - PIECE, bytes, PIECE);
        web_receive(&request, slice_of(bytes, 1));
        assert_ptr_equal(request.refusal, &web_refusal_too_large);
        assert_int_equal(atomic_load(&web.inflight), 0);
        end(&web, &request);
    }
}

/* What all bodies have together is bounded. */
static void all_are_bounded(void **state)
{
    static struct web web;
    struct web_request request;
    (void)state;
    atomic_store(&web.inflight, HTTP_INFLIGHT_SIZE_MAX - PIECE);
    begin(&web, &request, 3 * PIECE);
    web_receive(&request, slice_of(bytes, PIECE));
    assert_null(request.refusal);
    web_receive(&request, slice_of(bytes, 1));
    assert_ptr_equal(request.refusal, &web_refusal_busy);
    assert_int_equal(atomic_load(&web.inflight), HTTP_INFLIGHT_SIZE_MAX - PIECE);
    web_let_go(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(announced_stays_where_it_is),
        cmocka_unit_test(announcing_takes_nothing),
        cmocka_unit_test(any_length_is_taken),
        cmocka_unit_test(all_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/address.h"
#include "http/arenas.h"
#include "http/squeeze.h"

#include "http/http_limits.h"
#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

/* Addresses are numbers; localhost is the one name. */
static void test_address(void **state)
{
    static const char *const wrong[] = {"",       "1.2.3.4",    "1.2.3.4:", "1.2.3.4:65536",
                                        "x:1",    "1.2.3:1",    "[::1]",    "::1:x",
                                        "[::1:1", "1.2.3.4:-1", ":1",       "example.com:80"};
    struct address address;
    char text[ADDRESS_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(address_parse(slice_from(wrong[i]), &address));
    }
    assert_true(address_parse(SLICE("127.9.9.9:4318"), &address));
    assert_true(address_is_loopback(&address));
    address_format(&address, text);
    assert_string_equal(text, "127.9.9.9:4318");
    assert_true(address_parse(SLICE("localhost:0"), &address));
    assert_true(address_is_loopback(&address));
    assert_true(address_parse(SLICE("[::1]:65535"), &address));
    assert_true(address_is_loopback(&address));
    address_format(&address, text);
    assert_string_equal(text, "[::1]:65535");
    assert_true(address_parse(SLICE("0.0.0.0:1"), &address));
    assert_false(address_is_loopback(&address));
    assert_true(address_parse(SLICE("[::]:1"), &address));
    assert_false(address_is_loopback(&address));
}

/* gzip is used where it is named and not refused. */
static void test_accepts(void **state)
{
    (void)state;
    assert_true(squeeze_accepts_gzip(SLICE("gzip")));
    assert_true(squeeze_accepts_gzip(SLICE("br, GZIP;q=0.2, deflate")));
    assert_true(squeeze_accepts_gzip(SLICE("*")));
    assert_true(squeeze_accepts_gzip(SLICE("gzip;q=0.001")));
    assert_false(squeeze_accepts_gzip(SLICE("")));
    assert_false(squeeze_accepts_gzip(SLICE("identity")));
    assert_false(squeeze_accepts_gzip(SLICE("gzip;q=0")));
    assert_false(squeeze_accepts_gzip(SLICE("gzip; q=0.000")));
}

/* What does not get smaller is left alone. */
static void test_squeeze(void **state)
{
    static unsigned char text[10000];
    unsigned char *memory;
    size_t size;
    (void)state;
    memset(text, 'x', sizeof(text));
    assert_true(squeeze_gzip(slice_of(text, sizeof(text)), &memory, &size));
    assert_true(size < 200 && memory[0] == 0x1f && memory[1] == 0x8b);
    free(memory);
    assert_false(squeeze_gzip(SLICE("x"), &memory, &size));
}

/* An arena is as large as promised, and comes back empty. */
static void test_arenas(void **state)
{
    struct arenas arenas;
    struct arena taken[HTTP_ARENAS_KEPT + 2];
    (void)state;
    assert_int_equal(arenas_init(&arenas), STATUS_OK);
    for (size_t i = 0; i < HTTP_ARENAS_KEPT + 2; i++) {
        assert_true(arenas_take(&arenas, &taken[i]));
        unsigned char *memory = arena_alloc(&taken[i], HTTP_ARENA_SIZE);
        assert_non_null(memory);
        memory[HTTP_ARENA_SIZE - 1] = 1;
    }
    for (size_t i = 0; i < HTTP_ARENAS_KEPT + 2; i++) {
        arenas_give(&arenas, &taken[i]);
    }
    assert_true(arenas_take(&arenas, &taken[0]));
    unsigned char *memory = arena_alloc(&taken[0], HTTP_ARENA_SIZE);
    assert_int_equal(memory[HTTP_ARENA_SIZE - 1], 0);
    arena_rewind(&taken[0], 0);
    memory[HTTP_ARENA_KEEP_LARGE] = 1; /* It was handed out, though it is not any more. */
    arenas_give(&arenas, &taken[0]);
    assert_true(arenas_take(&arenas, &taken[0]));
    memory = arena_alloc(&taken[0], HTTP_ARENA_SIZE);
    assert_int_equal(memory[HTTP_ARENA_KEEP_LARGE], 0);
    arenas_give(&arenas, &taken[0]);
    arenas_fini(&arenas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_squeeze),
        cmocka_unit_test(test_arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/capture.h"

#include "lib/cm.h"

#include <string.h>

static struct captures captures;

static void begin(size_t told_max)
{
    memset(&captures, 0, sizeof(captures));
    captures_init(&captures, told_max);
}

static bool kept(size_t connection, bool answer, const char *text)
{
    struct slice bytes;
    return captures_end(&captures, connection, answer, &bytes) &&
           slice_equal(bytes, slice_from(text));
}

/* Nothing is kept unless it is asked for. */
static void off(void **state)
{
    struct slice bytes;
    (void)state;
    begin(0);
    assert_true(captures_begin(&captures, 1, false));
    captures_take(&captures, 1, false, SLICE("x"));
    assert_false(captures_want(&captures, 1, false));
    assert_false(captures_end(&captures, 1, false, &bytes));
    assert_false(captures.all[0].used);
}

/* Pieces of an event and an answer of one connection, and of two, do not mix; an empty body is one,
 * and one that begins anew forgets what was. */
static void pieces(void **state)
{
    (void)state;
    begin(100);
    assert_true(captures_begin(&captures, 1, false) && captures_begin(&captures, 1, true) &&
                captures_begin(&captures, 2, false) && captures_begin(&captures, 3, true));
    captures_take(&captures, 1, false, SLICE("ev"));
    captures_take(&captures, 1, true, SLICE("answer"));
    captures_take(&captures, 1, false, SLICE("ent"));
    captures_take(&captures, 2, false, SLICE("other"));
    captures_take(&captures, 9, false, SLICE("nobody's"));
    assert_true(captures_begin(&captures, 2, false));
    captures_take(&captures, 2, false, SLICE("new"));
    assert_true(kept(1, false, "event") && kept(1, true, "answer") && kept(2, false, "new") &&
                kept(3, true, ""));
    assert_false(kept(1, false, "event"));
}

/* At the limit, one byte before it and one behind it; then no more is wanted. */
static void limits(void **state)
{
    static unsigned char bytes[AGENT_CAPTURE_SIZE + 1];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct slice got;
        size_t size = AGENT_CAPTURE_SIZE - 1 + i;
        begin(AGENT_PAYLOAD_MAX);
        assert_true(captures_begin(&captures, 0, true));
        captures_take(&captures, 0, true, slice_of(bytes, 10));
        captures_take(&captures, 0, true, slice_of(bytes, size - 10));
        assert_int_equal(captures_want(&captures, 0, true), i == 0);
        captures_take(&captures, 0, true, slice_of(bytes, i == 0 ? 0 : 5));
        assert_true(captures_end(&captures, 0, true, &got));
        assert_int_equal(got.size, i == 0 ? size : AGENT_CAPTURE_SIZE);
    }
}

/* So many at once and no more; a connection that ends gives its places back. */
static void places(void **state)
{
    (void)state;
    begin(1);
    for (size_t i = 0; i < AGENT_CAPTURES_MAX; i++) {
        assert_true(captures_begin(&captures, i, false));
    }
    assert_false(captures_begin(&captures, AGENT_CAPTURES_MAX, false));
    assert_false(captures_want(&captures, AGENT_CAPTURES_MAX, false));
    captures_gone(&captures, 3);
    assert_true(captures_begin(&captures, AGENT_CAPTURES_MAX, true));
    assert_true(kept(AGENT_CAPTURES_MAX, true, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(off),
        cmocka_unit_test(pieces),
        cmocka_unit_test(limits),
        cmocka_unit_test(places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

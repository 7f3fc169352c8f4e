/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"

#include "base/clock.h"
#include "sandbox/trace.h"

#include <string.h>

#define WALL_NS (UINT64_C(1795449565) * CLOCK_NS_PER_S)

struct result {
    struct trace trace;
    char text[1024];
};

static struct result next(const char *incoming, bool sampled)
{
    struct result result;
    struct prng prng;
    struct buf out;
    prng_init(&prng, 7);
    memset(&result, 0, sizeof(result));
    buf_init_fixed(&out, result.text, sizeof(result.text) - 1);
    trace_next(slice_from(incoming), sampled, WALL_NS, &prng, &result.trace, &out);
    assert_false(buf_overflowed(&out));
    return result;
}

/* Without a header a Root of this second begins, with a Parent, and Sampled=0. */
static void test_new_root(void **state)
{
    (void)state;
    struct result result = next("", false);
    assert_memory_equal(result.text, "Root=1-6b0462dd-", 16);
    assert_non_null(strstr(result.text, result.trace.root));
    assert_non_null(strstr(result.text, result.trace.span_id));
    assert_non_null(strstr(result.text, ";Sampled=0"));
    assert_int_equal(strlen(result.trace.span_id), 16);
}

/* An active function samples what nobody decided. */
static void test_active(void **state)
{
    (void)state;
    assert_non_null(strstr(next("", true).text, ";Sampled=1"));
    assert_true(next("", true).trace.sampled);
    assert_false(next("", false).trace.sampled);
}

/* Root, Sampled and Lineage are kept; Parent is new. */
static void test_kept(void **state)
{
    (void)state;
    struct result result =
        next("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;"
             "Lineage=1:73f724a8:0;Own=x",
             false);
    assert_string_equal(result.trace.root, "1-5759e988-bd862e3fe1be46a994272793");
    assert_non_null(strstr(result.text, "Sampled=1"));
    assert_non_null(strstr(result.text, "Lineage=1:73f724a8:0"));
    assert_non_null(strstr(result.text, "Own=x"));
    assert_null(strstr(result.text, "53995c3f42cd8ad8"));
}

/* "?" and nothing mean: decide. */
static void test_undecided(void **state)
{
    (void)state;
    assert_non_null(strstr(next("Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=?", false).text,
                           "Sampled=0"));
    assert_non_null(
        strstr(next("Root=1-5759e988-bd862e3fe1be46a994272793", false).text, "Sampled=0"));
}

/* What is malformed begins anew. */
static void test_malformed(void **state)
{
    (void)state;
    static const char *const headers[] = {"Root=1-xx", "nonsense", "Root=", ";;;;",
                                          "Root=1-5759e988-bd862e3fe1be46a99427279"};
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        assert_memory_equal(next(headers[i], false).text, "Root=1-6b0462dd-", 16);
    }
}

/* A front keeps a header with a Root as it is, and else makes a Root alone. */
static void test_front(void **state)
{
    (void)state;
    struct prng prng;
    struct buf out;
    char text[256] = "";
    prng_init(&prng, 1);
    buf_init_fixed(&out, text, sizeof(text) - 1);
    trace_front(SLICE("Self=1-a;Root=1-5759e988-bd862e3fe1be46a994272793"), WALL_NS, &prng, &out);
    assert_string_equal(text, "Self=1-a;Root=1-5759e988-bd862e3fe1be46a994272793");
    memset(text, 0, sizeof(text));
    buf_reset(&out);
    trace_front(SLICE_EMPTY, WALL_NS, &prng, &out);
    assert_int_equal(strlen(text), 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_root),  cmocka_unit_test(test_active),
        cmocka_unit_test(test_kept),      cmocka_unit_test(test_undecided),
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

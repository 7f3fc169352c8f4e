/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/prices.h"

#include "cost/cost_limits.h"

#include "lib/every.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 2026-01-01 and 2027-01-01. */
#define NEW_YEAR_2026_NS UINT64_C(1767225600000000000)
#define NEW_YEAR_2027_NS UINT64_C(1798761600000000000)

#define HEAD "thaw-prices 1\nversion v\ndate 2026-11-23\nsource page 2026-11-23 A page\n"

static struct prices *parse(const char *text)
{
    struct prices *prices = NULL;
    char error[200] = "";
    enum status status = prices_parse(&prices, slice_from(text), error, sizeof(error));
    if (status != STATUS_OK) {
        print_error("%s\n", error);
    }
    assert_int_equal(status, STATUS_OK);
    return prices;
}

static void assert_refused(const char *text, const char *reason)
{
    struct prices *prices = NULL;
    char error[200] = "";
    assert_int_equal(prices_parse(&prices, slice_from(text), error, sizeof(error)), STATUS_BAD);
    assert_null(prices);
    if (strstr(error, reason) == NULL) {
        print_error("\"%s\" does not say \"%s\"\n", error, reason);
        fail();
    }
}

static struct price_answer find(const struct prices *prices, enum price_component component,
                                enum price_arch arch, const char *region, uint64_t at_ns)
{
    const struct price_key key = {
        .component = component, .arch = arch, .region = slice_from(region), .at_ns = at_ns};
    return prices_find(prices, &key);
}

/* The built-in table knows every component of AWS in us-east-1, with its tiers. */
static void the_builtin_table_is_whole(void **state)
{
    (void)state;
    struct prices *prices = NULL;
    char error[200];
    assert_int_equal(prices_load(&prices, SLICE_EMPTY, error, sizeof(error)), STATUS_OK);
    struct price_answer x86 =
        find(prices, PRICE_DURATION, PRICE_X86_64, "us-east-1", NEW_YEAR_2026_NS);
    assert_int_equal(x86.tier_count, 3);
    assert_false(x86.assumed);
    assert_int_equal(x86.tiers[0].price.e14, 1666670000);
    assert_int_equal(x86.tiers[1].from, UINT64_C(6000000000));
    assert_int_equal(x86.tiers[2].price.e14, 1333340000);
    assert_true(x86.tiers[2].to == UINT64_MAX);
    struct price_answer arm =
        find(prices, PRICE_DURATION, PRICE_ARM64, "us-east-1", NEW_YEAR_2026_NS);
    assert_int_equal(arm.tiers[0].price.e14, 1333340000);
    struct price_answer request = find(prices, PRICE_REQUEST, PRICE_ARM64, "us-east-1", 0);
    assert_int_equal(request.tiers[0].price.e14, 20000000);
    struct price_answer pool = find(prices, PRICE_FREE_DURATION, PRICE_X86_64, "nowhere", 0);
    assert_int_equal(pool.tiers[0].to, 400000);
    assert_false(pool.assumed);
    assert_true(slice_equal(prices_about(prices).version, SLICE("builtin-2026-11-23")));
    assert_true(slice_equal(prices_about(prices).date, SLICE("2026-11-23")));
    assert_true(prices_about(prices).source.size > 10);
    prices_free(prices);
}

/* A region without a price of its own gets that of us-east-1, and the answer says so. */
static void an_unknown_region_is_assumed(void **state)
{
    (void)state;
    struct prices *prices = parse(HEAD "price aws us-east-1 x86_64 duration 0 - 0.5 - - page\n"
                                       "price aws mars-1 x86_64 duration 0 - 0.75 - - page\n");
    struct price_answer mars = find(prices, PRICE_DURATION, PRICE_X86_64, "mars-1", 0);
    assert_false(mars.assumed);
    assert_int_equal(mars.tiers[0].price.e14, INT64_C(75000000000000));
    struct price_answer moon = find(prices, PRICE_DURATION, PRICE_X86_64, "moon-1", 0);
    assert_true(moon.assumed);
    assert_int_equal(moon.tiers[0].price.e14, INT64_C(50000000000000));
    assert_true(find(prices, PRICE_DURATION, PRICE_X86_64, "", 0).assumed);
    assert_int_equal(find(prices, PRICE_DURATION, PRICE_ARM64, "mars-1", 0).tier_count, 0);
    assert_int_equal(find(prices, PRICE_REQUEST, PRICE_X86_64, "mars-1", 0).tier_count, 0);
    prices_free(prices);
}

/* A price holds from the first moment of valid_from up to and without valid_to. */
static void prices_have_days(void **state)
{
    (void)state;
    struct prices *prices =
        parse(HEAD "price aws us-east-1 * request 0 - 2 2026-01-01 2027-01-01 page\n"
                   "price aws us-east-1 * request 0 - 1 - 2026-01-01 page\n"
                   "price aws us-east-1 * request 0 - 3 2027-01-01 - page\n");
    static const struct {
        uint64_t at_ns;
        int64_t dollars;
    } cases[] = {
        {0, 1},
        {NEW_YEAR_2026_NS - 1, 1},
        {NEW_YEAR_2026_NS, 2},
        {NEW_YEAR_2027_NS - 1, 2},
        {NEW_YEAR_2027_NS, 3},
        {UINT64_MAX - 1, 3},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct price_answer answer =
            find(prices, PRICE_REQUEST, PRICE_ARM64, "us-east-1", cases[i].at_ns);
        assert_int_equal(answer.tier_count, 1);
        assert_int_equal(answer.tiers[0].price.e14, cases[i].dollars * INT64_C(100000000000000));
    }
    prices_free(prices);
}

/* Every way in which a line can be wrong is refused, with its number and a reason. */
static void wrong_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        {"", "ends without"},
        {"thaw-prices 2\n", "line 1: the first line"},
        {HEAD, "ends without"},
        {HEAD "nonsense\n", "line 5: the line is none of"},
        {HEAD "date tomorrow\n", "line 5"},
        {HEAD "version one two\n", "line 5"},
        {HEAD "source x 2026-11-23\n", "a source line"},
        {HEAD "source x 23.11.2026 t\n", "a source line"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 0.5 - -\n", "ten columns"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 0.5 - - page more\n", "ten columns"},
        {HEAD "price ibm us-east-1 x86_64 duration 0 - 0.5 - - page\n", "provider"},
        {HEAD "price aws us-east-1 mips duration 0 - 0.5 - - page\n", "architecture"},
        {HEAD "price aws us-east-1 x86_64 time 0 - 0.5 - - page\n", "component"},
        {HEAD "price aws us-east-1 x86_64 duration x - 0.5 - - page\n", "from and to"},
        {HEAD "price aws us-east-1 x86_64 duration 5 5 0.5 - - page\n", "from and to"},
        {HEAD "price aws us-east-1 x86_64 duration 0 1000000000001 1 - - page\n", "from and to"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - -0.5 - - page\n", "price"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 0.000000000000001 - - page\n", "price"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 2026-13-01 - page\n", "valid_from"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 - soon page\n", "valid_to"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 2026-01-02 2026-01-02 page\n", "after"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 - - memory\n", "source"},
        {HEAD "price aws us-east-1 x86_64 duration 1 - 1 - - page\n", "begin at 0"},
        {HEAD "price aws us-east-1 x86_64 duration 0 5 1 - - page\n"
              "price aws us-east-1 x86_64 duration 6 - 1 - - page\n",
         "line 6: its tier does not begin"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 - - page\n"
              "price aws us-east-1 x86_64 duration 0 - 1 - - page\n",
         "line 6: its tier does not begin"},
        {HEAD "price aws us-east-1 x86_64 duration 0 - 1 - 2026-01-02 page\n"
              "price aws us-east-1 x86_64 duration 0 - 1 2026-01-01 - page\n",
         "line 6: it overlaps"},
        {HEAD "free aws duration 5 - -\n", "six columns"},
        {HEAD "free ibm duration 5 - - page\n", "provider"},
        {HEAD "free aws storage 5 - - page\n", "component"},
        {HEAD "free gcp_run idle_cpu 5 - - page\n", "component"},
        {HEAD "free aws duration 0 - - page\n", "quantity"},
        {HEAD "free aws duration 5 - - memory\n", "source"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_refused(cases[i].text, cases[i].reason);
    }
}

static void parse_anything(struct slice input, void *context)
{
    (void)context;
    struct prices *prices = NULL;
    char error[200];
    enum status status = prices_parse(&prices, input, error, sizeof(error));
    assert_true((status == STATUS_OK) == (prices != NULL));
    prices_free(prices);
}

/* No damage to a table makes the reader touch what it must not. */
static void damaged_tables_are_read_safely(void **state)
{
    (void)state;
    every_damage(SLICE(HEAD "price aws us-east-1 x86_64 duration 0 9 1.5 - - page\n"
                            "price aws us-east-1 x86_64 duration 9 - 1 - - page\n"
                            "free aws request 7 2026-01-01 - page\n"),
                 parse_anything, NULL);
}

/* Rows, sources and bytes beyond their limits are refused; at the limit they are not. */
static void limits_hold(void **state)
{
    (void)state;
    struct prices *prices = NULL;
    char error[200];
    char *text = malloc(PRICES_TEXT_SIZE_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', PRICES_TEXT_SIZE_MAX + 2);
    static const char whole[] = HEAD "free aws request 7 - - page\n";
    memcpy(text, whole, sizeof(whole) - 1);
    assert_int_equal(
        prices_parse(&prices, slice_of(text, PRICES_TEXT_SIZE_MAX), error, sizeof(error)),
        STATUS_OK);
    prices_free(prices);
    assert_int_equal(
        prices_parse(&prices, slice_of(text, PRICES_TEXT_SIZE_MAX + 1), error, sizeof(error)),
        STATUS_FULL);

    for (size_t rows = PRICES_ROW_COUNT_MAX - 1; rows <= PRICES_ROW_COUNT_MAX + 1; rows++) {
        size_t size = sizeof(HEAD) - 1;
        memcpy(text, HEAD, size);
        for (size_t i = 0; i < rows; i++) {
            size += (size_t)snprintf(text + size, PRICES_TEXT_SIZE_MAX - size,
                                     "price aws r%zu * request 0 - 1 - - page\n", i);
        }
        assert_int_equal(prices_parse(&prices, slice_of(text, size), error, sizeof(error)),
                         rows <= PRICES_ROW_COUNT_MAX ? STATUS_OK : STATUS_FULL);
        prices_free(prices);
    }

    for (size_t sources = PRICES_SOURCE_COUNT_MAX - 1; sources <= PRICES_SOURCE_COUNT_MAX;
         sources++) {
        size_t size = sizeof(whole) - 1;
        memcpy(text, whole, size);
        for (size_t i = 0; i < sources; i++) {
            size += (size_t)snprintf(text + size, PRICES_TEXT_SIZE_MAX - size,
                                     "source s%zu 2026-11-23 t\n", i);
        }
        assert_int_equal(prices_parse(&prices, slice_of(text, size), error, sizeof(error)),
                         sources < PRICES_SOURCE_COUNT_MAX ? STATUS_OK : STATUS_BAD);
        prices_free(prices);
    }
    free(text);
}

/* A file stands in for the built-in table; one that is not there is told in words. */
static void a_file_overrides_the_table(void **state)
{
    (void)state;
    struct prices *prices = NULL;
    char error[200] = "";
    assert_int_equal(
        prices_load(&prices, SLICE("collector/cost/prices/builtin.prices"), error, sizeof(error)),
        STATUS_OK);
    prices_free(prices);
    assert_int_equal(prices_load(&prices, SLICE("no/such.prices"), error, sizeof(error)),
                     STATUS_IO);
    assert_null(prices);
    assert_non_null(strstr(error, "no/such.prices: No such file"));
}

/* The names of architectures as agents and platforms write them. */
static void architectures_have_names(void **state)
{
    (void)state;
    enum price_arch arch = PRICE_X86_64;
    assert_true(prices_arch(SLICE("arm64"), &arch) && arch == PRICE_ARM64);
    assert_true(prices_arch(SLICE("aarch64"), &arch) && arch == PRICE_ARM64);
    assert_true(prices_arch(SLICE("amd64"), &arch) && arch == PRICE_X86_64);
    assert_true(prices_arch(SLICE("x86_64"), &arch) && arch == PRICE_X86_64);
    assert_false(prices_arch(SLICE("sparc"), &arch));
    assert_false(prices_arch(SLICE_EMPTY, &arch));
    assert_int_equal(arch, PRICE_X86_64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_builtin_table_is_whole),
        cmocka_unit_test(an_unknown_region_is_assumed),
        cmocka_unit_test(prices_have_days),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(damaged_tables_are_read_safely),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_file_overrides_the_table),
        cmocka_unit_test(architectures_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

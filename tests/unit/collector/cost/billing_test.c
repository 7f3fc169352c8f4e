/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/billing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS INT64_C(1000000)

/* The names that telemetry gives a platform decide whose rules hold; unknown ones are AWS's. */
static void platforms_have_rules(void **state)
{
    (void)state;
    assert_int_equal(billing_of(SLICE_EMPTY, SLICE_EMPTY), BILLING_AWS);
    assert_int_equal(billing_of(SLICE("aws"), SLICE("aws_lambda")), BILLING_AWS);
    assert_int_equal(billing_of(SLICE("aws"), SLICE("aws_lambda_edge")), BILLING_AWS_EDGE);
    assert_int_equal(billing_provisioned(BILLING_AWS), BILLING_AWS_PROVISIONED);
    assert_int_equal(billing_provisioned(BILLING_GCP_RUN), BILLING_GCP_RUN);
    assert_int_equal(billing_of(SLICE("gcp"), SLICE("gcp_cloud_functions")), BILLING_GCP_FUNCTIONS);
    assert_int_equal(billing_of(SLICE("gcp"), SLICE("gcp_cloud_run")), BILLING_GCP_RUN);
    assert_int_equal(billing_of(SLICE("gcp"), SLICE_EMPTY), BILLING_GCP_RUN);
    assert_int_equal(billing_of(SLICE("azure"), SLICE("azure.functions")), BILLING_AZURE);
    assert_int_equal(billing_of(SLICE("azure"), SLICE("azure.functions.flex")), BILLING_AZURE_FLEX);
}

/* Names of price tables are read back as what they were. */
static void names_go_both_ways(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BILLING_COUNT; i++) {
        enum billing billing = BILLING_AWS;
        assert_true(billing_parse(billing_name((enum billing)i), &billing));
        assert_int_equal(billing, i);
    }
    enum billing billing = BILLING_AWS;
    assert_false(billing_parse(SLICE("gcp"), &billing));
    assert_false(billing_parse(SLICE_EMPTY, &billing));
}

/* Durations are rounded as each provider rounds them, around every edge. */
static void durations_are_rounded_up(void **state)
{
    (void)state;
    static const struct {
        enum billing billing;
        int64_t ns;
        int64_t ms;
    } cases[] = {
        {BILLING_AWS, 0, 0},
        {BILLING_AWS, 250 * MS + 60000, 251},
        {BILLING_AWS, 251 * MS, 251},
        {BILLING_GCP_FUNCTIONS, 260 * MS, 300},
        {BILLING_GCP_FUNCTIONS, 0, 100},
        {BILLING_GCP_FUNCTIONS, 1, 100},
        {BILLING_GCP_FUNCTIONS, 100 * MS, 100},
        {BILLING_GCP_FUNCTIONS, 100 * MS + 1, 200},
        {BILLING_GCP_RUN, 123456789, 200},
        {BILLING_AZURE, 1, 100},
        {BILLING_AZURE, 99 * MS, 100},
        {BILLING_AZURE, 100 * MS, 100},
        {BILLING_AZURE, 100 * MS + 1, 101},
        {BILLING_AZURE, 3000 * MS, 3000},
        {BILLING_AZURE_FLEX, 1 * MS, 1000},
        {BILLING_AZURE_FLEX, 999 * MS, 1000},
        {BILLING_AZURE_FLEX, 1000 * MS, 1000},
        {BILLING_AZURE_FLEX, 1001 * MS, 1100},
        {BILLING_AZURE_FLEX, 1100 * MS, 1100},
        {BILLING_AZURE_FLEX, 1101 * MS, 1200},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(billing_ms(cases[i].billing, cases[i].ns), cases[i].ms);
    }
    assert_true(billing_ms(BILLING_GCP_RUN, INT64_MAX) > 0);
}

/* Azure's Consumption plan counts memory in steps of 128 MB; nobody else does. */
static void memory_is_rounded_up(void **state)
{
    (void)state;
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 160), 256);
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 1), 128);
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 128), 128);
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 129), 256);
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 1536), 1536);
    assert_int_equal(billing_memory_mb(BILLING_AZURE, 1537), 1537);
    assert_int_equal(billing_memory_mb(BILLING_AZURE_FLEX, 2048), 2048);
    assert_int_equal(billing_memory_mb(BILLING_GCP_RUN, 160), 160);
    assert_int_equal(billing_memory_mb(BILLING_AWS, 129), 129);
}

/* A memory size brings a processor: as published, and the next larger one for sizes between. */
static void memory_brings_a_processor(void **state)
{
    (void)state;
    static const struct {
        int64_t memory_mb, functions_milli, run_milli;
    } cases[] = {{1, 200, 83},       {128, 200, 83},      {129, 400, 167},     {256, 400, 167},
                 {512, 800, 333},    {1024, 1400, 583},   {2048, 2400, 1000},  {4096, 4800, 2000},
                 {8192, 4800, 2000}, {16384, 4800, 4000}, {32768, 4800, 8000}, {65536, 4800, 8000}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(billing_cpu_milli(BILLING_GCP_FUNCTIONS, cases[i].memory_mb),
                         cases[i].functions_milli);
        assert_int_equal(billing_cpu_milli(BILLING_GCP_RUN, cases[i].memory_mb),
                         cases[i].run_milli);
    }
    assert_int_equal(billing_cpu_milli(BILLING_AWS, 1024), 0);
    assert_int_equal(billing_cpu_milli(BILLING_AZURE, 1024), 0);
    assert_true(billing_cpu_assumed(BILLING_GCP_RUN));
    assert_false(billing_cpu_assumed(BILLING_GCP_FUNCTIONS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(platforms_have_rules),      cmocka_unit_test(names_go_both_ways),
        cmocka_unit_test(durations_are_rounded_up),  cmocka_unit_test(memory_is_rounded_up),
        cmocka_unit_test(memory_brings_a_processor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/billing.h"

#include "base/ensure.h"

#include <stddef.h>

#define NS_PER_MS INT64_C(1000000)

/* Azure's Consumption plan counts observed memory in steps of 128 MB up to 1,536 MB. */
#define AZURE_MEMORY_STEP_MB INT64_C(128)
#define AZURE_MEMORY_MAX_MB  INT64_C(1536)

struct rule {
    struct slice name;  /* In price tables. */
    int64_t ms_min;     /* Billed at least. */
    int64_t ms_step;    /* Rounded up to. */
    bool cpu_by_memory; /* There is a table below. */
};

static const struct rule rules[BILLING_COUNT] = {
    [BILLING_AWS] = {SLICE_INIT("aws"), 0, 1, false},
    [BILLING_GCP_FUNCTIONS] = {SLICE_INIT("gcp_functions"), 100, 100, true},
    [BILLING_GCP_RUN] = {SLICE_INIT("gcp_run"), 100, 100, true},
    [BILLING_AZURE] = {SLICE_INIT("azure"), 100, 1, false},
    [BILLING_AZURE_FLEX] = {SLICE_INIT("azure_flex"), 1000, 100, false},
    [BILLING_AWS_EDGE] = {SLICE_INIT("aws_edge"), 0, 1, false},
    [BILLING_AWS_PROVISIONED] = {SLICE_INIT("aws_provisioned"), 0, 1, false},
};

struct cpu {
    int64_t memory_mb; /* Up to this size; */
    int64_t milli;     /* so much processor. */
};

/* Thousandths of a gigahertz; the largest size is the last. */
static const struct cpu functions_cpu[] = {
    {128, 200}, {256, 400}, {512, 800}, {1024, 1400}, {2048, 2400}, {8192, 4800},
};

/* Thousandths of a vCPU that a function gets on Cloud Run where nobody asks for another number. */
static const struct cpu run_cpu[] = {
    {128, 83},    {256, 167},   {512, 333},    {1024, 583},
    {2048, 1000}, {8192, 2000}, {16384, 4000}, {32768, 8000},
};

enum billing billing_of(struct slice provider, struct slice platform)
{
    if (slice_equal(provider, SLICE("gcp"))) {
        return slice_equal(platform, SLICE("gcp_cloud_functions")) ? BILLING_GCP_FUNCTIONS
                                                                   : BILLING_GCP_RUN;
    }
    if (slice_equal(provider, SLICE("azure"))) {
        return slice_equal(platform, SLICE("azure.functions.flex")) ? BILLING_AZURE_FLEX
                                                                    : BILLING_AZURE;
    }
    return slice_equal(platform, SLICE("aws_lambda_edge")) ? BILLING_AWS_EDGE : BILLING_AWS;
}

bool billing_is_told(enum billing billing)
{
    return billing == BILLING_AWS || billing == BILLING_AWS_EDGE ||
           billing == BILLING_AWS_PROVISIONED;
}

enum billing billing_provisioned(enum billing billing)
{
    return billing == BILLING_AWS ? BILLING_AWS_PROVISIONED : billing;
}

struct slice billing_name(enum billing billing)
{
    return rules[billing].name;
}

bool billing_parse(struct slice name, enum billing *billing)
{
    for (unsigned i = 0; i < BILLING_COUNT; i++) {
        if (slice_equal(rules[i].name, name)) {
            *billing = (enum billing)i;
            return true;
        }
    }
    return false;
}

/* value rounded up to a multiple of step. */
static int64_t round_up(int64_t value, int64_t step)
{
    int64_t over = value % step;
    return over == 0 ? value : value - over + step;
}

int64_t billing_ms(enum billing billing, int64_t duration_ns)
{
    ENSURE(duration_ns >= 0);
    const struct rule *rule = &rules[billing];
    int64_t ms = duration_ns / NS_PER_MS + (duration_ns % NS_PER_MS != 0);
    return round_up(ms < rule->ms_min ? rule->ms_min : ms, rule->ms_step);
}

int64_t billing_memory_mb(enum billing billing, int64_t memory_mb)
{
    ENSURE(memory_mb > 0);
    if (billing != BILLING_AZURE) {
        return memory_mb;
    }
    /* What is beyond the plan's largest size cannot be rounded to one of its steps. */
    return memory_mb > AZURE_MEMORY_MAX_MB ? memory_mb : round_up(memory_mb, AZURE_MEMORY_STEP_MB);
}

static int64_t cpu_of(const struct cpu *table, size_t count, int64_t memory_mb)
{
    for (size_t i = 0; i < count; i++) {
        if (memory_mb <= table[i].memory_mb) {
            return table[i].milli;
        }
    }
    return table[count - 1].milli;
}

int64_t billing_cpu_milli(enum billing billing, int64_t memory_mb)
{
    if (!rules[billing].cpu_by_memory) {
        return 0;
    }
    if (billing == BILLING_GCP_FUNCTIONS) {
        return cpu_of(functions_cpu, sizeof(functions_cpu) / sizeof(*functions_cpu), memory_mb);
    }
    return cpu_of(run_cpu, sizeof(run_cpu) / sizeof(*run_cpu), memory_mb);
}

bool billing_cpu_assumed(enum billing billing)
{
    return billing == BILLING_GCP_RUN;
}

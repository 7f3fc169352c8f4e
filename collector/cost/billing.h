/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_BILLING_H
#define THAW_COLLECTOR_COST_BILLING_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * By whose rules an invocation is billed, and what those rules make of a duration and of a memory
 * size.  AWS tells the billed duration itself; the logs of the others do not, so it is computed
 * here from the duration that they tell: computed, not reported (docs/reference/prices.md).
 *
 * Pure; any thread.
 */
enum billing {
    BILLING_AWS,             /* What is billed where nobody says otherwise. */
    BILLING_GCP_FUNCTIONS,   /* Cloud Functions of the first generation. */
    BILLING_GCP_RUN,         /* Cloud Run (functions), billed by request. */
    BILLING_AZURE,           /* Azure Functions, Consumption plan. */
    BILLING_AZURE_FLEX,      /* Azure Functions, Flex Consumption plan, on demand. */
    BILLING_AWS_EDGE,        /* Lambda@Edge: one price wherever it runs, nothing free. */
    BILLING_AWS_PROVISIONED, /* In instances that are kept ready: no tiers, nothing free. */
};

#define BILLING_COUNT 7

/*
 * The rules for cloud.provider and cloud.platform ("gcp", "gcp_cloud_run").  An Azure platform is
 * the Consumption plan unless it is called azure.functions.flex: telemetry does not name the plan.
 * AWS's aws_lambda_edge is Lambda@Edge, which the name of its log group tells.  Everything that is
 * not known, the empty text included, is AWS.
 */
enum billing billing_of(struct slice provider, struct slice platform);

/* The rules for what ran in an instance that was kept ready (provisioned concurrency). */
enum billing billing_provisioned(enum billing billing);

/* The name in price tables, and back.  False for a name of none. */
struct slice billing_name(enum billing billing);
bool billing_parse(struct slice name, enum billing *billing) THAW_CHECK;

/* AWS and its Lambda@Edge: what was billed is told, and with it the memory. */
bool billing_is_told(enum billing billing);

/* The milliseconds that a duration (not negative) is billed as.  Of AWS since December 2020. */
int64_t billing_ms(enum billing billing, int64_t duration_ns);

/* The megabytes that a memory size (positive) is billed as. */
int64_t billing_memory_mb(enum billing billing, int64_t memory_mb);

/* The processor that comes with a memory size and is billed besides: thousandths of a gigahertz
 * (Cloud Functions) or of a vCPU (Cloud Run).  0: it is in the price of the memory. */
int64_t billing_cpu_milli(enum billing billing, int64_t memory_mb);

/* Whether that processor may be configured apart, so that the size alone only suggests it. */
bool billing_cpu_assumed(enum billing billing);

#endif

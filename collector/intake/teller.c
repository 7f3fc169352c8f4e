/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/teller.h"

#include "base/ensure.h"
#include "base/utf8.h"
#include "intake/intake_limits.h"

#include <stddef.h>

/* Groups of other services, by how their names begin. */
static const struct foreign {
    struct slice prefix;
    const char *why;
} foreign_groups[] = {
    {SLICE_INIT("/aws/lambda-insights"), "Lambda Insights' own metrics, not a function's log"},
    {SLICE_INIT("/aws/lambda/"), NULL},
    {SLICE_INIT("/aws/rds/"), "a log group of RDS, not of a function"},
    {SLICE_INIT("/aws/docdb/"), "a log group of DocumentDB, not of a function"},
    {SLICE_INIT("/aws/neptune/"), "a log group of Neptune, not of a function"},
    {SLICE_INIT("RDSOSMetrics"), "metrics of RDS, not a function's log"},
    {SLICE_INIT("/aws/vpc"), "VPC flow logs, not a function's log"},
    {SLICE_INIT("/aws/apprunner/"), "a log group of App Runner, not of a function"},
    {SLICE_INIT("/aws/api-gateway/"), "a log group of API Gateway, not of a function"},
    {SLICE_INIT("/aws/apigateway/"), "a log group of API Gateway, not of a function"},
    {SLICE_INIT("API-Gateway-"), "a log group of API Gateway, not of a function"},
    {SLICE_INIT("/aws/appsync/"), "a log group of AppSync, not of a function"},
    {SLICE_INIT("/aws/vendedlogs/"), "a log group of another service, not of a function"},
    {SLICE_INIT("/aws/states/"), "a log group of Step Functions, not of a function"},
    {SLICE_INIT("/aws/codebuild/"), "a log group of CodeBuild, not of a function"},
    {SLICE_INIT("/aws/eks/"), "a log group of EKS, not of a function"},
    {SLICE_INIT("/aws/ecs/"), "a log group of ECS, not of a function"},
    {SLICE_INIT("/aws/containerinsights/"), "Container Insights, not a function's log"},
    {SLICE_INIT("/aws/kinesisfirehose/"), "a log group of Firehose, not of a function"},
    {SLICE_INIT("/aws/route53/"), "a log group of Route 53, not of a function"},
    {SLICE_INIT("/aws/cloudtrail"), "CloudTrail's log, not a function's"},
    {SLICE_INIT("aws-cloudtrail-"), "CloudTrail's log, not a function's"},
    {SLICE_INIT("CloudTrail"), "CloudTrail's log, not a function's"},
    {SLICE_INIT("aws-waf-logs-"), "a log group of WAF, not of a function"},
    {SLICE_INIT("sns/"), "a log group of SNS, not of a function"},
    {SLICE_INIT("/aws/"), "a log group of another service, not of a function"},
};

bool teller_stream_is_lambda(struct slice stream)
{
    /* 2026/11/23/ */
    if (stream.size < 14 || stream.base[4] != '/' || stream.base[7] != '/' ||
        stream.base[10] != '/' || stream.base[0] < '0' || stream.base[0] > '9') {
        return false;
    }
    size_t open = slice_find_byte(stream, '[');
    return open != SLICE_NONE && slice_find_byte(slice_skip(stream, open), ']') != SLICE_NONE;
}

const char *teller_foreign(struct slice group, struct slice stream)
{
    /* Most events are of a function's group, or say no group and are of a dated stream. */
    bool dated = stream.size == 0 || (stream.size > 4 && stream.base[4] == '/');
    if (slice_starts(group, SLICE("/aws/lambda/")) || (group.size == 0 && dated)) {
        return NULL;
    }
    if (teller_stream_is_lambda(stream)) {
        /* Also with a group that the function's owner has named as if it were another service's. */
        return slice_starts(group, SLICE("/aws/rds/")) ? "a log group of RDS, not of a function"
                                                       : NULL;
    }
    if (slice_starts(stream, SLICE("eni-"))) {
        return "VPC flow logs, not a function's log";
    }
    if (slice_find(stream, SLICE("_CloudTrail_")) != SLICE_NONE) {
        return "CloudTrail's log, not a function's";
    }
    for (size_t i = 0; i < sizeof(foreign_groups) / sizeof(foreign_groups[0]); i++) {
        if (slice_starts(group, foreign_groups[i].prefix)) {
            return foreign_groups[i].why;
        }
    }
    return NULL;
}

void teller_event(struct teller *teller, struct log_event *event)
{
    if (event->group.size == 0) {
        event->group = teller->group;
    }
    if (event->stream.size == 0) {
        event->stream = teller->stream;
    }
    if (event->group.size == 0) {
        event->function = teller->function;
    }
    if (event->id.size < INTAKE_EVENT_ID_SIZE_MIN) {
        event->id = SLICE_EMPTY;
    }
    teller->counts->events++;
    teller->options->event(teller->options->context, event);
}

void teller_refuse_many(struct teller *teller, const char *why, struct slice sample, uint64_t count)
{
    ENSURE(why != NULL);
    if (count == 0) {
        return;
    }
    struct stream_refusal refusal = {
        .why = why,
        .sample = utf8_truncate(slice_trim(sample), INTAKE_SAMPLE_SIZE_MAX),
        .count = count,
    };
    teller->counts->refused += count;
    if (teller->options->refused != NULL) {
        teller->options->refused(teller->options->context, &refusal);
    }
}

void teller_refuse(struct teller *teller, const char *why, struct slice sample)
{
    teller_refuse_many(teller, why, sample, 1);
}

void teller_format(struct teller *teller, enum intake_format format)
{
    if (teller->counts->format == INTAKE_UNKNOWN || teller->counts->format == INTAKE_EMPTY) {
        teller->counts->format = format;
    }
}

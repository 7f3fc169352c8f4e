/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Real exports and deliveries: how many events are in each, counted by hand or by the command that
 * stands beside it, and that what is none of a function's is refused.
 */
#include "seen.h"

#include "lib/cm.h"
#include "lib/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLOUDWATCH "../shared/data/cloudwatch/"
#define FIREHOSE   "../shared/data/firehose/"
#define DATADOG    CLOUDWATCH "DataDog__datadog-serverless-functions/"
#define SNAPSHOTS  DATADOG "tools/integration_tests/snapshots/"
#define NEWRELIC   CLOUDWATCH "newrelic__aws-log-ingestion/test/events/"
#define CORALOGIX  FIREHOSE "coralogix__coralogix-aws-shipper/tests/fixtures/"
#define DYNATRACE  FIREHOSE "dynatrace-oss__dynatrace-aws-log-forwarder/examples/"
#define OTEL       FIREHOSE "open-telemetry__opentelemetry-collector-contrib/"
#define CWLOG      OTEL "receiver/awsfirehosereceiver/internal/unmarshaler/cwlog/testdata/"

static const struct real {
    const char *path;
    enum intake_format format;
    uint64_t events, refused, control;
} reals[] = {
    /* jq '.logEvents | length' */
    {DATADOG "tests/events/cloudwatch_logs.json", INTAKE_SUBSCRIPTION, 19, 0, 0},
    {DATADOG "tests/events/cloudwatch_logs_2.json", INTAKE_SUBSCRIPTION, 0, 1, 0}, /* RDS */
    {DATADOG "tests/events/cloudwatch_logs_ddtags.json", INTAKE_SUBSCRIPTION, 1, 0, 0},
    {DATADOG "tests/events/sqs_s3.json", INTAKE_LAMBDA_EVENT, 0, 1, 0},
    {DATADOG "tests/events/sqs_sns_s3.json", INTAKE_LAMBDA_EVENT, 0, 1, 0},
    {SNAPSHOTS "cloudwatch_customized_log_group_lambda_invocation.json", INTAKE_SUBSCRIPTION, 3, 0,
     0},
    {SNAPSHOTS "cloudwatch_log.json", INTAKE_SUBSCRIPTION, 2, 0, 0},
    {SNAPSHOTS "cloudwatch_log_coldstart.json", INTAKE_SUBSCRIPTION, 3, 0, 0},
    {SNAPSHOTS "cloudwatch_log_custom_tags.json", INTAKE_SUBSCRIPTION, 1, 0, 0},
    {SNAPSHOTS "cloudwatch_log_lambda_invocation.json", INTAKE_SUBSCRIPTION, 19, 0, 0},
    {SNAPSHOTS "cloudwatch_log_service_tag.json", INTAKE_SUBSCRIPTION, 1, 0, 0},
    {SNAPSHOTS "cloudwatch_log_timeout.json", INTAKE_SUBSCRIPTION, 4, 0, 0},
    {SNAPSHOTS "step_functions_log.json", INTAKE_SUBSCRIPTION, 0, 1, 0},
    {NEWRELIC "entry_lambda_oom.json", INTAKE_SUBSCRIPTION, 2, 0, 0},
    {NEWRELIC "entry_lambda_sam.json", INTAKE_SUBSCRIPTION, 1, 0, 0},
    {NEWRELIC "entry_lambda_timeout.json", INTAKE_SUBSCRIPTION, 2, 0, 0},
    {NEWRELIC "entry_rds.json", INTAKE_SUBSCRIPTION, 0, 1, 0},
    {NEWRELIC "entry_vpc_flow_logs.json", INTAKE_SUBSCRIPTION, 0, 1, 0},
    {NEWRELIC "invoke_lambda.json", INTAKE_SUBSCRIPTION, 0, 1, 0}, /* Its message is an array. */
    /* python3 -c 'import csv,sys; print(sum(1 for _ in csv.reader(sys.stdin)) - 1)' */
    {CLOUDWATCH "caputdraconis050630__aws-lambda-logs-dataset/slack_invitor_convention_logs.csv",
     INTAKE_CONSOLE_CSV, 270, 0, 0},
    /* jq length */
    {CLOUDWATCH "oslabs-beta__Embr/retrievedData.logs_insights.json", INTAKE_INSIGHTS_JSON, 50, 0,
     0},
    {CORALOGIX "cloudfront.gz", INTAKE_REFUSED, 0, 1, 0},
    /* jq '.records | length' */
    {CORALOGIX "cwstream_metrics.json", INTAKE_FIREHOSE, 0, 2, 0},
    {CORALOGIX "elb.log.gz", INTAKE_REFUSED, 0, 1, 0},
    {CORALOGIX "empty.log", INTAKE_EMPTY, 0, 0, 0},
    {CORALOGIX "multiline.log", INTAKE_TEXT, 1, 0, 0},
    {CORALOGIX "s3.log", INTAKE_REFUSED, 0, 1, 0},
    {CORALOGIX "s3csv.log", INTAKE_CONSOLE_CSV, 2, 0, 0},
    {CORALOGIX "vpcflow.log.gz", INTAKE_REFUSED, 0, 1, 0},
    /* jq -r '.records[].data' FILE | while read r; do echo $r | base64 -d | zcat |
     * jq '.logEvents | length'; done: 1 1 1 1 of a group "cloudwatch_customlog" */
    {DYNATRACE "kinesis_request.json", INTAKE_FIREHOSE, 4, 0, 0},
    /* The same: 1; 5 and 1; 14, 3, 3 and 2; all of SNS and App Runner. */
    {DYNATRACE "SNS/kinesis_request_SNS.json", INTAKE_FIREHOSE, 0, 1, 0},
    {DYNATRACE "SNS/kinesis_request_SNS_failure.json", INTAKE_FIREHOSE, 0, 6, 0},
    {DYNATRACE "app_runner/kinesis_request_app_runner_application.json", INTAKE_FIREHOSE, 0, 22, 0},
    {DYNATRACE "app_runner/kinesis_request_app_runner_service.json", INTAKE_FIREHOSE, 0, 6, 0},
    /* jq -s 'map(.logEvents | length) | add' */
    {OTEL "extension/encoding/awslogsencodingextension/internal/unmarshaler/subscription-filter/"
          "testdata/stream/subscription_filter.json",
     INTAKE_SUBSCRIPTION, 3, 0, 0},
    {CWLOG "multiple_records", INTAKE_SUBSCRIPTION, 2, 0, 0},
    {CWLOG "multiple_resources", INTAKE_SUBSCRIPTION, 6, 0, 0},
    {CWLOG "only_control", INTAKE_SUBSCRIPTION, 0, 0, 1},
    {CWLOG "some_invalid_records", INTAKE_SUBSCRIPTION, 2, 1, 0},
    {CWLOG "two_records_different_extracted_fields", INTAKE_SUBSCRIPTION, 2, 0, 0},
    {OTEL "receiver/awsfirehosereceiver/internal/unmarshaler/firehoselog/testdata/"
          "firehose_log.json",
     INTAKE_FIREHOSE, 0, 1, 0},
    {OTEL "receiver/awslambdareceiver/testdata/cloudwatch_log.json", INTAKE_SUBSCRIPTION, 0, 3, 0},
};

/* Every real file tells what an independent count finds. */
static void test_counts(void **state)
{
    bool good = true;
    (void)state;
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        const struct real *real = &reals[i];
        struct slice input = file_read(real->path);
        struct seen seen;
        seen_take(&seen, input, 0, real->path);
        const struct intake_counts *counts = &seen.counts;
        if (counts->events != real->events || counts->refused != real->refused ||
            counts->control_messages != real->control || counts->format != real->format) {
            print_error("%s: %s, %d events, %d refused, %d control messages\n", real->path,
                        intake_format_name(counts->format), (int)counts->events,
                        (int)counts->refused, (int)counts->control_messages);
            good = false;
        }
        seen_free(&seen);
        file_free(input);
    }
    assert_true(good);
}

/* Lines of text that begin events, as fgrep -c counts them. */
static unsigned occurrences(const char *text, const char *what)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what)) {
        count++;
    }
    return count;
}

/* A real log group: as many starts and reports as are in the file, and each with its time. */
static void test_group(void **state)
{
    static const char path[] =
        CLOUDWATCH "caputdraconis050630__aws-lambda-logs-dataset/slack_invitor_convention_logs.csv";
    struct slice input = file_read(path);
    struct seen seen;
    (void)state;
    seen_take(&seen, input, 1000, path);
    char *text = strndup((const char *)input.base, input.size);
    assert_non_null(text);
    assert_int_equal(occurrences(seen_text(&seen), "||START RequestId: "),
                     occurrences(text, ",\"START RequestId: "));
    assert_int_equal(occurrences(seen_text(&seen), "||REPORT RequestId: "),
                     occurrences(text, ",\"REPORT RequestId: "));
    assert_int_equal(occurrences(seen_text(&seen), "\nevent ?"), 0);
    assert_int_equal(occurrences(seen_text(&seen), "\nevent 174"), 269);
    free(text);
    seen_free(&seen);
    file_free(input);
}

/* Payloads in text that people wrote around them: each is found and refused for its group, and a
 * broken one takes no other with it. */
static void test_notes(void **state)
{
    static const char *const paths[] = {
        DYNATRACE "aurora.txt",
        DYNATRACE "rds/rds_mysql.txt",
        DYNATRACE "rds/rds_oracle.txt",
        DYNATRACE "rds/rds_postgresql.txt",
        DYNATRACE "kinesis_request_record_data_decoded.txt",
        DYNATRACE "SNS/kinesis_request_record_data_decoded_SNS.txt",
        DYNATRACE "app_runner/kinesis_request_record_data_decoded_app_runner.txt",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct slice input = file_read(paths[i]);
        struct seen seen;
        seen_take(&seen, input, 0, paths[i]);
        assert_int_equal(seen.counts.format, INTAKE_SUBSCRIPTION);
        assert_int_equal(seen.counts.events, 0);
        assert_true(seen.counts.refused > 0);
        seen_free(&seen);
        file_free(input);
    }
}

/* Real files in pieces of any size tell the same as in one. */
static void test_pieces(void **state)
{
    static const size_t pieces[] = {1, 3, 1000, 4097};
    (void)state;
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        struct slice input = file_read(reals[i].path);
        struct seen whole;
        seen_take(&whole, input, 0, reals[i].path);
        for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
            struct seen seen;
            seen_take(&seen, input, pieces[k], reals[i].path);
            assert_string_equal(seen_text(&seen), seen_text(&whole));
            seen_free(&seen);
        }
        seen_free(&whole);
        file_free(input);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_group),
        cmocka_unit_test(test_notes),
        cmocka_unit_test(test_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

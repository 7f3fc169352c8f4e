/* SPDX-License-Identifier: Apache-2.0 */
/* All messages of the real log groups and of the forwarders' fixtures: what they are, by counts
 * made with other means (grep and awk) from the same files. */
#include "streams/line.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"

#include <stdio.h>

#define ROOT "../shared/data/cloudwatch/"
#define CSV  ROOT "caputdraconis050630__aws-lambda-logs-dataset/slack_invitor_convention_logs.csv"
#define DOGS ROOT "DataDog__datadog-serverless-functions/"
#define TOOL DOGS "tools/integration_tests/snapshots/cloudwatch_"
#define RELI ROOT "newrelic__aws-log-ingestion/test/events/entry_"

/* What the messages of a file amount to. */
struct sums {
    uint64_t kinds[LINE_REFUSED + 1];
    uint64_t unhandled, owned;
    int64_t duration_ns, billed_ms, init_ns, inits, max_memory_mb;
};

static void add(int64_t *sum, int64_t number)
{
    *sum += number == STREAMS_UNKNOWN ? 0 : number;
}

static void count(struct slice message, struct sums *sums)
{
    struct line line;
    struct slice rest;

    line_read(message, &line, &rest);
    assert_int_equal(rest.size, 0);
    sums->kinds[line.kind]++;
    sums->unhandled += line.unhandled;
    sums->owned += line.kind == LINE_APP && line.has_request;
    if (line.kind == LINE_REPORT) {
        add(&sums->duration_ns, line.duration_ns);
        add(&sums->billed_ms, line.billed_ms);
        add(&sums->init_ns, line.init_ns);
        add(&sums->max_memory_mb, line.max_memory_mb);
        sums->inits += line.init_ns != STREAMS_UNKNOWN;
    }
}

/* The second column of a table with a line of names, where quotes are doubled. */
static void count_csv(struct slice text, struct sums *sums)
{
    struct buf field;
    unsigned column = 0;
    unsigned row = 0;
    bool quoted = false;

    buf_init_growing(&field, 1 << 20);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '"' && quoted && i + 1 < text.size && text.base[i + 1] == '"') {
            buf_append_byte(&field, byte);
            i++;
        } else if (byte == '"') {
            quoted = !quoted;
        } else if (!quoted && (byte == ',' || byte == '\n')) {
            if (column == 1 && row > 0) {
                count(buf_bytes(&field), sums);
            }
            column = byte == ',' ? column + 1 : 0;
            row += byte == '\n';
            buf_reset(&field);
        } else {
            buf_append_byte(&field, byte);
        }
    }
    buf_fini(&field);
}

/* Texts called "message", and values of a field called "@message". */
static void count_json(struct slice text, struct sums *sums)
{
    struct json_read reader;
    struct buf out;
    bool message = false;
    bool field = false;

    buf_init_growing(&out, 1 << 20);
    json_read_init(&reader, text, JSON_DEPTH_MAX);
    for (enum json_token token; (token = json_read_next(&reader)) != JSON_END;) {
        assert_int_not_equal(token, JSON_BAD);
        if (token == JSON_KEY) {
            message = json_string_equal(reader.string, SLICE("message")) ||
                      (field && json_string_equal(reader.string, SLICE("value")));
        } else if (token == JSON_STRING) {
            field = json_string_equal(reader.string, SLICE("@message"));
            if (message) {
                buf_reset(&out);
                json_string_decode(reader.string, &out);
                count(buf_bytes(&out), sums);
            }
            message = false;
        } else {
            message = false;
        }
    }
    buf_fini(&out);
}

static struct sums read_sums(const char *path)
{
    struct slice text = file_read(path);
    struct sums sums = {.kinds = {0}};

    if (slice_ends(slice_from(path), SLICE(".csv"))) {
        count_csv(text, &sums);
    } else {
        count_json(text, &sums);
    }
    file_free(text);
    return sums;
}

/* Every message is what it is. */
static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint64_t app, start, end, report, init_start, init_report, timeout, exit;
    } files[] = {
        {CSV, 117, 42, 42, 42, 21, 6, 0, 0},
        {ROOT "oslabs-beta__Embr/retrievedData.logs_insights.json", 13, 12, 12, 12, 1, 0, 0, 0},
        {DOGS "tests/events/cloudwatch_logs.json", 17, 0, 1, 1, 0, 0, 0, 0},
        {DOGS "tests/events/cloudwatch_logs_2.json", 1, 0, 0, 0, 0, 0, 0, 0},
        {DOGS "tests/events/cloudwatch_logs_ddtags.json", 1, 0, 0, 0, 0, 0, 0, 0},
        {TOOL "log.json", 2, 0, 0, 0, 0, 0, 0, 0},
        {TOOL "log_coldstart.json", 0, 1, 1, 1, 0, 0, 0, 0},
        {TOOL "log_timeout.json", 0, 1, 1, 1, 0, 0, 1, 0},
        {TOOL "log_lambda_invocation.json", 17, 0, 1, 1, 0, 0, 0, 0},
        {TOOL "customized_log_group_lambda_invocation.json", 3, 0, 0, 0, 0, 0, 0, 0},
        {RELI "lambda_oom.json", 0, 0, 0, 1, 0, 0, 0, 1},
        {RELI "lambda_timeout.json", 0, 0, 0, 1, 0, 0, 1, 0},
        {RELI "lambda_sam.json", 1, 0, 0, 0, 0, 0, 0, 0},
        {RELI "rds.json", 1, 0, 0, 0, 0, 0, 0, 0},
        {RELI "vpc_flow_logs.json", 1, 0, 0, 0, 0, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct sums sums = read_sums(files[i].path);
        if (sums.kinds[LINE_APP] != files[i].app) {
            print_error("%s\n", files[i].path);
        }
        assert_int_equal(sums.kinds[LINE_APP], files[i].app);
        assert_int_equal(sums.kinds[LINE_START], files[i].start);
        assert_int_equal(sums.kinds[LINE_END], files[i].end);
        assert_int_equal(sums.kinds[LINE_REPORT], files[i].report);
        assert_int_equal(sums.kinds[LINE_INIT_START], files[i].init_start);
        assert_int_equal(sums.kinds[LINE_INIT_REPORT], files[i].init_report);
        assert_int_equal(sums.kinds[LINE_TIMEOUT], files[i].timeout);
        assert_int_equal(sums.kinds[LINE_EXIT], files[i].exit);
        assert_int_equal(sums.kinds[LINE_REFUSED], 0);
    }
}

/* Let awk add up what the reports of the real log group say. */
#define AWK                                                                                        \
    "awk -F'\\t' '/^[0-9T:.-]+,\"REPORT / { for (i = 1; i <= NF; i++) { split($i, w, \" \");"      \
    " if ($i ~ /^Duration:/) d += w[2] * 100; if ($i ~ /^Billed/) b += w[3];"                      \
    " if ($i ~ /^Init/) { n++; s += w[3] * 100 } if ($i ~ /^Max/) m += w[4] } }"                   \
    " END { printf \"%.0f %.0f %.0f %.0f %.0f\", d, b, s, n, m }' " CSV

static void sums(void **state)
{
    (void)state;
    struct sums seen = read_sums(CSV);
    double duration, billed, init, inits, memory;

    FILE *awk = popen(AWK, "r");
    assert_non_null(awk);
    assert_int_equal(fscanf(awk, "%lf %lf %lf %lf %lf", &duration, &billed, &init, &inits, &memory),
                     5);
    assert_int_equal(pclose(awk), 0);
    assert_int_equal(seen.duration_ns, (int64_t)duration * 10000);
    assert_int_equal(seen.billed_ms, (int64_t)billed);
    assert_int_equal(seen.init_ns, (int64_t)init * 10000);
    assert_int_equal(seen.inits, (int64_t)inits);
    assert_int_equal(seen.max_memory_mb, (int64_t)memory);
    assert_int_equal(seen.billed_ms, 61751);
    assert_int_equal(seen.inits, 19);
    /* Exceptions that nobody caught, and the two lines with an id. */
    assert_int_equal(seen.unhandled, 8);
    assert_int_equal(seen.owned, 2);
}

static void any(struct slice input, void *context)
{
    struct slice rest = input;

    (void)context;
    do {
        struct line line;
        struct slice more;
        line_read(rest, &line, &more);
        assert_true(more.size < rest.size || rest.size == 0);
        rest = more;
    } while (rest.size > 0);
}

/* Messages with JSON, a traceback and a prefix, damaged in every place. */
static void damaged(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "2020-03-05T16:30:36.113Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDEBUG\t[dd.trace_id=31 "
        "dd.span_id=14292093692483532556] {\"status\":\"debug\",\"message\":\"x\"}\n",
        "[ERROR] KeyError: 'X'\nTraceback (most recent call last):\n\xc2\xa0\xc2\xa0 File \"a\"\n",
        "{\"time\":\"2022-10-12T00:00:15.064Z\",\"type\":\"platform.report\",\"record\":{"
        "\"requestId\":"
        "\"4c1d\",\"metrics\":{\"durationMs\":1.5}}}{\"message\":\"x\",\"level\":30}",
        "I, [2023-06-02T11:27:22.000000 #8]  INFO -- : hello",
        "time=\"2023-06-02T11:27:22Z\" level=warning msg=\"a \\\"b\\\"\"",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        every_damage(slice_from(texts[i]), any, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(sums),
        cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over real log groups, counted here by the merger and there by awk. */
#include "told.h"

#include "base/number.h"
#include "intake/intake.h"
#include "lib/cm.h"
#include "lib/file.h"

#include <stdio.h>
#include <string.h>

#define CSV                                                                                        \
    "../shared/data/cloudwatch/caputdraconis050630__aws-lambda-logs-dataset/"                      \
    "slack_invitor_convention_logs.csv"

/* What both count. */
struct sums {
    int64_t invocations, cold, billed_ms, init_us, memory_mb, suppressed;
};

struct fixture {
    struct merge *merge;
    struct sums sums;
};

static void take_invocation(void *context, const struct stream_invocation *inv)
{
    struct fixture *f = context;
    bool suppressed = slice_equal(inv->init_phase, SLICE("invoke"));
    assert_true(inv->final && inv->report_seen && inv->start_seen && inv->end_seen);
    f->sums.invocations++;
    f->sums.billed_ms += inv->billed_ms;
    f->sums.memory_mb += inv->max_memory_mb;
    f->sums.suppressed += suppressed ? 1 : 0;
    f->sums.cold += inv->cold && !suppressed ? 1 : 0;
    f->sums.init_us += inv->init_ns != STREAMS_UNKNOWN && !suppressed ? inv->init_ns / 1000 : 0;
    if (suppressed) {
        assert_true(inv->cold && inv->end == END_ERROR);
        assert_true(inv->report_ns - inv->start_ns >= inv->reported_ns);
        assert_true(inv->reported_ns > inv->init_ns);
    }
}

static void take_init(void *context, const struct stream_init *init)
{
    (void)context;
    (void)init;
}

static void take_line(void *context, const struct stream_line *line)
{
    (void)context;
    (void)line;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    fail_msg("refused: %s: " SLICE_FMT, refusal->why, SLICE_ARG(refusal->sample));
}

static void take_event(void *context, const struct log_event *event)
{
    struct fixture *f = context;
    merge_event(f->merge, event);
}

/* The first number that a program of awk prints over the file. */
static int64_t awk(const char *program)
{
    char command[1024];
    char answer[64] = "";
    (void)snprintf(command, sizeof(command), "awk '%s' %s", program, CSV);
    FILE *pipe = popen(command, "r"); /* NOLINT(cert-env33-c): fixed text. */
    assert_non_null(pipe);
    assert_non_null(fgets(answer, sizeof(answer), pipe));
    assert_int_equal(pclose(pipe), 0);
    int64_t number = 0;
    assert_int_equal(number_parse_i64(slice_trim(slice_from(answer)), &number), NUMBER_OK);
    return number;
}

static void check(const struct sums *sums)
{
    assert_int_equal(sums->invocations, awk("/REPORT RequestId:/ { n++ } END { print n }"));
    assert_int_equal(sums->cold,
                     awk("/REPORT RequestId:.*Init Duration:/ { n++ } END { print n }"));
    assert_int_equal(sums->suppressed, awk("/INIT_REPORT.*Phase: invoke/ { n++ } END { print n }"));
    assert_int_equal(sums->billed_ms,
                     awk("/REPORT RequestId:/ { sub(/.*Billed Duration: /, \"\"); n += $1 } END { "
                         "print n }"));
    assert_int_equal(sums->memory_mb,
                     awk("/REPORT RequestId:/ { sub(/.*Max Memory Used: /, \"\"); n += $1 } END { "
                         "print n }"));
    assert_int_equal(sums->init_us,
                     awk("/REPORT RequestId:.*Init Duration:/ { sub(/.*Init Duration: /, \"\"); n "
                         "+= $1 * 1000 } END { printf \"%d\\n\", n + 0.5 }"));
}

/* Once or twice over, the sums are those of the file. */
static void a_real_group_adds_up(void **state)
{
    (void)state;
    for (unsigned times = 1; times <= 2; times++) {
        struct fixture f = {.merge = NULL};
        struct stream_sink sink = {&f, take_invocation, take_init, take_line, NULL, take_refused};
        struct merge_options options = {.piece = false};
        struct slice content = file_read(CSV);
        f.merge = merge_create(&options, &sink);
        assert_non_null(f.merge);
        for (unsigned i = 0; i < times; i++) {
            struct intake_options intake_options = {
                .path = SLICE(CSV), .event = take_event, .refused = take_refused, .context = &f};
            struct intake *intake = intake_create(&intake_options);
            assert_non_null(intake);
            assert_int_equal(intake_push(intake, content), STATUS_OK);
            assert_int_equal(intake_finish(intake), STATUS_OK);
            intake_free(intake);
        }
        merge_finish(f.merge);
        check(&f.sums);
        merge_free(f.merge);
        file_free(content);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_real_group_adds_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

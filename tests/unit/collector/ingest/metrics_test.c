/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_decode.h"

#include "lib/cm.h"
#include "model/metric.h"
#include "proto/transcode.h"

static unsigned char memory[1u << 20];
static unsigned char protobuf[1u << 16];

static const char body[] =
    "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"faas.name\",\"value\":"
    "{\"stringValue\":\"pay\"}}]},\"scopeMetrics\":[{\"scope\":{\"name\":\"shop\"},\"metrics\":["
    "{\"name\":\"orders\",\"description\":\"taken\",\"unit\":\"1\",\"sum\":{\"isMonotonic\":true,"
    "\"aggregationTemporality\":1,\"dataPoints\":[{\"startTimeUnixNano\":\"5\",\"timeUnixNano\":"
    "\"6\",\"asInt\":\"-7\",\"attributes\":[{\"key\":\"a\",\"value\":{\"intValue\":\"3\"}}]},"
    "{\"asDouble\":0.5,\"flags\":1}]}},"
    "{\"name\":\"heap\",\"gauge\":{\"dataPoints\":[{\"asDouble\":2.5},{}]}},"
    "{\"name\":\"wait\",\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{\"count\":"
    "\"3\","
    "\"sum\":1.5,\"bucketCounts\":[\"1\",\"2\"],\"explicitBounds\":[0.25]}]}},"
    "{\"name\":\"wide\",\"exponentialHistogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{"
    "\"count\":\"9\",\"scale\":-2,\"zeroCount\":\"4\",\"zeroThreshold\":0.001,\"positive\":{"
    "\"offset\":-3,\"bucketCounts\":[\"1\",\"0\",\"300\"]},\"negative\":{\"offset\":2,"
    "\"bucketCounts\":[\"8\"]}}]}},"
    "{\"name\":\"old\",\"summary\":{\"dataPoints\":[{\"count\":\"2\",\"sum\":4,\"quantileValues\":["
    "{\"quantile\":0.5,\"value\":1},{\"quantile\":0.99,\"value\":3}]}]}},"
    "{\"name\":\"nothing\"}]}]}]}";

/* Metrics of every kind come out with everything that was in them. */
static void test_all(void **state)
{
    struct transcode_error error;
    struct arena arena;
    struct batch batch;
    struct buf out;
    int64_t number;
    (void)state;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    assert_int_equal(transcode_from_json(slice_from(body), SCHEMA_METRICS_REQUEST, &out, &error),
                     STATUS_OK);
    arena_init(&arena, memory, sizeof(memory));
    assert_true(otlp_decode(SIGNAL_METRICS, buf_bytes(&out), &arena, &batch));
    assert_int_equal(batch.metric_count, 6);
    assert_int_equal(batch.point_count, 7);

    const struct metric *metric = &batch.metrics[0];
    assert_int_equal(metric->kind, METRIC_SUM);
    assert_slice(metric->name, "orders");
    assert_slice(metric->description, "taken");
    assert_slice(metric->unit, "1");
    assert_slice(metric->resource->function, "pay");
    assert_slice(metric->scope->name, "shop");
    assert_true(metric->monotonic);
    assert_int_equal(metric->temporality, METRIC_DELTA);
    assert_int_equal(metric->point_count, 2);
    assert_int_equal(metric->points[0].start_ns, 5);
    assert_int_equal(metric->points[0].time_ns, 6);
    assert_true(metric->points[0].value == -7);
    assert_true(attrs_find_int(metric->points[0].attrs, SLICE("a"), &number));
    assert_true(metric->points[1].value == 0.5);
    assert_int_equal(metric->points[1].flags, METRIC_POINT_NO_VALUE);

    metric = &batch.metrics[1];
    assert_int_equal(metric->kind, METRIC_GAUGE);
    assert_true(metric->points[0].valued && metric->points[0].value == 2.5);
    assert_false(metric->points[1].valued);

    const struct metric_point *point = batch.metrics[2].points;
    assert_int_equal(batch.metrics[2].temporality, METRIC_CUMULATIVE);
    assert_int_equal(point->counts.count, 2);
    assert_int_equal(point->counts.items[1], 2);
    assert_int_equal(point->bounds.count, 1);
    assert_true(point->bounds.items[0] == 0.25 && point->sum == 1.5 && point->summed);

    point = batch.metrics[3].points;
    assert_int_equal(point->scale, -2);
    assert_int_equal(point->zero_count, 4);
    assert_int_equal(point->positive.offset, -3);
    assert_int_equal(point->positive.counts.count, 3);
    assert_int_equal(point->positive.counts.items[2], 300);
    assert_int_equal(point->negative.offset, 2);
    assert_true(point->zero_threshold == 0.001);

    point = batch.metrics[4].points;
    assert_int_equal(batch.metrics[4].kind, METRIC_SUMMARY);
    assert_int_equal(point->quantiles.count, 2);
    assert_true(point->quantiles.items[1] == 0.99 && point->values.items[1] == 3);
    assert_int_equal(batch.metrics[5].kind, METRIC_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "series/metric_name.h"

#include "lib/cm.h"

struct name_case {
    const char *name, *unit;
    enum metric_kind kind;
    bool monotonic;
    const char *seen;
};

static const struct name_case cases[] = {
    {"http.server.request.duration", "s", METRIC_HISTOGRAM, false,
     "http_server_request_duration_seconds"},
    {"orders", "1", METRIC_SUM, true, "orders_total"},
    {"orders_total", "", METRIC_SUM, true, "orders_total"},
    {"orders.total.count", "{order}", METRIC_SUM, true, "orders_count_total"},
    {"queue.length", "{item}", METRIC_GAUGE, false, "queue_length"},
    {"memory.usage", "1", METRIC_GAUGE, false, "memory_usage_ratio"},
    {"memory.usage", "1", METRIC_SUM, false, "memory_usage"},
    {"memory.used", "By", METRIC_GAUGE, false, "memory_used_bytes"},
    {"memory.bytes", "By", METRIC_GAUGE, false, "memory_bytes"},
    {"net.rate", "By/s", METRIC_GAUGE, false, "net_rate_bytes_per_second"},
    {"ops", "{op}/s", METRIC_GAUGE, false, "ops_per_second"},
    {"cpu", "%", METRIC_GAUGE, false, "cpu_percent"},
    {"a--b..c", "", METRIC_GAUGE, false, "a_b_c"},
    {"5xx", "", METRIC_SUM, true, "_5xx_total"},
    {"weird", "foo bar", METRIC_GAUGE, false, "weird_foo_bar"},
    {"rule:x", "", METRIC_GAUGE, false, "rule:x"},
    {"", "s", METRIC_GAUGE, false, ""},
    {"...", "s", METRIC_GAUGE, false, ""},
};

/* Names and units become what Prometheus makes of them. */
static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned char memory[128];
        struct buf out;
        struct metric metric = {
            .name = slice_from(cases[i].name),
            .unit = slice_from(cases[i].unit),
            .kind = cases[i].kind,
            .monotonic = cases[i].monotonic,
        };
        buf_init_fixed(&out, memory, sizeof(memory));
        metric_name_write(&metric, &out);
        assert_slice(buf_bytes(&out), cases[i].seen);
    }
}

static void label_is(const char *name, const char *seen)
{
    unsigned char memory[64];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    metric_name_write_label(slice_from(name), &out);
    assert_slice(buf_bytes(&out), seen);
}

static void test_labels(void **state)
{
    (void)state;
    label_is("http.method", "http_method");
    label_is("2nd", "key_2nd");
    label_is("a:b", "a_b");
    label_is("_x", "_x");
    label_is("\xc3\xbc", "__");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "base/buf.h"
#include "base/number.h"
#include "model/rows.h"
#include "series/chunk.h"
#include "series/series_labels.h"

#include <string.h>

#define MAKE_S UINT64_C(1000000000)

static unsigned char make_memory[1u << 20];

void make_sum(struct make *make, const char *name, enum metric_temporality temporality)
{
    *make = (struct make){
        .resource = {.function = SLICE("pay"), .instance = SLICE("i1"), .service = SLICE("shop")},
        .scope = {.name = SLICE("test")},
    };
    make->attrs[0] = (struct attr){SLICE("route"), {.kind = VALUE_STRING, .text = SLICE("/a")}};
    make->point.attrs = (struct attrs){.items = make->attrs, .count = 1};
    make->metric = (struct metric){
        .name = slice_from(name),
        .description = SLICE("what it is"),
        .kind = METRIC_SUM,
        .monotonic = true,
        .temporality = temporality,
        .point_count = 1,
    };
    make->point.valued = true;
}

void make_times(struct make *make, double start_s, double time_s)
{
    make->point.start_ns = MAKE_EPOCH * MAKE_S + (uint64_t)(start_s * 1e9);
    make->point.time_ns = MAKE_EPOCH * MAKE_S + (uint64_t)(time_s * 1e9);
}

void make_apply(struct make *make, struct series_store *store)
{
    make->metric.resource = &make->resource;
    make->metric.scope = &make->scope;
    make->metric.points = &make->point;
    make->batch = (struct batch){
        .signal = SIGNAL_METRICS, .metrics = &make->metric, .metric_count = 1, .point_count = 1};
    series_apply(store, make->point.time_ns, &make->batch);
}

uint32_t make_row(const struct series_store *store, const char *name, unsigned index)
{
    for (uint32_t i = 0; i < series_metric_count(store); i++) {
        struct series_metric metric;
        struct series_row_facts facts;
        if (!series_metric(store, i, &metric) || !slice_equal(metric.name, slice_from(name))) {
            continue;
        }
        for (uint32_t row = metric.first; series_row(store, row, &facts); row = facts.next) {
            if (index-- == 0) {
                return row;
            }
        }
    }
    return ROW_NONE;
}

static bool make_show(void *context, const struct series_sample *sample)
{
    struct buf *out = context;
    char text[NUMBER_TEXT_SIZE];
    double seconds = (double)sample->time_ms / 1e3 - (double)MAKE_EPOCH;
    (void)number_format_double(seconds, text);
    buf_printf(out, "%s%s=", out->size > 0 ? " " : "", text);
    for (unsigned i = 0; i < sample->width; i++) {
        (void)number_format_double(sample->values[i], text);
        buf_printf(out, "%s%s", i > 0 ? "/" : "", text);
    }
    if (sample->shape != NULL) {
        buf_printf(out, "@%d:%d", sample->shape->scale, sample->shape->positive_offset);
    }
    return true;
}

const char *make_samples(struct series_store *store, uint32_t row)
{
    struct buf out;
    buf_init_fixed(&out, make_memory, sizeof(make_memory) - 1);
    series_read_begin(store);
    (void)series_samples(store, row, INT64_MIN, INT64_MAX, make_show, &out);
    series_read_end(store);
    make_memory[out.size] = '\0';
    return (const char *)make_memory;
}

const char *make_labels(struct series_store *store, uint32_t row)
{
    struct series_row_facts facts;
    struct series_label label;
    struct buf out;
    buf_init_fixed(&out, make_memory, sizeof(make_memory) - 1);
    if (series_row(store, row, &facts)) {
        struct slice identity = slice_skip(facts.identity, 1);
        while (series_labels_next(&identity, &label)) {
            buf_printf(&out, "%s" SLICE_FMT "=" SLICE_FMT, out.size > 0 ? "," : "",
                       SLICE_ARG(label.name), SLICE_ARG(label.value));
        }
    }
    make_memory[out.size] = '\0';
    return (const char *)make_memory;
}

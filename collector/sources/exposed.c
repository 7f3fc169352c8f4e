/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/exposed.h"

#include "base/clock.h"
#include "base/number.h"
#include "sources/sources_limits.h"

/* The first Monday after 1970 began, and a week. */
#define EXPOSED_MONDAY_MS INT64_C(345600000)
#define EXPOSED_WEEK_MS   INT64_C(604800000)

/* Metrics that there may be in the table. */
enum { EXPOSED_METRICS_MAX = 32 };

struct exposition {
    struct buf parts[EXPOSED_METRICS_MAX]; /* Of each metric, as its lines come together. */
    size_t lines;
};

/* The metric that a series is of; -1: none. */
static int exposed_metric(struct slice name)
{
    static const struct slice endings[] = {SLICE_INIT("_bucket"), SLICE_INIT("_sum"),
                                           SLICE_INIT("_count")};
    for (size_t i = 0; i < derived_metric_count(); i++) {
        struct slice known = derived_metric(i).name;
        if (slice_equal(known, name)) {
            return (int)i;
        }
        for (size_t k = 0; k < 3; k++) {
            if (name.size == known.size + endings[k].size && slice_starts(name, known) &&
                slice_ends(name, endings[k])) {
                return (int)i;
            }
        }
    }
    return -1;
}

static void exposed_escape(struct buf *out, struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '\n') {
            buf_append_text(out, "\\n");
            continue;
        }
        if (byte == '"' || byte == '\\') {
            buf_append_byte(out, '\\');
        }
        buf_append_byte(out, byte);
    }
}

static void exposed_line(struct buf *out, const struct series *series)
{
    const struct label_set *labels = &series->labels;
    char text[NUMBER_TEXT_SIZE];
    bool first = true;
    buf_append(out, labels_value(labels, LABEL_NAME));
    for (size_t i = 0; i < labels->count; i++) {
        if (slice_equal(labels->items[i].name, LABEL_NAME)) {
            continue;
        }
        buf_append_byte(out, first ? '{' : ',');
        buf_append(out, labels->items[i].name);
        buf_append_text(out, "=\"");
        exposed_escape(out, labels->items[i].value);
        buf_append_byte(out, '"');
        first = false;
    }
    buf_append_text(out, first ? " " : "} ");
    (void)number_format_double(series->samples[series->sample_count - 1].value, text);
    buf_append_text(out, text);
    buf_append_byte(out, '\n');
}

static enum status exposed_take(void *context, const struct series *series)
{
    struct exposition *exposition = context;
    int metric = exposed_metric(labels_value(&series->labels, LABEL_NAME));
    if (metric < 0) {
        return STATUS_OK;
    }
    if (exposition->lines == EXPOSED_LINE_COUNT_MAX) {
        return STATUS_FULL;
    }
    exposition->lines++;
    exposed_line(&exposition->parts[metric], series);
    return STATUS_OK;
}

static int64_t exposed_since_ms(const struct exposed *exposed, int64_t now_ms)
{
    int64_t start_ms = (int64_t)(exposed->start_ns / CLOCK_NS_PER_MS);
    int64_t monday_ms = now_ms - (now_ms - EXPOSED_MONDAY_MS) % EXPOSED_WEEK_MS;
    start_ms -= start_ms % DERIVED_STEP_MS;
    return start_ms > monday_ms ? start_ms : monday_ms;
}

static void exposed_metric_write(struct buf *out, size_t index, struct buf *lines)
{
    static const char *const kinds[] = {
        [SOURCE_COUNTER] = "counter",
        [SOURCE_GAUGE] = "gauge",
        [SOURCE_HISTOGRAM] = "histogram",
        [SOURCE_SUMMARY] = "summary",
    };
    const struct source_metric metric = derived_metric(index);
    if (lines->size > 0) {
        buf_printf(out, "# HELP " SLICE_FMT " " SLICE_FMT "\n# TYPE " SLICE_FMT " %s\n",
                   SLICE_ARG(metric.name), SLICE_ARG(metric.help), SLICE_ARG(metric.name),
                   kinds[metric.kind]);
        buf_append(out, buf_bytes(lines));
    }
}

void exposed_write(const struct exposed *exposed, struct arena *arena, struct buf *out)
{
    struct exposition *exposition = arena_alloc_array(arena, 1, sizeof(*exposition));
    int64_t now_ms = (int64_t)(exposed->now_ns() / CLOCK_NS_PER_MS);
    struct derived derived = {
        .query = exposed->query,
        .now_ns = exposed->now_ns,
        .since_ms = exposed_since_ms(exposed, now_ms),
        .keep = exposed->keep,
    };
    struct series_source source = derived_source(&derived);
    const struct selection selection = {.from_ms = now_ms - DERIVED_STEP_MS, .to_ms = now_ms};
    enum status status = STATUS_FULL;
    if (exposition != NULL) {
        for (size_t i = 0; i < EXPOSED_METRICS_MAX; i++) {
            buf_init_growing(&exposition->parts[i], EXPOSED_SIZE_MAX);
        }
        status = source.select(source.context, &selection, arena, exposed_take, exposition);
        for (size_t i = 0; i < EXPOSED_METRICS_MAX; i++) {
            if (i < derived_metric_count()) {
                exposed_metric_write(out, i, &exposition->parts[i]);
            }
            buf_fini(&exposition->parts[i]);
        }
    }
    buf_printf(out,
               "# HELP thaw_collector_function_metrics_cut 1 while metrics of some functions are "
               "left out here: there are too many.\n"
               "# TYPE thaw_collector_function_metrics_cut gauge\n"
               "thaw_collector_function_metrics_cut %d\n",
               status == STATUS_OK ? 0 : 1);
}

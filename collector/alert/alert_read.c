/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_read.h"

/* A selection on its way. */
struct reading {
    struct alert_read_metric *metric; /* NULL: it is not noted. */
    series_visit *visit;
    void *context;
};

/* The place of the metric that a selection names; NULL: it names none, or there is no room. */
static struct alert_read_metric *metric_of(struct alert_read *read,
                                           const struct selection *selection)
{
    struct slice name = SLICE_EMPTY;
    for (size_t i = 0; i < selection->matcher_count; i++) {
        const struct matcher *matcher = &selection->matchers[i];
        if (matcher->kind == MATCHER_EQUAL && slice_equal(matcher->name, LABEL_NAME)) {
            name = matcher->value;
        }
    }
    for (size_t i = 0; i < read->metric_count; i++) {
        if (slice_equal(read->metrics[i].name, name)) {
            return &read->metrics[i];
        }
    }
    if (name.size == 0 || read->metric_count == ALERT_PREVIEW_READ_COUNT_MAX) {
        return NULL;
    }
    read->metrics[read->metric_count] = (struct alert_read_metric){name, INT64_MAX};
    return &read->metrics[read->metric_count++];
}

static enum status note(void *context, const struct series *series)
{
    const struct reading *reading = context;
    struct alert_read_metric *metric = reading->metric;
    if (metric != NULL && series->sample_count > 0 &&
        series->samples[0].time_ms < metric->first_ms) {
        metric->first_ms = series->samples[0].time_ms;
    }
    if (metric != NULL && series->histogram_count > 0 &&
        series->histograms[0].time_ms < metric->first_ms) {
        metric->first_ms = series->histograms[0].time_ms;
    }
    return reading->visit(reading->context, series);
}

static enum status read_select(void *context, const struct selection *selection,
                               struct arena *arena, series_visit *visit, void *visit_context)
{
    struct alert_read *read = context;
    struct selection part = *selection;
    struct reading reading = {metric_of(read, selection), visit, visit_context};
    part.to_ms = part.to_ms < read->end_ms ? part.to_ms : read->end_ms;
    if (part.from_ms > part.to_ms) {
        return STATUS_OK;
    }
    return read->from.select(read->from.context, &part, arena, note, &reading);
}

static enum status read_list(void *context, const struct selection *selection, struct arena *arena,
                             labels_visit *visit, void *visit_context)
{
    const struct alert_read *read = context;
    return read->from.list(read->from.context, selection, arena, visit, visit_context);
}

struct series_source alert_read_source(struct alert_read *read)
{
    return (struct series_source){.context = read, .select = read_select, .list = read_list};
}

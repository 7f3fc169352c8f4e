/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_metric.h"

#include "streams/emf.h"
#include "streams/merge_tell.h"

#include "base/arena.h"

#include <stdlib.h>

/* What reading metrics needs, made when the first one comes. */
struct merge_metrics {
    struct emf emf;
    struct emf_metric metric;
    struct arena arena;
    _Alignas(ARENA_ALIGN) unsigned char memory[MERGE_METRIC_TEXT_SIZE];
};

static void tell(struct merge *merge, const struct stream_source *source,
                 const struct emf_metric *metric, int64_t time_ns)
{
    struct stream_metric told = {
        .source = source,
        .time_ns = metric->time_ns != STREAMS_UNKNOWN ? metric->time_ns : time_ns,
        .namespace = metric->namespace,
        .name = metric->name,
        .unit = metric->unit,
        .dimensions = metric->dimensions,
        .dimension_count = metric->dimension_count,
        .values = metric->values,
        .value_count = metric->value_count,
    };
    merge->sink.metric(merge->sink.context, &told);
}

void merge_metric_tell(struct merge *merge, const struct stream_source *source,
                       const struct line *line, int64_t time_ns)
{
    if (merge->sink.metric == NULL) {
        return;
    }
    if (merge->metrics == NULL) {
        merge->metrics = malloc(sizeof(*merge->metrics));
        if (merge->metrics == NULL) {
            return;
        }
    }
    struct merge_metrics *metrics = merge->metrics;
    arena_init(&metrics->arena, metrics->memory, sizeof(metrics->memory));
    emf_begin(&metrics->emf, line->object, &metrics->arena);
    while (emf_next(&metrics->emf, &metrics->metric)) {
        tell(merge, source, &metrics->metric, time_ns);
    }
    if (metrics->emf.refused > 0) {
        merge_tell_refusal(merge, metrics->emf.reason, line->object, metrics->emf.refused);
    }
}

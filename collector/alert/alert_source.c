/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_source.h"

/* The name that a selection asks for; empty: any. */
static struct slice name_of(const struct selection *selection)
{
    for (size_t i = 0; i < selection->matcher_count; i++) {
        const struct matcher *matcher = &selection->matchers[i];
        if (matcher->kind == MATCHER_EQUAL && slice_equal(matcher->name, LABEL_NAME)) {
            return matcher->value;
        }
    }
    return SLICE_EMPTY;
}

static enum status select_series(void *context, const struct selection *selection,
                                 struct arena *arena, series_visit *visit, void *visit_context)
{
    struct alert_source *source = context;
    struct slice name = name_of(selection);
    struct series_source from = source_union(&source->both);
    if (name.size > 0 && !rules_samples_knows(source->samples, name)) {
        from = source->items[1];
    } else if (slice_find_byte(name, ':') != SLICE_NONE || slice_starts(name, SLICE("ALERTS"))) {
        from = source->items[0];
    }
    return from.select(from.context, selection, arena, visit, visit_context);
}

static enum status list_series(void *context, const struct selection *selection,
                               struct arena *arena, labels_visit *visit, void *visit_context)
{
    struct alert_source *source = context;
    struct series_source from = source_union(&source->both);
    return from.list(from.context, selection, arena, visit, visit_context);
}

struct series_source alert_source_make(struct alert_source *source, struct rules_samples *samples,
                                       struct series_source others)
{
    source->samples = samples;
    source->items[0] = rules_samples_source(samples);
    source->items[1] = others;
    source->both = (struct source_union){.items = source->items, .count = 2};
    return (struct series_source){.context = source, .select = select_series, .list = list_series};
}

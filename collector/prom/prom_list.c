/* SPDX-License-Identifier: Apache-2.0 */
#include "prom/prom_call.h"
#include "prom/prom_limits.h"

#include "base/hash.h"
#include "base/map.h"
#include "sources/derived.h"
#include "sources/sent.h"

#include <stdlib.h>

/* Texts or label sets, each once. */
struct list {
    struct prom_call *call;
    struct map map;
    struct slice *texts;
    struct label_set *sets;
    size_t count, capacity;
    struct slice name; /* Whose values are wanted; empty: names. */
    bool series;
    enum status status;
};

static const struct hash_key list_key = {{0x9e3779b97f4a7c15, 0xf39cc0605cedc834}};

struct list_look {
    const struct list *list;
    struct slice text;
    const struct label_set *set;
};

static bool list_equal(const void *context, uint32_t row)
{
    const struct list_look *look = context;
    return look->set != NULL ? labels_equal(&look->list->sets[row], look->set)
                             : slice_equal(look->list->texts[row], look->text);
}

static bool list_grow(struct list *list)
{
    if (list->count < list->capacity) {
        return true;
    }
    size_t capacity = list->capacity == 0 ? 256 : list->capacity * 2;
    void *grown = list->series ? realloc(list->sets, capacity * sizeof(list->sets[0]))
                               : realloc(list->texts, capacity * sizeof(list->texts[0]));
    if (grown == NULL) {
        return false;
    }
    if (list->series) {
        list->sets = grown;
    } else {
        list->texts = grown;
    }
    list->capacity = capacity;
    return true;
}

/* Add a text, or a set, if it is not there. */
static void list_add(struct list *list, struct slice text, const struct label_set *set)
{
    struct list_look look = {list, text, set};
    uint64_t hash = set != NULL ? labels_hash(&list_key, set) : hash_sip64(&list_key, text);
    uint32_t row;
    if (map_find(&list->map, hash, list_equal, &look, &row)) {
        return;
    }
    if (list->count >= PROM_LIST_COUNT_MAX || !list_grow(list) ||
        map_insert(&list->map, hash, (uint32_t)list->count) != STATUS_OK) {
        list->status = STATUS_FULL;
        return;
    }
    if (set != NULL) {
        list->sets[list->count++] = *set;
    } else {
        list->texts[list->count++] = text;
    }
}

static enum status list_take(void *context, const struct label_set *labels)
{
    struct list *list = context;
    if (list->series) {
        list_add(list, SLICE_EMPTY, labels);
    } else if (list->name.size > 0) {
        struct slice value = labels_value(labels, list->name);
        if (value.size > 0) {
            list_add(list, value, NULL);
        }
    } else {
        for (size_t i = 0; i < labels->count; i++) {
            list_add(list, labels->items[i].name, NULL);
        }
    }
    return list->status;
}

/* ---- What is selected. ---- */

struct list_matches {
    struct slice items[PROM_MATCH_COUNT_MAX];
    size_t count;
    bool more; /* Than there may be. */
};

static void list_match(void *context, struct slice value)
{
    struct list_matches *matches = context;
    if (matches->count == PROM_MATCH_COUNT_MAX) {
        matches->more = true;
        return;
    }
    matches->items[matches->count++] = value;
}

static bool list_one(struct list *list, struct selection *selection)
{
    const struct series_source *source = list->call->source;
    enum status status =
        source->list(source->context, selection, &list->call->work, list_take, list);
    if (status != STATUS_OK) {
        prom_call_refuse_status(list->call, status);
    }
    return status == STATUS_OK;
}

static bool list_selected(struct list *list, const struct list_matches *matches,
                          struct selection *selection)
{
    if (matches->count == 0) {
        return list_one(list, selection);
    }
    for (size_t i = 0; i < matches->count; i++) {
        struct promql_error error;
        if (promql_parse_selector(matches->items[i], &list->call->work, &selection->matchers,
                                  &selection->matcher_count, &error) != STATUS_OK) {
            prom_call_refuse(list->call, PROM_BAD_DATA, "invalid parameter \"match[]\": %s",
                             error.message);
            return false;
        }
        if (!list_one(list, selection)) {
            return false;
        }
    }
    return true;
}

/* Fill a list with what match[], start and end select. */
static bool list_fill(struct list *list, bool must_match)
{
    struct prom_call *call = list->call;
    struct list_matches matches = {.count = 0};
    struct selection selection = {.patience = &call->patience};
    prom_call_each(call, "match[]", list_match, &matches);
    if (must_match && matches.count == 0) {
        prom_call_refuse(call, PROM_BAD_DATA, "no match[] parameter provided");
        return false;
    }
    if (matches.more) {
        prom_call_refuse(call, PROM_BAD_DATA, "invalid parameter \"match[]\": too many");
        return false;
    }
    if (!prom_call_time(call, "start", call->now_ms - PROM_LIST_LOOK_MS, &selection.from_ms) ||
        !prom_call_time(call, "end", call->now_ms, &selection.to_ms)) {
        return false;
    }
    if (selection.to_ms < selection.from_ms) {
        prom_call_refuse(call, PROM_BAD_DATA,
                         "invalid parameter \"end\": end timestamp must not be before start time");
        return false;
    }
    return list_selected(list, &matches, &selection);
}

static int list_compare(const void *one, const void *other)
{
    return slice_compare(*(const struct slice *)one, *(const struct slice *)other);
}

static int list_compare_sets(const void *one, const void *other)
{
    return labels_compare(one, other);
}

/* Write what there is, sorted. */
static void list_answer(struct list *list, uint64_t limit)
{
    struct prom_call *call = list->call;
    size_t count = list->count;
    if (limit > 0 && count > limit) {
        count = (size_t)limit;
        prom_call_warn(call, SLICE("results truncated due to limit"));
    }
    prom_call_begin(call);
    json_write_array_begin(&call->writer);
    if (list->series && list->count > 0) {
        qsort(list->sets, list->count, sizeof(list->sets[0]), list_compare_sets);
    } else if (list->count > 0) {
        qsort(list->texts, list->count, sizeof(list->texts[0]), list_compare);
    }
    for (size_t i = 0; i < count; i++) {
        if (list->series) {
            prom_write_labels(&call->writer, &list->sets[i]);
        } else {
            json_write_string(&call->writer, list->texts[i]);
        }
    }
    json_write_array_end(&call->writer);
    prom_call_end(call);
}

static void list_run(struct prom_call *call, struct slice name, bool series)
{
    struct list list = {.call = call, .name = name, .series = series};
    uint64_t limit;
    if (!prom_call_limit(call, "limit", &limit)) {
        return;
    }
    map_init_growing(&list.map, PROM_LIST_COUNT_MAX);
    if (list_fill(&list, series)) {
        list_answer(&list, limit);
    }
    map_fini(&list.map);
    free(list.texts);
    free(list.sets);
}

void prom_list_labels(struct prom_call *call)
{
    list_run(call, SLICE_EMPTY, false);
}

void prom_list_values(struct prom_call *call, struct slice name)
{
    if (!label_name_valid(name)) {
        prom_call_refuse(call, PROM_BAD_DATA, "invalid label name: \"" SLICE_FMT "\"",
                         SLICE_ARG(name));
        return;
    }
    list_run(call, name, false);
}

void prom_list_series(struct prom_call *call)
{
    list_run(call, SLICE_EMPTY, true);
}

/* ---- Metadata. ---- */

struct list_metadata {
    struct prom_call *call;
    struct slice wanted; /* Empty: all. */
    uint64_t limit, count;
};

static void list_metric(void *context, const struct source_metric *metric)
{
    static const char *const kinds[] = {
        [SOURCE_COUNTER] = "counter",
        [SOURCE_GAUGE] = "gauge",
        [SOURCE_HISTOGRAM] = "histogram",
        [SOURCE_SUMMARY] = "summary",
    };
    struct list_metadata *metadata = context;
    struct json_write *writer = &metadata->call->writer;
    if ((metadata->wanted.size > 0 && !slice_equal(metadata->wanted, metric->name)) ||
        (metadata->limit > 0 && metadata->count >= metadata->limit)) {
        return;
    }
    metadata->count++;
    json_write_member_array(writer, metric->name);
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("type"), slice_from(kinds[metric->kind]));
    json_write_member_string(writer, SLICE("unit"), metric->unit);
    json_write_member_string(writer, SLICE("help"), metric->help);
    json_write_object_end(writer);
    json_write_array_end(writer);
}

void prom_list_metadata(struct prom_call *call)
{
    struct list_metadata metadata = {.call = call, .wanted = prom_call_text(call, "metric")};
    uint64_t per_metric;
    if (!prom_call_limit(call, "limit", &metadata.limit) ||
        !prom_call_limit(call, "limit_per_metric", &per_metric)) {
        return;
    }
    prom_call_begin(call);
    json_write_object_begin(&call->writer);
    for (size_t i = 0; i < derived_metric_count(); i++) {
        const struct source_metric metric = derived_metric(i);
        list_metric(&metadata, &metric);
    }
    enum status status = sent_metrics(call->series, &call->work, list_metric, &metadata);
    json_write_object_end(&call->writer);
    if (status != STATUS_OK) {
        prom_call_refuse_status(call, status);
        return;
    }
    prom_call_end(call);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/emf.h"

#include "streams/log_event.h"

#include "base/json_read.h"
#include "base/number.h"

static void emf_refuse(struct emf *emf, const char *reason)
{
    emf->refused++;
    emf->reason = emf->reason == NULL ? reason : emf->reason;
}

/* Text without its escapes, as far as there is room. */
static struct slice emf_text(struct emf *emf, struct slice raw, bool escaped)
{
    if (!escaped || emf->arena == NULL) {
        return raw;
    }
    return json_string_text((struct json_string){.raw = raw, .escaped = true}, emf->arena);
}

static const struct emf_member *emf_find(const struct emf *emf, struct slice key)
{
    for (size_t i = 0; i < emf->member_count; i++) {
        if (slice_equal(emf->members[i].key, key)) {
            return &emf->members[i];
        }
    }
    return NULL;
}

/* ---- The object. ---- */

static bool emf_members(struct emf *emf, struct slice object, struct slice *aws)
{
    struct json_scan scan;
    struct json_member member;

    if (!json_scan_begin(&scan, object) || scan.array) {
        emf_refuse(emf, "an embedded metric is no object");
        return false;
    }
    while (json_scan_next(&scan, &member)) {
        if (member.kind == JSON_KIND_OBJECT && slice_equal(member.key, SLICE("_aws"))) {
            *aws = member.value;
            continue;
        }
        if (emf->member_count == EMF_MEMBER_COUNT_MAX) {
            emf_refuse(emf, "an embedded metric has too many members");
            return false;
        }
        emf->members[emf->member_count++] = (struct emf_member){
            .key = member.key,
            .value = member.value,
            .kind = member.kind,
            .escaped = member.escaped,
        };
    }
    if (!scan.complete) {
        emf_refuse(emf, "an embedded metric is cut off");
    }
    return scan.complete;
}

/* Milliseconds since 1970. */
static bool emf_timestamp(struct emf *emf, const struct json_member *member)
{
    int64_t time_ns;
    enum number_answer answer = NUMBER_BAD;

    if (member->kind == JSON_KIND_SCALAR) {
        answer = number_parse_scaled(member->value, 6, &time_ns);
    }
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || time_ns < 0) {
        emf_refuse(emf, "Timestamp is no time in milliseconds");
        return false;
    }
    emf->time_ns = time_ns;
    return true;
}

void emf_begin(struct emf *emf, struct slice object, struct arena *arena)
{
    struct slice aws = SLICE_EMPTY;
    struct json_scan scan;
    struct json_member member;
    bool found = false;

    emf->reason = NULL;
    emf->refused = 0;
    emf->arena = arena;
    emf->time_ns = STREAMS_UNKNOWN;
    emf->directives = (struct json_scan){.complete = true};
    emf->in_directive = false;
    emf->in_metric = false;
    emf->series_count = 0;
    emf->member_count = 0;
    if (!emf_members(emf, object, &aws)) {
        return;
    }
    bool good = json_scan_begin(&scan, aws);
    while (good && json_scan_next(&scan, &member)) {
        if (slice_equal(member.key, SLICE("Timestamp"))) {
            good = emf_timestamp(emf, &member);
        } else if (slice_equal(member.key, SLICE("CloudWatchMetrics"))) {
            found =
                member.kind == JSON_KIND_ARRAY && json_scan_begin(&emf->directives, member.value);
        }
    }
    if (!good || !found) {
        emf->directives = (struct json_scan){.complete = true};
        if (good || emf->reason == NULL) {
            emf_refuse(emf, "CloudWatchMetrics is no list");
        }
    }
}

/* ---- Directives, metrics, sets. ---- */

/* {"Namespace": ..., "Dimensions": [[...]], "Metrics": [...]} */
static void emf_directive(struct emf *emf, const struct json_member *directive)
{
    struct json_scan scan;
    struct json_member member;
    struct slice metrics = SLICE_EMPTY;

    emf->namespace = SLICE_EMPTY;
    emf->sets_text = SLICE_EMPTY;
    emf->metric_count = 0;
    if (directive->kind != JSON_KIND_OBJECT || !json_scan_begin(&scan, directive->value)) {
        emf_refuse(emf, "a directive is no object");
        return;
    }
    while (json_scan_next(&scan, &member)) {
        if (member.kind == JSON_KIND_STRING && slice_equal(member.key, SLICE("Namespace"))) {
            emf->namespace = emf_text(emf, member.value, member.escaped);
        } else if (member.kind == JSON_KIND_ARRAY && slice_equal(member.key, SLICE("Dimensions"))) {
            emf->sets_text = member.value;
        } else if (member.kind == JSON_KIND_ARRAY && slice_equal(member.key, SLICE("Metrics"))) {
            metrics = member.value;
        }
    }
    if (emf->namespace.size == 0 || emf->namespace.size > EMF_NAME_SIZE_MAX) {
        emf_refuse(emf, "Namespace is not there, empty or too long");
    } else if (!json_scan_begin(&emf->metrics, metrics)) {
        emf_refuse(emf, "Metrics is no list");
    } else {
        emf->in_directive = true;
    }
}

/* {"Name": ..., "Unit": ..., "StorageResolution": ...} */
static void emf_definition(struct emf *emf, const struct json_member *definition)
{
    struct json_scan scan;
    struct json_member member;
    struct slice key = SLICE_EMPTY;

    emf->name = SLICE_EMPTY;
    emf->unit = SLICE("None");
    if (++emf->metric_count > EMF_METRIC_COUNT_MAX) {
        emf_refuse(emf, "a directive has more metrics than the format allows");
        return;
    }
    if (definition->kind != JSON_KIND_OBJECT || !json_scan_begin(&scan, definition->value)) {
        emf_refuse(emf, "a metric's definition is no object");
        return;
    }
    while (json_scan_next(&scan, &member)) {
        if (member.kind == JSON_KIND_STRING && slice_equal(member.key, SLICE("Name"))) {
            key = member.value;
            emf->name = emf_text(emf, member.value, member.escaped);
        } else if (member.kind == JSON_KIND_STRING && slice_equal(member.key, SLICE("Unit"))) {
            emf->unit = emf_text(emf, member.value, member.escaped);
        }
    }
    emf->value = emf_find(emf, key);
    if (emf->name.size == 0 || emf->name.size > EMF_NAME_SIZE_MAX) {
        emf_refuse(emf, "a metric's Name is not there, empty or too long");
    } else if (emf->value == NULL) {
        emf_refuse(emf, "a metric has no value");
    } else {
        emf->without_sets = !json_scan_begin(&emf->sets, emf->sets_text);
        emf->in_metric = true;
    }
}

static bool emf_number(struct slice text, double *value)
{
    return number_parse_double(text, value) == NUMBER_OK;
}

/* A number or a list of at most a hundred. */
static const char *emf_values(const struct emf *emf, struct emf_metric *metric)
{
    struct json_scan scan;
    struct json_member member;

    metric->value_count = 0;
    if (emf->value->kind == JSON_KIND_SCALAR) {
        metric->value_count = 1;
        return emf_number(emf->value->value, &metric->values[0]) ? NULL
                                                                 : "a metric's value is no number";
    }
    if (emf->value->kind != JSON_KIND_ARRAY || !json_scan_begin(&scan, emf->value->value)) {
        return "a metric's value is no number";
    }
    while (json_scan_next(&scan, &member)) {
        if (metric->value_count == EMF_VALUE_COUNT_MAX) {
            return "a metric has more values than the format allows";
        }
        if (member.kind != JSON_KIND_SCALAR ||
            !emf_number(member.value, &metric->values[metric->value_count])) {
            return "a metric's value is no number";
        }
        metric->value_count++;
    }
    return metric->value_count == 0 ? "a metric has no value" : NULL;
}

/* One set: names of members of the root, whose values are text. */
static const char *emf_dimensions(struct emf *emf, const struct json_member *set,
                                  struct emf_metric *metric)
{
    struct json_scan scan;
    struct json_member name;

    if (set->kind != JSON_KIND_ARRAY || !json_scan_begin(&scan, set->value)) {
        return "a set of dimensions is no list";
    }
    while (json_scan_next(&scan, &name)) {
        const struct emf_member *value = NULL;
        if (metric->dimension_count == EMF_DIMENSION_COUNT_MAX) {
            return "a metric has more dimensions than the format allows";
        }
        if (name.kind == JSON_KIND_STRING) {
            value = emf_find(emf, name.value);
        }
        if (value == NULL || value->value.size == 0 || value->value.size > EMF_NAME_SIZE_MAX ||
            (value->kind != JSON_KIND_STRING && value->kind != JSON_KIND_SCALAR)) {
            return "a dimension has no value that is a text";
        }
        metric->dimensions[metric->dimension_count++] = (struct attr){
            .key = emf_text(emf, name.value, name.escaped),
            .value = {.kind = VALUE_STRING, .text = emf_text(emf, value->value, value->escaped)},
        };
    }
    return NULL;
}

/* The next set of the metric that is being read; false after its last one. */
static bool emf_set(struct emf *emf, struct emf_metric *metric, const char **reason)
{
    struct json_member set;
    bool first = emf->without_sets || emf->sets.first;

    metric->dimension_count = 0;
    *reason = NULL;
    if (!emf->without_sets && json_scan_next(&emf->sets, &set)) {
        *reason = emf_dimensions(emf, &set, metric);
    } else if (!first) {
        return false;
    } else {
        /* Without any set, or with an empty list of them, the metric has no dimensions. */
        emf->without_sets = false;
        emf->sets = (struct json_scan){.complete = true};
    }
    if (*reason == NULL) {
        *reason = emf_values(emf, metric);
    }
    if (*reason == NULL && emf->series_count++ == EMF_SERIES_COUNT_MAX) {
        *reason = "an embedded metric makes too many series";
        emf->directives = (struct json_scan){.complete = true};
        emf->metrics = emf->directives;
        emf->sets = emf->directives;
    }
    return true;
}

bool emf_next(struct emf *emf, struct emf_metric *metric)
{
    struct json_member member;
    const char *reason;

    for (;;) {
        if (emf->in_metric) {
            emf->in_metric = emf_set(emf, metric, &reason);
            if (emf->in_metric && reason != NULL) {
                emf_refuse(emf, reason);
            } else if (emf->in_metric) {
                break;
            }
        } else if (emf->in_directive) {
            emf->in_directive = json_scan_next(&emf->metrics, &member);
            if (emf->in_directive) {
                emf_definition(emf, &member);
            }
        } else if (json_scan_next(&emf->directives, &member)) {
            emf_directive(emf, &member);
        } else {
            return false;
        }
    }
    metric->time_ns = emf->time_ns;
    metric->namespace = emf->namespace;
    metric->name = emf->name;
    metric->unit = emf->unit;
    return true;
}

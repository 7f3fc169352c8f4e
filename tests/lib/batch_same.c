/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/batch_same.h"

#include "model/record_gist.h"

#include <stdbool.h>
#include <string.h>

static bool same_attrs(struct attrs one, struct attrs other);

/* Values nest as deep as the guard lets them. */
static bool same_value(const struct value *one, const struct value *other)
{
    if (one->kind != other->kind) {
        return false;
    }
    switch (one->kind) {
    case VALUE_EMPTY:
        return true;
    case VALUE_STRING:
    case VALUE_BYTES:
        return slice_equal(one->text, other->text);
    case VALUE_BOOL:
        return one->boolean == other->boolean;
    case VALUE_INT:
        return one->integer == other->integer;
    case VALUE_DOUBLE:
        return memcmp(&one->number, &other->number, sizeof(one->number)) == 0;
    case VALUE_ARRAY:
        for (size_t i = 0; one->array.count == other->array.count && i < one->array.count; i++) {
            if (!same_value(&one->array.items[i], &other->array.items[i])) {
                return false;
            }
        }
        return one->array.count == other->array.count;
    case VALUE_MAP:
        return same_attrs((struct attrs){one->map.items, one->map.count, 0},
                          (struct attrs){other->map.items, other->map.count, 0});
    }
    return false;
}

static bool same_attrs(struct attrs one, struct attrs other)
{
    if (one.count != other.count || one.dropped != other.dropped) {
        return false;
    }
    for (size_t i = 0; i < one.count; i++) {
        if (!slice_equal(one.items[i].key, other.items[i].key) ||
            !same_value(&one.items[i].value, &other.items[i].value)) {
            return false;
        }
    }
    return true;
}

static bool same_resource(const struct resource *one, const struct resource *other)
{
    return same_attrs(one->attrs, other->attrs) && slice_equal(one->service, other->service) &&
           slice_equal(one->account, other->account) && slice_equal(one->region, other->region) &&
           slice_equal(one->function, other->function) &&
           slice_equal(one->version, other->version) &&
           slice_equal(one->instance, other->instance) && one->epoch == other->epoch &&
           one->seq == other->seq;
}

static bool same_scope(const struct scope *one, const struct scope *other)
{
    if (one == NULL || other == NULL) {
        return one == other;
    }
    return slice_equal(one->name, other->name) && slice_equal(one->version, other->version) &&
           one->agent == other->agent && one->logs == other->logs &&
           same_attrs(one->attrs, other->attrs);
}

/* Whether what is written down of attributes is what they say. */
static bool good_gist(const struct gist *gist, struct attrs attrs)
{
    struct gist read = record_gist_read(attrs, NULL);
    return !gist->read || (gist->requested == read.requested && gist->inferred == read.inferred &&
                           gist->phased == read.phased && gist->number == read.number &&
                           (!gist->requested || memcmp(&gist->request_id, &read.request_id,
                                                       sizeof(read.request_id)) == 0));
}

static bool same_line(const struct log_line *one, const struct log_line *other)
{
    return good_gist(&one->gist, one->attrs) && good_gist(&other->gist, other->attrs) &&
           same_scope(one->scope, other->scope) && one->time_ns == other->time_ns &&
           one->observed_ns == other->observed_ns && one->severity == other->severity &&
           slice_equal(one->severity_text, other->severity_text) &&
           same_value(&one->body, &other->body) &&
           slice_equal(one->event_name, other->event_name) && one->has_trace == other->has_trace &&
           memcmp(&one->trace_id, &other->trace_id, sizeof(one->trace_id)) == 0 &&
           memcmp(&one->span_id, &other->span_id, sizeof(one->span_id)) == 0 &&
           one->seq == other->seq && same_attrs(one->attrs, other->attrs);
}

static bool same_events(const struct span *one, const struct span *other)
{
    if (one->event_count != other->event_count) {
        return false;
    }
    for (size_t i = 0; i < one->event_count; i++) {
        const struct span_event *left = &one->events[i];
        const struct span_event *right = &other->events[i];
        if (left->time_ns != right->time_ns || !slice_equal(left->name, right->name) ||
            !same_attrs(left->attrs, right->attrs)) {
            return false;
        }
    }
    return true;
}

static bool same_links(const struct span *one, const struct span *other)
{
    if (one->link_count != other->link_count) {
        return false;
    }
    for (size_t i = 0; i < one->link_count; i++) {
        const struct span_link *left = &one->links[i];
        const struct span_link *right = &other->links[i];
        if (memcmp(&left->trace_id, &right->trace_id, sizeof(left->trace_id)) != 0 ||
            memcmp(&left->span_id, &right->span_id, sizeof(left->span_id)) != 0 ||
            !same_attrs(left->attrs, right->attrs)) {
            return false;
        }
    }
    return true;
}

static bool same_span(const struct span *one, const struct span *other)
{
    return good_gist(&one->gist, one->attrs) && good_gist(&other->gist, other->attrs) &&
           same_scope(one->scope, other->scope) &&
           memcmp(&one->trace_id, &other->trace_id, sizeof(one->trace_id)) == 0 &&
           memcmp(&one->span_id, &other->span_id, sizeof(one->span_id)) == 0 &&
           memcmp(&one->parent_span_id, &other->parent_span_id, sizeof(one->parent_span_id)) == 0 &&
           slice_equal(one->trace_state, other->trace_state) &&
           slice_equal(one->name, other->name) && one->kind == other->kind &&
           one->flags == other->flags && one->start_ns == other->start_ns &&
           one->end_ns == other->end_ns && one->seq == other->seq && one->status == other->status &&
           slice_equal(one->status_message, other->status_message) &&
           same_attrs(one->attrs, other->attrs) && same_events(one, other) &&
           same_links(one, other);
}

const char *batch_same(const struct batch *one, const struct batch *other)
{
    if (one->signal != other->signal || one->resource_count != other->resource_count ||
        one->span_count != other->span_count || one->log_count != other->log_count ||
        one->point_count != other->point_count || one->rejected != other->rejected) {
        return "counts";
    }
    for (size_t i = 0; i < one->resource_count; i++) {
        if (!same_resource(&one->resources[i], &other->resources[i])) {
            return "a resource";
        }
    }
    for (size_t i = 0; i < one->span_count; i++) {
        if (one->spans[i].resource - one->resources !=
                other->spans[i].resource - other->resources ||
            !same_span(&one->spans[i], &other->spans[i])) {
            return "a span";
        }
    }
    for (size_t i = 0; i < one->log_count; i++) {
        if (one->logs[i].resource - one->resources != other->logs[i].resource - other->resources ||
            !same_line(&one->logs[i], &other->logs[i])) {
            return "a line";
        }
    }
    return NULL;
}

bool batch_same_span(const struct span *one, const struct span *other)
{
    return same_resource(one->resource, other->resource) && same_span(one, other);
}

bool batch_same_line(const struct log_line *one, const struct log_line *other)
{
    return same_resource(one->resource, other->resource) && same_line(one, other);
}

bool batch_same_resource(const struct resource *one, const struct resource *other)
{
    return same_resource(one, other);
}

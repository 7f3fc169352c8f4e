/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/carrier.h"

#include "base/hex.h"
#include "base/number.h"
#include "base/traceparent.h"
#include "base/xray.h"

#include <string.h>

static bool is_zero(const unsigned char *bytes, size_t size)
{
    unsigned char any = 0;
    for (size_t i = 0; i < size; i++) {
        any |= bytes[i];
    }
    return any == 0;
}

static bool from_w3c(struct slice text, struct trigger_context *context)
{
    struct traceparent parsed;
    if (text.size == 0 || !traceparent_parse(text, &parsed)) {
        return false;
    }
    context->known = true;
    context->sampled = (parsed.flags & TRACEPARENT_FLAG_SAMPLED) != 0;
    memcpy(context->trace_id, parsed.trace_id, 16);
    memcpy(context->span_id, parsed.parent_id, 8);
    return true;
}

/* A trace id of 64 or 128 bits and a span id, in hex. */
static bool from_ids(struct slice trace_id, struct slice span_id, struct trigger_context *context)
{
    struct trigger_context parsed = {.known = true};
    if (trace_id.size == 16 ? !hex_decode(trace_id, parsed.trace_id + 8, 8)
                            : !hex_decode(trace_id, parsed.trace_id, 16)) {
        return false;
    }
    if (!hex_decode(span_id, parsed.span_id, 8) || is_zero(parsed.trace_id, 16) ||
        is_zero(parsed.span_id, 8)) {
        return false;
    }
    *context = parsed;
    return true;
}

/* {trace id}-{span id}[-{sampled}[-{parent span id}]] */
static bool from_b3(const struct carrier *carrier, struct trigger_context *context)
{
    struct slice trace_id = carrier->b3_trace_id;
    struct slice span_id = carrier->b3_span_id;
    struct slice sampled = carrier->b3_sampled;
    struct slice rest = SLICE_EMPTY;
    if (carrier->b3.size > 0) {
        (void)slice_cut(carrier->b3, '-', &trace_id, &rest);
        (void)slice_cut(rest, '-', &span_id, &rest);
        (void)slice_cut(rest, '-', &sampled, &rest);
    }
    if (!from_ids(trace_id, span_id, context)) {
        return false;
    }
    context->sampled = slice_equal(sampled, SLICE("1")) || slice_equal(sampled, SLICE("d")) ||
                       slice_equal(sampled, SLICE("true"));
    return true;
}

static bool from_xray(struct slice text, struct trigger_context *context, bool *valid)
{
    struct xray parsed;
    struct traceparent same;
    *valid = text.size > 0 && xray_parse(text, &parsed) && parsed.has_root;
    if (!*valid || !xray_to_traceparent(&parsed, &same)) {
        return false;
    }
    context->known = true;
    context->sampled = parsed.sampled == XRAY_SAMPLED_YES;
    memcpy(context->trace_id, same.trace_id, 16);
    memcpy(context->span_id, same.parent_id, 8);
    return true;
}

static void put_u64(uint64_t value, unsigned char bytes[8])
{
    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    }
}

/* The upper half of the trace id is one of the tags, in hex: "_dd.p.dm=-1,_dd.p.tid=66e1..." */
static void upper_half(struct slice tags, unsigned char bytes[8])
{
    struct slice tag;
    while (tags.size > 0) {
        (void)slice_cut(tags, ',', &tag, &tags);
        tag = slice_trim(tag);
        if (slice_starts(tag, SLICE("_dd.p.tid=")) &&
            hex_decode(slice_skip(tag, sizeof("_dd.p.tid=") - 1), bytes, 8)) {
            return;
        }
    }
    memset(bytes, 0, 8);
}

static bool from_datadog(const struct carrier *carrier, struct trigger_context *context)
{
    uint64_t trace_id = 0;
    uint64_t span_id = 0;
    int64_t priority = 0;
    if (number_parse_u64(carrier->datadog_trace_id, &trace_id) != NUMBER_OK ||
        number_parse_u64(carrier->datadog_parent_id, &span_id) != NUMBER_OK || trace_id == 0 ||
        span_id == 0) {
        return false;
    }
    context->known = true;
    context->sampled =
        number_parse_i64(carrier->datadog_priority, &priority) == NUMBER_OK && priority > 0;
    upper_half(carrier->datadog_tags, context->trace_id);
    put_u64(trace_id, context->trace_id + 8);
    put_u64(span_id, context->span_id);
    return true;
}

/* The upper half of a trace id may have got lost on the way. */
static bool same_trace(const struct trigger_context *one, const struct trigger_context *other)
{
    return one->known && memcmp(one->trace_id + 8, other->trace_id + 8, 8) == 0;
}

void carrier_read(const struct carrier *carrier, struct carrier_contexts *contexts)
{
    struct trigger_context xray = {.known = false};
    struct trigger_context datadog = {.known = false};
    struct trigger_context *parent = &contexts->parent;
    memset(contexts, 0, sizeof(*contexts));
    contexts->w3c = from_w3c(carrier->traceparent, parent);
    bool has_xray = from_xray(carrier->xray, &xray, &contexts->xray);
    if (!contexts->w3c && !from_b3(carrier, parent) && has_xray) {
        *parent = xray;
    }
    if (has_xray && !same_trace(parent, &xray)) {
        contexts->others[contexts->other_count++] = xray;
    }
    if (from_datadog(carrier, &datadog) && !same_trace(parent, &datadog)) {
        contexts->others[contexts->other_count++] = datadog;
    }
}

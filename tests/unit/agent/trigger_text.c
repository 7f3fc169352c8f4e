/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger_text.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/hex.h"

static void put(struct buf *out, const char *name, struct slice value)
{
    if (value.size > 0) {
        buf_append_text(out, name);
        buf_append(out, value);
    }
}

static void put_context(struct buf *out, const char *name, const struct trigger_context *context)
{
    char text[48];
    hex_encode(slice_of(context->trace_id, 16), text);
    hex_encode(slice_of(context->span_id, 8), text + 32);
    put(out, name, slice_of(text, 32));
    put(out, "-", slice_of(text + 32, 16));
    buf_append_text(out, context->sampled ? "-1" : "-0");
}

static void put_source(struct buf *out, const struct trigger_source *source)
{
    put(out, " ", source->name);
    put(out, " arn=", source->arn);
    put(out, " id=", source->message_id);
    if (source->messages > 1) {
        buf_printf(out, " x%llu", (unsigned long long)source->messages);
    }
    if (source->since_ns > 0) {
        buf_printf(out, " @%llu%s", (unsigned long long)source->since_ns,
                   source->coarse ? "~" : "");
    }
    if (source->until_ns > 0) {
        buf_printf(out, "..%llu", (unsigned long long)source->until_ns);
    }
}

void trigger_text(const struct trigger *trigger, char text[TRIGGER_TEXT_SIZE])
{
    struct buf out;
    buf_init_fixed(&out, text, TRIGGER_TEXT_SIZE - 1);
    buf_append(&out, trigger_name(trigger->kind));
    put(&out, " ", trigger->method);
    put(&out, " route=", trigger->route);
    put(&out, " path=", trigger->path);
    put(&out, " host=", trigger->host);
    put(&out, " detail=", trigger->detail);
    put(&out, " operation=", trigger->operation);
    put(&out, " partition=", trigger->partition);
    if (trigger->messages > 0) {
        buf_printf(&out, " n=%llu", (unsigned long long)trigger->messages);
    }
    put(&out, " xray=", trigger->xray);
    put(&out, " state=", trigger->tracestate);
    put(&out, " tracing=", trigger->tracing);
    for (size_t i = 0; i < trigger->source_count; i++) {
        const struct trigger_source *source = &trigger->sources[i];
        buf_append_text(&out, source->before ? " | <-" : " |");
        if (source->before || source->kind != trigger->kind) {
            put(&out, " ", trigger_name(source->kind));
        }
        put_source(&out, source);
    }
    if (trigger->parent.known) {
        put_context(&out, " | => ", &trigger->parent);
    }
    for (size_t i = 0; i < trigger->link_count; i++) {
        put_context(&out, " | -> ", &trigger->links[i].context);
        put(&out, " ", trigger->links[i].message_id);
    }
    if (trigger->links_more > 0) {
        buf_printf(&out, " | and %llu", (unsigned long long)trigger->links_more);
    }
    if (trigger->cut) {
        buf_append_text(&out, " | cut");
    }
    ENSURE(!buf_overflowed(&out));
    text[out.size] = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "otlp/attribute.h"
#include "otlp/record.h"
#include "proto/names.h"

/* What matters least of all that waits: it is large, and told on top. */
#define SEVERITY_DEBUG 5

/* Append the front of it as far as may be told. */
static void write_body(struct core *core, const struct core_input *input, struct invocation *row)
{
    struct slice bytes = input->payload.bytes;
    uint64_t behind = input->payload.size > bytes.size ? input->payload.size - bytes.size : 0;
    struct buf *out = &core->record;
    struct record_body body = record_log_body_open(out);
    if (core->config.redact != NULL) {
        struct text text;
        text_read_front(core, bytes, behind, &text);
        text_write(core, &text, core->config.payload_max, &row->lines, out);
    } else {
        text_plain((struct json_string){.raw = bytes}, core->config.payload_max, behind, out);
    }
    record_log_body_close(out, body);
}

void payload_emit(struct core *core, struct core_now now, const struct core_input *input)
{
    struct invocation *row = invocation_find(&core->invocations, input->payload.request_id);
    if (core->config.payloads == CORE_PAYLOADS_OFF) {
        return;
    }
    if (row == NULL) {
        core->counters.events_useless++;
        return;
    }
    if (core->config.withhold) {
        core->counters.withheld++;
        return;
    }
    struct record_log log = {
        .time_ns = now.wall_ns,
        .observed_ns = now.wall_ns,
        .severity = SEVERITY_DEBUG,
        .severity_text = SLICE("DEBUG"),
        .seq = emit_begin(core),
    };
    struct buf *out = &core->record;
    if (row->traced && core->instance_fixed) {
        log.context = invocation_context(row, core->resource.instance, SLICE("invocation"));
    }
    record_log_write(&log, out);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_SOURCE, SLICE("extension"));
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_FAAS_INVOCATION_ID, invocation_id(row));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_ATTEMPT, row->attempt);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_PAYLOAD,
                   input->payload.answer ? SLICE("answer") : SLICE("event"));
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_PAYLOAD_SIZE, (int64_t)input->payload.size);
    write_body(core, input, row);
    const struct held_line line = {
        .invocation = row,
        .severity = SEVERITY_DEBUG,
        .time_ns = now.wall_ns,
        .seq = log.seq,
        .note = true,
        .wait = core->config.payloads == CORE_PAYLOADS_ON_ERROR ? HELD_WAIT_ERROR : HELD_WAIT_NONE,
    };
    held_push(core, now, &line);
}

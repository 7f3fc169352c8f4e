/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_events.h"

void cli_events_init(struct cli_events *events)
{
    *events = (struct cli_events){.too_large = false};
    buf_init_growing(&events->line, CLI_EVENT_SIZE_MAX);
    buf_init_growing(&events->id, CLI_EVENT_ID_MAX);
    buf_init_growing(&events->type, CLI_EVENT_ID_MAX);
    buf_init_growing(&events->data, CLI_EVENT_SIZE_MAX);
}

void cli_events_fini(struct cli_events *events)
{
    buf_fini(&events->line);
    buf_fini(&events->id);
    buf_fini(&events->type);
    buf_fini(&events->data);
}

static void forget_event(struct cli_events *events)
{
    buf_reset(&events->type);
    buf_reset(&events->data);
    events->too_large = false;
}

void cli_events_restart(struct cli_events *events)
{
    buf_reset(&events->line);
    forget_event(events);
    events->after_return = false;
}

struct slice cli_events_id(const struct cli_events *events)
{
    return buf_bytes(&events->id);
}

/* The empty line behind an event. */
static bool end_event(struct cli_events *events, cli_events_visit *visit, void *context)
{
    struct slice data = buf_bytes(&events->data);
    bool more = true;
    if (data.size > 0 && !events->too_large && !buf_overflowed(&events->data)) {
        const struct cli_event event = {
            .id = buf_bytes(&events->id),
            .type = events->type.size > 0 ? buf_bytes(&events->type) : SLICE("message"),
            .data = slice_take(data, data.size - 1), /* Each line put a line feed behind it. */
        };
        more = visit(context, &event);
    }
    forget_event(events);
    return more;
}

static void take_field(struct cli_events *events, struct slice line)
{
    struct slice name, value;
    (void)slice_cut(line, ':', &name, &value);
    if (slice_starts(value, SLICE(" "))) {
        value = slice_skip(value, 1);
    }
    if (slice_equal(name, SLICE("data"))) {
        buf_append(&events->data, value);
        buf_append_byte(&events->data, '\n');
    } else if (slice_equal(name, SLICE("event"))) {
        buf_reset(&events->type);
        buf_append(&events->type, value);
    } else if (slice_equal(name, SLICE("id")) && slice_find_byte(value, 0) == SLICE_NONE) {
        buf_reset(&events->id);
        buf_append(&events->id, value);
    }
}

static bool end_line(struct cli_events *events, cli_events_visit *visit, void *context)
{
    struct slice line = buf_bytes(&events->line);
    bool more = true;
    if (buf_overflowed(&events->line)) {
        events->too_large = true;
    } else if (line.size == 0) {
        more = end_event(events, visit, context);
    } else {
        take_field(events, line);
    }
    buf_reset(&events->line);
    return more;
}

/* Bytes up to the end of a line. */
static size_t run_of(struct slice bytes)
{
    size_t feed = slice_find_byte(bytes, '\n');
    size_t carriage =
        slice_find_byte(slice_take(bytes, feed < bytes.size ? feed : bytes.size), '\r');
    size_t size = carriage != SLICE_NONE ? carriage : feed;
    return size < bytes.size ? size : bytes.size;
}

bool cli_events_take(struct cli_events *events, struct slice bytes, cli_events_visit *visit,
                     void *context)
{
    while (bytes.size > 0) {
        if (events->after_return && bytes.base[0] == '\n') {
            events->after_return = false;
            bytes = slice_skip(bytes, 1);
            continue;
        }
        events->after_return = false;
        size_t size = run_of(bytes);
        buf_append(&events->line, slice_take(bytes, size));
        bytes = slice_skip(bytes, size);
        if (bytes.size == 0) {
            return true;
        }
        events->after_return = bytes.base[0] == '\r';
        bytes = slice_skip(bytes, 1);
        if (!end_line(events, visit, context)) {
            return false;
        }
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

/*
 * What the proxy tells of the runtime: that it answered, and that it asks for
 * its next event, with which the invocation is over.
 */

void outcome_on_response(struct core *core, const struct invocation *row)
{
    if (!core->undecided || row != core->current) {
        return;
    }
    core->undecided = false;
    /* A good one waits for the next invocation; one that failed is told of now. */
    core->hold = row->answered_error;
}

bool outcome_good(const struct core *core)
{
    const struct invocation *row = core->current;
    struct slice status = row != NULL ? invocation_text_slice(&row->status) : SLICE_EMPTY;
    return row != NULL && !row->answered_error &&
           (status.size == 0 || slice_equal(status, SLICE("success")));
}

/* Without telemetry nobody else says how it ended. */
static void conclude(struct core *core, struct core_now now, struct invocation *row,
                     int64_t handler_ns)
{
    row->state = INVOCATION_DONE;
    row->done_ns = now.wall_ns;
    row->handler_ns = handler_ns;
    if (row->answered && row->status.size == 0) {
        invocation_text_set(&row->status, row->answered_error ? SLICE("error") : SLICE("success"));
    }
    emit_spans(core, now, row);
    metrics_invocation(&core->metrics, now.wall_ns,
                       row->answered_error ? METRICS_ERROR : METRICS_SUCCESS, handler_ns,
                       INT64_MIN);
    core->silent = false;
    if (row == core->current && core->done_seen_ns == 0) {
        core->done_seen_ns = now.mono_ns;
    }
}

void outcome_on_asked(struct core *core, struct core_now now, const struct core_input *input)
{
    struct invocation *row = invocation_find(&core->invocations, input->asked.request_id);
    if (row == NULL) {
        return;
    }
    row->runtime_cpu_ns = input->asked.cpu_ns;
    row->dirty = true;
    if (!core->telemetry && row->state == INVOCATION_STARTED) {
        conclude(core, now, row, input->asked.handler_ns);
    }
}

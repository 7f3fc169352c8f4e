/* SPDX-License-Identifier: Apache-2.0 */
#include "model/pending.h"

#include "model/derive.h"
#include "model/window.h"

void pending_settle(struct view *view, struct instance *instance)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        struct pending *pending = &instance->pending[i];
        uint32_t invocation = window_find(view, instance, pending->start_ns, pending->end_ns);
        if (invocation == ROW_NONE) {
            instance->pending[count++] = *pending;
            continue;
        }
        uint32_t request = view->invocations.rows[invocation].request;
        if (!ids_tie(&view->ids, request, pending->id, pending->tie)) {
            view->counters.refused_full++;
        }
        if (pending->link != ROW_NONE) {
            links_consume(&view->links, &view->ids, pending->link, request);
        }
    }
    instance->pending_count = count;
}

void pending_settle_failures(struct view *view, struct instance *instance)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->failure_count; i++) {
        struct failure failure = instance->failures[i];
        uint32_t row = window_find(view, instance, failure.time_ns, failure.time_ns);
        if (row == ROW_NONE) {
            instance->failures[count++] = failure;
            continue;
        }
        struct told told;
        invocations_untold(&told);
        told.status = ENDED_ERROR;
        told.error_type = text_get(&view->texts, failure.error_type);
        invocations_merge(&view->invocations.rows[row], &view->texts, &told);
        derive_touch_invocation(view, row);
    }
    instance->failure_count = count;
}

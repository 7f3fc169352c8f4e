/* SPDX-License-Identifier: Apache-2.0 */
#include "model/place.h"
#include "model/rollups.h"

#include "base/ensure.h"

static void id_leave(struct view *view, uint32_t id)
{
    struct id_row *row = &view->ids.rows[id];
    if (row->minute_ns == UNKNOWN_NS) {
        return;
    }
    struct minute *minute = minutes_get(&view->minutes, row->minute_ns);
    ENSURE(minute != NULL);
    if (row->minute_previous != ROW_NONE) {
        view->ids.rows[row->minute_previous].minute_next = row->minute_next;
    } else {
        minute->ids = row->minute_next;
    }
    if (row->minute_next != ROW_NONE) {
        view->ids.rows[row->minute_next].minute_previous = row->minute_previous;
    }
    row->minute_ns = UNKNOWN_NS;
    minute->weight--;
}

static void id_enter(struct view *view, uint32_t id, int64_t minute_ns)
{
    struct id_row *row = &view->ids.rows[id];
    if (row->minute_ns == minute_ns) {
        return;
    }
    id_leave(view, id);
    struct minute *minute = minutes_make(&view->minutes, minute_ns);
    if (minute == NULL) {
        view->counters.refused_full++;
        return;
    }
    row->minute_ns = minute_ns;
    row->minute_previous = ROW_NONE;
    row->minute_next = minute->ids;
    if (minute->ids != ROW_NONE) {
        view->ids.rows[minute->ids].minute_previous = id;
    }
    minute->ids = id;
    minute->weight++;
}

void place_id(struct view *view, uint32_t id, int64_t start_ns, int64_t end_ns)
{
    struct id_row *row = &view->ids.rows[id];
    if (start_ns <= 0) {
        return;
    }
    if (row->end_ns < end_ns) {
        row->end_ns = end_ns;
    }
    if (row->start_ns == UNKNOWN_NS || start_ns < row->start_ns) {
        row->start_ns = start_ns;
        id_enter(view, id, rollup_minute(start_ns));
    }
}

void place_remove(struct view *view, uint32_t invocation)
{
    struct invocation *row = &view->invocations.rows[invocation];
    if (!row->placed) {
        return;
    }
    struct minute *minute = minutes_get(&view->minutes, rollup_minute(row->placed_ns));
    ENSURE(minute != NULL);
    if (row->minute_previous != ROW_NONE) {
        view->invocations.rows[row->minute_previous].minute_next = row->minute_next;
    } else {
        minute->invocations = row->minute_next;
    }
    if (row->minute_next != ROW_NONE) {
        view->invocations.rows[row->minute_next].minute_previous = row->minute_previous;
    }
    row->placed = false;
    minute->weight--;
}

void place_invocation(struct view *view, uint32_t invocation, int64_t placed_ns)
{
    struct invocation *row = &view->invocations.rows[invocation];
    if (row->placed && row->placed_ns == placed_ns) {
        return;
    }
    place_remove(view, invocation);
    row->placed_ns = placed_ns;
    struct minute *minute = minutes_make(&view->minutes, rollup_minute(placed_ns));
    if (minute == NULL) {
        view->counters.refused_full++;
        return;
    }
    row->minute_previous = ROW_NONE;
    row->minute_next = minute->invocations;
    if (minute->invocations != ROW_NONE) {
        view->invocations.rows[minute->invocations].minute_previous = invocation;
    }
    minute->invocations = invocation;
    minute->weight++;
    row->placed = true;
}

void place_all(struct view *view)
{
    minutes_reset(&view->minutes);
    for (uint32_t i = 0; i < view->ids.count; i++) {
        if (view->ids.rows[i].start_ns != UNKNOWN_NS) {
            id_enter(view, i, rollup_minute(view->ids.rows[i].start_ns));
        }
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        view->invocations.rows[i].placed = false;
        if (!view->invocations.rows[i].dead) {
            place_invocation(view, i, view->invocations.rows[i].placed_ns);
        }
    }
}

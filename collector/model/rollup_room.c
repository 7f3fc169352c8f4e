/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rollup_room.h"
#include "model/model_limits.h"
#include "model/room.h"

#include "base/ensure.h"

#include <stdlib.h>

static bool rollups_full(const struct view *view, uint32_t sixteenths)
{
    return view->rollups.count > (uint64_t)view->rollup_count_max * sixteenths / 16 ||
           view->rollups.entries > (uint64_t)ROLLUP_ENTRY_COUNT_MAX * sixteenths / 16;
}

static int compare_times(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;
    return a < b ? -1 : a > b ? 1 : 0;
}

/* The start of the row below which one of so many parts of those lie that begin at or after a time;
 * INT64_MIN when there is none. */
static int64_t start_at_part(const struct view *view, int64_t from_ns, int64_t to_ns,
                             uint32_t parts)
{
    int64_t *starts = calloc((size_t)view->rollups.count + 1, sizeof(starts[0]));
    ENSURE(starts != NULL); /* Without memory for a list there is none for anything. */
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->functions.count; i++) {
        const struct sorted *sorted = &view->functions.rows[i].rollups.sorted;
        struct sorted_at at = sorted_lower(sorted, (struct sorted_key){.time_ns = from_ns});
        for (const struct rollup *row;
             (row = sorted_row(sorted, at)) != NULL && row->key.time_ns < to_ns;
             at = sorted_after(sorted, at)) {
            ENSURE(count < view->rollups.count);
            starts[count++] = row->key.time_ns;
        }
    }
    qsort(starts, count, sizeof(starts[0]), compare_times);
    int64_t start_ns = count > 0 ? starts[count / parts] : INT64_MIN;
    free(starts);
    return start_ns;
}

static void coarsen(struct view *view)
{
    for (uint32_t i = 0; i < view->functions.count; i++) {
        rollup_line_coarsen(&view->functions.rows[i].rollups, &view->rollups);
    }
}

/* The first whole hour, or day, after a time. */
static int64_t whole_after(int64_t time_ns, int64_t grain_ns)
{
    return (time_ns / grain_ns + 1) * grain_ns;
}

static void minutes_to_hours(struct view *view)
{
    struct rollups *rollups = &view->rollups;
    int64_t middle_ns = start_at_part(view, rollups->hours_before_ns, INT64_MAX, 2);
    if (middle_ns == INT64_MIN) {
        return; /* There are none. */
    }
    int64_t last_ns = view->now_ns - ROLLUP_MINUTES_NS;
    int64_t before_ns = whole_after(middle_ns < last_ns ? middle_ns : last_ns, ROLLUP_HOUR_NS);
    if (before_ns > rollups->hours_before_ns) {
        rollups->hours_before_ns = before_ns;
        coarsen(view);
    }
}

static void hours_to_days(struct view *view)
{
    struct rollups *rollups = &view->rollups;
    int64_t middle_ns = start_at_part(view, rollups->days_before_ns, rollups->hours_before_ns, 2);
    if (middle_ns == INT64_MIN) {
        return;
    }
    int64_t before_ns = whole_after(middle_ns, ROLLUP_DAY_NS);
    if (before_ns > rollups->hours_before_ns) {
        before_ns -= ROLLUP_DAY_NS; /* Of the day in which hours become minutes, hours stay. */
    }
    if (before_ns > rollups->days_before_ns) {
        rollups->days_before_ns = before_ns;
        coarsen(view);
    }
}

static void forget_before(struct view *view, int64_t before_ns)
{
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct contribution *put = &view->invocations.rows[i].put;
        put->present = put->present && rollup_start(&view->rollups, put->minute_ns) >= before_ns;
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        struct instance *instance = &view->instances.rows[i];
        for (uint32_t k = 0; k < instance->init_count; k++) {
            struct contribution *put = &instance->inits[k].put;
            put->present =
                put->present && rollup_start(&view->rollups, put->minute_ns) >= before_ns;
        }
    }
    for (uint32_t i = 0; i < view->functions.count; i++) {
        int64_t first_ns, end_ns;
        if (view_rollup_range(view, i, &first_ns, &end_ns) && first_ns < before_ns) {
            room_refuse(view, first_ns);
            room_refuse(view, before_ns - MINUTE_NS);
        }
        rollup_line_cut(&view->functions.rows[i].rollups, before_ns, &view->rollups);
    }
    view->counts_from_ns = before_ns;
}

static void forget_counts(struct view *view)
{
    int64_t first_ns = start_at_part(view, INT64_MIN, INT64_MAX, 4);
    if (first_ns != INT64_MIN) {
        forget_before(view, first_ns + rollup_grain(&view->rollups, first_ns));
    }
}

void rollup_room_make(struct view *view)
{
    if (!rollups_full(view, 15)) {
        return;
    }
    minutes_to_hours(view);
    if (rollups_full(view, 12)) {
        hours_to_days(view);
    }
    if (rollups_full(view, 15)) {
        forget_counts(view);
    }
}

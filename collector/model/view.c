/* SPDX-License-Identifier: Apache-2.0 */
#include "model/view.h"
#include "model/apply.h"
#include "model/derive.h"
#include "model/forget.h"
#include "model/model_limits.h"
#include "model/room.h"
#include "model/view_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct view *view_create(const struct hash_key *key)
{
    struct view *view = calloc(1, sizeof(*view));
    if (view == NULL) {
        return NULL;
    }
    if (!text_init(&view->texts, key)) {
        goto free_view;
    }
    pthread_rwlockattr_t attributes;
    ENSURE(pthread_rwlockattr_init(&attributes) == 0);
    /* Readers come all the time; the writer must not wait for a moment without any. */
    ENSURE(pthread_rwlockattr_setkind_np(&attributes,
                                         PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    ENSURE(pthread_rwlock_init(&view->lock, &attributes) == 0);
    ENSURE(pthread_rwlockattr_destroy(&attributes) == 0);
    functions_init(&view->functions, key);
    instances_init(&view->instances, key);
    invocations_init(&view->invocations, key);
    ids_init(&view->ids, key);
    links_init(&view->links, key);
    minutes_init(&view->minutes);
    hash_bulk_init(&view->bulk, key);
    repeats_init(&view->lines, REPEAT_COUNT_MAX);
    repeats_init(&view->left, LEFT_COUNT_MAX);
    view->invocation_count_max = INVOCATION_COUNT_MAX;
    view->instance_count_max = INSTANCE_COUNT_MAX;
    view->function_count_max = FUNCTION_COUNT_MAX;
    view->rollup_count_max = ROLLUP_COUNT_MAX;
    view->counts_from_ns = INT64_MIN;
    view->rollups.hours_before_ns = INT64_MIN;
    view->rollups.days_before_ns = INT64_MIN;
    view->counts_lost = view->invocations_lost = (struct lost_span){INT64_MAX, INT64_MIN};
    return view;

free_view:
    free(view);
    return NULL;
}

void view_free(struct view *view)
{
    if (view == NULL) {
        return;
    }
    free(view->known);
    repeats_fini(&view->left);
    repeats_fini(&view->lines);
    minutes_fini(&view->minutes);
    links_fini(&view->links);
    ids_fini(&view->ids);
    invocations_fini(&view->invocations);
    instances_fini(&view->instances);
    functions_fini(&view->functions);
    text_fini(&view->texts);
    free(view->touched_instances.rows);
    free(view->touched_invocations.rows);
    ENSURE(pthread_rwlock_destroy(&view->lock) == 0);
    free(view);
}

void view_limit(struct view *view, uint32_t invocation_count_max, uint32_t id_count_max)
{
    ENSURE(invocation_count_max <= INVOCATION_COUNT_MAX && id_count_max <= ID_COUNT_MAX);
    ENSURE(view->ids.count == 0);
    view->invocation_count_max = invocation_count_max;
    view->ids.count_max = id_count_max;
}

void view_limit_rows(struct view *view, uint32_t function_count_max, uint32_t instance_count_max,
                     uint32_t rollup_count_max)
{
    ENSURE(function_count_max <= FUNCTION_COUNT_MAX && instance_count_max <= INSTANCE_COUNT_MAX);
    ENSURE(rollup_count_max <= ROLLUP_COUNT_MAX && view->ids.count == 0);
    view->function_count_max = function_count_max;
    view->instance_count_max = instance_count_max;
    view->rollup_count_max = rollup_count_max;
}

void view_partial(struct view *view)
{
    ENSURE(view->ids.count == 0);
    view->partial = true;
}

void view_read_begin(struct view *view)
{
    ENSURE(pthread_rwlock_rdlock(&view->lock) == 0);
}

void view_read_end(struct view *view)
{
    ENSURE(pthread_rwlock_unlock(&view->lock) == 0);
}

void view_write_begin(struct view *view)
{
    ENSURE(pthread_rwlock_wrlock(&view->lock) == 0);
}

void view_write_end(struct view *view)
{
    ENSURE(pthread_rwlock_unlock(&view->lock) == 0);
}

static void move_time(struct view *view, uint64_t now_ns)
{
    if (now_ns <= INT64_MAX && (int64_t)now_ns > view->now_ns) {
        view->now_ns = (int64_t)now_ns;
    }
}

void view_forget(struct view *view, uint32_t segment_last)
{
    view_write_begin(view);
    struct forget forget = forget_begin(view);
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        const struct invocation *row = &view->invocations.rows[i];
        forget.invocations[i] = !row->dead && row->segment_last > segment_last;
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        forget.instances[i] = view->instances.rows[i].segment_last > segment_last;
    }
    for (uint32_t i = 0; i < view->ids.count; i++) {
        forget.ids[i] = view->ids.rows[i].segment_last > segment_last;
    }
    forget_apply(view, &forget, segment_last);
    forget_end(&forget);
    view_write_end(view);
}

/* ---- Taking in. ---- */

void view_apply(struct view *view, const struct view_frame *frame, const struct batch *batch)
{
    view_write_begin(view);
    move_time(view, frame->arrival_ns);
    room_make(view);
    apply_batch(view, frame, batch);
    derive_settle(view);
    view_write_end(view);
}

void view_tick(struct view *view, uint64_t now_ns)
{
    view_write_begin(view);
    move_time(view, now_ns);
    derive_overdue(view);
    view_write_end(view);
}

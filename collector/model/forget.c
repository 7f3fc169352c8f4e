/* SPDX-License-Identifier: Apache-2.0 */
#include "model/forget.h"
#include "model/derive.h"
#include "model/place.h"
#include "model/rollups.h"

#include "base/ensure.h"

#include <stdlib.h>

static void *rows_of(uint32_t count, size_t size)
{
    void *rows = calloc((size_t)count + 1, size);
    ENSURE(rows != NULL); /* Replay comes back without what is to be forgotten. */
    return rows;
}

struct forget forget_begin(const struct view *view)
{
    return (struct forget){
        .invocations = rows_of(view->invocations.count, sizeof(bool)),
        .instances = rows_of(view->instances.count, sizeof(bool)),
        .ids = rows_of(view->ids.count, sizeof(bool)),
        .invocations_moved = rows_of(view->invocations.count, sizeof(uint32_t)),
        .instances_moved = rows_of(view->instances.count, sizeof(uint32_t)),
        .ids_moved = rows_of(view->ids.count, sizeof(uint32_t)),
    };
}

void forget_end(struct forget *forget)
{
    free(forget->invocations);
    free(forget->instances);
    free(forget->ids);
    free(forget->invocations_moved);
    free(forget->instances_moved);
    free(forget->ids_moved);
}

static void move_pending(struct instance *instance, const struct forget *forget)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        struct pending moved = instance->pending[i];
        moved.id = forget->ids_moved[moved.id];
        moved.link = ROW_NONE; /* Links are renumbered; this one stays with its trace. */
        if (moved.id != ROW_NONE) {
            instance->pending[count++] = moved;
        }
    }
    instance->pending_count = count;
}

static void move_instance(struct instance *instance, const struct forget *forget)
{
    for (uint32_t i = 0; i < instance->invocation_count; i++) {
        instance->invocations[i] = forget->invocations_moved[instance->invocations[i]];
        ENSURE(instance->invocations[i] != ROW_NONE);
    }
    for (uint32_t i = 0; i < instance->init_count; i++) {
        struct init *init = &instance->inits[i];
        if (init->invocation != ROW_NONE) {
            init->invocation = forget->invocations_moved[init->invocation];
        }
    }
    move_pending(instance, forget);
}

void forget_apply(struct view *view, struct forget *forget, uint32_t segment_last)
{
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        if (!forget->invocations[i] && !view->invocations.rows[i].dead) {
            derive_retract(view, i);
        }
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        if (!forget->instances[i]) {
            derive_retract_inits(view, i);
        }
    }
    view->generation++;
    instances_compact(&view->instances, &view->functions, forget->instances,
                      forget->instances_moved);
    ids_compact(&view->ids, forget->ids, forget->ids_moved);
    invocations_compact(&view->invocations, forget->invocations, forget->invocations_moved,
                        forget->instances_moved, forget->ids_moved);
    links_compact(&view->links, &view->ids, forget->ids_moved, segment_last);
    for (uint32_t i = 0; i < view->instances.count; i++) {
        move_instance(&view->instances.rows[i], forget);
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct id_row *request = &view->ids.rows[view->invocations.rows[i].request];
        view->invocations.rows[i].request_next = request->invocations;
        request->invocations = i;
    }
    place_all(view);
    for (uint32_t i = 0; i < view->functions.count; i++) {
        rollup_line_compact(&view->functions.rows[i].rollups, segment_last, &view->rollups);
    }
}

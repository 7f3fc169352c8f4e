/* SPDX-License-Identifier: Apache-2.0 */
#include "model/count.h"
#include "model/load.h"
#include "model/place.h"
#include "model/window.h"

#include <stdlib.h>
#include <string.h>

/* ---- The invocations of each instance, by start. ---- */

/* How many of each there are, and room for them. */
static void reserve_lists(struct load *load)
{
    struct view *view = load->view;
    uint32_t *counts = calloc((size_t)view->instances.count + 1, sizeof(counts[0]));
    if (counts == NULL) {
        load_full(load);
        return;
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        const struct invocation *row = &view->invocations.rows[i];
        counts[row->instance] += !row->dead && row->listed_ns != UNKNOWN_NS ? 1 : 0;
    }
    for (uint32_t i = 0; i < view->instances.count && load_ok(load); i++) {
        struct instance *instance = &view->instances.rows[i];
        load_check(
            load, counts[i] <= INSTANCE_INVOCATION_COUNT_MAX && (counts[i] == 0 || !instance->pool),
            "an instance has too many invocations");
        instance->invocations = load_rows(load, counts[i], &instance->invocation_capacity,
                                          sizeof(instance->invocations[0]));
    }
    free(counts);
}

static void fill_lists(struct load *load)
{
    struct view *view = load->view;
    reserve_lists(load);
    for (uint32_t i = 0; i < view->invocations.count && load_ok(load); i++) {
        const struct invocation *row = &view->invocations.rows[i];
        if (!row->dead && row->listed_ns != UNKNOWN_NS) {
            struct instance *instance = &view->instances.rows[row->instance];
            instance->invocations[instance->invocation_count++] = i;
        }
    }
    for (uint32_t i = 0; i < view->instances.count && load_ok(load); i++) {
        if (!window_sort(view, &view->instances.rows[i])) {
            load_full(load);
        }
    }
}

/* ---- Counts: what rows have put in must be in the sums. ---- */

typedef bool put_visit(struct view *view, const struct contribution *put);

static bool each_put(struct view *view, put_visit *visit)
{
    bool good = true;
    for (uint32_t i = 0; good && i < view->invocations.count; i++) {
        const struct invocation *row = &view->invocations.rows[i];
        good = row->dead || !row->put.present || visit(view, &row->put);
    }
    for (uint32_t i = 0; good && i < view->instances.count; i++) {
        const struct instance *instance = &view->instances.rows[i];
        for (uint32_t k = 0; good && k < instance->init_count; k++) {
            const struct contribution *put = &instance->inits[k].put;
            good = !put->present || visit(view, put);
        }
    }
    return good;
}

static bool take_out(struct view *view, const struct contribution *put)
{
    return rollup_line_take(&view->functions.rows[put->function].rollups, put, &view->rollups);
}

static bool put_in(struct view *view, const struct contribution *put)
{
    return rollup_line_add(&view->functions.rows[put->function].rollups, put, &view->rollups);
}

/* Whether the rest is what those counted that were forgotten. */
static bool rests_agree(const struct view *view)
{
    for (uint32_t i = 0; i < view->functions.count; i++) {
        const struct sorted *sorted = &view->functions.rows[i].rollups.sorted;
        struct sorted_at at = {0, 0};
        for (const struct rollup *row; (row = sorted_row(sorted, at)) != NULL;
             at = sorted_after(sorted, at)) {
            if (row->facts.invocations + row->facts.proactive != row->left) {
                return false;
            }
        }
    }
    return true;
}

/* What rows count follows from them, where nothing else was told. */
static void derive_puts(struct load *load)
{
    struct view *view = load->view;
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct invocation *row = &view->invocations.rows[i];
        if (row->touched) {
            row->touched = false;
            row->put = count_contribution(view, row);
            row->put.present = true;
        }
    }
}

static void check_counts(struct load *load)
{
    struct view *view = load->view;
    load_check(load, each_put(view, take_out) && rests_agree(view), "counts do not agree");
    if (load_ok(load) && !each_put(view, put_in)) {
        load_full(load);
    }
}

void load_settle(struct load *load)
{
    if (!load_ok(load)) {
        return;
    }
    fill_lists(load);
    if (load_ok(load)) {
        derive_puts(load);
        check_counts(load);
    }
    if (load_ok(load)) {
        place_all(load->view);
    }
}

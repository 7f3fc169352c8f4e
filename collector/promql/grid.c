/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/grid.h"

void grid_clear(struct grid_row *row, size_t step)
{
    row->values[step] = sample_stale();
    if (row->histograms != NULL) {
        row->histograms[step] = NULL;
    }
}

bool grid_row_init(struct grid_row *row, struct arena *arena, size_t steps)
{
    *row = (struct grid_row){0};
    row->values = arena_alloc_array(arena, steps, sizeof(*row->values));
    if (row->values == NULL) {
        return false;
    }
    for (size_t i = 0; i < steps; i++) {
        row->values[i] = sample_stale();
    }
    return true;
}

bool grid_init(struct grid *grid, struct arena *arena, size_t count, size_t steps)
{
    *grid = (struct grid){.count = count, .steps = steps};
    if (count == 0) {
        return true;
    }
    grid->rows = arena_alloc_array(arena, count, sizeof(*grid->rows));
    for (size_t i = 0; i < count && grid->rows != NULL; i++) {
        if (!grid_row_init(&grid->rows[i], arena, steps)) {
            return false;
        }
    }
    return grid->rows != NULL;
}

bool grid_put_histogram(struct grid_row *row, struct arena *arena, size_t step, size_t steps,
                        const struct native_histogram *histogram)
{
    if (row->histograms == NULL) {
        row->histograms = arena_alloc_array(arena, steps, sizeof(*row->histograms));
        if (row->histograms == NULL) {
            return false;
        }
    }
    row->histograms[step] = histogram;
    row->values[step] = sample_stale();
    return true;
}

void grid_drop_histograms(struct grid *grid)
{
    for (size_t i = 0; i < grid->count; i++) {
        grid->rows[i].histograms = NULL;
    }
}

void grid_drop_empty(struct grid *grid)
{
    size_t kept = 0;
    for (size_t i = 0; i < grid->count; i++) {
        size_t step = 0;
        while (step < grid->steps && !grid_has(&grid->rows[i], step)) {
            step++;
        }
        if (step < grid->steps) {
            grid->rows[kept++] = grid->rows[i];
        }
    }
    grid->count = kept;
}

bool grid_drop_names(struct grid *grid, struct arena *arena)
{
    for (size_t i = 0; i < grid->count; i++) {
        struct label_set *labels = &grid->rows[i].labels;
        if (!grid_without_name(labels, arena, labels)) {
            return false;
        }
    }
    return true;
}

/* --- labels ----------------------------------------------------------------------------------- */

bool grid_without_name(const struct label_set *labels, struct arena *arena,
                       struct label_set *without)
{
    size_t at = 0;
    while (at < labels->count && !slice_equal(labels->items[at].name, LABEL_NAME)) {
        at++;
    }
    if (at == labels->count) {
        *without = *labels;
    } else if (at == 0) {
        *without = (struct label_set){labels->items + 1, labels->count - 1};
    } else {
        size_t count = labels->count - 1;
        struct label *items = arena_alloc_array(arena, count, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        memcpy(items, labels->items, at * sizeof(*items));
        memcpy(items + at, labels->items + at + 1, (count - at) * sizeof(*items));
        *without = (struct label_set){items, count};
    }
    return true;
}

struct label_set grid_keep(const struct label_set *labels, const struct node_labels *names,
                           struct label *items)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < names->count; i++) {
        while (at < labels->count && slice_compare(labels->items[at].name, names->names[i]) < 0) {
            at++;
        }
        if (at < labels->count && slice_equal(labels->items[at].name, names->names[i])) {
            items[count++] = labels->items[at++];
        }
    }
    return (struct label_set){items, count};
}

struct label_set grid_leave(const struct label_set *labels, const struct node_labels *names,
                            bool with_name, struct label *items)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < labels->count; i++) {
        while (at < names->count && slice_compare(names->names[at], labels->items[i].name) < 0) {
            at++;
        }
        bool named = at < names->count && slice_equal(names->names[at], labels->items[i].name);
        if (!named && (with_name || !slice_equal(labels->items[i].name, LABEL_NAME))) {
            items[count++] = labels->items[i];
        }
    }
    return (struct label_set){items, count};
}

bool grid_with_label(const struct label_set *labels, struct arena *arena, const struct label *label,
                     struct label_set *with)
{
    struct label *items = arena_alloc_array(arena, labels->count + 1, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    size_t count = 0, at = 0;
    while (at < labels->count && slice_compare(labels->items[at].name, label->name) < 0) {
        items[count++] = labels->items[at++];
    }
    if (label->value.size > 0) {
        items[count++] = *label;
    }
    if (at < labels->count && slice_equal(labels->items[at].name, label->name)) {
        at++;
    }
    while (at < labels->count) {
        items[count++] = labels->items[at++];
    }
    *with = (struct label_set){items, count};
    return true;
}

size_t grid_label_count_max(const struct grid *grid)
{
    size_t most = 1;
    for (size_t i = 0; i < grid->count; i++) {
        most = grid->rows[i].labels.count > most ? grid->rows[i].labels.count : most;
    }
    return most;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/near.h"
#include "model/reach.h"
#include "model/view_private.h"

struct near {
    const struct view *view;
    struct reach reach; /* Of other ends of links. */
    near_visit *visit;
    void *context;
    bool cut;
};

static void visit_row(struct near *near, uint32_t id)
{
    near->visit(near->context, near->view->ids.rows[id].id);
}

static void visit_edges(struct near *near, const struct id_row *row)
{
    const struct ids *ids = &near->view->ids;
    for (uint32_t i = row->request_edges; i != ROW_NONE; i = ids->edges[i].request_next) {
        visit_row(near, ids->edges[i].other);
    }
    for (uint32_t i = row->other_edges; i != ROW_NONE; i = ids->edges[i].other_next) {
        visit_row(near, ids->edges[i].request);
    }
}

/* The group at the other end of a link, once for all of its ids. */
static void visit_group(struct near *near, uint32_t id)
{
    if (reach_find(&near->reach, id) != ROW_NONE) {
        return;
    }
    uint32_t first = near->reach.id_count;
    reach_group(near->view, &near->reach, id, 0);
    near->cut = near->cut || near->reach.cut;
    for (uint32_t i = first; i < near->reach.id_count; i++) {
        visit_row(near, near->reach.ids[i]);
    }
}

static void visit_links(struct near *near, const struct id_row *row)
{
    const struct link *links = near->view->links.rows;
    for (uint32_t i = row->target_links; i != ROW_NONE && !near->cut; i = links[i].target_next) {
        visit_group(near, links[i].consumer);
    }
    for (uint32_t i = row->consumer_links; i != ROW_NONE && !near->cut;
         i = links[i].consumer_next) {
        visit_group(near, links[i].target);
    }
}

bool near_each(const struct view *view, const struct members *members, near_visit *visit,
               void *context)
{
    struct near near = {.view = view, .visit = visit, .context = context};
    reach_init(&near.reach);
    for (uint32_t i = 0; i < members->id_count; i++) {
        uint32_t row = ids_find(&view->ids, members->ids[i].id);
        if (row != ROW_NONE) {
            visit_row(&near, row);
            visit_edges(&near, &view->ids.rows[row]);
            visit_links(&near, &view->ids.rows[row]);
        }
    }
    reach_fini(&near.reach);
    return !near.cut;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/load.h"

#include <string.h>

/* Functions, their rollups, ids, edges and links. */

static struct identity load_identity(struct load *load)
{
    struct identity identity;
    identity.account = load_text(load);
    identity.region = load_text(load);
    identity.name = load_text(load);
    identity.version = load_text(load);
    return identity;
}

static void load_function(struct load *load, struct function *function)
{
    int64_t now_ns = load->view->now_ns;
    uint64_t flags = load_most(load, 31);
    *function = (struct function){
        .bare = (flags & FUNCTION_BARE) != 0,
        .made_up = (flags & FUNCTION_MADE_UP) != 0,
        .vacant = (flags & FUNCTION_VACANT) != 0,
        .sources = (uint8_t)(flags >> FUNCTION_SOURCES_SHIFT),
        .instances = ROW_NONE,
    };
    rollup_line_init(&function->rollups);
    function->identity = load_identity(load);
    function->provider = load_text(load);
    function->platform = load_text(load);
    function->runtime = load_text(load);
    function->arch = load_text(load);
    function->agent_version = load_text(load);
    function->environment = load_text(load);
    function->told_epoch = load_number(load);
    function->application = load_text(load);
    function->application_epoch = load_number(load);
    function->memory_mb = load_amount(load, MEMORY_MB_MAX);
    function->memory_epoch = load_number(load);
    function->timeout_ns = load_time(load, 0);
    function->timeout_start_ns = load_time(load, now_ns);
    function->reported_memory_mb = load_amount(load, MEMORY_MB_MAX);
    function->reported_start_ns = load_time(load, now_ns);
    function->first_seen_ns = load_time(load, now_ns);
    function->last_seen_ns = load_time(load, now_ns);
    function->left_ns = load_time(load, now_ns);
    function->left_before_ns = load_time(load, now_ns);
    function->counts_from_ns = load_time(load, now_ns);
}

/* The rows of forgotten functions, in the order in which they are used again. */
static void load_vacant(struct load *load)
{
    struct functions *functions = &load->view->functions;
    uint32_t *at = &functions->vacant;
    uint32_t vacant = 0;
    for (uint32_t i = 0; i < functions->count; i++) {
        vacant += functions->rows[i].vacant ? 1 : 0;
        functions->rows[i].vacant_next = i; /* It is in no list yet. */
    }
    for (;;) {
        uint32_t row = load_row_or_none(load, functions->count);
        if (row == ROW_NONE) {
            break;
        }
        struct function *function = &functions->rows[row];
        if (!function->vacant || function->vacant_next != row) {
            load_bad(load, "a list has rows that are not its own");
            break;
        }
        *at = row;
        at = &function->vacant_next;
        *at = ROW_NONE;
        functions->vacant_count++;
    }
    *at = ROW_NONE;
    load_check(load, functions->vacant_count == vacant, "a list is too short");
}

void load_functions(struct load *load)
{
    struct functions *functions = &load->view->functions;
    functions->rows =
        load_rows(load, load->functions, &functions->capacity, sizeof(functions->rows[0]));
    while (functions->count < load->functions && load_ok(load)) {
        load_function(load, &functions->rows[functions->count]);
        if (!functions_list(functions, functions->count)) {
            load_full(load);
        }
        functions->count++;
    }
    load_vacant(load);
}

/* ---- Rollups. ---- */

static void load_histogram(struct load *load, struct histogram *histogram)
{
    uint32_t count = load_count(load, HISTOGRAM_BUCKET_COUNT);
    uint64_t bucket = 0;
    if (count > 0 && !histogram_reserve(histogram, (uint16_t)count)) {
        load_full(load);
    }
    for (uint32_t i = 0; i < count && load_ok(load); i++) {
        uint64_t step = load_most(load, HISTOGRAM_BUCKET_COUNT);
        uint32_t times = load_u32(load);
        bucket += step;
        if (bucket >= HISTOGRAM_BUCKET_COUNT || (i > 0 && step == 0) || times == 0) {
            load_bad(load, "a distribution is wrong");
            return;
        }
        histogram->entries[histogram->count++] = (struct histogram_entry){(uint16_t)bucket, times};
    }
}

#define LOAD_ROLLUP_FACT(name) row->facts.name = load_number(load);

static void load_rollup(struct load *load, struct rollup *row)
{
    ROLLUP_SUMS(LOAD_ROLLUP_FACT)
    row->facts.max_memory_mb = load_amount(load, UINT32_MAX);
    row->left = load_number(load);
    row->left_segment = load_u32(load);
    load_histogram(load, &row->init);
    load_histogram(load, &row->handler);
    load_histogram(load, &row->wait);
    load_histogram(load, &row->reported);
}

static void load_line(struct load *load, struct function *function)
{
    struct sorted *sorted = &function->rollups.sorted;
    uint64_t count = load_count(load, ROLLUP_COUNT_MAX - load->view->rollups.count);
    int64_t minute = (int64_t)load_distance(load, 0);
    int64_t limit = LOAD_TIME_NS_MAX / MINUTE_NS;
    load_check(load, count == 0 || !function->vacant, "a forgotten function has counts");
    for (uint64_t i = 0; i < count && load_ok(load); i++) {
        minute += (int64_t)load_most(load, (uint64_t)limit);
        uint32_t trigger = load_text(load);
        uint32_t least = load_text(load);
        least |= load_most(load, 1) == 1 ? ROLLUP_PROVISIONED : 0;
        if (minute < -limit || minute > limit) {
            load_bad(load, "a time is out of all time");
            return;
        }
        struct sorted_key key = {.time_ns = minute * MINUTE_NS, .minor = trigger, .least = least};
        load_check(load, rollup_start(&load->view->rollups, key.time_ns) == key.time_ns,
                   "a count begins within an hour or a day");
        bool last = sorted_row(sorted, sorted_lower(sorted, key)) == NULL;
        bool fresh = false;
        struct rollup *row = load_ok(load) && last ? sorted_make(sorted, key, &fresh) : NULL;
        if (row == NULL) {
            load_check(load, last, "counts are in no order");
            load_full(load);
            return;
        }
        load->view->rollups.count++;
        rollup_line_settle(&function->rollups, key.time_ns, &load->view->rollups);
        load_rollup(load, row);
        load->view->rollups.entries += rollup_entries(row);
    }
}

void load_rollups(struct load *load)
{
    struct functions *functions = &load->view->functions;
    for (uint32_t i = 0; i < functions->count && load_ok(load); i++) {
        load_line(load, &functions->rows[i]);
    }
}

/* ---- Ids, edges, links. ---- */

static void load_id(struct load *load, struct id_row *row, struct id_row *before)
{
    unsigned has = load_byte(load);
    *row = (struct id_row){
        .request_edges = ROW_NONE,
        .other_edges = ROW_NONE,
        .invocations = ROW_NONE,
        .target_links = ROW_NONE,
        .consumer_links = ROW_NONE,
        .minute_previous = ROW_NONE,
        .minute_next = ROW_NONE,
        .minute_ns = UNKNOWN_NS,
        .start_ns = UNKNOWN_NS,
        .end_ns = UNKNOWN_NS,
    };
    load_copy(load, &row->id, sizeof(row->id));
    row->segment_last = before->segment_last = load_u32_near(load, before->segment_last);
    if ((has & ID_TIMED) != 0) {
        row->start_ns = before->start_ns = load_time_known(load, before->start_ns);
        row->end_ns = load_time(load, row->start_ns);
    }
    row->spans = (has & ID_SPANS) != 0 ? load_u32(load) : 0;
    row->errors = (has & ID_ERRORS) != 0 ? load_u32(load) : 0;
    row->logs = (has & ID_LOGS) != 0 ? load_u32(load) : 0;
    row->logs_agent = (has & ID_LOGS_AGENT) != 0 ? load_u32(load) : 0;
    row->logs_stream = (has & ID_LOGS_STREAM) != 0 ? load_u32(load) : 0;
    row->service = (has & ID_SERVICE) != 0 ? load_text(load) : TEXT_EMPTY;
}

static void load_edges(struct load *load)
{
    struct ids *ids = &load->view->ids;
    const unsigned all = EDGE_OWN | EDGE_SEEN | EDGE_FOREIGN | EDGE_ROOT | EDGE_TIMED;
    uint32_t request = 0;
    ids->edges = load_rows(load, load->edges, &ids->edge_capacity, sizeof(ids->edges[0]));
    for (uint32_t i = 0; i < load->edges && load_ok(load); i++) {
        request = load_row_near(load, request, load->ids);
        uint32_t other = load_row_near(load, request, load->ids);
        uint32_t ties = (uint32_t)load_most(load, all);
        if (load_ok(load)) {
            ids_append_edge(ids, request, other, ties);
        }
    }
}

void load_ids(struct load *load)
{
    struct ids *ids = &load->view->ids;
    struct id_row before = {.start_ns = load->view->now_ns};
    ids->rows = load_rows(load, load->ids, &ids->capacity, sizeof(ids->rows[0]));
    if (load_ok(load) && !map_reserve(&ids->map, load->ids)) {
        load_full(load);
    }
    while (ids->count < load->ids && load_ok(load)) {
        load_id(load, &ids->rows[ids->count], &before);
        if (!ids_list(ids, ids->count)) {
            load_full(load);
        }
        ids->count++;
    }
    load_edges(load);
}

static uint32_t *link_first(struct view *view, uint32_t owner)
{
    return &view->ids.rows[owner].consumer_links;
}

static uint32_t *link_next(struct view *view, uint32_t row)
{
    return &view->links.rows[row].consumer_next;
}

static uint32_t *link_previous(struct view *view, uint32_t row)
{
    return &view->links.rows[row].consumer_previous;
}

static uint32_t link_owner(const struct view *view, uint32_t row)
{
    return view->links.rows[row].consumer;
}

static struct link load_link(struct load *load, const struct link *before)
{
    struct link link = {.segment_last = 0};
    uint64_t flags = load_most(load, 7);
    link.queue = (flags & LINK_QUEUE) != 0;
    link.requested = (flags & LINK_REQUESTED) != 0;
    link.target = load_row_near(load, before->target, load->ids);
    link.consumer = load_row_near(load, before->consumer, load->ids);
    load_copy(load, &link.target_span, sizeof(link.target_span));
    load_copy(load, &link.consumer_span, sizeof(link.consumer_span));
    if ((flags & LINK_OF_TRACE) == 0) {
        load_copy(load, &link.consumer_trace, sizeof(link.consumer_trace));
    } else if (load_ok(load)) {
        link.consumer_trace = load->view->ids.rows[link.consumer].id;
    }
    link.message = load_number(load);
    link.time_ns = load_time_known(load, before->time_ns);
    link.batch = load_u32(load);
    link.segment_last = load_u32_near(load, before->segment_last);
    return link;
}

void load_links(struct load *load)
{
    struct view *view = load->view;
    struct links *links = &view->links;
    struct link before = {.time_ns = view->now_ns};
    links->rows = load_rows(load, load->links, &links->capacity, sizeof(links->rows[0]));
    for (uint32_t i = 0; i < load->links && load_ok(load); i++) {
        struct link link = load_link(load, &before);
        before = link;
        if (load_ok(load) && !links_append(links, &view->ids, &link)) {
            load_full(load);
        }
    }
    struct load_chain chain = {
        .load = load,
        .owners = load->ids,
        .rows = load->links,
        .first = link_first,
        .next = link_next,
        .previous = link_previous,
        .owner = link_owner,
    };
    load_chains(&chain);
}

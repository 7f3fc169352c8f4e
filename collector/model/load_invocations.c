/* SPDX-License-Identifier: Apache-2.0 */
#include "model/derive.h"
#include "model/load.h"

#include <stdlib.h>
#include <string.h>

/* What the row before had, which most have as well. */
struct row_before {
    uint32_t instance, request, segment;
    int64_t arrival_ns;
    uint64_t facts, of_logs;
};

#define LOAD_TIME_FACT(name)                                                                       \
    row->name =                                                                                    \
        (facts >> SAVE_BIT_##name & 1) != 0 ? load_time_known(load, row->start_ns) : UNKNOWN_NS;
#define LOAD_AMOUNT_FACT(name, max)                                                                \
    row->name = (facts >> SAVE_BIT_##name & 1) != 0 ? (int64_t)load_most(load, (uint64_t)(max))    \
                                                    : UNKNOWN_INT;
#define LOAD_TEXT_FACT(name)                                                                       \
    row->name = (facts >> SAVE_BIT_##name & 1) != 0 ? load_text(load) : TEXT_EMPTY;

static void load_facts(struct load *load, struct invocation *row, uint64_t facts)
{
    SAVE_TIMES(LOAD_TIME_FACT)
    SAVE_AMOUNTS(LOAD_AMOUNT_FACT)
    SAVE_TEXTS(LOAD_TEXT_FACT)
}

static void load_small(struct load *load, struct invocation *row)
{
    uint64_t small = load_most(load, UINT16_MAX);
    uint64_t status = small >> SMALL_STATUS_SHIFT & 7;
    uint64_t outcome = small >> SMALL_OUTCOME_SHIFT & 7;
    uint64_t cold = small >> SMALL_COLD_SHIFT & 3;
    row->state = (uint8_t)(small >> SMALL_STATE_SHIFT & 3);
    row->status = (uint8_t)status;
    row->cold_told = (int8_t)((int)cold - 1);
    row->outcome = (uint8_t)outcome;
    row->sources = (uint8_t)(small >> SMALL_SOURCES_SHIFT & 3);
    row->trace_rank = (uint8_t)(small >> SMALL_RANK_SHIFT & 3);
    row->left = (uint8_t)(small >> SMALL_LEFT_SHIFT & 3);
    load_check(load,
               status <= ENDED_TIMEOUT && outcome <= OUTCOME_END_UNKNOWN && cold < 3 &&
                   row->left < 3,
               "an invocation is in no state");
}

static void load_trace(struct load *load, struct invocation *row)
{
    const struct ids *ids = &load->view->ids;
    uint64_t kind = load_most(load, SAVE_TRACE_LOOK + 1);
    row->trace_id = row->request_id;
    if (kind == 1) {
        load_copy(load, &row->trace_id, sizeof(row->trace_id));
    }
    if (kind < 2 || !load_ok(load)) {
        return;
    }
    uint32_t edge = ids->rows[row->request].request_edges;
    for (uint64_t i = 2; edge != ROW_NONE && i < kind; i++) {
        edge = ids->edges[edge].request_next;
    }
    if (edge == ROW_NONE) {
        load_bad(load, "a trace is of no edge");
        return;
    }
    row->trace_id = ids->rows[ids->edges[edge].other].id;
}

static uint64_t load_epoch(struct load *load, const struct instance *instance)
{
    uint64_t kind = load_most(load, (uint64_t)instance->epoch_count + 1);
    if (kind == 1) {
        return load_u64(load);
    }
    return kind == 0 || !load_ok(load) ? 0 : instance->epochs[kind - 2].epoch;
}

static void load_stamps(struct load *load, struct invocation *row)
{
    const struct instance *instance = &load->view->instances.rows[row->instance];
    uint64_t states = load_most(load, 15);
    row->start_stamp.state = states & 3;
    row->status_stamp.state = states >> 2 & 3;
    row->start_stamp.epoch = load_epoch(load, instance);
    row->status_stamp.epoch = load_epoch(load, instance);
    row->start_stamp.seq = load_number(load);
    row->status_stamp.seq = load_distance(load, row->start_stamp.seq);
}

static void load_header(struct load *load, struct invocation *row, size_t usual)
{
    size_t size = load_most(load, XRAY_KEPT_SIZE_MAX - usual);
    const unsigned char *bytes = load_bytes(load, size);
    load_check(load, usual + size > 0, "a header is empty");
    if (!load_ok(load)) {
        return;
    }
    row->xray_memory = malloc(usual + size);
    if (row->xray_memory == NULL) {
        load_full(load);
        return;
    }
    if (usual > 0) {
        char text[SAVE_USUAL_SIZE + 1];
        save_usual_text(row, text);
        memcpy(row->xray_memory, text, usual);
    }
    if (size > 0) {
        memcpy(row->xray_memory + usual, bytes, size);
    }
    row->xray_header = slice_of(row->xray_memory, usual + size);
}

/* Where it is, and when it was. */
static void load_place(struct load *load, struct invocation *row, unsigned flags,
                       const struct row_before *before)
{
    row->instance = load_row_near(load, before->instance, load->instances);
    row->request = load_row_near(load, before->request, load->ids);
    if (load_ok(load)) {
        row->request_id = load->view->ids.rows[row->request].id;
    }
    row->segment_last = load_u32_near(load, before->segment);
    row->attempt_told = (uint32_t)load_most(load, ATTEMPT_MAX);
    row->attempt = (flags & ROW_FIRST) == 0 ? load_u32(load)
                   : row->attempt_told > 0  ? row->attempt_told
                                            : 1;
    row->arrival_ns = load_time_known(load, before->arrival_ns);
    row->start_ns = load_time_known(load, row->arrival_ns);
    row->start_told_ns = load_time(load, row->start_ns);
    row->placed_ns =
        (flags & ROW_PLACED) != 0 ? row->start_ns : load_time_known(load, row->start_ns);
    row->listed_ns = (flags & ROW_LISTED) != 0 ? row->start_ns : UNKNOWN_NS;
}

static void load_names(struct load *load, struct invocation *row, unsigned flags)
{
    load_trace(load, row);
    if ((flags & ROW_SPAN) != 0) {
        load_copy(load, &row->span_id, sizeof(row->span_id));
    }
    if ((flags & ROW_PARENT) != 0) {
        load_copy(load, &row->parent_span_id, sizeof(row->parent_span_id));
    }
    if ((flags & ROW_SEGMENT) != 0) {
        load_copy(load, &row->segment_id, sizeof(row->segment_id));
    }
    if ((flags & ROW_STAMPED) != 0 && load_ok(load)) {
        load_stamps(load, row);
    }
    if ((flags & ROW_HEADER) != 0) {
        load_header(load, row, (flags & ROW_HEADER_USUAL) != 0 ? SAVE_USUAL_SIZE : 0);
    }
}

static void load_invocation(struct load *load, struct invocation *row, unsigned flags,
                            struct row_before *before)
{
    row->cold = (flags & ROW_COLD) != 0;
    row->proactive = (flags & ROW_PROACTIVE) != 0;
    load_small(load, row);
    load_place(load, row, flags, before);
    if ((flags & ROW_SAME) == 0) {
        before->facts = load_most(load, (UINT64_C(1) << SAVE_BIT_COUNT) - 1);
        before->of_logs = load_number(load);
    }
    row->of_logs = before->of_logs;
    load_facts(load, row, before->facts);
    load_names(load, row, flags);
    row->put.present = (flags & ROW_PUT) != 0;
    row->touched = row->put.present; /* What it counts follows, when all is there. */
    if ((flags & ROW_PUT_OTHER) != 0) {
        load_contribution(load, &row->put);
        load_check(load, (flags & ROW_PUT) != 0 && row->put.invocation,
                   "an invocation does not count");
        row->touched = false;
    }
    *before = (struct row_before){
        .instance = row->instance,
        .request = row->request,
        .segment = row->segment_last,
        .arrival_ns = row->arrival_ns,
        .facts = before->facts,
        .of_logs = before->of_logs,
    };
}

static void load_row_of(struct load *load, uint32_t number, struct row_before *before)
{
    struct view *view = load->view;
    struct invocation *row = &view->invocations.rows[number];
    unsigned flags = (unsigned)load_most(load, UINT16_MAX);
    *row = (struct invocation){
        .request_next = number, /* It is in no list yet. */
        .minute_previous = ROW_NONE,
        .minute_next = ROW_NONE,
        .open_previous = ROW_NONE,
        .open_next = ROW_NONE,
        .placed_ns = UNKNOWN_NS,
        .listed_ns = UNKNOWN_NS,
        .dead = (flags & ROW_DEAD) != 0,
    };
    view->invocations.count++;
    if (row->dead) {
        return;
    }
    load_invocation(load, row, flags, before);
    if (!load_ok(load)) {
        return;
    }
    struct id_row *request = &view->ids.rows[row->request];
    row->request_next = request->invocations;
    request->invocations = number;
    if (!invocations_list(&view->invocations, number)) {
        load_full(load);
    }
}

/* ---- Lists. ---- */

static void load_dead(struct load *load)
{
    struct invocations *invocations = &load->view->invocations;
    uint32_t *at = &invocations->dead;
    uint32_t dead = 0;
    for (uint32_t i = 0; i < invocations->count; i++) {
        dead += invocations->rows[i].dead ? 1 : 0;
    }
    for (;;) {
        uint32_t number = load_row_or_none(load, invocations->count);
        if (number == ROW_NONE) {
            break;
        }
        struct invocation *row = &invocations->rows[number];
        if (!row->dead || row->request_next != number) {
            load_bad(load, "a list has rows that are not its own");
            break;
        }
        *at = number;
        at = &row->request_next;
        *at = ROW_NONE;
        invocations->dead_count++;
    }
    *at = ROW_NONE;
    load_check(load, invocations->dead_count == dead, "a list is too short");
}

static void load_open(struct load *load)
{
    struct invocations *invocations = &load->view->invocations;
    uint32_t *at = &invocations->open;
    uint32_t before = ROW_NONE;
    for (;;) {
        uint32_t number = load_row_or_none(load, invocations->count);
        if (number == ROW_NONE) {
            break;
        }
        struct invocation *row = &invocations->rows[number];
        if (row->dead || row->open) {
            load_bad(load, "a list has rows that are not its own");
            break;
        }
        row->open = true;
        row->open_previous = before;
        *at = before = number;
        at = &row->open_next;
    }
    *at = ROW_NONE;
}

static uint32_t *request_first(struct view *view, uint32_t owner)
{
    return &view->ids.rows[owner].invocations;
}

static uint32_t *request_next(struct view *view, uint32_t row)
{
    return view->invocations.rows[row].dead ? NULL : &view->invocations.rows[row].request_next;
}

static uint32_t request_owner(const struct view *view, uint32_t row)
{
    return view->invocations.rows[row].request;
}

void load_invocations(struct load *load)
{
    struct view *view = load->view;
    struct invocations *invocations = &view->invocations;
    struct row_before before = {.arrival_ns = view->now_ns};
    invocations->rows =
        load_rows(load, load->invocations, &invocations->capacity, sizeof(invocations->rows[0]));
    if (load_ok(load) && !map_reserve(&invocations->map, load->invocations)) {
        load_full(load);
    }
    for (uint32_t i = 0; i < load->invocations && load_ok(load); i++) {
        load_row_of(load, i, &before);
    }
    load_dead(load);
    load_open(load);
    struct load_chain chain = {
        .load = load,
        .owners = load->ids,
        .rows = load->invocations,
        .first = request_first,
        .next = request_next,
        .owner = request_owner,
    };
    load_chains(&chain);
}

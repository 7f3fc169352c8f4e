/* SPDX-License-Identifier: Apache-2.0 */
#include "model/count.h"
#include "model/derive.h"
#include "model/save.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/xray.h"

#include <string.h>

/* What the row before had, which most have as well. */
struct row_before {
    uint32_t instance, request, segment;
    int64_t arrival_ns;
    uint64_t facts, of_logs;
};

static bool same_put(const struct contribution *a, const struct contribution *b)
{
    return a->agent.held_mb_us == b->agent.held_mb_us && a->agent.held_us == b->agent.held_us &&
           a->agent.cpu_us == b->agent.cpu_us && a->agent.wire_bytes == b->agent.wire_bytes &&
           a->agent.told == b->agent.told && a->minute_ns == b->minute_ns &&
           a->function == b->function && a->trigger == b->trigger && a->alias == b->alias &&
           a->oom == b->oom && a->near_timeout == b->near_timeout && a->throttled == b->throttled &&
           a->provisioned == b->provisioned && a->billed_ms == b->billed_ms &&
           a->memory_mb == b->memory_mb && a->init_us == b->init_us &&
           a->post_handler_us == b->post_handler_us && a->rounding_us == b->rounding_us &&
           a->cold_init_us == b->cold_init_us && a->streamed_bytes == b->streamed_bytes &&
           a->streamed == b->streamed && a->retry == b->retry &&
           a->max_memory_mb == b->max_memory_mb && a->init == b->init && a->handler == b->handler &&
           a->wait == b->wait && a->reported == b->reported && a->invocation == b->invocation &&
           a->error == b->error && a->timeout == b->timeout && a->end_unknown == b->end_unknown &&
           a->cold == b->cold && a->proactive == b->proactive && a->billed == b->billed;
}

static bool put_is_plain(const struct view *view, const struct invocation *row)
{
    struct contribution plain = count_contribution(view, row);
    return same_put(&plain, &row->put);
}

#define KNOWN_BIT(name)         facts |= row->name != UNKNOWN_NS ? UINT64_C(1) << SAVE_BIT_##name : 0;
#define KNOWN_AMOUNT(name, max) KNOWN_BIT(name)
#define TEXT_BIT(name)          facts |= row->name != TEXT_EMPTY ? UINT64_C(1) << SAVE_BIT_##name : 0;

static uint64_t facts_of(const struct invocation *row)
{
    uint64_t facts = 0;
    SAVE_TIMES(KNOWN_BIT)
    SAVE_AMOUNTS(KNOWN_AMOUNT)
    SAVE_TEXTS(TEXT_BIT)
    return facts;
}

static bool id8_any(struct id8 id)
{
    static const struct id8 zero;
    return memcmp(&id, &zero, sizeof(id)) != 0;
}

static bool stamped(const struct stamp *stamp)
{
    return stamp->epoch != 0 || stamp->seq != 0 || stamp->state != 0;
}

static unsigned flags_of(const struct view *view, const struct invocation *row, bool same,
                         bool usual)
{
    bool other = row->put.present && !put_is_plain(view, row);
    uint32_t attempt = row->attempt_told > 0 ? row->attempt_told : 1;
    return (row->cold ? ROW_COLD : 0U) | (row->proactive ? ROW_PROACTIVE : 0U) |
           (row->listed_ns != UNKNOWN_NS ? ROW_LISTED : 0U) | (row->put.present ? ROW_PUT : 0U) |
           (other ? ROW_PUT_OTHER : 0U) | (row->attempt == attempt ? ROW_FIRST : 0U) |
           (row->start_ns == derive_start_ns(row) ? ROW_STARTED : 0U) |
           (row->placed_ns == row->start_ns ? ROW_PLACED : 0U) | (same ? ROW_SAME : 0U) |
           (id8_any(row->span_id) ? ROW_SPAN : 0U) |
           (id8_any(row->parent_span_id) ? ROW_PARENT : 0U) |
           (id8_any(row->segment_id) ? ROW_SEGMENT : 0U) |
           (row->xray_header.size > 0 ? ROW_HEADER : 0U) | (usual ? ROW_HEADER_USUAL : 0U) |
           (stamped(&row->start_stamp) || stamped(&row->status_stamp) ? ROW_STAMPED : 0U);
}

static unsigned small_of(const struct invocation *row)
{
    return (unsigned)row->state << SMALL_STATE_SHIFT | (unsigned)row->status << SMALL_STATUS_SHIFT |
           (unsigned)(row->cold_told + 1) << SMALL_COLD_SHIFT |
           (unsigned)row->outcome << SMALL_OUTCOME_SHIFT |
           (unsigned)row->sources << SMALL_SOURCES_SHIFT |
           (unsigned)row->trace_rank << SMALL_RANK_SHIFT | (unsigned)row->left << SMALL_LEFT_SHIFT;
}

/* A trace: 0, the request's own id; 1, any; else that of an edge of the request. */
static void save_trace(struct save *save, const struct invocation *row)
{
    const struct ids *ids = &save->view->ids;
    if (memcmp(&row->trace_id, &row->request_id, sizeof(row->trace_id)) == 0) {
        save_number(save, 0);
        return;
    }
    uint32_t edge = ids->rows[row->request].request_edges;
    for (unsigned i = 0; edge != ROW_NONE && i < SAVE_TRACE_LOOK; i++) {
        if (memcmp(&ids->rows[ids->edges[edge].other].id, &row->trace_id, sizeof(row->trace_id)) ==
            0) {
            save_number(save, i + 2U);
            return;
        }
        edge = ids->edges[edge].request_next;
    }
    save_number(save, 1);
    save_bytes(save, &row->trace_id, sizeof(row->trace_id));
}

/* An agent process: 0, none; 1, any; else that of this index of its instance. */
static void save_epoch(struct save *save, const struct instance *instance, uint64_t epoch)
{
    if (epoch == 0) {
        save_number(save, 0);
        return;
    }
    for (uint32_t i = 0; i < instance->epoch_count; i++) {
        if (instance->epochs[i].epoch == epoch) {
            save_number(save, i + 2U);
            return;
        }
    }
    save_number(save, 1);
    save_u64(save, epoch);
}

static void save_stamps(struct save *save, const struct invocation *row)
{
    const struct instance *instance = &save->view->instances.rows[row->instance];
    save_number(save, row->start_stamp.state | (unsigned)row->status_stamp.state << 2);
    save_epoch(save, instance, row->start_stamp.epoch);
    save_epoch(save, instance, row->status_stamp.epoch);
    save_number(save, row->start_stamp.seq);
    save_distance(save, row->status_stamp.seq, row->start_stamp.seq);
}

#define SAVE_TIME_FACT(name)                                                                       \
    if (row->name != UNKNOWN_NS) {                                                                 \
        save_distance(save, (uint64_t)row->name, (uint64_t)row->start_ns);                         \
    }
#define SAVE_AMOUNT_FACT(name, max)                                                                \
    if (row->name != UNKNOWN_NS) {                                                                 \
        save_number(save, (uint64_t)row->name);                                                    \
    }
#define SAVE_TEXT_FACT(name)                                                                       \
    if (row->name != TEXT_EMPTY) {                                                                 \
        save_number(save, row->name);                                                              \
    }

static void save_facts(struct save *save, const struct invocation *row)
{
    SAVE_TIMES(SAVE_TIME_FACT)
    SAVE_AMOUNTS(SAVE_AMOUNT_FACT)
    SAVE_TEXTS(SAVE_TEXT_FACT)
}

void save_usual_text(const struct invocation *row, char text[SAVE_USUAL_SIZE + 1])
{
    static const char root[] = "Root=";
    static const char parent[] = ";Parent=";
    char *at = text;
    memcpy(at, root, sizeof(root) - 1);
    at += sizeof(root) - 1;
    xray_root_format(row->trace_id.bytes, at);
    at += XRAY_ROOT_TEXT_SIZE;
    memcpy(at, parent, sizeof(parent) - 1);
    at += sizeof(parent) - 1;
    hex_encode(slice_of(row->parent_span_id.bytes, sizeof(row->parent_span_id.bytes)), at);
    text[SAVE_USUAL_SIZE] = '\0';
}

/* How much of a header is what save_usual_text() says: all of that, or nothing. */
static size_t usual_of(const struct invocation *row)
{
    char text[SAVE_USUAL_SIZE + 1];
    if (row->xray_header.size < SAVE_USUAL_SIZE) {
        return 0;
    }
    save_usual_text(row, text);
    return memcmp(row->xray_header.base, text, SAVE_USUAL_SIZE) == 0 ? SAVE_USUAL_SIZE : 0;
}

static void save_header(struct save *save, const struct invocation *row, size_t usual)
{
    struct slice rest = slice_skip(row->xray_header, usual);
    save_number(save, rest.size);
    save_bytes(save, rest.base, rest.size);
}

static void save_invocation(struct save *save, const struct invocation *row,
                            struct row_before *before)
{
    uint64_t facts = facts_of(row);
    bool same = facts == before->facts && row->of_logs == before->of_logs;
    size_t usual = usual_of(row);
    ENSURE(row->listed_ns == UNKNOWN_NS || row->listed_ns == row->start_ns);
    unsigned flags = flags_of(save->view, row, same, usual > 0);
    save_number(save, flags);
    save_number(save, small_of(row));
    save_distance(save, row->instance, before->instance);
    save_distance(save, row->request, before->request);
    save_distance(save, row->segment_last, before->segment);
    save_number(save, row->attempt_told);
    if ((flags & ROW_FIRST) == 0) {
        save_number(save, row->attempt);
    }
    save_distance(save, (uint64_t)row->arrival_ns, (uint64_t)before->arrival_ns);
    save_distance(save, (uint64_t)row->start_ns, (uint64_t)row->arrival_ns);
    save_time(save, row->start_told_ns, row->start_ns);
    if ((flags & ROW_PLACED) == 0) {
        save_distance(save, (uint64_t)row->placed_ns, (uint64_t)row->start_ns);
    }
    if (!same) {
        save_number(save, facts);
        save_number(save, row->of_logs);
    }
    save_facts(save, row);
    save_trace(save, row);
    if ((flags & ROW_SPAN) != 0) {
        save_bytes(save, &row->span_id, sizeof(row->span_id));
    }
    if ((flags & ROW_PARENT) != 0) {
        save_bytes(save, &row->parent_span_id, sizeof(row->parent_span_id));
    }
    if ((flags & ROW_SEGMENT) != 0) {
        save_bytes(save, &row->segment_id, sizeof(row->segment_id));
    }
    if ((flags & ROW_STAMPED) != 0) {
        save_stamps(save, row);
    }
    if ((flags & ROW_HEADER) != 0) {
        save_header(save, row, usual);
    }
    if ((flags & ROW_PUT_OTHER) != 0) {
        save_contribution(save, &row->put);
    }
    *before = (struct row_before){
        .instance = row->instance,
        .request = row->request,
        .segment = row->segment_last,
        .arrival_ns = row->arrival_ns,
        .facts = facts,
        .of_logs = row->of_logs,
    };
}

static uint32_t request_next(const struct view *view, uint32_t row)
{
    return view->invocations.rows[row].request_next;
}

/* Lists that follow from nothing: of the dead, of what runs, and some of requests. */
static void save_lists(struct save *save)
{
    const struct view *view = save->view;
    const struct invocations *invocations = &view->invocations;
    for (uint32_t row = invocations->dead; row != ROW_NONE;
         row = invocations->rows[row].request_next) {
        save_row(save, row);
    }
    save_row(save, ROW_NONE);
    for (uint32_t row = invocations->open; row != ROW_NONE;
         row = invocations->rows[row].open_next) {
        save_row(save, row);
    }
    save_row(save, ROW_NONE);
    struct save_chain chain = {save, request_next};
    for (uint32_t i = 0; i < view->ids.count; i++) {
        if (view->ids.rows[i].invocations != ROW_NONE) {
            save_chain(&chain, i, view->ids.rows[i].invocations);
        }
    }
    save_chain_end(&chain);
}

void save_invocations(struct save *save)
{
    const struct invocations *invocations = &save->view->invocations;
    struct row_before before = {.arrival_ns = save->view->now_ns};
    for (uint32_t i = 0; i < invocations->count; i++) {
        if (invocations->rows[i].dead) {
            save_number(save, ROW_DEAD);
        } else {
            save_invocation(save, &invocations->rows[i], &before);
        }
    }
    save_lists(save);
}

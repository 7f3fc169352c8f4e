/* SPDX-License-Identifier: Apache-2.0 */
#include "model/apply.h"
#include "model/apply_span.h"
#include "model/attempts.h"
#include "model/derive.h"
#include "model/event.h"
#include "model/identity.h"
#include "model/model_limits.h"
#include "model/numbers.h"
#include "model/pending.h"
#include "model/place.h"
#include "model/record_ids.h"
#include "model/record_gist.h"
#include "model/room.h"

#include "base/ensure.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

static struct block *block_of(struct apply *apply, const struct resource *resource)
{
    size_t index = (size_t)(resource - apply->batch->resources);
    ENSURE(index < apply->batch->resource_count);
    return &apply->blocks[index];
}

static void note(struct apply *apply, struct id16 id)
{
    if (apply->frame->note != NULL) {
        apply->frame->note(apply->frame->context, id);
    }
}

static void refuse_full(struct apply *apply, bool fits)
{
    apply->view->counters.refused_full += fits ? 0 : 1;
}

static void open_block(struct apply *apply, struct block *block, const struct resource *resource)
{
    struct view *view = apply->view;
    struct identity_rows rows = identity_touch(view, resource);
    block->fresh = true;
    block->name = rows.name;
    block->function = rows.function;
    block->instance = rows.instance;
    refuse_full(apply, !rows.full);
    if (block->instance == ROW_NONE) {
        return;
    }
    struct instance *instance = &view->instances.rows[block->instance];
    if (instance->segment_last < apply->frame->segment) {
        instance->segment_last = apply->frame->segment;
    }
    struct slice type;
    if (instance->type == TEXT_EMPTY &&
        attrs_find_text(resource->attrs, NAME_THAW_INITIALIZATION_TYPE, &type)) {
        instance->type = text_intern(&view->texts, type);
    }
    block->fresh = numbers_block(view, block->instance, resource, apply->frame->arrival_ns);
    view->counters.records_repeated += block->fresh ? 0 : 1;
}

/* Whether a record has not been counted before. */
static bool record_fresh(struct apply *apply, const struct block *block,
                         const struct resource *resource, uint64_t seq)
{
    if (!block->fresh || block->instance == ROW_NONE || seq == 0) {
        return block->fresh;
    }
    bool fresh = numbers_record(apply->view, block->instance, resource, seq);
    apply->view->counters.records_repeated += fresh ? 0 : 1;
    return fresh;
}

static void seen(struct apply *apply, const struct block *block, int64_t time_ns)
{
    if (block->function == ROW_NONE || !event_time_ok(&apply->reader, time_ns)) {
        return;
    }
    functions_seen(&apply->view->functions.rows[block->function], time_ns);
    if (block->instance != ROW_NONE) {
        instances_seen(&apply->view->instances.rows[block->instance], time_ns);
    }
}

/* Where the latest id stands that looks like this: no defence, only a guess. */
static struct latest_id *latest_of(struct apply *apply, struct id16 id)
{
    uint64_t words[2];
    memcpy(words, id.bytes, sizeof(words));
    uint64_t mixed = (words[0] ^ words[1]) * UINT64_C(0x9e3779b97f4a7c15);
    return &apply->view->latest[(mixed >> 32) % LATEST_IDS];
}

static uint32_t touch_id(struct apply *apply, struct id16 id)
{
    struct latest_id *latest = latest_of(apply, id);
    if (!ids_valid(id)) {
        return ROW_NONE;
    }
    if (latest->batch == apply->view->batch && memcmp(&latest->id, &id, sizeof(id)) == 0) {
        return latest->row;
    }
    note(apply, id);
    uint32_t row = ids_touch(&apply->view->ids, id, apply->frame->segment);
    refuse_full(apply, row != ROW_NONE);
    if (row != ROW_NONE) {
        *latest = (struct latest_id){id, row, apply->view->batch};
    }
    return row;
}

/* Lines, and events of instances, that name no transaction are found through their instance. */
static void note_instance(struct apply *apply, const struct log_line *line)
{
    struct record_ids ids = record_ids_line(line);
    for (size_t i = 0; i < ids.count; i++) {
        note(apply, ids.ids[i]);
    }
}

/* The row of the invocation that an event, or a span of the agent, is of. */
static uint32_t find_invocation(struct apply *apply, const struct block *block, uint32_t request,
                                const struct event_key *key, const struct told *told)
{
    struct view *view = apply->view;
    uint32_t instance = told->logs ? attempts_place(view, block->instance) : block->instance;
    uint32_t attempt = told->logs ? 0 : key->attempt > 0 ? key->attempt : 1;
    uint32_t row = told->logs
                       ? attempts_find(view, instance, request, told)
                       : invocations_find(&view->invocations, instance, key->request_id, attempt);
    if (row != ROW_NONE) {
        return row;
    }
    if (!told->logs || attempts_room(view, request)) {
        row = invocations_add(&view->invocations, instance, key->request_id, attempt);
    }
    refuse_full(apply, row != ROW_NONE);
    if (row != ROW_NONE) {
        struct invocation *invocation = &view->invocations.rows[row];
        invocation->request = request;
        invocation->left = (uint8_t)room_printed(view, instance, key->request_id, attempt);
        invocation->request_next = view->ids.rows[request].invocations;
        view->ids.rows[request].invocations = row;
    }
    return row;
}

static uint32_t touch_invocation(struct apply *apply, const struct block *block,
                                 const struct event_key *key, const struct told *told)
{
    struct view *view = apply->view;
    uint32_t request = touch_id(apply, key->request_id);
    uint32_t row =
        request != ROW_NONE ? find_invocation(apply, block, request, key, told) : ROW_NONE;
    if (row == ROW_NONE) {
        return ROW_NONE;
    }
    struct invocation *invocation = &view->invocations.rows[row];
    if (invocation->segment_last < apply->frame->segment) {
        invocation->segment_last = apply->frame->segment;
    }
    if (invocation->arrival_ns == UNKNOWN_NS || apply->reader.arrival_ns < invocation->arrival_ns) {
        invocation->arrival_ns = apply->reader.arrival_ns;
    }
    derive_touch_invocation(view, row);
    return row;
}

static void tie_own(struct apply *apply, uint32_t request, struct id16 trace_id)
{
    uint32_t trace = touch_id(apply, trace_id);
    if (trace != ROW_NONE) {
        refuse_full(apply, ids_tie(&apply->view->ids, request, trace, EDGE_OWN));
    }
}

static void tell_invocation(struct apply *apply, const struct block *block,
                            const struct event_key *key, const struct told *told)
{
    struct view *view = apply->view;
    uint32_t row = touch_invocation(apply, block, key, told);
    if (row == ROW_NONE) {
        return;
    }
    struct invocation *invocation = &view->invocations.rows[row];
    invocations_merge(invocation, &view->texts, told);
    seen(apply, block, told->start_ns);
    seen(apply, block, told->done_ns);
    seen(apply, block, told->end_ns);
    seen(apply, block, told->span_end_ns);
    if (told->has_trace) {
        tie_own(apply, invocation->request, told->trace_id);
    }
    if (invocation->trace_rank > 0) {
        tie_own(apply, invocation->request, invocation->trace_id);
    }
    for (size_t i = 0; i < sizeof(told->roots) / sizeof(told->roots[0]); i++) {
        if (ids_valid(told->roots[i])) {
            tie_own(apply, invocation->request, told->roots[i]);
        }
    }
}

/* Who tells of a function: an agent, or its log streams. */
static void note_source(struct apply *apply, const struct block *block, const struct scope *scope)
{
    struct view *view = apply->view;
    if (scope == NULL || block->function == ROW_NONE || (!scope->agent && !scope->logs)) {
        return;
    }
    uint8_t source = scope->logs ? SOURCE_LOGS : SOURCE_AGENT;
    view->functions.rows[block->function].sources |= source;
    if (block->instance != ROW_NONE) {
        view->instances.rows[block->instance].sources |= source;
    }
}

/* ---- Spans. ---- */

static bool is_root(const struct span *span)
{
    static const struct id8 zero;
    return memcmp(&span->parent_span_id, &zero, sizeof(zero)) == 0;
}

static void count_span(struct apply *apply, const struct block *block, const struct span *span,
                       const struct gist *gist, uint32_t trace)
{
    struct view *view = apply->view;
    struct id_row *id = &view->ids.rows[trace];
    id->spans++;
    if (span->status == SPAN_STATUS_ERROR &&
        (span->kind == SPAN_SERVER || span->kind == SPAN_CONSUMER || is_root(span))) {
        id->errors++;
    }
    if (block->function == ROW_NONE && id->service == TEXT_EMPTY) {
        id->service = text_intern(&view->texts, span->resource->service);
    }
    /* A message may have waited for days: that is no time at which something happened here. */
    if (!gist->inferred) {
        place_id(view, trace, apply_span_sane(apply, span->start_ns),
                 apply_span_sane(apply, span->end_ns));
    }
}

static void apply_span(struct apply *apply, const struct span *span)
{
    struct block *block = block_of(apply, span->resource);
    uint32_t trace = touch_id(apply, span->trace_id);
    if (trace == ROW_NONE) {
        return;
    }
    bool agent = span->scope != NULL && span->scope->agent;
    struct gist gist = record_gist(&span->gist, span->attrs, &apply->gist);
    if (record_fresh(apply, block, span->resource, agent ? span->seq : 0)) {
        count_span(apply, block, span, &gist, trace);
    }
    note_source(apply, block, span->scope);
    seen(apply, block, (int64_t)span->start_ns);
    uint32_t request = gist.requested ? touch_id(apply, gist.request_id) : ROW_NONE;
    if (agent) {
        struct event_key key;
        if (span->kind == SPAN_SERVER && block->instance != ROW_NONE &&
            event_key_of(span->attrs, &key)) {
            struct told told;
            event_read_span(&apply->reader, span, &told);
            tell_invocation(apply, block, &key, &told);
            apply_span_messages(apply, block, span, trace, request);
        }
        return;
    }
    apply_span_tie(apply, block, span, trace, request);
}

/* ---- Log records. ---- */

static void apply_event(struct apply *apply, const struct block *block, const struct log_line *line,
                        enum event_kind kind)
{
    struct view *view = apply->view;
    if (block->instance == ROW_NONE) {
        view->counters.refused_events++;
        return;
    }
    struct instance *instance = &view->instances.rows[block->instance];
    struct event_key key;
    struct told told;
    struct init init;
    struct stop stop;
    bool good = false;
    switch (kind) {
    case EVENT_INVOCATION:
        good = event_key_of(line->attrs, &key);
        if (good) {
            event_read_invocation(&apply->reader, line, &told);
            tell_invocation(apply, block, &key, &told);
        }
        if (good && !told.logs) {
            struct agent_told agent;
            event_read_agent(&apply->reader, line, &agent);
            instances_tell_agent(&view->instances.rows[block->instance], &agent);
        }
        break;
    case EVENT_INSTANCE_START:
        note_instance(apply, line);
        good = event_read_init(&apply->reader, line, &init);
        if (good && !instances_init_gone(instance, &init)) {
            derive_retract_inits(view, block->instance);
            refuse_full(apply, instance->pool || instances_add_init(instance, &init));
            seen(apply, block, init.start_ns);
            derive_touch_instance(view, block->instance);
        }
        break;
    case EVENT_INSTANCE_STOP:
        note_instance(apply, line);
        good = event_read_stop(&apply->reader, line, &stop);
        if (good) {
            refuse_full(apply, instances_add_stop(instance, &stop));
            seen(apply, block, stop.time_ns);
            derive_touch_instance(view, block->instance);
        }
        break;
    case EVENT_LINE:
        break;
    }
    view->counters.refused_events += good ? 0 : 1;
}

/* What a line of a stream says and when. */
static struct line_print print_of(const struct apply *apply, const struct log_line *line)
{
    const struct hash_bulk *bulk = &apply->view->bulk;
    struct slice text = line->body.kind == VALUE_STRING ? line->body.text : SLICE_EMPTY;
    while (text.size > 0 && (text.base[text.size - 1] == '\n' || text.base[text.size - 1] == '\r' ||
                             text.base[text.size - 1] == ' ')) {
        text.size--; /* Formats differ in it. */
    }
    struct line_print print = {
        .time_ns = (int64_t)line->time_ns,
        .text = hash_bulk64(bulk, text),
    };
    struct slice uid;
    if (attrs_find_text(line->attrs, NAME_LOG_RECORD_UID, &uid) && uid.size > 0) {
        print.uid = hash_bulk64(bulk, uid) | 1;
    }
    return print;
}

static bool is_stream_line(const struct log_line *line)
{
    return line->scope != NULL && line->scope->logs && event_kind_of(line) == EVENT_LINE;
}

/* Fetch what a line says, which another processor has decoded, before it is looked at. */
static void expect_text(const struct apply *apply, size_t at)
{
    if (at >= apply->batch->log_count) {
        return;
    }
    const struct log_line *line = &apply->batch->logs[at];
    if (line->body.kind == VALUE_STRING && line->body.text.size > 0) {
        struct slice text = slice_take(line->body.text, TEXT_EXPECT_SIZE);
        for (size_t i = 0; i < text.size; i += CACHE_LINE_SIZE) {
            __builtin_prefetch(text.base + i);
        }
        __builtin_prefetch(text.base + text.size - 1);
    }
    if (line->attrs.count > 0) {
        __builtin_prefetch(line->attrs.items);
    }
}

/* Look at a line of a stream whose turn will come. */
static void look_ahead(struct apply *apply, size_t at)
{
    if (at >= apply->batch->log_count || !is_stream_line(&apply->batch->logs[at])) {
        return;
    }
    const struct log_line *line = &apply->batch->logs[at];
    struct line_print *print = &apply->prints[at % LINES_AHEAD];
    *print = print_of(apply, line);
    struct gist gist = record_gist(&line->gist, line->attrs, &apply->gist_ahead);
    if (gist.requested) {
        pending_expect_line(apply->view, gist.request_id, print);
    }
}

/* What a line of a stream says and when, now that it is its turn.  Without CloudWatch's id of it,
 * lines that are the same are told apart by how many of them a batch has. */
static struct line_print line_print(struct apply *apply, const struct log_line *line)
{
    struct line_print print = apply->prints[(size_t)(line - apply->batch->logs) % LINES_AHEAD];
    if (print.uid != 0) {
        return print;
    }
    struct {
        uint64_t instance, text;
        int64_t time_ns;
    } parts = {block_of(apply, line->resource)->name, print.text, print.time_ns};
    uint64_t same = hash_bulk64(&apply->view->bulk, slice_of(&parts, sizeof(parts)));
    if (map_find(&apply->lines, same, NULL, NULL, &print.before)) {
        (void)map_move(&apply->lines, same, print.before, print.before + 1);
        print.before++;
    } else if (map_insert(&apply->lines, same, 0) != STATUS_OK) {
        print.before = 0;
    }
    return print;
}

/* Of a stream, and nobody says of which invocation: it will be the one in whose window it lies. */
static void wait_line(struct apply *apply, const struct block *block, const struct log_line *line,
                      const struct gist *gist)
{
    if (line->scope == NULL || !line->scope->logs || block->instance == ROW_NONE || gist->phased) {
        return;
    }
    struct instance *instance = &apply->view->instances.rows[block->instance];
    if (!instance->pool) {
        struct line_print print = line_print(apply, line);
        instances_wait_line(instance, &print);
        derive_touch_instance(apply->view, block->instance);
    }
}

/* Lines are counted per source: what an agent and a stream tell are the same ones. */
static void count_line(struct apply *apply, const struct log_line *line, uint32_t id)
{
    struct id_row *row = &apply->view->ids.rows[id];
    if (line->scope != NULL && line->scope->logs) {
        struct line_print print = line_print(apply, line);
        pending_count_line(apply->view, id, &print);
    } else if (line->scope != NULL && line->scope->agent) {
        row->logs_agent++;
    } else {
        row->logs++;
    }
}

/* A line of a stream that says that its invocation failed, and not which one that is. */
static void apply_failure(struct apply *apply, const struct block *block,
                          const struct log_line *line, int64_t time_ns)
{
    struct view *view = apply->view;
    bool unhandled = false;
    struct slice type = SLICE_EMPTY;
    if (line->scope == NULL || !line->scope->logs || block->instance == ROW_NONE ||
        !attrs_find_bool(line->attrs, NAME_THAW_UNHANDLED, &unhandled) || !unhandled) {
        return;
    }
    (void)attrs_find_text(line->attrs, NAME_ERROR_TYPE, &type);
    struct failure failure = {time_ns, text_intern(&view->texts, type)};
    refuse_full(apply, instances_fail(&view->instances.rows[block->instance], &failure));
    derive_touch_instance(view, block->instance);
}

static void apply_line(struct apply *apply, const struct block *block, const struct log_line *line,
                       bool fresh)
{
    struct view *view = apply->view;
    struct gist gist = record_gist(&line->gist, line->attrs, &apply->gist);
    uint32_t request = gist.requested ? touch_id(apply, gist.request_id) : ROW_NONE;
    uint32_t trace = line->has_trace ? touch_id(apply, line->trace_id) : ROW_NONE;
    uint32_t counted = request != ROW_NONE ? request : trace;
    int64_t time_ns =
        apply_span_sane(apply, line->time_ns != 0 ? line->time_ns : line->observed_ns);
    if (counted == ROW_NONE) {
        note_instance(apply, line);
        wait_line(apply, block, line, &gist);
        apply_failure(apply, block, line, time_ns);
        return;
    }
    if (fresh) {
        count_line(apply, line, counted);
        place_id(view, counted, time_ns, time_ns);
    }
    if (trace != ROW_NONE) {
        struct sighting sighting = {
            .trace = trace,
            .request = request,
            .link = ROW_NONE,
            .start_ns = time_ns,
            .end_ns = time_ns,
            .tie = EDGE_TIMED,
        };
        apply_span_sight(apply, block, sighting);
    }
}

static void apply_log(struct apply *apply, const struct log_line *line)
{
    struct block *block = block_of(apply, line->resource);
    bool agent = line->scope != NULL && line->scope->agent;
    bool fresh = record_fresh(apply, block, line->resource, agent ? line->seq : 0);
    note_source(apply, block, line->scope);
    seen(apply, block, (int64_t)line->time_ns);
    enum event_kind kind = event_kind_of(line);
    if (kind != EVENT_LINE) {
        apply_event(apply, block, line, kind);
        return;
    }
    apply_line(apply, block, line, fresh);
}

/* Slots for as many lines as a batch has. */
static size_t lines_capacity(size_t count)
{
    size_t capacity = 4;
    while (capacity - capacity / 4 < count) {
        capacity *= 2;
    }
    return capacity;
}

/* Nothing is known of its ids; of another one with this number nothing is left. */
static void begin_batch(struct view *view)
{
    if (++view->batch == 0) {
        memset(view->latest, 0, sizeof(view->latest));
        view->batch = 1;
    }
}

void apply_batch(struct view *view, const struct view_frame *frame, const struct batch *batch)
{
    struct apply apply = {
        .view = view,
        .frame = frame,
        .batch = batch,
        .reader = {.texts = &view->texts, .arrival_ns = (int64_t)frame->arrival_ns},
    };
    if (batch->resource_count == 0) {
        return;
    }
    begin_batch(view);
    map_init_growing(&apply.spans, batch->span_count);
    size_t capacity = lines_capacity(batch->log_count);
    struct map_slot *slots = malloc(capacity * sizeof(*slots));
    ENSURE(slots != NULL); /* Replay tries again. */
    map_init_fixed(&apply.lines, slots, capacity);
    apply.blocks = calloc(batch->resource_count, sizeof(apply.blocks[0]));
    ENSURE(apply.blocks != NULL);
    for (size_t i = 0; i < batch->resource_count; i++) {
        if (i + BLOCKS_AHEAD < batch->resource_count) {
            identity_expect(view, &batch->resources[i + BLOCKS_AHEAD]);
        }
        open_block(&apply, &apply.blocks[i], &batch->resources[i]);
    }
    for (size_t i = 0; i < batch->resource_count; i++) {
        if (apply.blocks[i].instance != ROW_NONE) { /* A later block may have named it in full. */
            apply.blocks[i].function = view->instances.rows[apply.blocks[i].instance].function;
        }
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        apply_span(&apply, &batch->spans[i]);
    }
    for (size_t i = 0; i + 1 < LINES_AHEAD; i++) {
        look_ahead(&apply, i);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        expect_text(&apply, i + TEXTS_AHEAD);
        look_ahead(&apply, i + LINES_AHEAD - 1);
        apply_log(&apply, &batch->logs[i]);
    }
    view->counters.refused_values += apply.reader.refused;
    map_fini(&apply.spans);
    free(slots);
    free(apply.blocks);
}

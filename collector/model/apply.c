/* SPDX-License-Identifier: Apache-2.0 */
#include "model/apply.h"
#include "model/derive.h"
#include "model/event.h"
#include "model/model_limits.h"
#include "model/place.h"
#include "model/window.h"

#include "base/ensure.h"
#include "proto/names.h"

#include <stdlib.h>
#include <string.h>

/* The block of records of one resource. */
struct block {
    uint32_t function; /* Rows; ROW_NONE where the resource does not say. */
    uint32_t instance;
    bool fresh; /* Its own number is new, or it has none. */
};

struct apply {
    struct view *view;
    const struct view_frame *frame;
    const struct batch *batch;
    struct block *blocks; /* One per resource. */
    struct map spans;     /* Of the batch, by id: filled when it is asked first. */
    bool spans_filled;
    struct event_reader reader;
};

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
    block->fresh = true;
    block->instance = ROW_NONE;
    block->function = functions_touch(&view->functions, &view->texts, resource);
    if (block->function == ROW_NONE) {
        refuse_full(apply, resource->function.size == 0);
        return;
    }
    if (resource->instance.size == 0) {
        return;
    }
    block->instance =
        instances_touch(&view->instances, &view->functions, block->function, resource->instance);
    refuse_full(apply, block->instance != ROW_NONE);
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
    block->fresh = instances_number(instance, resource->epoch, resource->seq);
    view->counters.records_repeated += block->fresh ? 0 : 1;
}

/* Whether a record has not been counted before. */
static bool record_fresh(struct apply *apply, const struct block *block,
                         const struct resource *resource, uint64_t seq)
{
    if (!block->fresh || block->instance == ROW_NONE || seq == 0) {
        return block->fresh;
    }
    bool fresh =
        instances_number(&apply->view->instances.rows[block->instance], resource->epoch, seq);
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

/* A time to place something by: its own, or its arrival where that is absurd. */
static int64_t sane(const struct apply *apply, uint64_t time_ns)
{
    return time_ns <= INT64_MAX && event_time_ok(&apply->reader, (int64_t)time_ns)
               ? (int64_t)time_ns
               : apply->reader.arrival_ns;
}

static uint32_t touch_id(struct apply *apply, struct id16 id)
{
    if (!ids_valid(id)) {
        return ROW_NONE;
    }
    note(apply, id);
    uint32_t row = ids_touch(&apply->view->ids, id, apply->frame->segment);
    refuse_full(apply, row != ROW_NONE);
    return row;
}

/* The row of the invocation that an event or a span of the agent is of. */
static uint32_t touch_invocation(struct apply *apply, const struct block *block,
                                 const struct event_key *key)
{
    struct view *view = apply->view;
    uint32_t request = touch_id(apply, key->request_id);
    if (request == ROW_NONE) {
        return ROW_NONE;
    }
    uint32_t attempt = key->attempt > 0 ? key->attempt : 1;
    uint32_t row = invocations_find(&view->invocations, block->instance, key->request_id, attempt);
    if (row == ROW_NONE) {
        row = invocations_add(&view->invocations, block->instance, key->request_id, attempt);
        refuse_full(apply, row != ROW_NONE);
        if (row == ROW_NONE) {
            return ROW_NONE;
        }
        struct invocation *invocation = &view->invocations.rows[row];
        invocation->function = block->function;
        invocation->request = request;
        invocation->request_next = view->ids.rows[request].invocations;
        view->ids.rows[request].invocations = row;
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
    uint32_t row = touch_invocation(apply, block, key);
    if (row == ROW_NONE) {
        return;
    }
    struct invocation *invocation = &view->invocations.rows[row];
    invocations_merge(invocation, &view->texts, told);
    seen(apply, block, told->start_ns);
    seen(apply, block, told->done_ns);
    seen(apply, block, told->span_end_ns);
    if (told->has_trace) {
        tie_own(apply, invocation->request, told->trace_id);
    }
    if (invocation->has_trace) {
        tie_own(apply, invocation->request, invocation->trace_id);
    }
}

/* ---- Spans and lines of the function's own code. ---- */

/* A trace id was seen in a known invocation, or in a window that will tell which. */
struct sighting {
    uint32_t trace;   /* Id row. */
    uint32_t request; /* Id row or ROW_NONE. */
    uint32_t link;    /* Link row that waits for the same, or ROW_NONE. */
    int64_t start_ns, end_ns;
    enum edge_tie tie; /* EDGE_TIMED: where the invocation is named, it was seen. */
    bool foreign;
};

/* Bits of a span's flags in OTLP: whether the parent is a span of another process, if that is
 * known. */
#define FLAG_REMOTE_KNOWN 0x100U
#define FLAG_REMOTE       0x200U

static void sight(struct apply *apply, const struct block *block, struct sighting sighting)
{
    struct view *view = apply->view;
    enum edge_tie tie = sighting.tie;
    if (sighting.foreign) {
        tie = EDGE_FOREIGN;
    } else if (tie == EDGE_TIMED && sighting.request != ROW_NONE) {
        tie = EDGE_SEEN;
    }
    if (sighting.request == ROW_NONE && block->instance != ROW_NONE) {
        struct instance *instance = &view->instances.rows[block->instance];
        uint32_t invocation = window_find(view, instance, sighting.start_ns, sighting.end_ns);
        if (invocation == ROW_NONE) {
            struct pending pending = {sighting.trace, sighting.link, sighting.start_ns,
                                      sighting.end_ns, tie};
            view->counters.pending_dropped += instances_wait(instance, &pending) ? 0 : 1;
            return;
        }
        sighting.request = view->invocations.rows[invocation].request;
    }
    if (sighting.request == ROW_NONE) {
        return;
    }
    refuse_full(apply, ids_tie(&view->ids, sighting.request, sighting.trace, tie));
    if (sighting.link != ROW_NONE) {
        links_consume(&view->links, &view->ids, sighting.link, sighting.request);
    }
}

static uint64_t message_of(struct apply *apply, struct attrs attrs, uint64_t place)
{
    struct slice id;
    if (attrs_find_text(attrs, NAME_MESSAGING_MESSAGE_ID, &id) && id.size > 0) {
        return hash_sip64(&apply->view->links.key, id) | UINT64_C(1) << 63;
    }
    return place;
}

static bool id8_zero(struct id8 id)
{
    static const struct id8 zero;
    return memcmp(&id, &zero, sizeof(id)) == 0;
}

/*
 * What a span ties its trace by.  With a root, or where a request enters the function, the
 * invocation in whose window it lies is the one that it was made for.  Descendants tell less: what
 * a pool, a timer or a module does runs in the context of the request that came first, also while
 * later ones are served.
 */
static enum edge_tie tie_of(const struct span *span)
{
    const uint32_t remote = FLAG_REMOTE_KNOWN | FLAG_REMOTE;
    if (id8_zero(span->parent_span_id)) {
        return EDGE_ROOT;
    }
    return span->kind == SPAN_SERVER || span->kind == SPAN_CONSUMER ||
                   (span->flags & remote) == remote
               ? EDGE_SEEN
               : EDGE_TIMED;
}

/* A span of a batch, as its children of the same instance name it. */
struct span_key {
    struct id16 trace_id;
    struct id8 span_id;
    uint64_t instance;
};

static struct span_key span_key_of(struct apply *apply, const struct span *span, struct id8 id)
{
    return (struct span_key){span->trace_id, id, block_of(apply, span->resource)->instance};
}

struct span_lookup {
    struct apply *apply;
    const struct span_key *key;
};

static bool span_is(const void *context, uint32_t row)
{
    const struct span_lookup *lookup = context;
    const struct span *span = &lookup->apply->batch->spans[row];
    struct span_key key = span_key_of(lookup->apply, span, span->span_id);
    return memcmp(&key, lookup->key, sizeof(key)) == 0;
}

static bool span_find(struct apply *apply, const struct span_key *key, uint64_t *hash)
{
    struct span_lookup lookup = {apply, key};
    uint32_t row;
    *hash = hash_sip64(&apply->view->links.key, slice_of(key, sizeof(*key)));
    return map_find(&apply->spans, *hash, span_is, &lookup, &row);
}

/* Whether the parent of a span is in the batch, and of the same instance. */
static bool parent_here(struct apply *apply, const struct span *child)
{
    uint64_t hash;
    for (size_t i = 0; i < apply->batch->span_count && !apply->spans_filled; i++) {
        const struct span *span = &apply->batch->spans[i];
        struct span_key key = span_key_of(apply, span, span->span_id);
        /* One that does not fit is not found, as if it had come in another batch. */
        if (!span_find(apply, &key, &hash) &&
            map_insert(&apply->spans, hash, (uint32_t)i) != STATUS_OK) {
            break;
        }
    }
    apply->spans_filled = true;
    struct span_key key = span_key_of(apply, child, child->parent_span_id);
    return span_find(apply, &key, &hash);
}

/*
 * Whether a span continues the trace of a message's sender.  A handler that fetches messages itself
 * makes a CONSUMER span, too, but below one of its own.  Without a word about that in its flags its
 * parent is looked for in its batch; if it came in another one, its trace is still an alias where
 * it is seen to have begun in the same invocation (EDGE_ROOT).
 */
static bool span_foreign(struct apply *apply, const struct block *block, const struct span *span)
{
    if (span->kind != SPAN_CONSUMER || id8_zero(span->parent_span_id) ||
        block->instance == ROW_NONE) {
        return false;
    }
    if ((span->flags & FLAG_REMOTE_KNOWN) != 0) {
        return (span->flags & FLAG_REMOTE) != 0;
    }
    return !parent_here(apply, span);
}

static void add_link(struct apply *apply, const struct block *block, const struct span *span,
                     struct sighting sighting, const struct link *from)
{
    struct view *view = apply->view;
    struct link link = *from;
    int64_t batch;
    if (link.queue && attrs_find_int(span->attrs, NAME_MESSAGING_BATCH_MESSAGE_COUNT, &batch) &&
        batch > 0 && batch <= MEMBER_LINK_COUNT_MAX) {
        link.batch = (uint32_t)batch;
    }
    link.requested = sighting.request != ROW_NONE;
    link.consumer = link.requested ? sighting.request : sighting.trace;
    link.consumer_span = span->span_id;
    link.consumer_trace = span->trace_id;
    link.time_ns = sane(apply, span->start_ns);
    link.segment_last = apply->frame->segment;
    uint32_t row = links_add(&view->links, &view->ids, &link);
    refuse_full(apply, row != ROW_NONE);
    if (row != ROW_NONE && !view->links.rows[row].requested) {
        sighting.link = row;
        sight(apply, block, sighting);
    }
}

static void apply_links(struct apply *apply, const struct block *block, const struct span *span,
                        struct sighting sighting)
{
    bool queue = span->kind == SPAN_CONSUMER;
    if (sighting.foreign) {
        struct link link = {
            .target = sighting.trace,
            .target_span = span->parent_span_id,
            .message = message_of(apply, span->attrs, 0),
            .queue = true,
        };
        add_link(apply, block, span, sighting, &link);
    }
    for (size_t i = 0; i < span->link_count; i++) {
        const struct span_link *named = &span->links[i];
        if (!ids_valid(named->trace_id) ||
            memcmp(&named->trace_id, &span->trace_id, sizeof(named->trace_id)) == 0) {
            continue;
        }
        uint32_t target = ids_touch(&apply->view->ids, named->trace_id, apply->frame->segment);
        if (target == ROW_NONE) {
            refuse_full(apply, false);
            continue;
        }
        uint64_t place = i;
        if (span->link_count == 1) {
            place = message_of(apply, span->attrs, i);
        }
        struct link link = {
            .target = target,
            .target_span = named->span_id,
            .message = message_of(apply, named->attrs, place),
            .queue = queue,
        };
        add_link(apply, block, span, sighting, &link);
    }
}

static void count_span(struct apply *apply, const struct block *block, const struct span *span,
                       uint32_t trace)
{
    struct view *view = apply->view;
    struct id_row *id = &view->ids.rows[trace];
    id->spans++;
    if (span->status == SPAN_STATUS_ERROR &&
        (span->kind == SPAN_SERVER || span->kind == SPAN_CONSUMER ||
         id8_zero(span->parent_span_id))) {
        id->errors++;
    }
    if (block->function == ROW_NONE && id->service == TEXT_EMPTY) {
        id->service = text_intern(&view->texts, span->resource->service);
    }
    place_id(view, trace, sane(apply, span->start_ns), sane(apply, span->end_ns));
}

static void apply_span(struct apply *apply, const struct span *span)
{
    struct block *block = block_of(apply, span->resource);
    uint32_t trace = touch_id(apply, span->trace_id);
    if (trace == ROW_NONE) {
        return;
    }
    bool agent = span->scope != NULL && span->scope->agent;
    if (record_fresh(apply, block, span->resource, agent ? span->seq : 0)) {
        count_span(apply, block, span, trace);
    }
    seen(apply, block, (int64_t)span->start_ns);
    struct event_key key;
    bool keyed = event_key_of(span->attrs, &key);
    uint32_t request = keyed ? touch_id(apply, key.request_id) : ROW_NONE;
    if (agent) {
        if (span->kind == SPAN_SERVER && keyed && block->instance != ROW_NONE) {
            struct told told;
            event_read_span(&apply->reader, span, &told);
            tell_invocation(apply, block, &key, &told);
        }
        return;
    }
    struct sighting sighting = {
        .trace = trace,
        .request = request,
        .link = ROW_NONE,
        .start_ns = sane(apply, span->start_ns),
        .end_ns = sane(apply, span->end_ns),
        .tie = tie_of(span),
        .foreign = span_foreign(apply, block, span),
    };
    sight(apply, block, sighting);
    apply_links(apply, block, span, sighting);
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
        break;
    case EVENT_INSTANCE_START:
        good = event_read_init(&apply->reader, line, &init);
        if (good) {
            refuse_full(apply, instances_add_init(instance, &init));
            seen(apply, block, init.start_ns);
            derive_touch_instance(view, block->instance);
        }
        break;
    case EVENT_INSTANCE_STOP:
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

/* Lines outside of any invocation are found through their instance, those that do not say where
 * they belong through their instance and time. */
static void note_instance(struct apply *apply, const struct block *block,
                          const struct log_line *line, int64_t time_ns)
{
    const struct view *view = apply->view;
    if (block->instance == ROW_NONE) {
        return;
    }
    struct function_facts function;
    struct slice name = view->instances.rows[block->instance].name;
    view_function(view, block->function, &function);
    note(apply, attrs_find(line->attrs, NAME_THAW_PHASE) != NULL
                    ? view_instance_id(&function, name)
                    : view_minute_id(&function, name, rollup_minute(time_ns)));
}

static void apply_line(struct apply *apply, const struct block *block, const struct log_line *line,
                       bool fresh)
{
    struct view *view = apply->view;
    struct event_key key;
    uint32_t request = event_key_of(line->attrs, &key) ? touch_id(apply, key.request_id) : ROW_NONE;
    uint32_t trace = line->has_trace ? touch_id(apply, line->trace_id) : ROW_NONE;
    uint32_t counted = request != ROW_NONE ? request : trace;
    int64_t time_ns = sane(apply, line->time_ns != 0 ? line->time_ns : line->observed_ns);
    if (counted == ROW_NONE) {
        note_instance(apply, block, line, time_ns);
        return;
    }
    if (fresh) {
        view->ids.rows[counted].logs++;
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
        sight(apply, block, sighting);
    }
}

static void apply_log(struct apply *apply, const struct log_line *line)
{
    struct block *block = block_of(apply, line->resource);
    bool agent = line->scope != NULL && line->scope->agent;
    bool fresh = record_fresh(apply, block, line->resource, agent ? line->seq : 0);
    seen(apply, block, (int64_t)line->time_ns);
    enum event_kind kind = event_kind_of(line);
    if (kind != EVENT_LINE) {
        apply_event(apply, block, line, kind);
        return;
    }
    apply_line(apply, block, line, fresh);
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
    map_init_growing(&apply.spans, batch->span_count);
    apply.blocks = calloc(batch->resource_count, sizeof(apply.blocks[0]));
    ENSURE(apply.blocks != NULL); /* Replay tries again. */
    for (size_t i = 0; i < batch->resource_count; i++) {
        open_block(&apply, &apply.blocks[i], &batch->resources[i]);
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        apply_span(&apply, &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        apply_log(&apply, &batch->logs[i]);
    }
    view->counters.refused_values += apply.reader.refused;
    map_fini(&apply.spans);
    free(apply.blocks);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/apply_span.h"
#include "model/model_limits.h"
#include "model/record_ids.h"
#include "model/window.h"

#include "proto/names.h"

#include <string.h>

/* ---- Spans and lines of the function's own code. ---- */

static void refuse_full(struct apply *apply, bool fits)
{
    apply->view->counters.refused_full += fits ? 0 : 1;
}

int64_t apply_span_sane(const struct apply *apply, uint64_t time_ns)
{
    return time_ns <= INT64_MAX && event_time_ok(&apply->reader, (int64_t)time_ns)
               ? (int64_t)time_ns
               : apply->reader.arrival_ns;
}

/* Bits of a span's flags in OTLP: whether the parent is a span of another process, if that is
 * known. */
#define FLAG_REMOTE_KNOWN 0x100U
#define FLAG_REMOTE       0x200U

void apply_span_sight(struct apply *apply, const struct block *block, struct sighting sighting)
{
    struct view *view = apply->view;
    enum edge_tie tie = sighting.tie;
    if (sighting.foreign) {
        tie = EDGE_FOREIGN;
    } else if (tie == EDGE_TIMED && sighting.request != ROW_NONE) {
        tie = EDGE_SEEN;
    }
    if (sighting.request == ROW_NONE && block->instance != ROW_NONE &&
        !view->instances.rows[block->instance].pool) {
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
    return (struct span_key){span->trace_id, id,
                             apply->blocks[span->resource - apply->batch->resources].instance};
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
    link.time_ns = apply_span_sane(apply, span->start_ns);
    link.segment_last = apply->frame->segment;
    uint32_t row = links_add(&view->links, &view->ids, &link);
    refuse_full(apply, row != ROW_NONE);
    if (row != ROW_NONE && !view->links.rows[row].requested) {
        sighting.link = row;
        apply_span_sight(apply, block, sighting);
    }
}

static void apply_links(struct apply *apply, const struct block *block, const struct span *span,
                        struct sighting sighting, bool queue)
{
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
        struct id16 id;
        if (!record_ids_link(span, named, &id)) {
            continue;
        }
        if (apply->frame->note != NULL) {
            apply->frame->note(apply->frame->context, id); /* Its sender's trace tells of it. */
        }
        uint32_t target = ids_touch(&apply->view->ids, id, apply->frame->segment);
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

/* That the span was seen with this trace. */
static struct sighting sighting_of(const struct apply *apply, const struct span *span,
                                   uint32_t trace, uint32_t request)
{
    return (struct sighting){
        .trace = trace,
        .request = request,
        .link = ROW_NONE,
        .start_ns = apply_span_sane(apply, span->start_ns),
        .end_ns = apply_span_sane(apply, span->end_ns),
        .tie = tie_of(span),
    };
}

void apply_span_tie(struct apply *apply, const struct block *block, const struct span *span,
                    uint32_t trace, uint32_t request)
{
    struct sighting sighting = sighting_of(apply, span, trace, request);
    sighting.foreign = span_foreign(apply, block, span);
    apply_span_sight(apply, block, sighting);
    apply_links(apply, block, span, sighting, span->kind == SPAN_CONSUMER);
}

void apply_span_messages(struct apply *apply, const struct block *block, const struct span *span,
                         uint32_t trace, uint32_t request)
{
    int64_t messages;
    struct sighting sighting = sighting_of(apply, span, trace, request);
    if (request != ROW_NONE) {
        apply_links(apply, block, span, sighting,
                    attrs_find_int(span->attrs, NAME_MESSAGING_BATCH_MESSAGE_COUNT, &messages));
    }
}

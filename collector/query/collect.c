/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"
#include "query/query_limits.h"

#include "model/model_limits.h"
#include "model/record_ids.h"
#include "model/rollups.h"
#include "proto/names.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000

/* From ids to frames to those records that belong to the transaction, each of them once. */

/* What is looked up of a record before it is kept. */
struct origin {
    uint32_t instance; /* Index or NONE. */
    uint32_t group;    /* Of members, or NONE: it is of another transaction. */
};

struct cursor {
    struct assemble *assemble;
    uint64_t arrival_ns;
    const struct resource *resource; /* The latest, and what was found for it. */
    uint32_t instance;
    bool repeated; /* Its block has been read with another time of arrival. */
    bool kept;     /* Something points to what was loaded. */
};

static uint32_t group_of(const struct assemble *assemble, struct id16 id)
{
    uint32_t index = assemble_id(assemble, id);
    return index == TRANSACTION_NONE ? TRANSACTION_NONE
                                     : assemble->transaction->members.ids[index].group;
}

/* ---- Numbered blocks. ---- */

struct block_lookup {
    const struct assemble *assemble;
    uint32_t instance;
    uint64_t epoch, seq;
};

static bool block_is(const void *context, uint32_t row)
{
    const struct block_lookup *lookup = context;
    const struct assemble_block *block = &lookup->assemble->block_rows[row];
    return block->instance == lookup->instance && block->epoch == lookup->epoch &&
           block->seq == lookup->seq;
}

/* Whether a block of an SDK came before: what came together may be loaded in several pieces. */
static bool block_repeated(struct assemble *assemble, uint32_t instance,
                           const struct resource *resource, uint64_t arrival_ns)
{
    if (resource->epoch == 0 || resource->seq == 0 || instance == TRANSACTION_NONE) {
        return false;
    }
    struct block_lookup lookup = {assemble, instance, resource->epoch, resource->seq};
    uint64_t hash = hash_u64(resource->epoch ^ resource->seq << 20 ^ (uint64_t)instance << 44);
    uint32_t row;
    if (map_find(&assemble->blocks, hash, block_is, &lookup, &row)) {
        return assemble->block_rows[row].arrival_ns != arrival_ns;
    }
    void *rows = assemble->block_rows;
    if (rows_reserve(&rows, &assemble->block_capacity, (uint64_t)assemble->block_count + 1,
                     QUERY_SPAN_COUNT_MAX, sizeof(assemble->block_rows[0])) &&
        map_insert(&assemble->blocks, hash, assemble->block_count) == STATUS_OK) {
        assemble->block_rows = rows;
        assemble->block_rows[assemble->block_count++] =
            (struct assemble_block){instance, resource->epoch, resource->seq, arrival_ns};
        return false;
    }
    assemble->block_rows = rows;
    assemble->transaction->cut = true;
    return false;
}

static void cursor_resource(struct cursor *cursor, const struct resource *resource)
{
    if (cursor->resource == resource) {
        return;
    }
    cursor->kept = true; /* The instance points to it. */
    cursor->resource = resource;
    cursor->instance = assemble_instance(cursor->assemble, resource, true);
    cursor->repeated =
        block_repeated(cursor->assemble, cursor->instance, resource, cursor->arrival_ns);
}

/* ---- Spans. ---- */

struct span_lookup {
    const struct assemble *assemble;
    const struct span *span;
};

static bool span_is(const void *context, uint32_t row)
{
    const struct span_lookup *lookup = context;
    const struct span *one = lookup->assemble->span_rows[row].span;
    const struct span *other = lookup->span;
    return memcmp(&one->span_id, &other->span_id, sizeof(one->span_id)) == 0 &&
           memcmp(&one->trace_id, &other->trace_id, sizeof(one->trace_id)) == 0;
}

static uint64_t hash_span(const struct assemble *assemble, const struct span *span)
{
    struct {
        struct id16 trace_id;
        struct id8 span_id;
    } key = {span->trace_id, span->span_id};
    return hash_sip64(&assemble->query->key, slice_of(&key, sizeof(key)));
}

static uint64_t hash_name(const struct assemble *assemble, struct id8 span_id)
{
    return hash_sip64(&assemble->query->key, slice_of(span_id.bytes, sizeof(span_id.bytes)));
}

struct name_lookup {
    const struct assemble *assemble;
    struct id8 span_id;
};

static bool name_is(const void *context, uint32_t row)
{
    const struct name_lookup *lookup = context;
    return memcmp(&lookup->assemble->span_rows[row].span->span_id, &lookup->span_id,
                  sizeof(lookup->span_id)) == 0;
}

uint32_t assemble_span(const struct assemble *assemble, struct id8 span_id)
{
    struct name_lookup lookup = {assemble, span_id};
    uint32_t row;
    return map_find(&assemble->names, hash_name(assemble, span_id), name_is, &lookup, &row)
               ? row
               : TRANSACTION_NONE;
}

/* A time as the view places it: its own, or its arrival where that is absurd. */
static int64_t sane(const struct cursor *cursor, uint64_t time_ns, bool *clamped)
{
    if (time_ns >= (uint64_t)TIME_NS_MIN &&
        time_ns <= cursor->arrival_ns + (uint64_t)TIME_AHEAD_NS_MAX) {
        return (int64_t)time_ns;
    }
    *clamped = true;
    return (int64_t)cursor->arrival_ns;
}

static bool keep_span(struct cursor *cursor, const struct span *span, uint32_t group)
{
    struct assemble *assemble = cursor->assemble;
    struct transaction_span row = {
        .span = span,
        .invocation = TRANSACTION_NONE,
        .instance = cursor->instance,
        .group = group,
        .parent = span->parent_span_id,
    };
    row.start_ns = sane(cursor, span->start_ns, &row.clamped);
    row.end_ns = sane(cursor, span->end_ns, &row.clamped);
    struct span_lookup lookup = {assemble, span};
    uint32_t known;
    if (map_find(&assemble->spans, hash_span(assemble, span), span_is, &lookup, &known)) {
        assemble->span_rows[known] = row; /* Sent again: the later one knows more. */
        return true;
    }
    return assemble_add_span(assemble, &row);
}

bool assemble_platform(const struct transaction_span *row)
{
    return row->derived || (row->span->scope != NULL && row->span->scope->agent);
}

bool assemble_add_span(struct assemble *assemble, const struct transaction_span *row)
{
    struct transaction *transaction = assemble->transaction;
    const struct span *span = row->span;
    void *rows = assemble->span_rows;
    bool fits = rows_reserve(&rows, &assemble->span_capacity, (uint64_t)transaction->span_count + 1,
                             QUERY_SPAN_COUNT_MAX, sizeof(assemble->span_rows[0]));
    assemble->span_rows = rows;
    if (!fits || map_insert(&assemble->spans, hash_span(assemble, span), transaction->span_count) !=
                     STATUS_OK) {
        return false;
    }
    assemble->span_rows[transaction->span_count++] = *row;
    if (assemble_span(assemble, span->span_id) == TRANSACTION_NONE) {
        fits = map_insert(&assemble->names, hash_name(assemble, span->span_id),
                          transaction->span_count - 1) == STATUS_OK;
    }
    return fits;
}

static void collect_span(struct cursor *cursor, const struct span *span)
{
    struct assemble *assemble = cursor->assemble;
    uint32_t group = group_of(assemble, span->trace_id);
    struct id16 request_id;
    if (record_ids_request(span->attrs, &request_id)) {
        uint32_t named = group_of(assemble, request_id);
        group = named != TRANSACTION_NONE ? named : group;
    }
    if (group == TRANSACTION_NONE) {
        return;
    }
    cursor_resource(cursor, span->resource);
    if (cursor->repeated) {
        return;
    }
    if (!keep_span(cursor, span, group)) {
        assemble->transaction->cut = true;
    }
}

/* ---- Lines. ---- */

struct line_key {
    uint64_t instance, epoch, seq;
};

static struct line_key key_of(uint32_t instance, const struct log_line *line)
{
    return (struct line_key){instance, line->resource->epoch, line->seq};
}

struct line_lookup {
    const struct assemble *assemble;
    const struct line_key *key;
};

static bool line_is(const void *context, uint32_t row)
{
    const struct line_lookup *lookup = context;
    const struct transaction_log *log = &lookup->assemble->log_rows[row];
    struct line_key key = key_of(log->instance, log->line);
    return memcmp(&key, lookup->key, sizeof(key)) == 0;
}

static bool keep_line(struct cursor *cursor, const struct log_line *line, uint32_t group)
{
    struct assemble *assemble = cursor->assemble;
    struct transaction *transaction = assemble->transaction;
    bool numbered = line->seq != 0 && line->scope != NULL && line->scope->agent;
    struct line_key key = key_of(cursor->instance, line);
    struct line_lookup lookup = {assemble, &key};
    uint64_t hash = hash_sip64(&assemble->query->key, slice_of(&key, sizeof(key)));
    uint32_t known;
    if (numbered && map_find(&assemble->lines, hash, line_is, &lookup, &known)) {
        return true;
    }
    void *rows = assemble->log_rows;
    bool fits = rows_reserve(&rows, &assemble->log_capacity, (uint64_t)transaction->log_count + 1,
                             QUERY_LOG_COUNT_MAX, sizeof(assemble->log_rows[0]));
    assemble->log_rows = rows;
    if (!fits ||
        (numbered && map_insert(&assemble->lines, hash, transaction->log_count) != STATUS_OK)) {
        return false;
    }
    bool clamped = false;
    int64_t time_ns =
        sane(cursor, line->time_ns != 0 ? line->time_ns : line->observed_ns, &clamped);
    assemble->log_rows[transaction->log_count] = (struct transaction_log){
        .line = line,
        .invocation = TRANSACTION_NONE,
        .instance = cursor->instance,
        .group = group,
        .arrival_ns = cursor->arrival_ns,
        .arrival = transaction->log_count,
        .clamped = clamped,
        .time_ns = time_ns,
    };
    transaction->log_count++;
    return true;
}

/* Whether a line was written while an instance of the transaction was being initialised for it. */
static uint32_t init_group(const struct assemble *assemble, uint32_t instance,
                           const struct log_line *line)
{
    struct slice phase;
    if (instance >= assemble->outline_count ||
        !attrs_find_text(line->attrs, NAME_THAW_PHASE, &phase) ||
        !slice_equal(phase, SLICE("init"))) {
        return TRANSACTION_NONE;
    }
    for (uint32_t i = assemble->instance_first[instance]; i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].instance_next) {
        const struct transaction_invocation *invocation = &assemble->transaction->invocations[i];
        const struct invocation_facts *facts = &invocation->facts;
        if (facts->cold && facts->init_start_ns != UNKNOWN_NS &&
            (int64_t)line->time_ns >= facts->init_start_ns - WINDOW_SLACK_NS &&
            (int64_t)line->time_ns <= facts->start_ns + WINDOW_SLACK_NS) {
            return invocation->group;
        }
    }
    return TRANSACTION_NONE;
}

/* Whether times tell whose a line is: not where an instance serves several requests at once, and
 * not where nobody knows the instance. */
static bool time_tells(const struct resource *resource)
{
    struct slice type;
    bool made_up;
    return !(attrs_find_text(resource->attrs, NAME_THAW_INITIALIZATION_TYPE, &type) &&
             slice_equal(type, SLICE("lambda-managed-instances"))) &&
           !(resource->epoch == 0 &&
             attrs_find_bool(resource->attrs, NAME_THAW_INSTANCE_MADE_UP, &made_up) && made_up);
}

/*
 * The group of the invocation in whose time a line lies that does not say where it belongs: between
 * START and END.  Logs have milliseconds and order what falls into one as they like, so a line in
 * the millisecond of START or END is of that invocation; of two, of the one that begins in it.
 */
static uint32_t window_group(const struct assemble *assemble, uint32_t instance,
                             const struct log_line *line)
{
    if (instance >= assemble->outline_count || attrs_find(line->attrs, NAME_THAW_PHASE) != NULL ||
        !time_tells(line->resource)) {
        return TRANSACTION_NONE;
    }
    uint64_t told_ns = line->time_ns != 0 ? line->time_ns : line->observed_ns;
    int64_t time_ms = (told_ns <= INT64_MAX ? (int64_t)told_ns : INT64_MAX) / NS_PER_MS;
    uint32_t found[2] = {TRANSACTION_NONE, TRANSACTION_NONE};
    for (uint32_t i = assemble->instance_first[instance]; i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].instance_next) {
        const struct transaction_invocation *invocation = &assemble->transaction->invocations[i];
        int64_t end_ns = invocation->facts.end_line_ns > invocation->facts.end_ns
                             ? invocation->facts.end_line_ns
                             : invocation->facts.end_ns;
        bool begins = invocation->facts.start_ns / NS_PER_MS == time_ms;
        if (begins ||
            (time_ms > invocation->facts.start_ns / NS_PER_MS && time_ms <= end_ns / NS_PER_MS)) {
            uint32_t *group = &found[begins ? 0 : 1];
            if (*group != TRANSACTION_NONE) {
                return TRANSACTION_NONE;
            }
            *group = invocation->group;
        }
    }
    return found[0] != TRANSACTION_NONE ? found[0] : found[1];
}

static bool is_event(const struct log_line *line)
{
    return line->scope != NULL && (line->scope->agent || line->scope->logs) &&
           (slice_equal(line->event_name, NAME_EVENT_INVOCATION) ||
            slice_equal(line->event_name, NAME_EVENT_INSTANCE_START) ||
            slice_equal(line->event_name, NAME_EVENT_INSTANCE_STOP));
}

static uint32_t line_group(const struct cursor *cursor, const struct log_line *line)
{
    const struct assemble *assemble = cursor->assemble;
    struct id16 request_id;
    if (record_ids_request(line->attrs, &request_id)) {
        /* It says whose it is; that its trace is another's does not matter. */
        return group_of(assemble, request_id);
    }
    if (line->has_trace) {
        return group_of(assemble, line->trace_id);
    }
    uint32_t instance = assemble_instance(cursor->assemble, line->resource, false);
    uint32_t group = init_group(assemble, instance, line);
    return group != TRANSACTION_NONE ? group : window_group(assemble, instance, line);
}

/* The view has read an event, but for what the environment used: that is looked for when it is
 * asked for.  Of several the later one counts. */
static void collect_event(struct cursor *cursor, const struct log_line *line)
{
    const struct assemble *assemble = cursor->assemble;
    struct id16 request_id;
    int64_t attempt = 1;
    if (!line->scope->agent || attrs_find(line->attrs, NAME_THAW_ENV_MEMORY_TOTAL_BYTES) == NULL ||
        !record_ids_request(line->attrs, &request_id)) {
        return;
    }
    (void)attrs_find_int(line->attrs, NAME_THAW_ATTEMPT, &attempt);
    uint32_t instance = assemble_instance(cursor->assemble, line->resource, false);
    for (uint32_t i = assemble_request(assemble, request_id); i != TRANSACTION_NONE;
         i = assemble->transaction->invocations[i].request_next) {
        struct transaction_invocation *invocation = &assemble->transaction->invocations[i];
        if (invocation->instance == instance && invocation->facts.attempt == attempt &&
            (invocation->usage == NULL || invocation->usage->seq < line->seq)) {
            invocation->usage = line;
            cursor->kept = true;
        }
    }
}

static void collect_line(struct cursor *cursor, const struct log_line *line)
{
    if (is_event(line)) {
        collect_event(cursor, line);
        return;
    }
    uint32_t group = line_group(cursor, line);
    if (group == TRANSACTION_NONE) {
        return;
    }
    cursor_resource(cursor, line->resource);
    if (cursor->repeated) {
        return;
    }
    if (!keep_line(cursor, line, group)) {
        cursor->assemble->transaction->cut = true;
    }
}

/* ---- What is loaded. ---- */

/* Whether records tell of the transaction, whatever becomes of them: when they began is when the
 * view must remember all. */
static bool tells(const struct assemble *assemble, const struct id16 *trace_id, struct attrs attrs)
{
    struct id16 request_id;
    return (trace_id != NULL && group_of(assemble, *trace_id) != TRANSACTION_NONE) ||
           (record_ids_request(attrs, &request_id) &&
            group_of(assemble, request_id) != TRANSACTION_NONE);
}

static void look_back(struct cursor *cursor, const struct batch *batch)
{
    struct assemble *assemble = cursor->assemble;
    bool clamped;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        if (tells(assemble, &span->trace_id, span->attrs)) {
            assemble_began(assemble, sane(cursor, span->start_ns, &clamped));
        }
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        if (tells(assemble, line->has_trace ? &line->trace_id : NULL, line->attrs)) {
            assemble_began(
                assemble,
                sane(cursor, line->time_ns != 0 ? line->time_ns : line->observed_ns, &clamped));
        }
    }
}

static bool collect_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct cursor *cursor = context;
    cursor->arrival_ns = arrival_ns;
    cursor->resource = NULL;
    if (cursor->assemble->forgotten_ns != INT64_MIN) {
        look_back(cursor, batch);
    }
    if (assemble_forgotten(cursor->assemble)) {
        return false;
    }
    for (size_t i = 0; i < batch->span_count; i++) {
        collect_span(cursor, &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        collect_line(cursor, &batch->logs[i]);
    }
    return true;
}

static void collect_ref(struct assemble *assemble, struct frame_ref ref, const struct id16 *ids,
                        size_t id_count)
{
    struct arena *arena = assemble->arena;
    size_t mark = arena_mark(arena);
    struct cursor cursor = {.assemble = assemble};
    enum status status =
        store_load(assemble->transaction->hold, ref, ids, id_count, arena, collect_batch, &cursor);
    if (status == STATUS_FULL) {
        assemble->transaction->cut = true;
    } else if (status != STATUS_OK) {
        assemble->lost_frames++;
    }
    if (!cursor.kept) {
        arena_rewind(arena, mark);
    }
}

/* The minutes that an invocation is known to have lasted: none where its end is unknown. */
static size_t minutes_of(const struct invocation_facts *facts)
{
    int64_t end_ns = facts->end_line_ns > facts->end_ns ? facts->end_line_ns : facts->end_ns;
    if (end_ns < facts->start_ns || end_ns - facts->start_ns > INVOCATION_NS_MAX) {
        return 0;
    }
    int64_t first_ns = rollup_minute(facts->start_ns);
    return (size_t)((rollup_minute(end_ns) - first_ns) / MINUTE_NS) + 1;
}

/* The ids by which lines that name no request are found: of the init, and of those minutes. */
static void ids_of_instance(const struct transaction_invocation *invocation, struct slice name,
                            struct id16 *ids, size_t *count)
{
    if (invocation->facts.cold) {
        ids[(*count)++] = record_ids_instance(invocation->function.name, name);
    }
    for (size_t k = 0; k < minutes_of(&invocation->facts); k++) {
        int64_t minute_ns = rollup_minute(invocation->facts.start_ns) + (int64_t)k * MINUTE_NS;
        ids[(*count)++] = record_ids_minute(invocation->function.name, name, (uint64_t)minute_ns);
    }
}

/* All ids of the members, the instances that were initialised for one of them, and the minutes in
 * which they ran. */
static struct id16 *ids_to_find(struct assemble *assemble, size_t *count)
{
    const struct transaction *transaction = assemble->transaction;
    const struct members *members = &transaction->members;
    size_t most = (size_t)members->id_count + 1;
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        most += 2 * (1 + minutes_of(&transaction->invocations[i].facts)); /* Of two names. */
    }
    struct id16 *ids = arena_alloc_array(assemble->arena, most, sizeof(ids[0]));
    if (ids == NULL) {
        return NULL;
    }
    *count = 0;
    for (uint32_t i = 0; i < members->id_count; i++) {
        ids[(*count)++] = members->ids[i].id;
    }
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        const struct transaction_invocation *invocation = &transaction->invocations[i];
        const struct transaction_instance *instance =
            &assemble->instance_rows[invocation->instance];
        ids_of_instance(invocation, instance->name, ids, count);
        if (instance->alias.size > 0) {
            ids_of_instance(invocation, instance->alias, ids, count);
        }
    }
    return ids;
}

void collect_records(struct assemble *assemble)
{
    size_t id_count;
    struct id16 *ids = ids_to_find(assemble, &id_count);
    struct frame_ref *refs = malloc(QUERY_FRAME_COUNT_MAX * sizeof(refs[0]));
    if (ids == NULL || refs == NULL) {
        assemble->transaction->cut = true;
        free(refs);
        return;
    }
    size_t found =
        store_find(assemble->transaction->hold, ids, id_count, refs, QUERY_FRAME_COUNT_MAX);
    if (found > QUERY_FRAME_COUNT_MAX) {
        assemble->transaction->cut = true;
        found = QUERY_FRAME_COUNT_MAX;
    }
    for (size_t i = 0;
         i < found && !arena_overflowed(assemble->arena) && !assemble_forgotten(assemble); i++) {
        collect_ref(assemble, refs[i], ids, id_count);
    }
    free(refs);
}

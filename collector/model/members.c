/* SPDX-License-Identifier: Apache-2.0 */
#include "model/members.h"
#include "model/model_limits.h"
#include "model/reach.h"
#include "model/view_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* A batch that serves more transactions than this is its own, and lists only so many. */
#define SHARE_COUNT_MAX 64

/* Slots of the map of names that is kept from one look-up to the next. */
#define NAMES_KEPT_SLOT_COUNT 1024

/* A message of a batch. */
struct message {
    uint64_t key;
    bool served; /* It is from the transaction. */
};

struct members_work {
    struct reach all;
    struct reach probe;
    struct member_group *groups;
    uint32_t *group_parents; /* The group that sent the messages. */
    uint32_t *group_batches; /* Id row of the batch. */
    uint32_t group_count, group_capacity, parent_capacity, batch_capacity;
    struct message *messages; /* Scratch to count distinct messages. */
    uint32_t message_capacity;
    struct map names; /* Id row -> name of its group, found in this look-up. */
    struct id16 *name_rows;
    uint32_t name_count, name_capacity;
    bool list;      /* Neither links nor shares are wanted. */
    uint64_t steps; /* Links looked at. */
};

static void forget_names(struct members_work *work)
{
    if (work->names.capacity > NAMES_KEPT_SLOT_COUNT) {
        map_fini(&work->names);
        map_init_growing(&work->names, MEMBER_ID_COUNT_MAX);
    } else {
        map_reset(&work->names);
    }
    work->name_count = 0;
}

/* Remember the name of all ids that were probed; without room it is found again. */
static void keep_names(struct members_work *work, struct id16 name)
{
    void *rows = work->name_rows;
    bool fits = rows_reserve(&rows, &work->name_capacity, (uint64_t)work->name_count + 1,
                             MEMBER_ID_COUNT_MAX, sizeof(work->name_rows[0]));
    work->name_rows = rows;
    for (uint32_t i = 0; fits && i < work->probe.id_count; i++) {
        fits =
            map_insert(&work->names, hash_u64(work->probe.ids[i]), work->name_count) == STATUS_OK;
    }
    if (work->name_count < work->name_capacity) {
        work->name_rows[work->name_count++] = name;
    }
}

/* The name of the group of an id. */
static struct id16 probe_name(const struct view *view, struct members_work *work, uint32_t id)
{
    uint32_t row;
    if (map_find(&work->names, hash_u64(id), NULL, NULL, &row)) {
        return work->name_rows[row];
    }
    reach_reset(&work->probe);
    reach_group(view, &work->probe, id, 0);
    struct id16 name = reach_name(view, &work->probe, 0);
    keep_names(work, name);
    return name;
}

static uint32_t add_share(struct member_share *shares, uint32_t count, struct id16 id,
                          struct id16 trace_id, uint32_t *at)
{
    for (*at = 0; *at < count; (*at)++) {
        if (memcmp(&shares[*at].id, &id, sizeof(id)) == 0) {
            return count;
        }
    }
    if (count < SHARE_COUNT_MAX) {
        shares[count] = (struct member_share){.id = id, .trace_id = trace_id};
        return count + 1;
    }
    return count;
}

/* ---- Upwards: the one transaction that a batch serves. ---- */

/* The id row of the only other group whose messages a batch received; ROW_NONE when there are none
 * or several. */
static uint32_t only_sender(const struct view *view, struct members_work *work, uint32_t batch,
                            const struct reach *own)
{
    uint32_t sender = ROW_NONE;
    struct id16 name = {{0}};
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        const struct link *link = &view->links.rows[i];
        work->steps++;
        if (!link->queue || link->target == sender || reach_find(own, link->target) != ROW_NONE) {
            continue;
        }
        struct id16 other = probe_name(view, work, link->target);
        if (sender != ROW_NONE && memcmp(&name, &other, sizeof(name)) != 0) {
            return ROW_NONE;
        }
        sender = link->target;
        name = other;
    }
    return sender;
}

/* Climb from the group of an id to the first group of the transaction it is part of. */
static uint32_t climb(const struct view *view, struct members_work *work, uint32_t id)
{
    struct id16 visited[MEMBER_DEPTH_MAX];
    for (unsigned depth = 0; depth < MEMBER_DEPTH_MAX; depth++) {
        reach_reset(&work->all);
        reach_group(view, &work->all, id, 0);
        visited[depth] = reach_name(view, &work->all, 0);
        for (unsigned i = 0; i < depth; i++) {
            if (memcmp(&visited[i], &visited[depth], sizeof(visited[i])) == 0) {
                return id; /* A circle of links has no top: this is as good as any. */
            }
        }
        uint32_t first = reach_first(view, &work->all, 0);
        uint32_t batch =
            first != ROW_NONE ? view->invocations.rows[first].request : work->all.ids[0];
        uint32_t sender = only_sender(view, work, batch, &work->all);
        if (sender == ROW_NONE) {
            return id;
        }
        id = sender;
    }
    return id;
}

/* ---- Downwards: who received the messages. ---- */

static bool add_group(struct members_work *work, uint32_t parent, uint32_t batch)
{
    void *groups = work->groups;
    void *parents = work->group_parents;
    void *batches = work->group_batches;
    uint64_t need = (uint64_t)work->group_count + 1;
    bool fits = rows_reserve(&groups, &work->group_capacity, need, MEMBER_INVOCATION_COUNT_MAX,
                             sizeof(work->groups[0]));
    work->groups = groups;
    fits = fits && rows_reserve(&parents, &work->parent_capacity, need, MEMBER_INVOCATION_COUNT_MAX,
                                sizeof(work->group_parents[0]));
    work->group_parents = parents;
    fits = fits && rows_reserve(&batches, &work->batch_capacity, need, MEMBER_INVOCATION_COUNT_MAX,
                                sizeof(work->group_batches[0]));
    work->group_batches = batches;
    if (!fits) {
        work->all.cut = true;
        return false;
    }
    work->groups[work->group_count] = (struct member_group){.share = 1, .share_of = 1};
    work->group_parents[work->group_count] = parent;
    work->group_batches[work->group_count] = batch;
    work->group_count++;
    return true;
}

static void follow(const struct view *view, struct members_work *work)
{
    struct reach *all = &work->all;
    for (uint32_t at = 0; at < all->id_count && !all->cut; at++) {
        uint32_t group = all->id_groups[at];
        for (uint32_t i = view->ids.rows[all->ids[at]].target_links; i != ROW_NONE && !all->cut;
             i = view->links.rows[i].target_next) {
            const struct link *link = &view->links.rows[i];
            work->steps++;
            if (link->queue && reach_find(all, link->consumer) == ROW_NONE &&
                add_group(work, group, link->consumer)) {
                reach_group(view, all, link->consumer, work->group_count - 1);
                if (reach_find(all, link->consumer) == ROW_NONE) {
                    work->group_count--; /* No room for any of it: a group without ids is none. */
                }
            }
        }
    }
}

static int compare_messages(const void *one, const void *other)
{
    const struct message *a = one;
    const struct message *b = other;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return (a->served ? 0 : 1) - (b->served ? 0 : 1);
}

/* How many different ones there are.  A message that two spans of the batch name is one. */
static void count_distinct(struct message *messages, uint32_t count, struct member_group *group)
{
    if (count > 0) {
        qsort(messages, count, sizeof(messages[0]), compare_messages);
    }
    for (uint32_t i = 0; i < count; i++) {
        bool repeated = i > 0 && messages[i].key == messages[i - 1].key;
        group->messages += repeated ? 0 : 1;
        group->served += !repeated && messages[i].served ? 1 : 0;
    }
}

static uint64_t message_key(const struct view *view, const struct link *link)
{
    /* One that has an id of its own is known by it, another by the span that sent it. */
    struct {
        uint64_t target, span, message;
    } key = {link->target, 0, link->message};
    memcpy(&key.span, link->target_span.bytes, sizeof(key.span));
    return hash_sip64(&view->links.key, slice_of(&key, sizeof(key)));
}

/* Whether a link brought a message from another group.  A consumer that names a parent in its own
 * trace looks like one that continues its sender's. */
static bool from_outside(const struct members_work *work, const struct link *link, uint32_t batch)
{
    return link->queue && reach_find(&work->all, link->target) != reach_find(&work->all, batch);
}

/* The number of messages of a batch, and of them those that are from the transaction: both of the
 * same links, so however many there are, no more are served than there are. */
static void count_messages(const struct view *view, struct members_work *work, uint32_t batch,
                           struct member_group *group)
{
    uint32_t count = 0;
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        const struct link *link = &view->links.rows[i];
        work->steps++;
        if (!from_outside(work, link, batch)) {
            continue;
        }
        void *messages = work->messages;
        if (!rows_reserve(&messages, &work->message_capacity, (uint64_t)count + 1,
                          MEMBER_LINK_COUNT_MAX, sizeof(work->messages[0]))) {
            work->all.cut = true;
            break;
        }
        work->messages = messages;
        work->messages[count++] = (struct message){
            .key = message_key(view, link),
            .served = reach_find(&work->all, link->target) != ROW_NONE,
        };
    }
    count_distinct(work->messages, count, group);
}

/* Links of a batch whose sender has told something of itself. */
static uint32_t count_known_senders(const struct view *view, const struct members_work *work,
                                    uint32_t batch)
{
    uint32_t known = 0;
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        const struct link *link = &view->links.rows[i];
        const struct id_row *sender = &view->ids.rows[link->target];
        bool told = sender->spans > 0 || sender->logs > 0 || sender->other_edges != ROW_NONE ||
                    sender->invocations != ROW_NONE;
        known += from_outside(work, link, batch) && told ? 1 : 0;
    }
    return known;
}

static uint32_t told_messages(const struct view *view, uint32_t batch)
{
    uint32_t told = 0;
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        told = view->links.rows[i].batch > told ? view->links.rows[i].batch : told;
    }
    return told;
}

static uint32_t fraction_clamp(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* All transactions that a batch serves, with their numbers of messages. */
static bool list_shares(const struct view *view, struct members_work *work, uint32_t batch,
                        struct arena *arena, struct member_group *group)
{
    struct member_share *shares = arena_alloc_array(arena, SHARE_COUNT_MAX, sizeof(shares[0]));
    if (shares == NULL) {
        return false;
    }
    uint32_t count = 0;
    uint64_t keys[SHARE_COUNT_MAX * 4];
    uint32_t key_count = 0;
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        const struct link *link = &view->links.rows[i];
        uint64_t key = message_key(view, link);
        bool repeated = false;
        for (uint32_t k = 0; k < key_count; k++) {
            repeated = repeated || keys[k] == key;
        }
        if (!from_outside(work, link, batch) || repeated ||
            key_count == sizeof(keys) / sizeof(keys[0])) {
            continue;
        }
        keys[key_count++] = key;
        uint32_t at;
        count = add_share(shares, count, probe_name(view, work, link->target),
                          view->ids.rows[link->target].id, &at);
        if (at < count) {
            shares[at].messages++;
        }
    }
    group->shares = shares;
    group->share_count = count;
    return true;
}

static bool fill_groups(const struct view *view, struct members_work *work, struct arena *arena)
{
    for (uint32_t g = 0; g < work->group_count; g++) {
        struct member_group *group = &work->groups[g];
        group->id = reach_name(view, &work->all, g);
        uint32_t batch = work->group_batches[g];
        if (batch == ROW_NONE) {
            continue;
        }
        group->batch = view->ids.rows[batch].id;
        count_messages(view, work, batch, group);
        uint32_t told = told_messages(view, batch);
        group->messages = told > group->messages ? told : group->messages;
        group->messages = group->messages > 0 ? group->messages : 1; /* Else it were no batch. */
        if (g == 0) {
            uint32_t known = count_known_senders(view, work, batch);
            group->served = known < group->messages ? known : group->messages;
        }
        if (g > 0) {
            const struct member_group *parent = &work->groups[work->group_parents[g]];
            group->share = fraction_clamp((uint64_t)parent->share * group->served);
            group->share_of = fraction_clamp((uint64_t)parent->share_of * group->messages);
            group->shared = group->share < group->share_of;
            if (group->served == group->messages) {
                group->share = parent->share;
                group->share_of = parent->share_of;
                group->shared = parent->shared;
            }
        }
        if (!work->list && (group->shared || g == 0) &&
            !list_shares(view, work, batch, arena, group)) {
            return false;
        }
    }
    return true;
}

/* ---- The answer. ---- */

static void link_fill(const struct view *view, struct members_work *work, const struct link *link,
                      struct member_link *out)
{
    bool from_here = reach_find(&work->all, link->target) != ROW_NONE;
    bool to_here = reach_find(&work->all, link->consumer) != ROW_NONE;
    *out = (struct member_link){
        .queue = link->queue,
        .has_request = link->requested,
        .from_trace = view->ids.rows[link->target].id,
        .to_trace = link->consumer_trace,
        .from_span = link->target_span,
        .to_span = link->consumer_span,
        .time_ns = link->time_ns,
    };
    if (link->requested) {
        out->to_request = view->ids.rows[link->consumer].id;
    }
    out->transaction = from_here && to_here
                           ? work->groups[0].id
                           : probe_name(view, work, from_here ? link->consumer : link->target);
}

/* Links that leave or enter: each once, from its target's side when that is here. */
static uint32_t list_links(const struct view *view, struct members_work *work,
                           struct member_link *out)
{
    struct reach *all = &work->all;
    uint32_t count = 0;
    for (uint32_t at = 0; at < all->id_count; at++) {
        const struct id_row *id = &view->ids.rows[all->ids[at]];
        for (uint32_t i = id->target_links; i != ROW_NONE; i = view->links.rows[i].target_next) {
            const struct link *link = &view->links.rows[i];
            if (reach_find(all, link->consumer) == all->id_groups[at]) {
                continue; /* Within a group it is no link between transactions. */
            }
            if (count == MEMBER_LINK_COUNT_MAX) {
                all->cut = true;
                return count;
            }
            if (out != NULL) {
                link_fill(view, work, link, &out[count]);
            }
            count++;
        }
        for (uint32_t i = id->consumer_links; i != ROW_NONE;
             i = view->links.rows[i].consumer_next) {
            if (reach_find(all, view->links.rows[i].target) != ROW_NONE) {
                continue;
            }
            if (count == MEMBER_LINK_COUNT_MAX) {
                all->cut = true;
                return count;
            }
            if (out != NULL) {
                link_fill(view, work, &view->links.rows[i], &out[count]);
            }
            count++;
        }
    }
    return count;
}

/* By time, and so that the order in which they were told does not show. */
static int compare_links(const void *one, const void *other)
{
    const struct member_link *a = one;
    const struct member_link *b = other;
    int order = (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
    order = order != 0 ? order : memcmp(&a->to_span, &b->to_span, sizeof(a->to_span));
    order = order != 0 ? order : memcmp(&a->from_trace, &b->from_trace, sizeof(a->from_trace));
    return order != 0 ? order : memcmp(&a->from_span, &b->from_span, sizeof(a->from_span));
}

static void add_facts(const struct id_row *row, struct members *members)
{
    members->spans += row->spans;
    members->logs += row->logs;
    members->logs += row->logs_agent > row->logs_stream ? row->logs_agent : row->logs_stream;
    members->errors += row->errors;
    if (row->start_ns != UNKNOWN_NS &&
        (members->start_ns == UNKNOWN_NS || row->start_ns < members->start_ns)) {
        members->start_ns = row->start_ns;
    }
    if (row->end_ns > members->end_ns) {
        members->end_ns = row->end_ns;
    }
}

/* A request id stands for a trace only where its invocation was given no other one. */
static bool is_trace(const struct view *view, const struct id_row *row)
{
    return row->invocations == ROW_NONE ||
           memcmp(&view->invocations.rows[row->invocations].trace_id, &row->id, sizeof(row->id)) ==
               0;
}

static bool answer(const struct view *view, struct members_work *work, struct arena *arena,
                   struct members *members)
{
    struct reach *all = &work->all;
    if (!fill_groups(view, work, arena)) {
        return false;
    }
    uint32_t link_count = work->list ? 0 : list_links(view, work, NULL);
    struct member_group *groups = arena_alloc_array(arena, work->group_count, sizeof(groups[0]));
    struct member_id *ids = arena_alloc_array(arena, all->id_count, sizeof(ids[0]));
    struct member_invocation *invocations =
        arena_alloc_array(arena, (size_t)all->invocation_count + 1, sizeof(invocations[0]));
    struct member_link *links = arena_alloc_array(arena, (size_t)link_count + 1, sizeof(links[0]));
    if (groups == NULL || ids == NULL || invocations == NULL || links == NULL) {
        return false;
    }
    *members = (struct members){
        .id = work->groups[0].id,
        .groups = groups,
        .group_count = work->group_count,
        .ids = ids,
        .id_count = all->id_count,
        .invocations = invocations,
        .invocation_count = all->invocation_count,
        .links = links,
        .link_count = link_count,
        .start_ns = UNKNOWN_NS,
        .end_ns = UNKNOWN_NS,
        .cut = all->cut,
    };
    if (link_count > 0) {
        (void)list_links(view, work, links);
        qsort(links, link_count, sizeof(links[0]), compare_links);
    }
    memcpy(groups, work->groups, work->group_count * sizeof(groups[0]));
    if (all->invocation_count > 0) {
        memcpy(invocations, all->invocations, all->invocation_count * sizeof(invocations[0]));
    }
    for (uint32_t i = 0; i < all->id_count; i++) {
        const struct id_row *row = &view->ids.rows[all->ids[i]];
        ids[i] = (struct member_id){row->id, all->id_groups[i], is_trace(view, row)};
        add_facts(row, members);
        if (members->service.size == 0 && all->id_groups[i] == 0) {
            members->service = text_get(&view->texts, row->service);
        }
    }
    return true;
}

struct members_work *members_work_create(void)
{
    struct members_work *work = calloc(1, sizeof(*work));
    if (work != NULL) {
        reach_init(&work->all);
        reach_init(&work->probe);
        map_init_growing(&work->names, MEMBER_ID_COUNT_MAX);
    }
    return work;
}

void members_work_free(struct members_work *work)
{
    if (work == NULL) {
        return;
    }
    reach_fini(&work->all);
    reach_fini(&work->probe);
    map_fini(&work->names);
    free(work->name_rows);
    free(work->groups);
    free(work->group_parents);
    free(work->group_batches);
    free(work->messages);
    free(work);
}

void members_work_list(struct members_work *work)
{
    work->list = true;
}

uint64_t members_work_steps(const struct members_work *work)
{
    return work->steps + work->all.steps + work->probe.steps;
}

bool members_find_row(const struct view *view, struct members_work *work, uint32_t id_row,
                      struct arena *arena, struct members *members)
{
    forget_names(work);
    uint32_t top = climb(view, work, id_row);
    reach_reset(&work->all);
    work->group_count = 0;
    reach_group(view, &work->all, top, 0);
    uint32_t first = reach_first(view, &work->all, 0);
    uint32_t batch = first != ROW_NONE ? view->invocations.rows[first].request : top;
    bool is_batch = false;
    for (uint32_t i = view->ids.rows[batch].consumer_links; i != ROW_NONE;
         i = view->links.rows[i].consumer_next) {
        is_batch = is_batch || from_outside(work, &view->links.rows[i], batch);
    }
    if (!add_group(work, 0, is_batch ? batch : ROW_NONE)) {
        return false;
    }
    follow(view, work);
    return answer(view, work, arena, members);
}

bool members_find(const struct view *view, struct members_work *work, struct id16 id,
                  struct arena *arena, struct members *members)
{
    uint32_t row = ids_find(&view->ids, id);
    return row != ROW_NONE && members_find_row(view, work, row, arena, members);
}

struct id16 members_transaction_row(const struct view *view, struct members_work *work,
                                    uint32_t id_row)
{
    forget_names(work);
    return probe_name(view, work, climb(view, work, id_row));
}

struct id16 members_transaction(const struct view *view, struct members_work *work, struct id16 id)
{
    uint32_t row = ids_find(&view->ids, id);
    return row != ROW_NONE ? members_transaction_row(view, work, row) : (struct id16){{0}};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "query/assemble.h"

#include "base/ensure.h"
#include "model/model_limits.h"

#include <stdlib.h>
#include <string.h>

/* The outline of a transaction: its members and what the view knows of its invocations. */

struct id_lookup {
    const struct assemble *assemble;
    const struct id16 *id;
};

static uint64_t hash_id(const struct assemble *assemble, const struct id16 *id)
{
    return hash_sip64(&assemble->query->key, slice_of(id->bytes, sizeof(id->bytes)));
}

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->assemble->transaction->members.ids[row].id, lookup->id,
                  sizeof(*lookup->id)) == 0;
}

static bool request_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->assemble->transaction->invocations[row].facts.request_id, lookup->id,
                  sizeof(*lookup->id)) == 0;
}

uint32_t assemble_id(const struct assemble *assemble, struct id16 id)
{
    struct id_lookup lookup = {assemble, &id};
    uint32_t row;
    return map_find(&assemble->ids, hash_id(assemble, &id), id_is, &lookup, &row)
               ? row
               : TRANSACTION_NONE;
}

uint32_t assemble_request(const struct assemble *assemble, struct id16 request_id)
{
    struct id_lookup lookup = {assemble, &request_id};
    uint32_t row;
    return map_find(&assemble->requests, hash_id(assemble, &request_id), request_is, &lookup, &row)
               ? row
               : TRANSACTION_NONE;
}

/* ---- When it began. ---- */

bool assemble_forgotten(const struct assemble *assemble)
{
    /* What a time ties to an invocation happened while that was running. */
    return assemble->forgotten_ns != INT64_MIN &&
           assemble->first_ns - INVOCATION_NS_MAX <= assemble->forgotten_ns;
}

void assemble_began(struct assemble *assemble, int64_t time_ns)
{
    if (time_ns != UNKNOWN_NS && time_ns < assemble->first_ns) {
        assemble->first_ns = time_ns;
    }
}

/* ---- Instances. ---- */

struct instance_lookup {
    const struct assemble *assemble;
    const struct transaction_instance *named;
};

/* An account or a region that is not told is not another one. */
static bool agrees(struct slice one, struct slice other)
{
    return one.size == 0 || other.size == 0 || slice_equal(one, other);
}

static bool instance_is(const void *context, uint32_t row)
{
    const struct instance_lookup *lookup = context;
    const struct transaction_instance *one = &lookup->assemble->instance_rows[row];
    const struct transaction_instance *other = lookup->named;
    bool named = slice_equal(one->name, other->name) ||
                 (one->alias.size > 0 && slice_equal(one->alias, other->name));
    return named && slice_equal(one->function, other->function) &&
           agrees(one->account, other->account) && agrees(one->region, other->region);
}

uint32_t assemble_instance_named(struct assemble *assemble,
                                 const struct transaction_instance *named, bool add)
{
    struct instance_lookup lookup = {assemble, named};
    uint64_t hash = hash_sip64(&assemble->query->key, named->name);
    uint32_t row;
    if (map_find(&assemble->instances, hash, instance_is, &lookup, &row)) {
        return row;
    }
    struct transaction *transaction = assemble->transaction;
    void *rows = assemble->instance_rows;
    if (!add || !rows_reserve(&rows, &assemble->instance_capacity,
                              (uint64_t)transaction->instance_count + 1, UINT32_MAX - 1,
                              sizeof(assemble->instance_rows[0]))) {
        return TRANSACTION_NONE;
    }
    assemble->instance_rows = rows;
    if (map_insert(&assemble->instances, hash, transaction->instance_count) != STATUS_OK) {
        return TRANSACTION_NONE;
    }
    assemble->instance_rows[transaction->instance_count] = *named;
    if (named->alias.size > 0 &&
        map_insert(&assemble->instances, hash_sip64(&assemble->query->key, named->alias),
                   transaction->instance_count) != STATUS_OK) {
        return TRANSACTION_NONE;
    }
    return transaction->instance_count++;
}

uint32_t assemble_instance(struct assemble *assemble, const struct resource *resource, bool add)
{
    if (resource->instance.size == 0) {
        return TRANSACTION_NONE;
    }
    const struct transaction_instance named = {
        .account = resource->account,
        .region = resource->region,
        .function = resource->function,
        .name = resource->instance,
    };
    return assemble_instance_named(assemble, &named, add);
}

/* ---- Invocations. ---- */

static int compare_invocations(const void *one, const void *other)
{
    const struct transaction_invocation *a = one;
    const struct transaction_invocation *b = other;
    if (a->facts.placed_ns != b->facts.placed_ns) {
        return a->facts.placed_ns < b->facts.placed_ns ? -1 : 1;
    }
    if (a->facts.start_ns != b->facts.start_ns) {
        return a->facts.start_ns < b->facts.start_ns ? -1 : 1;
    }
    int order = memcmp(&a->facts.request_id, &b->facts.request_id, sizeof(a->facts.request_id));
    return order != 0 ? order : a->facts.attempt < b->facts.attempt ? -1 : 1;
}

static bool read_invocation(struct assemble *assemble, const struct member_invocation *member,
                            struct transaction_invocation *out)
{
    const struct view *view = assemble->query->view;
    *out = (struct transaction_invocation){
        .group = member->group,
        .caller = TRANSACTION_NONE,
        .caller_start_ns = UNKNOWN_NS,
        .caller_end_ns = UNKNOWN_NS,
        .request_next = TRANSACTION_NONE,
        .instance_next = TRANSACTION_NONE,
    };
    view_invocation(view, member->row, &out->facts);
    query_copy_invocation(&out->facts, assemble->arena);
    view_function(view, out->facts.function, &out->function);
    struct instance_facts instance;
    view_instance(view, out->facts.instance, &instance);
    assemble_began(assemble, out->facts.start_ns);
    assemble_began(assemble, out->facts.placed_ns);
    const struct transaction_instance named = {
        .account = out->function.account,
        .region = out->function.region,
        .function = out->function.name,
        .name = instance.name,
        .alias = instance.alias,
        .records_missing = instance.records_missing,
        .unsent = instance.unsent,
    };
    out->instance = assemble_instance_named(assemble, &named, true);
    if (out->instance == TRANSACTION_NONE) {
        return false;
    }
    struct transaction_instance *row = &assemble->instance_rows[out->instance];
    if (row->name.base == instance.name.base) {
        row->name = arena_dup(assemble->arena, instance.name); /* The view's is not for keeps. */
        row->alias = arena_dup(assemble->arena, instance.alias);
    }
    return true;
}

static bool index_members(struct assemble *assemble)
{
    const struct members *members = &assemble->transaction->members;
    for (uint32_t i = 0; i < members->id_count; i++) {
        if (map_insert(&assemble->ids, hash_id(assemble, &members->ids[i].id), i) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

/* Chain the invocations of a request id and of an instance, in order. */
static bool index_invocations(struct assemble *assemble)
{
    struct transaction *transaction = assemble->transaction;
    assemble->instance_first =
        arena_alloc_array(assemble->arena, (size_t)transaction->instance_count + 1,
                          sizeof(assemble->instance_first[0]));
    if (assemble->instance_first == NULL) {
        return false;
    }
    assemble->outline_count = transaction->instance_count;
    for (uint32_t i = 0; i < transaction->instance_count; i++) {
        assemble->instance_first[i] = TRANSACTION_NONE;
    }
    for (uint32_t i = transaction->invocation_count; i > 0; i--) {
        struct transaction_invocation *invocation = &transaction->invocations[i - 1];
        invocation->instance_next = assemble->instance_first[invocation->instance];
        assemble->instance_first[invocation->instance] = i - 1;
        uint32_t known = assemble_request(assemble, invocation->facts.request_id);
        invocation->request_next = known;
        uint64_t hash = hash_id(assemble, &invocation->facts.request_id);
        if (known != TRANSACTION_NONE) {
            (void)map_move(&assemble->requests, hash, known, i - 1);
        } else if (map_insert(&assemble->requests, hash, i - 1) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

static bool read_members(struct assemble *assemble, struct id16 id, bool *known)
{
    struct transaction *transaction = assemble->transaction;
    struct members *members = &transaction->members;
    struct members_work *work = members_work_create();
    bool good = work != NULL;
    view_read_begin(assemble->query->view);
    assemble->forgotten_ns = view_forgotten_ns(assemble->query->view);
    *known = good && members_find(assemble->query->view, work, id, assemble->arena, members);
    if (*known) {
        transaction->invocations =
            arena_alloc_array(assemble->arena, (size_t)members->invocation_count + 1,
                              sizeof(transaction->invocations[0]));
        good = transaction->invocations != NULL;
        for (uint32_t i = 0; good && i < members->invocation_count; i++) {
            good =
                read_invocation(assemble, &members->invocations[i], &transaction->invocations[i]);
        }
        transaction->invocation_count = good ? members->invocation_count : 0;
        assemble_began(assemble, members->start_ns);
    } else {
        assemble->first_ns = INT64_MIN + INVOCATION_NS_MAX;
    }
    view_read_end(assemble->query->view);
    members_work_free(work);
    return good;
}

enum status outline_read(struct assemble *assemble, struct id16 id)
{
    struct transaction *transaction = assemble->transaction;
    bool known;
    bool good = read_members(assemble, id, &known);
    if (!good || arena_overflowed(assemble->arena)) {
        return STATUS_FULL;
    }
    if (!known) {
        return STATUS_NOT_FOUND;
    }
    qsort(transaction->invocations, transaction->invocation_count,
          sizeof(transaction->invocations[0]), compare_invocations);
    transaction->cut = transaction->members.cut;
    if (!index_members(assemble) || !index_invocations(assemble)) {
        return STATUS_FULL;
    }
    transaction->cost = cost_zero();
    transaction->wait_ns = UNKNOWN_NS;
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        struct transaction_invocation *invocation = &transaction->invocations[i];
        const struct member_group *group = &transaction->members.groups[invocation->group];
        invocation->cost =
            query_cost(assemble->query->prices, &invocation->facts, &invocation->function);
        invocation->share = cost_share(&invocation->cost, group->share, group->share_of);
        cost_add(&transaction->cost, &invocation->share);
        if (transaction->wait_ns == UNKNOWN_NS && invocation->group == 0) {
            transaction->wait_ns = invocation->facts.wait_ns;
        }
    }
    return STATUS_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/links.h"
#include "model/model_limits.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* What makes a link the same one when it is sent again. */
struct link_key {
    struct id16 target;
    struct id8 target_span, consumer_span;
    struct id16 consumer_trace;
    uint64_t message;
    uint64_t queue;
};

struct link_lookup {
    const struct links *links;
    const struct link *link;
};

static bool link_is(const void *context, uint32_t row)
{
    const struct link_lookup *lookup = context;
    const struct link *one = &lookup->links->rows[row];
    const struct link *other = lookup->link;
    return one->target == other->target && one->message == other->message &&
           one->queue == other->queue &&
           memcmp(&one->target_span, &other->target_span, sizeof(one->target_span)) == 0 &&
           memcmp(&one->consumer_span, &other->consumer_span, sizeof(one->consumer_span)) == 0 &&
           memcmp(&one->consumer_trace, &other->consumer_trace, sizeof(one->consumer_trace)) == 0;
}

static uint64_t link_hash(const struct links *links, const struct ids *ids, const struct link *link)
{
    struct link_key key = {
        .target = ids->rows[link->target].id,
        .target_span = link->target_span,
        .consumer_span = link->consumer_span,
        .consumer_trace = link->consumer_trace,
        .message = link->message,
        .queue = link->queue,
    };
    return hash_sip64(&links->key, slice_of(&key, sizeof(key)));
}

void links_init(struct links *links, const struct hash_key *key)
{
    *links = (struct links){.key = *key};
    map_init_growing(&links->map, LINK_COUNT_MAX);
}

void links_fini(struct links *links)
{
    free(links->rows);
    map_fini(&links->map);
}

static void list_target(struct links *links, struct ids *ids, uint32_t row)
{
    struct link *link = &links->rows[row];
    link->target_next = ids->rows[link->target].target_links;
    ids->rows[link->target].target_links = row;
}

static void list_consumer(struct links *links, struct ids *ids, uint32_t row)
{
    struct link *link = &links->rows[row];
    uint32_t *first = &ids->rows[link->consumer].consumer_links;
    link->consumer_previous = ROW_NONE;
    link->consumer_next = *first;
    if (*first != ROW_NONE) {
        links->rows[*first].consumer_previous = row;
    }
    *first = row;
}

static void unlist_consumer(struct links *links, struct ids *ids, uint32_t row)
{
    const struct link *link = &links->rows[row];
    if (link->consumer_previous != ROW_NONE) {
        links->rows[link->consumer_previous].consumer_next = link->consumer_next;
    } else {
        ENSURE(ids->rows[link->consumer].consumer_links == row);
        ids->rows[link->consumer].consumer_links = link->consumer_next;
    }
    if (link->consumer_next != ROW_NONE) {
        links->rows[link->consumer_next].consumer_previous = link->consumer_previous;
    }
}

void links_consume(struct links *links, struct ids *ids, uint32_t row, uint32_t request)
{
    struct link *link = &links->rows[row];
    if (link->requested) {
        return;
    }
    unlist_consumer(links, ids, row);
    link->consumer = request;
    link->requested = true;
    list_consumer(links, ids, row);
}

bool links_append(struct links *links, struct ids *ids, const struct link *link)
{
    ENSURE(links->count < links->capacity);
    uint32_t row = links->count++;
    links->rows[row] = *link;
    list_target(links, ids, row);
    list_consumer(links, ids, row);
    return map_insert(&links->map, link_hash(links, ids, link), row) == STATUS_OK;
}

uint32_t links_add(struct links *links, struct ids *ids, const struct link *link)
{
    struct link_lookup lookup = {links, link};
    uint64_t hash = link_hash(links, ids, link);
    uint32_t row;
    if (map_find(&links->map, hash, link_is, &lookup, &row)) {
        struct link *known = &links->rows[row];
        known->segment_last =
            known->segment_last < link->segment_last ? link->segment_last : known->segment_last;
        known->batch = known->batch < link->batch ? link->batch : known->batch;
        if (link->requested) {
            links_consume(links, ids, row, link->consumer);
        }
        return row;
    }
    void *rows = links->rows;
    if (!rows_reserve(&rows, &links->capacity, (uint64_t)links->count + 1, LINK_COUNT_MAX,
                      sizeof(links->rows[0]))) {
        return ROW_NONE;
    }
    links->rows = rows;
    if (map_insert(&links->map, hash, links->count) != STATUS_OK) {
        return ROW_NONE;
    }
    row = links->count++;
    links->rows[row] = *link;
    list_target(links, ids, row);
    list_consumer(links, ids, row);
    return row;
}

void links_compact(struct links *links, struct ids *ids, const uint32_t *ids_moved,
                   uint32_t segment_last)
{
    uint32_t count = 0;
    map_reset(&links->map);
    for (uint32_t i = 0; i < links->count; i++) {
        struct link link = links->rows[i];
        link.target = ids_moved[link.target];
        link.consumer = ids_moved[link.consumer];
        if (link.target == ROW_NONE || link.consumer == ROW_NONE ||
            link.segment_last <= segment_last) {
            continue;
        }
        links->rows[count] = link;
        list_target(links, ids, count);
        list_consumer(links, ids, count);
        ENSURE(map_insert(&links->map, link_hash(links, ids, &link), count) == STATUS_OK);
        count++;
    }
    links->count = count;
}

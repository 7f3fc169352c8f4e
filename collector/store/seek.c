/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seek.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* A segment that a guide names. */
struct seek_hit {
    uint64_t hash;
    uint8_t member;
};

struct seek {
    const struct cabinet_list *list;
    const struct id16 *ids;
    size_t id_count;
    void (*visit)(void *context, uint32_t segment, uint16_t block);
    void *context;
    uint32_t segment;           /* Of the blocks that come. */
    const struct hash_key *key; /* That the hashes are made with. */
    uint64_t *hashes;           /* Ascending. */
    uint64_t *some;             /* Of them. */
    struct seek_hit *hits;      /* Of one guide. */
    size_t hit_count, hit_capacity;
    bool full;
};

static int seek_compare(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* All segments have the store's key, unless its catalog was lost. */
static void seek_hash(struct seek *seek, const struct hash_key *key)
{
    if (seek->key != NULL && memcmp(seek->key, key, sizeof(*key)) == 0) {
        return;
    }
    seek->key = key;
    for (size_t i = 0; i < seek->id_count; i++) {
        seek->hashes[i] = hash_sip64(key, slice_of(seek->ids[i].bytes, sizeof(seek->ids[i].bytes)));
    }
    qsort(seek->hashes, seek->id_count, sizeof(seek->hashes[0]), seek_compare);
}

static void seek_block(void *context, uint16_t block)
{
    const struct seek *seek = context;
    seek->visit(seek->context, seek->segment, block);
}

static void seek_sealed(struct seek *seek, const struct sealed *sealed, const uint64_t *hashes,
                        size_t count)
{
    seek->segment = sealed->segment.number;
    enum status status = sealed_find_sorted(sealed, hashes, count, seek_block, seek);
    if (status != STATUS_OK) {
        log_error("ids of a sealed segment are damaged",
                  log_string("segment", sealed->segment.name), log_status(status));
    }
}

static void seek_hit(void *context, uint64_t hash, uint8_t member)
{
    struct seek *seek = context;
    if (seek->hit_count == seek->hit_capacity) {
        size_t capacity = seek->hit_capacity == 0 ? 64 : 2 * seek->hit_capacity;
        struct seek_hit *hits = realloc(seek->hits, capacity * sizeof(hits[0]));
        if (hits == NULL) {
            seek->full = true;
            return;
        }
        seek->hits = hits;
        seek->hit_capacity = capacity;
    }
    seek->hits[seek->hit_count++] = (struct seek_hit){.hash = hash, .member = member};
}

/* Ask a member, if it is still there. */
static void seek_member(struct seek *seek, const struct guide *guide, uint32_t member,
                        const uint64_t *hashes, size_t count)
{
    const struct cabinet_item *item = cabinet_find(seek->list, guide->members[member].segment);
    if (item != NULL && count > 0) {
        seek_sealed(seek, item->sealed, hashes, count);
    }
}

/* The hits come by hash, and so do those of one member. */
static void seek_hits(struct seek *seek, const struct guide *guide)
{
    for (uint32_t member = 0; member < guide->head.members && seek->hit_count > 0; member++) {
        size_t count = 0;
        for (size_t i = 0; i < seek->hit_count; i++) {
            if (seek->hits[i].member == member &&
                (count == 0 || seek->some[count - 1] != seek->hits[i].hash)) {
                seek->some[count++] = seek->hits[i].hash;
            }
        }
        seek_member(seek, guide, member, seek->some, count);
    }
}

static void seek_guide(struct seek *seek, struct guide *guide)
{
    seek_hash(seek, &guide->head.key);
    seek->hit_count = 0;
    enum status status = guide_find_sorted(guide, seek->hashes, seek->id_count, seek_hit, seek);
    if (status == STATUS_OK) {
        seek_hits(seek, guide);
        return;
    }
    log_warn("a guide is not read: its segments are asked", log_u64("segment", guide_last(guide)),
             log_status(status));
    for (uint32_t member = 0; member < guide->head.members; member++) {
        seek_member(seek, guide, member, seek->hashes, seek->id_count);
    }
}

bool seek_ids(const struct cabinet_list *list, const struct id16 *ids, size_t id_count,
              void (*visit)(void *context, uint32_t segment, uint16_t block), void *context)
{
    struct seek seek = {
        .list = list,
        .ids = ids,
        .id_count = id_count,
        .visit = visit,
        .context = context,
        .hashes = malloc((id_count + 1) * sizeof(seek.hashes[0])),
        .some = malloc((id_count + 1) * sizeof(seek.some[0])),
    };
    seek.full = seek.hashes == NULL || seek.some == NULL;
    for (size_t i = 0; i < list->guide_count && id_count > 0 && !seek.full; i++) {
        seek_guide(&seek, list->guides[i]->guide);
    }
    for (size_t i = 0; i < list->count && id_count > 0 && !seek.full; i++) {
        if (!list->guided[i]) {
            seek_hash(&seek, &list->items[i]->sealed->head.key);
            seek_sealed(&seek, list->items[i]->sealed, seek.hashes, id_count);
        }
    }
    free(seek.hashes);
    free(seek.some);
    free(seek.hits);
    return !seek.full;
}

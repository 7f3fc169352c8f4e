/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index.h"

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/log.h"
#include "base/map.h"
#include "store/index_sort.h"
#include "store/store_limits.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Chains of the open segment end with this row. */
#define INDEX_NO_ROW UINT32_MAX

/* One (id, frame) pair of the open segment. */
struct index_row {
    uint64_t hash;
    uint32_t offset;
    uint32_t next; /* The id's next frame, or INDEX_NO_ROW. */
    uint32_t tail; /* In an id's first row: its last one. */
};

/*
 * Invariants:
 *  1. Open: the map holds the first row of every id; each chain ascends in offset.
 *  2. Closed: hashes ascend; offsets of one hash ascend; map and rows are empty.
 *  3. One that is dropped has users: the last of them frees it.
 */
struct index_part {
    uint32_t segment;
    bool closed;
    bool dropped;   /* It is no longer among the index's. */
    uint32_t users; /* Holds that have it. */
    uint32_t count; /* Pairs. */
    /* Open. */
    struct map map;
    struct index_row *rows;
    uint32_t row_capacity;
    /* Closed. */
    uint64_t *hashes;
    uint32_t *offsets;
};

struct index {
    pthread_rwlock_t lock;
    struct hash_key key;
    struct index_part **parts; /* In order of segment. */
    size_t part_count;
    size_t part_capacity;
};

struct index_hold {
    size_t count;
    struct index_part *parts[];
};

enum status index_create(struct index **index, const struct hash_key *key)
{
    struct index *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    if (pthread_rwlock_init(&made->lock, NULL) != 0) {
        free(made);
        return STATUS_FULL;
    }
    made->key = *key;
    *index = made;
    return STATUS_OK;
}

static void index_part_free(struct index_part *part)
{
    if (!part->closed) {
        map_fini(&part->map);
        free(part->rows);
    }
    free(part->hashes);
    free(part->offsets);
    free(part);
}

/* The index has it no longer; under the lock. */
static void index_part_drop(struct index_part *part)
{
    part->dropped = true;
    if (part->users == 0) {
        index_part_free(part);
    }
}

void index_free(struct index *index)
{
    if (index == NULL) {
        return;
    }
    for (size_t i = 0; i < index->part_count; i++) {
        index_part_free(index->parts[i]);
    }
    free(index->parts);
    (void)pthread_rwlock_destroy(&index->lock);
    free(index);
}

/* Sort the open part into arrays.  Without memory it stays as it is, which answers the same. */
static void index_close(struct index *index, struct index_part *part)
{
    if (part->closed) {
        return;
    }
    size_t room = part->count > 0 ? part->count : 1;
    struct index_pair *pairs = malloc(2 * room * sizeof(*pairs));
    uint64_t *hashes = malloc(room * sizeof(*hashes));
    uint32_t *offsets = malloc(room * sizeof(*offsets));
    /* Only the writer changes a part, and this is the writer: reading needs no lock, and readers
     * wait for the exchange of pointers alone, not for the sort. */
    for (uint32_t i = 0; pairs != NULL && i < part->count; i++) {
        pairs[i] = (struct index_pair){part->rows[i].hash, part->rows[i].offset};
    }
    if (pairs == NULL || hashes == NULL || offsets == NULL ||
        !index_sort(pairs + room, pairs, part->count)) {
        free(pairs);
        free(hashes);
        free(offsets);
        return;
    }
    for (uint32_t i = 0; i < part->count; i++) {
        hashes[i] = pairs[room + i].hash;
        offsets[i] = pairs[room + i].offset;
    }
    free(pairs);

    (void)pthread_rwlock_wrlock(&index->lock);
    struct map map = part->map;
    struct index_row *rows_open = part->rows;
    part->rows = NULL;
    part->row_capacity = 0;
    part->hashes = hashes;
    part->offsets = offsets;
    part->closed = true;
    (void)pthread_rwlock_unlock(&index->lock);
    map_fini(&map);
    free(rows_open);
}

enum status index_open(struct index *index, uint32_t segment)
{
    if (index->part_count > 0) {
        struct index_part *latest = index->parts[index->part_count - 1];
        ENSURE(latest->segment < segment);
        index_close(index, latest);
    }
    struct index_part *part = calloc(1, sizeof(*part));
    if (part == NULL) {
        return STATUS_FULL;
    }
    part->segment = segment;
    map_init_growing(&part->map, STORE_INDEX_ENTRIES_MAX);
    enum status status = STATUS_OK;
    (void)pthread_rwlock_wrlock(&index->lock);
    if (index->part_count == index->part_capacity) {
        size_t capacity = index->part_capacity == 0 ? 16 : 2 * index->part_capacity;
        struct index_part **parts = realloc(index->parts, capacity * sizeof(parts[0]));
        if (parts == NULL) {
            status = STATUS_FULL;
        } else {
            index->parts = parts;
            index->part_capacity = capacity;
        }
    }
    if (status == STATUS_OK) {
        index->parts[index->part_count++] = part;
    }
    (void)pthread_rwlock_unlock(&index->lock);
    if (status != STATUS_OK) {
        index_part_free(part);
    }
    return status;
}

struct index_look {
    const struct index_row *rows;
    uint64_t hash;
};

static bool index_equal(const void *context, uint32_t row)
{
    const struct index_look *look = context;
    return look->rows[row].hash == look->hash;
}

static bool index_grow(struct index_part *part)
{
    if (part->count < part->row_capacity) {
        return true;
    }
    if (part->count >= STORE_INDEX_ENTRIES_MAX) {
        return false;
    }
    uint32_t capacity = part->row_capacity == 0 ? 256 : 2 * part->row_capacity;
    struct index_row *rows = realloc(part->rows, capacity * sizeof(*rows));
    if (rows == NULL) {
        return false;
    }
    part->rows = rows;
    part->row_capacity = capacity;
    return true;
}

static bool index_note_locked(struct index_part *part, uint64_t hash, uint32_t offset)
{
    struct index_look look = {.rows = part->rows, .hash = hash};
    uint32_t first;
    bool known = map_find(&part->map, hash, index_equal, &look, &first);
    if (known && part->rows[part->rows[first].tail].offset == offset) {
        return true;
    }
    if (!index_grow(part)) {
        return false;
    }
    uint32_t row = part->count;
    part->rows[row] =
        (struct index_row){.hash = hash, .offset = offset, .next = INDEX_NO_ROW, .tail = row};
    if (known) {
        ENSURE(part->rows[part->rows[first].tail].offset < offset);
        part->rows[part->rows[first].tail].next = row;
        part->rows[first].tail = row;
    } else if (map_insert(&part->map, hash, row) != STATUS_OK) {
        return false;
    }
    part->count++;
    return true;
}

bool index_note(struct index *index, struct id16 id, struct frame_ref ref)
{
    ENSURE(index->part_count > 0);
    struct index_part *part = index->parts[index->part_count - 1];
    ENSURE(part->segment == ref.segment && !part->closed);
    uint64_t hash = hash_sip64(&index->key, slice_of(id.bytes, sizeof(id.bytes)));
    (void)pthread_rwlock_wrlock(&index->lock);
    bool noted = index_note_locked(part, hash, ref.offset);
    (void)pthread_rwlock_unlock(&index->lock);
    if (!noted) {
        log_warn("index full", log_u64("segment", ref.segment), log_u64("entries", part->count));
    }
    return noted;
}

static struct index_part *index_part_of(const struct index *index, uint32_t segment)
{
    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i]->segment == segment) {
            return index->parts[i];
        }
    }
    return NULL;
}

bool index_has(struct index *index, uint32_t segment)
{
    (void)pthread_rwlock_rdlock(&index->lock);
    bool has = index_part_of(index, segment) != NULL;
    (void)pthread_rwlock_unlock(&index->lock);
    return has;
}

bool index_each(struct index *index, uint32_t segment, void (*visit)(void *context, uint64_t hash),
                void *context)
{
    (void)pthread_rwlock_rdlock(&index->lock);
    const struct index_part *part = index_part_of(index, segment);
    bool closed = part == NULL || part->closed;
    uint32_t count = part != NULL && part->closed ? part->count : 0;
    const uint64_t *hashes = part != NULL ? part->hashes : NULL;
    (void)pthread_rwlock_unlock(&index->lock);
    for (uint32_t i = 0; i < count; i++) {
        visit(context, hashes[i]);
    }
    return closed;
}

void index_drop(struct index *index, uint32_t segment)
{
    (void)pthread_rwlock_wrlock(&index->lock);
    size_t kept = 0;
    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i]->segment == segment) {
            index_part_drop(index->parts[i]);
        } else {
            index->parts[kept++] = index->parts[i];
        }
    }
    index->part_count = kept;
    (void)pthread_rwlock_unlock(&index->lock);
}

void index_forget(struct index *index, uint32_t segment_last)
{
    (void)pthread_rwlock_wrlock(&index->lock);
    size_t kept = 0;
    for (size_t i = 0; i < index->part_count; i++) {
        if (index->parts[i]->segment <= segment_last) {
            index_part_drop(index->parts[i]);
        } else {
            index->parts[kept++] = index->parts[i];
        }
    }
    index->part_count = kept;
    (void)pthread_rwlock_unlock(&index->lock);
}

struct index_hold *index_hold(struct index *index)
{
    (void)pthread_rwlock_wrlock(&index->lock);
    struct index_hold *hold = malloc(sizeof(*hold) + index->part_count * sizeof(hold->parts[0]));
    if (hold != NULL) {
        hold->count = index->part_count;
        for (size_t i = 0; i < hold->count; i++) {
            hold->parts[i] = index->parts[i];
            hold->parts[i]->users++;
        }
    }
    (void)pthread_rwlock_unlock(&index->lock);
    return hold;
}

void index_release(struct index *index, struct index_hold *hold)
{
    if (hold == NULL) {
        return;
    }
    (void)pthread_rwlock_wrlock(&index->lock);
    for (size_t i = 0; i < hold->count; i++) {
        struct index_part *part = hold->parts[i];
        if (--part->users == 0 && part->dropped) {
            index_part_free(part);
        }
    }
    (void)pthread_rwlock_unlock(&index->lock);
    free(hold);
}

static void index_find_open(const struct index_part *part, uint64_t hash, struct refs *refs)
{
    struct index_look look = {.rows = part->rows, .hash = hash};
    uint32_t row;
    if (!map_find(&part->map, hash, index_equal, &look, &row)) {
        return;
    }
    for (; row != INDEX_NO_ROW; row = part->rows[row].next) {
        refs_add(refs, (struct frame_ref){part->segment, part->rows[row].offset});
    }
}

static void index_find_closed(const struct index_part *part, uint64_t hash, struct refs *refs)
{
    uint32_t low = 0;
    uint32_t high = part->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (part->hashes[middle] < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < part->count && part->hashes[low] == hash; low++) {
        refs_add(refs, (struct frame_ref){part->segment, part->offsets[low]});
    }
}

static void index_find_part(const struct index_part *part, uint64_t hash, struct refs *refs)
{
    if (part->closed) {
        index_find_closed(part, hash, refs);
    } else {
        index_find_open(part, hash, refs);
    }
}

void index_find(struct index *index, const struct index_hold *hold, const struct id16 *ids,
                size_t id_count, struct refs *refs)
{
    (void)pthread_rwlock_rdlock(&index->lock);
    for (size_t i = 0; i < id_count; i++) {
        uint64_t hash = hash_sip64(&index->key, slice_of(ids[i].bytes, sizeof(ids[i].bytes)));
        for (size_t k = 0; hold != NULL && k < hold->count; k++) {
            if (hold->parts[k]->dropped) {
                index_find_part(hold->parts[k], hash, refs);
            }
        }
        for (size_t k = 0; k < index->part_count; k++) {
            index_find_part(index->parts[k], hash, refs);
        }
    }
    (void)pthread_rwlock_unlock(&index->lock);
}

/* ---- As bytes: for each segment its number, whether it is closed, how many pairs, the pairs. ----
 */

#define INDEX_PART_SIZE  12
#define INDEX_PAIR_SIZE  12
#define INDEX_PIECE_SIZE ((size_t)64 << 10)

uint32_t index_latest(const struct index *index)
{
    return index->part_count > 0 ? index->parts[index->part_count - 1]->segment : 0;
}

static bool index_save_part(const struct index_part *part, unsigned char *piece, store_sink *sink,
                            void *context)
{
    size_t size = INDEX_PART_SIZE;
    bytes_put32(piece, part->segment);
    bytes_put32(piece + 4, part->closed ? 1 : 0);
    bytes_put32(piece + 8, part->count);
    for (uint32_t i = 0; i < part->count; i++) {
        if (size > INDEX_PIECE_SIZE - INDEX_PAIR_SIZE) {
            if (!sink(context, slice_of(piece, size))) {
                return false;
            }
            size = 0;
        }
        bytes_put64(piece + size, part->closed ? part->hashes[i] : part->rows[i].hash);
        bytes_put32(piece + size + 8, part->closed ? part->offsets[i] : part->rows[i].offset);
        size += INDEX_PAIR_SIZE;
    }
    return sink(context, slice_of(piece, size));
}

bool index_save(const struct index *index, store_sink *sink, void *context)
{
    unsigned char *piece = malloc(INDEX_PIECE_SIZE);
    if (piece == NULL) {
        return false;
    }
    /* Only the writer changes it, and this is the writer. */
    bytes_put32(piece, (uint32_t)index->part_count);
    bool good = sink(context, slice_of(piece, 4));
    for (size_t i = 0; good && i < index->part_count; i++) {
        good = index_save_part(index->parts[i], piece, sink, context);
    }
    free(piece);
    return good;
}

/* Pairs of a segment that was closed ascend by hash, then by offset. */
static enum status index_load_closed(struct index_part *part, const unsigned char *pairs,
                                     uint32_t count)
{
    part->closed = true;
    part->hashes = malloc(((size_t)count + 1) * sizeof(part->hashes[0]));
    part->offsets = malloc(((size_t)count + 1) * sizeof(part->offsets[0]));
    if (part->hashes == NULL || part->offsets == NULL) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *pair = pairs + (size_t)i * INDEX_PAIR_SIZE;
        part->hashes[i] = bytes_get64(pair);
        part->offsets[i] = bytes_get32(pair + 8);
        if (i > 0 &&
            (part->hashes[i] < part->hashes[i - 1] || (part->hashes[i] == part->hashes[i - 1] &&
                                                       part->offsets[i] <= part->offsets[i - 1]))) {
            return STATUS_BAD;
        }
    }
    part->count = count;
    return STATUS_OK;
}

/* Those of one that is open stand in the order in which they were noted. */
static enum status index_load_open(struct index_part *part, const unsigned char *pairs,
                                   uint32_t count)
{
    uint32_t before = 0;
    if (!map_reserve(&part->map, count)) {
        return STATUS_FULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        const unsigned char *pair = pairs + (size_t)i * INDEX_PAIR_SIZE;
        uint32_t offset = bytes_get32(pair + 8);
        if (offset < before) {
            return STATUS_BAD;
        }
        before = offset;
        if (!index_note_locked(part, bytes_get64(pair), offset)) {
            return STATUS_FULL;
        }
    }
    return STATUS_OK;
}

static enum status index_load_part(struct index *index, uint32_t segment_last, struct slice *bytes)
{
    if (bytes->size < INDEX_PART_SIZE) {
        return STATUS_BAD;
    }
    uint32_t segment = bytes_get32(bytes->base);
    uint32_t closed = bytes_get32(bytes->base + 4);
    uint32_t count = bytes_get32(bytes->base + 8);
    *bytes = slice_skip(*bytes, INDEX_PART_SIZE);
    if (segment <= index_latest(index) || segment > segment_last || closed > 1 ||
        count > STORE_INDEX_ENTRIES_MAX || count > bytes->size / INDEX_PAIR_SIZE) {
        return STATUS_BAD;
    }
    enum status status = index_open(index, segment);
    if (status != STATUS_OK) {
        return status;
    }
    const unsigned char *pairs = bytes->base;
    *bytes = slice_skip(*bytes, (size_t)count * INDEX_PAIR_SIZE);
    struct index_part *part = index->parts[index->part_count - 1];
    (void)pthread_rwlock_wrlock(&index->lock);
    status =
        closed == 1 ? index_load_closed(part, pairs, count) : index_load_open(part, pairs, count);
    (void)pthread_rwlock_unlock(&index->lock);
    return status;
}

enum status index_load(struct index *index, uint32_t segment_last, struct slice *bytes)
{
    ENSURE(index->part_count == 0);
    if (bytes->size < 4) {
        return STATUS_BAD;
    }
    uint32_t parts = bytes_get32(bytes->base);
    *bytes = slice_skip(*bytes, 4);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < parts && status == STATUS_OK; i++) {
        status = index_load_part(index, segment_last, bytes);
    }
    bool open = index->part_count == 0 || !index->parts[index->part_count - 1]->closed;
    return status == STATUS_OK && !open ? STATUS_BAD : status;
}

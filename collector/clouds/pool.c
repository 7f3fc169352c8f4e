/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/pool.h"

#include "clouds/settle.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* The same in every run: what is told depends on the input alone. */
static const struct hash_key key_fixed = {{0, 0}};

struct id16 pool_hash(struct slice one, struct slice other, uint64_t number)
{
    unsigned char parts[48];
    struct hash_128 hash = hash_sip128(&key_fixed, one);
    memcpy(parts, hash.bytes, 16);
    hash = hash_sip128(&key_fixed, other);
    memcpy(parts + 16, hash.bytes, 16);
    memset(parts + 32, 0, 16);
    memcpy(parts + 32, &number, sizeof(number));
    hash = hash_sip128(&key_fixed, slice_of(parts, sizeof(parts)));
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

static uint64_t short_hash(struct id16 id)
{
    uint64_t hash = 0;
    memcpy(&hash, id.bytes, sizeof(hash));
    return hash;
}

struct pool *pool_create(const struct stream_sink *sink, int64_t memory_mb)
{
    struct pool *pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return NULL;
    }
    pool->sink = sink;
    pool->memory_mb = memory_mb;
    map_init_growing(&pool->source_map, CLOUDS_SOURCE_COUNT_MAX);
    map_init_growing(&pool->call_map, CLOUDS_CALL_COUNT_MAX);
    map_init_growing(&pool->seen, CLOUDS_SEEN_COUNT_MAX / 2);
    map_init_growing(&pool->seen_before, CLOUDS_SEEN_COUNT_MAX / 2);
    map_init_growing(&pool->memory_map, CLOUDS_SOURCE_COUNT_MAX);
    buf_init_growing(&pool->texts, CLOUDS_HELD_SIZE_MAX + CLOUDS_RECORD_SIZE_MAX);
    return pool;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    for (uint32_t i = 0; i < pool->source_capacity; i++) {
        free(pool->sources[i]);
    }
    free(pool->sources);
    free(pool->calls);
    free(pool->helds);
    free(pool->order);
    free(pool->by_request);
    free(pool->by_trace);
    map_fini(&pool->source_map);
    map_fini(&pool->call_map);
    map_fini(&pool->seen);
    map_fini(&pool->seen_before);
    map_fini(&pool->memory_map);
    buf_fini(&pool->texts);
    free(pool);
}

/* Room for one row more than count: false without memory, or beyond the limit. */
static bool grow(void *rows, size_t *capacity, size_t count, size_t limit, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
    void *grown = NULL;
    void *old = NULL;
    memcpy(&old, rows, sizeof(old));
    if (count >= limit || (grown = realloc(old, wanted * size)) == NULL) {
        return false;
    }
    memset((unsigned char *)grown + *capacity * size, 0, (wanted - *capacity) * size);
    memcpy(rows, &grown, sizeof(grown));
    *capacity = wanted;
    return true;
}

bool pool_seen(struct pool *pool, struct slice id, struct slice whose)
{
    uint32_t row = 0;
    uint64_t hash = short_hash(pool_hash(id, whose, 0));
    pool->clock++;
    if (map_find(&pool->seen, hash, NULL, NULL, &row) ||
        map_find(&pool->seen_before, hash, NULL, NULL, &row)) {
        return true;
    }
    if (map_insert(&pool->seen, hash, 0) != STATUS_OK) {
        struct map oldest = pool->seen_before;
        pool->seen_before = pool->seen;
        pool->seen = oldest;
        map_reset(&pool->seen);
        /* Without memory an entry is not remembered: it may be told twice, not lost. */
        (void)!map_insert(&pool->seen, hash, 0);
    }
    return false;
}

/* ---- Instances. ---- */

/* Copy a name behind the others; what does not fit is cut. */
static struct slice keep_name(struct pool_source *source, size_t *used, struct slice name)
{
    size_t left = sizeof(source->text) - *used;
    size_t size = name.size < left ? name.size : left;
    if (size > 0) {
        memcpy(source->text + *used, name.base, size);
    }
    struct slice kept = slice_of(source->text + *used, size);
    *used += size;
    return kept;
}

static uint64_t source_hash(const struct stream_source *like)
{
    struct id16 hash = pool_hash(like->function, like->stream, (uint64_t)like->provider);
    struct slice names[] = {like->version, like->account, like->region, like->platform};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        hash = pool_hash(slice_of(hash.bytes, sizeof(hash.bytes)), names[i], 1);
    }
    return short_hash(hash);
}

/* A place for one more instance; NULL when there is none left. */
static struct pool_source *source_place(struct pool *pool)
{
    if (!grow(&pool->sources, &pool->source_capacity, pool->source_count, CLOUDS_SOURCE_COUNT_MAX,
              sizeof(struct pool_source *))) {
        return NULL;
    }
    struct pool_source **place = &pool->sources[pool->source_count];
    *place = *place != NULL ? *place : malloc(sizeof(**place));
    return *place;
}

static void source_fill(struct pool *pool, struct pool_source *source,
                        const struct stream_source *like, uint64_t hash)
{
    size_t used = 0;
    source->hash = hash;
    source->start_count = 0;
    source->is = *like;
    source->is.account = keep_name(source, &used, like->account);
    source->is.region = keep_name(source, &used, like->region);
    source->is.group = keep_name(source, &used, like->group);
    source->is.stream = keep_name(source, &used, like->stream);
    source->is.function = keep_name(source, &used, like->function);
    source->is.version = keep_name(source, &used, like->version);
    source->is.runtime = keep_name(source, &used, like->runtime);
    source->is.init_type = SLICE_EMPTY;
    source->is.memory_mb = STREAMS_UNKNOWN;
    source->is.number = ++pool->source_number;
}

static bool same_source(const struct stream_source *one, const struct stream_source *other)
{
    return slice_equal(one->stream, other->stream) && slice_equal(one->function, other->function) &&
           slice_equal(one->version, other->version) && slice_equal(one->account, other->account) &&
           slice_equal(one->region, other->region) && slice_equal(one->platform, other->platform) &&
           one->provider == other->provider;
}

uint32_t pool_source(struct pool *pool, const struct stream_source *like)
{
    uint32_t row = 0;
    if (pool->source_last < pool->source_count &&
        same_source(&pool->sources[pool->source_last]->is, like)) {
        return pool->source_last;
    }
    uint64_t hash = source_hash(like);
    if (map_find(&pool->source_map, hash, NULL, NULL, &row)) {
        pool->source_last = row;
        return row;
    }
    struct pool_source *source = source_place(pool);
    if (source == NULL || map_insert(&pool->source_map, hash, pool->source_count) != STATUS_OK) {
        settle(pool, UINT64_MAX);
        map_reset(&pool->source_map);
        pool->source_count = 0;
        source = source_place(pool);
        /* Without memory for a single instance there is none for anything. */
        ENSURE(source != NULL);
        /* Without memory for the map every entry is an instance of its own from here on. */
        (void)!map_insert(&pool->source_map, hash, 0);
    }
    source_fill(pool, source, like, hash);
    pool->source_last = pool->source_count++;
    return pool->source_last;
}

/* Two tellings of one start: its begin and its end, in either order, or one of them twice. */
static bool same_start(const struct pool_start *one, const struct pool_start *other)
{
    if (one->start_ns != STREAMS_UNKNOWN && other->start_ns != STREAMS_UNKNOWN) {
        return one->start_ns == other->start_ns;
    }
    if (one->ready_ns != STREAMS_UNKNOWN && other->ready_ns != STREAMS_UNKNOWN) {
        return one->ready_ns == other->ready_ns;
    }
    int64_t begun_ns = one->start_ns != STREAMS_UNKNOWN ? one->start_ns : other->start_ns;
    int64_t ready_ns = one->ready_ns != STREAMS_UNKNOWN ? one->ready_ns : other->ready_ns;
    return ready_ns >= begun_ns;
}

void pool_start(struct pool *pool, uint32_t source, const struct pool_start *start)
{
    struct pool_source *of = pool->sources[source];
    for (size_t i = 0; i < of->start_count; i++) {
        struct pool_start *known = &of->starts[i];
        if (same_start(known, start)) {
            known->asked_for = known->asked_for || start->asked_for;
            known->failed = known->failed || start->failed;
            known->start_ns =
                start->start_ns != STREAMS_UNKNOWN ? start->start_ns : known->start_ns;
            known->ready_ns =
                start->ready_ns != STREAMS_UNKNOWN ? start->ready_ns : known->ready_ns;
            return;
        }
    }
    if (of->start_count == CLOUDS_START_COUNT_MAX) {
        pool_refuse(pool, "an instance with more starts than are kept", of->is.stream, 1);
        return;
    }
    of->starts[of->start_count++] = *start;
}

static uint64_t family_of(const struct pool_source *source)
{
    return short_hash(pool_hash(source->is.function, source->is.version, 0));
}

void pool_memory(struct pool *pool, uint32_t source, int64_t memory_mb)
{
    uint32_t row = 0;
    uint64_t hash = family_of(pool->sources[source]);
    if (memory_mb <= 0 || memory_mb > INT32_MAX) {
        return;
    }
    if (map_find(&pool->memory_map, hash, NULL, NULL, &row)) {
        (void)map_remove(&pool->memory_map, hash, row);
    }
    /* Beyond the limit it stays unknown, which is what it was. */
    (void)!map_insert(&pool->memory_map, hash, (uint32_t)memory_mb);
}

/* ---- Invocations and lines. ---- */

static int compare_u64(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* Tell the half that was last spoken of longest ago. */
static void settle_half(struct pool *pool, bool lines)
{
    size_t count = lines ? pool->held_count : pool->call_count;
    uint64_t *moments = malloc(count * sizeof(*moments));
    uint64_t middle = UINT64_MAX; /* Without memory to choose: all. */
    if (moments != NULL) {
        for (size_t i = 0; i < count; i++) {
            moments[i] = lines ? pool->helds[i].touched : pool->calls[i].touched;
        }
        qsort(moments, count, sizeof(*moments), compare_u64);
        middle = moments[count / 2];
    }
    free(moments);
    settle(pool, middle);
}

struct sought {
    const struct pool *pool;
    struct id16 key;
};

static bool call_equal(const void *context, uint32_t row)
{
    const struct sought *sought = context;
    return memcmp(&sought->pool->calls[row].key, &sought->key, sizeof(sought->key)) == 0;
}

/* Room for one more call, and for it in what is sorted. */
static bool calls_grow(struct pool *pool)
{
    size_t capacities[] = {pool->call_capacity, pool->call_capacity, pool->call_capacity};
    size_t count = pool->call_count;
    return grow(&pool->order, &capacities[0], count, CLOUDS_CALL_COUNT_MAX, sizeof(uint32_t)) &&
           grow(&pool->by_request, &capacities[1], count, CLOUDS_CALL_COUNT_MAX,
                sizeof(uint32_t)) &&
           grow(&pool->by_trace, &capacities[2], count, CLOUDS_CALL_COUNT_MAX, sizeof(uint32_t)) &&
           grow(&pool->calls, &pool->call_capacity, count, CLOUDS_CALL_COUNT_MAX,
                sizeof(struct pool_call));
}

struct pool_call *pool_call(struct pool *pool, uint32_t source, struct id16 key, bool make)
{
    uint32_t row = 0;
    const struct sought sought = {.pool = pool, .key = key};
    if (map_find(&pool->call_map, short_hash(key), call_equal, &sought, &row)) {
        pool->calls[row].touched = pool->clock;
        return &pool->calls[row];
    }
    if (!make) {
        return NULL;
    }
    if (!calls_grow(pool)) {
        settle_half(pool, false);
    }
    row = pool->call_count;
    ENSURE(row < pool->call_capacity);
    if (map_insert(&pool->call_map, short_hash(key), row) != STATUS_OK) {
        settle(pool, UINT64_MAX);
        row = 0;
        /* Without memory for the map the invocation is alone, and told as far as this entry goes.
         */
        (void)!map_insert(&pool->call_map, short_hash(key), row);
    }
    pool->call_count = row + 1;
    pool->calls[row] = (struct pool_call){.key = key,
                                          .source = source,
                                          .touched = pool->clock,
                                          .start_ns = STREAMS_UNKNOWN,
                                          .end_ns = STREAMS_UNKNOWN,
                                          .reported_ns = STREAMS_UNKNOWN,
                                          .handler_ns = STREAMS_UNKNOWN,
                                          .max_memory_mb = STREAMS_UNKNOWN};
    return &pool->calls[row];
}

void pool_text(unsigned char *kept, size_t *size, struct slice text)
{
    *size = text.size < CLOUDS_TEXT_MAX ? text.size : CLOUDS_TEXT_MAX;
    if (*size > 0) {
        memcpy(kept, text.base, *size);
    }
}

void pool_hold(struct pool *pool, const struct pool_held *held, struct slice message,
               struct slice id, struct slice error_type)
{
    size_t size = message.size + id.size + error_type.size;
    if (size > CLOUDS_RECORD_SIZE_MAX) {
        pool_refuse(pool, "a line that is too long", slice_take(message, 256), 1);
        return;
    }
    if (pool->texts.size > CLOUDS_HELD_SIZE_MAX ||
        !grow(&pool->helds, &pool->held_capacity, pool->held_count, CLOUDS_HELD_COUNT_MAX,
              sizeof(struct pool_held))) {
        settle_half(pool, true);
    }
    /* Of a table that could not grow the half is free now; of none there was no memory at all. */
    ENSURE(pool->held_count < pool->held_capacity);
    struct pool_held *kept = &pool->helds[pool->held_count];
    *kept = *held;
    kept->touched = pool->clock;
    kept->text_at = pool->texts.size;
    kept->message_size = (uint32_t)message.size;
    kept->id_size = (uint32_t)id.size;
    kept->error_size = (uint32_t)error_type.size;
    buf_append(&pool->texts, message);
    buf_append(&pool->texts, id);
    buf_append(&pool->texts, error_type);
    if (buf_overflowed(&pool->texts)) {
        buf_rewind(&pool->texts, kept->text_at);
        pool_refuse(pool, "no memory for a line", slice_take(message, 256), 1);
        return;
    }
    pool->held_count++;
}

void pool_refuse(struct pool *pool, const char *why, struct slice sample, uint64_t count)
{
    const struct stream_refusal refusal = {.why = why, .sample = sample, .count = count};
    pool->sink->refused(pool->sink->context, &refusal);
}

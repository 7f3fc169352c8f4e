/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/entropy.h"
#include "base/log.h"
#include "store/codec.h"
#include "store/group.h"
#include "store/hold.h"
#include "store/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/*
 * The queue in front of the writer, and the writer's thread.
 *
 * Invariants, under mutex:
 *  1. head is NULL if and only if waiting is 0 and tail points to head.
 *  2. queued_bytes is the sum of size of what is queued or being committed.
 *  3. The thread is woken when waiting has come to wanted.
 */
struct store {
    struct writer writer;
    struct disk disk; /* Of store_open(). */
    struct catalog catalog;
    bool owns_parts;

    pthread_mutex_t mutex;
    pthread_cond_t cond;
    struct pending *head;
    struct pending **tail;
    uint64_t queued_bytes;
    uint32_t waiting; /* Frames that are queued. */
    uint32_t wanted;
    struct group group; /* The thread's. */
    bool sealed;        /* writer_seal() has something to do. */
    bool closing;
    bool threaded;
    pthread_t thread;
};

/* Take frames from the queue up to what one sync shall cover. */
static struct pending *store_take_locked(struct store *store)
{
    struct pending *list = store->head;
    struct pending **end = &list;
    uint64_t size = 0;
    uint32_t count = 0;
    while (*end != NULL && (size == 0 || size + (*end)->size <= STORE_GROUP_SIZE_MAX)) {
        size += (*end)->size;
        count++;
        end = &(*end)->next;
    }
    store->waiting -= count;
    store->head = *end;
    if (store->head == NULL) {
        store->tail = &store->head;
    }
    *end = NULL;
    return list;
}

static void store_free_pending(struct pending *pending)
{
    free(pending->bytes);
    free(pending);
}

/* Commit a list and answer each of it. */
static size_t store_commit(struct store *store, struct pending *list)
{
    size_t count = 0;
    if (list == NULL) {
        return 0;
    }
    writer_commit(&store->writer, list);
    while (list != NULL) {
        struct pending *pending = list;
        list = pending->next;
        (void)pthread_mutex_lock(&store->mutex);
        store->queued_bytes -= pending->size;
        (void)pthread_mutex_unlock(&store->mutex);
        pending->done(pending->context, pending->status);
        store_free_pending(pending);
        count++;
    }
    saved_tend(&store->writer);
    return count;
}

size_t store_step(struct store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    struct pending *list = store_take_locked(store);
    (void)pthread_mutex_unlock(&store->mutex);
    return store_commit(store, list);
}

static struct timespec store_timespec(uint64_t at_ns)
{
    return (struct timespec){
        .tv_sec = (time_t)(at_ns / CLOCK_NS_PER_S),
        .tv_nsec = (long)(at_ns % CLOCK_NS_PER_S),
    };
}

/* There are frames: wait for those that will come in a moment. */
static void store_wait_group_locked(struct store *store, bool behind)
{
    store->wanted = group_wanted(&store->group, store->waiting, behind);
    uint64_t patience_ns = group_patience_ns(store->writer.stats.last_sync_ns);
    struct timespec until = store_timespec(clock_monotonic_ns() + patience_ns);
    while (store->waiting < store->wanted && store->queued_bytes < STORE_GROUP_SIZE_MAX &&
           !store->closing) {
        if (pthread_cond_timedwait(&store->cond, &store->mutex, &until) == ETIMEDOUT) {
            break;
        }
    }
    store->wanted = 1;
    group_taken(&store->group, store->waiting);
}

/* Wait until there is something to do: frames, the end, or the time to tend. */
static struct pending *store_wait(struct store *store, uint64_t until_ns, bool *closing)
{
    struct timespec until = store_timespec(until_ns);
    (void)pthread_mutex_lock(&store->mutex);
    bool behind = store->head != NULL;
    while (store->head == NULL && !store->closing && !store->sealed) {
        if (pthread_cond_timedwait(&store->cond, &store->mutex, &until) == ETIMEDOUT) {
            break;
        }
    }
    if (store->head != NULL) {
        store_wait_group_locked(store, behind);
    }
    struct pending *list = store_take_locked(store);
    *closing = store->closing && list == NULL;
    (void)pthread_mutex_unlock(&store->mutex);
    return list;
}

static bool store_accepting(struct store *store)
{
    (void)pthread_mutex_lock(&store->writer.mutex);
    bool accepting = store->writer.stats.accepting;
    (void)pthread_mutex_unlock(&store->writer.mutex);
    return accepting;
}

/* The sealer's thread has an answer. */
static void store_wake(void *context)
{
    struct store *store = context;
    (void)pthread_mutex_lock(&store->mutex);
    store->sealed = true;
    (void)pthread_cond_signal(&store->cond);
    (void)pthread_mutex_unlock(&store->mutex);
}

static bool store_take_sealed(struct store *store)
{
    (void)pthread_mutex_lock(&store->mutex);
    bool sealed = store->sealed;
    store->sealed = false;
    (void)pthread_mutex_unlock(&store->mutex);
    return sealed;
}

void store_seal(struct store *store)
{
    writer_seal(&store->writer);
}

static void *store_run(void *context)
{
    struct store *store = context;
    struct writer *writer = &store->writer;
    uint64_t tick_at_ns = clock_monotonic_ns() + STORE_TICK_NS;
    uint64_t tend_at_ns = clock_monotonic_ns() + STORE_RETAIN_NS;
    bool closing = false;
    while (!closing) {
        struct pending *list = store_wait(store, tick_at_ns, &closing);
        (void)store_commit(store, list);
        uint64_t now_ns = clock_monotonic_ns();
        if (store_take_sealed(store) || now_ns >= tick_at_ns) {
            writer_seal(writer);
        }
        if (now_ns < tick_at_ns) {
            continue;
        }
        tick_at_ns = now_ns + STORE_TICK_NS;
        if (writer->observer.tick != NULL) {
            writer->observer.tick(writer->observer.context);
        }
        saved_tend(writer);
        if (now_ns >= tend_at_ns || !store_accepting(store)) {
            writer_tend(writer);
            tend_at_ns = now_ns + STORE_RETAIN_NS;
        }
    }
    return NULL;
}

/* The condition waits by the clock that does not jump. */
static bool store_init_locks(struct store *store)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                 pthread_cond_init(&store->cond, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    if (ready && pthread_mutex_init(&store->mutex, NULL) != 0) {
        (void)pthread_cond_destroy(&store->cond);
        ready = false;
    }
    return ready;
}

static void store_fini_locks(struct store *store)
{
    (void)pthread_cond_destroy(&store->cond);
    (void)pthread_mutex_destroy(&store->mutex);
}

/* Begin in memory that is zero but for the parts that store_open() put there. */
static enum status store_begin(struct store *store, const struct store_parts *parts,
                               const struct store_options *options,
                               const struct store_observer *observer, char *error,
                               size_t error_size)
{
    ENSURE(options->segment_bytes_max >= STORE_SEGMENT_SIZE_MIN &&
           options->segment_bytes_max <= STORE_SEGMENT_SIZE_MAX / 2);
    store->tail = &store->head;
    store->wanted = 1;
    store->threaded = parts->threaded;
    if (!store_init_locks(store)) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    enum status status =
        writer_open(&store->writer, parts, options, observer, store, error, error_size);
    if (status != STATUS_OK) {
        goto fini_locks;
    }
    status = writer_start_sealer(&store->writer, store->threaded, store_wake, store);
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "out of memory");
        goto close_writer;
    }
    if (store->threaded && pthread_create(&store->thread, NULL, store_run, store) != 0) {
        (void)snprintf(error, error_size, "no thread can be made");
        status = STATUS_FULL;
        goto fini_sealer;
    }
    return STATUS_OK;

fini_sealer:
    sealer_fini(&store->writer.sealer);
close_writer:
    writer_close(&store->writer);
fini_locks:
    store_fini_locks(store);
    return status;
}

enum status store_open_parts(struct store **store, const struct store_parts *parts,
                             const struct store_options *options,
                             const struct store_observer *observer, char *error, size_t error_size)
{
    struct store *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    enum status status = store_begin(made, parts, options, observer, error, error_size);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    *store = made;
    return STATUS_OK;
}

enum status store_open(struct store **store, const struct store_options *options,
                       const struct store_observer *observer, char *error, size_t error_size)
{
    struct store *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        (void)snprintf(error, error_size, "out of memory");
        return STATUS_FULL;
    }
    struct store_parts parts = {
        .disk = &made->disk,
        .catalog = &made->catalog,
        .wall_ns = clock_wall_ns,
        .threaded = true,
    };
    enum status status = entropy_fill(&parts.key, sizeof(parts.key));
    if (status == STATUS_OK) {
        status = entropy_fill(parts.id, sizeof(parts.id));
    }
    if (status != STATUS_OK) {
        (void)snprintf(error, error_size, "the system has no random bytes");
        goto free_store;
    }
    status = disk_posix_open(&made->disk, options->path, error, error_size);
    if (status != STATUS_OK) {
        goto free_store;
    }
    status = catalog_lmdb_open(&made->catalog, options->path, error, error_size);
    if (status != STATUS_OK) {
        goto close_disk;
    }
    made->owns_parts = true;
    status = store_begin(made, &parts, options, observer, error, error_size);
    if (status != STATUS_OK) {
        goto close_catalog;
    }
    *store = made;
    return STATUS_OK;

close_catalog:
    catalog_lmdb_close(&made->catalog);
close_disk:
    disk_posix_close(&made->disk);
free_store:
    free(made);
    return status;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->threaded) {
        (void)pthread_mutex_lock(&store->mutex);
        store->closing = true;
        (void)pthread_cond_signal(&store->cond);
        (void)pthread_mutex_unlock(&store->mutex);
        (void)pthread_join(store->thread, NULL);
    }
    while (store_step(store) > 0) {
    }
    sealer_fini(&store->writer.sealer);
    saved_now(&store->writer);
    writer_close(&store->writer);
    if (store->owns_parts) {
        catalog_lmdb_close(&store->catalog);
        disk_posix_close(&store->disk);
    }
    store_fini_locks(store);
    free(store);
}

struct id16 store_hash(const struct store *store, struct slice body)
{
    struct hash_128 hash = frame_body_hash(&store->writer.bulk, body);
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

/* Make a pending frame: compress, hash, sum. */
static enum status store_make_pending(struct store *store, const struct frame *frame,
                                      struct pending **pending)
{
    struct writer *writer = &store->writer;
    if (frame->body.size > STORE_BODY_SIZE_MAX) {
        return STATUS_FULL;
    }
    struct pending *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    size_t stored_size = 0;
    made->bytes = malloc(FRAME_HEAD_SIZE + codec_bound(frame->body.size));
    if (made->bytes == NULL) {
        store_free_pending(made);
        return STATUS_FULL;
    }
    enum frame_codec kind = codec_deflate(frame->body, made->bytes + FRAME_HEAD_SIZE, &stored_size);
    made->size = FRAME_HEAD_SIZE + stored_size;
    /* Give back what compression saved: the frame may wait. */
    unsigned char *bytes = realloc(made->bytes, made->size);
    if (bytes != NULL) {
        made->bytes = bytes;
    }
    struct slice stored = slice_of(made->bytes + FRAME_HEAD_SIZE, stored_size);
    made->frame = *frame;
    if (frame->hash.bytes[0] == 0) {
        made->frame.hash = store_hash(store, frame->body);
    }
    memcpy(made->hash.bytes, made->frame.hash.bytes, sizeof(made->hash.bytes));
    made->head = (struct frame_head){
        .stored_size = (uint32_t)stored_size,
        .inflated_size = (uint32_t)frame->body.size,
        .signal = (unsigned char)frame->signal,
        .codec = (unsigned char)kind,
        .arrival_ns = frame->arrival_ns,
        .body_crc = frame_body_crc(writer->seed, stored),
    };
    *pending = made;
    return STATUS_OK;
}

static bool store_has_room(struct store *store, uint64_t size)
{
    uint64_t max = store->writer.options.pending_bytes_max;
    (void)pthread_mutex_lock(&store->mutex);
    bool room = store->queued_bytes < max && size <= max - store->queued_bytes;
    (void)pthread_mutex_unlock(&store->mutex);
    return room;
}

void store_append(struct store *store, const struct frame *frame, const struct batch *batch,
                  void (*done)(void *context, enum status status), void *context)
{
    struct pending *pending;
    /* Refuse before the work of compressing, as far as that can be known. */
    enum status status = store_has_room(store, FRAME_HEAD_SIZE)
                             ? store_make_pending(store, frame, &pending)
                             : STATUS_FULL;
    if (status != STATUS_OK) {
        done(context, status);
        return;
    }
    pending->batch = batch;
    pending->done = done;
    pending->context = context;
    if (!store_has_room(store, pending->size)) {
        store_free_pending(pending);
        done(context, STATUS_FULL);
        return;
    }
    (void)pthread_mutex_lock(&store->mutex);
    ENSURE(!store->closing);
    *store->tail = pending;
    store->tail = &pending->next;
    store->queued_bytes += pending->size;
    if (++store->waiting >= store->wanted || store->queued_bytes >= STORE_GROUP_SIZE_MAX) {
        (void)pthread_cond_signal(&store->cond);
    }
    (void)pthread_mutex_unlock(&store->mutex);
}

void store_note(struct store *store, struct id16 id, struct frame_ref ref)
{
    if ((ref.offset & HOLD_BLOCK_BIT) == 0) {
        (void)index_note(store->writer.index, id, ref);
    }
}

struct store_hold *store_hold(struct store *store)
{
    return hold_create(&store->writer);
}

void store_release(struct store_hold *hold)
{
    hold_free(hold);
}

size_t store_find(struct store_hold *hold, const struct id16 *ids, size_t id_count,
                  struct frame_ref *refs, size_t refs_max)
{
    return hold_find(hold, ids, id_count, refs, refs_max);
}

enum status store_load(struct store_hold *hold, struct frame_ref ref, const struct id16 *ids,
                       size_t id_count, struct arena *arena, store_visit *visit, void *context)
{
    return hold_load(hold, ref, ids, id_count, arena, visit, context);
}

enum status store_scan(struct store_hold *hold, struct store_span span, store_visit *visit,
                       void *context, uint64_t *reached_ns)
{
    return hold_scan(hold, span, visit, context, reached_ns);
}

enum status store_search(struct store_hold *hold, const struct scan_query *query, size_t most,
                         struct arena *arena, store_visit *visit, void *context)
{
    return hold_search(hold, query, most, arena, visit, context);
}

enum status store_measure(struct store_hold *hold, const struct scan_query *query, unsigned columns,
                          store_measure_visit *visit, void *context)
{
    return hold_measure(hold, query, columns, visit, context);
}

bool store_knows(struct store *store, struct id16 id)
{
    return writer_knows(&store->writer, id);
}

/* The key of primary state in the catalog; false if it is too long. */
static bool store_state_key(struct slice key, struct buf *name)
{
    buf_append_text(name, "state/");
    buf_append(name, key);
    return !buf_overflowed(name);
}

enum status store_put(struct store *store, struct slice key, struct slice value)
{
    const struct catalog *catalog = store->writer.catalog;
    unsigned char memory[STORE_KEY_SIZE_MAX];
    struct buf name;
    buf_init_fixed(&name, memory, sizeof(memory));
    if (!store_state_key(key, &name) || value.size > STORE_VALUE_SIZE_MAX) {
        return STATUS_FULL;
    }
    return catalog->put(catalog->self, buf_bytes(&name), value);
}

enum status store_get(struct store *store, struct slice key, struct arena *arena,
                      struct slice *value)
{
    const struct catalog *catalog = store->writer.catalog;
    unsigned char memory[STORE_KEY_SIZE_MAX];
    struct buf name;
    buf_init_fixed(&name, memory, sizeof(memory));
    if (!store_state_key(key, &name)) {
        return STATUS_NOT_FOUND;
    }
    return catalog->get(catalog->self, buf_bytes(&name), arena, value);
}

void store_stats(struct store *store, struct store_stats *stats)
{
    struct writer *writer = &store->writer;
    (void)pthread_mutex_lock(&writer->mutex);
    *stats = writer->stats;
    (void)pthread_mutex_unlock(&writer->mutex);
    stats->segments = (uint32_t)shelf_sum(&writer->shelf, &stats->bytes, &stats->frames);
    struct cabinet_list *list = cabinet_hold(&writer->cabinet);
    stats->sealed = (uint32_t)list->count;
    stats->guides = (uint32_t)list->guide_count;
    stats->asked = stats->guides;
    for (size_t i = 0; i < list->count; i++) {
        stats->asked += list->guided[i] ? 0 : 1;
    }
    cabinet_release(&writer->cabinet, list);
}

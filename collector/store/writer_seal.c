/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/ensure.h"
#include "base/log.h"
#include "store/seek.h"

#include <stdio.h>
#include <string.h>

/* How often sealing a segment was begun and not ended, by whatever reason; a process that died of
 * it has left its count. */
static uint32_t seal_attempts(const struct writer *writer, const char *key)
{
    unsigned char memory[64];
    struct arena arena;
    struct slice value;
    arena_init(&arena, memory, sizeof(memory));
    return writer->catalog->get(writer->catalog->self, slice_from(key), &arena, &value) ==
                       STATUS_OK &&
                   value.size == 1
               ? value.base[0]
               : 0;
}

static void seal_key(uint32_t number, const char *kind, char key[STORE_PATH_SIZE])
{
    (void)snprintf(key, STORE_PATH_SIZE, "%s/%08u", kind, number);
}

/* Its log stays. */
static void seal_never(struct writer *writer, struct segment *segment)
{
    segment->no_seal = true;
    enum status status = shelf_set(&writer->shelf, segment);
    ENSURE(status == STATUS_OK);
}

/* ---- Drafts. ---- */

void writer_draft_begin(struct writer *writer)
{
    if (writer->draft_closed == NULL) {
        writer->draft_closed = writer->draft;
    } else {
        draft_free(writer->draft); /* Sealing has fallen behind; it will read the log. */
    }
    writer->draft =
        writer->options.decode != NULL ? draft_create(writer->active, &writer->key) : NULL;
}

void writer_draft_add(struct writer *writer, const struct pending *pending)
{
    struct draft *draft = writer->draft;
    const struct batch *batch = pending->batch;
    if (draft == NULL) {
        return;
    }
    if (batch == NULL) {
        draft->status = STATUS_FULL; /* Nobody has decoded it here. */
    } else if (batch->signal == SIGNAL_METRICS) {
        draft_copy(draft, &pending->head, &pending->hash, slice_of(pending->bytes, pending->size));
    } else {
        draft_add(draft, &pending->head, &pending->hash, batch);
    }
    if (draft->status != STATUS_OK || draft_memory(draft) > STORE_DRAFT_SIZE_MAX) {
        draft_free(draft);
        writer->draft = NULL;
    }
}

void writer_draft_end(struct writer *writer)
{
    draft_free(writer->draft);
    draft_free(writer->draft_closed);
    writer->draft = NULL;
    writer->draft_closed = NULL;
}

/* The draft of a segment that is to be sealed, if there is one.  Older ones are of no use. */
static struct draft *draft_take(struct writer *writer, uint32_t segment)
{
    struct draft *draft = writer->draft_closed;
    if (draft == NULL || draft->segment > segment) {
        return NULL;
    }
    writer->draft_closed = NULL;
    if (draft->segment < segment) {
        draft_free(draft);
        return NULL;
    }
    return draft;
}

/* ---- Sealing. ---- */

/* Ask for the next segment, if there is one. */
static void seal_ask(struct writer *writer)
{
    const struct catalog *catalog = writer->catalog;
    struct segment segment;
    char key[STORE_PATH_SIZE];
    if (writer->options.decode == NULL || writer->wall_ns() < writer->seal_at_ns ||
        !shelf_unsealed(&writer->shelf, writer->active, writer->wall_ns(), &segment)) {
        return;
    }
    seal_key(segment.number, "sealing", key);
    uint32_t attempts = seal_attempts(writer, key);
    if (attempts >= STORE_SEAL_ATTEMPTS_MAX) {
        log_error("segment not sealed: attempts ended the process",
                  log_string("segment", segment.name), log_u64("attempts", attempts));
        seal_never(writer, &segment);
        return;
    }
    unsigned char count = (unsigned char)(attempts + 1);
    if (catalog->put(catalog->self, slice_from(key), slice_of(&count, 1)) == STATUS_OK) {
        sealer_ask(&writer->sealer, &segment, draft_take(writer, segment.number));
    }
}

/*
 * Take a sealed segment into service.  The catalog says so, durably, before anybody reads it; then
 * the index need not have its ids any more, but for those who look things up at this moment.
 */
static enum status seal_publish(struct writer *writer, struct segment *segment)
{
    const struct catalog *catalog = writer->catalog;
    struct sealed *sealed;
    enum status status = sealed_open(&sealed, writer->disk, segment, writer->id);
    if (status != STATUS_OK) {
        return status;
    }
    char key[STORE_PATH_SIZE];
    seal_key(segment->number, "sealed", key);
    status = catalog->put(catalog->self, slice_from(key), SLICE("1"));
    if (status == STATUS_OK) {
        status = cabinet_put(&writer->cabinet, sealed);
    }
    if (status != STATUS_OK) {
        sealed_free(sealed);
        return status;
    }
    index_drop(writer->index, segment->number);
    segment->sealed_size = sealed->size;
    segment->sealed_ns = writer->wall_ns();
    /* The segment is on the shelf, so this changes it and cannot fail. */
    status = shelf_set(&writer->shelf, segment);
    ENSURE(status == STATUS_OK);
    log_info("segment sealed", log_string("segment", segment->name), log_u64("log", segment->end),
             log_u64("bytes", segment->sealed_size));
    return STATUS_OK;
}

/* The cause may be the disk's, so all wait a while; it may be this segment's own, so this one waits
 * longer each time and keeps no other from being sealed. */
static void seal_later(struct writer *writer, struct segment *segment)
{
    uint64_t now_ns = writer->wall_ns();
    uint32_t failed = segment->seals_failed++;
    uint32_t doubled = failed < STORE_SEAL_DOUBLE_MAX ? failed : STORE_SEAL_DOUBLE_MAX;
    writer->seal_at_ns = now_ns + STORE_SEAL_RETRY_NS;
    segment->seal_retry_ns = now_ns + (STORE_SEAL_RETRY_NS << doubled);
    enum status status = shelf_set(&writer->shelf, segment);
    ENSURE(status == STATUS_OK);
}

static void seal_answer(struct writer *writer, struct segment *segment, enum status status)
{
    const struct catalog *catalog = writer->catalog;
    char key[STORE_PATH_SIZE];
    seal_key(segment->number, "sealing", key);
    (void)catalog->remove(catalog->self, slice_from(key)); /* It has ended, and we live. */
    if (status == STATUS_OK) {
        status = seal_publish(writer, segment);
    }
    if (status == STATUS_OK) {
        return;
    }
    log_error("segment not sealed", log_string("segment", segment->name), log_status(status));
    if (status == STATUS_BAD) {
        seal_never(writer, segment);
        return;
    }
    seal_later(writer, segment);
    (void)pthread_mutex_lock(&writer->mutex);
    writer->stats.seals_failed++;
    (void)pthread_mutex_unlock(&writer->mutex);
}

/*
 * Whether a log is needed beside what is sealed: when what is saved, or is being saved, has its
 * front only.  Of a segment that it has nothing of, or all, the sealed file is enough.
 */
static bool seal_needs_log(struct writer *writer, uint32_t number)
{
    const struct saved *saved = &writer->saved;
    (void)pthread_mutex_lock(&writer->mutex);
    uint32_t kept = saved->kept.segment;
    (void)pthread_mutex_unlock(&writer->mutex);
    return kept == number || (saved->waiting && saved->place.segment == number);
}

/* A log that is sealed goes when nobody can be reading it any more. */
static void seal_drop_logs(struct writer *writer)
{
    struct segment segment;
    uint64_t now_ns = writer->wall_ns();
    uint64_t before_ns = now_ns > STORE_LOG_GRACE_NS ? now_ns - STORE_LOG_GRACE_NS : 0;
    while (shelf_logged(&writer->shelf, before_ns, &segment) &&
           !seal_needs_log(writer, segment.number)) {
        char directory[STORE_PATH_SIZE];
        char log[STORE_PATH_SIZE];
        segment_paths(segment.name, directory, log);
        stretches_forget(&writer->stretches, segment.number);
        digests_forget(&writer->digests, segment.number);
        enum status status = writer->disk->remove_file(writer->disk->self, log);
        if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
            log_warn("log not removed", log_string("segment", segment.name), log_status(status));
        }
        segment.end = 0;
        status = shelf_set(&writer->shelf, &segment);
        ENSURE(status == STATUS_OK);
    }
}

enum status writer_start_sealer(struct writer *writer, bool threaded, void (*wake)(void *context),
                                void *context)
{
    struct seal seal = {
        .disk = writer->disk,
        .catalog = writer->catalog,
        .decode = writer->options.decode,
        .index = writer->index,
        .seed = writer->seed,
        .key = &writer->key,
        .bulk = &writer->bulk,
    };
    memcpy(seal.store, writer->id, sizeof(seal.store));
    return sealer_init(&writer->sealer, &seal, threaded, wake, context);
}

void writer_seal(struct writer *writer)
{
    struct segment segment;
    enum status status;
    if (sealer_take(&writer->sealer, &segment, &status)) {
        seal_answer(writer, &segment, status);
    }
    if (sealer_idle(&writer->sealer)) {
        seal_ask(writer);
    }
    writer_guide(writer);
    seal_drop_logs(writer);
}

struct knows {
    bool known;
};

static void knows_visit(void *context, uint32_t segment, uint16_t block)
{
    struct knows *knows = context;
    (void)segment;
    (void)block;
    knows->known = true;
}

bool writer_knows(struct writer *writer, struct id16 id)
{
    struct refs refs = {.items = NULL};
    index_find(writer->index, NULL, &id, 1, &refs);
    struct knows knows = {.known = refs.count > 0};
    refs_fini(&refs);
    if (knows.known) {
        return true;
    }
    struct cabinet_list *list = cabinet_hold(&writer->cabinet);
    (void)!seek_ids(list, &id, 1, knows_visit, &knows);
    cabinet_release(&writer->cabinet, list);
    return knows.known;
}

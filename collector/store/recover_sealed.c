/* SPDX-License-Identifier: Apache-2.0 */
#include "store/recovery.h"

#include "base/log.h"
#include "store/hold.h"
#include "store/scratch.h"
#include "store/sealed_replay.h"

#include <stdio.h>
#include <string.h>

/* Whether the catalog says that a segment is sealed. */
static bool recovery_says_sealed(const struct recovery *recovery, uint32_t number)
{
    const struct catalog *catalog = recovery->writer->catalog;
    unsigned char memory[64];
    char key[STORE_PATH_SIZE];
    struct arena arena;
    struct slice value;
    arena_init(&arena, memory, sizeof(memory));
    (void)snprintf(key, sizeof(key), "sealed/%08u", number);
    return catalog->get(catalog->self, slice_from(key), &arena, &value) == STATUS_OK;
}

enum status recovery_open_sealed(struct recovery *recovery)
{
    struct writer *writer = recovery->writer;
    for (size_t i = 0; i < recovery->count; i++) {
        struct found *found = &recovery->found[i];
        if (found->has_log && !recovery_says_sealed(recovery, found->number)) {
            continue;
        }
        struct segment segment = {.number = found->number};
        memcpy(segment.name, found->name, sizeof(segment.name));
        enum status status = sealed_open(&found->sealed, writer->disk, &segment, writer->id);
        if (status == STATUS_FULL) {
            return status;
        }
        if (status == STATUS_OK && !found->has_log) {
            found->has_head = true;
            found->head = sealed_log_head(found->sealed);
        }
        found->damaged = status != STATUS_OK && status != STATUS_NOT_FOUND;
        found->hidden = status == STATUS_IO;
        if (found->damaged) {
            log_error("sealed segment damaged", log_string("segment", found->name),
                      log_status(status), log_u64("log", found->has_log ? 1 : 0));
            writer->stats.quarantined++;
        }
    }
    return STATUS_OK;
}

static void recovery_body(void *context, const struct hash_128 *hash, uint64_t arrival_ns)
{
    recovery_remember(context, hash, arrival_ns);
}

/* Show what is sealed. */
static bool recovery_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct recovery *recovery = context;
    struct writer *writer = recovery->writer;
    const struct store_observer *observer = &writer->observer;
    if (observer->stopping != NULL && observer->stopping(observer->context)) {
        recovery->stopped = true;
        return false;
    }
    struct frame frame = {.signal = batch->signal, .arrival_ns = arrival_ns};
    struct frame_ref ref = {.segment = recovery->segment, .offset = HOLD_BLOCK_BIT};
    observer->apply(observer->context, writer->store, &frame, batch, ref);
    writer->stats.recovered_frames++;
    return true;
}

enum status recovery_shelve(struct recovery *recovery, struct found *found)
{
    struct writer *writer = recovery->writer;
    struct sealed *sealed = found->sealed;
    struct segment segment = sealed->segment;
    segment.end = found->has_log ? found->size : 0;
    segment.sealed_size = sealed->size;
    enum status status = cabinet_put(&writer->cabinet, sealed);
    if (status == STATUS_OK) {
        found->sealed = NULL;
        status = shelf_set(&writer->shelf, &segment);
    }
    return status;
}

bool recovery_usable(void *context, uint32_t segment)
{
    const struct recovery *recovery = context;
    for (size_t i = 0; i < recovery->count; i++) {
        if (recovery->found[i].number == segment) {
            return recovery->found[i].has_log || recovery->found[i].sealed == NULL;
        }
    }
    return true;
}

bool recovery_indexed(void *context, uint32_t segment_last)
{
    const struct recovery *recovery = context;
    for (size_t i = 0; i < recovery->count; i++) {
        const struct found *found = &recovery->found[i];
        if (found->number <= segment_last && found->has_log && !found->foreign &&
            found->sealed == NULL && !index_has(recovery->writer->index, found->number)) {
            return false;
        }
    }
    return true;
}

/* Remember the bodies of the last minutes. */
static enum status recovery_bodies(struct recovery *recovery, const struct sealed *sealed)
{
    uint64_t last_ns = sealed->foot.arrival_last_ns;
    bool recent = recovery->now_ns < last_ns || recovery->now_ns - last_ns <= STORE_DEDUPE_NS_MAX;
    return recent ? sealed_bodies(sealed, recovery_body, recovery) : STATUS_OK;
}

/* Show all of it. */
static enum status recovery_replay(struct recovery *recovery, const struct sealed *sealed)
{
    struct arena arena;
    struct saved *saved = &recovery->writer->saved;
    recovery->segment = sealed->segment.number;
    recovery->sealed = true;
    enum status status = sealed_frames(sealed, recovery->writer->seed, recovery_visit, recovery);
    recovery->sealed = false;
    if (status != STATUS_OK || recovery->stopped) {
        return status;
    }
    status = scratch_init(&arena);
    if (status == STATUS_OK) {
        status = sealed_replay(sealed, &arena, recovery_batch, recovery);
        scratch_fini(&arena);
    }
    struct frame_ref end = {sealed->segment.number + 1, 0};
    saved->shown = saved_compare(saved->shown, end) < 0 ? end : saved->shown;
    saved->bytes += sealed->size;
    return status;
}

enum status recovery_sealed(struct recovery *recovery, struct found *found)
{
    struct writer *writer = recovery->writer;
    const struct sealed *sealed = found->sealed;
    uint32_t number = found->number;
    enum status status = recovery_shelve(recovery, found);
    if (status != STATUS_OK) {
        return status;
    }
    index_drop(writer->index, number); /* As it was saved. */
    writer->seq = sealed->foot.seq_last > writer->seq ? sealed->foot.seq_last : writer->seq;
    writer->previous = 0;
    writer->previous_end = 0;
    if (number < writer->saved.loaded.segment) {
        return STATUS_OK; /* The observer and what recognises bodies know it. */
    }
    status = recovery_bodies(recovery, sealed);
    if (status == STATUS_OK) {
        status = recovery_replay(recovery, sealed);
    }
    if (status == STATUS_BAD || status == STATUS_IO) {
        log_error("sealed segment damaged", log_string("segment", found->name), log_status(status));
        writer->saved.blind = writer->saved.blind || status == STATUS_IO;
        writer->stats.quarantined++;
        status = STATUS_OK;
    }
    if (status == STATUS_OK && recovery->no_memory) {
        status = STATUS_FULL;
    }
    return status == STATUS_OK && recovery->stopped ? STATUS_CLOSED : status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

/* Places as they were read, for as long as the hold. */

static struct hold_kept *kept_find(struct store_hold *hold, struct frame_ref ref)
{
    for (uint32_t i = 0; i < hold->kept_count; i++) {
        struct hold_kept *kept = &hold->kept[i];
        if (kept->ref.segment == ref.segment && kept->ref.offset == ref.offset) {
            return kept;
        }
    }
    return NULL;
}

static enum status kept_read_frame(struct store_hold *hold, struct arena *arena,
                                   struct hold_kept *read)
{
    struct frame frame;
    enum status status = hold_frame(hold, read->ref, arena, &frame);
    if (status != STATUS_OK || frame.signal == SIGNAL_METRICS) {
        return status;
    }
    struct batch *batch = arena_alloc(arena, sizeof(*batch));
    if (batch == NULL || !hold->writer->options.decode(frame.signal, frame.body, arena, batch)) {
        return arena_overflowed(arena) ? STATUS_FULL : STATUS_BAD;
    }
    read->batch = batch;
    read->arrival_ns = frame.arrival_ns;
    return STATUS_OK;
}

static enum status kept_read_block(struct store_hold *hold, struct arena *arena,
                                   struct hold_kept *read)
{
    struct cabinet_item *item = cabinet_find(hold->list, read->ref.segment);
    const struct dictionary *dictionary;
    if (item == NULL) {
        return STATUS_NOT_FOUND;
    }
    enum status status = hold_dictionary(hold, item, &dictionary);
    return status == STATUS_OK ? sealed_block(item->sealed, read->ref.offset & ~HOLD_BLOCK_BIT,
                                              dictionary, hold->desk->reader, arena, &read->block)
                               : status;
}

enum status hold_open(struct store_hold *hold, struct frame_ref ref, struct arena *arena,
                      struct hold_kept *opened)
{
    /* What is made of a place lies beside it, so a place that is kept may be too much, too. */
    bool room = hold->desk->kept.used <= HOLD_KEPT_SIZE_MAX;
    const struct hold_kept *kept = room ? kept_find(hold, ref) : NULL;
    if (kept != NULL) {
        *opened = *kept;
        return STATUS_OK;
    }
    bool keep = room && hold->kept_count < HOLD_KEPT_COUNT_MAX;
    struct arena *where = keep ? &hold->desk->kept : arena;
    *opened = (struct hold_kept){.ref = ref};
    enum status status = (ref.offset & HOLD_BLOCK_BIT) != 0 ? kept_read_block(hold, where, opened)
                                                            : kept_read_frame(hold, where, opened);
    if (status == STATUS_OK && keep) {
        hold->kept[hold->kept_count++] = *opened;
    }
    return status;
}

void hold_forget(struct store_hold *hold, struct frame_ref ref)
{
    struct hold_kept *kept = kept_find(hold, ref);
    if (kept != NULL) {
        *kept = hold->kept[--hold->kept_count];
    }
}

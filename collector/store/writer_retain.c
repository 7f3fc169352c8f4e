/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include "base/log.h"

#include <stdio.h>

/* Whether the oldest segment must go. */
static bool retention_is_due(struct writer *writer, const struct segment *oldest)
{
    uint64_t bytes;
    uint64_t frames;
    (void)shelf_sum(&writer->shelf, &bytes, &frames);
    if (writer->options.retention_bytes_max > 0 && bytes > writer->options.retention_bytes_max) {
        return true;
    }
    uint64_t now_ns = writer->wall_ns();
    return writer->options.retention_ns_max > 0 && now_ns > oldest->arrival_last_ns &&
           now_ns - oldest->arrival_last_ns > writer->options.retention_ns_max;
}

/*
 * Drop the oldest segment.  First the catalog forgets it, durably: from then on it is gone, and a
 * directory that outlives a crash is removed by recovery.
 */
static enum status retention_drop(struct writer *writer, const struct segment *oldest)
{
    const struct catalog *catalog = writer->catalog;
    unsigned char first[4];
    for (unsigned i = 0; i < 4; i++) {
        first[i] = (unsigned char)((oldest->number + 1) >> (8 * i));
    }
    enum status status = catalog->put(catalog->self, SLICE("first"), slice_of(first, 4));
    if (status != STATUS_OK) {
        return status;
    }
    if (cabinet_take(&writer->cabinet, oldest->number) != STATUS_OK) {
        return STATUS_FULL; /* Recovery would finish it. */
    }
    writer_guide_forget(writer, oldest->number);
    shelf_drop_oldest(&writer->shelf);
    writer->saved.forgotten = oldest->number;
    index_forget(writer->index, oldest->number);
    stretches_forget(&writer->stretches, oldest->number);
    digests_forget(&writer->digests, oldest->number);
    writer->observer.forget(writer->observer.context, oldest->number);
    if (segment_remove(writer->disk, oldest->name) != STATUS_OK) {
        log_warn("segment not removed", log_string("segment", oldest->name));
    }
    static const char *const kinds[] = {"segment", "sealed"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char key[STORE_PATH_SIZE];
        (void)snprintf(key, sizeof(key), "%s/%08u", kinds[i], oldest->number);
        if (catalog->remove(catalog->self, slice_from(key)) != STATUS_OK) {
            log_warn("segment still listed", log_string("segment", oldest->name));
        }
    }
    log_info("segment dropped", log_string("segment", oldest->name),
             log_u64("frames", oldest->frames),
             log_u64("bytes", oldest->end + oldest->sealed_size));
    return STATUS_OK;
}

void writer_retain(struct writer *writer)
{
    struct segment oldest;
    /* One that is being sealed has to wait for its end. */
    while (shelf_oldest(&writer->shelf, &oldest) && oldest.number != writer->active &&
           oldest.number != sealer_segment(&writer->sealer) && retention_is_due(writer, &oldest)) {
        if (retention_drop(writer, &oldest) != STATUS_OK) {
            return;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/hold_private.h"

#include "base/log.h"
#include "columns/select.h"
#include "store/aside.h"
#include "store/codec.h"
#include "store/scan.h"
#include "store/scratch.h"

/* Frames of a log, one after the other. */
struct framing {
    struct store_hold *hold;
    struct aside aside;
    hold_frame_visit *visit;
    void *context;
    enum status status; /* The first that went wrong. */
};

void hold_scratch(struct store_hold *hold)
{
    scratch_reset(&hold->desk->scratch);
}

/* Make records of a stored body.  What does not decode has none: STATUS_NOT_FOUND. */
static enum status framing_decode(struct framing *framing, const struct frame_head *head,
                                  struct slice stored, struct batch *batch)
{
    struct writer *writer = framing->hold->writer;
    struct arena *arena = &framing->hold->desk->scratch;
    scratch_reset(arena);
    unsigned char *body = arena_alloc(arena, (size_t)head->inflated_size + 1);
    if (body == NULL) {
        return STATUS_FULL;
    }
    enum status status =
        codec_inflate(stored, (enum frame_codec)head->codec, body, head->inflated_size);
    if (status != STATUS_OK) {
        return status;
    }
    if (writer->options.decode((enum signal)head->signal, slice_of(body, head->inflated_size),
                               arena, batch)) {
        return STATUS_OK;
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_NOT_FOUND;
}

static void framing_visit(void *context, const struct frame_head *head, struct slice stored)
{
    struct framing *framing = context;
    struct batch batch;
    if (framing->status == STATUS_FULL) {
        return;
    }
    bool records = head->signal != SIGNAL_METRICS && !aside_has(&framing->aside, head->offset);
    enum status status = records ? framing_decode(framing, head, stored, &batch) : STATUS_NOT_FOUND;
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        framing->status = status == STATUS_FULL ? STATUS_FULL : STATUS_IO;
        return;
    }
    framing->visit(framing->context, head, status == STATUS_OK ? &batch : NULL);
}

enum status hold_each_frame(struct store_hold *hold, const struct segment *segment, uint32_t from,
                            uint32_t end, hold_frame_visit *visit, void *context)
{
    struct writer *writer = hold->writer;
    const struct disk *disk = writer->disk;
    char directory[STORE_PATH_SIZE];
    char log[STORE_PATH_SIZE];
    segment_paths(segment->name, directory, log);
    struct framing framing = {.hold = hold, .visit = visit, .context = context};
    struct scan scan = {
        .disk = disk,
        .segment = segment->number,
        .seed = writer->seed,
        .from = from,
        .size = end,
        .end_known = true,
    };
    enum status status = disk->open(disk->self, log, false, &scan.file);
    if (status != STATUS_OK) {
        return status;
    }
    struct scan_result result = {.frames = 0};
    status = aside_read(&framing.aside, writer->catalog, segment->number);
    if (status == STATUS_OK) {
        status = scan_log(&scan, framing_visit, &framing, &result);
    }
    if (status == STATUS_OK) {
        status = framing.status;
    }
    if (status == STATUS_OK && (result.damaged_places > 0 || result.unreadable)) {
        status = STATUS_IO;
    }
    if (status == STATUS_IO) {
        log_error("frames damaged", log_string("segment", segment->name), log_u64("from", from),
                  log_u64("end", end));
    }
    aside_fini(&framing.aside);
    disk->close(disk->self, scan.file);
    return status;
}

enum status hold_each_of_place(struct store_hold *hold, const struct place *place,
                               hold_frame_visit *visit, void *context)
{
    struct segment segment;
    if (!shelf_get(&hold->writer->shelf, place->segment, &segment)) {
        return STATUS_OK;
    }
    return hold_each_frame(hold, &segment, place->number, place->end, visit, context);
}

/* Frames that are shown, and of which is kept what is in them. */
struct keeping {
    struct digest parts[DIGESTS_SIGNALS];
    hold_frame_visit *visit;
    void *context;
};

static void keeping_visit(void *context, const struct frame_head *head, const struct batch *batch)
{
    struct keeping *keeping = context;
    for (unsigned i = 0; batch != NULL && i < DIGESTS_SIGNALS; i++) {
        digest_add(&keeping->parts[i], batch);
    }
    keeping->visit(keeping->context, head, batch);
}

static enum status hold_keep_place(struct store_hold *hold, const struct place *place,
                                   hold_frame_visit *visit, void *context)
{
    struct writer *writer = hold->writer;
    struct digests_place at = {place->segment, place->number, place->end};
    struct keeping keeping = {.visit = visit, .context = context};
    digest_init(&keeping.parts[SIGNAL_TRACES], SIGNAL_TRACES, &writer->key);
    digest_init(&keeping.parts[SIGNAL_LOGS], SIGNAL_LOGS, &writer->key);
    enum status status = hold_each_of_place(hold, place, keeping_visit, &keeping);
    if (status == STATUS_OK) {
        digests_put(&writer->digests, at, keeping.parts);
    }
    digest_fini(&keeping.parts[SIGNAL_TRACES]);
    digest_fini(&keeping.parts[SIGNAL_LOGS]);
    return status;
}

enum status hold_select_of_place(struct store_hold *hold, const struct select *select,
                                 const struct place *place, hold_frame_visit *visit, void *context)
{
    struct digests *digests = &hold->writer->digests;
    struct digests_place at = {place->segment, place->number, place->end};
    struct block_info infos[DIGESTS_SIGNALS];
    hold_scratch(hold);
    if (place->closed && digests_find(digests, at, &hold->desk->scratch, infos)) {
        bool wanted = false;
        for (unsigned i = 0; i < DIGESTS_SIGNALS; i++) {
            wanted = wanted || (infos[i].rows > 0 && select_may_have(select, &infos[i]));
        }
        return wanted ? hold_each_of_place(hold, place, visit, context) : STATUS_OK;
    }
    return place->closed ? hold_keep_place(hold, place, visit, context)
                         : hold_each_of_place(hold, place, visit, context);
}

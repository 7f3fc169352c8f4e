/* SPDX-License-Identifier: Apache-2.0 */
#include "self/feed.h"

#include "base/clock.h"
#include "base/log.h"
#include "ingest/known.h"
#include "ingest/otlp_decode.h"
#include "model/snapshot.h"
#include "series/series_tail.h"
#include "store/scratch.h"

enum status feed_init(struct feed *feed)
{
    *feed = (struct feed){.view = NULL};
    return scratch_init(&feed->arena);
}

void feed_fini(struct feed *feed)
{
    view_free(feed->view);
    series_free(feed->series);
    scratch_fini(&feed->arena);
}

static enum status feed_begin(void *context, const struct hash_key *secret)
{
    struct feed *feed = context;
    feed->secret = *secret;
    feed->view = view_create(secret);
    feed->series = series_create(secret);
    return feed->view != NULL && feed->series != NULL ? STATUS_OK : STATUS_FULL;
}

static enum status feed_save(void *context, store_sink *sink, void *sink_context)
{
    const struct feed *feed = context;
    enum status status = view_save(feed->view, sink, sink_context);
    return status == STATUS_OK ? series_tail_save(feed->series, sink, sink_context) : status;
}

/* What was loaded in part is given up for something new. */
static enum status feed_load(void *context, struct slice bytes, const char **reason)
{
    struct feed *feed = context;
    struct slice view, series;
    series_tail_split(bytes, &view, &series);
    enum status status = view_load(feed->view, view, reason);
    if (status == STATUS_OK && series.size > 0) {
        status = series_load(feed->series, series, reason);
    }
    if (status != STATUS_OK) {
        view_free(feed->view);
        series_free(feed->series);
        enum status again = feed_begin(feed, &feed->secret);
        status = again == STATUS_OK ? status : again;
    }
    return status;
}

struct feed_note {
    struct store *store;
    struct frame_ref ref;
};

static void feed_note(void *context, struct id16 id)
{
    const struct feed_note *note = context;
    store_note(note->store, id, note->ref);
}

static void feed_apply(void *context, struct store *store, const struct frame *frame,
                       const struct batch *batch, struct frame_ref ref)
{
    struct feed *feed = context;
    struct batch decoded;
    if (batch == NULL) {
        if (!otlp_decode(frame->signal, frame->body, &feed->arena, &decoded)) {
            feed->undecodable++;
            log_error("frame does not decode", log_u64("segment", ref.segment),
                      log_u64("offset", ref.offset));
            scratch_reset(&feed->arena);
            return;
        }
        batch = &decoded;
    }
    struct feed_note note = {.store = store, .ref = ref};
    known_note(store, frame, ref);
    struct view_frame around = {
        .segment = ref.segment,
        .arrival_ns = frame->arrival_ns,
        .note = feed_note,
        .context = &note,
    };
    view_apply(feed->view, &around, batch);
    series_apply(feed->series, frame->arrival_ns, batch);
    if (feed->shown != NULL) {
        feed->shown(feed->shown_context, frame, batch);
    }
    scratch_reset(&feed->arena);
}

static void feed_forget(void *context, uint32_t segment_last)
{
    const struct feed *feed = context;
    view_forget(feed->view, segment_last);
}

static void feed_tick(void *context)
{
    const struct feed *feed = context;
    uint64_t now_ns = clock_wall_ns();
    view_tick(feed->view, now_ns);
    series_tick(feed->series, now_ns);
}

static bool feed_stopping(void *context)
{
    const struct feed *feed = context;
    return feed->stopping != NULL && feed->stopping();
}

struct store_observer feed_observer(struct feed *feed)
{
    return (struct store_observer){
        .context = feed,
        .begin = feed_begin,
        .apply = feed_apply,
        .forget = feed_forget,
        .tick = feed_tick,
        .stopping = feed_stopping,
        .save = feed_save,
        .load = feed_load,
    };
}

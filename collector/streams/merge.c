/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge.h"

#include "streams/group_name.h"
#include "streams/lambda_text.h"
#include "streams/merge_inits.h"
#include "streams/merge_private.h"
#include "streams/merge_step.h"
#include "streams/merge_tell.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* The key is fixed: what is told must not differ from run to run. */
static const struct hash_key ids_key = {
    {UINT64_C(0x7468617765766e74), UINT64_C(0x6576656e74206964)}};

struct merge *merge_create(const struct merge_options *options, const struct stream_sink *sink)
{
    struct merge *merge = calloc(1, sizeof(*merge));
    if (merge == NULL) {
        return NULL;
    }
    merge->options = *options;
    merge->sink = *sink;
    merge_streams_init(&merge->streams);
    merge_open_init(&merge->open);
    merge_seen_init(&merge->told, MERGE_SEEN_SLOTS_MAX);
    merge_seen_init(&merge->ids, MERGE_IDS_SLOTS_MAX);
    hash_bulk_init(&merge->bulk, &ids_key);
    merge->active = malloc(MERGE_STREAMS_MAX * sizeof(merge->active[0]));
    merge->group.lines =
        malloc((MERGE_GROUP_MAX + MERGE_PIECES_MAX) * sizeof(merge->group.lines[0]));
    if (!merge_window_init(&merge->window) || merge->active == NULL || merge->group.lines == NULL) {
        merge_free(merge);
        return NULL;
    }
    return merge;
}

void merge_free(struct merge *merge)
{
    if (merge == NULL) {
        return;
    }
    merge_window_fini(&merge->window);
    merge_streams_fini(&merge->streams);
    merge_open_fini(&merge->open);
    merge_seen_fini(&merge->told);
    merge_seen_fini(&merge->ids);
    free(merge->active);
    free(merge->group.lines);
    free(merge->metrics);
    free(merge);
}

/* ---- Emptying the window. ---- */

/* Count the stream's item in: whether it is in order with the one before it. */
static void note_order(struct merge *merge, struct merge_stream *stream, struct merge_item *item)
{
    if (stream->count == 0) {
        stream->rises = 0;
        stream->falls = 0;
        stream->repeats_seen = false;
    } else if (item->order_ns < stream->latest_ns) {
        stream->falls++;
        stream->run++;
        merge->disordered = true;
    } else if (item->order_ns > stream->latest_ns) {
        stream->rises++;
    }
    stream->fine = stream->fine || item->order_ns % MERGE_SECOND_NS != 0;
    stream->latest_ns = item->order_ns;
    item->run = stream->run;
    if (stream->count++ == 0) {
        merge->active[merge->active_count++] = stream->row;
    }
}

/* The part of the order that belongs to each stream, in order of time. */
static void order_items(struct merge *merge)
{
    struct merge_window *window = &merge->window;
    uint32_t first = 0;
    for (uint32_t i = 0; i < merge->active_count; i++) {
        struct merge_stream *stream = merge->streams.rows[merge->active[i]];
        stream->first = first;
        first += stream->count;
        stream->count = 0;
    }
    for (uint32_t i = 0; i < window->count; i++) {
        struct merge_stream *stream = merge->streams.rows[window->items[i].stream];
        window->order[stream->first + stream->count++] = i;
    }
    for (uint32_t i = 0; i < merge->active_count; i++) {
        struct merge_stream *stream = merge->streams.rows[merge->active[i]];
        if (stream->falls > 0) {
            stream->backward = stream->falls > stream->rises;
            merge_window_sort(window, window->order + stream->first, stream->count,
                              stream->backward);
        }
    }
}

static void keep_rows(struct merge_window *window, const uint32_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        window->items[rows[i]].kept = true;
    }
}

static bool refuse_foreign(struct merge *merge, struct merge_stream *stream, const uint32_t *rows)
{
    if (!stream->foreign) {
        return false;
    }
    if (merge_step_finds_platform(merge, rows, stream->count)) {
        stream->foreign = false;
        return false;
    }
    const struct merge_item *first = &merge->window.items[rows[0]];
    merge_tell_refusal(merge, "not a function's log group",
                       merge_window_message(&merge->window, first), stream->count);
    return true;
}

/* Go through the events of a stream.  One that is not in order keeps the half that what comes next
 * may still belong to; one that nothing was added to since the last time keeps nothing. */
static void empty_stream(struct merge *merge, struct merge_stream *stream, bool hold)
{
    struct merge_window *window = &merge->window;
    const uint32_t *rows = window->order + stream->first;
    size_t count = stream->count;
    hold = hold && stream->new_count > 0;
    stream->new_count = 0;
    merge_streams_touch(&merge->streams, stream->row);
    if (refuse_foreign(merge, stream, rows)) {
        return;
    }
    if (hold && stream->falls > 0 && stream->backward) {
        keep_rows(window, rows, count / 2);
        rows += count / 2;
        count -= count / 2;
        hold = false;
    } else if (hold && stream->falls > 0) {
        keep_rows(window, rows + count / 2, count - count / 2);
        count /= 2;
    }
    size_t kept_from = merge_step(merge, stream, rows, count, hold);
    keep_rows(window, rows + kept_from, count - kept_from);
}

/* What was kept is the beginning of the next window. */
static void begin_window(struct merge *merge)
{
    struct merge_window *window = &merge->window;
    for (uint32_t i = 0; i < merge->active_count; i++) {
        merge->streams.rows[merge->active[i]]->count = 0;
    }
    merge->active_count = 0;
    merge->disordered = false;
    merge_window_compact(window);
    for (uint32_t i = 0; i < window->count; i++) {
        note_order(merge, merge->streams.rows[window->items[i].stream], &window->items[i]);
    }
}

static void empty_window(struct merge *merge, bool hold)
{
    order_items(merge);
    for (uint32_t i = 0; i < merge->active_count; i++) {
        empty_stream(merge, merge->streams.rows[merge->active[i]], hold);
    }
    begin_window(merge);
}

/* Make room for an event of this size. */
static void make_room(struct merge *merge, size_t size)
{
    const struct merge_window *window = &merge->window;
    bool small = merge->disordered || window->new_size < MERGE_WINDOW_ORDERED_SIZE;
    if (small && merge_window_fits(window, size)) {
        return;
    }
    empty_window(merge, true);
    if (!merge_window_fits(window, size) || window->size > MERGE_WINDOW_SIZE / 4 * 3 ||
        window->count > MERGE_WINDOW_COUNT / 4 * 3) {
        empty_window(merge, false);
    }
}

/* ---- Streams. ---- */

static struct slice first_known(struct slice one, struct slice other)
{
    return one.size > 0 ? one : other;
}

static struct slice limited(struct slice name)
{
    return name.size > MERGE_NAME_SIZE_MAX ? slice_take(name, MERGE_NAME_SIZE_MAX) : name;
}

/* Fill in who an event is of. */
static void name_event(const struct merge *merge, const struct log_event *event,
                       struct merge_names *names)
{
    const struct merge_options *options = &merge->options;
    struct group_name group;
    struct stream_name stream;
    group_name_read(limited(first_known(event->group, options->group)), &group);
    group_name_read_stream(limited(first_known(event->stream, options->stream)), names->buffer,
                           &stream);
    names->account = first_known(first_known(event->account, group.account), options->account);
    names->region = first_known(first_known(event->region, group.region), options->region);
    names->group = group.group;
    names->stream = stream.stream;
    names->version = stream.version;
    names->unique = stream.unique;
    names->raw = event;
    names->foreign = group.foreign && !stream.function_like;
    names->function_made_up = false;
    names->function = first_known(group.function, first_known(stream.function, options->function));
    if (names->function.size == 0) {
        names->function_made_up = true;
        names->function = first_known(event->function, first_known(group.group, SLICE("unknown")));
    }
    names->account = limited(names->account);
    names->region = limited(names->region);
    names->function = limited(names->function);
}

/* The stream has ended, or makes room: tell what is open. */
static void close_stream(struct merge *merge, struct merge_stream *stream, bool final)
{
    uint32_t row = stream->open_first;
    while (row != MERGE_NONE) {
        const struct merge_invocation *invocation = &merge->open.rows[row];
        uint32_t behind = invocation->behind;
        bool told = final || invocation->facts.report_seen;
        merge_inits_close(merge, stream, row);
        merge_tell_invocation(merge, stream, row, told);
        row = behind;
    }
    merge_inits_finish(merge, stream);
}

/* Remove those that were only told, not finally. */
static void forget_open(struct merge *merge, struct merge_stream *stream)
{
    while (stream->open_first != MERGE_NONE) {
        merge_open_remove(&merge->open, stream, stream->open_first);
    }
}

/* The longest silent stream goes. */
static void evict_stream(struct merge *merge)
{
    uint32_t row = merge->streams.oldest;
    if (merge->streams.rows[row]->count > 0) {
        empty_window(merge, false);
        row = merge->streams.oldest;
    }
    struct merge_stream *stream = merge->streams.rows[row];
    close_stream(merge, stream, !merge->options.piece);
    forget_open(merge, stream);
    merge_streams_remove(&merge->streams, row);
    merge->counts.streams_closed++;
}

/* NULL without memory. */
static struct merge_stream *stream_of(struct merge *merge, const struct log_event *event)
{
    struct merge_names names;
    uint32_t row = merge_streams_recent(&merge->streams, event);
    if (row != MERGE_NONE) {
        return merge->streams.rows[row];
    }
    name_event(merge, event, &names);
    row = merge_streams_find(&merge->streams, &names);
    if (row == MERGE_NONE) {
        if (merge->streams.count == MERGE_STREAMS_MAX) {
            evict_stream(merge);
        }
        row = merge_streams_add(&merge->streams, &names);
        if (row == MERGE_NONE) {
            return NULL;
        }
        merge->counts.streams = merge->streams.numbers.last;
    }
    return merge->streams.rows[row];
}

/* ---- Events. ---- */

/* The key of an event's id, which is asked for below: it is one of some millions, whose memory is
 * far away.  The stream counts as far as its name does: containers may cut the rest. */
static uint64_t begin_id(const struct merge *merge, const struct log_event *event, struct slice id)
{
    uint64_t tail = 0;
    size_t size = event->stream.size < sizeof(tail) ? event->stream.size : sizeof(tail);
    if (size > 0) {
        memcpy(&tail, event->stream.base + event->stream.size - size, size);
    }
    uint64_t hash = hash_bulk64(&merge->bulk, id) ^ hash_u64(tail);
    merge_seen_prefetch(&merge->ids, hash);
    return hash;
}

static bool is_known_id(struct merge *merge, uint64_t hash)
{
    uint8_t value;
    if (merge_seen_find(&merge->ids, hash, &value)) {
        return true;
    }
    merge_seen_add(&merge->ids, hash, 0);
    return false;
}

/* Without times in the container an event stands where it stands.  Its text may have a time, which
 * tells when it was, but is of another clock than the one before it and makes no order. */
static void fill_time(const struct merge_stream *stream, const struct log_event *event,
                      struct merge_item *item)
{
    item->time_ns = event->time_ns;
    item->order_ns = event->time_ns;
    if (event->time_ns == STREAMS_UNKNOWN) {
        struct line line;
        struct slice rest;
        line_read(event->message, &line, &rest);
        item->time_ns = line.time_ns;
        item->order_ns = stream->latest_ns;
        item->placed = true;
    }
}

/* Lines of a text may be those of one REPORT, which has newlines in it: join them. */
static bool join_report(struct merge *merge, const struct log_event *event)
{
    struct merge_window *window = &merge->window;
    if (window->count == 0 || event->message.size == 0 ||
        !merge_window_fits(window, event->message.size + 1)) {
        return false;
    }
    const struct merge_item *last = &window->items[window->count - 1];
    if (!last->placed || last->stepped ||
        last->stream != merge_streams_recent(&merge->streams, event) ||
        last->size + event->message.size >= MERGE_MESSAGE_SIZE_MAX ||
        !lambda_text_goes_on(merge_window_message(window, last), event->message)) {
        return false;
    }
    merge_window_join(window, event->message);
    return true;
}

void merge_event(struct merge *merge, const struct log_event *event)
{
    merge->counts.events++;
    merge->counts.bytes += event->message.size;
    if (event->message.size > MERGE_MESSAGE_SIZE_MAX) {
        merge_tell_refusal(merge, "a message of more than 4 MiB", event->message, 1);
        return;
    }
    struct slice id = event->id.size <= MERGE_EVENT_ID_SIZE_MAX ? event->id : SLICE_EMPTY;
    if (event->time_ns == STREAMS_UNKNOWN && join_report(merge, event)) {
        return;
    }
    uint64_t id_hash = id.size > 0 ? begin_id(merge, event, id) : 0;
    make_room(merge, event->message.size + id.size);
    struct merge_stream *stream = stream_of(merge, event);
    if (stream == NULL) {
        merge_tell_refusal(merge, "no memory for another stream", event->message, 1);
        return;
    }
    merge->counts.without_stream += stream->named ? 0 : 1;
    if (id.size > 0 && is_known_id(merge, id_hash)) {
        merge->counts.repeated++;
        return;
    }
    struct merge_item *item = merge_window_add(&merge->window, id, event->message);
    item->stream = stream->row;
    fill_time(stream, event, item);
    note_order(merge, stream, item);
    stream->new_count++;
}

void merge_finish(struct merge *merge)
{
    empty_window(merge, false);
    ENSURE(merge->window.count == 0);
    uint32_t row = merge->streams.oldest;
    while (row != MERGE_NONE) {
        struct merge_stream *stream = merge->streams.rows[row];
        close_stream(merge, stream, !merge->options.piece);
        forget_open(merge, stream);
        row = stream->newer;
    }
    merge_streams_reset(&merge->streams);
    merge_seen_reset(&merge->told);
    merge_seen_reset(&merge->ids);
}

void merge_counts(const struct merge *merge, struct merge_counts *counts)
{
    *counts = merge->counts;
}

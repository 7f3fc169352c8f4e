/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_streams.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_FIRST = 64 };

void merge_streams_init(struct merge_streams *streams)
{
    *streams = (struct merge_streams){.newest = MERGE_NONE, .oldest = MERGE_NONE};
    map_init_growing(&streams->map, MERGE_STREAMS_MAX);
}

static void stream_free(struct merge_stream *stream)
{
    free(stream->names);
    free(stream);
}

void merge_streams_reset(struct merge_streams *streams)
{
    uint32_t row = streams->newest;
    while (row != MERGE_NONE) {
        struct merge_stream *stream = streams->rows[row];
        row = stream->older;
        streams->rows[stream->row] = NULL;
        stream_free(stream);
    }
    streams->newest = MERGE_NONE;
    streams->oldest = MERGE_NONE;
    streams->count = 0;
    map_reset(&streams->map);
}

void merge_streams_fini(struct merge_streams *streams)
{
    merge_streams_reset(streams);
    free(streams->rows);
    map_fini(&streams->map);
    *streams = (struct merge_streams){.rows = NULL};
}

/* With a fixed key: whoever writes the logs of a function may spoil the report of these alone. */
static uint64_t hash_of(const struct merge_names *names)
{
    static const struct hash_key key = {
        {UINT64_C(0x7468617773747265), UINT64_C(0x616d6e616d657331)}};
    struct hash_key second = {{hash_sip64(&key, names->group), key.words[1]}};
    return hash_sip64(&second, names->stream);
}

/* What one of them does not say is no difference. */
static bool same_or_untold(struct slice one, struct slice other)
{
    return one.size == 0 || other.size == 0 || slice_equal(one, other);
}

static bool is_of(const struct merge_stream *stream, const struct merge_names *names)
{
    const struct stream_source *source = &stream->source;
    bool same_function = names->group.size > 0 || slice_equal(source->function, names->function);
    return slice_equal(source->stream, names->stream) && slice_equal(source->group, names->group) &&
           same_or_untold(source->account, names->account) &&
           same_or_untold(source->region, names->region) && same_function;
}

static size_t recent_at(struct slice stream)
{
    uint64_t tail = 0;
    size_t size = stream.size < sizeof(tail) ? stream.size : sizeof(tail);
    if (size > 0) {
        memcpy(&tail, stream.base + stream.size - size, size);
    }
    return (size_t)(hash_u64(tail) % MERGE_RECENT_COUNT);
}

uint32_t merge_streams_recent(const struct merge_streams *streams, const struct log_event *event)
{
    uint32_t row = streams->recent[recent_at(event->stream)];
    if (row >= streams->capacity || streams->rows[row] == NULL) {
        return MERGE_NONE;
    }
    const struct log_event *raw = &streams->rows[row]->raw;
    return slice_equal(raw->stream, event->stream) && slice_equal(raw->group, event->group) &&
                   slice_equal(raw->account, event->account) &&
                   slice_equal(raw->region, event->region) &&
                   slice_equal(raw->function, event->function)
               ? row
               : MERGE_NONE;
}

struct wanted {
    const struct merge_streams *streams;
    const struct merge_names *names;
};

static bool is_wanted(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    return is_of(wanted->streams->rows[row], wanted->names);
}

uint32_t merge_streams_find(struct merge_streams *streams, const struct merge_names *names)
{
    uint32_t row;
    struct wanted wanted = {streams, names};
    if (!map_find(&streams->map, hash_of(names), is_wanted, &wanted, &row)) {
        return MERGE_NONE;
    }
    streams->recent[recent_at(names->raw->stream)] = row;
    return row;
}

static struct slice keep(char **at, struct slice text)
{
    struct slice kept = slice_of(*at, text.size);
    if (text.size > 0) {
        memcpy(*at, text.base, text.size);
    }
    *at += text.size;
    return kept;
}

static bool fill_names(struct merge_stream *stream, const struct merge_names *names)
{
    const struct log_event *raw = names->raw;
    size_t size = names->account.size + names->region.size + names->group.size +
                  names->stream.size + names->function.size + raw->account.size + raw->region.size +
                  raw->group.size + raw->stream.size + raw->function.size;
    stream->names = malloc(size + 1);
    if (stream->names == NULL) {
        return false;
    }
    char *at = stream->names;
    struct stream_source *source = &stream->source;
    source->account = keep(&at, names->account);
    source->region = keep(&at, names->region);
    source->group = keep(&at, names->group);
    source->stream = keep(&at, names->stream);
    source->function = keep(&at, names->function);
    source->function_made_up = names->function_made_up;
    stream->raw.account = keep(&at, raw->account);
    stream->raw.region = keep(&at, raw->region);
    stream->raw.group = keep(&at, raw->group);
    stream->raw.stream = keep(&at, raw->stream);
    stream->raw.function = keep(&at, raw->function);
    struct slice version =
        slice_take(names->version,
                   names->version.size < MERGE_TEXT_MAX ? names->version.size : MERGE_TEXT_MAX);
    if (version.size > 0) {
        memcpy(stream->version, version.base, version.size);
    }
    source->version = slice_of(stream->version, version.size);
    return true;
}

static struct merge_stream *stream_create(const struct merge_names *names, uint64_t number)
{
    struct merge_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL || !fill_names(stream, names)) {
        free(stream);
        return NULL;
    }
    stream->source.provider = PROVIDER_AWS;
    stream->source.platform = SLICE("aws_lambda");
    stream->source.memory_mb = STREAMS_UNKNOWN;
    stream->source.number = number;
    stream->named = names->stream.size > 0;
    stream->foreign = names->foreign;
    stream->concurrent = !stream->named;
    stream->hash = hash_of(names);
    stream->current = MERGE_NONE;
    stream->linger = MERGE_NONE;
    stream->open_first = MERGE_NONE;
    stream->open_last = MERGE_NONE;
    stream->latest_ns = STREAMS_UNKNOWN;
    stream->stepped_ns = STREAMS_UNKNOWN;
    stream->claim_start_ns = STREAMS_UNKNOWN;
    stream->suppressed_at_ns = STREAMS_UNKNOWN;
    return stream;
}

static void link_newest(struct merge_streams *streams, struct merge_stream *stream)
{
    stream->newer = MERGE_NONE;
    stream->older = streams->newest;
    if (streams->newest != MERGE_NONE) {
        streams->rows[streams->newest]->newer = stream->row;
    } else {
        streams->oldest = stream->row;
    }
    streams->newest = stream->row;
}

static void unlink_used(struct merge_streams *streams, struct merge_stream *stream)
{
    if (stream->newer != MERGE_NONE) {
        streams->rows[stream->newer]->older = stream->older;
    } else {
        streams->newest = stream->older;
    }
    if (stream->older != MERGE_NONE) {
        streams->rows[stream->older]->newer = stream->newer;
    } else {
        streams->oldest = stream->newer;
    }
}

/* A free row: behind the others, or where one was removed. */
static uint32_t free_row(struct merge_streams *streams)
{
    if (streams->count == MERGE_STREAMS_MAX) {
        return MERGE_NONE;
    }
    if (streams->count == streams->capacity) {
        uint32_t capacity = streams->capacity == 0 ? ROWS_FIRST : streams->capacity * 2;
        struct merge_stream **rows = realloc(streams->rows, capacity * sizeof(rows[0]));
        if (rows == NULL) {
            return MERGE_NONE;
        }
        memset(rows + streams->capacity, 0, (capacity - streams->capacity) * sizeof(rows[0]));
        streams->rows = rows;
        streams->capacity = capacity;
    }
    if (streams->rows[streams->count] == NULL) {
        return streams->count;
    }
    return streams->removed;
}

uint32_t merge_streams_add(struct merge_streams *streams, const struct merge_names *names)
{
    uint32_t row = free_row(streams);
    if (row == MERGE_NONE) {
        return MERGE_NONE;
    }
    struct merge_stream *stream = stream_create(names, streams->number + 1);
    if (stream == NULL) {
        return MERGE_NONE;
    }
    if (map_insert(&streams->map, stream->hash, row) != STATUS_OK) {
        stream_free(stream);
        return MERGE_NONE;
    }
    streams->number++;
    streams->count++;
    streams->rows[row] = stream;
    streams->recent[recent_at(names->raw->stream)] = row;
    stream->row = row;
    link_newest(streams, stream);
    return row;
}

void merge_streams_remove(struct merge_streams *streams, uint32_t row)
{
    struct merge_stream *stream = streams->rows[row];
    ENSURE(stream->count == 0);
    unlink_used(streams, stream);
    (void)map_remove(&streams->map, stream->hash, row);
    stream_free(stream);
    streams->rows[row] = NULL;
    streams->removed = row;
    streams->count--;
}

void merge_streams_touch(struct merge_streams *streams, uint32_t row)
{
    struct merge_stream *stream = streams->rows[row];
    if (streams->newest != row) {
        unlink_used(streams, stream);
        link_newest(streams, stream);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_streams.h"

#include "streams/group_name.h"

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
    free(stream->raw_names);
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
    merge_numbers_forget(&streams->numbers);
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
static uint64_t hash_of_both(struct slice group, struct slice stream)
{
    static const struct hash_key key = {
        {UINT64_C(0x7468617773747265), UINT64_C(0x616d6e616d657331)}};
    struct hash_key second = {{hash_sip64(&key, group), key.words[1]}};
    return hash_sip64(&second, stream);
}

static uint64_t hash_of(const struct merge_names *names)
{
    return hash_of_both(names->unique ? SLICE_EMPTY : names->group, names->stream);
}

/* What one of them does not say is no difference. */
static bool same_or_untold(struct slice one, struct slice other)
{
    return one.size == 0 || other.size == 0 || slice_equal(one, other);
}

static bool is_of(const struct merge_stream *stream, const struct merge_names *names)
{
    const struct stream_source *source = &stream->source;
    if (!slice_equal(source->stream, names->stream) ||
        !same_or_untold(source->account, names->account) ||
        !same_or_untold(source->region, names->region)) {
        return false;
    }
    if (names->unique) {
        return same_or_untold(source->group, names->group);
    }
    return slice_equal(source->group, names->group) &&
           (names->group.size > 0 || slice_equal(source->function, names->function));
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

/* Whether the names of an event are written as those of the one before it were. */
static bool same_raw(const struct log_event *raw, const struct log_event *event)
{
    return slice_equal(raw->stream, event->stream) && slice_equal(raw->group, event->group) &&
           slice_equal(raw->account, event->account) && slice_equal(raw->region, event->region) &&
           slice_equal(raw->function, event->function);
}

/* Two streams share two places: the one that was found last is in the first of them. */
uint32_t merge_streams_recent(const struct merge_streams *streams, const struct log_event *event)
{
    size_t at = recent_at(event->stream);
    for (size_t i = 0; i < 2; i++) {
        uint32_t row = streams->recent[at ^ i];
        if (row < streams->capacity && streams->rows[row] != NULL &&
            same_raw(&streams->rows[row]->raw, event)) {
            return row;
        }
    }
    return MERGE_NONE;
}

static void remember(struct merge_streams *streams, const struct merge_names *names, uint32_t row)
{
    size_t at = recent_at(names->raw->stream);
    streams->recent[at ^ 1] = streams->recent[at];
    streams->recent[at] = row;
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

static struct slice keep(char **at, struct slice text)
{
    struct slice kept = slice_of(*at, text.size);
    if (text.size > 0) {
        memcpy(*at, text.base, text.size);
    }
    *at += text.size;
    return kept;
}

/* Keep what is known of a source in a block of its own.  False without memory: it is as before. */
static bool keep_names(struct merge_stream *stream, const struct stream_source *known)
{
    struct stream_source *source = &stream->source;
    char *block = malloc(known->account.size + known->region.size + known->group.size +
                         known->stream.size + known->function.size + 1);
    char *at = block;
    if (block == NULL) {
        return false;
    }
    source->account = keep(&at, known->account);
    source->region = keep(&at, known->region);
    source->group = keep(&at, known->group);
    source->platform =
        group_name_is_edge(source->group) ? SLICE("aws_lambda_edge") : SLICE("aws_lambda");
    source->stream = keep(&at, known->stream);
    source->function = keep(&at, known->function);
    source->function_made_up = known->function_made_up;
    free(stream->names);
    stream->names = block;
    return true;
}

static bool keep_raw(struct merge_stream *stream, const struct log_event *raw)
{
    char *block = malloc(raw->account.size + raw->region.size + raw->group.size + raw->stream.size +
                         raw->function.size + 1);
    char *at = block;
    if (block == NULL) {
        return false;
    }
    stream->raw.account = keep(&at, raw->account);
    stream->raw.region = keep(&at, raw->region);
    stream->raw.group = keep(&at, raw->group);
    stream->raw.stream = keep(&at, raw->stream);
    stream->raw.function = keep(&at, raw->function);
    free(stream->raw_names);
    stream->raw_names = block;
    return true;
}

/* Take over what the names say and the stream does not. */
static void learn(struct merge_stream *stream, const struct merge_names *names)
{
    struct stream_source known = stream->source;
    bool more = false;
    if (same_raw(&stream->raw, names->raw)) {
        return; /* It was only not found lately. */
    }
    const struct {
        struct slice *old, new;
    } texts[] = {{&known.account, names->account},
                 {&known.region, names->region},
                 {&known.group, names->group}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].old->size == 0 && texts[i].new.size > 0) {
            *texts[i].old = texts[i].new;
            more = true;
        }
    }
    bool of_group = stream->source.group.size == 0 && names->group.size > 0;
    if (!names->function_made_up && (known.function_made_up || of_group)) {
        known.function = names->function;
        known.function_made_up = false;
        more = true;
    }
    if (more) {
        (void)keep_names(stream, &known);
    }
    (void)keep_raw(stream, names->raw);
}

uint32_t merge_streams_find(struct merge_streams *streams, const struct merge_names *names)
{
    uint32_t row;
    struct wanted wanted = {streams, names};
    if (!map_find(&streams->map, hash_of(names), is_wanted, &wanted, &row)) {
        return MERGE_NONE;
    }
    learn(streams->rows[row], names);
    remember(streams, names, row);
    return row;
}

static bool fill_names(struct merge_stream *stream, const struct merge_names *names)
{
    const struct stream_source known = {
        .account = names->account,
        .region = names->region,
        .group = names->group,
        .stream = names->stream,
        .function = names->function,
        .function_made_up = names->function_made_up,
    };
    if (!keep_names(stream, &known) || !keep_raw(stream, names->raw)) {
        return false;
    }
    struct slice version =
        slice_take(names->version,
                   names->version.size < MERGE_TEXT_MAX ? names->version.size : MERGE_TEXT_MAX);
    if (version.size > 0) {
        memcpy(stream->version, version.base, version.size);
    }
    stream->source.version = slice_of(stream->version, version.size);
    return true;
}

static struct merge_stream *stream_create(const struct merge_names *names)
{
    struct merge_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return NULL;
    }
    if (!fill_names(stream, names)) {
        stream_free(stream);
        return NULL;
    }
    stream->source.provider = PROVIDER_AWS;
    stream->source.memory_mb = STREAMS_UNKNOWN;
    stream->named = names->stream.size > 0;
    stream->foreign = names->foreign;
    stream->concurrent = !stream->named;
    stream->name_hash = hash_of(names);
    stream->hash = stream->name_hash;
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

static bool is_namesake(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    return slice_equal(wanted->streams->rows[row]->source.stream, wanted->names->stream);
}

/* Another group, or another account, may have a stream of the same name. */
static void tell_apart(const struct merge_streams *streams, const struct merge_names *names,
                       struct merge_stream *stream)
{
    uint32_t row;
    struct wanted wanted = {streams, names};
    if (!map_find(&streams->map, stream->name_hash, is_namesake, &wanted, &row)) {
        return;
    }
    if (names->unique) {
        stream->hash = hash_of_both(names->group, names->stream);
    }
    if (!same_or_untold(streams->rows[row]->source.account, names->account)) {
        stream->account_hash = hash_of_both(SLICE_EMPTY, names->account);
        stream->hash ^= stream->account_hash;
    }
}

/* One that made room for another and returns has the number that it had, and was invoked before. */
static void give_number(struct merge_streams *streams, struct merge_stream *stream)
{
    uint32_t number = merge_numbers_find(&streams->numbers, stream->hash);
    stream->invoked = number > 0;
    stream->source.number =
        number > 0 ? number : merge_numbers_give(&streams->numbers, stream->hash);
}

uint32_t merge_streams_add(struct merge_streams *streams, const struct merge_names *names)
{
    uint32_t row = free_row(streams);
    if (row == MERGE_NONE) {
        return MERGE_NONE;
    }
    struct merge_stream *stream = stream_create(names);
    if (stream == NULL) {
        return MERGE_NONE;
    }
    tell_apart(streams, names, stream);
    if (map_insert(&streams->map, stream->name_hash, row) != STATUS_OK) {
        stream_free(stream);
        return MERGE_NONE;
    }
    give_number(streams, stream);
    streams->count++;
    streams->rows[row] = stream;
    remember(streams, names, row);
    stream->row = row;
    link_newest(streams, stream);
    return row;
}

void merge_streams_remove(struct merge_streams *streams, uint32_t row)
{
    struct merge_stream *stream = streams->rows[row];
    ENSURE(stream->count == 0);
    unlink_used(streams, stream);
    (void)map_remove(&streams->map, stream->name_hash, row);
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

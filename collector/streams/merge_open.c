/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_open.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_FIRST = 64 };

void merge_open_init(struct merge_open *open)
{
    *open = (struct merge_open){.free = MERGE_NONE, .eldest = MERGE_NONE, .youngest = MERGE_NONE};
    map_init_growing(&open->map, MERGE_OPEN_MAX);
}

void merge_open_fini(struct merge_open *open)
{
    free(open->rows);
    map_fini(&open->map);
    *open = (struct merge_open){.rows = NULL};
}

static uint64_t hash_of(const struct merge_stream *stream, struct id16 id)
{
    struct hash_key key = {{stream->hash, stream->row}};
    return hash_sip64(&key, slice_of(id.bytes, sizeof(id.bytes)));
}

struct wanted {
    const struct merge_open *open;
    const struct merge_stream *stream;
    struct id16 id;
};

static bool is_wanted(const void *context, uint32_t row)
{
    const struct wanted *wanted = context;
    const struct merge_invocation *invocation = &wanted->open->rows[row];
    return invocation->stream == wanted->stream->row &&
           memcmp(invocation->facts.request_id.bytes, wanted->id.bytes, sizeof(wanted->id.bytes)) ==
               0;
}

uint32_t merge_open_find(const struct merge_open *open, const struct merge_stream *stream,
                         struct id16 request_id)
{
    uint32_t row;
    struct wanted wanted = {open, stream, request_id};
    if (stream->open_last != MERGE_NONE && is_wanted(&wanted, stream->open_last)) {
        return stream->open_last; /* The latest is mostly meant, and is its id's latest attempt. */
    }
    if (stream->open_count == 0 ||
        !map_find(&open->map, hash_of(stream, request_id), is_wanted, &wanted, &row)) {
        return MERGE_NONE;
    }
    return row;
}

bool merge_open_full(const struct merge_open *open)
{
    return open->count == MERGE_OPEN_MAX;
}

/* More rows, all free. */
static bool grow(struct merge_open *open)
{
    uint32_t capacity = open->capacity == 0 ? ROWS_FIRST : open->capacity * 2;
    if (capacity > MERGE_OPEN_MAX) {
        return false;
    }
    struct merge_invocation *rows = realloc(open->rows, capacity * sizeof(rows[0]));
    if (rows == NULL) {
        return false;
    }
    for (uint32_t row = capacity; row > open->capacity; row--) {
        rows[row - 1].behind = open->free;
        open->free = row - 1;
    }
    open->rows = rows;
    open->capacity = capacity;
    return true;
}

static void invocation_init(struct merge_invocation *invocation, uint32_t row,
                            const struct merge_stream *stream)
{
    *invocation = (struct merge_invocation){
        .row = row,
        .stream = stream->row,
        .live = true,
        .init_start_ns = STREAMS_UNKNOWN,
        .facts =
            {
                .attempt = 1,
                .start_ns = STREAMS_UNKNOWN,
                .end_ns = STREAMS_UNKNOWN,
                .report_ns = STREAMS_UNKNOWN,
                .reported_ns = STREAMS_UNKNOWN,
                .billed_ms = STREAMS_UNKNOWN,
                .memory_mb = STREAMS_UNKNOWN,
                .max_memory_mb = STREAMS_UNKNOWN,
                .init_ns = STREAMS_UNKNOWN,
                .init_start_ns = STREAMS_UNKNOWN,
                .restore_ns = STREAMS_UNKNOWN,
                .billed_restore_ms = STREAMS_UNKNOWN,
                .done_ns = STREAMS_UNKNOWN,
                .handler_ns = STREAMS_UNKNOWN,
                .produced_bytes = STREAMS_UNKNOWN,
                .response_latency_ns = STREAMS_UNKNOWN,
                .response_duration_ns = STREAMS_UNKNOWN,
                .runtime_overhead_ns = STREAMS_UNKNOWN,
                .post_handler_ns = STREAMS_UNKNOWN,
                .timeout_ns = STREAMS_UNKNOWN,
            },
    };
}

static void link_last(struct merge_open *open, struct merge_stream *stream,
                      struct merge_invocation *invocation)
{
    uint32_t row = invocation->row;
    invocation->before = stream->open_last;
    invocation->behind = MERGE_NONE;
    if (stream->open_last != MERGE_NONE) {
        open->rows[stream->open_last].behind = row;
    } else {
        stream->open_first = row;
    }
    stream->open_last = row;
    stream->open_count++;
    invocation->elder = open->youngest;
    invocation->younger = MERGE_NONE;
    if (open->youngest != MERGE_NONE) {
        open->rows[open->youngest].younger = row;
    } else {
        open->eldest = row;
    }
    open->youngest = row;
    open->count++;
}

uint32_t merge_open_add(struct merge_open *open, struct merge_stream *stream,
                        struct id16 request_id)
{
    if (open->free == MERGE_NONE && !grow(open)) {
        return MERGE_NONE;
    }
    uint32_t row = open->free;
    uint32_t next_free = open->rows[row].behind;
    uint32_t earlier = merge_open_find(open, stream, request_id);
    uint64_t hash = hash_of(stream, request_id);
    if (earlier != MERGE_NONE) {
        (void)map_move(&open->map, hash, earlier, row);
    } else if (map_insert(&open->map, hash, row) != STATUS_OK) {
        return MERGE_NONE;
    }
    open->free = next_free;
    struct merge_invocation *invocation = &open->rows[row];
    invocation_init(invocation, row, stream);
    invocation->facts.request_id = request_id;
    invocation->hash = hash;
    invocation->earlier_attempt = earlier;
    link_last(open, stream, invocation);
    stream->live_count++;
    stream->live_xor ^= row;
    return row;
}

void merge_open_end(struct merge_open *open, struct merge_stream *stream, uint32_t row)
{
    struct merge_invocation *invocation = &open->rows[row];
    if (invocation->live) {
        invocation->live = false;
        stream->live_count--;
        stream->live_xor ^= row;
    }
}

/* Take it out of the attempts of its id. */
static void forget_attempt(struct merge_open *open, const struct merge_stream *stream,
                           const struct merge_invocation *invocation)
{
    uint32_t latest = merge_open_find(open, stream, invocation->facts.request_id);
    ENSURE(latest != MERGE_NONE);
    if (latest != invocation->row) {
        while (open->rows[latest].earlier_attempt != invocation->row) {
            latest = open->rows[latest].earlier_attempt;
        }
        open->rows[latest].earlier_attempt = invocation->earlier_attempt;
    } else if (invocation->earlier_attempt != MERGE_NONE) {
        (void)map_move(&open->map, invocation->hash, latest, invocation->earlier_attempt);
    } else {
        (void)map_remove(&open->map, invocation->hash, latest);
    }
}

void merge_open_remove(struct merge_open *open, struct merge_stream *stream, uint32_t row)
{
    struct merge_invocation *invocation = &open->rows[row];
    merge_open_end(open, stream, row);
    forget_attempt(open, stream, invocation);
    if (invocation->before != MERGE_NONE) {
        open->rows[invocation->before].behind = invocation->behind;
    } else {
        stream->open_first = invocation->behind;
    }
    if (invocation->behind != MERGE_NONE) {
        open->rows[invocation->behind].before = invocation->before;
    } else {
        stream->open_last = invocation->before;
    }
    if (invocation->elder != MERGE_NONE) {
        open->rows[invocation->elder].younger = invocation->younger;
    } else {
        open->eldest = invocation->younger;
    }
    if (invocation->younger != MERGE_NONE) {
        open->rows[invocation->younger].elder = invocation->elder;
    } else {
        open->youngest = invocation->elder;
    }
    stream->open_count--;
    open->count--;
    invocation->behind = open->free;
    open->free = row;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/log_batch.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "base/timestamp.h"

#include <stdlib.h>
#include <string.h>

void log_batch_init(struct log_batch *batch, struct slice stream)
{
    static const struct hash_key key = {.words = {0, 0}};
    memset(batch, 0, sizeof(*batch));
    batch->stream_hash = hash_sip64(&key, stream);
    buf_init_growing(&batch->text, LOG_BATCH_BYTES_MAX + LOG_LINE_BYTES_MAX);
}

void log_batch_fini(struct log_batch *batch)
{
    buf_fini(&batch->text);
    free(batch->events);
    batch->events = NULL;
    batch->count = 0;
}

static bool events_reserve(struct log_batch *batch)
{
    if (batch->count < batch->capacity) {
        return true;
    }
    size_t capacity = batch->capacity == 0 ? 64 : 2 * batch->capacity;
    struct log_batch_event *events = realloc(batch->events, capacity * sizeof(*events));
    if (events == NULL) {
        return false;
    }
    batch->events = events;
    batch->capacity = capacity;
    return true;
}

bool log_batch_add(struct log_batch *batch, uint64_t wall_ns, struct slice message)
{
    bool full = batch->count == LOG_BATCH_COUNT_MAX || batch->text.size >= LOG_BATCH_BYTES_MAX;
    if (full || !events_reserve(batch)) {
        return false;
    }
    /* The service takes no longer event. */
    buf_append(&batch->text, slice_take(message, LOG_LINE_BYTES_MAX));
    batch->events[batch->count++] = (struct log_batch_event){
        .time_ms = wall_ns / CLOCK_NS_PER_MS,
        .number = ++batch->count_all,
        .end = batch->text.size,
    };
    return true;
}

void log_batch_reset(struct log_batch *batch)
{
    buf_reset(&batch->text);
    batch->count = 0;
}

/* ---- Ids. ---- */

/* value = value / 10; the answer is the remainder.  The most significant limb comes first. */
static unsigned limbs_divide(uint32_t limbs[6])
{
    uint64_t rest = 0;
    for (unsigned i = 0; i < 6; i++) {
        uint64_t part = rest << 32 | limbs[i];
        limbs[i] = (uint32_t)(part / 10);
        rest = part % 10;
    }
    return (unsigned)rest;
}

void log_batch_id(const struct log_batch *batch, const struct log_batch_event *event,
                  char id[LOG_ID_SIZE])
{
    /* 48 bits of time, 16 + 64 of the stream, 64 of the number: 41 bits of today's milliseconds
     * times 2^144 have 56 digits. */
    uint64_t hash = batch->stream_hash;
    uint64_t high = event->time_ms << 16 | hash >> 48;
    uint64_t middle = hash;
    uint64_t low = event->number;
    uint32_t limbs[6] = {(uint32_t)(high >> 32), (uint32_t)high,        (uint32_t)(middle >> 32),
                         (uint32_t)middle,       (uint32_t)(low >> 32), (uint32_t)low};
    id[LOG_ID_SIZE - 1] = '\0';
    for (unsigned i = LOG_ID_SIZE - 1; i-- > 0;) {
        id[i] = (char)('0' + limbs_divide(limbs));
    }
}

/* ---- Forms. ---- */

static struct slice message_of(const struct log_batch *batch, size_t index)
{
    size_t begin = index == 0 ? 0 : batch->events[index - 1].end;
    return slice_of(batch->text.base + begin, batch->events[index].end - begin);
}

static void write_id(struct json_write *writer, struct slice key, const struct log_batch *batch,
                     const struct log_batch_event *event)
{
    char id[LOG_ID_SIZE];
    log_batch_id(batch, event, id);
    json_write_member_string(writer, key, slice_from(id));
}

void log_batch_write_subscription(const struct log_batch *batch,
                                  const struct log_batch_source *source, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("messageType"), SLICE("DATA_MESSAGE"));
    json_write_member_string(&writer, SLICE("owner"), source->account);
    json_write_member_string(&writer, SLICE("logGroup"), source->group);
    json_write_member_string(&writer, SLICE("logStream"), source->stream);
    json_write_member_array(&writer, SLICE("subscriptionFilters"));
    json_write_string(&writer, SLICE("thaw"));
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("logEvents"));
    for (size_t i = 0; i < batch->count; i++) {
        json_write_object_begin(&writer);
        write_id(&writer, SLICE("id"), batch, &batch->events[i]);
        json_write_member_u64(&writer, SLICE("timestamp"), batch->events[i].time_ms);
        json_write_member_string(&writer, SLICE("message"), message_of(batch, i));
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

void log_batch_write_page(const struct log_batch *batch, const struct log_batch_source *source,
                          uint64_t ingestion_ms, struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("events"));
    for (size_t i = 0; i < batch->count; i++) {
        json_write_object_begin(&writer);
        json_write_member_string(&writer, SLICE("logStreamName"), source->stream);
        json_write_member_u64(&writer, SLICE("timestamp"), batch->events[i].time_ms);
        json_write_member_string(&writer, SLICE("message"), message_of(batch, i));
        json_write_member_u64(&writer, SLICE("ingestionTime"), ingestion_ms);
        write_id(&writer, SLICE("eventId"), batch, &batch->events[i]);
        json_write_object_end(&writer);
    }
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("searchedLogStreams"));
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    buf_append_byte(out, '\n');
}

void log_batch_write_lines(const struct log_batch *batch, struct buf *out)
{
    for (size_t i = 0; i < batch->count; i++) {
        char time[TIMESTAMP_TEXT_SIZE];
        struct slice message = message_of(batch, i);
        timestamp_format(batch->events[i].time_ms * CLOCK_NS_PER_MS, 3, time);
        buf_printf(out, "%s ", time);
        buf_append(out, message);
        if (!slice_ends(message, SLICE("\n"))) {
            buf_append_byte(out, '\n');
        }
    }
}

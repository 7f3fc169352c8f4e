/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_samples_private.h"

#include "base/bytes.h"

#include <string.h>

/*
 *   page:    "TRS1", series, until the bytes end
 *   series:  labels (varint), each a name and a value (varint and bytes), by name;
 *            samples (varint), each its distance to the one before (varint of ms; of the first to
 * 0) and its value (8 bytes, the lowest first)
 */
static const char magic[4] = {'T', 'R', 'S', '1'};

/* Labels of one series, more than any rule makes. */
#define LABEL_COUNT_MAX 128

/* ---- Writing. ---- */

static void append_varint(struct buf *out, uint64_t value)
{
    while (value >= 0x80) {
        buf_append_byte(out, (unsigned char)(value | 0x80));
        value >>= 7;
    }
    buf_append_byte(out, (unsigned char)value);
}

static void append_text(struct buf *out, struct slice text)
{
    append_varint(out, text.size);
    buf_append(out, text);
}

/* The samples of a row in a span: from *first so many. */
static size_t span_of(const struct row *row, int64_t from_ms, int64_t to_ms, size_t *first)
{
    size_t end = row->count;
    while (end > 0 && row->items[end - 1].time_ms > to_ms) {
        end--;
    }
    size_t begin = end;
    while (begin > 0 && row->items[begin - 1].time_ms >= from_ms) {
        begin--;
    }
    *first = begin;
    return end - begin;
}

static void append_row(struct buf *out, const struct row *row, size_t first, size_t count)
{
    int64_t before_ms = 0;
    append_varint(out, row->labels.count);
    for (size_t i = 0; i < row->labels.count; i++) {
        append_text(out, row->labels.items[i].name);
        append_text(out, row->labels.items[i].value);
    }
    append_varint(out, count);
    for (size_t i = first; i < first + count; i++) {
        unsigned char value[8];
        uint64_t bits;
        memcpy(&bits, &row->items[i].value, sizeof(bits));
        bytes_put64(value, bits);
        append_varint(out, (uint64_t)(row->items[i].time_ms - before_ms));
        buf_append(out, slice_of(value, sizeof(value)));
        before_ms = row->items[i].time_ms;
    }
}

size_t rules_samples_save(struct rules_samples *samples, int64_t from_ms, int64_t to_ms,
                          struct buf *out)
{
    size_t left_out = 0;
    buf_append(out, slice_of(magic, sizeof(magic)));
    pthread_mutex_lock(&samples->lock);
    for (size_t i = 0; i < samples->row_count; i++) {
        const struct row *row = &samples->rows[i];
        size_t first = 0, count = span_of(row, from_ms, to_ms, &first);
        /* A varint takes at most ten bytes. */
        size_t size = 20 + count * 18;
        for (size_t l = 0; l < row->labels.count; l++) {
            size += 20 + row->labels.items[l].name.size + row->labels.items[l].value.size;
        }
        /* Times before 1970 are of tests alone. */
        if (count == 0 || row->items[first].time_ms < 0) {
            continue;
        }
        if (size > buf_left(out) || row->labels.count > LABEL_COUNT_MAX) {
            left_out++;
        } else {
            append_row(out, row, first, count);
        }
    }
    pthread_mutex_unlock(&samples->lock);
    return left_out;
}

int64_t rules_samples_oldest(struct rules_samples *samples)
{
    int64_t oldest_ms = INT64_MAX;
    pthread_mutex_lock(&samples->lock);
    for (size_t i = 0; i < samples->row_count; i++) {
        const struct row *row = &samples->rows[i];
        if (row->count > 0 && row->items[0].time_ms < oldest_ms) {
            oldest_ms = row->items[0].time_ms;
        }
    }
    pthread_mutex_unlock(&samples->lock);
    return oldest_ms;
}

/* ---- Reading: nothing is believed. ---- */

struct reading {
    struct slice rest;
    bool wrong;
};

static uint64_t take_varint(struct reading *reading)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (reading->rest.size == 0) {
            break;
        }
        unsigned char byte = reading->rest.base[0];
        reading->rest = slice_skip(reading->rest, 1);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            return value;
        }
    }
    reading->wrong = true;
    return 0;
}

static struct slice take_bytes(struct reading *reading, uint64_t size)
{
    if (reading->wrong || size > reading->rest.size) {
        reading->wrong = true;
        return SLICE_EMPTY;
    }
    struct slice taken = slice_take(reading->rest, (size_t)size);
    reading->rest = slice_skip(reading->rest, (size_t)size);
    return taken;
}

/* Labels as a set must be: names ascend, and nothing is empty. */
static struct label_set take_labels(struct reading *reading, struct label *items)
{
    uint64_t count = take_varint(reading);
    reading->wrong = reading->wrong || count > LABEL_COUNT_MAX;
    for (uint64_t i = 0; i < count && !reading->wrong; i++) {
        items[i].name = take_bytes(reading, take_varint(reading));
        items[i].value = take_bytes(reading, take_varint(reading));
        if (items[i].name.size == 0 || items[i].value.size == 0 ||
            (i > 0 && slice_compare(items[i - 1].name, items[i].name) >= 0)) {
            reading->wrong = true;
        }
    }
    return (struct label_set){items, reading->wrong ? 0 : (size_t)count};
}

static enum status take_series(struct rules_samples *samples, struct reading *reading)
{
    struct label items[LABEL_COUNT_MAX];
    const struct label_set labels = take_labels(reading, items);
    uint64_t count = take_varint(reading);
    int64_t time_ms = 0;
    enum status worst = STATUS_OK;
    for (uint64_t i = 0; i < count && !reading->wrong; i++) {
        uint64_t apart = take_varint(reading);
        struct slice bytes = take_bytes(reading, 8);
        double value;
        if (reading->wrong || apart > (uint64_t)(INT64_MAX - time_ms)) {
            reading->wrong = true;
            break;
        }
        time_ms += (int64_t)apart;
        uint64_t bits = bytes_get64(bytes.base);
        memcpy(&value, &bits, sizeof(value));
        enum status status =
            rules_samples_put(samples, RULES_SAMPLES_NOBODY, &labels, time_ms, value);
        worst = status == STATUS_FULL ? status : worst;
    }
    return worst;
}

enum status rules_samples_load(struct rules_samples *samples, struct slice bytes)
{
    struct reading reading = {.rest = bytes};
    enum status worst = STATUS_OK;
    struct slice front = take_bytes(&reading, sizeof(magic));
    if (reading.wrong || memcmp(front.base, magic, sizeof(magic)) != 0) {
        return STATUS_BAD;
    }
    while (!reading.wrong && reading.rest.size > 0) {
        enum status status = take_series(samples, &reading);
        worst = status != STATUS_OK ? status : worst;
    }
    return reading.wrong ? STATUS_BAD : worst;
}

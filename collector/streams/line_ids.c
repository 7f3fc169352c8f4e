/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line_ids.h"

#include "base/hex.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "base/traceparent.h"
#include "base/uuid.h"
#include "base/xray.h"

#include <string.h>

void line_ids_request(struct line *line, struct slice text)
{
    struct uuid uuid;

    line->request_text = text;
    line->has_request = uuid_parse(text, &uuid);
    if (line->has_request) {
        memcpy(line->request_id.bytes, uuid.bytes, sizeof(uuid.bytes));
    }
}

static bool ids_set_trace(struct line *line, const unsigned char bytes[16])
{
    static const unsigned char zero[16];

    if (memcmp(bytes, zero, sizeof(zero)) == 0) {
        return false;
    }
    line->has_trace = true;
    memcpy(line->trace_id.bytes, bytes, 16);
    return true;
}

static void ids_set_segment(struct line *line, const unsigned char bytes[8])
{
    static const unsigned char zero[8];

    if (memcmp(bytes, zero, sizeof(zero)) != 0) {
        line->has_segment = true;
        memcpy(line->segment_id.bytes, bytes, 8);
    }
}

static bool ids_header(struct line *line, struct slice text)
{
    struct xray header;

    if (!xray_parse(text, &header) || !header.has_root || !ids_set_trace(line, header.root)) {
        return false;
    }
    if (header.sampled == XRAY_SAMPLED_YES || header.sampled == XRAY_SAMPLED_NO) {
        line->sampled = header.sampled == XRAY_SAMPLED_YES;
    }
    return true;
}

bool line_ids_trace(struct line *line, struct slice text)
{
    unsigned char bytes[16];
    struct traceparent context;

    if (text.size == 32) {
        return hex_decode(text, bytes, sizeof(bytes)) && ids_set_trace(line, bytes);
    }
    if (text.size == UUID_TEXT_SIZE && text.base[8] == '-') {
        struct uuid uuid;
        return uuid_parse(text, &uuid) && ids_set_trace(line, uuid.bytes);
    }
    if (text.size >= XRAY_ROOT_TEXT_SIZE && text.base[0] == '1' && text.base[1] == '-') {
        bool ends = text.size == XRAY_ROOT_TEXT_SIZE || text.base[XRAY_ROOT_TEXT_SIZE] == '@';
        return ends && xray_root_parse(slice_take(text, XRAY_ROOT_TEXT_SIZE), bytes) &&
               ids_set_trace(line, bytes);
    }
    if (text.size >= TRACEPARENT_TEXT_SIZE && text.base[2] == '-') {
        if (!traceparent_parse(text, &context)) {
            return false;
        }
        ids_set_segment(line, context.parent_id);
        line->sampled = (context.flags & TRACEPARENT_FLAG_SAMPLED) != 0;
        return ids_set_trace(line, context.trace_id);
    }
    return text.size > XRAY_ROOT_TEXT_SIZE && ids_header(line, text);
}

void line_ids_segment(struct line *line, struct slice text)
{
    unsigned char bytes[8];

    if (text.size == 16 && hex_decode(text, bytes, sizeof(bytes))) {
        ids_set_segment(line, bytes);
    }
}

/* ---- Times. ---- */

/* 2000-01-01 and 2100-01-01: dates between them need no care. */
#define IDS_CENTURY_S     INT64_C(946684800)
#define IDS_CENTURY_END_S INT64_C(4102444800)

static bool ids_digits(struct slice text, size_t at, size_t count)
{
    if (text.size < at + count) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.base[i] < '0' || text.base[i] > '9') {
            return false;
        }
    }
    return true;
}

/* 14:53:25 and a fraction behind a point or a comma: its size, 0 if it is none. */
static size_t ids_clock(struct slice text)
{
    if (!ids_digits(text, 0, 2) || !ids_digits(text, 3, 2) || !ids_digits(text, 6, 2) ||
        text.base[2] != ':' || text.base[5] != ':') {
        return 0;
    }
    size_t size = 8;
    if (text.size > 9 && (text.base[8] == '.' || text.base[8] == ',') && ids_digits(text, 9, 1)) {
        size = 10;
        while (size < text.size && size < 8 + 1 + 9 && ids_digits(text, size, 1)) {
            size++;
        }
    }
    return size;
}

/* "Z", "+09:00", "+0900", also behind one blank: its size, 0 if there is none. */
static size_t ids_zone(struct slice text)
{
    if (text.size > 0 && (text.base[0] == 'Z' || text.base[0] == 'z')) {
        return 1;
    }
    if (text.size >= 5 && (text.base[0] == '+' || text.base[0] == '-') && ids_digits(text, 1, 2)) {
        size_t minutes = text.base[3] == ':' ? 4 : 3;
        return ids_digits(text, minutes, 2) ? minutes + 2 : 0;
    }
    return 0;
}

/* Text that is RFC 3339 already is read where it stands. */
static bool ids_parse(struct slice date, struct slice clock, struct slice zone, int64_t *time_ns)
{
    char text[48];
    uint64_t epoch_ns;
    size_t size = 0;

    if (zone.size > 0 && date.base[4] == '-') {
        if (!timestamp_parse(slice_of(date.base, 11 + clock.size + zone.size), &epoch_ns) ||
            epoch_ns > INT64_MAX) {
            return false;
        }
        *time_ns = (int64_t)epoch_ns;
        return true;
    }
    memcpy(text, date.base, 10);
    text[4] = '-';
    text[7] = '-';
    text[10] = 'T';
    memcpy(text + 11, clock.base, clock.size);
    size = 11 + clock.size;
    if (zone.size > 0) {
        memcpy(text + size, zone.base, zone.size);
        size += zone.size;
    } else {
        text[size++] = 'Z';
    }
    if (!timestamp_parse(slice_of(text, size), &epoch_ns) || epoch_ns > INT64_MAX) {
        return false;
    }
    *time_ns = (int64_t)epoch_ns;
    return true;
}

/* Take a date of this century and a time without a zone, which is UTC. */
static bool ids_local(struct slice *rest, int64_t *time_ns)
{
    static const int64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    struct slice text = *rest;
    int64_t seconds;
    int64_t fraction = 0;

    if (text.size < TIMESTAMP_SHAPE_SIZE || !timestamp_has_shape(text.base) ||
        (text.base[10] != ' ' && text.base[10] != 'T') || !timestamp_seconds(text.base, &seconds) ||
        seconds < IDS_CENTURY_S || seconds >= IDS_CENTURY_END_S) {
        return false;
    }
    text = slice_skip(text, TIMESTAMP_SHAPE_SIZE);
    if (ids_digits(text, 1, 1) && (text.base[0] == '.' || text.base[0] == ',')) {
        size_t count = 0;
        for (; count < 9 && ids_digits(text, 1 + count, 1); count++) {
            fraction = fraction * 10 + (text.base[1 + count] - '0');
        }
        fraction *= units[count];
        text = slice_skip(text, 1 + count);
    }
    if (ids_zone(text) > 0) {
        return false;
    }
    *time_ns = seconds * INT64_C(1000000000) + fraction;
    *rest = text;
    return true;
}

bool line_ids_time(struct slice *rest, int64_t *time_ns)
{
    struct slice text = *rest;
    size_t front = timestamp_front(text, time_ns);

    if (front > 0) {
        *rest = slice_skip(text, front);
        return true;
    }
    if (ids_local(rest, time_ns)) {
        return true;
    }
    size_t clock_size = ids_clock(text);
    if (clock_size > 0) {
        *rest = slice_skip(text, clock_size);
        return true;
    }
    if (text.size < 19 || !ids_digits(text, 0, 4) || !ids_digits(text, 5, 2) ||
        !ids_digits(text, 8, 2) || text.base[4] != text.base[7] ||
        (text.base[4] != '-' && text.base[4] != '/') ||
        (text.base[10] != 'T' && text.base[10] != ' ' && text.base[10] != 't')) {
        return false;
    }
    clock_size = ids_clock(slice_skip(text, 11));
    if (clock_size == 0) {
        return false;
    }
    struct slice clock = slice_take(slice_skip(text, 11), clock_size);
    struct slice after = slice_skip(text, 11 + clock_size);
    size_t zone_size = ids_zone(after);
    if (!ids_parse(slice_take(text, 10), clock, slice_take(after, zone_size), time_ns)) {
        return false;
    }
    *rest = slice_skip(after, zone_size);
    return true;
}

bool line_ids_epoch(struct slice number, int64_t *time_ns)
{
    /* Seconds until the year 5138, milliseconds from 1973 on, and so on. */
    static const struct {
        int64_t below;
        unsigned digits;
    } sizes[] = {
        {INT64_C(100000000000), 9},
        {INT64_C(100000000000000), 6},
        {INT64_C(100000000000000000), 3},
        {INT64_MAX, 0},
    };
    struct slice whole;
    struct slice fraction;
    int64_t value;

    slice_cut(number, '.', &whole, &fraction);
    if (number_parse_i64(whole, &value) != NUMBER_OK || value < INT64_C(100000000)) {
        return false;
    }
    unsigned i = 0;
    while (i < 3 && value >= sizes[i].below) {
        i++;
    }
    enum number_answer answer = number_parse_scaled(number, sizes[i].digits, &value);
    if (answer != NUMBER_OK && answer != NUMBER_ROUNDED) {
        return false;
    }
    *time_ns = value;
    return true;
}

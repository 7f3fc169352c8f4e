/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/follow.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/number.h"

/* A length in a header has at most this many digits, and a chunk's size: 2^60 is beyond all. */
#define LENGTH_DIGITS_MAX 18
#define CHUNK_DIGITS_MAX  15

#define STATUS_SWITCHING 101

void follow_init(struct follow *follow, bool responses)
{
    /* The line is not written: its page may never be needed. */
    follow->responses = responses;
    follow->state = FOLLOW_AT_FIRST;
    follow->no_body = false;
    follow->connect = false;
    follow->line_begun = false;
    follow->line_size = 0;
}

/* ---- Lines. ---- */

static void keep(struct follow *follow, struct slice part)
{
    size_t kept =
        follow->line_size < AGENT_FOLLOW_LINE_MAX ? follow->line_size : AGENT_FOLLOW_LINE_MAX;
    struct slice fits = slice_take(part, AGENT_FOLLOW_LINE_MAX - kept);
    if (fits.size > 0) {
        memcpy(follow->line + kept, fits.base, fits.size);
    }
    follow->line_size += part.size;
    follow->line_begun = true;
}

/* Take one line off the input, without its end.  A line that lies in one piece is not copied. */
static bool take_line(struct follow *follow, struct slice *input, struct slice *line, bool *cut)
{
    size_t end = slice_find_byte(*input, '\n');
    struct slice part = slice_take(*input, end);
    if (end == SLICE_NONE) {
        if (input->size > 0) {
            keep(follow, *input);
        }
        *input = SLICE_EMPTY;
        return false;
    }
    *input = slice_skip(*input, end + 1);
    *line = part;
    if (follow->line_begun) {
        keep(follow, part);
        *line = slice_of(follow->line, follow->line_size < AGENT_FOLLOW_LINE_MAX
                                           ? follow->line_size
                                           : AGENT_FOLLOW_LINE_MAX);
        part.size = follow->line_size;
    }
    *cut = part.size > AGENT_FOLLOW_LINE_MAX;
    *line = slice_take(*line, AGENT_FOLLOW_LINE_MAX);
    if (!*cut && slice_ends(*line, SLICE("\r"))) {
        line->size--;
    }
    follow->line_begun = false;
    follow->line_size = 0;
    return true;
}

static enum follow_event lose(struct follow *follow)
{
    follow->state = FOLLOW_AT_NOTHING;
    return FOLLOW_LOST;
}

/* ---- Heads. ---- */

static bool take_status_line(struct follow *follow, struct slice line, struct follow_found *found)
{
    struct slice version;
    struct slice code;
    uint64_t status = 0;
    if (!slice_starts(line, SLICE("HTTP/1.")) || !slice_cut(line, ' ', &version, &line)) {
        return false;
    }
    slice_cut(line, ' ', &code, &line);
    if (code.size != 3 || number_parse_u64(code, &status) != NUMBER_OK) {
        return false;
    }
    follow->status = (unsigned)status;
    found->status = follow->status;
    return true;
}

static bool take_request_line(struct follow *follow, struct slice line, struct follow_found *found)
{
    struct slice version;
    if (!slice_cut(line, ' ', &found->name, &line)) {
        return false;
    }
    bool whole = slice_cut(line, ' ', &found->value, &version);
    follow->connect = slice_equal(found->name, SLICE("CONNECT"));
    return found->cut || (whole && slice_starts(version, SLICE("HTTP/1.")));
}

static enum follow_event take_first(struct follow *follow, struct slice line,
                                    struct follow_found *found)
{
    bool known = follow->responses ? take_status_line(follow, line, found)
                                   : take_request_line(follow, line, found);
    follow->chunked = false;
    follow->has_length = false;
    follow->no_body = false;
    follow->left = 0;
    follow->state = FOLLOW_AT_HEADER;
    return known ? FOLLOW_FIRST : lose(follow);
}

/* What a header says about framing.  False: one could take it in two ways. */
static bool take_framing(struct follow *follow, const struct follow_found *found)
{
    uint64_t length = 0;
    if (slice_equal_nocase(found->name, SLICE("content-length"))) {
        if (found->cut || found->value.size > LENGTH_DIGITS_MAX ||
            number_parse_u64(found->value, &length) != NUMBER_OK ||
            (follow->has_length && length != follow->left)) {
            return false;
        }
        follow->has_length = true;
        follow->left = length;
    } else if (slice_equal_nocase(found->name, SLICE("transfer-encoding"))) {
        if (found->cut || !slice_equal_nocase(found->value, SLICE("chunked"))) {
            return false;
        }
        follow->chunked = true;
    }
    return true;
}

static enum follow_event end_head(struct follow *follow)
{
    bool none = follow->responses && (follow->no_body || follow->status < 200 ||
                                      follow->status == 204 || follow->status == 304);
    if (follow->connect || (follow->responses && follow->status == STATUS_SWITCHING) ||
        (follow->chunked && follow->has_length)) {
        return lose(follow);
    }
    if (none) {
        follow->state = FOLLOW_AT_END;
    } else if (follow->chunked) {
        follow->state = FOLLOW_AT_CHUNK_SIZE;
    } else if (follow->left > 0) {
        follow->state = FOLLOW_AT_LENGTH;
    } else {
        follow->state = follow->responses && !follow->has_length ? FOLLOW_AT_CLOSE : FOLLOW_AT_END;
    }
    return FOLLOW_HEAD;
}

static void take_field(struct slice line, struct follow_found *found)
{
    if (slice_cut(line, ':', &found->name, &found->value)) {
        found->value = slice_trim(found->value);
    } else {
        found->name = SLICE_EMPTY;
        found->value = line;
    }
}

static enum follow_event take_header(struct follow *follow, struct slice line,
                                     struct follow_found *found)
{
    if (line.size == 0) {
        return end_head(follow);
    }
    take_field(line, found);
    return take_framing(follow, found) ? FOLLOW_HEADER : lose(follow);
}

/* ---- Bodies. ---- */

static enum follow_event take_chunk_size(struct follow *follow, struct slice line)
{
    size_t digits = 0;
    uint64_t size = 0;
    while (digits < line.size && hex_digit(line.base[digits]) >= 0) {
        if (digits == CHUNK_DIGITS_MAX) {
            return lose(follow);
        }
        size = size * 16 + (uint64_t)hex_digit(line.base[digits]);
        digits++;
    }
    if (digits == 0) {
        return lose(follow);
    }
    follow->left = size;
    follow->state = size == 0 ? FOLLOW_AT_TRAILER : FOLLOW_AT_CHUNK_DATA;
    return FOLLOW_NOTHING;
}

static enum follow_event take_trailer(struct follow *follow, struct slice line,
                                      struct follow_found *found)
{
    if (line.size == 0) {
        follow->state = FOLLOW_AT_END;
        return FOLLOW_NOTHING;
    }
    take_field(line, found);
    return FOLLOW_TRAILER;
}

static bool in_body(const struct follow *follow)
{
    return follow->state == FOLLOW_AT_LENGTH || follow->state == FOLLOW_AT_CLOSE ||
           follow->state == FOLLOW_AT_CHUNK_DATA;
}

uint64_t follow_body(const struct follow *follow)
{
    bool endless = follow->state == FOLLOW_AT_CLOSE || follow->state == FOLLOW_AT_NOTHING;
    return endless ? UINT64_MAX : in_body(follow) ? follow->left : 0;
}

void follow_skip(struct follow *follow, uint64_t size)
{
    ENSURE(size <= follow_body(follow));
    if (follow->state != FOLLOW_AT_LENGTH && follow->state != FOLLOW_AT_CHUNK_DATA) {
        return;
    }
    follow->left -= size;
    if (follow->left == 0) {
        follow->state = follow->state == FOLLOW_AT_LENGTH ? FOLLOW_AT_END : FOLLOW_AT_CHUNK_END;
    }
}

static enum follow_event take_data(struct follow *follow, struct slice *input,
                                   struct follow_found *found)
{
    uint64_t body = follow_body(follow);
    size_t size = body < input->size ? (size_t)body : input->size;
    follow_skip(follow, size);
    found->value = slice_take(*input, size);
    *input = slice_skip(*input, size);
    return FOLLOW_DATA;
}

static enum follow_event take_end(struct follow *follow)
{
    follow->state = FOLLOW_AT_FIRST;
    return FOLLOW_END;
}

/* A whole line; FOLLOW_NOTHING if there is nothing to say of it. */
static enum follow_event judge_line(struct follow *follow, struct slice line,
                                    struct follow_found *found)
{
    switch (follow->state) {
    case FOLLOW_AT_FIRST:
        /* An empty line between messages is allowed and means nothing. */
        return line.size == 0 ? FOLLOW_NOTHING : take_first(follow, line, found);
    case FOLLOW_AT_HEADER:
        return take_header(follow, line, found);
    case FOLLOW_AT_CHUNK_SIZE:
        return take_chunk_size(follow, line);
    case FOLLOW_AT_CHUNK_END:
        follow->state = FOLLOW_AT_CHUNK_SIZE;
        return line.size == 0 ? FOLLOW_NOTHING : lose(follow);
    case FOLLOW_AT_TRAILER:
        return take_trailer(follow, line, found);
    case FOLLOW_AT_LENGTH:
    case FOLLOW_AT_CLOSE:
    case FOLLOW_AT_CHUNK_DATA:
    case FOLLOW_AT_END:
    case FOLLOW_AT_NOTHING:
        break;
    }
    return lose(follow);
}

enum follow_event follow_next(struct follow *follow, struct slice *input,
                              struct follow_found *found)
{
    enum follow_event event = FOLLOW_NOTHING;
    found->name = SLICE_EMPTY;
    found->value = SLICE_EMPTY;
    found->cut = false;
    found->status = 0;
    while (event == FOLLOW_NOTHING) {
        struct slice line;
        if (follow->state == FOLLOW_AT_END) {
            return take_end(follow);
        }
        if (follow->state == FOLLOW_AT_NOTHING) {
            *input = SLICE_EMPTY;
        }
        if (input->size == 0) {
            return FOLLOW_NOTHING;
        }
        if (in_body(follow)) {
            return take_data(follow, input, found);
        }
        if (!take_line(follow, input, &line, &found->cut)) {
            return FOLLOW_NOTHING;
        }
        event = judge_line(follow, line, found);
    }
    return event;
}

bool follow_closed(const struct follow *follow)
{
    return follow->state == FOLLOW_AT_CLOSE;
}

bool follow_idle(const struct follow *follow)
{
    return follow->state == FOLLOW_AT_FIRST && !follow->line_begun;
}

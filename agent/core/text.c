/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"

#include "base/ensure.h"
#include "base/format.h"
#include "base/utf8.h"

#include <string.h>

/* A byte that is not valid UTF-8 is decoded to three. */
#define DECODED_GROWTH 3u

/* The longest front of at most size_max bytes that cuts no escape in two. */
struct json_string text_front(struct json_string string, size_t size_max)
{
    size_t size = 0;
    if (string.raw.size <= size_max) {
        return string;
    }
    if (!string.escaped) {
        string.raw = slice_take(string.raw, size_max);
        return string;
    }
    while (size < size_max) {
        size_t step = 1;
        if (string.raw.base[size] == '\\') {
            bool unicode = size + 1 < string.raw.size && string.raw.base[size + 1] == 'u';
            step = unicode ? 6 : 2;
        }
        if (step > size_max - size) {
            break;
        }
        size += step;
    }
    string.raw = slice_take(string.raw, size);
    return string;
}

/* What is behind the longest front that leaves at least size bytes. */
static struct json_string back(struct json_string string, size_t size)
{
    if (string.raw.size > size) {
        struct json_string front = text_front(string, string.raw.size - size);
        string.raw = slice_skip(string.raw, front.raw.size);
    }
    return string;
}

/* Decode the front of a string behind what is in the buffer, as much as fits.  The answer is what
 * was left out of it. */
static size_t decode(struct json_string string, size_t size_max, struct buf *out)
{
    size_t before = out->size;
    struct json_string front = text_front(string, size_max);
    json_string_decode(front, out);
    if (buf_overflowed(out)) {
        buf_rewind(out, before);
        front = text_front(string, size_max / DECODED_GROWTH);
        json_string_decode(front, out);
        ENSURE(!buf_overflowed(out));
    }
    return string.raw.size - front.raw.size;
}

static void look(struct core *core, struct json_string string, const struct held_source *source,
                 uint64_t behind, struct text *text)
{
    struct redact *redact = core->config.redact;
    struct buf window;
    buf_init_fixed(&window, redact->window, sizeof(redact->window));
    if (source != NULL && source->count > 0) {
        buf_append(&window, slice_of(source->tail, source->tail_size));
    }
    text->from = window.size;
    text->left_out = behind + decode(string, AGENT_LINE_MAX + REDACT_AHEAD, &window);
    text->window = buf_bytes(&window);
    bool ended = window.size > text->from && window.base[window.size - 1] == '\n';
    text->open = text->left_out > 0 || (source != NULL && !ended);
    const struct redact_piece piece = {
        .text = text->window,
        .open = text->open,
        .carry = source == NULL ? REDACT_CARRY_NONE : source->carry,
        .carried = source == NULL ? REDACT_SECRET : source->carried,
        .carry_at = text->from,
    };
    redact_scan(redact, &piece, &text->found);
}

void text_read(struct core *core, struct json_string string, const struct held_source *source,
               struct text *text)
{
    look(core, string, source, 0, text);
}

void text_read_front(struct core *core, struct slice bytes, uint64_t behind, struct text *text)
{
    look(core, (struct json_string){.raw = bytes}, NULL, behind, text);
}

/* Its line feed is no part of it. */
static struct slice without_end(const struct text *text)
{
    struct slice window = text->window;
    if (!text->open && window.size > text->from && window.base[window.size - 1] == '\n') {
        window.size--;
    }
    return window;
}

/* Say what is missing at the end. */
static void tell_cut(uint64_t left_out, struct buf *out)
{
    if (left_out > 0) {
        format_append(out, "... (%llu bytes cut)", (unsigned long long)left_out);
    }
}

void text_write(struct core *core, const struct text *text, size_t size_max,
                struct held_account *account, struct buf *out)
{
    struct redact_found found = text->found;
    struct slice window = without_end(text);
    /* A place may take the line feed along. */
    while (found.count > 0 && found.spans[found.count - 1].start >= window.size) {
        found.count--;
    }
    for (size_t i = 0; i < found.count; i++) {
        struct redact_span *span = &found.spans[i];
        span->end = span->end > window.size ? (uint32_t)window.size : span->end;
        if (span->end > text->from) {
            core->counters.redacted[span->detector]++;
            account->redacted++;
        }
    }
    tell_cut(text->left_out +
                 redact_write(core->config.redact, &found, window, text->from, size_max, out),
             out);
}

void text_plain(struct json_string string, size_t size_max, uint64_t behind, struct buf *out)
{
    if (string.raw.size > size_max) {
        struct slice cut =
            string.escaped ? text_front(string, size_max).raw : utf8_truncate(string.raw, size_max);
        behind += string.raw.size - cut.size;
        string.raw = cut;
    }
    size_t before = out->size;
    json_string_decode(string, out);
    if (!buf_overflowed(out) && out->size > before && out->base[out->size - 1] == '\n') {
        buf_rewind(out, out->size - 1);
    }
    tell_cut(behind, out);
}

/* ---- From line to line. ---- */

static struct queue_frame *frame_of(struct core *core, uint64_t seq)
{
    size_t position = 0;
    struct queue_frame *frame;
    if (core->held.moves == core->queue.moves) {
        position = core->held.position;
    }
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->seq == seq && frame->life == 0 && !frame->block) {
            return frame->state == QUEUE_IN_FLIGHT ? NULL : frame;
        }
    }
    return NULL;
}

/* Where to look for the records that wait: the first of them, as long as nothing moves. */
static void note_position(struct core *core, uint64_t seq)
{
    for (size_t i = 0; i < HELD_SOURCES; i++) {
        if (core->held.sources[i].count > 0) {
            return;
        }
    }
    size_t position = core->held.moves == core->queue.moves ? core->held.position : 0;
    size_t before = position;
    const struct queue_frame *frame;
    while ((frame = queue_next(&core->queue, &position)) != NULL) {
        if (frame->seq >= seq) {
            break;
        }
        before = position;
    }
    core->held.position = before;
    core->held.moves = core->queue.moves;
}

static void release(struct core *core, struct held_source *source, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct queue_frame *frame =
            source->pieces[i].seq == 0 ? NULL : frame_of(core, source->pieces[i].seq);
        if (frame != NULL) {
            queue_release(&core->queue, frame, HELD_JOINT);
            core->spool_stale = true;
        }
    }
    source->count -= count;
    memmove(source->pieces, source->pieces + count, source->count * sizeof(source->pieces[0]));
}

/* How many bytes at the end of a record stand for so many of its text. */
static size_t written(const struct held_piece *piece, size_t size)
{
    size_t bytes = size;
    for (size_t i = 0; i < piece->mark_count; i++) {
        const struct held_mark *mark = &piece->marks[i];
        if (mark->end < size) {
            size_t covered = (mark->start < size ? mark->start : size) - mark->end;
            bytes = bytes - covered + mark->size;
        }
    }
    return piece->marks_lost || bytes > piece->body ? piece->body : bytes;
}

/* What was found begins so many bytes before the line that has come: overwrite that much at the
 * end of those before it. */
static void blot(struct core *core, struct held_source *source, size_t size)
{
    for (size_t i = source->count; i > 0 && size > 0; i--) {
        const struct held_piece *piece = &source->pieces[i - 1];
        size_t part = size < piece->size ? size : piece->size;
        struct queue_frame *frame = piece->seq == 0 ? NULL : frame_of(core, piece->seq);
        if (frame != NULL) {
            queue_blot(frame, written(piece, part));
            core->spool_stale = true; /* Nor may it lie there. */
        }
        size -= part;
    }
}

/* Remember the marks near the end of a text, as far as a later line could ask for them. */
static void note_marks(const struct core *core, const struct text *text, struct held_piece *piece)
{
    for (size_t i = text->found.count; i > 0; i--) {
        const struct redact_span *span = &text->found.spans[i - 1];
        unsigned char bytes[REDACT_PATTERN_NAME_MAX + 16];
        struct buf mark;
        if (span->end <= text->from || text->window.size - span->end > REDACT_TAIL_MAX) {
            break;
        }
        if (piece->mark_count == HELD_MARKS_MAX) {
            piece->marks_lost = true;
            break;
        }
        buf_init_fixed(&mark, bytes, sizeof(bytes));
        redact_mark(core->config.redact, span, &mark);
        size_t start = span->start > text->from ? span->start : text->from;
        piece->marks[piece->mark_count++] =
            (struct held_mark){.start = (uint32_t)(text->window.size - start),
                               .end = (uint32_t)(text->window.size - span->end),
                               .size = (uint32_t)mark.size};
    }
}

/* The text is longer than what was looked at: its end is what the next line goes on with. */
static void read_end(struct core *core, struct json_string string, struct text *text)
{
    struct redact *redact = core->config.redact;
    struct json_string end = back(string, (size_t)2 * REDACT_AHEAD);
    struct buf window;
    buf_init_fixed(&window, redact->window, sizeof(redact->window));
    text->left_out = decode(end, sizeof(redact->window), &window);
    ENSURE(text->left_out == 0);
    text->from = 0;
    text->window = buf_bytes(&window);
    text->open = window.size == 0 || window.base[window.size - 1] != '\n';
    const struct redact_piece piece = {.text = text->window, .open = text->open};
    redact_scan(redact, &piece, &text->found);
}

static void keep_carry(struct held_source *source, const struct text *text)
{
    enum redact_carry carry = text->found.carry;
    /* A line feed ends everything but a key, which goes on from line to line. */
    if (!text->open && carry != REDACT_CARRY_PRIVATE_KEY) {
        carry = REDACT_CARRY_NONE;
    }
    source->carry_records = carry == REDACT_CARRY_NONE ? 0 : source->carry_records + 1;
    if (source->carry_records > REDACT_CARRY_RECORDS) {
        carry = REDACT_CARRY_NONE;
    }
    source->carry = carry;
    source->carried = text->found.carried;
}

void text_joint(struct core *core, struct held_source *source, const struct text *text)
{
    const struct redact_found *found = &text->found;
    for (size_t i = 0; i < found->count; i++) {
        const struct redact_span *span = &found->spans[i];
        if (span->start < text->from && span->end > text->from) {
            blot(core, source, text->from - span->start);
        }
    }
}

void text_keep(struct core *core, struct core_now now, struct held_source *source,
               struct json_string string, struct text *text, const struct text_record *record)
{
    struct held_piece piece = {.seq = record->seq, .body = record->body};
    if (text->left_out > 0) {
        read_end(core, string, text);
        piece.seq = 0;
        release(core, source, source->count);
    }
    keep_carry(source, text);
    if (!text->open) {
        release(core, source, source->count);
        source->tail_size = 0;
        return;
    }
    piece.size = text->window.size - text->from;
    note_marks(core, text, &piece);
    /* What lies too far back for anything that is not known yet need not wait. */
    size_t size = piece.size;
    size_t keep = source->count;
    while (keep > 0 && size < AGENT_JOINT_SIZE) {
        keep--;
        size += source->pieces[keep].size;
    }
    keep = source->count - keep;
    keep = keep < HELD_PIECES_MAX - 1 ? keep : HELD_PIECES_MAX - 1;
    release(core, source, source->count - keep);
    if (piece.seq != 0) {
        note_position(core, piece.seq);
    }
    source->pieces[source->count++] = piece;
    source->until_ns = now.mono_ns + AGENT_JOINT_NS;
    struct slice tail =
        slice_skip(text->window,
                   text->window.size > REDACT_TAIL_MAX ? text->window.size - REDACT_TAIL_MAX : 0);
    memcpy(source->tail, tail.base, tail.size);
    source->tail_size = tail.size;
}

void text_end(struct core *core)
{
    for (size_t i = 0; i < HELD_SOURCES; i++) {
        struct held_source *source = &core->held.sources[i];
        release(core, source, source->count);
        source->tail_size = 0;
        source->carry =
            source->carry == REDACT_CARRY_PRIVATE_KEY ? source->carry : REDACT_CARRY_NONE;
    }
}

/* A line without an end has waited long enough: it is sent.  What follows is still looked at
 * together with it. */
void text_wait(struct core *core, struct core_now now)
{
    for (size_t i = 0; i < HELD_SOURCES; i++) {
        struct held_source *source = &core->held.sources[i];
        if (source->count > 0 && now.mono_ns >= source->until_ns) {
            for (size_t j = 0; j < source->count; j++) {
                struct queue_frame *frame =
                    source->pieces[j].seq == 0 ? NULL : frame_of(core, source->pieces[j].seq);
                if (frame != NULL) {
                    queue_release(&core->queue, frame, HELD_JOINT);
                    core->spool_stale = true;
                }
            }
            source->until_ns = UINT64_MAX;
        }
    }
}

uint64_t text_wait_ns(const struct core *core)
{
    uint64_t until_ns = UINT64_MAX;
    for (size_t i = 0; i < HELD_SOURCES; i++) {
        const struct held_source *source = &core->held.sources[i];
        if (source->count > 0 && source->until_ns < until_ns) {
            until_ns = source->until_ns;
        }
    }
    return until_ns;
}

/* ---- Short texts. ---- */

struct slice text_short(struct core *core, struct slice raw, struct held_account *account,
                        struct buf *out)
{
    if (core->config.redact == NULL || raw.size == 0) {
        return raw;
    }
    struct text text;
    text_read(core, (struct json_string){.raw = raw, .escaped = false}, NULL, &text);
    if (text.found.count == 0) {
        return raw;
    }
    buf_reset(out);
    text_write(core, &text, AGENT_LINE_MAX, account, out);
    return buf_overflowed(out) ? SLICE("[redacted]") : buf_bytes(out);
}

void text_blot(struct core *core, unsigned char *bytes, size_t size, struct held_account *account)
{
    if (core->config.redact == NULL || size == 0) {
        return;
    }
    struct text text;
    text_read(core, (struct json_string){.raw = slice_of(bytes, size), .escaped = false}, NULL,
              &text);
    if (text.found.count == 0) {
        return;
    }
    /* What is no valid text has become another one. */
    bool same = text.window.size == size && memcmp(text.window.base, bytes, size) == 0;
    if (!same) {
        memset(bytes, '*', size);
    } else {
        redact_blot(core->config.redact, &text.found, bytes);
    }
    for (size_t i = 0; i < text.found.count; i++) {
        core->counters.redacted[text.found.spans[i].detector]++;
        account->redacted++;
    }
}

/* The function names its errors as it likes. */
void text_error_type(struct core *core, struct invocation_text *place, struct slice text,
                     struct held_account *account)
{
    char bytes[AGENT_WORD_MAX];
    struct buf buf;
    if (text.size > 0) {
        buf_init_fixed(&buf, bytes, sizeof(bytes));
        invocation_text_set(place, text_short(core, text, account, &buf));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/text.h"

#include "base/ensure.h"
#include "intake/evidence.h"
#include "intake/intake_limits.h"

/* The first piece that is joined to what was carried over. */
#define TEXT_JOIN_SIZE 4096

/* A carried record and the piece behind it. */
#define TEXT_CARRY_SIZE_MAX (3 * (size_t)INTAKE_RECORD_SIZE_MAX)

void intake_text_init(struct text *text, struct teller *teller, struct shapes *shapes)
{
    *text = (struct text){.teller = teller, .shapes = shapes};
    buf_init_growing(&text->plain, SIZE_MAX / 2);
    buf_init_growing(&text->carry, TEXT_CARRY_SIZE_MAX);
}

static void text_reset(struct text *text)
{
    if (text->begun && text->is.kind == RECOGNISED_TABLE) {
        table_fini(&text->table);
    }
    if (text->begun) {
        lines_fini(&text->lines);
    }
    text->begun = false;
    text->wanted = 0;
    buf_reset(&text->carry);
}

void intake_text_fini(struct text *text)
{
    text_reset(text);
    buf_fini(&text->plain);
    buf_fini(&text->carry);
}

/* Said once for all of it. */
static void text_foreign(struct text *text, struct slice head)
{
    struct slice line, rest;
    slice_cut(head, '\n', &line, &rest);
    teller_refuse(text->teller, text->is.why, line);
}

/* Refuse what may be anything's: lines, or strings in an array, that do not say that they are a
 * function's log, nor does a path or the user. */
static void text_judge(struct text *text, struct slice head)
{
    struct teller *teller = text->teller;
    struct recognised *is = &text->is;
    struct slice inside = slice_trim(head);
    bool values = is->kind == RECOGNISED_VALUES;
    bool lines = is->kind == RECOGNISED_LINES && is->form == PREFIX_NONE;
    teller->lines_taken =
        teller->options->any_text || teller->group.size > 0 || teller->stream.size > 0;
    if (teller->lines_taken || (!values && !lines)) {
        return;
    }
    buf_reset(&text->plain);
    if (lines && is->coloured) {
        struct ansi ansi = {ANSI_TEXT};
        ansi_strip(&ansi, head, &text->plain);
        head = buf_bytes(&text->plain);
    }
    teller->lines_taken = lines ? evidence_in_lines(head) : evidence_in_values(head, &text->plain);
    bool strings = is->strings || (values && inside.base[0] == '[' &&
                                   slice_starts(slice_trim(slice_skip(inside, 1)), SLICE("\"")));
    if (!teller->lines_taken && (lines || strings)) {
        is->kind = RECOGNISED_FOREIGN;
        is->format = INTAKE_REFUSED;
        is->why = TELLER_WHOSE;
    }
}

static void text_begin(struct text *text, struct slice head)
{
    recognise(head, &text->is);
    text_judge(text, head);
    text->begun = true;
    if (text->is.format != INTAKE_UNKNOWN) {
        teller_format(text->teller, text->is.format);
    }
    values_init(&text->values, text->shapes, text->is.strings);
    lines_init(&text->lines, text->teller, text->is.form);
    text->ansi = (struct ansi){ANSI_TEXT};
    if (text->is.kind == RECOGNISED_TABLE) {
        table_init(&text->table, text->teller, &text->is.header);
    } else if (text->is.kind == RECOGNISED_FOREIGN) {
        text_foreign(text, head);
    }
}

/* How many of the bytes the reader has used. */
static size_t text_read(struct text *text, struct slice bytes, size_t enough, bool last)
{
    switch (text->is.kind) {
    case RECOGNISED_VALUES:
        return values_read(&text->values, bytes, enough, last);
    case RECOGNISED_TABLE:
        return table_read(&text->table, bytes, enough, last);
    case RECOGNISED_LINES:
        return lines_read(&text->lines, bytes, enough, last);
    case RECOGNISED_FOREIGN:
    case RECOGNISED_EMPTY:
    case RECOGNISED_PROBE:
        break;
    }
    return bytes.size;
}

static enum status text_carry(struct text *text, struct slice bytes)
{
    buf_append(&text->carry, bytes);
    /* Reading again from the start of a record is worth it when there is half as much more. */
    text->wanted = text->carry.size + text->carry.size / 2;
    return buf_overflowed(&text->carry) ? STATUS_FULL : STATUS_OK;
}

/*
 * Join the beginning of a piece to what was carried, until the record that lies across is read.
 * The rest of the piece, which is read where it is, is left in *bytes.
 */
static enum status text_join(struct text *text, struct slice *bytes)
{
    size_t held = text->carry.size;
    size_t joined = 0;
    while (text->carry.size > 0) {
        if (joined == bytes->size) {
            *bytes = SLICE_EMPTY;
            return STATUS_OK;
        }
        size_t size = joined == 0 ? TEXT_JOIN_SIZE : joined;
        struct slice more = slice_take(slice_skip(*bytes, joined), size);
        buf_append(&text->carry, more);
        if (buf_overflowed(&text->carry)) {
            return STATUS_FULL;
        }
        joined += more.size;
        if (text->carry.size < text->wanted) {
            continue;
        }
        size_t used = text_read(text, buf_bytes(&text->carry), held, false);
        if (used >= held) {
            *bytes = slice_skip(*bytes, used - held);
            buf_reset(&text->carry);
            return STATUS_OK;
        }
        buf_consume(&text->carry, used);
        held -= used;
        text->wanted = text->carry.size + text->carry.size / 2;
    }
    return STATUS_OK;
}

static enum status text_take(struct text *text, struct slice bytes)
{
    if (text->is.kind == RECOGNISED_LINES && text->is.coloured) {
        buf_reset(&text->plain);
        ansi_strip(&text->ansi, bytes, &text->plain);
        bytes = buf_bytes(&text->plain);
        if (buf_overflowed(&text->plain)) {
            return STATUS_FULL;
        }
    }
    enum status status = text_join(text, &bytes);
    if (status != STATUS_OK || bytes.size == 0) {
        return status;
    }
    size_t used = text_read(text, bytes, bytes.size, false);
    return used == bytes.size ? STATUS_OK : text_carry(text, slice_skip(bytes, used));
}

/* The head is complete: take what was kept of it as the first piece. */
static enum status text_start(struct text *text)
{
    struct buf head = text->carry;
    buf_init_growing(&text->carry, TEXT_CARRY_SIZE_MAX);
    text_begin(text, slice_take(buf_bytes(&head), INTAKE_HEAD_SIZE));
    enum status status = text_take(text, buf_bytes(&head));
    buf_fini(&head);
    return status;
}

enum status intake_text_push(struct text *text, struct slice bytes)
{
    if (text->begun) {
        return bytes.size == 0 ? STATUS_OK : text_take(text, bytes);
    }
    /* Decided by the same bytes whatever the pieces are. */
    struct slice missing = slice_take(bytes, INTAKE_HEAD_SIZE - text->carry.size);
    buf_append(&text->carry, missing);
    if (buf_overflowed(&text->carry)) {
        return STATUS_FULL;
    }
    if (text->carry.size < INTAKE_HEAD_SIZE) {
        return STATUS_OK;
    }
    enum status status = text_start(text);
    bytes = slice_skip(bytes, missing.size);
    return status != STATUS_OK || bytes.size == 0 ? status : text_take(text, bytes);
}

enum status intake_text_finish(struct text *text)
{
    enum status status = text->begun ? STATUS_OK : text_start(text);
    if (status == STATUS_OK) {
        struct slice rest = buf_bytes(&text->carry);
        size_t used = text_read(text, rest, SIZE_MAX, true);
        ENSURE(used == rest.size);
    }
    text_reset(text);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/redact.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "redact/detect.h"

#include <string.h>

struct slice redact_name(enum redact_detector detector)
{
    static const struct slice names[REDACT_DETECTORS] = {
        [REDACT_AWS_KEY] = SLICE_INIT("aws-key"),
        [REDACT_TOKEN] = SLICE_INIT("token"),
        [REDACT_JWT] = SLICE_INIT("jwt"),
        [REDACT_PRIVATE_KEY] = SLICE_INIT("private-key"),
        [REDACT_AUTHORIZATION] = SLICE_INIT("authorization"),
        [REDACT_URL_PASSWORD] = SLICE_INIT("url-password"),
        [REDACT_SECRET] = SLICE_INIT("secret"),
        [REDACT_CARD] = SLICE_INIT("card"),
        [REDACT_EMAIL] = SLICE_INIT("email"),
        [REDACT_PATTERN] = SLICE_INIT("pattern"),
    };
    ENSURE(detector < REDACT_DETECTORS);
    return names[detector];
}

void redact_init(struct redact *redact, unsigned detectors)
{
    redact->detectors = detectors & REDACT_BUILT_IN;
    detect_triggers(redact->detectors, redact->triggers);
    detect_token_index(redact->token_rows);
    pattern_init(&redact->patterns);
}

static void add_pattern(void *context, size_t start, size_t end, unsigned pattern)
{
    struct detect *detect = context;
    detect->pattern = (unsigned char)pattern;
    detect_add(detect, start, end, REDACT_PATTERN, REDACT_CARRY_NONE);
}

static void scan_level(struct redact *redact, struct detect *detect)
{
    detect->jwt_none = 0;
    detect_run(detect);
    if (redact->patterns.count > 0) {
        pattern_run(&redact->patterns, slice_of(detect->base, detect->size), add_pattern, detect);
    }
}

/* ---- Escapes. ---- */

static size_t put_utf8(unsigned char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (unsigned char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (unsigned char)(0xc0 | code >> 6);
        out[1] = (unsigned char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (unsigned char)(0xe0 | code >> 12);
    out[1] = (unsigned char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (unsigned char)(0x80 | (code & 0x3f));
    return 3;
}

/*
 * Decode the escape at the front of text into out, which has room for as many
 * bytes.  The answer is the size of the escape, 0 if it is none.
 */
static size_t unescape(struct slice text, unsigned char *out, size_t *size)
{
    static const char plain[] = "\"\\/'bfnrt";
    static const char bytes[] = "\"\\/'\b\f\n\r\t";
    unsigned char code[2] = {0, 0};
    *size = 1;
    if (text.base[0] == '%') {
        return text.size >= 3 && hex_decode(slice_of(text.base + 1, 2), out, 1) ? 3 : 0;
    }
    if (text.base[0] != '\\' || text.size < 2) {
        return 0;
    }
    if (text.base[1] == 'x') {
        return text.size >= 4 && hex_decode(slice_of(text.base + 2, 2), out, 1) ? 4 : 0;
    }
    if (text.base[1] == 'u') {
        if (text.size < 6 || !hex_decode(slice_of(text.base + 2, 4), code, 2)) {
            return 0;
        }
        *size = put_utf8(out, (uint32_t)code[0] << 8 | code[1]);
        return 6;
    }
    const char *found = text.base[1] == 0 ? NULL : strchr(plain, text.base[1]);
    if (found == NULL) {
        return 0;
    }
    out[0] = (unsigned char)bytes[found - plain];
    return 2;
}

/* Whether a text has anything that could be an escape. */
static bool may_unescape(struct slice text)
{
    return slice_find_byte(text, '\\') != SLICE_NONE || slice_find_byte(text, '%') != SLICE_NONE;
}

/* Decode one level of text, whose bytes come from where from says (NULL: from themselves), into
 * the shadow.  That may be done in place: it only gets shorter.  False if nothing was decoded. */
static bool decode(struct redact *redact, struct slice text, const uint16_t *from, size_t *size)
{
    size_t out = 0;
    bool decoded = false;
    for (size_t at = 0; at < text.size;) {
        unsigned char bytes[4];
        size_t count = 1;
        size_t step = 0;
        uint16_t origin = from == NULL ? (uint16_t)at : from[at];
        if (text.base[at] == '\\' || text.base[at] == '%') {
            step = unescape(slice_skip(text, at), bytes, &count);
        }
        decoded = decoded || step > 0;
        if (step == 0) {
            bytes[0] = text.base[at];
            step = 1;
            count = 1;
        }
        for (size_t i = 0; i < count; i++) {
            redact->shadow[out] = bytes[i];
            redact->map[out] = origin;
            out++;
        }
        at += step;
    }
    redact->map[out] = from == NULL ? (uint16_t)text.size : from[text.size];
    *size = out;
    return decoded;
}

static void scan_shadows(struct redact *redact, struct detect *detect)
{
    struct slice text = slice_of(detect->base, detect->size);
    const uint16_t *from = NULL;
    size_t size = 0;
    for (unsigned level = 0; level < REDACT_LEVELS_MAX && may_unescape(text); level++) {
        if (!decode(redact, text, from, &size)) {
            return;
        }
        text = slice_of(redact->shadow, size);
        from = redact->map;
        detect->base = redact->shadow;
        detect->size = size;
        detect->map = redact->map;
        scan_level(redact, detect);
    }
}

/* ---- Pieces. ---- */

/* Whether a line can be one of a key in PEM: base64 alone, a header, or the end. */
static bool pem_line(struct slice text)
{
    struct slice line;
    slice_cut(text, '\n', &line, &text);
    line = slice_trim(line);
    if (slice_starts(line, SLICE("Proc-Type:")) || slice_starts(line, SLICE("DEK-Info:"))) {
        return true;
    }
    for (size_t i = 0; i < line.size; i++) {
        unsigned char byte = line.base[i];
        if (byte == '-') {
            return slice_starts(slice_skip(line, i), SLICE("-----END"));
        }
        if (!detect_alnum(byte) && byte != '+' && byte != '/' && byte != '=' && byte != '\\') {
            return false;
        }
    }
    return true;
}

static void go_on(struct detect *detect, const struct redact_piece *piece)
{
    struct slice rest = slice_skip(piece->text, piece->carry_at);
    if (piece->carry == REDACT_CARRY_PRIVATE_KEY && !pem_line(rest)) {
        return;
    }
    size_t end = detect_carried(detect, piece->carry_at, piece->carry);
    if (end > piece->carry_at) {
        detect_add(detect, piece->carry_at, end, piece->carried, piece->carry);
    }
}

/* What is cut out are whole characters. */
static void widen(struct slice text, struct redact_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct redact_span *span = &found->spans[i];
        size_t low = i == 0 ? 0 : found->spans[i - 1].end;
        size_t high = i + 1 < found->count ? found->spans[i + 1].start : text.size;
        while (span->start > low && (text.base[span->start] & 0xc0) == 0x80) {
            span->start--;
        }
        while (span->end < high && (text.base[span->end] & 0xc0) == 0x80) {
            span->end++;
        }
    }
}

void redact_scan(struct redact *redact, const struct redact_piece *piece,
                 struct redact_found *found)
{
    struct detect detect = {
        .base = piece->text.base,
        .size = piece->text.size,
        .wanted = redact->detectors,
        .open = piece->open,
        .triggers = redact->triggers,
        .token_rows = redact->token_rows,
        .found = found,
    };
    ENSURE(piece->text.size <= REDACT_WINDOW_MAX && piece->carry_at <= piece->text.size);
    found->count = 0;
    found->carry = REDACT_CARRY_NONE;
    found->carried = REDACT_SECRET;
    if (piece->text.size == 0) {
        found->carry = piece->carry;
        found->carried = piece->carried;
        return;
    }
    if (piece->carry != REDACT_CARRY_NONE) {
        go_on(&detect, piece);
    }
    scan_level(redact, &detect);
    scan_shadows(redact, &detect);
    widen(piece->text, found);
}

bool redact_key(const struct redact *redact, struct slice key, enum redact_detector *detector)
{
    return detect_key_secret(key, detector) && (redact->detectors & REDACT_BIT(*detector)) != 0;
}

/* ---- What is written. ---- */

void redact_mark(const struct redact *redact, const struct redact_span *span, struct buf *out)
{
    buf_append(out, SLICE("[redacted:"));
    buf_append(out, span->detector == REDACT_PATTERN
                        ? pattern_name(&redact->patterns, span->pattern)
                        : redact_name((enum redact_detector)span->detector));
    buf_append_byte(out, ']');
}

size_t redact_write(const struct redact *redact, const struct redact_found *found,
                    struct slice text, size_t from, size_t size_max, struct buf *out)
{
    size_t begin = out->size;
    size_t at = from;
    ENSURE(from <= text.size);
    for (size_t i = 0; i <= found->count; i++) {
        const struct redact_span *span = i < found->count ? &found->spans[i] : NULL;
        size_t until = span == NULL ? text.size : span->start;
        size_t left = size_max - (out->size - begin);
        if (until > at) {
            struct slice plain = slice_of(text.base + at, until - at);
            struct slice cut = plain.size > left ? utf8_truncate(plain, left) : plain;
            buf_append(out, cut);
            at += cut.size;
            if (cut.size < plain.size) {
                return text.size - at;
            }
        }
        if (span == NULL || span->end <= at) {
            continue;
        }
        size_t before = out->size;
        redact_mark(redact, span, out);
        if (out->size - begin > size_max) {
            buf_rewind(out, before);
            return text.size - at;
        }
        at = span->end;
    }
    return 0;
}

void redact_blot(const struct redact *redact, const struct redact_found *found, unsigned char *text)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct redact_span *span = &found->spans[i];
        unsigned char bytes[REDACT_PATTERN_NAME_MAX + 16];
        struct buf mark;
        size_t size = span->end - span->start;
        buf_init_fixed(&mark, bytes, sizeof(bytes));
        redact_mark(redact, span, &mark);
        memset(text + span->start, '*', size);
        if (!buf_overflowed(&mark) && mark.size <= size) {
            memcpy(text + span->start, mark.base, mark.size);
        }
    }
}

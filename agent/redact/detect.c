/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/detect.h"

#include "base/ensure.h"

#include <string.h>

void detect_triggers(unsigned detectors, unsigned char triggers[256])
{
    const unsigned tokens = REDACT_BIT(REDACT_TOKEN);
    const struct {
        unsigned char byte;
        enum detect_trigger trigger;
        unsigned detectors;
    } rows[] = {
        {'@', DETECT_AT, REDACT_BIT(REDACT_EMAIL)},
        {'=', DETECT_EQUALS, REDACT_BIT(REDACT_SECRET) | REDACT_BIT(REDACT_AUTHORIZATION)},
        {':', DETECT_COLON,
         REDACT_BIT(REDACT_SECRET) | REDACT_BIT(REDACT_AUTHORIZATION) |
             REDACT_BIT(REDACT_URL_PASSWORD)},
        {'>', DETECT_ANGLE, REDACT_BIT(REDACT_SECRET)},
        {'_', DETECT_UNDERSCORE, tokens},
        {'-', DETECT_DASH, tokens | REDACT_BIT(REDACT_PRIVATE_KEY)},
        {'A', DETECT_LETTER_A, tokens | REDACT_BIT(REDACT_AWS_KEY)},
        {'B', DETECT_LETTER_B, REDACT_BIT(REDACT_AUTHORIZATION)},
        {'b', DETECT_LETTER_B, REDACT_BIT(REDACT_AUTHORIZATION)},
        {'J', DETECT_LETTER_J, REDACT_BIT(REDACT_JWT)},
    };
    memset(triggers, DETECT_NOTHING, 256);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if ((detectors & rows[i].detectors) != 0) {
            triggers[rows[i].byte] = (unsigned char)rows[i].trigger;
        }
    }
    if ((detectors & REDACT_BIT(REDACT_CARD)) != 0) {
        memset(&triggers['0'], DETECT_DIGIT, 10);
    }
}

/* Put a span where it belongs; those that it touches become one with it. */
static void insert(struct redact_found *found, struct redact_span span)
{
    size_t first = found->count;
    while (first > 0 && found->spans[first - 1].end >= span.start) {
        first--;
    }
    size_t last = first;
    for (; last < found->count && found->spans[last].start <= span.end; last++) {
        const struct redact_span *other = &found->spans[last];
        /* What begins first says what it is. */
        if (other->start <= span.start) {
            span.detector = other->detector;
            span.pattern = other->pattern;
            span.start = other->start;
        }
        span.end = other->end > span.end ? other->end : span.end;
    }
    if (last == first && found->count == REDACT_SPANS_MAX) {
        /* There is no more room: the neighbour grows over what is between. */
        if (first > 0) {
            found->spans[first - 1].end = span.end;
        } else {
            found->spans[0].start = span.start;
        }
        return;
    }
    memmove(found->spans + first + 1, found->spans + last,
            (found->count - last) * sizeof(found->spans[0]));
    found->spans[first] = span;
    found->count = found->count + 1 - (last - first);
}

void detect_add(struct detect *detect, size_t start, size_t end, enum redact_detector detector,
                enum redact_carry carry)
{
    ENSURE(start < end && end <= detect->size);
    struct redact_span span = {.detector = (unsigned char)detector, .pattern = detect->pattern};
    span.start = detect->map == NULL ? (uint32_t)start : detect->map[start];
    span.end = detect->map == NULL ? (uint32_t)end : detect->map[end];
    if (end == detect->size && carry != REDACT_CARRY_NONE) {
        detect->found->carry = carry;
        detect->found->carried = detector;
    }
    insert(detect->found, span);
}

static size_t quoted_end(struct detect *detect, size_t at, unsigned char quote)
{
    while (at < detect->size && detect->base[at] != quote) {
        at += detect->base[at] == '\\' && at + 1 < detect->size ? 2 : 1;
    }
    return at;
}

size_t detect_carried(struct detect *detect, size_t at, enum redact_carry carry)
{
    const unsigned char *base = detect->base;
    bool closed = false;
    switch (carry) {
    case REDACT_CARRY_NONE:
        break;
    case REDACT_CARRY_TOKEN:
        while (at < detect->size && (detect_token_byte(base[at]) || base[at] >= 0x80)) {
            at++;
        }
        break;
    case REDACT_CARRY_VALUE:
        while (at < detect->size && !detect_key_delimiter(base[at])) {
            at++;
        }
        break;
    case REDACT_CARRY_SINGLE_QUOTED:
        return quoted_end(detect, at, '\'');
    case REDACT_CARRY_DOUBLE_QUOTED:
        return quoted_end(detect, at, '"');
    case REDACT_CARRY_LINE:
        while (at < detect->size && base[at] != '\n' && base[at] != '\r' && base[at] != '"') {
            at++;
        }
        break;
    case REDACT_CARRY_PRIVATE_KEY:
        return detect_token_pem_end(detect, at, &closed);
    }
    return at;
}

/* Whoever hints at something says where to go on: behind it, or behind what was found. */
static size_t judge(struct detect *detect, size_t at)
{
    size_t next = at + 1;
    switch ((enum detect_trigger)detect->triggers[detect->base[at]]) {
    case DETECT_NOTHING:
        break;
    case DETECT_DIGIT:
        return detect_person_card(detect, at);
    case DETECT_AT:
        return detect_person_email(detect, at);
    case DETECT_EQUALS:
        return detect_key_pair(detect, at);
    case DETECT_COLON:
        if (next < detect->size && detect->base[next] == '/') {
            next = detect_key_url(detect, at);
        }
        return next > at + 1 ? next : detect_key_pair(detect, at);
    case DETECT_ANGLE:
        return detect_key_element(detect, at);
    case DETECT_UNDERSCORE:
        return detect_token_prefix(detect, at);
    case DETECT_DASH:
        if (next < detect->size && detect->base[next] == '-') {
            next = detect_token_pem(detect, at);
        }
        return next > at + 1 ? next : detect_token_prefix(detect, at);
    case DETECT_LETTER_A:
        return detect_token_aws(detect, at);
    case DETECT_LETTER_B:
        return detect_key_scheme(detect, at);
    case DETECT_LETTER_J:
        return detect_token_jwt(detect, at);
    }
    return next;
}

/* The next byte that hints at something; the size if there is none. */
static size_t next_hint(struct detect *detect, size_t at)
{
    const unsigned char *restrict triggers = detect->triggers;
    const unsigned char *base = detect->base;
    const size_t size = detect->size;
    while (size - at >= 4 && (triggers[base[at]] | triggers[base[at + 1]] | triggers[base[at + 2]] |
                              triggers[base[at + 3]]) == 0) {
        at += 4;
    }
    while (at < size && triggers[base[at]] == DETECT_NOTHING) {
        at++;
    }
    return at;
}

static void run_from(struct detect *detect, size_t at)
{
    while ((at = next_hint(detect, at)) < detect->size) {
        if (detect->triggers[detect->base[at]] == DETECT_DIGIT) {
            /* Most digits are of times and ids: these are told here. */
            size_t count = 1;
            while (at + count < detect->size && detect_digit(detect->base[at + count])) {
                count++;
            }
            if (count != DETECT_CARD_GROUP && count < DETECT_CARD_DIGITS_MIN) {
                at += count;
                continue;
            }
        }
        size_t next = judge(detect, at);
        ENSURE(next > at);
        at = next;
    }
}

void detect_run(struct detect *detect)
{
    run_from(detect, 0);
}

void detect_part(struct detect *detect, size_t start, size_t end)
{
    const size_t size = detect->size;
    const bool open = detect->open;
    const enum redact_carry carry = detect->found->carry;
    const enum redact_detector carried = detect->found->carried;
    detect->size = end;
    detect->open = false;
    run_from(detect, start);
    detect->size = size;
    detect->open = open;
    detect->found->carry = carry;
    detect->found->carried = carried;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_REDACT_H
#define THAW_AGENT_REDACT_H

#include "redact/pattern.h"
#include "redact/redact_limits.h"

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finds what must not leave the instance in a text: keys, tokens, passwords,
 * card numbers, mail addresses, and what the user's own patterns say.  One
 * pass, whose time is linear in the text; no allocation, no backtracking.
 * docs/reference/redaction.md says what each detector matches and what not.
 *
 * A text is looked at as it stands and, where it has escapes (JSON's, or %XX
 * of URLs), decoded as well, up to three times: what either shows is redacted.
 *
 * Texts come in pieces.  What was found and reaches the end of a piece goes on
 * in the next one: the carry says how.  What cannot be known before the next
 * piece has come is the caller's: it looks at the end of one and the beginning
 * of the next together.  Pure; one thread.
 */
enum redact_detector {
    REDACT_AWS_KEY,
    REDACT_TOKEN,
    REDACT_JWT,
    REDACT_PRIVATE_KEY,
    REDACT_AUTHORIZATION,
    REDACT_URL_PASSWORD,
    REDACT_SECRET,
    REDACT_CARD,
    REDACT_EMAIL,
    REDACT_PATTERN, /* The user's own. */
    REDACT_DETECTORS,
};

#define REDACT_BIT(detector) (1u << (unsigned)(detector))
#define REDACT_BUILT_IN      (REDACT_BIT(REDACT_PATTERN) - 1u)
#define REDACT_CREDENTIALS   (REDACT_BUILT_IN & ~(REDACT_BIT(REDACT_CARD) | REDACT_BIT(REDACT_EMAIL)))

/* How a secret that reaches the end of a piece goes on in the next one. */
enum redact_carry {
    REDACT_CARRY_NONE,
    REDACT_CARRY_TOKEN,         /* As long as bytes of a token come. */
    REDACT_CARRY_VALUE,         /* Up to what ends a value without quotes. */
    REDACT_CARRY_SINGLE_QUOTED, /* Up to the quote. */
    REDACT_CARRY_DOUBLE_QUOTED,
    REDACT_CARRY_LINE,        /* Up to the end of the line. */
    REDACT_CARRY_PRIVATE_KEY, /* Up to the end of the PEM block, line after line. */
};

struct redact_span {
    uint32_t start;
    uint32_t end;
    unsigned char detector;
    unsigned char pattern; /* Which one of the user's. */
};

/*
 * Invariant: spans are in order and do not overlap; start < end <= the size of the text.
 */
struct redact_found {
    size_t count;
    enum redact_carry carry;
    enum redact_detector carried; /* Whose it is. */
    struct redact_span spans[REDACT_SPANS_MAX];
};

struct redact {
    unsigned detectors;          /* Bits. */
    unsigned char triggers[256]; /* For detect.c. */
    unsigned char token_rows[256];
    struct pattern_set patterns;
    unsigned char window[REDACT_WINDOW_MAX]; /* For the caller's text. */
    unsigned char shadow[REDACT_WINDOW_MAX]; /* The text decoded... */
    uint16_t map[REDACT_WINDOW_MAX + 1];     /* ...and where each byte of it came from. */
};

/* What a piece of text is. */
struct redact_piece {
    struct slice text;       /* At most REDACT_WINDOW_MAX bytes. */
    bool open;               /* It has no end: more may follow that belongs to it. */
    enum redact_carry carry; /* What the piece before it left. */
    enum redact_detector carried;
    size_t carry_at; /* Where it goes on: before that stands the end of the piece before. */
};

/* "email" and so on, as users write it. */
struct slice redact_name(enum redact_detector detector);

/* Use these detectors.  The patterns, if any, are compiled into redact->patterns afterwards. */
void redact_init(struct redact *redact, unsigned detectors);

/* Find what is to be redacted. */
void redact_scan(struct redact *redact, const struct redact_piece *piece,
                 struct redact_found *found);

/* Whether the value of a member or attribute of this name is a secret, whatever it is. */
bool redact_key(const struct redact *redact, struct slice key,
                enum redact_detector *detector) THAW_CHECK;

/* "[redacted:email]" */
void redact_mark(const struct redact *redact, const struct redact_span *span, struct buf *out);

/* Append the text with marks in the place of what was found, from an offset on, as far as size_max
 * bytes suffice.  The answer is the number of bytes of the text that were left out at its end. */
size_t redact_write(const struct redact *redact, const struct redact_found *found,
                    struct slice text, size_t from, size_t size_max, struct buf *out);

/* Overwrite what was found, byte for byte, for texts whose size must stay. */
void redact_blot(const struct redact *redact, const struct redact_found *found,
                 unsigned char *text);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_DETECT_H
#define THAW_AGENT_DETECT_H

#include "redact/redact.h"

/*
 * The parts of redaction, for each other only.
 *
 *     redact.c         levels of escapes, spans, marks
 *     detect.c         one pass over a text: from bytes that hint at something to those who judge
 *     detect_key.c     name and value; Authorization; passwords in URLs
 *     detect_token.c   tokens by their form, keys in PEM
 *     detect_person.c  card numbers, mail addresses
 *     pattern.c        the user's own
 *
 * A judge stands at the byte that hinted, looks around at a bounded distance,
 * or forward over what it consumes, and answers where to go on.
 */
struct detect {
    const unsigned char *base;
    size_t size;
    unsigned wanted;
    bool open;
    unsigned char pattern; /* Of what REDACT_PATTERN finds. */
    const unsigned char *triggers;
    const unsigned char *token_rows; /* By the byte before a "_" or "-". */
    const uint16_t *map;             /* To offsets in the text itself; NULL: it is that. */
    struct redact_found *found;
    size_t jwt_none; /* No JWT begins before this, where one might. */
};

/* What a byte hints at. */
enum detect_trigger {
    DETECT_NOTHING,
    DETECT_DIGIT,
    DETECT_AT,
    DETECT_EQUALS,
    DETECT_COLON,
    DETECT_ANGLE,
    DETECT_UNDERSCORE,
    DETECT_DASH,
    DETECT_LETTER_A,
    DETECT_LETTER_B,
    DETECT_LETTER_J,
};

static inline bool detect_wants(struct detect *detect, enum redact_detector detector)
{
    return (detect->wanted & REDACT_BIT(detector)) != 0;
}

static inline bool detect_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool detect_letter(unsigned char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static inline bool detect_alnum(unsigned char byte)
{
    return detect_digit(byte) || detect_letter(byte);
}

/* Whether a word may begin here. */
static inline bool detect_begins(struct detect *detect, size_t at)
{
    return at == 0 || !detect_alnum(detect->base[at - 1]);
}

/* Bytes of base64, base64url and what tokens are made of. */
static inline bool detect_token_byte(unsigned char byte)
{
    return detect_alnum(byte) || byte == '-' || byte == '_' || byte == '.' || byte == '~' ||
           byte == '+' || byte == '/' || byte == '=';
}

/* ---- detect.c ---- */

void detect_triggers(unsigned detectors, unsigned char triggers[256]);
void detect_run(struct detect *detect);

/* Look at a part alone, which ends where it ends: nothing of it goes on. */
void detect_part(struct detect *detect, size_t start, size_t end);

/* Found.  carry says how it goes on if it reaches the end. */
void detect_add(struct detect *detect, size_t start, size_t end, enum redact_detector detector,
                enum redact_carry carry);

/* Where what was carried over ends, from this offset on. */
size_t detect_carried(struct detect *detect, size_t at, enum redact_carry carry);

/* ---- detect_key.c ---- */

size_t detect_key_pair(struct detect *detect, size_t at);
size_t detect_key_element(struct detect *detect, size_t at);
size_t detect_key_scheme(struct detect *detect, size_t at);
size_t detect_key_url(struct detect *detect, size_t at);
bool detect_key_secret(struct slice key, enum redact_detector *detector);
bool detect_key_delimiter(unsigned char byte);

/* ---- detect_token.c ---- */

void detect_token_index(unsigned char rows[256]);
size_t detect_token_prefix(struct detect *detect, size_t at);
size_t detect_token_aws(struct detect *detect, size_t at);
size_t detect_token_jwt(struct detect *detect, size_t at);
size_t detect_token_pem(struct detect *detect, size_t at);
size_t detect_token_pem_end(struct detect *detect, size_t at, bool *closed);

/* ---- detect_person.c ---- */

/* A card number has so many digits at least, in one group, or in groups of which the first has
 * four. */
#define DETECT_CARD_DIGITS_MIN 13u
#define DETECT_CARD_GROUP      4u

size_t detect_person_card(struct detect *detect, size_t at);
size_t detect_person_email(struct detect *detect, size_t at);

#endif

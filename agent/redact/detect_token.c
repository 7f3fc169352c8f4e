/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/detect.h"

#include <string.h>

enum alphabet {
    ALPHABET_ALNUM,
    ALPHABET_WORD,     /* And the underscore. */
    ALPHABET_BASE64URL /* And the dash. */
};

static bool in_alphabet(unsigned char byte, enum alphabet alphabet)
{
    return detect_alnum(byte) || (byte == '_' && alphabet != ALPHABET_ALNUM) ||
           (byte == '-' && alphabet == ALPHABET_BASE64URL);
}

static size_t run_end(struct detect *detect, size_t at, enum alphabet alphabet)
{
    while (at < detect->size && in_alphabet(detect->base[at], alphabet)) {
        at++;
    }
    return at;
}

/* What issuers put before their tokens, up to the "_" or "-" that hints at it, and how many bytes
 * follow at least; in order of the byte before that hint. */
static const struct {
    struct slice prefix;
    enum alphabet alphabet;
    unsigned size_min;
} prefixes[] = {
    {SLICE_INIT("dop_v1_"), ALPHABET_ALNUM, 40},       /* DigitalOcean */
    {SLICE_INIT("glsa_"), ALPHABET_WORD, 32},          /* Grafana */
    {SLICE_INIT("xoxa-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("xoxb-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("whsec_"), ALPHABET_ALNUM, 16},        /* Stripe */
    {SLICE_INIT("rk_live_"), ALPHABET_ALNUM, 16},      /* Stripe */
    {SLICE_INIT("sk_live_"), ALPHABET_ALNUM, 16},      /* Stripe */
    {SLICE_INIT("xoxe-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("hf_"), ALPHABET_ALNUM, 30},           /* Hugging Face */
    {SLICE_INIT("pypi-"), ALPHABET_BASE64URL, 50},     /* PyPI */
    {SLICE_INIT("sk-"), ALPHABET_BASE64URL, 32},       /* OpenAI, Anthropic */
    {SLICE_INIT("npm_"), ALPHABET_ALNUM, 36},          /* npm */
    {SLICE_INIT("gho_"), ALPHABET_ALNUM, 30},          /* GitHub */
    {SLICE_INIT("ghp_"), ALPHABET_ALNUM, 30},          /* GitHub */
    {SLICE_INIT("xapp-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("xoxp-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("ghr_"), ALPHABET_ALNUM, 30},          /* GitHub */
    {SLICE_INIT("xoxr-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("ghs_"), ALPHABET_BASE64URL, 30},      /* GitHub */
    {SLICE_INIT("xoxs-"), ALPHABET_BASE64URL, 10},     /* Slack */
    {SLICE_INIT("dckr_pat_"), ALPHABET_BASE64URL, 20}, /* Docker */
    {SLICE_INIT("github_pat_"), ALPHABET_WORD, 22},    /* GitHub */
    {SLICE_INIT("glcbt-"), ALPHABET_BASE64URL, 20},    /* GitLab */
    {SLICE_INIT("gldt-"), ALPHABET_BASE64URL, 20},     /* GitLab */
    {SLICE_INIT("glpat-"), ALPHABET_BASE64URL, 20},    /* GitLab */
    {SLICE_INIT("glptt-"), ALPHABET_BASE64URL, 20},    /* GitLab */
    {SLICE_INIT("glrt-"), ALPHABET_BASE64URL, 20},     /* GitLab */
    {SLICE_INIT("rk_test_"), ALPHABET_ALNUM, 16},      /* Stripe */
    {SLICE_INIT("shpat_"), ALPHABET_ALNUM, 32},        /* Shopify */
    {SLICE_INIT("sk_test_"), ALPHABET_ALNUM, 16},      /* Stripe */
    {SLICE_INIT("ghu_"), ALPHABET_ALNUM, 30},          /* GitHub */
};
#define PREFIX_COUNT (sizeof(prefixes) / sizeof(prefixes[0]))

static unsigned char hint_of(size_t row)
{
    return prefixes[row].prefix.base[prefixes[row].prefix.size - 2];
}

void detect_token_index(unsigned char rows[256])
{
    memset(rows, PREFIX_COUNT, 256);
    for (size_t i = PREFIX_COUNT; i > 0; i--) {
        rows[hint_of(i - 1)] = (unsigned char)(i - 1);
    }
}

/* Add what begins at start and whose free part is [from, end), if it is long enough, or the text
 * ends before that could be known. */
static size_t judge_size(struct detect *detect, size_t start, size_t from, size_t end,
                         size_t size_min)
{
    bool cut = end == detect->size && detect->open && end > from;
    if (end - from < size_min && !cut) {
        return from;
    }
    detect_add(detect, start, end, REDACT_TOKEN, REDACT_CARRY_TOKEN);
    return end;
}

size_t detect_token_prefix(struct detect *detect, size_t at)
{
    size_t next = at + 1;
    if (!detect_wants(detect, REDACT_TOKEN) || at < 2) {
        return next;
    }
    unsigned char hint = detect->base[at - 1];
    for (size_t i = detect->token_rows[hint]; i < PREFIX_COUNT && hint_of(i) == hint; i++) {
        struct slice prefix = prefixes[i].prefix;
        if (prefix.size > next ||
            !slice_equal(slice_of(detect->base + next - prefix.size, prefix.size), prefix) ||
            !detect_begins(detect, next - prefix.size)) {
            continue;
        }
        return judge_size(detect, next - prefix.size, next,
                          run_end(detect, next, prefixes[i].alphabet), prefixes[i].size_min);
    }
    return next;
}

#define AWS_PREFIX_SIZE    4u
#define AWS_KEY_SIZE       16u
#define GOOGLE_PREFIX_SIZE 4u
#define GOOGLE_KEY_SIZE    35u

/* AKIA..., ASIA...; and Google's AIza... */
size_t detect_token_aws(struct detect *detect, size_t at)
{
    struct slice rest = slice_of(detect->base + at, detect->size - at);
    size_t from = at + AWS_PREFIX_SIZE;
    if (!detect_begins(detect, at)) {
        return at + 1;
    }
    if (detect_wants(detect, REDACT_TOKEN) && slice_starts(rest, SLICE("AIza"))) {
        from = at + GOOGLE_PREFIX_SIZE;
        return judge_size(detect, at, from, run_end(detect, from, ALPHABET_BASE64URL),
                          GOOGLE_KEY_SIZE);
    }
    if (!detect_wants(detect, REDACT_AWS_KEY) ||
        (!slice_starts(rest, SLICE("AKIA")) && !slice_starts(rest, SLICE("ASIA")))) {
        return at + 1;
    }
    size_t end = from;
    while (end < detect->size && (detect_digit(detect->base[end]) ||
                                  (detect->base[end] >= 'A' && detect->base[end] <= 'Z'))) {
        end++;
    }
    bool cut = end == detect->size && detect->open && end > from;
    bool whole =
        end - from >= AWS_KEY_SIZE && (end == detect->size || !detect_letter(detect->base[end]));
    if (!cut && !whole) {
        return at + 1;
    }
    detect_add(detect, at, end, REDACT_AWS_KEY, REDACT_CARRY_TOKEN);
    return end;
}

/* A header and a payload are at least {"alg":"x"} and {}. */
#define JWT_HEADER_MIN  12u
#define JWT_PAYLOAD_MIN 2u

/* The end of the JWT that begins at start, or 0.  *header is where its first part ends. */
static size_t jwt_end(struct detect *detect, size_t start, size_t *header)
{
    *header = run_end(detect, start, ALPHABET_BASE64URL);
    if (*header == detect->size) {
        return detect->open ? detect->size : 0;
    }
    if (*header - start < JWT_HEADER_MIN || detect->base[*header] != '.') {
        return 0;
    }
    size_t end = run_end(detect, *header + 1, ALPHABET_BASE64URL);
    if (end == detect->size) {
        return detect->open ? detect->size : 0;
    }
    if (detect->base[end] != '.' || end - *header <= JWT_PAYLOAD_MIN) {
        return 0;
    }
    /* The signature; of an encrypted one there are five parts. */
    while (end < detect->size &&
           (detect->base[end] == '.' || in_alphabet(detect->base[end], ALPHABET_BASE64URL))) {
        end++;
    }
    return end;
}

/* eyJ... . ... . ...: at is the J. */
size_t detect_token_jwt(struct detect *detect, size_t at)
{
    size_t header = 0;
    if (at < 2 || at < detect->jwt_none || detect->base[at - 1] != 'y' ||
        detect->base[at - 2] != 'e' || !detect_begins(detect, at - 2)) {
        return at + 1;
    }
    size_t end = jwt_end(detect, at - 2, &header);
    if (end == 0) {
        /* What begins later in the same run is shorter, and no more of one. */
        detect->jwt_none = header;
        return at + 1;
    }
    detect_add(detect, at - 2, end, REDACT_JWT, REDACT_CARRY_TOKEN);
    return end;
}

/* ---- PEM. ---- */

#define PEM_LABEL_MAX 48u
#define PEM_BODY_MIN  16u

static bool pem_byte(unsigned char byte)
{
    return detect_alnum(byte) || byte == '+' || byte == '/' || byte == '=' || byte == ' ' ||
           byte == '\t' || byte == '\r' || byte == '\n' || byte == '\\' || byte == '-' ||
           byte == ':' || byte == ',';
}

size_t detect_token_pem_end(struct detect *detect, size_t at, bool *closed)
{
    *closed = false;
    while (at < detect->size && pem_byte(detect->base[at])) {
        struct slice rest = slice_of(detect->base + at, detect->size - at);
        if (rest.base[0] == '-' && slice_starts(rest, SLICE("-----END"))) {
            size_t dashes =
                slice_find(slice_skip(slice_take(rest, PEM_LABEL_MAX + 8), 5), SLICE("-----"));
            *closed = true;
            return dashes == SLICE_NONE ? at + (rest.size < PEM_LABEL_MAX ? rest.size : 8)
                                        : at + 5 + dashes + 5;
        }
        at++;
    }
    return at;
}

/* Whether a key follows, and not a sentence about one. */
static bool pem_body(struct detect *detect, size_t at)
{
    size_t count = 0;
    struct slice rest = slice_trim(slice_of(detect->base + at, detect->size - at));
    if (slice_starts(rest, SLICE("Proc-Type:"))) {
        return true;
    }
    while (at < detect->size && count < PEM_BODY_MIN) {
        unsigned char byte = detect->base[at];
        if (byte == '\\' && at + 1 < detect->size) {
            at++; /* "\n", not decoded. */
        } else if (byte == ' ' || byte == '\r' || byte == '\n' || byte == '\t') {
            if (count > 0 && byte == ' ') {
                return false;
            }
        } else if (pem_byte(byte)) {
            count++;
        } else {
            return false;
        }
        at++;
    }
    /* At its end it is still to come: the next line, or the next record. */
    return true;
}

size_t detect_token_pem(struct detect *detect, size_t at)
{
    struct slice rest = slice_of(detect->base + at, detect->size - at);
    bool closed = false;
    if (!detect_wants(detect, REDACT_PRIVATE_KEY) || rest.size < 2 || rest.base[1] != '-' ||
        !slice_starts(rest, SLICE("-----BEGIN "))) {
        return at + 1;
    }
    struct slice label = slice_skip(slice_take(rest, PEM_LABEL_MAX), sizeof("-----BEGIN ") - 1);
    size_t dashes = slice_find(label, SLICE("-----"));
    if (dashes == SLICE_NONE ||
        slice_find(slice_take(label, dashes), SLICE("PRIVATE KEY")) == SLICE_NONE) {
        return at + 1;
    }
    size_t body = at + sizeof("-----BEGIN ") - 1 + dashes + 5;
    if (!pem_body(detect, body)) {
        return at + 1;
    }
    size_t end = detect_token_pem_end(detect, body, &closed);
    detect_add(detect, at, end, REDACT_PRIVATE_KEY,
               closed ? REDACT_CARRY_NONE : REDACT_CARRY_PRIVATE_KEY);
    return end;
}

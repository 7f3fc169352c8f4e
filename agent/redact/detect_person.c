/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/detect.h"

/* ---- Card numbers. ---- */

#define CARD_DIGITS_MAX 19u

/* Issuers by the first four digits, and the lengths that their numbers have. */
struct issuer {
    unsigned first;
    unsigned last;
    uint32_t lengths; /* Bits. */
};

#define LENGTHS_16_19 (1u << 16 | 1u << 17 | 1u << 18 | 1u << 19)

static const struct issuer issuers[] = {
    {2221, 2720, 1u << 16},                       /* Mastercard */
    {3000, 3059, 1u << 14 | LENGTHS_16_19},       /* Diners Club */
    {3400, 3499, 1u << 15},                       /* American Express */
    {3528, 3589, LENGTHS_16_19},                  /* JCB */
    {3600, 3699, 1u << 14 | LENGTHS_16_19},       /* Diners Club */
    {3700, 3799, 1u << 15},                       /* American Express */
    {3800, 3999, 1u << 14 | LENGTHS_16_19},       /* Diners Club */
    {4000, 4999, 1u << 13 | 1u << 16 | 1u << 19}, /* Visa */
    {5018, 5018, LENGTHS_16_19},                  /* Maestro */
    {5020, 5020, LENGTHS_16_19},                  /* Maestro */
    {5038, 5038, LENGTHS_16_19},                  /* Maestro */
    {5100, 5599, 1u << 16},                       /* Mastercard */
    {5893, 5893, LENGTHS_16_19},                  /* Maestro */
    {6011, 6011, LENGTHS_16_19},                  /* Discover */
    {6200, 6299, LENGTHS_16_19},                  /* UnionPay */
    {6304, 6304, LENGTHS_16_19},                  /* Maestro */
    {6440, 6599, LENGTHS_16_19},                  /* Discover */
    {6759, 6763, LENGTHS_16_19},                  /* Maestro */
};

static uint32_t lengths_of(const unsigned char digits[4])
{
    unsigned first = 0;
    for (size_t i = 0; i < 4; i++) {
        first = first * 10 + digits[i];
    }
    for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        if (first >= issuers[i].first && first <= issuers[i].last) {
            return issuers[i].lengths;
        }
    }
    return 0;
}

static bool luhn(const unsigned char *digits, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned digit = digits[count - 1 - i];
        if (i % 2 == 1) {
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        }
        sum += digit;
    }
    return sum % 10 == 0;
}

/* Whether what stands at an offset, if anything, goes on with a number or a word. */
static bool goes_on(struct detect *detect, size_t at)
{
    if (at >= detect->size) {
        return false;
    }
    if (detect->base[at] == '.') {
        return at + 1 < detect->size && detect_digit(detect->base[at + 1]);
    }
    return detect_alnum(detect->base[at]);
}

/*
 * The end of the longest card number that begins at this group of digits, or
 * 0.  Groups are parted by one blank or dash, the same throughout; the first
 * has four digits and no later one fewer than two.
 */
static size_t card_end(struct detect *detect, size_t start)
{
    unsigned char digits[CARD_DIGITS_MAX];
    unsigned char separator = 0;
    uint32_t lengths = 0;
    size_t count = 0;
    size_t group = 0;
    size_t end = 0;
    for (size_t at = start; at < detect->size; at++) {
        unsigned char byte = detect->base[at];
        if (detect_digit(byte)) {
            if (count == CARD_DIGITS_MAX) {
                return end;
            }
            digits[count++] = (unsigned char)(byte - '0');
            group++;
            lengths = count == 4 ? lengths_of(digits) : lengths;
            bool whole = at + 1 == detect->size || !detect_digit(detect->base[at + 1]);
            if (whole && count >= DETECT_CARD_DIGITS_MIN && (lengths >> count & 1) != 0 &&
                !goes_on(detect, at + 1) && luhn(digits, count)) {
                end = at + 1;
            }
        } else if ((byte == ' ' || byte == '-') && (separator == 0 || separator == byte) &&
                   group >= 2 && count >= 4 && lengths != 0 && at + 1 < detect->size &&
                   detect_digit(detect->base[at + 1])) {
            separator = byte;
            group = 0;
        } else {
            return end;
        }
    }
    return end;
}

size_t detect_person_card(struct detect *detect, size_t at)
{
    size_t end = 0;
    bool word =
        at > 0 && (detect_letter(detect->base[at - 1]) ||
                   (detect->base[at - 1] == '.' && at > 1 && detect_digit(detect->base[at - 2])));
    if (!word && detect->base[at] >= '2' && detect->base[at] <= '6') {
        end = card_end(detect, at);
    }
    if (end > 0) {
        detect_add(detect, at, end, REDACT_CARD, REDACT_CARRY_NONE);
        return end;
    }
    /* A card number begins with its group. */
    while (at < detect->size && detect_digit(detect->base[at])) {
        at++;
    }
    return at;
}

/* ---- Mail addresses. ---- */

static bool local_byte(unsigned char byte)
{
    return detect_alnum(byte) || byte == '.' || byte == '_' || byte == '%' || byte == '+' ||
           byte == '-' || byte == '\'' || byte == '!' || byte == '#' || byte == '&' ||
           byte == '*' || byte == '/' || byte == '=' || byte == '?' || byte == '^' || byte == '{' ||
           byte == '|' || byte == '}' || byte == '~' || byte >= 0x80;
}

/* Of the bytes that the standard allows, those with which nobody's address begins. */
static bool local_begins(unsigned char byte)
{
    return detect_alnum(byte) || byte == '_' || byte >= 0x80;
}

static size_t local_start(struct detect *detect, size_t at)
{
    size_t start = at;
    while (start > 0 && at - start < REDACT_LOCAL_MAX && local_byte(detect->base[start - 1])) {
        unsigned char byte = detect->base[start - 1];
        /* "to=a@b.de", "?mail=a@b.de&c": what stands before these is a name. */
        if (byte == '=' || byte == '?' || byte == '&' || byte == '/' || byte == '\'' ||
            byte == '{' || byte == '|') {
            break;
        }
        start--;
    }
    while (start < at && !local_begins(detect->base[start])) {
        start++;
    }
    return start;
}

/* Whether a label can be the last one of a domain: it begins with letters, as versions do not; an
 * international one in ASCII, too. */
static bool last_label(struct slice label)
{
    for (size_t i = 0; i < 2; i++) {
        if (i >= label.size || (!detect_letter(label.base[i]) && label.base[i] < 0x80)) {
            return false;
        }
    }
    return true;
}

/* The end of the domain that begins here, or 0; of a text that is open it may be cut. */
static size_t domain_end(struct detect *detect, size_t start)
{
    const unsigned char *base = detect->base;
    size_t end = start;
    while (end < detect->size && end - start < REDACT_DOMAIN_MAX &&
           (detect_alnum(base[end]) || base[end] == '.' || base[end] == '-' || base[end] >= 0x80)) {
        end++;
    }
    if (end == detect->size && detect->open && (end == start || base[start] != '.')) {
        return end;
    }
    /* From behind: the first label that can be the last one, with another one before it. */
    while (end > start) {
        size_t label = end;
        while (label > start && base[label - 1] != '.') {
            label--;
        }
        if (label <= start + 1) {
            break;
        }
        if (last_label(slice_of(base + label, end - label))) {
            return end;
        }
        end = label - 1;
    }
    return 0;
}

size_t detect_person_email(struct detect *detect, size_t at)
{
    size_t start = local_start(detect, at);
    if (start == at) {
        return at + 1;
    }
    size_t end = domain_end(detect, at + 1);
    /* "logo@2x.png" is a file for screens of twice the density. */
    bool density = end > at + 4 && detect_digit(detect->base[at + 1]) &&
                   detect->base[at + 2] == 'x' && detect->base[at + 3] == '.';
    if (end == 0 || density) {
        return at + 1;
    }
    detect_add(detect, start, end, REDACT_EMAIL, REDACT_CARRY_TOKEN);
    return end;
}

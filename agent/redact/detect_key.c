/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/detect.h"

/* ---- Names. ---- */

/* How a name is compared: in lower case, without what parts its words. */
#define NAME_SIZE_MAX 24u

/* Of the user's header lines the value is the rest of the line. */
enum value_kind {
    VALUE_NONE,
    VALUE_SECRET,
    VALUE_LINE, /* Authorization. */
    VALUE_COOKIE,
};

struct secret_name {
    struct slice name;
    bool whole; /* Else a name may end with it. */
    enum value_kind kind;
};

static const struct secret_name secret_names[] = {
    {SLICE_INIT("password"), false, VALUE_SECRET},
    {SLICE_INIT("passwd"), false, VALUE_SECRET},
    {SLICE_INIT("passcode"), false, VALUE_SECRET},
    {SLICE_INIT("passphrase"), false, VALUE_SECRET},
    {SLICE_INIT("passwort"), false, VALUE_SECRET},
    {SLICE_INIT("pwd"), false, VALUE_SECRET},
    {SLICE_INIT("secret"), false, VALUE_SECRET},
    {SLICE_INIT("secretkey"), false, VALUE_SECRET},
    {SLICE_INIT("secretstring"), false, VALUE_SECRET},
    {SLICE_INIT("secretbinary"), false, VALUE_SECRET},
    {SLICE_INIT("accesskey"), false, VALUE_SECRET},
    {SLICE_INIT("accountkey"), false, VALUE_SECRET},
    {SLICE_INIT("apikey"), false, VALUE_SECRET},
    {SLICE_INIT("privatekey"), false, VALUE_SECRET},
    {SLICE_INIT("encryptionkey"), false, VALUE_SECRET},
    {SLICE_INIT("signingkey"), false, VALUE_SECRET},
    {SLICE_INIT("amzsignature"), false, VALUE_SECRET},
    {SLICE_INIT("googsignature"), false, VALUE_SECRET},
    {SLICE_INIT("sig"), true, VALUE_SECRET},
    {SLICE_INIT("token"), false, VALUE_SECRET},
    {SLICE_INIT("cvv"), true, VALUE_SECRET},
    {SLICE_INIT("cvc"), true, VALUE_SECRET},
    {SLICE_INIT("otp"), true, VALUE_SECRET},
    {SLICE_INIT("ssn"), true, VALUE_SECRET},
    {SLICE_INIT("authorization"), false, VALUE_LINE},
    {SLICE_INIT("cookie"), true, VALUE_COOKIE},
    {SLICE_INIT("setcookie"), false, VALUE_COOKIE},
};

/* Tokens that say where to go on in a list, and are no secret. */
static const struct slice open_tokens[] = {
    SLICE_INIT("nexttoken"),         SLICE_INIT("continuationtoken"),
    SLICE_INIT("pagetoken"),         SLICE_INIT("paginationtoken"),
    SLICE_INIT("cancellationtoken"), SLICE_INIT("startingtoken"),
    SLICE_INIT("nextforwardtoken"),  SLICE_INIT("clientrequesttoken"),
    SLICE_INIT("nextbackwardtoken"),
};

/* Most names are told to be none by their last two letters. */
static bool last_letters(unsigned char one, unsigned char other)
{
    switch ((one | 0x20) << 8 | other | 0x20) {
    case 'd' << 8 | 'e': /* passcode */
    case 'e' << 8 | 'n': /* token */
    case 'e' << 8 | 't': /* secret */
    case 'e' << 8 | 'y': /* ...key */
    case 'i' << 8 | 'e': /* cookie */
    case 'i' << 8 | 'g': /* sig */
    case 'n' << 8 | 'g': /* secretstring */
    case 'o' << 8 | 'n': /* authorization */
    case 'r' << 8 | 'd': /* password */
    case 'r' << 8 | 'e': /* signature */
    case 'r' << 8 | 't': /* passwort */
    case 'r' << 8 | 'y': /* secretbinary */
    case 's' << 8 | 'e': /* passphrase */
    case 's' << 8 | 'n': /* ssn */
    case 't' << 8 | 'p': /* otp */
    case 'v' << 8 | 'c': /* cvc */
    case 'v' << 8 | 'v': /* cvv */
    case 'w' << 8 | 'd': /* pwd */
        return true;
    default:
        return false;
    }
}

static enum value_kind kind_of(struct slice key)
{
    unsigned char name[NAME_SIZE_MAX];
    size_t size = 0;
    bool all = true;
    if (key.size < 2 || !last_letters(key.base[key.size - 2], key.base[key.size - 1])) {
        return VALUE_NONE;
    }
    for (size_t i = key.size; i > 0; i--) {
        unsigned char byte = key.base[i - 1];
        if (detect_alnum(byte)) {
            if (size == NAME_SIZE_MAX) {
                all = false;
                break;
            }
            size++;
            name[NAME_SIZE_MAX - size] = detect_letter(byte) ? byte | 0x20 : byte;
        }
    }
    struct slice text = slice_of(name + NAME_SIZE_MAX - size, size);
    for (size_t i = 0; i < sizeof(open_tokens) / sizeof(open_tokens[0]); i++) {
        if (slice_ends(text, open_tokens[i])) {
            return VALUE_NONE;
        }
    }
    for (size_t i = 0; i < sizeof(secret_names) / sizeof(secret_names[0]); i++) {
        const struct secret_name *row = &secret_names[i];
        if (row->whole ? all && slice_equal(text, row->name) : slice_ends(text, row->name)) {
            return row->kind;
        }
    }
    return VALUE_NONE;
}

static enum redact_detector detector_of(enum value_kind kind)
{
    return kind == VALUE_LINE ? REDACT_AUTHORIZATION : REDACT_SECRET;
}

bool detect_key_secret(struct slice key, enum redact_detector *detector)
{
    enum value_kind kind = kind_of(key);
    *detector = detector_of(kind);
    return kind != VALUE_NONE;
}

static bool key_byte(unsigned char byte)
{
    return detect_alnum(byte) || byte == '_' || byte == '-' || byte == '.';
}

/* The name that stands before an offset, in quotes or brackets or not. */
static struct slice key_before(struct detect *detect, size_t at)
{
    size_t end = at;
    while (end > 0 && at - end < 2 && detect->base[end - 1] == ' ') {
        end--;
    }
    if (end > 0 && (detect->base[end - 1] == '"' || detect->base[end - 1] == '\'' ||
                    detect->base[end - 1] == ']' || detect->base[end - 1] == '`')) {
        end--;
        end -= end > 0 && detect->base[end] == ']' &&
                       (detect->base[end - 1] == '"' || detect->base[end - 1] == '\'')
                   ? 1
                   : 0;
    }
    size_t start = end;
    while (start > 0 && end - start < REDACT_KEY_MAX && key_byte(detect->base[start - 1])) {
        start--;
    }
    return slice_of(detect->base + start, end - start);
}

/* ---- Values. ---- */

bool detect_key_delimiter(unsigned char byte)
{
    switch (byte) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case ',':
    case ';':
    case '&':
    case '"':
    case '\'':
    case '`':
    case '<':
    case '>':
    case '(':
    case ')':
    case '}':
    case ']':
    case '|':
        return true;
    default:
        return false;
    }
}

/* Values that say there is none. */
static bool empty_value(struct slice value)
{
    static const struct slice words[] = {
        SLICE_INIT("true"), SLICE_INIT("false"),     SLICE_INIT("null"),      SLICE_INIT("none"),
        SLICE_INIT("nil"),  SLICE_INIT("undefined"), SLICE_INIT("[redacted"),
    };
    size_t masks = 0;
    for (size_t i = 0; i < value.size; i++) {
        masks += value.base[i] == '*' ? 1 : 0;
    }
    if (masks == value.size) {
        return true;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(value, words[i])) {
            return true;
        }
    }
    return false;
}

static size_t skip_blanks(struct detect *detect, size_t at)
{
    for (size_t i = 0; i < 8 && at < detect->size; i++) {
        if (detect->base[at] != ' ' && detect->base[at] != '\t') {
            break;
        }
        at++;
    }
    return at;
}

/* A value in quotes; at is behind the opening one. */
static size_t quoted(struct detect *detect, size_t at, unsigned char quote, enum value_kind kind)
{
    enum redact_carry carry =
        quote == '"' ? REDACT_CARRY_DOUBLE_QUOTED : REDACT_CARRY_SINGLE_QUOTED;
    size_t end = detect_carried(detect, at, carry);
    if (end > at && !empty_value(slice_of(detect->base + at, end - at))) {
        detect_add(detect, at, end, detector_of(kind), carry);
    }
    return end;
}

/* A value without quotes. */
static size_t plain(struct detect *detect, size_t at, enum value_kind kind)
{
    enum redact_carry carry = REDACT_CARRY_VALUE;
    size_t end = at;
    if (kind != VALUE_SECRET) {
        carry = REDACT_CARRY_LINE;
        end = detect_carried(detect, at, carry);
    } else {
        end = detect_carried(detect, at, carry);
    }
    if (end > at && !empty_value(slice_of(detect->base + at, end - at))) {
        detect_add(detect, at, end, detector_of(kind), carry);
    }
    return end;
}

/* A list of values: all of it. */
static size_t list(struct detect *detect, size_t at, enum value_kind kind)
{
    size_t end = at;
    while (end < detect->size && detect->base[end] != ']') {
        unsigned char byte = detect->base[end];
        if (byte == '"' || byte == '\'') {
            end = detect_carried(detect, end + 1,
                                 byte == '"' ? REDACT_CARRY_DOUBLE_QUOTED
                                             : REDACT_CARRY_SINGLE_QUOTED);
        }
        end += end < detect->size ? 1 : 0;
    }
    if (end > at) {
        detect_add(detect, at, end, detector_of(kind), REDACT_CARRY_VALUE);
    }
    return end;
}

size_t detect_key_pair(struct detect *detect, size_t at)
{
    const unsigned char *base = detect->base;
    size_t next = at + 1;
    enum value_kind kind = kind_of(key_before(detect, at));
    if (kind == VALUE_NONE || !detect_wants(detect, detector_of(kind))) {
        return next;
    }
    /* "=>" and ":=" are as good; "::" and "==" mean something else. */
    size_t value = next;
    if (value < detect->size && base[value] == base[at]) {
        return next;
    }
    value += value < detect->size && (base[value] == '>' || base[value] == '=') ? 1 : 0;
    value = skip_blanks(detect, value);
    /* Python says b'...' of bytes, and others u, r and f. */
    if (value + 1 < detect->size && detect_letter(base[value]) &&
        (base[value + 1] == '\'' || base[value + 1] == '"')) {
        value++;
    }
    if (value >= detect->size) {
        return next;
    }
    switch (base[value]) {
    case '"':
    case '\'':
        return quoted(detect, value + 1, base[value], kind);
    case '[':
        if (slice_starts(slice_of(base + value, detect->size - value), SLICE("[redacted:"))) {
            return value;
        }
        return list(detect, value + 1, kind);
    case '\\':
        /* A quote that is escaped: its turn comes when it is decoded. */
        return next;
    default:
        value = plain(detect, value, kind);
        return value > next ? value : next;
    }
}

/* <password>...</password> */
size_t detect_key_element(struct detect *detect, size_t at)
{
    struct slice key = key_before(detect, at);
    if (at == 0 || key.size == 0 || key.base == detect->base || key.base[-1] != '<' ||
        key.base + key.size != detect->base + at) {
        return at + 1;
    }
    enum value_kind kind = kind_of(key);
    size_t end = at + 1;
    if (kind == VALUE_NONE || !detect_wants(detect, REDACT_SECRET)) {
        return end;
    }
    while (end < detect->size && detect->base[end] != '<') {
        end++;
    }
    if (end > at + 1) {
        detect_add(detect, at + 1, end, REDACT_SECRET, REDACT_CARRY_VALUE);
    }
    return end;
}

/* ---- "Bearer" and "Basic". ---- */

static int base64_value(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return byte - 'A';
    }
    if (byte >= 'a' && byte <= 'z') {
        return byte - 'a' + 26;
    }
    if (detect_digit(byte)) {
        return byte - '0' + 52;
    }
    return byte == '+' || byte == '-' ? 62 : byte == '/' || byte == '_' ? 63 : -1;
}

/* Whether it is "user:password" in base64, as far as it is there. */
static bool is_basic(struct slice text)
{
    uint32_t bits = 0;
    unsigned count = 0;
    bool colon = false;
    for (size_t i = 0; i < text.size && text.base[i] != '='; i++) {
        int value = base64_value(text.base[i]);
        if (value < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            unsigned char byte = (unsigned char)(bits >> count);
            if (byte < ' ' || byte == 0x7f) {
                return false;
            }
            colon = colon || byte == ':';
        }
    }
    return colon;
}

/* A bearer token is random: it is long, and has digits. */
static bool is_bearer(struct slice text)
{
    bool digit = false;
    for (size_t i = 0; i < text.size; i++) {
        digit = digit || detect_digit(text.base[i]);
    }
    return text.size >= 32 || (text.size >= 12 && digit);
}

size_t detect_key_scheme(struct detect *detect, size_t at)
{
    struct slice rest = slice_of(detect->base + at, detect->size - at);
    bool bearer = slice_equal_nocase(slice_take(rest, 6), SLICE("bearer"));
    bool basic = !bearer && slice_equal_nocase(slice_take(rest, 5), SLICE("basic"));
    if ((!bearer && !basic) || !detect_begins(detect, at)) {
        return at + 1;
    }
    size_t word = at + (bearer ? 6 : 5);
    size_t start = skip_blanks(detect, word);
    size_t end = detect_carried(detect, start, REDACT_CARRY_TOKEN);
    struct slice token = slice_of(detect->base + start, end - start);
    if (start == word || token.size == 0) {
        return word;
    }
    if (bearer ? is_bearer(token) : is_basic(token)) {
        detect_add(detect, start, end, REDACT_AUTHORIZATION, REDACT_CARRY_TOKEN);
        return end;
    }
    /* A word of a sentence; it may hint at something itself. */
    return start;
}

/* ---- scheme://user:password@host ---- */

size_t detect_key_url(struct detect *detect, size_t at)
{
    const unsigned char *base = detect->base;
    if (!detect_wants(detect, REDACT_URL_PASSWORD) || at == 0 || !detect_alnum(base[at - 1]) ||
        detect->size - at < 3 || base[at + 1] != '/' || base[at + 2] != '/') {
        return at + 1;
    }
    size_t start = at + 3;
    size_t end = start;
    size_t colon = 0;
    size_t sign = 0;
    bool port = true; /* What follows the colon may be one. */
    while (end < detect->size && end - start < REDACT_URL_MAX) {
        unsigned char byte = base[end];
        if (byte <= ' ' || byte == '/' || byte == '?' || byte == '#' || byte == '"' ||
            byte == '<' || byte == '>' || byte == '\\') {
            break;
        }
        if (byte == ':' && colon == 0) {
            colon = end;
        } else if (byte == '@') {
            sign = end;
        } else if (colon > 0 && !detect_digit(byte)) {
            port = false;
        }
        end++;
    }
    if (sign > 0 && colon > 0 && colon < sign) {
        detect_part(detect, start, colon);
        if (sign > colon + 1) {
            detect_add(detect, colon + 1, sign, REDACT_URL_PASSWORD, REDACT_CARRY_NONE);
        }
        return sign;
    }
    if (sign > start + 15) {
        /* A token in the place of the user. */
        detect_add(detect, start, sign, REDACT_URL_PASSWORD, REDACT_CARRY_NONE);
        return sign;
    }
    if (end == detect->size && detect->open && colon > 0 && !port && end > colon + 1) {
        detect_part(detect, start, colon);
        detect_add(detect, colon + 1, end, REDACT_URL_PASSWORD, REDACT_CARRY_VALUE);
        return end;
    }
    return at + 3;
}

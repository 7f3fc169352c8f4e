/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/flat.h"

#include "base/lanes.h"

#include <string.h>

/* What is left of the text. */
struct rest {
    const unsigned char *at;
    const unsigned char *end;
};

static inline size_t flat_left(const struct rest *rest)
{
    return (size_t)(rest->end - rest->at);
}

static inline void flat_blanks(struct rest *rest)
{
    while (rest->at < rest->end &&
           (*rest->at == ' ' || *rest->at == '\n' || *rest->at == '\t' || *rest->at == '\r')) {
        rest->at++;
    }
}

static inline bool flat_take(struct rest *rest, unsigned char byte)
{
    if (rest->at == rest->end || *rest->at != byte) {
        return false;
    }
    rest->at++;
    return true;
}

/* The lanes that end plain text in a string: a quote, a backslash, a control character. */
static inline lanes flat_ends(const unsigned char *at)
{
    lanes bytes = lanes_load(at);
    return (lanes)(bytes == lanes_of('"')) | (lanes)(bytes == lanes_of('\\')) |
           (lanes)(bytes < lanes_of(0x20));
}

/* To the first byte that ends plain text in a string, byte by byte: near the end of the text. */
static inline void flat_plain(struct rest *rest)
{
    while (rest->at < rest->end && *rest->at >= 0x20 && *rest->at != '"' && *rest->at != '\\') {
        rest->at++;
    }
}

/* How large the escape at the front is; 0 for one that JSON does not have. */
static inline size_t flat_escape(const unsigned char *at, size_t left)
{
    static const bool letters[256] = {['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true,
                                      ['f'] = true, ['n'] = true,  ['r'] = true, ['t'] = true};
    size_t wrong;
    return left >= 2 && letters[at[1]] ? 2 : json_string_escape(slice_of(at, left), &wrong);
}

/* Over whole lanes of a string, as far as its last quote or something that is wrong: each is looked
 * at once, however many escapes are in it. */
static inline void flat_lanes(struct rest *rest, bool *escaped)
{
    while (flat_left(rest) > LANES_COUNT) {
        unsigned ends = lanes_bits(flat_ends(rest->at));
        size_t done = LANES_COUNT;
        while (ends != 0) {
            unsigned first = (unsigned)__builtin_ctz(ends);
            size_t size = rest->at[first] != '\\'
                              ? 0
                              : flat_escape(rest->at + first, flat_left(rest) - first);
            if (size == 0) {
                rest->at += first;
                return;
            }
            *escaped = true;
            done = first + size;
            ends = done < LANES_COUNT ? ends & ~0u << done : 0;
        }
        rest->at += done < LANES_COUNT ? LANES_COUNT : done;
    }
}

/* The inside of a string whose first quote was taken, and its last quote. */
static bool flat_string(struct rest *rest, struct json_string *string)
{
    const unsigned char *begin = rest->at;
    bool escaped = false;
    flat_lanes(rest, &escaped);
    for (;;) {
        flat_plain(rest);
        if (rest->at == rest->end || *rest->at < 0x20) {
            return false;
        }
        if (*rest->at == '"') {
            break;
        }
        size_t size = flat_escape(rest->at, flat_left(rest));
        if (size == 0) {
            return false;
        }
        escaped = true;
        rest->at += size;
    }
    string->raw = (struct slice){begin, (size_t)(rest->at - begin)};
    string->escaped = escaped;
    rest->at++;
    return true;
}

/* A whole number without a sign, whose first digit was taken. */
static bool flat_number(struct rest *rest)
{
    bool zero = rest->at[-1] == '0';
    const unsigned char *second = rest->at;
    if (flat_left(rest) >= LANES_COUNT) {
        /* Most are times, of thirteen digits. */
        rest->at += lanes_first((lanes)(lanes_load(rest->at) - lanes_of('0') > lanes_of(9)));
    }
    while (rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9') {
        rest->at++;
    }
    return rest->at < rest->end && *rest->at != '.' && (*rest->at | 0x20) != 'e' &&
           !(zero && rest->at > second);
}

static enum json_token flat_literal(struct rest *rest)
{
    static const struct {
        struct slice behind; /* Its first letter. */
        enum json_token token;
    } literals[] = {{SLICE_INIT("ull"), JSON_NULL},
                    {SLICE_INIT("rue"), JSON_TRUE},
                    {SLICE_INIT("alse"), JSON_FALSE}};
    unsigned i = rest->at[-1] == 'n' ? 0 : rest->at[-1] == 't' ? 1 : 2;
    if (!slice_starts((struct slice){rest->at, flat_left(rest)}, literals[i].behind)) {
        return JSON_BAD;
    }
    rest->at += literals[i].behind.size;
    return literals[i].token;
}

/* A value whose first byte was taken. */
static bool flat_value(struct rest *rest, struct object_value *value)
{
    const unsigned char *begin = rest->at - 1;
    unsigned char first = *begin;
    if (first == '"') {
        value->token = JSON_STRING;
        return flat_string(rest, &value->string);
    }
    if (first >= '0' && first <= '9') {
        value->token = JSON_NUMBER;
        if (!flat_number(rest)) {
            return false;
        }
    } else if (first == 'n' || first == 't' || first == 'f') {
        value->token = flat_literal(rest);
        if (value->token == JSON_BAD) {
            return false;
        }
    } else {
        return false;
    }
    value->string = (struct json_string){.raw = {begin, (size_t)(rest->at - begin)}};
    return true;
}

/* ---- Between values. ---- */

/* Whether the bytes are the same; of each, as many as a multiple of LANES_COUNT can be read. */
static inline bool flat_same(const unsigned char *one, const unsigned char *other, size_t size)
{
    size_t at = 0;
    unsigned first;
    do {
        first = lanes_first((lanes)(lanes_load(one + at) != lanes_load(other + at)));
        at += LANES_COUNT;
    } while (first == LANES_COUNT && at < size);
    return at - LANES_COUNT + first >= size;
}

/* Whether the same stands here as in the object before; it is taken then. */
static inline bool flat_expected(const struct flat *flat, unsigned i, struct rest *rest)
{
    if (i >= FLAT_MEMBERS_MAX || flat->before[i].size == 0 || flat_left(rest) < FLAT_BETWEEN_MAX ||
        !flat_same(flat->before[i].bytes, rest->at, flat->before[i].size)) {
        return false;
    }
    rest->at += flat->before[i].size;
    return true;
}

/* Read what stands before a value, from the brace or comma on, and its first byte.  Remember it. */
static bool flat_between(struct flat *flat, unsigned i, struct rest *rest, enum object_key *key)
{
    const unsigned char *begin = rest->at;
    struct json_string name;
    if (!flat_take(rest, i == 0 ? '{' : ',')) {
        return false;
    }
    flat_blanks(rest);
    if (!flat_take(rest, '"') || !flat_string(rest, &name)) {
        return false;
    }
    flat_blanks(rest);
    if (!flat_take(rest, ':')) {
        return false;
    }
    flat_blanks(rest);
    if (rest->at == rest->end) {
        return false;
    }
    rest->at++;
    *key = object_key(name);
    size_t size = (size_t)(rest->at - begin);
    if (i < FLAT_MEMBERS_MAX) {
        bool fits = size <= FLAT_BETWEEN_MAX;
        memcpy(flat->before[i].bytes, begin, fits ? size : 0);
        flat->before[i].size = (unsigned char)(fits ? size : 0);
        flat->before[i].key = (unsigned char)*key;
    }
    return true;
}

bool flat_read(struct flat *flat, struct slice text, struct object *object, size_t *size)
{
    struct rest rest = {text.base, text.base + text.size};
    object->keys = 0;
    object->others = 0;
    object->begin = 0;
    for (unsigned i = 0;; i++) {
        enum object_key key;
        struct object_value other;
        if (flat_expected(flat, i, &rest)) {
            key = (enum object_key)flat->before[i].key;
        } else if (!flat_between(flat, i, &rest, &key)) {
            return false;
        }
        bool known = key != OBJECT_KEY_COUNT;
        if (!flat_value(&rest, known ? &object->values[key] : &other)) {
            return false;
        }
        object->keys |= known ? UINT64_C(1) << key : 0;
        object->others += known ? 0 : 1;
        if (rest.at < rest.end && *rest.at == ',') {
            continue;
        }
        flat_blanks(&rest);
        if (flat_take(&rest, '}')) {
            break;
        }
        if (rest.at == rest.end || *rest.at != ',') {
            return false;
        }
    }
    *size = (size_t)(rest.at - text.base);
    object->raw = slice_of(text.base, *size);
    return true;
}

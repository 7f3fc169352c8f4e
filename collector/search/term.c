/* SPDX-License-Identifier: Apache-2.0 */
#include "search/term.h"

#include "base/number.h"
#include "search/search.h"
#include "search/search_id.h"
#include "streams/line_level.h"

#include <math.h>
#include <string.h>

enum kind {
    KIND_TEXT,
    KIND_ID,
    KIND_LEVEL,
    KIND_STATUS,
    KIND_ERROR,
    KIND_FLAG,
    KIND_DURATION,
    KIND_MONEY,
    KIND_MEMORY,
    KIND_WORDS,
    KIND_ATTR,
};

static const struct {
    struct slice name;
    enum kind kind;
} fields[] = {
#define FIELD(identifier, name, kind) [SEARCH_FIELD_##identifier] = {SLICE_INIT(name), KIND_##kind},
#include "search/fields.def"
#undef FIELD
    [SEARCH_FIELD_ATTR] = {SLICE_INIT(""), KIND_ATTR},
};

/* Words that stood alone before there was a language. */
static const struct {
    struct slice word;
    enum search_field field;
} old_words[] = {
    {SLICE_INIT("errors"), SEARCH_FIELD_ERROR},
    {SLICE_INIT("timeouts"), SEARCH_FIELD_TIMEOUT},
    {SLICE_INIT("cold"), SEARCH_FIELD_COLD},
};

struct making {
    const struct lex_token *token;
    struct arena *arena;
    struct search_term *term;
    struct search_error *error;
};

struct slice search_field_name(enum search_field field)
{
    return fields[field].name;
}

static bool refuse_value(struct making *making, const char *reason)
{
    const struct lex_token *token = making->token;
    size_t end = token->at + token->size;
    *making->error = (struct search_error){
        .at = token->value_at,
        .size = end - token->value_at,
        .reason = reason,
    };
    return false;
}

static bool refuse_name(struct making *making, const char *reason)
{
    *making->error = (struct search_error){
        .at = making->token->at,
        .size = making->token->name.size,
        .reason = reason,
    };
    return false;
}

/* ---- Numbers. ---- */

/* A number, and what stands right behind it. */
static bool cut_unit(struct slice text, struct slice *number, struct slice *unit)
{
    size_t at = text.size;
    while (at > 0 && text.base[at - 1] > '9') {
        at--;
    }
    *number = slice_take(text, at);
    *unit = slice_skip(text, at);
    return at > 0;
}

static bool scaled(struct slice text, const char *const *units, const double *factors, size_t count,
                   double *value)
{
    struct slice number, unit;
    if (!cut_unit(text, &number, &unit) || number_parse_double(number, value) != NUMBER_OK) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_equal_nocase(unit, slice_from(units[i]))) {
            *value *= factors[i];
            return true;
        }
    }
    return false;
}

/* In nanoseconds; a number alone is milliseconds, as everywhere. */
static bool read_duration(struct slice text, double *value)
{
    static const char *const units[] = {"", "ns", "us", "\302\265s", "ms", "s", "m", "h"};
    static const double factors[] = {1e6, 1, 1e3, 1e3, 1e6, 1e9, 60e9, 3600e9};
    return scaled(text, units, factors, sizeof(factors) / sizeof(factors[0]), value);
}

/* In megabytes as the platform has them. */
static bool read_memory(struct slice text, double *value)
{
    static const char *const units[] = {"", "kb", "mb", "gb"};
    static const double factors[] = {1, 1.0 / 1024, 1, 1024};
    return scaled(text, units, factors, sizeof(factors) / sizeof(factors[0]), value);
}

static bool read_number(struct slice text, double *value)
{
    return number_parse_double(text, value) == NUMBER_OK;
}

static bool read_money(struct slice text, double *value)
{
    return read_number(slice_starts(text, SLICE("$")) ? slice_skip(text, 1) : text, value);
}

/* A range of what a reader reads: compared, from..to, or one number alone. */
static bool read_range(struct making *making, bool (*read)(struct slice text, double *value))
{
    const struct lex_token *token = making->token;
    struct search_term *term = making->term;
    size_t dots = slice_find(term->value, SLICE(".."));
    term->test = SEARCH_TEST_RANGE;
    term->low = -HUGE_VAL;
    term->high = HUGE_VAL;
    if (dots != SLICE_NONE && token->sign == LEX_IS) {
        struct slice low = slice_take(term->value, dots);
        struct slice high = slice_skip(term->value, dots + 2);
        return (low.size > 0 || high.size > 0) && (low.size == 0 || read(low, &term->low)) &&
               (high.size == 0 || read(high, &term->high));
    }
    double value;
    if (!read(term->value, &value)) {
        return false;
    }
    term->low = token->sign == LEX_BELOW || token->sign == LEX_AT_MOST ? -HUGE_VAL : value;
    term->high = token->sign == LEX_ABOVE || token->sign == LEX_AT_LEAST ? HUGE_VAL : value;
    term->low_without = token->sign == LEX_ABOVE;
    term->high_without = token->sign == LEX_BELOW;
    return true;
}

/* ---- Kinds of values. ---- */

/* What attributes are compared with: as text, or as the number that it may be. */
static void read_plain(struct search_term *term)
{
    if (!term->string) {
        term->is_integer = number_parse_i64(term->value, &term->integer) == NUMBER_OK;
        term->is_number = number_parse_double(term->value, &term->number) == NUMBER_OK;
    }
}

static bool make_text(struct making *making)
{
    struct search_term *term = making->term;
    if (making->token->sign != LEX_IS) {
        return refuse_value(making, "it is a text and no number: it cannot be compared so");
    }
    bool stars = !term->string && slice_find_byte(term->value, '*') != SLICE_NONE;
    term->test = stars ? SEARCH_TEST_GLOB : SEARCH_TEST_IS;
    return true;
}

static bool make_attr(struct making *making)
{
    struct search_term *term = making->term;
    bool range = slice_find(term->value, SLICE("..")) != SLICE_NONE;
    if (making->token->sign != LEX_IS || (range && !term->string)) {
        if (read_range(making, read_number)) {
            return true;
        }
        if (making->token->sign != LEX_IS) {
            return refuse_value(making, "it is compared with a number");
        }
    }
    read_plain(term);
    return make_text(making);
}

static bool make_id(struct making *making)
{
    making->term->test = SEARCH_TEST_ID;
    return (making->token->sign == LEX_IS &&
            search_id_parse(making->term->value, &making->term->id)) ||
           refuse_value(making, "it is no trace id and no request id");
}

static bool make_flag(struct making *making)
{
    struct search_term *term = making->term;
    term->test = SEARCH_TEST_FLAG;
    term->flag = slice_equal(term->value, SLICE("true"));
    return (making->token->sign == LEX_IS &&
            (term->flag || slice_equal(term->value, SLICE("false")))) ||
           refuse_value(making, "it is true or false");
}

static bool make_error(struct making *making)
{
    bool flag = slice_equal(making->term->value, SLICE("true")) ||
                slice_equal(making->term->value, SLICE("false"));
    return flag && !making->term->string ? make_flag(making) : make_text(making);
}

/* A word, or a number of HTTP's. */
static bool make_status(struct making *making)
{
    return (!making->term->string && read_range(making, read_number)) || make_text(making);
}

#define LEVEL_STEP 4 /* Of OTLP's numbers each level has so many. */
#define LEVEL_MAX  24

/* The numbers of a level, or one of them. */
static bool read_level(struct slice text, double *low, double *high)
{
    uint32_t word = line_level_word(text);
    uint64_t number;
    if (word > 0) {
        uint32_t first = (word - 1) / LEVEL_STEP * LEVEL_STEP + 1;
        *low = first;
        *high = first + LEVEL_STEP - 1;
        return true;
    }
    if (number_parse_u64(text, &number) != NUMBER_OK || number < 1 || number > LEVEL_MAX) {
        return false;
    }
    *low = *high = (double)number;
    return true;
}

static bool make_level(struct making *making)
{
    struct search_term *term = making->term;
    double low, high;
    if (!read_level(term->value, &low, &high)) {
        return refuse_value(making, "it is no level: trace, debug, info, warn, error, fatal");
    }
    term->test = SEARCH_TEST_RANGE;
    term->low = 1;
    term->high = LEVEL_MAX;
    switch (making->token->sign) {
    case LEX_IS:
        term->low = low;
        term->high = high;
        break;
    case LEX_ABOVE:
        term->low = high + 1;
        break;
    case LEX_AT_LEAST:
        term->low = low;
        break;
    case LEX_BELOW:
        term->high = low - 1;
        break;
    case LEX_AT_MOST:
        term->high = high;
        break;
    }
    return true;
}

/* Stars at both ends of a word: it may be a part of longer ones.  Stars elsewhere are looked at
 * more closely. */
static bool make_words(struct making *making)
{
    static const struct hash_key no_filter;
    struct search_term *term = making->term;
    if (making->token->sign != LEX_IS) {
        return refuse_value(making, "a text cannot be compared so");
    }
    if (term->value.size > PHRASE_SIZE_MAX) {
        return refuse_value(making, "the text is too long");
    }
    if (!term->string && slice_find_byte(term->value, '*') != SLICE_NONE) {
        unsigned char *small = arena_alloc(making->arena, term->value.size);
        for (size_t i = 0; small != NULL && i < term->value.size; i++) {
            unsigned char byte = term->value.base[i];
            small[i] = byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
        }
        term->test = SEARCH_TEST_PARTS;
        term->value = small != NULL ? slice_of(small, term->value.size) : SLICE_EMPTY;
        return small != NULL || refuse_value(making, "there is no memory for it");
    }
    struct phrase *phrase = arena_alloc(making->arena, sizeof(*phrase));
    term->test = SEARCH_TEST_WORDS;
    term->phrase = phrase;
    return (phrase != NULL && phrase_init(phrase, term->value, true, &no_filter)) ||
           refuse_value(making, "there is no memory for it");
}

static bool make_kind(struct making *making, enum kind kind)
{
    switch (kind) {
    case KIND_TEXT:
        return make_text(making);
    case KIND_ID:
        return make_id(making);
    case KIND_LEVEL:
        return make_level(making);
    case KIND_STATUS:
        return make_status(making);
    case KIND_ERROR:
        return make_error(making);
    case KIND_FLAG:
        return make_flag(making);
    case KIND_DURATION:
        return read_range(making, read_duration) ||
               refuse_value(making, "it is no duration: 500ms, 1.5s, 100ms..1s");
    case KIND_MONEY:
        return read_range(making, read_money) ||
               refuse_value(making, "it is no amount: 0.0001, 0.01..0.1");
    case KIND_MEMORY:
        return read_range(making, read_memory) ||
               refuse_value(making, "it is no size: 512, 512MB, 1GB");
    case KIND_WORDS:
        return make_words(making);
    case KIND_ATTR:
        return make_attr(making);
    }
    return false;
}

/* ---- Terms. ---- */

/* The value without the backslashes of its quotes, in the arena; false: the arena is full. */
static bool take_value(struct making *making)
{
    const struct lex_token *token = making->token;
    unsigned char *text = arena_alloc(making->arena, token->value.size + 1);
    if (text == NULL) {
        return false;
    }
    size_t size = 0;
    for (size_t i = 0; i < token->value.size; i++) {
        i += token->escaped && token->value.base[i] == '\\' && i + 1 < token->value.size ? 1 : 0;
        text[size++] = token->value.base[i];
    }
    making->term->value = slice_of(text, size);
    making->term->string = token->quoted;
    return true;
}

/* A word without a name: a text, unless it has a meaning of its own. */
static bool make_bare(struct making *making)
{
    struct search_term *term = making->term;
    term->field = SEARCH_FIELD_TEXT;
    for (size_t i = 0; !term->string && i < sizeof(old_words) / sizeof(old_words[0]); i++) {
        if (slice_equal(term->value, old_words[i].word)) {
            term->field = old_words[i].field;
            term->test = SEARCH_TEST_FLAG;
            term->flag = true;
            return true;
        }
    }
    if (!term->string && search_id_parse(term->value, &term->id)) {
        term->field = SEARCH_FIELD_ID;
        term->test = SEARCH_TEST_ID;
        return true;
    }
    return make_words(making);
}

static void find_field(struct search_term *term, struct slice name)
{
    term->field = SEARCH_FIELD_ATTR;
    term->key = name;
    for (unsigned i = 0; i < SEARCH_FIELD_ATTR; i++) {
        if (slice_equal(fields[i].name, name)) {
            term->field = (enum search_field)i;
        }
    }
}

bool term_make(const struct lex_token *token, struct arena *arena, struct search_term *term,
               struct search_error *error)
{
    struct making making = {token, arena, term, error};
    if (!take_value(&making)) {
        return refuse_value(&making, "there is no memory for it");
    }
    if (term->value.size == 0) {
        return token->named
                   ? refuse_name(&making, "no value follows its colon; text with a colon is put "
                                          "in quotes")
                   : refuse_value(&making, "there is nothing in the quotes");
    }
    if (!token->named) {
        return make_bare(&making);
    }
    find_field(term, arena_dup(arena, token->name));
    if (term->field == SEARCH_FIELD_ATTR && slice_find_byte(token->name, '*') != SLICE_NONE) {
        return refuse_name(&making, "a name has no stars");
    }
    if (!term->string && token->sign == LEX_IS && slice_equal(term->value, SLICE("*"))) {
        term->test = SEARCH_TEST_HAS;
        return true;
    }
    return make_kind(&making, fields[term->field].kind);
}

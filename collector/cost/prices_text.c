/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/prices_text.h"

#include "cost/cost_limits.h"

#include "base/ensure.h"
#include "base/number.h"
#include "base/timestamp.h"

#include <stdio.h>

/* The most words that a line of a fixed form has: `price` and its ten columns. */
#define WORD_COUNT_MAX 11

struct words {
    struct slice items[WORD_COUNT_MAX];
    size_t count;
    struct slice rest; /* What follows after WORD_COUNT_MAX words. */
};

/* Take the first word off the line; the empty slice if there is none. */
static struct slice word_cut(struct slice *line)
{
    *line = slice_trim(*line);
    size_t size = 0;
    while (size < line->size && line->base[size] != ' ' && line->base[size] != '\t') {
        size++;
    }
    struct slice word = slice_take(*line, size);
    *line = slice_trim(slice_skip(*line, size));
    return word;
}

static struct words words_of(struct slice line)
{
    struct words words = {.rest = line};
    while (words.count < WORD_COUNT_MAX && words.rest.size > 0) {
        words.items[words.count] = word_cut(&words.rest);
        words.count++;
    }
    return words;
}

static enum prices_line bad(struct prices_text *reader, const char *reason)
{
    reader->reason = reason;
    return PRICES_LINE_BAD;
}

/* A day, YYYY-MM-DD, as the nanosecond that it begins with in UTC. */
static bool day_parse(struct slice text, uint64_t *day_ns)
{
    char full[32];
    if (text.size != 10) {
        return false;
    }
    int size = snprintf(full, sizeof(full), SLICE_FMT "T00:00:00Z", SLICE_ARG(text));
    ENSURE(size > 0 && (size_t)size < sizeof(full));
    return timestamp_parse(slice_of(full, (size_t)size), day_ns);
}

static bool is_dash(struct slice word)
{
    return slice_equal(word, SLICE("-"));
}

/* The two days between which a row holds, and the id of its source. */
static bool validity_parse(struct prices_text *reader, const struct slice words[3],
                           struct prices_row *row)
{
    row->valid_from_ns = 0;
    row->valid_to_ns = PRICES_NO_END;
    if (!is_dash(words[0]) && !day_parse(words[0], &row->valid_from_ns)) {
        reader->reason = "valid_from is neither a day (YYYY-MM-DD) nor -";
        return false;
    }
    if (!is_dash(words[1]) && !day_parse(words[1], &row->valid_to_ns)) {
        reader->reason = "valid_to is neither a day (YYYY-MM-DD) nor -";
        return false;
    }
    if (row->valid_from_ns >= row->valid_to_ns) {
        reader->reason = "valid_to is not after valid_from";
        return false;
    }
    for (size_t i = 0; i < reader->source_count; i++) {
        if (slice_equal(reader->sources[i].id, words[2])) {
            return true;
        }
    }
    reader->reason = "the source was not named before";
    return false;
}

/* A month's quantity.  The bound keeps quantities in megabyte-milliseconds within 64 bits. */
static bool quantity_parse(struct slice word, uint64_t *quantity)
{
    return number_parse_u64(word, quantity) == NUMBER_OK && *quantity <= UINT64_C(1000000000000);
}

static const struct {
    struct slice name;
    enum price_component component;
} components[] = {
    {SLICE_INIT("duration"), PRICE_DURATION},
    {SLICE_INIT("request"), PRICE_REQUEST},
    {SLICE_INIT("cpu"), PRICE_CPU},
    {SLICE_INIT("idle_cpu"), PRICE_IDLE_CPU},
    {SLICE_INIT("provisioned"), PRICE_PROVISIONED},
    {SLICE_INIT("storage"), PRICE_STORAGE},
    {SLICE_INIT("snapshot"), PRICE_SNAPSHOT},
    {SLICE_INIT("restore"), PRICE_RESTORE},
    {SLICE_INIT("stream"), PRICE_STREAM},
};

static bool component_parse(struct slice word, enum price_component *component)
{
    for (size_t i = 0; i < sizeof(components) / sizeof(components[0]); i++) {
        if (slice_equal(word, components[i].name)) {
            *component = components[i].component;
            return true;
        }
    }
    return false;
}

/* What of a component is free; false where none of it ever is. */
static bool component_free(enum price_component *component)
{
    switch (*component) {
    case PRICE_DURATION:
        *component = PRICE_FREE_DURATION;
        return true;
    case PRICE_CPU:
        *component = PRICE_FREE_CPU;
        return true;
    case PRICE_REQUEST:
        *component = PRICE_FREE_REQUEST;
        return true;
    case PRICE_STREAM:
        *component = PRICE_FREE_STREAM;
        return true;
    case PRICE_IDLE_CPU:
    case PRICE_PROVISIONED:
    case PRICE_STORAGE:
    case PRICE_SNAPSHOT:
    case PRICE_RESTORE:
    case PRICE_FREE_DURATION:
    case PRICE_FREE_CPU:
    case PRICE_FREE_REQUEST:
    case PRICE_FREE_STREAM:
        break;
    }
    return false;
}

static const char provider_unknown[] = "the provider is none of aws, aws_edge, aws_provisioned, "
                                       "gcp_functions, gcp_run, azure and azure_flex";

static enum prices_line read_price(struct prices_text *reader, const struct words *words,
                                   struct prices_row *row)
{
    const struct slice *word = words->items;
    enum price_arch arch = PRICE_X86_64;
    if (words->count != 11 || words->rest.size > 0) {
        return bad(reader, "a price line has ten columns");
    }
    if (!billing_parse(word[1], &row->billing)) {
        return bad(reader, provider_unknown);
    }
    row->region = slice_equal(word[2], SLICE("*")) ? SLICE_EMPTY : word[2];
    row->arch = PRICES_ARCH_ANY;
    if (!slice_equal(word[3], SLICE("*"))) {
        if (!prices_arch(word[3], &arch)) {
            return bad(reader, "the architecture is none of x86_64, arm64 and *");
        }
        row->arch = (int)arch;
    }
    if (!component_parse(word[4], &row->component)) {
        return bad(reader,
                   "the component is none of duration, cpu, idle_cpu, request, provisioned, "
                   "storage, snapshot, restore and stream");
    }
    row->tier.to = UINT64_MAX;
    if (!quantity_parse(word[5], &row->tier.from) ||
        (!is_dash(word[6]) && !quantity_parse(word[6], &row->tier.to)) ||
        row->tier.from >= row->tier.to) {
        return bad(reader, "from and to are not two rising quantities of at most 10^12");
    }
    if (!money_price_parse(word[7], &row->tier.price)) {
        return bad(reader, "the price is no decimal with at most 14 decimals");
    }
    return validity_parse(reader, word + 8, row) ? PRICES_LINE_ROW : PRICES_LINE_BAD;
}

static enum prices_line read_free(struct prices_text *reader, const struct words *words,
                                  struct prices_row *row)
{
    const struct slice *word = words->items;
    if (words->count != 7) {
        return bad(reader, "a free line has six columns");
    }
    if (!billing_parse(word[1], &row->billing)) {
        return bad(reader, provider_unknown);
    }
    if (!component_parse(word[2], &row->component) || !component_free(&row->component)) {
        return bad(reader, "the component is none of duration, cpu and request");
    }
    row->region = SLICE_EMPTY;
    row->arch = PRICES_ARCH_ANY;
    row->tier = (struct price_tier){.from = 0};
    if (!quantity_parse(word[3], &row->tier.to) || row->tier.to == 0) {
        return bad(reader, "the quantity is no number from 1 to 10^12");
    }
    return validity_parse(reader, word + 4, row) ? PRICES_LINE_ROW : PRICES_LINE_BAD;
}

static enum prices_line read_source(struct prices_text *reader, struct slice line)
{
    struct slice id = word_cut(&line);
    struct slice date = word_cut(&line);
    uint64_t day_ns = 0;
    if (id.size == 0 || !day_parse(date, &day_ns) || line.size == 0) {
        return bad(reader, "a source line has an id, a day (YYYY-MM-DD) and a title");
    }
    if (reader->source_count == PRICES_SOURCE_COUNT_MAX) {
        return bad(reader, "too many sources");
    }
    reader->sources[reader->source_count] = (struct prices_source){.id = id, .title = line};
    reader->source_count++;
    return PRICES_LINE_NONE;
}

static enum prices_line read_first(struct prices_text *reader, struct slice line)
{
    if (!slice_equal(line, SLICE("thaw-prices 1"))) {
        return bad(reader, "the first line is not \"thaw-prices 1\"");
    }
    reader->begun = true;
    return PRICES_LINE_NONE;
}

static enum prices_line read_line(struct prices_text *reader, struct slice line,
                                  struct prices_row *row)
{
    struct words words = words_of(line);
    struct slice rest = line;
    struct slice keyword = word_cut(&rest);
    uint64_t day_ns = 0;
    if (slice_equal(keyword, SLICE("price"))) {
        return read_price(reader, &words, row);
    }
    if (slice_equal(keyword, SLICE("free"))) {
        return read_free(reader, &words, row);
    }
    if (slice_equal(keyword, SLICE("source"))) {
        return read_source(reader, rest);
    }
    if (slice_equal(keyword, SLICE("version")) && words.count == 2) {
        reader->version = rest;
        return PRICES_LINE_NONE;
    }
    if (slice_equal(keyword, SLICE("date")) && day_parse(rest, &day_ns)) {
        reader->date = rest;
        return PRICES_LINE_NONE;
    }
    return bad(reader, "the line is none of version, date, source, price and free");
}

void prices_text_init(struct prices_text *reader, struct slice text, struct prices_source *sources)
{
    *reader = (struct prices_text){.rest = text, .sources = sources};
}

enum prices_line prices_text_next(struct prices_text *reader, struct prices_row *row)
{
    if (reader->rest.size == 0) {
        return PRICES_LINE_END;
    }
    struct slice line;
    slice_cut(reader->rest, '\n', &line, &reader->rest);
    reader->line++;
    line = slice_trim(line);
    if (line.size == 0 || line.base[0] == '#') {
        return PRICES_LINE_NONE;
    }
    if (!reader->begun) {
        return read_first(reader, line);
    }
    row->line = reader->line;
    return read_line(reader, line, row);
}

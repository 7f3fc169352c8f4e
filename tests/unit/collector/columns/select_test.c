/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/select.h"

#include "columns/phrase.h"
#include "random.h"
#include "sealed.h"

#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

#define BATCHES    3
#define QUERIES    40
#define ROWS_MAX   4096
#define ARENA_SIZE ((size_t)64 << 20)

/* ---- A query put to blocks, and to each of their records, answers the same. ---- */

struct asked {
    struct scan_condition conditions[3];
    struct scan_query query;
    struct select *select;
    bool wanted[ROWS_MAX]; /* What its records say of the rows of the present block. */
    uint32_t count;
};

struct asking {
    struct prng prng;
    struct arena arena;
    struct batch batches[2 * BATCHES];
    struct asked asked[QUERIES];
    uint32_t row; /* That is shown. */
    unsigned chosen;
};

static unsigned below(struct asking *asking, size_t bound)
{
    return (unsigned)prng_below(&asking->prng, bound);
}

/* Something that may be a number, written as one. */
static struct slice written(struct asking *asking, const struct value *value)
{
    switch (value->kind) {
    case VALUE_STRING:
        return value->text.size > 0 ? value->text : SLICE("none");
    case VALUE_BOOL:
        return value->boolean ? SLICE("true") : SLICE("false");
    case VALUE_INT:
        return arena_printf(&asking->arena, "%lld", (long long)value->integer);
    case VALUE_DOUBLE:
        return arena_printf(&asking->arena, "%.17g", value->number);
    case VALUE_EMPTY:
    case VALUE_BYTES:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    }
    return SLICE("no such value");
}

static void choose_attr(struct asking *asking, struct attrs attrs, struct scan_condition *condition)
{
    condition->test = SCAN_ATTR;
    condition->where = (enum scan_where)below(asking, 3);
    condition->string = below(asking, 4) == 0;
    condition->key = SLICE("user.id");
    condition->text = SLICE("nobody");
    if (attrs.count > 0) {
        const struct attr *attr = &attrs.items[below(asking, attrs.count)];
        condition->key = attr->key.size > 0 ? attr->key : SLICE("k");
        condition->text = written(asking, &attr->value);
    }
}

/* A piece of a text, or all of it, in another case. */
static void choose_piece(struct asking *asking, struct slice text, struct scan_condition *condition)
{
    size_t from = text.size > 0 ? below(asking, text.size) : 0;
    size_t size = text.size > from ? 1 + below(asking, text.size - from) : 0;
    size_t most = below(asking, 2) == 0 ? 12 : PHRASE_SIZE_MAX;
    struct slice piece = slice_take(slice_skip(text, from), size < most ? size : most);
    unsigned char *copy = arena_alloc(&asking->arena, piece.size + 1);
    assert_non_null(copy);
    for (size_t i = 0; i < piece.size; i++) {
        unsigned char byte = piece.base[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        copy[i] = letter && below(asking, 2) == 0 ? (unsigned char)(byte ^ 0x20) : byte;
    }
    condition->test = below(asking, 2) == 0 ? SCAN_WORDS : SCAN_TEXT;
    condition->text = piece.size > 0 ? slice_of(copy, piece.size) : SLICE("x");
}

/* What all records may be asked; false: something else is to be chosen. */
static bool choose_plain(struct asking *asking, const struct resource *resource, struct slice name,
                         uint64_t took_ns, struct scan_condition *condition)
{
    switch (below(asking, 8)) {
    case 0:
        condition->test = SCAN_SERVICE;
        condition->text = resource->service.size > 0 ? resource->service : SLICE("shop");
        return true;
    case 1:
        condition->test = SCAN_NAME;
        condition->text = name.size > 0 ? slice_take(name, PHRASE_SIZE_MAX) : SLICE("GET");
        return true;
    case 2:
        condition->test = below(asking, 2) == 0 ? SCAN_DURATION_MIN : SCAN_DURATION_MAX;
        condition->duration_ns = took_ns;
        return true;
    case 3:
        condition->test = SCAN_ERROR;
        return true;
    case 4:
        choose_attr(asking, resource->attrs, condition);
        return true;
    case 5:
        condition->test = SCAN_FUNCTION;
        condition->text = resource->function.size > 0  ? resource->function
                          : resource->service.size > 0 ? resource->service
                                                       : SLICE("shop");
        return true;
    default:
        return false;
    }
}

/* A condition that a record of some batch meets, most often. */
static void choose_condition(struct asking *asking, struct scan_condition *condition)
{
    const struct batch *batch = &asking->batches[below(asking, (size_t)2 * BATCHES)];
    *condition = (struct scan_condition){.test = SCAN_ERROR};
    if (batch->span_count > 0) {
        const struct span *span = &batch->spans[below(asking, batch->span_count)];
        uint64_t took_ns = span->end_ns - span->start_ns;
        if (choose_plain(asking, span->resource, span->name, took_ns, condition)) {
            return;
        }
        if (below(asking, 2) == 0) {
            choose_attr(asking, span->attrs, condition);
        } else {
            struct slice text = below(asking, 2) == 0 ? span->name : span->status_message;
            choose_piece(asking, span->event_count > 0 ? span->events[0].name : text, condition);
        }
    } else if (batch->log_count > 0) {
        const struct log_line *line = &batch->logs[below(asking, batch->log_count)];
        if (choose_plain(asking, line->resource, line->event_name, 1000, condition)) {
            return;
        }
        if (below(asking, 2) == 0) {
            choose_attr(asking, line->attrs, condition);
        } else {
            bool string = line->body.kind == VALUE_STRING;
            choose_piece(asking, string ? line->body.text : line->event_name, condition);
        }
    }
}

static void choose_query(struct asking *asking, struct asked *asked)
{
    asked->query = (struct scan_query){
        .signals = below(asking, 4) == 0 ? 1 + below(asking, 2) : SCAN_SPANS | SCAN_LINES,
        .to_ns = UINT64_MAX,
        .conditions = asked->conditions,
        .condition_count = below(asking, 8) == 0 ? 0 : 1 + below(asking, 2),
    };
    for (size_t i = 0; i < asked->query.condition_count; i++) {
        choose_condition(asking, &asked->conditions[i]);
    }
    const struct batch *batch = &asking->batches[below(asking, BATCHES)];
    if (below(asking, 4) == 0 && batch->span_count > 0) {
        asked->query.from_ns = batch->spans[0].start_ns;
        asked->query.to_ns = batch->spans[batch->span_count / 2].start_ns;
    }
    assert_int_equal(select_create(&asked->select, &asked->query, &sealed_key), STATUS_OK);
}

static bool ask_records(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct asking *asking = context;
    (void)arrival_ns;
    for (unsigned i = 0; i < QUERIES; i++) {
        struct asked *asked = &asking->asked[i];
        bool wanted = batch->span_count > 0 ? select_span(asked->select, batch->spans)
                                            : select_line(asked->select, batch->logs);
        asked->wanted[asking->row] = wanted;
        asked->count += wanted;
    }
    return true;
}

static void ask_block(struct asking *asking, struct sealed *sealed, size_t number)
{
    const struct block_info *info = &sealed->blocks[number].info;
    for (unsigned i = 0; i < QUERIES; i++) {
        asking->asked[i].count = 0;
    }
    for (asking->row = 0; asking->row < info->rows; asking->row++) {
        struct block *block = sealed_open(sealed, number);
        assert_int_equal(block_rows_at(block, &asking->row, 1, ask_records, asking), STATUS_OK);
    }
    for (unsigned i = 0; i < QUERIES; i++) {
        struct asked *asked = &asking->asked[i];
        const uint32_t *rows;
        uint32_t count;
        struct block *block = sealed_open(sealed, number);
        assert_int_equal(select_rows(asked->select, block, &rows, &count), STATUS_OK);
        assert_int_equal(count, asked->count);
        for (uint32_t k = 0; k < count; k++) {
            assert_true(asked->wanted[rows[k]]);
        }
        struct block_info bare = *info;
        bare.filter = SLICE_EMPTY;
        assert_true(count == 0 || select_may_have(asked->select, info));
        assert_true(count == 0 || select_may_have(asked->select, &bare));
        assert_true(!select_may_have(asked->select, info) || select_may_have(asked->select, &bare));
        asking->chosen += count > 0;
    }
}

static unsigned ask(uint64_t seed)
{
    struct asking *asking = calloc(1, sizeof(*asking));
    void *memory = malloc(ARENA_SIZE);
    assert_true(asking != NULL && memory != NULL);
    arena_init(&asking->arena, memory, ARENA_SIZE);
    prng_init(&asking->prng, seed);
    struct sealed *sealed = sealed_create();
    for (unsigned i = 0; i < 2 * BATCHES; i++) {
        enum signal signal = i < BATCHES ? SIGNAL_TRACES : SIGNAL_LOGS;
        asking->batches[i] = random_batch(&asking->prng, &asking->arena, signal, 25);
        sealed_add(sealed, &asking->batches[i], 1000 + i);
    }
    sealed_write(sealed);
    for (unsigned i = 0; i < QUERIES; i++) {
        choose_query(asking, &asking->asked[i]);
    }
    for (size_t i = 0; i < sealed->block_count; i++) {
        ask_block(asking, sealed, i);
    }
    for (unsigned i = 0; i < QUERIES; i++) {
        select_free(asking->asked[i].select);
    }
    unsigned chosen = asking->chosen;
    sealed_free(sealed);
    free(memory);
    free(asking);
    return chosen;
}

static void blocks_and_records(void **state)
{
    unsigned chosen = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 25; seed++) {
        chosen += ask(seed);
    }
    assert_true(chosen > 200); /* The queries are not about nothing. */
}

/* ---- Queries that are none. ---- */

static void wrong_queries(void **state)
{
    static unsigned char text[PHRASE_SIZE_MAX + 1] = {'a'};
    struct scan_condition conditions[SCAN_CONDITIONS_MAX + 1];
    struct scan_query query = {.conditions = conditions, .condition_count = 1};
    struct select *select = NULL;
    (void)state;
    for (unsigned test = SCAN_ATTR; test <= SCAN_TEXT; test++) {
        conditions[0] = (struct scan_condition){.test = (enum scan_test)test, .key = SLICE("k")};
        assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_BAD);
    }
    conditions[0] = (struct scan_condition){.test = SCAN_ATTR, .text = SLICE("v")};
    assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_BAD);
    conditions[0] =
        (struct scan_condition){.test = SCAN_TEXT, .text = slice_of(text, sizeof(text))};
    assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_BAD);
    conditions[0].text = slice_of(text, PHRASE_SIZE_MAX);
    assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_OK);
    select_free(select);
    for (unsigned i = 0; i <= SCAN_CONDITIONS_MAX; i++) {
        conditions[i] = (struct scan_condition){.test = SCAN_ERROR};
    }
    query.condition_count = SCAN_CONDITIONS_MAX + 1;
    assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_BAD);
    query.condition_count = SCAN_CONDITIONS_MAX;
    assert_int_equal(select_create(&select, &query, &sealed_key), STATUS_OK);
    select_free(select);
    select_free(NULL);
}

/* ---- Phrases. ---- */

static bool in(const char *phrase, bool whole, const char *text)
{
    struct phrase made;
    assert_true(phrase_init(&made, slice_from(phrase), whole, &sealed_key));
    return phrase_in(&made, slice_from(text));
}

static void phrases(void **state)
{
    (void)state;
    assert_true(in("timed out", true, "connection timed out"));
    assert_true(in("Timed OUT", true, "connection tIMED oUT!"));
    assert_true(in("timed out", true, "timed outs, and then timed out"));
    assert_false(in("timed out", true, "connection timed outs"));
    assert_false(in("timed out", true, "untimed out"));
    assert_true(in("timed out", false, "untimed outs"));
    assert_false(in("timed out", false, "timed  out"));
    assert_true(in("(x", true, "f(x)"));
    assert_true(in("\xc3\xa9t\xc3\xa9", true, "un \xc3\xa9t\xc3\xa9."));
    assert_false(in("t\xc3\xa9", true, "un \xc3\xa9t\xc3\xa9."));
    assert_true(in("aab", false, "aaab"));
    assert_false(in("ab", false, "a"));
    assert_false(in("ab", false, ""));
}

/* Only words that must stand in a text that has the phrase are asked for. */
static void words_of_phrases(void **state)
{
    struct phrase phrase;
    (void)state;
    assert_true(phrase_init(&phrase, SLICE("connection timed out"), true, &sealed_key));
    assert_int_equal(phrase.word_count, 3);
    assert_true(phrase_init(&phrase, SLICE("connection timed out"), false, &sealed_key));
    assert_int_equal(phrase.word_count, 1);
    assert_true(phrase.words[0] == filter_word(&sealed_key, SLICE("timed")));
    assert_true(phrase_init(&phrase, SLICE(" connection. "), false, &sealed_key));
    assert_int_equal(phrase.word_count, 1);
    assert_true(phrase_init(&phrase, SLICE("connection"), false, &sealed_key));
    assert_int_equal(phrase.word_count, 0);
    assert_true(phrase_may_be(&phrase, SLICE_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_records),
        cmocka_unit_test(wrong_queries),
        cmocka_unit_test(phrases),
        cmocka_unit_test(words_of_phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

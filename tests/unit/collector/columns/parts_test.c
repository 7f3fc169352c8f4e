/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/bytes.h"
#include "columns/columns_limits.h"
#include "columns/filter.h"
#include "columns/idset.h"
#include "columns/strings.h"
#include "columns/texts.h"
#include "columns/nested.h"
#include "columns/varint.h"

#include "base/prng.h"

#include "lib/batch_same.h"
#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)16 << 20)

static const struct hash_key key = {{3, 4}};

static void arena_begin(struct arena *arena)
{
    void *memory = malloc(ARENA_SIZE);
    assert_non_null(memory);
    arena_init(arena, memory, ARENA_SIZE);
}

/* ---- Varints. ---- */

/* Every length, and none that ends inside or goes on too long. */
static void varints(void **state)
{
    static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    unsigned char memory[16];
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        uint64_t again = 0;
        size_t size = varint_write(memory, values[i]);
        struct slice source = slice_of(memory, size);
        assert_true(varint_take(&source, &again));
        assert_true(again == values[i] && source.size == 0);
        source = slice_of(memory, size - 1);
        assert_false(varint_take(&source, &again));
        const unsigned char *at = memory;
        assert_true(varint_next(&at) == values[i] && at == memory + size);
        assert_true(varint_unfold(varint_fold((int64_t)values[i])) == (int64_t)values[i]);
    }
    memset(memory, 0xff, sizeof(memory));
    struct slice source = slice_of(memory, sizeof(memory));
    uint64_t again = 0;
    assert_false(varint_take(&source, &again));
}

/* ---- Bytes. ---- */

/* What repeats is compressed, what is short or random is not, and both come back. */
static void byte_strings(void **state)
{
    struct bytes_writer *writer = bytes_writer_create();
    struct bytes_reader *reader = bytes_reader_create();
    struct arena arena;
    struct buf out;
    char text[4000];
    struct slice again;
    (void)state;
    arena_begin(&arena);
    buf_init_growing(&out, 1 << 20);
    memset(text, 'x', sizeof(text));
    bytes_write(writer, &out, slice_of(text, sizeof(text)), BYTES_TEXT);
    assert_true(out.size < 100);
    bytes_write(writer, &out, SLICE("short"), BYTES_TEXT);
    bytes_write(writer, &out, SLICE_EMPTY, BYTES_NUMBER);
    bytes_write(writer, &out, slice_of(text, sizeof(text)), BYTES_RAW);
    struct slice source = buf_bytes(&out);
    assert_int_equal(bytes_read(reader, &source, sizeof(text), &arena, &again), STATUS_OK);
    assert_true(slice_equal(again, slice_of(text, sizeof(text))));
    assert_int_equal(bytes_read(reader, &source, 5, &arena, &again), STATUS_OK);
    assert_slice(again, "short");
    assert_int_equal(bytes_read(reader, &source, 0, &arena, &again), STATUS_OK);
    assert_int_equal(again.size, 0);
    /* One byte more than the reader believes in. */
    assert_int_equal(bytes_read(reader, &source, sizeof(text) - 1, &arena, &again), STATUS_BAD);
    buf_fini(&out);
    free(arena.base);
    bytes_writer_free(writer);
    bytes_reader_free(reader);
}

/* ---- Lists of strings. ---- */

static size_t strings_again(const struct slice *strings, size_t count)
{
    struct ints_writer *writer = ints_writer_create();
    struct bytes_reader *reader = bytes_reader_create();
    struct arena arena;
    struct buf out;
    struct buf scratch;
    struct slice *again;
    arena_begin(&arena);
    buf_init_growing(&out, (size_t)64 << 20);
    buf_init_growing(&scratch, (size_t)64 << 20);
    strings_write(writer, &out, strings, count, &scratch);
    struct slice source = buf_bytes(&out);
    size_t size = source.size;
    assert_int_equal(strings_read(reader, &source, count, &arena, &again), STATUS_OK);
    assert_int_equal(source.size, 0);
    for (size_t i = 0; i < count; i++) {
        assert_true(slice_equal(strings[i], again[i]));
    }
    buf_fini(&out);
    buf_fini(&scratch);
    free(arena.base);
    ints_writer_free(writer);
    bytes_reader_free(reader);
    return size;
}

/* UUIDs and hexadecimal numbers are packed, but only where all are and in lower case. */
static void packed_strings(void **state)
{
    struct slice strings[3] = {SLICE("5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e"),
                               SLICE("00000000-0000-0000-0000-000000000000"),
                               SLICE("ffffffff-ffff-ffff-ffff-ffffffffffff")};
    (void)state;
    assert_int_equal(strings_again(strings, 0), 0);
    assert_true(strings_again(strings, 3) <= 3 * 16 + 20);
    strings[1] = SLICE("5F0C8FB7-9A4D-4E0F-8C6E-1F0A2B3C4D5E");
    (void)strings_again(strings, 3);
    struct slice numbers[3] = {SLICE("0123456789abcdef"), SLICE("ffffffff"),
                               SLICE("00000000000000000000000000000001")};
    assert_true(strings_again(numbers, 3) <= 8 + 4 + 16 + 10);
    numbers[2] = SLICE("0123456789abcdeF");
    (void)strings_again(numbers, 3);
    numbers[2] = SLICE("123");
    (void)strings_again(numbers, 3);
    numbers[2] = SLICE_EMPTY;
    (void)strings_again(numbers, 3);
}

/* A text may be as long as a body. */
static void huge_string(void **state)
{
    struct slice strings[2];
    size_t size = (size_t)3 << 20;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)('a' + i * i % 23);
    }
    strings[0] = slice_of(text, size);
    strings[1] = SLICE("x");
    (void)strings_again(strings, 2);
    free(text);
}

/* ---- Interners. ---- */

/* Each text has one number for ever, also when there are many. */
static void interned_texts(void **state)
{
    struct texts *texts = texts_create(&key, 100000, 1 << 20);
    char text[32];
    (void)state;
    assert_non_null(texts);
    for (unsigned run = 0; run < 2; run++) {
        for (unsigned i = 0; i < 20000; i++) {
            int size = snprintf(text, sizeof(text), "text %u", i);
            assert_int_equal(texts_add(texts, slice_of(text, (size_t)size)), i);
        }
    }
    assert_int_equal(texts_count(texts), 20000);
    assert_slice(texts_get(texts, 12345), "text 12345");
    assert_true(texts_memory(texts) > texts_size(texts));
    texts_free(texts);
}

/* The empty text is one, and limits hold: one at the limit, none beyond. */
static void texts_limits(void **state)
{
    struct texts *texts = texts_create(&key, 2, 10);
    (void)state;
    assert_non_null(texts);
    assert_int_equal(texts_add(texts, SLICE_EMPTY), 0);
    assert_int_equal(texts_add(texts, SLICE("01234567890")), TEXTS_NONE);
    assert_int_equal(texts_add(texts, SLICE("0123456789")), 1);
    assert_int_equal(texts_add(texts, SLICE("x")), TEXTS_NONE);
    assert_int_equal(texts_add(texts, SLICE_EMPTY), 0);
    texts_free(texts);
}

static void interned_ids(void **state)
{
    struct idset set;
    struct id16 id = {{0}};
    (void)state;
    assert_true(idset_init(&set, &key, 5000));
    for (unsigned run = 0; run < 2; run++) {
        for (uint32_t i = 0; i < 5000; i++) {
            memcpy(id.bytes, &i, sizeof(i));
            assert_int_equal(idset_add(&set, &id), i);
        }
    }
    id.bytes[15] = 1;
    assert_int_equal(idset_add(&set, &id), IDSET_NONE);
    idset_reset(&set);
    assert_int_equal(idset_add(&set, &id), 0);
    idset_fini(&set);
}

/* ---- Filters. ---- */

static struct slice word_of(const char *text, unsigned number)
{
    struct filter_words words = filter_words_of(slice_from(text));
    struct slice word = SLICE_EMPTY;
    for (unsigned i = 0; i <= number; i++) {
        if (!filter_words_next(&words, &word)) {
            return SLICE_EMPTY;
        }
    }
    return word;
}

/* Words are the same wherever they lie in what is looked at together: as if byte after byte was. */
static void words_anywhere(void **state)
{
    static const char letters[] = "aZ09 -/{\xc3@[`";
    unsigned char *text = malloc(300);
    struct prng prng;
    (void)state;
    assert_non_null(text);
    prng_init(&prng, 5);
    for (unsigned run = 0; run < 3000; run++) {
        size_t size = (size_t)prng_below(&prng, 300);
        uint64_t rare = prng_between(&prng, 5, 200);
        struct slice word;
        /* At the end of the memory, so that nothing behind it is read. */
        unsigned char *begin = text + 300 - size;
        for (size_t i = 0; i < size; i++) {
            begin[i] = prng_chance(&prng, 1, rare)
                           ? (unsigned char)letters[prng_below(&prng, sizeof(letters) - 1)]
                           : 'x';
        }
        struct filter_words words = filter_words_of(slice_of(begin, size));
        for (size_t at = 0; at < size;) {
            size_t end = at;
            while (end < size && filter_of_word(begin[end])) {
                end++;
            }
            if (end - at >= FILTER_WORD_SIZE_MIN && end - at <= FILTER_WORD_SIZE_MAX) {
                assert_true(filter_words_next(&words, &word));
                assert_ptr_equal(word.base, begin + at);
                assert_int_equal(word.size, end - at);
            }
            at = end + 1;
        }
        assert_false(filter_words_next(&words, &word));
    }
    free(text);
}

/* Words are runs of letters and digits of 3 to 64 bytes; case does not count. */
static void words_of_text(void **state)
{
    char text[200];
    (void)state;
    assert_slice(word_of("GET /orders/4711?x=ab, done!", 0), "GET");
    assert_slice(word_of("GET /orders/4711?x=ab, done!", 1), "orders");
    assert_slice(word_of("GET /orders/4711?x=ab, done!", 2), "4711");
    assert_slice(word_of("GET /orders/4711?x=ab, done!", 3), "done");
    assert_int_equal(word_of("GET /orders/4711?x=ab, done!", 4).size, 0);
    assert_slice(word_of("ab gr\xc3\xbc\xc3\x9f"
                         "e",
                         0),
                 "gr\xc3\xbc\xc3\x9f"
                 "e");
    assert_int_equal(word_of("", 0).size, 0);
    memset(text, 'x', sizeof(text));
    text[64] = '\0';
    assert_int_equal(word_of(text, 0).size, 64);
    text[64] = 'x';
    text[65] = '\0';
    assert_int_equal(word_of(text, 0).size, 0);
    assert_true(filter_word(&key, SLICE("Order")) == filter_word(&key, SLICE("oRDER")));
    assert_true(filter_word(&key, SLICE("order")) != filter_word(&key, SLICE("orders")));
    assert_true(filter_pair(&key, SLICE("a"), SLICE("bc")) !=
                filter_pair(&key, SLICE("ab"), SLICE("c")));
    /* Short words as numbers: the same for the same word in any case, and no two share one. */
    struct slice short_words[] = {SLICE("abc"),     SLICE("abd"),      SLICE("abcd"),
                                  SLICE("order"),   SLICE("orders"),   SLICE("0rders"),
                                  SLICE("ordered"), SLICE("ordering"), SLICE("orderinh")};
    for (size_t i = 0; i < sizeof(short_words) / sizeof(short_words[0]); i++) {
        assert_true(filter_short_word(short_words[i]) != 0);
        for (size_t k = 0; k < i; k++) {
            assert_true(filter_short_word(short_words[i]) != filter_short_word(short_words[k]));
        }
    }
    assert_true(filter_short_word(SLICE("Order")) == filter_short_word(SLICE("oRDER")));
    assert_true(filter_short_word(SLICE("ORDERING")) == filter_short_word(SLICE("ordering")));
}

/* What is in is found; of what is not, about one in a hundred. */
static void filter_finds(void **state)
{
    static unsigned char memory[64 * 1024];
    size_t size = filter_size(10000);
    unsigned wrong = 0;
    (void)state;
    assert_true(size <= sizeof(memory) && size >= 10000 * 10 / 8);
    for (uint64_t i = 0; i < 10000; i++) {
        filter_add(memory, size, hash_u64(i));
    }
    for (uint64_t i = 0; i < 10000; i++) {
        assert_true(filter_may_have(slice_of(memory, size), hash_u64(i)));
        wrong += filter_may_have(slice_of(memory, size), hash_u64(i + 1000000));
    }
    assert_in_range(wrong, 1, 300);
    /* An empty filter of no hashes has nothing; what is no filter may have everything. */
    memset(memory, 0, sizeof(memory));
    assert_false(filter_may_have(slice_of(memory, filter_size(0)), 77));
    assert_true(filter_may_have(SLICE_EMPTY, 77));
    assert_true(filter_may_have(slice_of(memory, 63), 77));
}

/* ---- Values. ---- */

static enum status value_again(const struct value *value, struct arena *arena, struct value *again)
{
    struct buf out;
    buf_init_growing(&out, 1 << 20);
    bool good = nested_write(&out, value);
    struct slice source = arena_dup(arena, buf_bytes(&out));
    buf_fini(&out);
    return good ? nested_read(&source, arena, again) : STATUS_FULL;
}

/* Lists in lists, as deep as it goes and one level deeper. */
static void nested_values(void **state)
{
    struct value levels[VALUE_DEPTH_MAX + 2];
    struct arena arena;
    (void)state;
    arena_begin(&arena);
    levels[0] = (struct value){.kind = VALUE_INT, .integer = -5};
    for (size_t i = 1; i < VALUE_DEPTH_MAX + 2; i++) {
        levels[i] = (struct value){.kind = VALUE_ARRAY, .array = {&levels[i - 1], 1}};
    }
    struct value again;
    assert_int_equal(value_again(&levels[VALUE_DEPTH_MAX], &arena, &again), STATUS_OK);
    for (size_t i = 0; i < VALUE_DEPTH_MAX; i++) {
        assert_int_equal(again.kind, VALUE_ARRAY);
        assert_int_equal(again.array.count, 1);
        again = again.array.items[0];
    }
    assert_true(again.kind == VALUE_INT && again.integer == -5);
    assert_int_equal(value_again(&levels[VALUE_DEPTH_MAX + 1], &arena, &again), STATUS_FULL);
    free(arena.base);
}

/* A count that promises more than there is, is refused before anything is made for it. */
static void wrong_values(void **state)
{
    static const struct slice wrong[] = {
        SLICE_INIT(""),
        SLICE_INIT("\x08"),
        SLICE_INIT("\x01\x05"
                   "abc"),
        SLICE_INIT("\x02"),
        SLICE_INIT("\x02\x02"),
        SLICE_INIT("\x04"
                   "1234567"),
        SLICE_INIT("\x06\x7f\x00"),
        SLICE_INIT("\x07\x01\x05"
                   "a"),
        SLICE_INIT("\x03"),
    };
    struct arena arena;
    (void)state;
    arena_begin(&arena);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct slice source = wrong[i];
        struct value value;
        assert_int_equal(nested_read(&source, &arena, &value), STATUS_BAD);
    }
    free(arena.base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints),        cmocka_unit_test(byte_strings),
        cmocka_unit_test(packed_strings), cmocka_unit_test(huge_string),
        cmocka_unit_test(interned_texts), cmocka_unit_test(texts_limits),
        cmocka_unit_test(interned_ids),   cmocka_unit_test(words_of_text),
        cmocka_unit_test(words_anywhere), cmocka_unit_test(filter_finds),
        cmocka_unit_test(nested_values),  cmocka_unit_test(wrong_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

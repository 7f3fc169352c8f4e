/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/phrase.h"

#include "columns/filter.h"

#include <string.h>

static unsigned char lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte | 0x20) : byte;
}

/* Words that end where the phrase does may go on in a text that has it, unless it is whole. */
static void add_words(struct phrase *phrase, const struct hash_key *filter_key)
{
    struct filter_words words = filter_words_of(slice_of(phrase->text, phrase->size));
    struct slice word;
    while (phrase->word_count < PHRASE_WORDS_MAX && filter_words_next(&words, &word)) {
        bool first = word.base == phrase->text;
        bool last = word.base + word.size == phrase->text + phrase->size;
        if (phrase->whole || (!first && !last)) {
            phrase->words[phrase->word_count++] = filter_word(filter_key, word);
        }
    }
}

bool phrase_init(struct phrase *phrase, struct slice text, bool whole,
                 const struct hash_key *filter_key)
{
    *phrase = (struct phrase){.size = text.size, .whole = whole};
    if (text.size == 0 || text.size > PHRASE_SIZE_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        phrase->text[i] = lower(text.base[i]);
    }
    add_words(phrase, filter_key);
    return true;
}

/* Whether the phrase stands at a place of the text. */
static bool stands_at(const struct phrase *phrase, struct slice text, size_t at)
{
    size_t end = at + phrase->size;
    for (size_t i = 0; i < phrase->size; i++) {
        if (lower(text.base[at + i]) != phrase->text[i]) {
            return false;
        }
    }
    if (!phrase->whole) {
        return true;
    }
    bool cut_before = at > 0 && filter_of_word(text.base[at]) && filter_of_word(text.base[at - 1]);
    bool cut_behind =
        end < text.size && filter_of_word(text.base[end]) && filter_of_word(text.base[end - 1]);
    return !cut_before && !cut_behind;
}

/* The next place at or behind from where a byte stands, in either case; the text's size if none. */
static size_t next_place(struct slice text, size_t from, unsigned char byte)
{
    const unsigned char *low = memchr(text.base + from, byte, text.size - from);
    size_t at = low != NULL ? (size_t)(low - text.base) : text.size;
    if (byte >= 'a' && byte <= 'z') {
        const unsigned char *high = memchr(text.base + from, byte & ~0x20, at - from);
        at = high != NULL ? (size_t)(high - text.base) : at;
    }
    return at;
}

bool phrase_in(const struct phrase *phrase, struct slice text)
{
    if (text.size < phrase->size) {
        return false;
    }
    size_t last = text.size - phrase->size;
    for (size_t at = next_place(text, 0, phrase->text[0]); at <= last;
         at = next_place(text, at + 1, phrase->text[0])) {
        if (stands_at(phrase, text, at)) {
            return true;
        }
    }
    return false;
}

bool phrase_may_be(const struct phrase *phrase, struct slice filter)
{
    for (size_t i = 0; i < phrase->word_count; i++) {
        if (!filter_may_have(filter, phrase->words[i])) {
            return false;
        }
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "query/words.h"
#include "query/query.h"
#include "query/query_limits.h"

static bool is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Cut the first word off; one may hold a part in double quotes, spaces and all.  False at the end.
 */
static bool next_word(struct slice *rest, struct slice *word)
{
    size_t start = 0;
    while (start < rest->size && is_space(rest->base[start])) {
        start++;
    }
    size_t end = start;
    bool quoted = false;
    while (end < rest->size && (quoted || !is_space(rest->base[end]))) {
        quoted = quoted != (rest->base[end] == '"');
        end++;
    }
    *word = slice_take(slice_skip(*rest, start), end - start);
    *rest = slice_skip(*rest, end);
    return word->size > 0;
}

static struct slice unquote(struct slice text)
{
    if (text.size >= 2 && text.base[0] == '"' && text.base[text.size - 1] == '"') {
        return slice_take(slice_skip(text, 1), text.size - 2);
    }
    return text;
}

static const char *take_word(struct slice word, struct words *words)
{
    struct slice name, value;
    bool pair = slice_cut(word, ':', &name, &value);
    value = unquote(value);
    if (pair && slice_equal(name, SLICE("function"))) {
        if (value.size == 0 || (words->function.size > 0 && !slice_equal(words->function, value))) {
            return value.size == 0 ? "a function has a name" : "a request has one function here";
        }
        words->function = value;
        return NULL;
    }
    if (pair && slice_equal(name, SLICE("id"))) {
        if (words->has_id) {
            return "there is an id already";
        }
        words->has_id = query_id_parse(value, &words->id);
        return words->has_id ? NULL : "it is no trace id and no request id";
    }
    if (slice_equal(word, SLICE("errors"))) {
        words->errors = true;
    } else if (slice_equal(word, SLICE("timeouts"))) {
        words->timeouts = true;
    } else if (slice_equal(word, SLICE("cold"))) {
        words->cold = true;
    } else {
        return "it is no word of a search";
    }
    return NULL;
}

bool words_parse(struct slice text, struct words *words, struct words_error *error)
{
    *words = (struct words){.function = SLICE_EMPTY};
    *error = (struct words_error){.word = SLICE_EMPTY};
    if (text.size > SEARCH_TEXT_SIZE_MAX) {
        error->reason = "it is too long";
        return false;
    }
    struct slice word;
    for (unsigned count = 0; next_word(&text, &word); count++) {
        error->word = word;
        error->reason =
            count < SEARCH_WORD_COUNT_MAX ? take_word(word, words) : "there are too many words";
        if (error->reason != NULL) {
            return false;
        }
    }
    return true;
}

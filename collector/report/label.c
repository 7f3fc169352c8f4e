/* SPDX-License-Identifier: Apache-2.0 */
#include "report/label.h"

#include "base/buf.h"
#include "base/hex.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* Digits of either base from which on a word with a digit in it is an id. */
#define ID_DIGITS_MIN 8

void label_set(struct label *label, struct slice text)
{
    struct slice kept =
        text.size <= REPORT_LABEL_SIZE_MAX ? text : utf8_truncate(text, REPORT_LABEL_SIZE_MAX);
    label->size = (uint8_t)kept.size;
    if (kept.size > 0) {
        memcpy(label->text, kept.base, kept.size);
    }
}

struct slice label_text(const struct label *label)
{
    return slice_of(label->text, label->size);
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_word(unsigned char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           byte == '_';
}

/* Hexadecimal digits and dashes at the front. */
struct run {
    size_t size;
    size_t digits;   /* Of both kinds. */
    size_t decimals; /* 0 to 9 */
};

static struct run run_at(struct slice text)
{
    struct run run = {0};
    while (run.size < text.size) {
        unsigned char byte = text.base[run.size];
        bool hex = hex_digit(byte) >= 0;
        if (!hex && (byte != '-' || run.digits == 0)) {
            break;
        }
        run.digits += hex;
        run.decimals += is_digit(byte);
        run.size++;
    }
    while (run.size > 0 && text.base[run.size - 1] == '-') {
        run.size--;
    }
    return run;
}

static size_t number_size(struct slice text)
{
    size_t size = 0;
    while (size < text.size &&
           (is_digit(text.base[size]) || (text.base[size] == '.' && size + 1 < text.size &&
                                          is_digit(text.base[size + 1]) && size > 0))) {
        size++;
    }
    return size;
}

/* Append the next piece of text in its general form; the answer is its size in text. */
static size_t append_general(struct slice text, bool inside_word, struct buf *out)
{
    unsigned char byte = text.base[0];
    if (byte == ' ' || byte == '\t') {
        size_t size = 1;
        while (size < text.size && (text.base[size] == ' ' || text.base[size] == '\t')) {
            size++;
        }
        buf_append_byte(out, ' ');
        return size;
    }
    struct run run = inside_word ? (struct run){0} : run_at(text);
    bool ends = run.size == text.size || (run.size > 0 && !is_word(text.base[run.size]));
    if (run.digits >= ID_DIGITS_MIN && run.decimals > 0 && run.decimals < run.size && ends) {
        buf_append_text(out, "<id>");
        return run.size;
    }
    if (is_digit(byte)) {
        buf_append_text(out, "<n>");
        return number_size(text);
    }
    buf_append_byte(out, byte);
    return 1;
}

void label_set_general(struct label *label, struct slice text)
{
    /* Room for the longest label, and for the piece that is cut. */
    unsigned char memory[REPORT_LABEL_SIZE_MAX + 8];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    text = slice_trim(text);
    struct slice line;
    struct slice rest;
    (void)slice_cut(text, '\n', &line, &rest);
    bool inside_word = false;
    while (line.size > 0 && out.size <= REPORT_LABEL_SIZE_MAX) {
        inside_word = is_word(line.base[0]) && inside_word;
        size_t size = append_general(line, inside_word, &out);
        inside_word = is_word(line.base[size - 1]);
        line = slice_skip(line, size);
    }
    label_set(label, slice_trim(buf_bytes(&out)));
}

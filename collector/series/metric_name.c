/* SPDX-License-Identifier: Apache-2.0 */
#include "series/metric_name.h"

#include <stdbool.h>
#include <stddef.h>

/* Words of one name: what has more is cut. */
enum { NAME_WORDS_MAX = 64 };

struct name_words {
    struct slice items[NAME_WORDS_MAX];
    size_t count;
};

struct name_unit {
    struct slice unit, word;
};

static const struct name_unit name_units[] = {
    {SLICE_INIT("d"), SLICE_INIT("days")},
    {SLICE_INIT("h"), SLICE_INIT("hours")},
    {SLICE_INIT("min"), SLICE_INIT("minutes")},
    {SLICE_INIT("s"), SLICE_INIT("seconds")},
    {SLICE_INIT("ms"), SLICE_INIT("milliseconds")},
    {SLICE_INIT("us"), SLICE_INIT("microseconds")},
    {SLICE_INIT("ns"), SLICE_INIT("nanoseconds")},
    {SLICE_INIT("By"), SLICE_INIT("bytes")},
    {SLICE_INIT("KiBy"), SLICE_INIT("kibibytes")},
    {SLICE_INIT("MiBy"), SLICE_INIT("mebibytes")},
    {SLICE_INIT("GiBy"), SLICE_INIT("gibibytes")},
    {SLICE_INIT("TiBy"), SLICE_INIT("tibibytes")},
    {SLICE_INIT("KBy"), SLICE_INIT("kilobytes")},
    {SLICE_INIT("MBy"), SLICE_INIT("megabytes")},
    {SLICE_INIT("GBy"), SLICE_INIT("gigabytes")},
    {SLICE_INIT("TBy"), SLICE_INIT("terabytes")},
    {SLICE_INIT("m"), SLICE_INIT("meters")},
    {SLICE_INIT("V"), SLICE_INIT("volts")},
    {SLICE_INIT("A"), SLICE_INIT("amperes")},
    {SLICE_INIT("J"), SLICE_INIT("joules")},
    {SLICE_INIT("W"), SLICE_INIT("watts")},
    {SLICE_INIT("g"), SLICE_INIT("grams")},
    {SLICE_INIT("Cel"), SLICE_INIT("celsius")},
    {SLICE_INIT("Hz"), SLICE_INIT("hertz")},
    {SLICE_INIT("1"), SLICE_INIT("")},
    {SLICE_INIT("%"), SLICE_INIT("percent")},
};

static const struct name_unit name_per[] = {
    {SLICE_INIT("s"), SLICE_INIT("second")}, {SLICE_INIT("m"), SLICE_INIT("minute")},
    {SLICE_INIT("h"), SLICE_INIT("hour")},   {SLICE_INIT("d"), SLICE_INIT("day")},
    {SLICE_INIT("w"), SLICE_INIT("week")},   {SLICE_INIT("mo"), SLICE_INIT("month")},
    {SLICE_INIT("y"), SLICE_INIT("year")},
};

static bool name_letter(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool name_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool name_in_word(unsigned char byte)
{
    return name_letter(byte) || name_digit(byte) || byte == ':';
}

static void words_add(struct name_words *words, struct slice word)
{
    if (words->count < NAME_WORDS_MAX && word.size > 0) {
        words->items[words->count++] = word;
    }
}

static void words_split(struct name_words *words, struct slice text)
{
    size_t at = 0;
    while (at < text.size) {
        size_t begin = at;
        while (at < text.size && name_in_word(text.base[at])) {
            at++;
        }
        words_add(words, slice_take(slice_skip(text, begin), at - begin));
        at++;
    }
}

static bool words_have(const struct name_words *words, struct slice word)
{
    for (size_t i = 0; i < words->count; i++) {
        if (slice_equal(words->items[i], word)) {
            return true;
        }
    }
    return false;
}

/* Put a word at the end, wherever else it stands. */
static void words_move_last(struct name_words *words, struct slice word)
{
    size_t kept = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (!slice_equal(words->items[i], word)) {
            words->items[kept++] = words->items[i];
        }
    }
    words->count = kept;
    words_add(words, word);
}

static struct slice unit_word(const struct name_unit *table, size_t count, struct slice unit)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(table[i].unit, unit)) {
            return table[i].word;
        }
    }
    return unit;
}

/* A part of a unit that is an annotation says nothing. */
static bool unit_tells(struct slice part)
{
    return part.size > 0 && slice_find_byte(part, '{') == SLICE_NONE &&
           slice_find_byte(part, '}') == SLICE_NONE;
}

static void words_add_unit(struct name_words *words, struct slice unit)
{
    struct slice main_part, per_part;
    bool per = slice_cut(unit, '/', &main_part, &per_part);
    struct name_words parts = {.count = 0};
    main_part = slice_trim(main_part);
    per_part = slice_trim(per_part);
    if (unit_tells(main_part)) {
        words_split(&parts,
                    unit_word(name_units, sizeof(name_units) / sizeof(name_units[0]), main_part));
        for (size_t i = 0; i < parts.count; i++) {
            if (!words_have(words, parts.items[i])) {
                words_add(words, parts.items[i]);
            }
        }
    }
    if (per && unit_tells(per_part)) {
        parts.count = 0;
        words_split(&parts, unit_word(name_per, sizeof(name_per) / sizeof(name_per[0]), per_part));
        if (parts.count > 0 && !words_have(words, parts.items[0])) {
            words_add(words, SLICE("per"));
            words_add(words, parts.items[0]);
        }
    }
}

void metric_name_write(const struct metric *metric, struct buf *out)
{
    struct name_words words = {.count = 0};
    words_split(&words, metric->name);
    if (words.count == 0) {
        return;
    }
    words_add_unit(&words, slice_trim(metric->unit));
    if (metric->kind == METRIC_SUM && metric->monotonic) {
        words_move_last(&words, SLICE("total"));
    }
    if (metric->kind == METRIC_GAUGE && slice_equal(metric->unit, SLICE("1"))) {
        words_move_last(&words, SLICE("ratio"));
    }
    if (name_digit(words.items[0].base[0])) {
        buf_append_byte(out, '_');
    }
    for (size_t i = 0; i < words.count; i++) {
        if (i > 0) {
            buf_append_byte(out, '_');
        }
        buf_append(out, words.items[i]);
    }
}

void metric_name_write_label(struct slice name, struct buf *out)
{
    if (name.size > 0 && name_digit(name.base[0])) {
        buf_append_text(out, "key_");
    }
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = name.base[i];
        buf_append_byte(out, name_letter(byte) || name_digit(byte) ? byte : '_');
    }
}

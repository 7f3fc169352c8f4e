/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line_level.h"

#include "streams/line.h"

#include "base/number.h"

struct level_word {
    struct slice word;
    enum line_severity severity;
};

/* The words in lower case, the shorter ones first. */
static const struct level_word level_words[] = {
    {SLICE_INIT("err"), SEVERITY_ERROR},        {SLICE_INIT("dbg"), SEVERITY_DEBUG},
    {SLICE_INIT("inf"), SEVERITY_INFO},         {SLICE_INIT("wrn"), SEVERITY_WARN},
    {SLICE_INIT("ftl"), SEVERITY_FATAL},        {SLICE_INIT("info"), SEVERITY_INFO},
    {SLICE_INIT("warn"), SEVERITY_WARN},        {SLICE_INIT("fail"), SEVERITY_ERROR},
    {SLICE_INIT("crit"), SEVERITY_FATAL},       {SLICE_INIT("dbug"), SEVERITY_DEBUG},
    {SLICE_INIT("trce"), SEVERITY_TRACE},       {SLICE_INIT("fine"), SEVERITY_DEBUG},
    {SLICE_INIT("error"), SEVERITY_ERROR},      {SLICE_INIT("debug"), SEVERITY_DEBUG},
    {SLICE_INIT("trace"), SEVERITY_TRACE},      {SLICE_INIT("fatal"), SEVERITY_FATAL},
    {SLICE_INIT("panic"), SEVERITY_FATAL},      {SLICE_INIT("emerg"), SEVERITY_FATAL},
    {SLICE_INIT("alert"), SEVERITY_FATAL},      {SLICE_INIT("finer"), SEVERITY_TRACE},
    {SLICE_INIT("severe"), SEVERITY_ERROR},     {SLICE_INIT("notice"), SEVERITY_INFO},
    {SLICE_INIT("finest"), SEVERITY_TRACE},     {SLICE_INIT("config"), SEVERITY_DEBUG},
    {SLICE_INIT("dpanic"), SEVERITY_FATAL},     {SLICE_INIT("warning"), SEVERITY_WARN},
    {SLICE_INIT("verbose"), SEVERITY_TRACE},    {SLICE_INIT("success"), SEVERITY_INFO},
    {SLICE_INIT("critical"), SEVERITY_FATAL},   {SLICE_INIT("emergency"), SEVERITY_FATAL},
    {SLICE_INIT("information"), SEVERITY_INFO},
};

enum { LEVEL_WORD_COUNT = sizeof(level_words) / sizeof(level_words[0]) };

_Static_assert(LEVEL_WORD_COUNT == 31, "the places of level_longer");

/* The first word that is this long or longer. */
static const unsigned char level_longer[13] = {0, 0, 0, 0, 5, 12, 20, 25, 28, 29, 30, 30, 31};

uint32_t line_level_word(struct slice word)
{
    if (word.size < 3 || word.size > 11) {
        return SEVERITY_UNKNOWN;
    }
    unsigned char first = (unsigned char)(word.base[0] | 0x20);
    for (unsigned i = level_longer[word.size]; i < level_longer[word.size + 1]; i++) {
        const struct level_word *level = &level_words[i];
        if (level->word.base[0] == first && slice_equal_nocase(level->word, word)) {
            return level->severity;
        }
    }
    return SEVERITY_UNKNOWN;
}

uint32_t line_level_number(struct slice number)
{
    static const unsigned char syslog[] = {SEVERITY_FATAL, SEVERITY_FATAL, SEVERITY_FATAL,
                                           SEVERITY_ERROR, SEVERITY_WARN,  SEVERITY_INFO,
                                           SEVERITY_INFO,  SEVERITY_DEBUG};
    static const unsigned char tens[] = {SEVERITY_TRACE, SEVERITY_DEBUG, SEVERITY_INFO,
                                         SEVERITY_WARN,  SEVERITY_ERROR, SEVERITY_FATAL};
    static const struct {
        uint64_t number;
        enum line_severity severity;
    } hundreds[] = {
        {100, SEVERITY_DEBUG}, {200, SEVERITY_INFO},  {250, SEVERITY_INFO},  {300, SEVERITY_WARN},
        {400, SEVERITY_ERROR}, {500, SEVERITY_FATAL}, {550, SEVERITY_FATAL}, {600, SEVERITY_FATAL},
    };
    uint64_t value;

    if (number_parse_u64(number, &value) != NUMBER_OK) {
        return SEVERITY_UNKNOWN;
    }
    if (value < sizeof(syslog)) {
        return syslog[value];
    }
    if (value % 10 == 0 && value >= 10 && value <= 60) {
        return tens[value / 10 - 1];
    }
    for (size_t i = 0; i < sizeof(hundreds) / sizeof(hundreds[0]); i++) {
        if (hundreds[i].number == value) {
            return hundreds[i].severity;
        }
    }
    return SEVERITY_UNKNOWN;
}

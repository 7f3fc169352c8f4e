/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/prefix.h"

#include "base/lanes.h"
#include "base/uuid.h"
#include "intake/intake_limits.h"
#include "intake/moment.h"
#include "intake/teller.h"

#include <stdint.h>

/* Digits of a time in milliseconds. */
#define PREFIX_EPOCH_SIZE 13

/* A last line that is shorter may be cut off inside of its prefix, and tells nothing. */
#define PREFIX_CUT_SIZE 200

/* A token is the 56 digits of an event's id with a letter and slashes around it. */
#define PREFIX_TOKEN_SIZE_MIN 50

bool prefix_is_platform(struct slice line)
{
    return slice_starts(line, SLICE("START RequestId:")) ||
           slice_starts(line, SLICE("END RequestId:")) ||
           slice_starts(line, SLICE("REPORT RequestId:")) ||
           slice_starts(line, SLICE("INIT_START ")) || slice_starts(line, SLICE("INIT_REPORT "));
}

static bool prefix_blank(struct slice line, size_t at)
{
    return at < line.size && (line.base[at] == ' ' || line.base[at] == '\t');
}

/* "b/3113...<tab>f/3113...", where get-log-events went on. */
static bool prefix_is_tokens(struct slice line)
{
    struct slice back;
    struct slice forward;
    return slice_starts(line, SLICE("b/")) && slice_cut(line, '\t', &back, &forward) &&
           back.size >= PREFIX_TOKEN_SIZE_MIN && slice_find_byte(back, ' ') == SLICE_NONE &&
           slice_starts(forward, SLICE("f/"));
}

/* A time at `at` and the blank behind it. */
static bool prefix_time(struct slice line, size_t *at, struct moment_minute *minute,
                        struct prefix *prefix)
{
    struct slice rest = slice_skip(line, *at);
    size_t size = moment_front(minute, rest, &prefix->time_ns);
    if (size > 0) {
        /* It is known. */
    } else if (rest.size > 10 && rest.base[10] == 'T') {
        size = moment_size(rest);
    } else {
        while (size < rest.size && size <= PREFIX_EPOCH_SIZE && rest.base[size] >= '0' &&
               rest.base[size] <= '9') {
            size++;
        }
        size = size == PREFIX_EPOCH_SIZE ? size : 0;
    }
    if (size == 0 || (size < rest.size && !prefix_blank(rest, size) && rest.base[size] != '\n')) {
        return false;
    }
    prefix->time = slice_take(rest, size);
    *at += size + (prefix_blank(rest, size) ? 1 : 0);
    return true;
}

static bool prefix_word(struct slice line, size_t *at, struct slice *word)
{
    struct slice rest = slice_skip(line, *at);
    size_t size = 0;
    unsigned first = LANES_COUNT;
    while (rest.size - size >= LANES_COUNT && first == LANES_COUNT) {
        first = lanes_first((lanes)(lanes_load(rest.base + size) <= lanes_of(' ')));
        size += first;
    }
    while (first == LANES_COUNT && size < rest.size && rest.base[size] > ' ') {
        size++;
    }
    if (size == 0 || !prefix_blank(rest, size)) {
        return false;
    }
    *word = slice_take(rest, size);
    *at += size + 1;
    return true;
}

static bool prefix_stream(struct slice line, size_t *at, struct slice *stream)
{
    return prefix_word(line, at, stream) && teller_stream_is_lambda(*stream);
}

/* The sign of a row that can be opened, or of a list, as it is copied from a page with the text,
 * and the blanks behind it. */
static size_t prefix_bullet(struct slice line)
{
    static const struct slice bullets[] = {
        SLICE_INIT("\xe2\x96\xb6"), SLICE_INIT("\xe2\x96\xb8"), SLICE_INIT("\xe2\x96\xba"),
        SLICE_INIT("\xe2\x96\xbc"), SLICE_INIT("\xe2\x80\xa2"),
    };
    if (line.size < 4 || line.base[0] != 0xe2) {
        return 0;
    }
    for (size_t i = 0; i < sizeof(bullets) / sizeof(bullets[0]); i++) {
        size_t at = bullets[i].size;
        if (slice_starts(line, bullets[i]) && prefix_blank(line, at)) {
            return prefix_blank(line, at + 1) ? at + 2 : at + 1;
        }
    }
    return 0;
}

bool prefix_read(enum prefix_form form, struct slice line, struct moment_minute *minute,
                 struct prefix *prefix)
{
    size_t at = prefix_bullet(line);
    bool is = false;
    prefix->time = prefix->stream = prefix->group = SLICE_EMPTY;
    prefix->time_ns = STREAMS_UNKNOWN;
    switch (form) {
    case PREFIX_NONE:
    case PREFIX_FORM_COUNT:
        break;
    case PREFIX_TIME:
        is = prefix_time(line, &at, minute, prefix);
        break;
    case PREFIX_TIME_STREAM:
        is = prefix_time(line, &at, minute, prefix) && prefix_stream(line, &at, &prefix->stream);
        break;
    case PREFIX_STREAM_TIME:
        is = prefix_stream(line, &at, &prefix->stream) && prefix_time(line, &at, minute, prefix);
        break;
    case PREFIX_STREAM:
        is = prefix_stream(line, &at, &prefix->stream);
        break;
    case PREFIX_GROUP_STREAM:
        is = prefix_word(line, &at, &prefix->group) && prefix_stream(line, &at, &prefix->stream);
        break;
    case PREFIX_GROUP_STREAM_TIME:
        is = prefix_word(line, &at, &prefix->group) && prefix_stream(line, &at, &prefix->stream) &&
             prefix_time(line, &at, minute, prefix);
        break;
    case PREFIX_OUTPUT:
        is = slice_starts(line, SLICE("EVENTS\t")) ||
             slice_starts(line, SLICE("SEARCHEDLOGSTREAMS\t")) || prefix_is_tokens(line);
        break;
    }
    prefix->size = at;
    return is;
}

/* Whether the text is a function's own: Node.js writes its time and the request's id in front. */
static bool prefix_is_own(struct slice message)
{
    struct uuid uuid;
    return message.size > UUID_TEXT_SIZE && prefix_blank(message, UUID_TEXT_SIZE) &&
           uuid_parse(slice_take(message, UUID_TEXT_SIZE), &uuid);
}

/* What the lines of a head say about each form. */
struct prefix_votes {
    unsigned with[PREFIX_FORM_COUNT];
    unsigned owned[PREFIX_FORM_COUNT]; /* Of these, where the text's own id follows. */
    unsigned sure; /* A time, and behind it what a container alone puts there. */
    unsigned own;  /* A time that the function's own logger may have written. */
    unsigned bare; /* Lines of the platform with nothing in front. */
    struct moment_minute minute;
};

/* The line has a prefix of this form, and is a message from `at` on. */
static void prefix_count(struct prefix_votes *votes, enum prefix_form form, struct slice line,
                         size_t at)
{
    votes->with[form]++;
    votes->owned[form] += prefix_is_own(slice_skip(line, at));
}

/* Count a stream that is read already, and what may stand behind it. */
static void prefix_vote_stream(struct slice line, size_t at, enum prefix_form alone,
                               enum prefix_form timed, struct prefix_votes *votes)
{
    struct prefix prefix;
    prefix_count(votes, alone, line, at);
    if (prefix_time(line, &at, &votes->minute, &prefix)) {
        prefix_count(votes, timed, line, at);
    }
}

/* What prefix_read() says of each form; what these have in common is read once. */
static void prefix_vote(struct slice line, struct prefix_votes *votes)
{
    struct prefix prefix;
    struct slice word;
    size_t begin = prefix_bullet(line);
    size_t at = begin;
    votes->bare += prefix_is_platform(line);
    if (prefix_time(line, &at, &votes->minute, &prefix)) {
        struct slice message = slice_skip(line, at);
        prefix_count(votes, PREFIX_TIME, line, at);
        votes->sure += prefix_is_platform(message) || moment_size(message) > 0;
        votes->own += prefix_is_own(message);
        if (prefix_stream(line, &at, &prefix.stream)) {
            prefix_count(votes, PREFIX_TIME_STREAM, line, at);
        }
    }
    at = begin;
    if (prefix_word(line, &at, &word)) {
        if (teller_stream_is_lambda(word)) {
            prefix_vote_stream(line, at, PREFIX_STREAM, PREFIX_STREAM_TIME, votes);
        }
        if (prefix_stream(line, &at, &word)) {
            prefix_vote_stream(line, at, PREFIX_GROUP_STREAM, PREFIX_GROUP_STREAM_TIME, votes);
        }
    }
    if (prefix_read(PREFIX_OUTPUT, line, &votes->minute, &prefix)) {
        prefix_count(votes, PREFIX_OUTPUT, line, prefix.size);
    }
}

/* Whether what follows a stream is the tool's time.  It is in front of all lines then; a function's
 * own is in front of some, and has a request's id behind it. */
static bool prefix_is_timed(const struct prefix_votes *votes, enum prefix_form form,
                            enum prefix_form without)
{
    return votes->with[form] == votes->with[without] && votes->owned[form] < votes->with[form];
}

enum prefix_form prefix_recognise(struct slice head)
{
    /* The longer ones first: what has a time and a stream has a time. */
    static const enum prefix_form order[] = {
        PREFIX_OUTPUT,      PREFIX_GROUP_STREAM_TIME, PREFIX_TIME_STREAM,
        PREFIX_STREAM_TIME, PREFIX_GROUP_STREAM,      PREFIX_STREAM,
    };
    struct prefix_votes votes = {.sure = 0};
    struct slice line;
    for (unsigned i = 0; i < INTAKE_HEAD_LINES_MAX && head.size > 0; i++) {
        bool whole = slice_cut(head, '\n', &line, &head);
        if (whole || i == 0 || line.size > PREFIX_CUT_SIZE) {
            prefix_vote(line, &votes);
        }
    }
    if (votes.bare > 0) {
        return PREFIX_NONE;
    }
    if (!prefix_is_timed(&votes, PREFIX_GROUP_STREAM_TIME, PREFIX_GROUP_STREAM)) {
        votes.with[PREFIX_GROUP_STREAM_TIME] = 0;
    }
    if (!prefix_is_timed(&votes, PREFIX_STREAM_TIME, PREFIX_STREAM)) {
        votes.with[PREFIX_STREAM_TIME] = 0;
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        /* A form that some lines have by chance is none. */
        if (votes.with[order[i]] > 0 && votes.with[order[i]] * 2 >= votes.with[PREFIX_TIME]) {
            return order[i];
        }
    }
    bool own = votes.sure == 0 && votes.own > 0;
    return votes.with[PREFIX_TIME] > 0 && !own ? PREFIX_TIME : PREFIX_NONE;
}

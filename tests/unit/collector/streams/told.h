/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_TOLD_H
#define THAW_TEST_TOLD_H

#include "streams/merge.h"
#include "streams/stream_sink.h"

#include "base/buf.h"

#include <stdint.h>

/*
 * A sink that writes down what it is told, a line for each, and a way to feed a merge in few words.
 *
 *     inv a#1 ok start=100 end=120 dur=20 billed=20 cold init=15
 *     init init 80..95 15
 *     line a#1 the text          line init the text         line - the text
 *     refused 1 why
 *
 * Request ids are UUIDs that end in a letter from a to f.  Times are milliseconds since TOLD_EPOCH.
 */
#define TOLD_EPOCH_NS INT64_C(1795392000000000000)

#define TOLD_ID(letter) "0f0e0d0c-0b0a-4908-8706-05040302010" letter

struct told {
    struct stream_sink sink;
    struct buf text;
    unsigned invocations, finals, inits, lines, metrics;
    bool sources; /* Write down who, too. */
};

void told_init(struct told *told);
void told_fini(struct told *told);
void told_reset(struct told *told);

/* Feed an event of stream (NULL: it has none) and group /aws/lambda/shop.  In the text $a to $f are
 * request ids; ms < 0: without a time. */
void told_feed(struct merge *merge, const char *stream, int64_t ms, const char *text);

/* What was told is exactly this. */
#define told_is(told, expected) told_check((told), (expected), __FILE__, __LINE__)
void told_check(struct told *told, const char *expected, const char *file, int line);

#endif

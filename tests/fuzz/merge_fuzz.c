/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any lines at any times in any streams: what the merger tells is counted, every body it makes is
 * read back, nothing final is told twice, and memory stays within its limits.
 */
#include "streams/encode.h"
#include "streams/merge.h"

#include "base/ensure.h"

#include <stdint.h>
#include <stdlib.h>

#define EPOCH_NS INT64_C(1795392000000000000)

static uint64_t records;

static void take_body(void *context, enum signal signal, struct slice bytes, uint64_t count)
{
    (void)context;
    (void)signal;
    ENSURE(bytes.size > 0 && count > 0);
    records += count;
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    ENSURE(refusal->why != NULL && refusal->count > 0);
}

/* A line of input is an event: its first bytes say which stream, and how long after the one before
 * it. */
static void feed(struct merge *merge, struct slice line, int64_t *now_ms)
{
    static const struct slice streams[] = {SLICE_INIT(""), SLICE_INIT("2026/11/23/[$LATEST]01"),
                                           SLICE_INIT("2026-11-23-[7]02"), SLICE_INIT("custom")};
    static const struct slice groups[] = {SLICE_INIT("/aws/lambda/shop"), SLICE_INIT("ours")};
    unsigned char stream = line.size > 0 ? line.base[0] : 0;
    unsigned char step = line.size > 1 ? line.base[1] : 0;
    *now_ms += step < 'a' ? step - '0' : 10 * ((int64_t)step - 'n');
    struct log_event event = {
        .group = groups[stream >> 2 & 1],
        .stream = streams[stream & 3],
        .id = stream & 64 ? SLICE_EMPTY : slice_take(line, line.size < 4 ? line.size : 4),
        .time_ns = stream & 16 ? EPOCH_NS + *now_ms * 1000000 : STREAMS_UNKNOWN,
        .message = slice_skip(line, line.size < 2 ? line.size : 2),
    };
    merge_event(merge, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct merge *merges[2];
    static struct encode *encode;
    if (encode == NULL) {
        struct encode_options options = {
            .body_size_max = 1 << 16, .body = take_body, .refused = take_refused};
        encode = encode_create(&options);
        ENSURE(encode != NULL);
        for (int piece = 0; piece < 2; piece++) {
            struct merge_options merge = {.piece = piece == 1};
            merges[piece] = merge_create(&merge, encode_sink(encode));
            ENSURE(merges[piece] != NULL);
        }
    }
    struct merge *merge = merges[size & 1];
    struct slice rest = slice_of(data, size);
    struct slice line;
    int64_t now_ms = 0;
    while (rest.size > 0) {
        (void)slice_cut(rest, '\n', &line, &rest);
        feed(merge, line, &now_ms);
    }
    merge_finish(merge);
    encode_finish(encode);
    struct merge_counts counts;
    merge_counts(merge, &counts);
    ENSURE(counts.repeated <= counts.events && counts.without_stream <= counts.events);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "series/series_tail.h"

#include "base/bytes.h"

#include <string.h>

/* Eight bytes that no view ends with at this place, and how many bytes series took. */
#define TAIL_MAGIC      "SERIES\xff\n"
#define TAIL_MAGIC_SIZE 8
#define TAIL_SIZE       16

struct tail {
    series_sink *sink;
    void *context;
    uint64_t size;
};

static bool tail_count(void *context, struct slice bytes)
{
    struct tail *tail = context;
    tail->size += bytes.size;
    return tail->sink(tail->context, bytes);
}

enum status series_tail_save(const struct series_store *store, series_sink *sink, void *context)
{
    struct tail tail = {.sink = sink, .context = context};
    unsigned char bytes[TAIL_SIZE];
    enum status status = series_save(store, tail_count, &tail);
    if (status != STATUS_OK) {
        return status;
    }
    bytes_put64(bytes, tail.size);
    memcpy(bytes + 8, TAIL_MAGIC, TAIL_MAGIC_SIZE);
    return sink(context, slice_of(bytes, sizeof(bytes))) ? STATUS_OK : STATUS_IO;
}

void series_tail_split(struct slice bytes, struct slice *front, struct slice *series)
{
    *front = bytes;
    *series = SLICE_EMPTY;
    if (!slice_ends(bytes, SLICE(TAIL_MAGIC)) || bytes.size < TAIL_SIZE) {
        return;
    }
    uint64_t size = bytes_get64(bytes.base + bytes.size - TAIL_SIZE);
    if (size <= bytes.size - TAIL_SIZE) {
        *front = slice_take(bytes, bytes.size - TAIL_SIZE - (size_t)size);
        *series = slice_take(slice_skip(bytes, front->size), (size_t)size);
    }
}

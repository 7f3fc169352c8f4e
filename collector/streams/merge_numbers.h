/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_NUMBERS_H
#define THAW_STREAMS_MERGE_NUMBERS_H

#include <stdint.h>

/*
 * The numbers that streams were given, by the hashes of their names: one that made room for another
 * keeps its number when it goes on.  Memory grows with the streams, up to a limit; beyond it, and
 * without memory, a stream that returns is a new one.  One owner, one thread.
 */
struct merge_number {
    uint64_t hash;
    uint32_t number; /* 0: free. */
};

struct merge_numbers {
    struct merge_number *slots;
    uint32_t slot_count; /* A power of two, or 0. */
    uint32_t count;      /* Remembered, */
    uint32_t last;       /* and the number given last. */
};

void merge_numbers_fini(struct merge_numbers *numbers);

/* The number of the stream of that hash; 0: it was not seen before, as far as is remembered. */
uint32_t merge_numbers_find(const struct merge_numbers *numbers, uint64_t hash);

/* Give the next number to such a stream. */
uint32_t merge_numbers_give(struct merge_numbers *numbers, uint64_t hash);

/* Forget who had which, but go on numbering. */
void merge_numbers_forget(struct merge_numbers *numbers);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SUMMARY_H
#define THAW_COLUMNS_SUMMARY_H

#include "base/arena.h"
#include "columns/block_info.h"
#include "columns/gather.h"
#include "columns/idset.h"

/*
 * What is to be known of a block without reading it: made of gathered rows before they are written
 * (writing turns cells into indexes).
 */

/* Words that are remembered, 8 KiB, and as many numbers: of the upper bits of a product each has
 * one place. */
#define SUMMARY_WORD_SHIFT 54
#define SUMMARY_WORD_COUNT (1u << (64 - SUMMARY_WORD_SHIFT))

struct summary_sender {
    uint32_t stamp;      /* When it was added to the filter. */
    size_t begin, count; /* Among sender_hashes; none: it was not needed yet. */
};

/* What the lines of one stencil have in common. */
struct summary_stencil {
    uint32_t stamp;                  /* When it was added to the filter. */
    bool known;                      /* The rest is made. */
    size_t hashes_begin, hash_count; /* Of its words, among stencil_hashes. */
    size_t words_begin, words_size;  /* Those that have holes, in stencil_words. */
};

struct summary {
    const struct table *table;
    struct hash_key filter_key;
    struct idset ids;                        /* Of this block. */
    struct gather_seen *id_seen, *text_seen; /* By the table's numbers. */
    struct summary_sender *senders;          /* By number of the resource. */
    struct buf sender_hashes;
    struct summary_stencil *stencils; /* By text. */
    struct buf stencil_hashes, stencil_words;
    unsigned char filled[STENCIL_FILLED_MAX]; /* A word of the latest line. */
    uint32_t stamp;
    uint64_t *hashes; /* A set; 0 is a free slot. */
    size_t hash_mask, hash_count;
    uint64_t words[SUMMARY_WORD_COUNT];   /* Short ones that are in: most come again and again. */
    uint64_t numbers[SUMMARY_WORD_COUNT]; /* The same of words that are numbers, plus 1. */
    bool open; /* The filter lets everything through: what is in the block could not be read. */
    struct buf filter;
    struct arena arena;
};

/* False without memory; summary_fini() in either case. */
bool summary_init(struct summary *summary, const struct table *table,
                  const struct hash_key *filter_key) THAW_CHECK;
void summary_fini(struct summary *summary);

/* Valid until the next one.  False without memory. */
bool summary_make(struct summary *summary, const struct gather *gather,
                  struct block_info *info) THAW_CHECK;

#endif

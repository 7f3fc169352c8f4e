/* SPDX-License-Identifier: Apache-2.0 */
#include "model/seqset.h"
#include "model/model_limits.h"

#include "base/ensure.h"

#include <stdlib.h>

static void seqset_assert(const struct seqset *set)
{
    ENSURE(set->top >= set->watermark);
    ENSURE(set->top - set->watermark <= SEQ_WINDOW);
    ENSURE(set->held <= set->top - set->watermark);
}

static bool bit_get(const struct seqset *set, uint64_t number)
{
    uint64_t index = number % SEQ_WINDOW;
    return (set->bits[index / 64] >> (index % 64) & 1) != 0;
}

static void bit_flip(struct seqset *set, uint64_t number)
{
    uint64_t index = number % SEQ_WINDOW;
    set->bits[index / 64] ^= UINT64_C(1) << (index % 64);
}

/* Take up the numbers that follow the watermark without a gap. */
static void seqset_advance(struct seqset *set)
{
    while (set->held > 0 && bit_get(set, set->watermark + 1)) {
        set->watermark++;
        bit_flip(set, set->watermark);
        set->held--;
    }
    if (set->top < set->watermark) {
        set->top = set->watermark;
    }
}

/* Raise the watermark to make room for a number far above it. */
static void seqset_slide(struct seqset *set, uint64_t watermark)
{
    if (set->bits == NULL || watermark - set->watermark >= SEQ_WINDOW) {
        uint64_t passed = watermark - set->watermark;
        set->given_up += passed - set->held;
        for (unsigned i = 0; set->bits != NULL && i < SEQ_WINDOW / 64; i++) {
            set->bits[i] = 0;
        }
        set->held = 0;
        set->watermark = watermark;
    }
    while (set->watermark < watermark) {
        set->watermark++;
        if (set->held > 0 && bit_get(set, set->watermark)) {
            bit_flip(set, set->watermark);
            set->held--;
        } else {
            set->given_up++;
        }
    }
    if (set->top < set->watermark) {
        set->top = set->watermark;
    }
    seqset_advance(set);
}

void seqset_init(struct seqset *set, uint64_t epoch)
{
    *set = (struct seqset){.epoch = epoch};
}

void seqset_fini(struct seqset *set)
{
    free(set->bits);
    set->bits = NULL;
}

bool seqset_add(struct seqset *set, uint64_t number)
{
    seqset_assert(set);
    if (number <= set->watermark) {
        return false;
    }
    if (number == set->watermark + 1) {
        set->watermark++;
        seqset_advance(set);
        seqset_assert(set);
        return true;
    }
    if (set->bits == NULL) {
        set->bits = calloc(SEQ_WINDOW / 64, sizeof(set->bits[0]));
        if (set->bits == NULL) {
            return true;
        }
    }
    if (number - set->watermark > SEQ_WINDOW) {
        seqset_slide(set, number - SEQ_WINDOW);
    }
    if (number <= set->watermark || bit_get(set, number)) {
        return false;
    }
    bit_flip(set, number);
    set->held++;
    if (set->top < number) {
        set->top = number;
    }
    seqset_advance(set);
    seqset_assert(set);
    return true;
}

uint64_t seqset_missing(const struct seqset *set)
{
    return set->given_up + (set->top - set->watermark) - set->held;
}

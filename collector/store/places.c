/* SPDX-License-Identifier: Apache-2.0 */
#include "store/places.h"

#include <stdlib.h>

void places_fini(struct places *places)
{
    free(places->items);
    *places = (struct places){.items = NULL};
}

void places_add(struct places *places, const struct place *place)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity == 0 ? 256 : 2 * places->capacity;
        struct place *items = realloc(places->items, capacity * sizeof(items[0]));
        if (items == NULL) {
            places->failed = true;
            return;
        }
        places->items = items;
        places->capacity = capacity;
    }
    places->items[places->count++] = *place;
}

static int places_compare(const void *one, const void *other)
{
    const struct place *a = one;
    const struct place *b = other;
    if (a->moments.last_ns != b->moments.last_ns) {
        return a->moments.last_ns > b->moments.last_ns ? -1 : 1;
    }
    if (a->segment != b->segment) {
        return a->segment > b->segment ? -1 : 1;
    }
    return (a->number < b->number) - (a->number > b->number);
}

void places_sort(struct places *places)
{
    if (places->count > 0) {
        qsort(places->items, places->count, sizeof(places->items[0]), places_compare);
    }
}

static int places_compare_oldest(const void *one, const void *other)
{
    const struct place *a = one;
    const struct place *b = other;
    if (a->moments.first_ns != b->moments.first_ns) {
        return a->moments.first_ns < b->moments.first_ns ? -1 : 1;
    }
    if (a->segment != b->segment) {
        return a->segment < b->segment ? -1 : 1;
    }
    return (a->number > b->number) - (a->number < b->number);
}

void places_sort_oldest(struct places *places)
{
    if (places->count > 0) {
        qsort(places->items, places->count, sizeof(places->items[0]), places_compare_oldest);
    }
}

/* How many records of a span there are, about. */
static double places_estimate(const struct places *places, struct moments span)
{
    double records = 0;
    for (size_t i = 0; i < places->count; i++) {
        const struct place *place = &places->items[i];
        if (place->moments.last_ns < span.first_ns) {
            break;
        }
        if (!moments_meet(place->moments, span)) {
            continue;
        }
        uint64_t first =
            place->moments.first_ns > span.first_ns ? place->moments.first_ns : span.first_ns;
        uint64_t last =
            place->moments.last_ns < span.last_ns ? place->moments.last_ns : span.last_ns;
        double part = ((double)(last - first) + 1) /
                      ((double)(place->moments.last_ns - place->moments.first_ns) + 1);
        records += part * place->records;
    }
    return records;
}

uint64_t places_begin(const struct places *places, struct moments span, uint64_t records_max)
{
    uint64_t longest = span.last_ns - span.first_ns; /* One less than the longest piece has. */
    uint64_t good = 0;
    uint64_t step = 1;
    /* Longer and longer pieces, so that only places of about twice the piece are looked at. */
    for (; good < longest; step *= 2) {
        uint64_t length = step < longest - good ? good + step : longest;
        struct moments piece = {span.last_ns - length, span.last_ns};
        if (places_estimate(places, piece) > (double)records_max) {
            break;
        }
        good = length;
    }
    while (step > 1) {
        step /= 2;
        if (step > longest - good) {
            continue;
        }
        struct moments piece = {span.last_ns - good - step, span.last_ns};
        if (places_estimate(places, piece) <= (double)records_max) {
            good += step;
        }
    }
    return span.last_ns - good;
}

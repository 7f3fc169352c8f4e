/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/change.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* The parts in the order of struct cost_change, which is the order of the first pass. */
enum factor { VOLUME, DURATION, COLD, MEMORY, PRICE, FACTOR_COUNT };

/* The means of a period; both prices are one factor. */
struct means {
    long double count, duration_ms, init_ms, memory_mb, mb_ms_units, request_units;
};

static long double quotient(long double part, long double whole, long double otherwise)
{
    return whole > 0 ? part / whole : otherwise;
}

#define US_PER_MS 1000

static struct means means_of(const struct cost_period *period, const struct means *otherwise)
{
    struct money time = money_subtract(period->amount, period->requests_amount);
    long double count = (long double)period->requests;
    long double mb_ms = (long double)period->mb_ms;
    long double billed_ms = (long double)period->billed_ms;
    long double init = quotient((long double)period->init_mb_us / US_PER_MS, mb_ms, 0);
    init = init < 1 ? init : 1; /* The share of inits. */
    return (struct means){
        .count = count,
        .duration_ms = quotient(billed_ms * (1 - init), count, 0),
        .init_ms = quotient(billed_ms * init, count, 0),
        .memory_mb = quotient(mb_ms, billed_ms, otherwise->memory_mb),
        .mb_ms_units = quotient((long double)time.units, mb_ms, otherwise->mb_ms_units),
        .request_units =
            quotient((long double)period->requests_amount.units, count, otherwise->request_units),
    };
}

static long double worth(const struct means *means)
{
    return means->count * (means->duration_ms + means->init_ms) * means->memory_mb *
               means->mb_ms_units +
           means->count * means->request_units;
}

static void change_factor(enum factor factor, struct means *means, const struct means *now)
{
    switch (factor) {
    case VOLUME:
        means->count = now->count;
        break;
    case DURATION:
        means->duration_ms = now->duration_ms;
        break;
    case COLD:
        means->init_ms = now->init_ms;
        break;
    case MEMORY:
        means->memory_mb = now->memory_mb;
        break;
    case PRICE:
        means->mb_ms_units = now->mb_ms_units;
        means->request_units = now->request_units;
        break;
    case FACTOR_COUNT:
        break;
    }
}

/* Half of what each factor adds when they change in this order. */
static void add_order(const struct means *before, const struct means *after, bool forward,
                      long double parts[FACTOR_COUNT])
{
    struct means means = *before;
    long double was = worth(&means);
    for (int i = 0; i < FACTOR_COUNT; i++) {
        int factor = forward ? i : FACTOR_COUNT - 1 - i;
        change_factor((enum factor)factor, &means, after);
        long double is = worth(&means);
        parts[factor] += (is - was) / 2;
        was = is;
    }
}

/* Means are rounded at the 64th bit, so that a part that is this much smaller than what was and is
 * spent says nothing. */
#define NOISE 1e-15L

/* The units of the last decimal that is told. */
#define STEP_UNITS (MONEY_UNITS_PER_DOLLAR / 1000000000 / 1000000000)

/* A part, rounded so that it has a text of reasonable length. */
static struct money rounded(long double units, long double spent)
{
    if (fabsl(units) <= spent * NOISE) {
        return MONEY_ZERO;
    }
    return (struct money){.units = (__int128)roundl(units / (long double)STEP_UNITS) * STEP_UNITS};
}

static void settle(struct money parts[FACTOR_COUNT], struct money difference)
{
    size_t largest = VOLUME;
    struct money rest = difference;
    for (size_t i = 0; i < FACTOR_COUNT; i++) {
        rest = money_subtract(rest, parts[i]);
        __int128 size = parts[i].units < 0 ? -parts[i].units : parts[i].units;
        __int128 most = parts[largest].units < 0 ? -parts[largest].units : parts[largest].units;
        largest = size > most ? i : largest;
    }
    parts[largest] = money_add(parts[largest], rest);
}

struct cost_change cost_change(const struct cost_period *before, const struct cost_period *after)
{
    struct money difference = money_subtract(after->amount, before->amount);
    if (before->requests == 0 || after->requests == 0 || difference.saturated) {
        return (struct cost_change){.volume = difference};
    }
    const struct means nothing = {.count = 0};
    struct means now = means_of(after, &nothing);
    struct means was = means_of(before, &now);
    now = means_of(after, &was);
    long double parts[FACTOR_COUNT] = {0};
    add_order(&was, &now, true, parts);
    add_order(&was, &now, false, parts);
    struct money settled[FACTOR_COUNT];
    long double spent = (long double)before->amount.units + (long double)after->amount.units;
    for (size_t i = 0; i < FACTOR_COUNT; i++) {
        settled[i] = rounded(parts[i], spent);
    }
    settle(settled, difference);
    return (struct cost_change){
        .volume = settled[VOLUME],
        .duration = settled[DURATION],
        .cold = settled[COLD],
        .memory = settled[MEMORY],
        .price = settled[PRICE],
    };
}

void cost_change_add(struct cost_change *sum, const struct cost_change *other)
{
    sum->volume = money_add(sum->volume, other->volume);
    sum->duration = money_add(sum->duration, other->duration);
    sum->cold = money_add(sum->cold, other->cold);
    sum->memory = money_add(sum->memory, other->memory);
    sum->price = money_add(sum->price, other->price);
}

struct money cost_change_sum(const struct cost_change *change)
{
    struct money sum = money_add(change->volume, change->duration);
    sum = money_add(sum, change->cold);
    sum = money_add(sum, change->memory);
    return money_add(sum, change->price);
}

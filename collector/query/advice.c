/* SPDX-License-Identifier: Apache-2.0 */
#include "query/advice.h"

#include "query/costs.h"

#include <stdlib.h>

#define MILLION 1000000

static struct money price_of(const struct what_ifs *what_ifs, const struct what_ifs_row *row)
{
    return what_ifs->arch == PRICE_ARM64 ? row->arm : row->x86;
}

/* What so many invocations save, where a million save that. */
static struct money saved_of(struct money million, uint64_t invocations)
{
    return (struct money){.units = million.units / MILLION * (__int128)invocations,
                          .saturated = million.saturated};
}

/* Whether it is worth a word. */
static bool is_worth(struct money saved, struct money cost)
{
    struct money least = money_share(cost, ADVICE_SHARE_MIN_PPM, MILLION);
    return saved.units > 0 && money_compare(saved, least) >= 0;
}

static const struct what_ifs_row *row_in_use(const struct what_ifs *what_ifs)
{
    for (uint32_t i = 0; i < what_ifs->row_count; i++) {
        if (what_ifs->rows[i].times.memory_mb == what_ifs->memory_mb) {
            return &what_ifs->rows[i];
        }
    }
    return NULL;
}

/* The cheapest size that nobody would notice. */
static const struct what_ifs_row *row_best(const struct what_ifs *what_ifs,
                                           const struct what_ifs_row *now)
{
    const struct what_ifs_row *best = now;
    for (uint32_t i = 0; i < what_ifs->row_count; i++) {
        const struct what_ifs_row *row = &what_ifs->rows[i];
        if (row->fits && row->times.p95_ns <= now->times.p95_ns + now->times.p95_ns / 10 &&
            money_compare(price_of(what_ifs, row), price_of(what_ifs, best)) < 0) {
            best = row;
        }
    }
    return best;
}

static void add(struct advices *advices, const struct advice *advice)
{
    if (is_worth(advice->saved, advice->cost) &&
        advices->count < sizeof(advices->items) / sizeof(advices->items[0])) {
        advices->items[advices->count++] = *advice;
    }
}

void advices_add(struct advices *advices, struct slice function, const struct what_ifs *what_ifs,
                 struct money cost, uint64_t invocations)
{
    const struct what_ifs_row *now = row_in_use(what_ifs);
    if (now == NULL) {
        advices->too_few++;
        return;
    }
    advices->looked_at++;
    struct advice advice = {
        .kind = ADVICE_MEMORY,
        .function = function,
        .cost = cost,
        .invocations = invocations,
        .now = now->times,
        .arch = what_ifs->arch == PRICE_ARM64 ? "arm64" : "x86_64",
        .samples = what_ifs->samples,
        .max_used_mb = what_ifs->max_used_mb,
        .has_error = what_ifs->has_error,
        .error = what_ifs->error,
        .assumed = what_ifs->assumed,
    };
    const struct what_ifs_row *best = row_best(what_ifs, now);
    advice.then = best->times;
    advice.saved =
        saved_of(money_subtract(price_of(what_ifs, now), price_of(what_ifs, best)), invocations);
    add(advices, &advice);
    if (what_ifs->arch_known && what_ifs->arch == PRICE_X86_64) {
        advice.kind = ADVICE_ARCHITECTURE;
        advice.then = now->times;
        advice.saved = saved_of(money_subtract(now->x86, now->arm), invocations);
        add(advices, &advice);
    }
}

static int compare(const void *one, const void *other)
{
    const struct advice *a = one;
    const struct advice *b = other;
    int order = money_compare(b->saved, a->saved);
    order = order != 0 ? order : slice_compare(a->function, b->function);
    return order != 0 ? order : (int)a->kind - (int)b->kind;
}

enum status advices_read(const struct query *query, struct query_range range, struct arena *arena,
                         struct advices *advices)
{
    const struct costs_grouping by_function = {.by = COSTS_BY_FUNCTION};
    struct costs costs;
    *advices = (struct advices){.count = 0};
    enum status status = costs_read(query, range, by_function, arena, &costs);
    for (uint32_t i = 0; status == STATUS_OK && i < costs.group_count; i++) {
        const struct costs_group *group = &costs.groups[i];
        struct what_ifs what_ifs;
        if (i == ADVICE_FUNCTION_MAX) {
            advices->partial = true;
            break;
        }
        size_t mark = arena_mark(arena);
        status = what_ifs_read(query, group->key, range, arena, &what_ifs);
        arena_rewind(arena, mark);
        if (status == STATUS_OK) {
            advices_add(advices, group->key, &what_ifs, group->cost.amount, group->invocations);
        } else if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK; /* Of the functions file only. */
        }
    }
    qsort(advices->items, advices->count, sizeof(advices->items[0]), compare);
    return status;
}

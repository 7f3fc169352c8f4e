/* SPDX-License-Identifier: Apache-2.0 */
#include "query/costs_standing.h"

static const struct declared nothing = {.functions = NULL};

static const struct declared *declared_in(const struct query *query)
{
    return query->declared != NULL ? query->declared : &nothing;
}

struct costs_declared costs_declared(const struct query *query, struct query_range range,
                                     struct arena *arena)
{
    size_t count = declared_in(query)->function_count;
    struct costs_declared declared = {.query = query, .range = range};
    declared.counted = arena_alloc_array(arena, count + 1, sizeof(declared.counted[0]));
    for (size_t i = 0; declared.counted != NULL && i < count; i++) {
        declared.counted[i] = false;
    }
    return declared;
}

const struct declared_function *costs_declared_of(const struct costs_declared *declared,
                                                  const struct function_facts *function)
{
    return declared_of(declared_in(declared->query), function->name);
}

static struct standing_terms terms_of(const struct costs_declared *declared,
                                      const struct declared_function *entry,
                                      const struct function_facts *function)
{
    return (struct standing_terms){.prices = declared->query->prices,
                                   .function = entry,
                                   .region = function->region,
                                   .arch = function->arch};
}

void costs_declared_time(struct costs_declared *declared, const struct declared_function *entry,
                         const struct function_facts *function, struct standing *sum)
{
    const struct standing_terms terms = terms_of(declared, entry, function);
    bool *counted = &declared->counted[entry - declared_in(declared->query)->functions];
    if (!*counted) {
        *counted = true;
        standing_add_time(sum, &terms, declared->range.from_ns, declared->range.to_ns);
    }
}

void costs_declared_minute(const struct costs_declared *declared,
                           const struct declared_function *entry,
                           const struct function_facts *function, const struct price_minute *minute,
                           struct standing *sum)
{
    const struct standing_terms terms = terms_of(declared, entry, function);
    const struct rollup_facts *facts = minute->facts;
    standing_add_use(sum, &terms, minute->start_ns, facts->billed_ms + facts->unsized.billed_ms,
                     facts->cold + facts->proactive);
}

const struct declared_function *costs_declared_unseen(struct costs_declared *declared, size_t *at,
                                                      struct standing *sum)
{
    const struct declared *file = declared_in(declared->query);
    const struct function_facts unseen = {.name = SLICE_EMPTY};
    for (; *at < file->function_count; (*at)++) {
        if (!declared->counted[*at]) {
            const struct declared_function *entry = &file->functions[*at];
            costs_declared_time(declared, entry, &unseen, sum);
            return entry;
        }
    }
    return NULL;
}

#define PERCENT 100

struct money costs_savings(const struct query *query, const struct cost *cost,
                           const struct standing *standing)
{
    uint32_t percent = declared_in(query)->savings_percent;
    struct money time = money_subtract(cost->amount, cost->parts.requests);
    return percent == 0 ? MONEY_ZERO
                        : money_share(money_add(time, standing->provisioned), percent, PERCENT);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "declared/standing.h"

#include "declared/declared_limits.h"

#define DAY_NS         INT64_C(86400000000000)
#define HOUR_NS        INT64_C(3600000000000)
#define PROVISIONED_NS (5 * INT64_C(60000000000)) /* Rounded up to. */
#define SNAPSHOT_NS    (3 * HOUR_NS)              /* At least. */
#define SECOND_NS      1000000000

struct standing standing_zero(void)
{
    return (struct standing){.amount = MONEY_ZERO};
}

void standing_add(struct standing *sum, const struct standing *other)
{
    sum->provisioned = money_add(sum->provisioned, other->provisioned);
    sum->storage = money_add(sum->storage, other->storage);
    sum->snapshots = money_add(sum->snapshots, other->snapshots);
    sum->restores = money_add(sum->restores, other->restores);
    sum->amount = money_add(sum->amount, other->amount);
    sum->assumed = sum->assumed || other->assumed;
    sum->unpriced = sum->unpriced || other->unpriced;
}

/* Add so many megabyte-nanoseconds at the price of that time to a part of the sum. */
static void add_at(struct standing *sum, struct money *part, const struct standing_terms *terms,
                   enum price_component component, int64_t at_ns, unsigned __int128 mb_ns)
{
    struct price_key key = {
        .component = component, .region = terms->region, .at_ns = at_ns > 0 ? (uint64_t)at_ns : 0};
    (void)prices_arch(terms->arch, &key.arch);
    if (mb_ns == 0) {
        return;
    }
    struct price_answer answer = prices_find(terms->prices, &key);
    if (answer.tier_count == 0) {
        sum->unpriced = true;
        return;
    }
    struct money amount = money_of_mb_ns(mb_ns, answer.tiers[0].price);
    *part = money_add(*part, amount);
    sum->amount = money_add(sum->amount, amount);
    sum->assumed = sum->assumed || answer.assumed;
}

/* The same for a span of time, each day of it at its price. */
static void add_span(struct standing *sum, struct money *part, const struct standing_terms *terms,
                     enum price_component component, uint64_t mb, int64_t from_ns, int64_t to_ns)
{
    while (from_ns < to_ns) {
        int64_t midnight_ns = (from_ns / DAY_NS + 1) * DAY_NS;
        int64_t until_ns = midnight_ns < to_ns ? midnight_ns : to_ns;
        add_at(sum, part, terms, component, from_ns,
               (unsigned __int128)mb * (uint64_t)(until_ns - from_ns));
        from_ns = until_ns;
    }
}

/* Cut what is billed of a span to what is asked for. */
static void cut(int64_t *from_ns, int64_t *to_ns, int64_t low_ns, int64_t high_ns)
{
    *from_ns = *from_ns > low_ns ? *from_ns : low_ns;
    *to_ns = *to_ns < high_ns ? *to_ns : high_ns;
}

/* When a span ends for the bill, which rounds its length up to a multiple of a step, and to the
 * least. */
static int64_t billed_end(int64_t from_ns, int64_t to_ns, int64_t step_ns, int64_t least_ns)
{
    if (to_ns == DECLARED_NO_END) {
        return to_ns;
    }
    int64_t length_ns = to_ns - from_ns;
    length_ns = length_ns > least_ns ? length_ns : least_ns;
    int64_t over_ns = length_ns % step_ns;
    length_ns += over_ns > 0 ? step_ns - over_ns : 0;
    return length_ns > INT64_MAX - from_ns ? INT64_MAX : from_ns + length_ns;
}

void standing_add_time(struct standing *sum, const struct standing_terms *terms, int64_t from_ns,
                       int64_t to_ns)
{
    const struct declared_function *function = terms->function;
    from_ns = from_ns > 0 ? from_ns : 0;
    for (size_t i = 0; i < function->provisioned_count; i++) {
        const struct declared_provisioned *item = &function->provisioned[i];
        int64_t first_ns = item->from_ns;
        int64_t end_ns = billed_end(first_ns, item->to_ns, PROVISIONED_NS, 0);
        cut(&first_ns, &end_ns, from_ns, to_ns);
        add_span(sum, &sum->provisioned, terms, PRICE_PROVISIONED,
                 (uint64_t)item->instances * item->memory_mb, first_ns, end_ns);
    }
    for (size_t i = 0; i < function->snapshot_count; i++) {
        const struct declared_snapshot *item = &function->snapshots[i];
        int64_t first_ns = item->from_ns;
        int64_t end_ns = billed_end(first_ns, item->to_ns, 1, SNAPSHOT_NS);
        cut(&first_ns, &end_ns, from_ns, to_ns);
        add_span(sum, &sum->snapshots, terms, PRICE_SNAPSHOT, item->size_mb, first_ns, end_ns);
    }
}

/* The snapshot that instances were started from at a time: the latest of those that there are. */
static uint32_t snapshot_mb(const struct declared_function *function, int64_t at_ns)
{
    const struct declared_snapshot *latest = NULL;
    for (size_t i = 0; i < function->snapshot_count; i++) {
        const struct declared_snapshot *item = &function->snapshots[i];
        if (at_ns >= item->from_ns && at_ns < item->to_ns &&
            (latest == NULL || item->from_ns > latest->from_ns)) {
            latest = item;
        }
    }
    return latest != NULL ? latest->size_mb : 0;
}

void standing_add_use(struct standing *sum, const struct standing_terms *terms, int64_t at_ns,
                      uint64_t billed_ms, uint64_t starts)
{
    const struct declared_function *function = terms->function;
    if (function->storage_mb > DECLARED_STORAGE_MB_MIN) {
        add_at(sum, &sum->storage, terms, PRICE_STORAGE, at_ns,
               (unsigned __int128)billed_ms * 1000000 *
                   (function->storage_mb - DECLARED_STORAGE_MB_MIN));
    }
    /* A gigabyte for a second is a gigabyte once. */
    add_at(sum, &sum->restores, terms, PRICE_RESTORE, at_ns,
           (unsigned __int128)starts * snapshot_mb(function, at_ns) * SECOND_NS);
}

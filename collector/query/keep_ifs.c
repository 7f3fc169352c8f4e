/* SPDX-License-Identifier: Apache-2.0 */
#include "query/keep_ifs.h"

#include "cost/cost_limits.h"
#include "cost/what_if.h"
#include "declared/standing.h"
#include "query/query_limits.h"
#include "query/sweep.h"

#include <stdlib.h>
#include <string.h>

/* Numbers that people choose; the peak of what was observed comes besides. */
static const uint32_t numbers[] = {0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000};

/* In such steps keeping is paid for (declared/standing.h). */
#define KEEP_STEP_NS INT64_C(300000000000)

#define NS_PER_MINUTE INT64_C(60000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NUMBER_COUNT  (sizeof(numbers) / sizeof(numbers[0]))
_Static_assert(NUMBER_COUNT < KEEP_IFS_ROW_MAX, "there is room for the peak");

struct keeping {
    const struct query *query;
    const struct function_facts *function;
    struct keep_ifs *found;
    struct deadline deadline;
    struct keep_call *calls;
    size_t count, capacity;
    uint64_t kept;     /* Of them, in instances that were kept. */
    int64_t latest_ns; /* The memory is that of this one. */
    int64_t oldest_ns; /* The start of the oldest that was visited, whoever's. */
    int64_t since_ns;  /* All that began since then is there, where it is not all. */
    bool full, late, many;
};

/* ---- Which they are. ---- */

static bool make_room(struct keeping *keeping)
{
    if (keeping->count < keeping->capacity) {
        return true;
    }
    size_t capacity = keeping->capacity == 0 ? 1024 : 2 * keeping->capacity;
    struct keep_call *calls = realloc(keeping->calls, capacity * sizeof(calls[0]));
    if (calls == NULL) {
        keeping->full = true;
        return false;
    }
    keeping->calls = calls;
    keeping->capacity = capacity;
    return true;
}

static int64_t ms_of(int64_t time_ns)
{
    return (time_ns + NS_PER_MS - 1) / NS_PER_MS;
}

/* What would have been billed of it without the init that it waited for. */
static int64_t billed_warm_ms(const struct invocation_facts *facts)
{
    int64_t busy_ns = facts->reported_ns;
    if (!facts->cold || busy_ns == UNKNOWN_NS) {
        return facts->billed_ms;
    }
    if (slice_equal(facts->init_phase, SLICE("invoke")) && facts->init_ns != UNKNOWN_NS) {
        busy_ns = busy_ns > facts->init_ns ? busy_ns - facts->init_ns : 0;
    }
    int64_t warm_ms = busy_ns > 0 ? ms_of(busy_ns) : 1;
    return warm_ms < facts->billed_ms ? warm_ms : facts->billed_ms;
}

static struct money cost_with(const struct keeping *keeping, struct invocation_facts facts,
                              bool kept)
{
    facts.provisioned = kept;
    if (kept) {
        facts.billed_ms = billed_warm_ms(&facts);
        facts.cold = false;
    }
    return query_cost(keeping->query->prices, &facts, keeping->function).amount;
}

/* Whether its report has come, with a time that can be. */
static bool is_told(const struct invocation_facts *facts)
{
    return facts->billed_ms >= 0 && facts->billed_ms <= COST_BILLED_MS_MAX &&
           facts->placed_ns >= 0 && facts->placed_ns <= INT64_MAX - COST_BILLED_MS_MAX * NS_PER_MS;
}

static void visit(void *context, const struct invocation_facts *facts,
                  const struct function_facts *function)
{
    struct keeping *keeping = context;
    keeping->oldest_ns =
        facts->start_ns < keeping->oldest_ns ? facts->start_ns : keeping->oldest_ns;
    if (!slice_equal(function->name, keeping->function->name) || !is_told(facts) ||
        !make_room(keeping)) {
        return;
    }
    bool waited = facts->cold && facts->init_ns != UNKNOWN_NS;
    keeping->calls[keeping->count++] = (struct keep_call){
        .arrival_ns = facts->placed_ns,
        .busy_ns = billed_warm_ms(facts) * NS_PER_MS,
        .init_ns = waited ? facts->init_ns : 0,
        .as_is = cost_with(keeping, *facts, false),
        .kept = cost_with(keeping, *facts, true),
        .cold = facts->cold,
    };
    keeping->kept += facts->provisioned;
    if (facts->memory_mb != UNKNOWN_INT && facts->start_ns >= keeping->latest_ns) {
        keeping->latest_ns = facts->start_ns;
        keeping->found->memory_mb = facts->memory_mb;
    }
}

static bool enough(void *context, int64_t from_ns)
{
    struct keeping *keeping = context;
    keeping->many = keeping->count >= KEEP_IFS_CALLS_MAX;
    keeping->late = deadline_over(&keeping->deadline);
    bool stop = keeping->many || keeping->late || keeping->full;
    if (from_ns != INT64_MAX && from_ns < keeping->since_ns) {
        keeping->since_ns = from_ns;
    } else if (from_ns == INT64_MAX && stop) { /* Whole minutes were visited, the newest first. */
        keeping->since_ns = keeping->oldest_ns - keeping->oldest_ns % NS_PER_MINUTE;
    }
    return stop;
}

/* Leave those of which all that began at the same time are there. */
static void leave_whole(struct keeping *keeping)
{
    size_t left = 0;
    for (size_t i = 0; i < keeping->count; i++) {
        if (keeping->calls[i].arrival_ns >= keeping->since_ns) {
            keeping->calls[left++] = keeping->calls[i];
        }
    }
    keeping->count = left;
    keeping->found->range.from_ns = keeping->since_ns;
}

/* ---- What they would have been. ---- */

/* The price of keeping so many over the span. */
static struct money price_of(struct keeping *keeping, uint32_t instances)
{
    const struct query_range range = keeping->found->range;
    const struct declared_provisioned kept = {
        .instances = instances,
        .memory_mb = (uint32_t)keeping->found->memory_mb,
        .from_ns = range.from_ns,
        .to_ns = range.to_ns,
    };
    const struct declared_function function = {.provisioned = &kept, .provisioned_count = 1};
    const struct standing_terms terms = {
        .prices = keeping->query->prices,
        .function = &function,
        .region = keeping->function->region,
        .arch = keeping->function->arch,
    };
    struct standing sum = standing_zero();
    if (instances > 0) {
        /* It is paid for to the end of the last step that began. */
        standing_add_time(&sum, &terms, range.from_ns, range.to_ns + KEEP_STEP_NS);
    }
    keeping->found->unpriced = keeping->found->unpriced || sum.unpriced;
    return sum.provisioned;
}

static void add_row(struct keeping *keeping, uint32_t instances, int64_t *scratch)
{
    struct keep_ifs_row *row = &keeping->found->rows[keeping->found->row_count++];
    row->instances = instances;
    row->calls = keep_if(keeping->calls, keeping->count, instances, scratch);
    row->standing = price_of(keeping, instances);
}

static void add_rows(struct keeping *keeping, int64_t *scratch)
{
    for (size_t i = 0; i < NUMBER_COUNT && numbers[i] < keeping->found->peak; i++) {
        add_row(keeping, numbers[i], scratch);
    }
    add_row(keeping, keeping->found->peak, scratch);
}

/* How many the functions file says were kept all the time; 0: none, or not all of it as many. */
static uint32_t kept_of(const struct keeping *keeping)
{
    const struct query_range range = keeping->found->range;
    const struct declared_function *entry =
        keeping->query->declared != NULL
            ? declared_of(keeping->query->declared, keeping->function->name)
            : NULL;
    uint32_t kept = 0;
    for (size_t i = 0; entry != NULL && i < entry->provisioned_count; i++) {
        const struct declared_provisioned *each = &entry->provisioned[i];
        if (each->from_ns <= range.from_ns && each->to_ns >= range.to_ns) {
            kept += each->instances;
        } else if (each->from_ns < range.to_ns && each->to_ns > range.from_ns) {
            return 0;
        }
    }
    return kept;
}

/* The share of invocations that the model says these served, beside that which agents told. */
static void compare(struct keeping *keeping, int64_t *scratch)
{
    uint32_t kept = kept_of(keeping);
    if (kept == 0 || keeping->kept == 0) {
        return;
    }
    struct keep_if told = keep_if(keeping->calls, keeping->count, kept, scratch);
    double off = ((double)told.served - (double)keeping->kept) / (double)keeping->count;
    keeping->found->has_error = true;
    keeping->found->error = off < 0 ? -off : off;
}

static enum status settle(struct keeping *keeping)
{
    struct keep_ifs *found = keeping->found;
    if (keeping->late || keeping->many) {
        found->partial = keeping->late ? "there was no time for the rest" : "there are more";
    }
    if (found->partial != NULL && keeping->since_ns != INT64_MAX) {
        leave_whole(keeping);
    }
    found->calls = (uint32_t)keeping->count;
    if (keeping->count < WHAT_IF_SAMPLE_MIN || found->memory_mb == UNKNOWN_INT) {
        return STATUS_OK;
    }
    int64_t *scratch = malloc(keeping->count * sizeof(scratch[0]));
    if (scratch == NULL) {
        return STATUS_FULL;
    }
    keep_if_sort(keeping->calls, keeping->count);
    found->peak = (uint32_t)keep_if_peak(keeping->calls, keeping->count, scratch);
    add_rows(keeping, scratch);
    compare(keeping, scratch);
    found->cold = (uint32_t)found->rows[0].calls.cold;
    free(scratch);
    return STATUS_OK;
}

/* The span, where it has no ends, is that of the invocations. */
static struct query_range narrow(const struct keeping *keeping)
{
    struct query_range range = keeping->found->range;
    int64_t first_ns = INT64_MAX;
    int64_t last_ns = INT64_MIN;
    for (size_t i = 0; i < keeping->count; i++) {
        int64_t end_ns = keeping->calls[i].arrival_ns + keeping->calls[i].busy_ns;
        first_ns =
            keeping->calls[i].arrival_ns < first_ns ? keeping->calls[i].arrival_ns : first_ns;
        last_ns = end_ns > last_ns ? end_ns : last_ns;
    }
    range.from_ns = range.from_ns < first_ns ? first_ns : range.from_ns;
    range.to_ns = range.to_ns > last_ns ? last_ns : range.to_ns;
    return keeping->count > 0 ? range : keeping->found->range;
}

enum status keep_ifs_read(const struct query *query, const struct function_facts *function,
                          struct query_range range, struct deadline deadline, struct arena *arena,
                          struct keep_ifs *keep_ifs)
{
    struct keeping keeping = {
        .query = query,
        .function = function,
        .found = keep_ifs,
        .deadline = deadline,
        .oldest_ns = INT64_MAX,
        .since_ns = INT64_MAX,
    };
    *keep_ifs = (struct keep_ifs){.range = range, .memory_mb = function->memory_mb};
    if (billing_of(function->provider, function->platform) != BILLING_AWS) {
        keep_ifs->unpriced = true;
        return STATUS_OK;
    }
    const struct sweep sweep = {range, UINT32_MAX, visit, &keeping, enough};
    enum status status = sweep_run(query, &sweep, arena, &keep_ifs->partial);
    if (status == STATUS_OK && !keeping.full) {
        keep_ifs->range = narrow(&keeping);
        status = settle(&keeping);
    }
    free(keeping.calls);
    return keeping.full ? STATUS_FULL : status;
}

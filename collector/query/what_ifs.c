/* SPDX-License-Identifier: Apache-2.0 */
#include "query/what_ifs.h"

#include "proto/names.h"

#include <stdlib.h>

/* Sizes that people choose, and the one with which a whole processor comes. */
static const int64_t sizes_mb[] = {128,  256,  512,  1024, 1536, WHAT_IF_PROCESSOR_MB,
                                   2048, 3072, 4096, 6144, 8192, 10240};

#define SIZE_COUNT (sizeof(sizes_mb) / sizeof(sizes_mb[0]))
_Static_assert(SIZE_COUNT < WHAT_IFS_ROW_MAX, "there is room for the one in use");

/* Times that a hold is too old and another one is taken. */
#define HOLD_TRIES 3

struct sampling {
    struct what_if_sample *samples;
    struct what_ifs *found;
};

static bool number_of(const struct log_line *line, struct slice name, int64_t most, int64_t *value)
{
    return attrs_find_int(line->attrs, name, value) && *value >= 0 && *value <= most;
}

#define DURATION_NS_MAX INT64_C(86400000000000)

/* The runtime's own processor time where the wrapper tells it, else that of the environment. */
static bool cpu_of(const struct log_line *line, int64_t *cpu_ns)
{
    int64_t user_ns;
    int64_t system_ns;
    if (number_of(line, NAME_THAW_RUNTIME_CPU_NS, DURATION_NS_MAX, cpu_ns)) {
        return true;
    }
    if (!number_of(line, NAME_THAW_ENV_CPU_USER_NS, DURATION_NS_MAX, &user_ns) ||
        !number_of(line, NAME_THAW_ENV_CPU_SYSTEM_NS, DURATION_NS_MAX, &system_ns)) {
        return false;
    }
    *cpu_ns = user_ns + system_ns;
    return true;
}

static void add_sample(struct sampling *sampling, const struct log_line *line)
{
    struct what_ifs *found = sampling->found;
    struct what_if_sample sample;
    int64_t used_mb;
    if (!number_of(line, NAME_THAW_MEMORY_SIZE_MB, INT32_MAX, &sample.memory_mb) ||
        !number_of(line, NAME_THAW_HANDLER_NS, DURATION_NS_MAX, &sample.handler_ns) ||
        sample.memory_mb == 0 || !cpu_of(line, &sample.cpu_ns)) {
        return;
    }
    if (found->samples == 0) {
        found->memory_mb = sample.memory_mb; /* The latest comes first. */
    }
    if (number_of(line, NAME_THAW_MAX_MEMORY_USED_MB, INT32_MAX, &used_mb) &&
        (found->max_used_mb == UNKNOWN_INT || used_mb > found->max_used_mb)) {
        found->max_used_mb = used_mb;
    }
    sampling->samples[found->samples] = sample;
    found->samples++;
}

static bool see(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct sampling *sampling = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->log_count && sampling->found->samples < WHAT_IF_SAMPLE_MAX; i++) {
        add_sample(sampling, &batch->logs[i]);
    }
    return sampling->found->samples < WHAT_IF_SAMPLE_MAX;
}

static enum status find_samples(const struct query *query, struct slice function,
                                struct query_range range, struct arena *arena,
                                struct sampling *sampling)
{
    const struct scan_condition conditions[] = {
        {.test = SCAN_NAME, .text = NAME_EVENT_INVOCATION},
        {.test = SCAN_ATTR,
         .where = SCAN_OF_RESOURCE,
         .key = NAME_FAAS_NAME,
         .text = function,
         .string = true},
        {.test = SCAN_ATTR,
         .where = SCAN_OF_RECORD,
         .key = NAME_THAW_INVOCATION_STATE,
         .text = SLICE("reported")},
    };
    const struct scan_query scan = {
        .signals = SCAN_LINES,
        .from_ns = range.from_ns > 0 ? (uint64_t)range.from_ns : 0,
        .to_ns = (uint64_t)range.to_ns,
        .conditions = conditions,
        .condition_count = sizeof(conditions) / sizeof(conditions[0]),
    };
    enum status status = STATUS_NOT_FOUND;
    for (int i = 0; i < HOLD_TRIES && status == STATUS_NOT_FOUND; i++) {
        struct store_hold *hold = store_hold(query->store);
        if (hold == NULL) {
            return STATUS_FULL;
        }
        sampling->found->samples = 0;
        status = store_search(hold, &scan, WHAT_IF_SAMPLE_MAX, arena, see, sampling);
        store_release(hold);
    }
    sampling->found->damaged = status == STATUS_IO || status == STATUS_NOT_FOUND;
    return status == STATUS_FULL ? STATUS_FULL : STATUS_OK;
}

bool what_ifs_function(struct view *view, struct slice name, struct function_facts *found)
{
    bool any = false;
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        if (slice_equal(facts.name, name) && (!any || facts.last_seen_ns > found->last_seen_ns)) {
            *found = facts;
            any = true;
        }
    }
    view_read_end(view);
    return any;
}

#define MILLION 1000000

/* What a million invocations like these cost with one architecture. */
static struct money price_of(const struct query *query, const struct function_facts *function,
                             const struct what_if_times *times, struct slice arch, int64_t at_ns,
                             struct what_ifs *what_ifs)
{
    const struct cost_facts facts = {
        .billing = billing_of(function->provider, function->platform),
        .region = function->region,
        .arch = arch,
        .start_ns = at_ns,
    };
    struct cost_prices prices = cost_prices(query->prices, &facts);
    const struct cost_rollup rollup = {
        .invocations = what_ifs->samples,
        .billed = what_ifs->samples,
        .billed_ms = (uint64_t)times->billed_ms,
        .mb_ms = (uint64_t)times->billed_ms * (uint64_t)times->memory_mb,
    };
    struct cost cost = cost_rollup(&prices, &rollup);
    what_ifs->assumed = what_ifs->assumed || cost.assumed;
    return (struct money){.units = cost.amount.units / what_ifs->samples * MILLION,
                          .saturated = cost.amount.saturated};
}

static void add_row(const struct query *query, const struct function_facts *function,
                    const struct sampling *sampling, int64_t memory_mb, int64_t at_ns,
                    int64_t *scratch)
{
    struct what_ifs *found = sampling->found;
    struct what_ifs_row *row = &found->rows[found->row_count++];
    row->times = what_if_times(sampling->samples, found->samples, memory_mb, scratch);
    row->fits = found->max_used_mb == UNKNOWN_INT || memory_mb >= found->max_used_mb;
    row->x86 = price_of(query, function, &row->times, SLICE("amd64"), at_ns, found);
    row->arm = price_of(query, function, &row->times, SLICE("arm64"), at_ns, found);
}

static void add_rows(const struct query *query, const struct function_facts *function,
                     const struct sampling *sampling, int64_t at_ns, int64_t *scratch)
{
    bool placed = false;
    int64_t in_use_mb = sampling->found->memory_mb;
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        if (!placed && in_use_mb < sizes_mb[i]) {
            add_row(query, function, sampling, in_use_mb, at_ns, scratch);
            placed = true;
        }
        add_row(query, function, sampling, sizes_mb[i], at_ns, scratch);
        placed = placed || in_use_mb == sizes_mb[i];
    }
    if (!placed) {
        add_row(query, function, sampling, in_use_mb, at_ns, scratch);
    }
}

enum status what_ifs_read(const struct query *query, struct slice function,
                          struct query_range range, struct arena *arena, struct what_ifs *what_ifs)
{
    struct function_facts facts;
    *what_ifs = (struct what_ifs){.max_used_mb = UNKNOWN_INT};
    if (!what_ifs_function(query->view, function, &facts)) {
        return STATUS_NOT_FOUND;
    }
    struct sampling sampling = {.found = what_ifs};
    sampling.samples = arena_alloc_array(arena, WHAT_IF_SAMPLE_MAX, sizeof(*sampling.samples));
    int64_t *scratch = arena_alloc_array(arena, WHAT_IF_SAMPLE_MAX, sizeof(*scratch));
    if (sampling.samples == NULL || scratch == NULL) {
        return STATUS_FULL;
    }
    enum status status = find_samples(query, function, range, arena, &sampling);
    if (status != STATUS_OK) {
        return status;
    }
    what_ifs->arch_known = prices_arch(facts.arch, &what_ifs->arch);
    if (what_ifs->samples >= WHAT_IF_SAMPLE_MIN) {
        what_ifs->has_error = what_if_error(sampling.samples, what_ifs->samples,
                                            what_ifs->memory_mb, scratch, &what_ifs->error);
        add_rows(query, &facts, &sampling, range.to_ns - 1, scratch);
    }
    return STATUS_OK;
}

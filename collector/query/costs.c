/* SPDX-License-Identifier: Apache-2.0 */
#include "query/costs.h"
#include "query/application.h"
#include "query/costs_routes.h"
#include "query/costs_standing.h"
#include "query/deploys.h"
#include "query/price_minutes.h"
#include "query/query_limits.h"

#include "base/timestamp.h"

#include <stdlib.h>
#include <string.h>

/* Regions and architectures of one bill. */
#define USAGE_COUNT_MAX 128

struct adding {
    const struct query *query;
    struct costs_grouping grouping;
    struct costs_declared declared;
    struct arena *arena;
    struct costs *costs;
    struct cost_usage usage[USAGE_COUNT_MAX];
    size_t usage_count;
    struct function_facts function;        /* Of which minutes are added. */
    const struct declared_function *entry; /* What is said of it; NULL: nothing. */
    struct cost sums[2]; /* Theirs; the second of instances that were kept ready. */
    struct standing standing;
    struct costs_group *group; /* Theirs too, unless triggers, or deploys, have their own. */
    struct deploys deploys;
    struct deploys_of deployed;  /* Of the function. */
    const struct deploy *deploy; /* Whose group it is; NULL: before the first. */
};

static struct costs_group *group_of(struct adding *adding, struct slice key)
{
    struct costs *costs = adding->costs;
    for (uint32_t i = 0; i < costs->group_count; i++) {
        if (slice_equal(costs->groups[i].key, key)) {
            return &costs->groups[i];
        }
    }
    if (costs->group_count == GROUP_COUNT_MAX) {
        costs->partial = true;
        return NULL;
    }
    struct costs_group *group = &costs->groups[costs->group_count++];
    *group = (struct costs_group){.key = key, .cost = cost_zero(), .standing = standing_zero()};
    return group;
}

static struct slice label_of(const struct adding *adding, const struct declared_function *entry)
{
    struct slice value = declared_label_of(entry, adding->grouping.label);
    return value.size > 0 ? value : SLICE("unlabelled");
}

/* The key of all that a function has. */
static struct slice key_of(const struct adding *adding)
{
    const struct function_facts *function = &adding->function;
    if (adding->grouping.by == COSTS_BY_LABEL) {
        return label_of(adding, adding->entry);
    }
    if (adding->grouping.by == COSTS_BY_VERSION) {
        return arena_printf(adding->arena, SLICE_FMT ":" SLICE_FMT, SLICE_ARG(function->name),
                            SLICE_ARG(function->version));
    }
    if (adding->grouping.by == COSTS_BY_APPLICATION) {
        struct slice application = application_of(adding->query, function);
        return application.size > 0 ? application : SLICE("unknown");
    }
    if (adding->grouping.by == COSTS_BY_ENV) {
        return function->environment.size > 0 ? function->environment : SLICE("unknown");
    }
    return function->name;
}

/* "checkout v12, 2026-11-30T10:00:00Z": from when, and what. */
static struct slice key_of_deploy(const struct adding *adding, const struct deploy *deploy)
{
    struct slice name = adding->function.name;
    char when[TIMESTAMP_TEXT_SIZE];
    if (deploy == NULL) {
        return arena_printf(adding->arena, SLICE_FMT " before", SLICE_ARG(name));
    }
    (void)timestamp_format((uint64_t)deploy->at_ns, 0, when);
    return arena_printf(adding->arena, SLICE_FMT "%s" SLICE_FMT ", %s", SLICE_ARG(name),
                        deploy->version.size > 0 ? " " : "", SLICE_ARG(deploy->version), when);
}

static struct costs_group *group_of_deploy(struct adding *adding, int64_t minute_ns)
{
    const struct deploy *deploy = deploys_of_minute(&adding->deployed, minute_ns);
    if (adding->group == NULL || deploy != adding->deploy) {
        adding->deploy = deploy;
        adding->group = group_of(adding, key_of_deploy(adding, deploy));
    }
    return adding->group;
}

static struct costs_group *group_of_minute(struct adding *adding, struct slice trigger,
                                           int64_t minute_ns)
{
    if (adding->grouping.by == COSTS_BY_DEPLOY) {
        return group_of_deploy(adding, minute_ns);
    }
    if (adding->grouping.by == COSTS_BY_TRIGGER) {
        return group_of(adding, trigger.size > 0 ? trigger : SLICE("unknown"));
    }
    if (adding->group == NULL) {
        adding->group = group_of(adding, key_of(adding));
    }
    return adding->group;
}

static void add_usage(struct adding *adding, enum billing billing, const struct cost *cost)
{
    const struct function_facts *function = &adding->function;
    enum price_arch arch;
    if (cost->requests == 0 && cost->unknown == 0) {
        return;
    }
    (void)prices_arch(function->arch, &arch);
    for (size_t i = 0; i < adding->usage_count; i++) {
        struct cost_usage *usage = &adding->usage[i];
        if (usage->billing == billing && usage->arch == arch &&
            slice_equal(usage->region, function->region)) {
            usage->mb_ms += cost->mb_ms;
            usage->cpu_milli_ms += cost->cpu_milli_ms;
            usage->requests += cost->requests;
            usage->stream_bytes += cost->stream_bytes;
            return;
        }
    }
    if (adding->usage_count == USAGE_COUNT_MAX) {
        adding->costs->partial = true;
        return;
    }
    adding->usage[adding->usage_count++] = (struct cost_usage){
        .billing = billing,
        .region = function->region,
        .arch = arch,
        .mb_ms = cost->mb_ms,
        .cpu_milli_ms = cost->cpu_milli_ms,
        .requests = cost->requests,
        .stream_bytes = cost->stream_bytes,
    };
}

static void add_sizeless(struct unsized_sums *sum, const struct unsized_sums *unsized)
{
    sum->count += unsized->count;
    sum->billed_ms += unsized->billed_ms;
    sum->failed.errors_size += unsized->failed.errors_size;
    sum->failed.timeouts_size += unsized->failed.timeouts_size;
    sum->failed.retries_size += unsized->failed.retries_size;
}

static void add_minute(void *context, const struct price_minute *minute)
{
    struct adding *adding = context;
    struct costs *costs = adding->costs;
    cost_add(&adding->sums[minute->provisioned], &minute->cost);
    cost_add(&costs->held, &minute->held);
    if (adding->entry != NULL) {
        costs_declared_minute(&adding->declared, adding->entry, &adding->function, minute,
                              &adding->standing);
    }
    if (minute->sizeless) {
        add_sizeless(&costs->sizeless, &minute->facts->unsized);
    }
    costs->streamed.told += minute->facts->streamed.told;
    costs->streamed.bytes += minute->facts->streamed.bytes;
    costs->invocations += minute->facts->invocations;
    costs->agents.told += minute->facts->agent.told;
    costs->agents.held_us += minute->facts->agent.held_us;
    if (adding->grouping.by == COSTS_BY_NONE || adding->grouping.by == COSTS_BY_ROUTE ||
        minute->facts->invocations == 0) {
        return;
    }
    struct costs_group *group = group_of_minute(adding, minute->trigger, minute->start_ns);
    if (group != NULL) {
        cost_add(&group->cost, &minute->cost);
        group->invocations += minute->facts->invocations;
    }
}

/* What is paid for besides goes to its function, application, environment or label; the others
 * share it. */
static void add_standing(struct adding *adding)
{
    const struct standing *standing = &adding->standing;
    enum costs_by by = adding->grouping.by;
    standing_add(&adding->costs->standing, standing);
    if ((by != COSTS_BY_LABEL && by != COSTS_BY_ENV && by != COSTS_BY_APPLICATION &&
         by != COSTS_BY_FUNCTION) ||
        (money_compare(standing->amount, MONEY_ZERO) == 0 && !standing->unpriced)) {
        return;
    }
    struct costs_group *group = group_of(adding, key_of(adding));
    if (group != NULL) {
        standing_add(&group->standing, standing);
    }
}

/* What is kept for functions that nobody has seen. */
static void add_unseen(struct adding *adding)
{
    size_t at = 0;
    do {
        adding->standing = standing_zero();
        adding->function = (struct function_facts){.name = SLICE_EMPTY};
        adding->entry = costs_declared_unseen(&adding->declared, &at, &adding->standing);
        if (adding->entry != NULL) {
            adding->function.name = adding->entry->name;
            add_standing(adding);
        }
    } while (adding->entry != NULL);
}

/* The view is held, but between functions the writer has its turn. */
static void add_functions(const struct query *query, struct query_range range,
                          struct adding *adding)
{
    struct view *view = query->view;
    struct costs *costs = adding->costs;
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        if (i > 0) {
            view_read_end(view);
            view_read_begin(view);
        }
        view_function(view, i, &adding->function);
        adding->entry = costs_declared_of(&adding->declared, &adding->function);
        adding->sums[false] = adding->sums[true] = cost_zero();
        adding->group = NULL;
        adding->deploy = NULL;
        adding->deployed =
            (struct deploys_of){.deploys = &adding->deploys, .function = adding->function.name};
        adding->standing = standing_zero();
        price_minutes_each(query, i, range, add_minute, adding);
        cost_add(&costs->total, &adding->sums[false]);
        cost_add(&costs->total, &adding->sums[true]);
        if (adding->entry != NULL) {
            costs_declared_time(&adding->declared, adding->entry, &adding->function,
                                &adding->standing);
            add_standing(adding);
        }
        enum billing billing = billing_of(adding->function.provider, adding->function.platform);
        add_usage(adding, billing, &adding->sums[false]);
        add_usage(adding, billing_provisioned(billing), &adding->sums[true]);
    }
    costs->partial = costs->partial || view_counts_missing(view, range.from_ns, range.to_ns);
    view_read_end(view);
}

static int compare_groups(const void *one, const void *other)
{
    const struct costs_group *a = one;
    const struct costs_group *b = other;
    int order = money_compare(money_add(b->cost.amount, b->standing.amount),
                              money_add(a->cost.amount, a->standing.amount));
    return order != 0 ? order : slice_compare(a->key, b->key);
}

struct money costs_bill(const struct costs *costs)
{
    return money_subtract(money_add(costs->total.amount, costs->standing.amount), costs->savings);
}

enum status costs_read(const struct query *query, struct query_range range,
                       struct costs_grouping grouping, struct arena *arena, struct costs *costs)
{
    *costs = (struct costs){.total = cost_zero(), .held = cost_zero(), .standing = standing_zero()};
    costs->groups = arena_alloc_array(arena, GROUP_COUNT_MAX, sizeof(costs->groups[0]));
    struct adding *adding = arena_alloc_array(arena, 1, sizeof(*adding));
    struct costs_declared declared = costs_declared(query, range, arena);
    if (costs->groups == NULL || adding == NULL || declared.counted == NULL) {
        return STATUS_FULL;
    }
    adding->query = query;
    adding->grouping = grouping;
    adding->declared = declared;
    adding->arena = arena;
    adding->costs = costs;
    if (grouping.by == COSTS_BY_DEPLOY && query->deploys != NULL &&
        !query->deploys->list(query->deploys->context, arena, &adding->deploys)) {
        return STATUS_FULL;
    }
    add_functions(query, range, adding);
    add_unseen(adding);
    if (grouping.by == COSTS_BY_ROUTE &&
        costs_routes(query, range, grouping.deadline, arena, costs) != STATUS_OK) {
        return STATUS_FULL;
    }
    costs->savings = costs_savings(query, &costs->total, &costs->standing);
    uint64_t at_ns = range.to_ns > 0 ? (uint64_t)range.to_ns - 1 : 0;
    costs->net = cost_net(query->prices, adding->usage, adding->usage_count, at_ns);
    if (costs->group_count > 1) {
        qsort(costs->groups, costs->group_count, sizeof(costs->groups[0]), compare_groups);
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

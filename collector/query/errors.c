/* SPDX-License-Identifier: Apache-2.0 */
#include "query/errors.h"
#include "query/sweep.h"

#include <stdlib.h>
#include <string.h>

struct grouping {
    struct errors *errors;
    struct arena *arena;
};

static struct error_group *group_of(const struct grouping *grouping, struct slice function,
                                    struct slice error_type)
{
    struct errors *errors = grouping->errors;
    for (uint32_t i = 0; i < errors->group_count; i++) {
        struct error_group *group = &errors->groups[i];
        if (slice_equal(group->error_type, error_type) && slice_equal(group->function, function)) {
            return group;
        }
    }
    if (errors->group_count == ERROR_GROUP_COUNT_MAX) {
        errors->partial = "there are more groups than are told";
        return NULL;
    }
    struct error_group *group = &errors->groups[errors->group_count++];
    *group = (struct error_group){
        .function = arena_dup(grouping->arena, function),
        .error_type = arena_dup(grouping->arena, error_type),
        .first_ns = INT64_MAX,
        .last_ns = INT64_MIN,
    };
    return group;
}

/* Of two of the same moment the smaller id. */
static bool newer(const struct invocation_facts *facts, int64_t start_ns, struct id16 request_id)
{
    if (facts->start_ns != start_ns) {
        return facts->start_ns > start_ns;
    }
    return memcmp(&facts->request_id, &request_id, sizeof(request_id)) < 0;
}

static void add_example(struct error_group *group, const struct invocation_facts *facts)
{
    uint32_t at = group->example_count;
    while (at > 0 && newer(facts, group->example_ns[at - 1], group->examples[at - 1])) {
        at--;
    }
    if (at == ERROR_EXAMPLE_COUNT_MAX) {
        return;
    }
    uint32_t last = group->example_count < ERROR_EXAMPLE_COUNT_MAX ? group->example_count
                                                                   : ERROR_EXAMPLE_COUNT_MAX - 1;
    memmove(&group->examples[at + 1], &group->examples[at],
            (last - at) * sizeof(group->examples[0]));
    memmove(&group->example_ns[at + 1], &group->example_ns[at],
            (last - at) * sizeof(group->example_ns[0]));
    group->examples[at] = facts->request_id;
    group->example_ns[at] = facts->start_ns;
    group->example_count = last + 1;
}

static void visit(void *context, const struct invocation_facts *facts,
                  const struct function_facts *function)
{
    const struct grouping *grouping = context;
    if (facts->outcome != OUTCOME_ERROR && facts->outcome != OUTCOME_TIMEOUT) {
        return;
    }
    struct slice type = facts->error_type;
    if (type.size == 0) {
        type = facts->outcome == OUTCOME_TIMEOUT ? SLICE("timeout") : SLICE("error");
    }
    struct error_group *group = group_of(grouping, function->name, type);
    if (group == NULL) {
        return;
    }
    group->count++;
    group->first_ns = facts->start_ns < group->first_ns ? facts->start_ns : group->first_ns;
    group->last_ns = facts->start_ns > group->last_ns ? facts->start_ns : group->last_ns;
    add_example(group, facts);
}

static int compare_groups(const void *one, const void *other)
{
    const struct error_group *a = one;
    const struct error_group *b = other;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    int order = slice_compare(a->function, b->function);
    return order != 0 ? order : slice_compare(a->error_type, b->error_type);
}

enum status errors_read(const struct query *query, struct query_range range, struct arena *arena,
                        struct errors *errors)
{
    *errors = (struct errors){.group_count = 0};
    errors->groups = arena_alloc_array(arena, ERROR_GROUP_COUNT_MAX, sizeof(errors->groups[0]));
    if (errors->groups == NULL) {
        return STATUS_FULL;
    }
    struct grouping grouping = {errors, arena};
    const struct sweep sweep = {range, ERROR_INVOCATION_COUNT_MAX, visit, &grouping, NULL};
    const char *partial;
    enum status status = sweep_run(query, &sweep, arena, &partial);
    errors->partial = partial != NULL ? partial : errors->partial;
    qsort(errors->groups, errors->group_count, sizeof(errors->groups[0]), compare_groups);
    return status == STATUS_OK && arena_overflowed(arena) ? STATUS_FULL : status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "report/worst.h"

#include "report/group.h"

#include <stdlib.h>

void worst_fini(struct worst *worst)
{
    for (size_t i = 0; i < worst->failed_count; i++) {
        free(worst->failed[i].memory);
    }
    for (size_t i = 0; i < worst->slow_count; i++) {
        free(worst->slow[i].memory);
    }
    *worst = (struct worst){.failed_count = 0};
}

static void keep(struct worst_one *one, const struct facts *facts, uint32_t group,
                 const struct trail *trail)
{
    free(one->memory);
    *one = (struct worst_one){.facts = *facts, .group = group};
    if (trail == NULL) {
        return;
    }
    one->lines = trail->lines;
    one->dropped = trail->dropped;
    one->complaint = trail->complaint;
    size_t size = trail_size(trail);
    one->memory = size == 0 ? NULL : malloc(size);
    if (one->memory != NULL) {
        one->size = size;
        one->head_size = trail->head_size;
        trail_copy(trail, one->memory);
    } else {
        one->dropped = trail->lines;
    }
}

/* The one that waited least. */
static size_t least_of(const struct worst_one *ones, size_t count)
{
    size_t least = 0;
    for (size_t i = 1; i < count; i++) {
        if (facts_wait_ns(&ones[i].facts) < facts_wait_ns(&ones[least].facts)) {
            least = i;
        }
    }
    return least;
}

static size_t count_group(const struct worst *worst, uint32_t group)
{
    size_t count = 0;
    for (size_t i = 0; i < worst->failed_count; i++) {
        count += worst->failed[i].group == group;
    }
    return count;
}

/* Which of the failed ones gives way to one of this group; failed_count: none. */
static size_t least_failed(const struct worst *worst, uint32_t group, int64_t wait_ns)
{
    size_t own = count_group(worst, group);
    size_t place = worst->failed_count;
    for (size_t i = 0; i < worst->failed_count; i++) {
        const struct worst_one *one = &worst->failed[i];
        size_t many = count_group(worst, one->group);
        bool shorter = facts_wait_ns(&one->facts) < wait_ns;
        /* A second of its kind gives way to a first, and among equals the shorter one. */
        bool weaker = own >= REPORT_FAILED_PER_GROUP_MAX
                          ? shorter && one->group == group
                          : many > own + 1 || (shorter && many > own);
        if (weaker && (place == worst->failed_count ||
                       facts_wait_ns(&one->facts) < facts_wait_ns(&worst->failed[place].facts))) {
            place = i;
        }
    }
    return place;
}

static void add_failed(struct worst *worst, const struct facts *facts, uint32_t group,
                       const struct trail *trail)
{
    size_t place = worst->failed_count;
    if (worst->failed_count == REPORT_FAILED_COUNT_MAX ||
        count_group(worst, group) >= REPORT_FAILED_PER_GROUP_MAX) {
        place = least_failed(worst, group, facts_wait_ns(facts));
        if (place == worst->failed_count) {
            return;
        }
    } else {
        worst->failed_count++;
        worst->failed[place].memory = NULL;
    }
    keep(&worst->failed[place], facts, group, trail);
}

void worst_add(struct worst *worst, const struct facts *facts, uint32_t group,
               const struct trail *trail)
{
    if (facts_failed(facts)) {
        add_failed(worst, facts, group, trail);
        return;
    }
    if (facts_duration_ns(facts) == STREAMS_UNKNOWN) {
        return;
    }
    size_t place = worst->slow_count;
    if (place == REPORT_SLOW_COUNT_MAX) {
        if (facts_wait_ns(facts) <= worst->slow_least_ns) {
            return;
        }
        place = least_of(worst->slow, place);
    } else {
        worst->slow_count++;
        worst->slow[place].memory = NULL;
    }
    keep(&worst->slow[place], facts, group, trail);
    if (worst->slow_count == REPORT_SLOW_COUNT_MAX) {
        size_t least = least_of(worst->slow, worst->slow_count);
        worst->slow_least_ns = facts_wait_ns(&worst->slow[least].facts);
    }
}

const struct label *worst_type(const struct facts *facts, const struct complaint *complaint)
{
    bool says = facts->error_type.size > 0 &&
                !slice_equal(label_text(&facts->error_type), SLICE("Runtime.Unknown"));
    bool lines_say = complaint->rank != COMPLAINT_NONE && complaint->type.size > 0;
    return says || !lines_say ? &facts->error_type : &complaint->type;
}

static int compare(const void *one, const void *other)
{
    const struct worst_one *a = *(const struct worst_one *const *)one;
    const struct worst_one *b = *(const struct worst_one *const *)other;
    if (facts_failed(&a->facts) != facts_failed(&b->facts)) {
        return facts_failed(&a->facts) ? -1 : 1;
    }
    int64_t a_ns = facts_wait_ns(&a->facts);
    int64_t b_ns = facts_wait_ns(&b->facts);
    return a_ns > b_ns ? -1 : a_ns < b_ns;
}

size_t worst_sort(const struct worst *worst, const struct worst_one *order[REPORT_WORST_COUNT_MAX])
{
    const struct worst_one *all[REPORT_FAILED_COUNT_MAX + REPORT_SLOW_COUNT_MAX];
    size_t count = 0;
    for (size_t i = 0; i < worst->failed_count; i++) {
        all[count] = &worst->failed[i];
        count++;
    }
    for (size_t i = 0; i < worst->slow_count; i++) {
        all[count] = &worst->slow[i];
        count++;
    }
    qsort(all, count, sizeof(void *), compare);
    count = count < REPORT_WORST_COUNT_MAX ? count : REPORT_WORST_COUNT_MAX;
    for (size_t i = 0; i < count; i++) {
        order[i] = all[i];
    }
    return count;
}

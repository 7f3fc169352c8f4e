/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_deploys.h"

#include "base/number.h"
#include "model/view.h"

#include <stdlib.h>

void alert_deploys_init(struct alert_deploys *deploys)
{
    deploys->offered = NULL;
    deploys->count = 0;
}

void alert_deploys_fini(struct alert_deploys *deploys)
{
    free(deploys->offered);
}

/* A version among the others of its function. */
struct judging {
    const struct view *view;
    const struct function_facts *facts;
    uint32_t row;
    bool follows; /* Another one was there well before it. */
    bool old;     /* One that was there before it has a higher number. */
};

static bool is_below(struct slice version, struct slice other)
{
    uint64_t one = 0, two = 0;
    return number_parse_u64(version, &one) == NUMBER_OK &&
           number_parse_u64(other, &two) == NUMBER_OK && one < two;
}

static void judge_by(void *context, uint32_t row)
{
    struct judging *judging = context;
    const struct function_facts *facts = judging->facts;
    struct function_facts other;
    if (row == judging->row) {
        return;
    }
    view_function(judging->view, row, &other);
    if (other.first_seen_ns == UNKNOWN_NS || other.first_seen_ns >= facts->first_seen_ns ||
        !slice_equal(other.account, facts->account) || !slice_equal(other.region, facts->region)) {
        return;
    }
    judging->follows =
        judging->follows || facts->first_seen_ns - other.first_seen_ns >= ALERT_DEPLOY_APART_NS;
    judging->old = judging->old || is_below(facts->version, other.version);
}

static bool is_new(const struct view *view, uint32_t row, const struct function_facts *facts)
{
    struct judging judging = {.view = view, .facts = facts, .row = row};
    if (facts->version.size == 0 || slice_equal(facts->version, SLICE("$LATEST"))) {
        return false;
    }
    view_functions_named(view, facts->name, judge_by, &judging);
    return judging.follows && !judging.old;
}

/* Room for what is noted of each row; new ones were not looked at. */
static bool reserve(struct alert_deploys *deploys, uint32_t count)
{
    if (count <= deploys->count) {
        return true;
    }
    int64_t *offered = realloc(deploys->offered, count * sizeof(*offered));
    if (offered == NULL) {
        return false;
    }
    for (uint32_t i = deploys->count; i < count; i++) {
        offered[i] = UNKNOWN_NS;
    }
    deploys->offered = offered;
    deploys->count = count;
    return true;
}

size_t alert_deploys_find(struct alert_deploys *deploys, struct view *view)
{
    size_t found = 0;
    view_read_begin(view);
    uint32_t count = view_function_count(view);
    if (!reserve(deploys, count)) {
        count = 0;
    }
    for (uint32_t row = 0; row < count && found < ALERT_DEPLOY_COUNT_MAX; row++) {
        struct function_facts facts;
        view_function(view, row, &facts);
        /* A row of a function that was forgotten may become another's. */
        if (facts.first_seen_ns == deploys->offered[row]) {
            continue;
        }
        deploys->offered[row] = facts.first_seen_ns;
        if (facts.first_seen_ns > 0 && is_new(view, row, &facts)) {
            deploys->found[found] = (struct notify_deploy){.at_ns = (uint64_t)facts.first_seen_ns,
                                                           .source = NOTIFY_DEPLOY_VERSION,
                                                           .account = facts.account,
                                                           .region = facts.region,
                                                           .function = facts.name,
                                                           .version = facts.version,
                                                           .env = facts.environment};
            found++;
        }
    }
    view_read_end(view);
    return found;
}

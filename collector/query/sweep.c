/* SPDX-License-Identifier: Apache-2.0 */
#include "query/sweep.h"
#include "query/query_limits.h"

#include "model/rollups.h"

/* An invocation stands in the index where its init began; inits last minutes at most. */
#define SWEEP_INIT_NS INT64_C(900000000000)

enum status_of_hold { HOLD_ENDED, HOLD_MORE, HOLD_FULL, HOLD_STOPPED };

struct sweeping {
    const struct query *query;
    const struct sweep *sweep;
    uint32_t left;     /* Of count_max. */
    int64_t before_ns; /* Minutes before this are still to come. */
    int64_t from_ns;   /* What started earlier is for the store. */
    bool alone;        /* Nothing is for the store. */
    bool visited;      /* Some minutes. */
    bool lost;         /* The view has forgotten what was to be visited. */
};

/* The view forgets meanwhile: what it may not have all of is for the store, unless it was visited
 * already.  Then what stands in earlier minutes for its init may be lost. */
static void recede(struct sweeping *sweeping)
{
    int64_t forgotten_ns = view_forgotten_ns(sweeping->query->view);
    if (sweeping->alone || forgotten_ns < sweeping->from_ns) {
        return;
    }
    int64_t from_ns = rollup_minute(forgotten_ns) + MINUTE_NS;
    sweeping->lost = sweeping->lost || (sweeping->visited && from_ns > sweeping->before_ns);
    from_ns = from_ns < sweeping->before_ns ? from_ns : sweeping->before_ns;
    sweeping->from_ns = from_ns > sweeping->from_ns ? from_ns : sweeping->from_ns;
}

static bool in_range(const struct sweeping *sweeping, int64_t start_ns)
{
    return start_ns >= sweeping->from_ns && start_ns >= sweeping->sweep->range.from_ns &&
           start_ns < sweeping->sweep->range.to_ns;
}

static enum status_of_hold visit_minute(struct sweeping *sweeping, struct view_walk *walk,
                                        uint32_t *held)
{
    const struct view *view = sweeping->query->view;
    for (uint32_t row; (row = view_walk_invocation(view, walk)) != ROW_NONE;) {
        struct invocation_facts facts;
        struct function_facts function;
        (*held)++;
        view_invocation(view, row, &facts);
        if (!in_range(sweeping, facts.start_ns)) {
            continue;
        }
        if (sweeping->left == 0) {
            return HOLD_FULL;
        }
        sweeping->left--;
        view_function(view, facts.function, &function);
        sweeping->sweep->visit(sweeping->sweep->context, &facts, &function);
    }
    return HOLD_MORE;
}

static enum status_of_hold hold(struct sweeping *sweeping)
{
    struct view_walk walk;
    uint32_t held = 0;
    enum status_of_hold status = HOLD_MORE;
    recede(sweeping);
    int64_t first_ns = sweeping->from_ns > SWEEP_INIT_NS ? sweeping->from_ns - SWEEP_INIT_NS : 0;
    view_walk_init(&walk, first_ns, sweeping->before_ns);
    while (status == HOLD_MORE && held < HOLD_INVOCATION_COUNT) {
        int64_t minute_ns;
        if (!view_walk_minute(sweeping->query->view, &walk, &minute_ns)) {
            return HOLD_ENDED;
        }
        status = visit_minute(sweeping, &walk, &held);
        sweeping->before_ns = minute_ns;
        sweeping->visited = true;
    }
    return status;
}

static bool stops(const struct sweep *sweep)
{
    return sweep->stop != NULL && sweep->stop(sweep->context, INT64_MAX);
}

static enum status_of_hold visit_remembered(struct sweeping *sweeping)
{
    struct view *view = sweeping->query->view;
    enum status_of_hold status = HOLD_MORE;
    sweeping->left = sweeping->sweep->count_max;
    sweeping->before_ns = sweeping->sweep->range.to_ns;
    sweeping->from_ns = sweeping->sweep->range.from_ns;
    while (status == HOLD_MORE) {
        view_read_begin(view);
        status = hold(sweeping);
        view_read_end(view);
        if (status == HOLD_MORE && stops(sweeping->sweep)) {
            status = HOLD_STOPPED;
        }
    }
    return status;
}

bool sweep_remembered(const struct query *query, const struct sweep *sweep)
{
    struct sweeping sweeping = {.query = query, .sweep = sweep, .alone = true};
    return visit_remembered(&sweeping) != HOLD_FULL;
}

enum status sweep_run(const struct query *query, const struct sweep *sweep, struct arena *arena,
                      const char **partial)
{
    struct sweeping sweeping = {.query = query, .sweep = sweep};
    *partial = NULL;
    enum status_of_hold visited = visit_remembered(&sweeping);
    if (visited != HOLD_ENDED) {
        *partial = visited == HOLD_FULL
                       ? "there are more invocations than are looked at: older ones are left out"
                       : NULL;
        return STATUS_OK;
    }
    struct sweep rest = *sweep;
    rest.range.to_ns = sweeping.from_ns;
    enum status status = sweep_store(query, &rest, arena, partial);
    if (sweeping.lost && *partial == NULL) {
        *partial = "some invocations were forgotten while they were looked at";
    }
    return status;
}

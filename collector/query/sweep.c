/* SPDX-License-Identifier: Apache-2.0 */
#include "query/sweep.h"
#include "query/query_limits.h"

/* An invocation stands in the index where its init began; inits last minutes at most. */
#define SWEEP_INIT_NS INT64_C(900000000000)

enum status_of_hold { HOLD_ENDED, HOLD_MORE, HOLD_FULL };

static enum status_of_hold hold(const struct query *query, struct query_range range,
                                int64_t *before_ns, uint32_t *left, sweep_visit *visit,
                                void *context)
{
    struct view *view = query->view;
    struct view_walk walk;
    uint32_t held = 0;
    int64_t minute_ns;
    view_walk_init(&walk, range.from_ns > SWEEP_INIT_NS ? range.from_ns - SWEEP_INIT_NS : 0,
                   *before_ns);
    while (held < HOLD_INVOCATION_COUNT) {
        if (!view_walk_minute(view, &walk, &minute_ns)) {
            return HOLD_ENDED;
        }
        for (uint32_t row; (row = view_walk_invocation(view, &walk)) != ROW_NONE;) {
            struct invocation_facts facts;
            struct function_facts function;
            held++;
            view_invocation(view, row, &facts);
            if (facts.start_ns < range.from_ns || facts.start_ns >= range.to_ns) {
                continue;
            }
            if (*left == 0) {
                return HOLD_FULL;
            }
            (*left)--;
            view_function(view, facts.function, &function);
            visit(context, &facts, &function);
        }
        *before_ns = minute_ns;
    }
    return HOLD_MORE;
}

bool sweep_run(const struct query *query, struct query_range range, uint32_t count_max,
               sweep_visit *visit, void *context)
{
    int64_t before_ns = range.to_ns;
    uint32_t left = count_max;
    enum status_of_hold status = HOLD_MORE;
    while (status == HOLD_MORE) {
        view_read_begin(query->view);
        status = hold(query, range, &before_ns, &left, visit, context);
        view_read_end(query->view);
    }
    return status == HOLD_ENDED;
}

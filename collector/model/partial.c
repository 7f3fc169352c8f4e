/* SPDX-License-Identifier: Apache-2.0 */
#include "model/partial.h"
#include "model/derive.h"
#include "model/model_limits.h"

int64_t partial_last_ns(const struct invocation *invocation)
{
    int64_t end_ns = derive_told_end_ns(invocation);
    if (end_ns != UNKNOWN_NS) {
        return end_ns;
    }
    return invocation->deadline_ns != UNKNOWN_NS ? invocation->deadline_ns
                                                 : invocation->start_ns + INVOCATION_NS_MAX;
}

static int64_t init_end_ns(const struct init *init)
{
    if (init->end_ns != UNKNOWN_NS) {
        return init->end_ns;
    }
    return init->duration_ns != UNKNOWN_NS ? init->start_ns + init->duration_ns : init->start_ns;
}

static bool inside(const struct init *init, const struct invocation *invocation)
{
    return init->suppressed && init->start_ns >= invocation->start_ns - WINDOW_SLACK_NS &&
           init->start_ns <= partial_last_ns(invocation);
}

/* Whether the init that an invocation waited for was inside of it. */
static bool waited_inside(const struct view *view, const struct invocation *invocation)
{
    const struct instance *instance = &view->instances.rows[invocation->instance];
    bool any = slice_equal(text_get(&view->texts, invocation->init_phase), SLICE("invoke"));
    for (uint32_t i = 0; i < instance->init_count; i++) {
        any = any || inside(&instance->inits[i], invocation);
    }
    return any;
}

bool partial_init_tells(const struct view *view, const struct init *init,
                        const struct invocation *invocation)
{
    if (!view->partial && init->start_ns > view_forgotten_ns(view)) {
        return true;
    }
    int64_t gap_ns = invocation->start_ns - init_end_ns(init);
    bool soon = gap_ns <= PARTIAL_INIT_GAP_NS;
    if (init->suppressed) {
        return inside(init, invocation) || (soon && invocation->cold_told == 1);
    }
    if (waited_inside(view, invocation)) {
        return false;
    }
    return invocation->init_ns != UNKNOWN_NS || (soon && invocation->cold_told < 0) ||
           (gap_ns <= PROACTIVE_GAP_NS && invocation->cold_told == 1);
}

bool partial_stop_tells(const struct view *view, const struct stop *stop,
                        const struct invocation *invocation)
{
    return !view->partial || stop->time_ns <= partial_last_ns(invocation) + END_GRACE_NS;
}

bool partial_time_tells(const struct view *view, const struct instance *instance)
{
    return !view->partial ||
           !slice_equal(text_get(&view->texts, instance->type), SLICE("lambda-managed-instances"));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/async.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/log.h"
#include "sandbox/mapping.h"
#include "sandbox/platform.h"

#include <stdlib.h>

/* A throttled event comes again after so long. */
#define THROTTLE_WAIT_NS (100 * CLOCK_NS_PER_MS)

struct async_event {
    struct invocation *invocation;
    struct loop_timer timer;
    uint64_t born_ns;
    size_t attempts;
    bool failed;
    struct async_event *previous;
    struct async_event *next;
};

static struct async_event *events;

static struct platform *platform_of(const struct async_event *event)
{
    return event->invocation->function->platform;
}

static void event_free(struct async_event *event)
{
    loop_clear(&platform_of(event)->loop, &event->timer);
    if (event->previous == NULL) {
        events = event->next;
    } else {
        event->previous->next = event->next;
    }
    if (event->next != NULL) {
        event->next->previous = event->previous;
    }
    event->invocation->over = NULL;
    invocation_release(event->invocation);
    free(event);
}

static void give_up(struct async_event *event, const char *why)
{
    const struct invocation *invocation = event->invocation;
    const struct config_function *function = invocation->function->config;
    log_warn("event-given-up", log_string("function", function->name),
             log_string("request_id", invocation->request_id), log_string("why", why));
    if (function->dead_letter != NULL) {
        mapping_dead_letter(platform_of(event), slice_from(function->dead_letter),
                            buf_bytes(&invocation->payload), invocation->request_id, why);
    }
    event_free(event);
}

static void try_again(struct async_event *event, uint64_t wait_ns)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (now_ns + wait_ns - event->born_ns > event->invocation->function->config->max_event_age_ns) {
        give_up(event, "EventAgeExceeded");
        return;
    }
    loop_set(&platform_of(event)->loop, &event->timer, now_ns + wait_ns);
}

static void on_timer(void *owner)
{
    struct async_event *event = owner;
    event->failed = false;
    function_invoke(event->invocation->function, event->invocation);
}

static void on_over(struct invocation *invocation)
{
    struct async_event *event = invocation->owner;
    const struct config *config = platform_of(event)->config;
    event->attempts++;
    if (!event->failed) {
        event_free(event);
    } else if (event->attempts > config->retry_count) {
        give_up(event, "RetriesExhausted");
    } else {
        try_again(event, config->retry_ns[event->attempts - 1]);
    }
}

static void on_done(struct invocation *invocation, const struct invocation_result *result)
{
    struct async_event *event = invocation->owner;
    if (result->throttled) {
        try_again(event, THROTTLE_WAIT_NS);
        return;
    }
    event->failed = result->function_error;
}

void async_invoke(struct invocation *invocation)
{
    struct async_event *event = calloc(1, sizeof(*event));
    ENSURE(event != NULL);
    event->invocation = invocation;
    event->born_ns = clock_monotonic_ns();
    event->timer = (struct loop_timer){.fire = on_timer, .owner = event};
    event->next = events;
    if (events != NULL) {
        events->previous = event;
    }
    events = event;
    invocation->owner = event;
    invocation->done = on_done;
    invocation->over = on_over;
    loop_set(&platform_of(event)->loop, &event->timer, event->born_ns);
}

unsigned async_count(void)
{
    unsigned count = 0;
    for (const struct async_event *event = events; event != NULL; event = event->next) {
        count++;
    }
    return count;
}

void async_clear(void)
{
    struct async_event *event = events;
    while (event != NULL) {
        struct async_event *next = event->next;
        if (!event->invocation->active) {
            event_free(event);
        }
        event = next;
    }
}

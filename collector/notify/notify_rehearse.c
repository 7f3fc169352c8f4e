/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_rehearse.h"

#include <stdlib.h>

/* What fires is told of again so often: a book that hears nothing takes it for over. */
#define AGAIN_NS (NOTIFY_LOST_NS / 2)

/* Moments at which something is heard or due: a month of a hundred groups that change all the time.
 */
#define STEP_COUNT_MAX 1000000u

/* ---- One after the other. ---- */

/* When an alert fires, or ends. */
struct event {
    uint64_t time_ns;
    const struct notify_alert *alert;
    bool ends;
};

static int by_time(const void *one, const void *other)
{
    const struct event *left = one, *right = other;
    if (left->time_ns != right->time_ns) {
        return left->time_ns < right->time_ns ? -1 : 1;
    }
    return left->alert < right->alert ? -1 : left->alert > right->alert;
}

static size_t list_events(const struct notify_alert *alerts, size_t count, struct event *events)
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        events[listed++] = (struct event){alerts[i].fired_ns, &alerts[i], false};
        if (alerts[i].ends_ns > 0) {
            events[listed++] = (struct event){alerts[i].ends_ns, &alerts[i], true};
        }
    }
    qsort(events, listed, sizeof(*events), by_time);
    return listed;
}

static void hear(struct notify_book *book, const struct event *event)
{
    struct notify_alert alert = *event->alert;
    alert.ends_ns = event->ends ? alert.ends_ns : 0;
    (void)notify_book_hear(book, &alert, event->time_ns);
}

/* Say of what fires that it still does. */
static void say_again(struct notify_book *book, const struct notify_alert *alerts, size_t count,
                      uint64_t now_ns)
{
    for (size_t i = 0; i < count; i++) {
        if (alerts[i].fired_ns <= now_ns &&
            (alerts[i].ends_ns == 0 || now_ns < alerts[i].ends_ns)) {
            hear(book, &(struct event){now_ns, &alerts[i], false});
        }
    }
}

/* Let everything that is due be told and taken. */
static void settle(struct notify_book *book, uint64_t now_ns, struct notify_rehearsed *counts)
{
    const struct notify_message *message;
    (void)notify_book_step(book, now_ns);
    while ((message = notify_book_next(book, now_ns)) != NULL) {
        for (size_t i = 0; i < book->plan->target_count; i++) {
            if (counts[i].target == message->target) {
                counts[i].messages += !message->resolved;
                counts[i].resolved += message->resolved;
            }
        }
        notify_book_attempted(book, message->number, NOTIFY_TAKEN, 0, "", now_ns);
    }
}

enum status notify_rehearse(struct notify_book *book, const struct notify_alert *alerts,
                            size_t count, uint64_t end_ns, struct notify_rehearsed *counts)
{
    const struct notify_plan *plan = book->plan;
    struct event *events = calloc(2 * count + 1, sizeof(*events));
    if (events == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < plan->target_count; i++) {
        const struct notify_target *target = &plan->targets[i];
        counts[i] = (struct notify_rehearsed){
            .target = target->id, .receiver = target->receiver, .kind = target->kind};
    }
    size_t event_count = list_events(alerts, count, events), at = 0;
    uint64_t again_ns = event_count > 0 ? events[0].time_ns + AGAIN_NS : UINT64_MAX;
    for (size_t steps = 0; steps < STEP_COUNT_MAX; steps++) {
        uint64_t now_ns = at < event_count ? events[at].time_ns : UINT64_MAX;
        uint64_t due_ns = notify_book_due_ns(book);
        now_ns = due_ns < now_ns ? due_ns : now_ns;
        now_ns = again_ns < now_ns ? again_ns : now_ns;
        if (now_ns > end_ns) {
            break;
        }
        while (at < event_count && events[at].time_ns <= now_ns) {
            hear(book, &events[at++]);
        }
        if (now_ns >= again_ns) {
            say_again(book, alerts, count, now_ns);
            again_ns = now_ns + AGAIN_NS;
        }
        settle(book, now_ns, counts);
    }
    free(events);
    return STATUS_OK;
}

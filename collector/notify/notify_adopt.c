/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_private.h"

#include <stdlib.h>

/* The paces of the new plan's targets, with what is known of them. */
static void adopt_paces(struct notify_book *book)
{
    const struct notify_plan *plan = book->plan;
    struct notify_pace *paces = calloc(plan->target_count + 1, sizeof(*paces));
    if (paces == NULL) {
        return; /* Targets without a pace are sent nothing; the next plan makes up for it. */
    }
    for (size_t i = 0; i < plan->target_count; i++) {
        paces[i].target = plan->targets[i].id;
        for (size_t j = 0; j < book->pace_count; j++) {
            if (book->paces[j].target == paces[i].target) {
                paces[i] = book->paces[j];
            }
        }
        paces[i].next_ns = 0; /* Who changed the plan wants to see what comes of it. */
    }
    free(book->paces);
    book->paces = paces;
    book->pace_count = plan->target_count;
}

static bool route_has(const struct notify_plan *plan, const struct notify_route *route,
                      uint64_t target)
{
    for (size_t i = 0; i < route->target_count; i++) {
        if (plan->targets[route->target_first + i].id == target) {
            return true;
        }
    }
    return false;
}

static bool waits(struct notify_book *book, uint64_t number)
{
    const struct notify_message *message = notify_book_message(book, number);
    return message != NULL && message->delivery == NOTIFY_WAITING;
}

/* Forget what targets were told that the route does not have any more. */
static void adopt_logs(struct notify_book *book, struct notify_group *group)
{
    size_t kept = 0;
    for (size_t i = 0; i < group->log_count; i++) {
        if (route_has(book->plan, group->route, group->logs[i].target)) {
            group->logs[kept] = group->logs[i];
            if (!waits(book, group->logs[kept].busy)) {
                group->logs[kept].busy = 0;
            }
            kept++;
        } else {
            free(group->logs[i].told);
        }
    }
    group->log_count = kept;
}

/* A message that waits for a target that is gone, or NULL. */
static struct notify_message *find_orphan(struct notify_book *book)
{
    for (size_t i = 0; i < book->message_count; i++) {
        struct notify_message *message = &book->messages[i];
        if (message->delivery == NOTIFY_WAITING &&
            notify_plan_target(book->plan, message->target) == NULL) {
            return message;
        }
    }
    return NULL;
}

void notify_book_adopt(struct notify_book *book, struct notify_plan *plan, uint64_t now_ns)
{
    struct notify_plan *before = book->plan;
    book->plan = notify_plan_hold(plan);
    book->stale = true;
    adopt_paces(book);
    for (size_t i = 0; i < book->group_count; i++) {
        book->groups[i].member_count = 0;
        book->groups[i].route = NULL;
    }
    for (size_t i = 0; i < book->alarm_count; i++) {
        book->alarms[i].groups = 0;
        notify_groups_join(book, &book->alarms[i], now_ns);
    }
    for (size_t i = book->group_count; i > 0; i--) {
        struct notify_group *group = &book->groups[i - 1];
        if (group->route == NULL) {
            notify_groups_remove(book, group);
        } else {
            adopt_logs(book, group);
        }
    }
    for (struct notify_message *orphan = find_orphan(book); orphan != NULL;
         orphan = find_orphan(book)) {
        notify_messages_fail(book, orphan, "its receiver is not configured any more", now_ns);
    }
    notify_plan_drop(before);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* What one target could be told of a group now. */
struct flush {
    struct notify_book *book;
    struct notify_group *group;
    const struct notify_target *target;
    struct notify_log *log;
    uint64_t now_ns;
    size_t firing;   /* Alerts that fire and are not muted. */
    size_t news;     /* Of those, that the target was not told of. */
    size_t resolved; /* Alerts that it was told of, and that are over. */
};

static bool is_muted(const struct notify_alarm *alarm)
{
    return alarm->silence != 0 || alarm->inhibitor != 0;
}

static bool fires(const struct notify_alarm *alarm)
{
    return alarm->note->alert.ends_ns == 0;
}

static struct notify_alarm *member_of(const struct flush *flush, size_t i)
{
    struct notify_alarm *alarm = notify_book_alarm(flush->book, flush->group->members[i]);
    ENSURE(alarm != NULL);
    return alarm;
}

static bool was_told(const struct flush *flush, const struct notify_alarm *alarm)
{
    return notify_log_find(flush->log, alarm->note->alert.fingerprint) != NULL;
}

static void look(struct flush *flush)
{
    for (size_t i = 0; i < flush->group->member_count; i++) {
        const struct notify_alarm *alarm = member_of(flush, i);
        const struct notify_told *told =
            notify_log_find(flush->log, alarm->note->alert.fingerprint);
        if (!fires(alarm)) {
            flush->resolved += told != NULL;
        } else if (!is_muted(alarm)) {
            flush->firing++;
            flush->news += told == NULL || told->fired_ns != alarm->note->alert.fired_ns;
        }
    }
}

/* What fires and is not muted, then what is resolved, as far as there is room. */
static bool fill(const struct flush *flush, struct notify_message *message)
{
    size_t most = flush->target->kind == NOTIFY_ALERTMANAGER ? NOTIFY_ALERT_COUNT_MAX
                                                             : NOTIFY_MESSAGE_ALERT_MAX;
    size_t resolved = flush->target->send_resolved ? flush->resolved : 0;
    size_t wanted = flush->firing + resolved;
    size_t room = wanted < most ? wanted : most;
    message->items = calloc(room, sizeof(*message->items));
    if (message->items == NULL) {
        return false;
    }
    for (int over = 0; over <= (resolved > 0 ? 1 : 0); over++) {
        for (size_t i = 0; i < flush->group->member_count && message->item_count < room; i++) {
            const struct notify_alarm *alarm = member_of(flush, i);
            bool tells = over == 0 ? fires(alarm) && !is_muted(alarm)
                                   : !fires(alarm) && was_told(flush, alarm);
            if (tells) {
                message->items[message->item_count] =
                    (struct notify_item){notify_note_hold(alarm->note), over == 1};
                message->item_count++;
            }
        }
    }
    message->left_out = wanted - message->item_count;
    return true;
}

/* The log after this: what fires and may be told of is told, what is over is not any more, and what
 * is muted stays as it was. */
static bool write_log(const struct flush *flush)
{
    size_t count = 0;
    struct notify_told *told = calloc(flush->group->member_count + 1, sizeof(*told));
    if (told == NULL) {
        return false;
    }
    for (size_t i = 0; i < flush->group->member_count; i++) {
        const struct notify_alarm *alarm = member_of(flush, i);
        const struct notify_alert *alert = &alarm->note->alert;
        const struct notify_told *before = notify_log_find(flush->log, alert->fingerprint);
        if (fires(alarm) && (!is_muted(alarm) || before != NULL)) {
            uint64_t fired_ns = is_muted(alarm) ? before->fired_ns : alert->fired_ns;
            told[count] = (struct notify_told){alert->fingerprint, fired_ns};
            count++;
        }
    }
    free(flush->log->told);
    flush->log->told = told;
    flush->log->told_count = count;
    return true;
}

static bool repeat_is_due(const struct flush *flush)
{
    uint64_t repeat_ns = flush->group->route->repeat_ns;
    return repeat_ns > 0 && flush->firing > 0 && flush->now_ns > flush->log->last_ns &&
           flush->now_ns - flush->log->last_ns >= repeat_ns;
}

/* Make the message.  False: there is no room, and the group is to come back. */
static bool tell(struct flush *flush)
{
    struct notify_message *message = notify_messages_add(flush->book);
    if (message == NULL) {
        return false;
    }
    bool news = flush->news > 0 || (flush->resolved > 0 && flush->target->send_resolved);
    message->title = notify_title_hold(flush->group->title);
    message->target = flush->target->id;
    message->kind = flush->target->kind;
    message->resolved = flush->firing == 0;
    message->routine = !news && flush->target->kind == NOTIFY_ALERTMANAGER;
    message->made_ns = flush->now_ns;
    if (!notify_messages_name(message, flush->target->receiver) || !fill(flush, message) ||
        !write_log(flush)) {
        notify_messages_take_back(flush->book);
        return false;
    }
    flush->log->last_ns = flush->now_ns;
    flush->log->busy = message->number;
    return true;
}

/* False: the group is to come back soon. */
static bool flush_target(struct notify_book *book, struct notify_group *group,
                         const struct notify_target *target, uint64_t now_ns)
{
    struct flush flush = {.book = book,
                          .group = group,
                          .target = target,
                          .log = notify_groups_log(group, target->id),
                          .now_ns = now_ns};
    if (flush.log == NULL) {
        return false;
    }
    if (flush.log->busy != 0) {
        flush.log->late = true;
        return true;
    }
    flush.log->late = false;
    look(&flush);
    if (flush.news > 0 || (flush.resolved > 0 && target->send_resolved) || repeat_is_due(&flush)) {
        return tell(&flush);
    }
    return flush.resolved == 0 || write_log(&flush);
}

void notify_flush_group(struct notify_book *book, struct notify_group *group, uint64_t now_ns)
{
    const struct notify_route *route = group->route;
    bool done = true;
    for (size_t i = 0; i < route->target_count; i++) {
        const struct notify_target *target = &book->plan->targets[route->target_first + i];
        done = flush_target(book, group, target, now_ns) && done;
    }
    group->flushed = true;
    uint64_t wait_ns = route->interval_ns == 0 || !done ? NOTIFY_LOOK_NS : route->interval_ns;
    group->due_ns = now_ns + wait_ns;
}

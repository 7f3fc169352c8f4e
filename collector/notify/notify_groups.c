/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_private.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* ---- Finding and making. ---- */

struct search {
    const struct notify_book *book;
    uint64_t id;
};

static bool group_equal(const void *context, uint32_t row)
{
    const struct search *search = context;
    return search->book->groups[row].title->id == search->id;
}

struct notify_group *notify_groups_find(const struct notify_book *book, uint64_t id)
{
    const struct search search = {book, id};
    uint32_t row = 0;
    bool found = map_find(&book->group_map, hash_u64(id), group_equal, &search, &row);
    return found ? &book->groups[row] : NULL;
}

struct notify_group *notify_groups_add(struct notify_book *book, struct notify_title *title)
{
    if (book->group_count == NOTIFY_GROUP_COUNT_MAX ||
        map_insert(&book->group_map, hash_u64(title->id), (uint32_t)book->group_count) !=
            STATUS_OK) {
        notify_title_drop(title);
        return NULL;
    }
    struct notify_group *group = &book->groups[book->group_count];
    book->group_count++;
    *group = (struct notify_group){.title = title};
    return group;
}

void notify_groups_clear(struct notify_group *group)
{
    for (size_t i = 0; i < group->log_count; i++) {
        free(group->logs[i].told);
    }
    free(group->logs);
    free(group->members);
    notify_title_drop(group->title);
    *group = (struct notify_group){.title = NULL};
}

/* The last group moves into the place of one that goes. */
void notify_groups_remove(struct notify_book *book, struct notify_group *group)
{
    size_t row = (size_t)(group - book->groups);
    ENSURE(map_remove(&book->group_map, hash_u64(group->title->id), (uint32_t)row));
    notify_groups_clear(group);
    book->group_count--;
    if (row < book->group_count) {
        *group = book->groups[book->group_count];
        ENSURE(map_move(&book->group_map, hash_u64(group->title->id), (uint32_t)book->group_count,
                        (uint32_t)row));
    }
}

/* ---- Members. ---- */

/* The first place whose fingerprint is not below this one. */
static size_t place_of(const struct notify_group *group, uint64_t fingerprint)
{
    size_t low = 0;
    size_t high = group->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (group->members[middle] < fingerprint) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_member(const struct notify_group *group, uint64_t fingerprint)
{
    size_t place = place_of(group, fingerprint);
    return place < group->member_count && group->members[place] == fingerprint;
}

/* False without memory. */
static bool add_member(struct notify_group *group, uint64_t fingerprint)
{
    if (group->member_count == group->member_room) {
        size_t room = group->member_room == 0 ? 4 : group->member_room * 2;
        uint64_t *members = realloc(group->members, room * sizeof(*members));
        if (members == NULL) {
            return false;
        }
        group->members = members;
        group->member_room = room;
    }
    size_t place = place_of(group, fingerprint);
    memmove(&group->members[place + 1], &group->members[place],
            (group->member_count - place) * sizeof(*group->members));
    group->members[place] = fingerprint;
    group->member_count++;
    return true;
}

/* ---- Joining. ---- */

struct joining {
    struct notify_book *book;
    struct notify_alarm *alarm;
    uint64_t now_ns;
};

/* What is gathered after a deploy is told when its wave is over. */
static void put_off(const struct joining *joining, struct notify_group *group, uint64_t wave)
{
    uint64_t last_ns = wave == 0 ? 0 : notify_deploys_last_ns(&joining->book->deploys, wave);
    uint64_t over_ns = last_ns + joining->book->plan->gather_ns;
    if (last_ns != 0 && !group->flushed && over_ns > group->due_ns) {
        group->due_ns = over_ns;
    }
}

static void join(void *context, const struct notify_route *route)
{
    const struct joining *joining = context;
    const struct notify_alert *alert = &joining->alarm->note->alert;
    uint64_t wave = route->interval_ns == 0 ? 0 : joining->alarm->wave;
    struct notify_title *title = notify_title_of(route, alert, wave);
    if (title == NULL) {
        joining->book->counts.refused_alerts++;
        return;
    }
    struct notify_group *group = notify_groups_find(joining->book, title->id);
    if (group == NULL) {
        group = notify_groups_add(joining->book, title);
        if (group == NULL) {
            joining->book->counts.refused_alerts++;
            return;
        }
        group->due_ns = joining->now_ns + route->wait_ns;
    } else {
        notify_title_drop(title);
    }
    group->route = route;
    put_off(joining, group, wave);
    if (has_member(group, alert->fingerprint)) {
        return;
    }
    if (!add_member(group, alert->fingerprint)) {
        joining->book->counts.refused_alerts++;
        return;
    }
    joining->alarm->groups++;
    if (group->flushed && route->interval_ns == 0 && group->due_ns > joining->now_ns) {
        group->due_ns = joining->now_ns;
    }
}

void notify_groups_join(struct notify_book *book, struct notify_alarm *alarm, uint64_t now_ns)
{
    struct joining joining = {book, alarm, now_ns};
    notify_plan_route(book->plan, &alarm->note->alert, join, &joining);
}

void notify_groups_poke(struct notify_book *book, uint64_t fingerprint, uint64_t now_ns)
{
    for (size_t i = 0; i < book->group_count; i++) {
        struct notify_group *group = &book->groups[i];
        if (group->route->interval_ns == 0 && group->flushed && group->due_ns > now_ns &&
            has_member(group, fingerprint)) {
            group->due_ns = now_ns;
        }
    }
}

/* ---- Logs. ---- */

struct notify_log *notify_groups_log(struct notify_group *group, uint64_t target)
{
    for (size_t i = 0; i < group->log_count; i++) {
        if (group->logs[i].target == target) {
            return &group->logs[i];
        }
    }
    struct notify_log *logs = realloc(group->logs, (group->log_count + 1) * sizeof(*logs));
    if (logs == NULL) {
        return NULL;
    }
    group->logs = logs;
    struct notify_log *log = &logs[group->log_count];
    group->log_count++;
    *log = (struct notify_log){.target = target};
    return log;
}

const struct notify_told *notify_log_find(const struct notify_log *log, uint64_t fingerprint)
{
    size_t low = 0;
    size_t high = log->told_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log->told[middle].fingerprint < fingerprint) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < log->told_count && log->told[low].fingerprint == fingerprint;
    return found ? &log->told[low] : NULL;
}

static bool is_told(const struct notify_group *group, uint64_t fingerprint)
{
    for (size_t i = 0; i < group->log_count; i++) {
        if (notify_log_find(&group->logs[i], fingerprint) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_busy(const struct notify_group *group)
{
    for (size_t i = 0; i < group->log_count; i++) {
        if (group->logs[i].busy != 0) {
            return true;
        }
    }
    return false;
}

void notify_groups_prune(struct notify_book *book, struct notify_group *group)
{
    size_t kept = 0;
    for (size_t i = 0; i < group->member_count; i++) {
        uint64_t fingerprint = group->members[i];
        struct notify_alarm *alarm = notify_book_alarm(book, fingerprint);
        ENSURE(alarm != NULL);
        if (alarm->note->alert.ends_ns != 0 && !is_told(group, fingerprint)) {
            ENSURE(alarm->groups > 0);
            alarm->groups--;
        } else {
            group->members[kept] = fingerprint;
            kept++;
        }
    }
    group->member_count = kept;
    if (kept == 0 && !is_busy(group)) {
        notify_groups_remove(book, group);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_book.h"

#include "notify/notify_mute.h"
#include "notify/notify_private.h"
#include "notify/notify_silence.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum status notify_book_init(struct notify_book *book)
{
    *book = (struct notify_book){.plan = notify_plan_create()};
    map_init_growing(&book->alarm_map, NOTIFY_ALERT_COUNT_MAX);
    map_init_growing(&book->group_map, NOTIFY_GROUP_COUNT_MAX);
    book->alarms = calloc(NOTIFY_ALERT_COUNT_MAX, sizeof(*book->alarms));
    book->groups = calloc(NOTIFY_GROUP_COUNT_MAX, sizeof(*book->groups));
    book->messages = calloc(NOTIFY_WAITING_MAX + NOTIFY_SETTLED_MAX, sizeof(*book->messages));
    enum status status = notify_deploys_init(&book->deploys);
    if (status != STATUS_OK || book->plan == NULL || book->alarms == NULL || book->groups == NULL ||
        book->messages == NULL) {
        notify_book_fini(book);
        return STATUS_FULL;
    }
    return STATUS_OK;
}

void notify_book_fini(struct notify_book *book)
{
    for (size_t i = 0; i < book->alarm_count; i++) {
        notify_note_drop(book->alarms[i].note);
    }
    for (size_t i = 0; i < book->group_count; i++) {
        notify_groups_clear(&book->groups[i]);
    }
    for (size_t i = 0; i < book->message_count; i++) {
        notify_messages_clear(&book->messages[i]);
    }
    for (size_t i = 0; i < book->silence_count; i++) {
        notify_silence_free(book->silences[i]);
    }
    notify_deploys_fini(&book->deploys);
    map_fini(&book->alarm_map);
    map_fini(&book->group_map);
    free(book->alarms);
    free(book->groups);
    free(book->messages);
    free(book->paces);
    notify_plan_drop(book->plan);
    *book = (struct notify_book){.plan = NULL};
}

/* ---- Alerts. ---- */

struct search {
    const struct notify_book *book;
    uint64_t fingerprint;
};

static bool alarm_equal(const void *context, uint32_t row)
{
    const struct search *search = context;
    return search->book->alarms[row].note->alert.fingerprint == search->fingerprint;
}

struct notify_alarm *notify_book_alarm(const struct notify_book *book, uint64_t fingerprint)
{
    const struct search search = {book, fingerprint};
    uint32_t row = 0;
    bool found = map_find(&book->alarm_map, hash_u64(fingerprint), alarm_equal, &search, &row);
    return found ? &book->alarms[row] : NULL;
}

struct notify_alarm *notify_book_add_alarm(struct notify_book *book, struct notify_note *note,
                                           uint64_t now_ns)
{
    if (book->alarm_count == NOTIFY_ALERT_COUNT_MAX ||
        map_insert(&book->alarm_map, hash_u64(note->alert.fingerprint),
                   (uint32_t)book->alarm_count) != STATUS_OK) {
        book->counts.refused_alerts++;
        notify_note_drop(note);
        return NULL;
    }
    struct notify_alarm *alarm = &book->alarms[book->alarm_count];
    book->alarm_count++;
    *alarm = (struct notify_alarm){.note = note, .heard_ns = now_ns};
    return alarm;
}

/* Take out an alert that no group has; the last one moves into its place. */
static void remove_alarm(struct notify_book *book, size_t row)
{
    struct notify_alarm *alarm = &book->alarms[row];
    ENSURE(alarm->groups == 0);
    ENSURE(map_remove(&book->alarm_map, hash_u64(alarm->note->alert.fingerprint), (uint32_t)row));
    notify_note_drop(alarm->note);
    book->alarm_count--;
    if (row < book->alarm_count) {
        *alarm = book->alarms[book->alarm_count];
        ENSURE(map_move(&book->alarm_map, hash_u64(alarm->note->alert.fingerprint),
                        (uint32_t)book->alarm_count, (uint32_t)row));
    }
}

/* Whether what is told is about an earlier firing, or about one that is known to be over. */
static bool is_stale(const struct notify_alert *known, const struct notify_alert *alert)
{
    return known->fired_ns > alert->fired_ns ||
           (known->fired_ns == alert->fired_ns && known->ends_ns != 0);
}

/* The deploy that an alert is gathered with: what is critical waits for nothing. */
static uint64_t wave_of(const struct notify_book *book, const struct notify_alert *alert)
{
    const struct notify_place place = {.account = notify_label(alert, SLICE("account")),
                                       .region = notify_label(alert, SLICE("region")),
                                       .function = notify_label(alert, SLICE("function"))};
    if (place.function.size == 0 || book->plan->gather_ns == 0 ||
        slice_equal(notify_label(alert, SLICE("severity")), SLICE("critical"))) {
        return 0;
    }
    return notify_deploys_wave(&book->deploys, &place, alert->fired_ns, book->plan->gather_ns);
}

bool notify_book_deploy(struct notify_book *book, const struct notify_deploy *deploy)
{
    return notify_deploys_add(&book->deploys, deploy, book->plan->gather_ns);
}

bool notify_book_hear(struct notify_book *book, const struct notify_alert *alert, uint64_t now_ns)
{
    struct notify_alarm *alarm = notify_book_alarm(book, alert->fingerprint);
    if (alarm == NULL && alert->ends_ns != 0) {
        return false; /* Nobody was told that it fired. */
    }
    if (alarm != NULL) {
        const struct notify_alert *known = &alarm->note->alert;
        if (is_stale(known, alert)) {
            return false;
        }
        alarm->heard_ns = now_ns;
        if (notify_note_says(alarm->note, alert)) {
            return false;
        }
    }
    book->stale = true;
    struct notify_note *note = notify_note_create(alert);
    if (note == NULL) {
        book->counts.refused_alerts++;
        return false;
    }
    if (alarm == NULL) {
        alarm = notify_book_add_alarm(book, note, now_ns);
        if (alarm != NULL) {
            alarm->wave = wave_of(book, alert);
            notify_groups_join(book, alarm, now_ns);
        }
        return alarm != NULL;
    }
    const struct notify_alert *known = &alarm->note->alert;
    bool news =
        known->fired_ns != alert->fired_ns || (known->ends_ns != 0) != (alert->ends_ns != 0);
    notify_note_drop(alarm->note);
    alarm->note = note;
    if (news) {
        notify_groups_join(book, alarm, now_ns); /* Some may have let go of what was over. */
        notify_groups_poke(book, alert->fingerprint, now_ns);
    }
    return news;
}

/* What nobody speaks of any more is over: its rule is gone, or who evaluated it. */
static bool end_what_is_lost(struct notify_book *book, uint64_t now_ns)
{
    bool changed = false;
    for (size_t i = 0; i < book->alarm_count; i++) {
        struct notify_alarm *alarm = &book->alarms[i];
        if (alarm->note->alert.ends_ns == 0 && now_ns > alarm->heard_ns &&
            now_ns - alarm->heard_ns > NOTIFY_LOST_NS) {
            struct notify_alert alert = alarm->note->alert;
            alert.ends_ns = now_ns;
            changed = notify_book_hear(book, &alert, now_ns) || changed;
        }
    }
    return changed;
}

/* Forget alerts that are over and in no group. */
static void forget_alarms(struct notify_book *book)
{
    for (size_t i = book->alarm_count; i > 0; i--) {
        const struct notify_alarm *alarm = &book->alarms[i - 1];
        if (alarm->groups == 0 && alarm->note->alert.ends_ns != 0) {
            remove_alarm(book, i - 1);
        }
    }
}

/* ---- Silences. ---- */

static void remove_silence(struct notify_book *book, size_t index)
{
    notify_silence_free(book->silences[index]);
    book->silence_count--;
    memmove(&book->silences[index], &book->silences[index + 1],
            (book->silence_count - index) * sizeof(*book->silences));
}

/* Those that have been over for long. */
static bool forget_silences(struct notify_book *book, uint64_t now_ns)
{
    bool changed = false;
    for (size_t i = book->silence_count; i > 0; i--) {
        uint64_t ends_ns = book->silences[i - 1]->ends_ns;
        if (now_ns > ends_ns && now_ns - ends_ns > NOTIFY_SILENCE_KEEP_NS) {
            remove_silence(book, i - 1);
            changed = true;
        }
    }
    return changed;
}

enum status notify_book_silence(struct notify_book *book, const struct notify_silence_parts *parts,
                                uint64_t *id, char *error, size_t error_size)
{
    for (size_t i = 0; i < book->silence_count && book->silence_count == NOTIFY_SILENCE_COUNT_MAX;
         i++) {
        if (book->silences[i]->ends_ns <= parts->made_ns) {
            remove_silence(book, i);
        }
    }
    if (book->silence_count == NOTIFY_SILENCE_COUNT_MAX) {
        (void)slice_copy_text(SLICE("there are too many silences: end some"), error, error_size);
        return STATUS_FULL;
    }
    struct notify_silence *silence = NULL;
    enum status status =
        notify_silence_create(&silence, book->silence_last + 1, parts, error, error_size);
    if (status != STATUS_OK) {
        return status;
    }
    book->stale = true;
    book->silence_last++;
    book->silences[book->silence_count] = silence;
    book->silence_count++;
    *id = silence->id;
    return STATUS_OK;
}

bool notify_book_unsilence(struct notify_book *book, uint64_t id, uint64_t now_ns)
{
    for (size_t i = 0; i < book->silence_count; i++) {
        struct notify_silence *silence = book->silences[i];
        if (silence->id == id && silence->ends_ns > now_ns) {
            silence->ends_ns = now_ns;
            book->stale = true;
            return true;
        }
    }
    return false;
}

bool notify_book_step(struct notify_book *book, uint64_t now_ns)
{
    bool changed = end_what_is_lost(book, now_ns);
    changed = forget_silences(book, now_ns) || changed;
    bool looked = book->stale;
    if (book->stale) {
        notify_mute_look(book, now_ns);
        book->stale = false;
    }
    for (size_t i = book->group_count; i > 0; i--) {
        struct notify_group *group = &book->groups[i - 1];
        if (group->due_ns > now_ns) {
            continue;
        }
        if (!looked) {
            notify_mute_look(book, now_ns);
            looked = true;
        }
        uint64_t number = book->number_last;
        bool first = !group->flushed;
        notify_flush_group(book, group, now_ns);
        changed = changed || first || book->number_last != number;
        notify_groups_prune(book, group);
    }
    forget_alarms(book);
    return changed;
}

uint64_t notify_book_due_ns(const struct notify_book *book)
{
    uint64_t due_ns = UINT64_MAX;
    for (size_t i = 0; i < book->group_count; i++) {
        due_ns = book->groups[i].due_ns < due_ns ? book->groups[i].due_ns : due_ns;
    }
    for (size_t i = 0; i < book->message_count; i++) {
        const struct notify_message *message = &book->messages[i];
        if (message->delivery != NOTIFY_WAITING) {
            continue;
        }
        for (size_t j = 0; j < book->pace_count; j++) {
            const struct notify_pace *pace = &book->paces[j];
            if (pace->target == message->target && pace->next_ns < due_ns) {
                due_ns = pace->next_ns;
            }
        }
    }
    return due_ns;
}

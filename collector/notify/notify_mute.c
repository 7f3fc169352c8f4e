/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_mute.h"

#include "notify/notify_silence.h"

#include "base/hash.h"

#include <stdlib.h>

static uint64_t silence_of(const struct notify_book *book, const struct notify_alert *alert,
                           uint64_t now_ns)
{
    for (size_t i = 0; i < book->silence_count; i++) {
        if (notify_silence_covers(book->silences[i], alert, now_ns)) {
            return book->silences[i]->id;
        }
    }
    return 0;
}

/* The values of the labels that source and target must have in common, as one number. */
static uint64_t equal_hash(const struct notify_inhibition *inhibition,
                           const struct notify_alert *alert)
{
    static const struct hash_key key = {{0, 0}};
    uint64_t hash = 1;
    for (size_t i = 0; i < inhibition->equal_count; i++) {
        hash = hash_u64(hash ^ hash_sip64(&key, notify_label(alert, inhibition->equal[i])));
    }
    return hash;
}

/* The sources of one inhibition. */
struct source {
    uint64_t hash;
    uint64_t fingerprint;
};

static int compare(const void *one, const void *other)
{
    uint64_t a = ((const struct source *)one)->hash;
    uint64_t b = ((const struct source *)other)->hash;
    return a < b ? -1 : a > b;
}

static bool fires(const struct notify_alarm *alarm)
{
    return alarm->note->alert.ends_ns == 0;
}

static size_t find_sources(const struct notify_book *book,
                           const struct notify_inhibition *inhibition, struct source *sources)
{
    size_t count = 0;
    for (size_t i = 0; i < book->alarm_count; i++) {
        const struct notify_alert *alert = &book->alarms[i].note->alert;
        if (fires(&book->alarms[i]) &&
            notify_matchers_match(inhibition->source, inhibition->source_count, alert)) {
            sources[count] = (struct source){equal_hash(inhibition, alert), alert->fingerprint};
            count++;
        }
    }
    qsort(sources, count, sizeof(*sources), compare);
    return count;
}

/* An alert that is source and target at once does not inhibit itself, nor another such: else two of
 * them would silence each other. */
static void inhibit(struct notify_book *book, const struct notify_inhibition *inhibition,
                    struct source *sources)
{
    size_t count = find_sources(book, inhibition, sources);
    for (size_t i = 0; i < book->alarm_count && count > 0; i++) {
        struct notify_alarm *alarm = &book->alarms[i];
        const struct notify_alert *alert = &alarm->note->alert;
        if (!fires(alarm) || alarm->inhibitor != 0 ||
            !notify_matchers_match(inhibition->target, inhibition->target_count, alert) ||
            notify_matchers_match(inhibition->source, inhibition->source_count, alert)) {
            continue;
        }
        const struct source wanted = {.hash = equal_hash(inhibition, alert)};
        const struct source *found = bsearch(&wanted, sources, count, sizeof(*sources), compare);
        alarm->inhibitor = found != NULL ? found->fingerprint : 0;
    }
}

void notify_mute_look(struct notify_book *book, uint64_t now_ns)
{
    for (size_t i = 0; i < book->alarm_count; i++) {
        struct notify_alarm *alarm = &book->alarms[i];
        alarm->inhibitor = 0;
        alarm->silence = silence_of(book, &alarm->note->alert, now_ns);
    }
    if (book->plan->inhibition_count == 0 || book->alarm_count == 0) {
        return;
    }
    struct source *sources = calloc(book->alarm_count, sizeof(*sources));
    if (sources == NULL) {
        return; /* Told too much rather than too little. */
    }
    for (size_t i = 0; i < book->plan->inhibition_count; i++) {
        inhibit(book, &book->plan->inhibitions[i], sources);
    }
    free(sources);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_book.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum status alert_book_init(struct alert_book *book)
{
    *book = (struct alert_book){.entry_count = 0};
    book->entries = calloc(ALERT_ENTRY_COUNT_MAX, sizeof(*book->entries));
    if (book->entries == NULL) {
        alert_book_fini(book);
        return STATUS_FULL;
    }
    return STATUS_OK;
}

void alert_book_fini(struct alert_book *book)
{
    free(book->entries);
    *book = (struct alert_book){.entry_count = 0};
}

uint64_t alert_book_fingerprint(struct slice rule, struct slice account, struct slice region,
                                struct slice function)
{
    /* Hashes of the parts, hashed: no separator that a name could hold is needed.  The key is fixed
     * because the fingerprint is told to receivers and must stay the same over restarts. */
    static const struct hash_key key = {{0, 0}};
    const uint64_t parts[4] = {
        hash_sip64(&key, rule),
        hash_sip64(&key, account),
        hash_sip64(&key, region),
        hash_sip64(&key, function),
    };
    return hash_sip64(&key, slice_of(parts, sizeof(parts)));
}

struct alert_name alert_book_name(struct slice name)
{
    struct alert_name copy = {.size = 0};
    size_t size = name.size < sizeof(copy.bytes) ? name.size : sizeof(copy.bytes);
    if (size > 0) {
        memcpy(copy.bytes, name.base, size);
    }
    copy.size = (uint32_t)size;
    return copy;
}

static struct alert_entry *find_entry(struct alert_book *book, uint64_t fingerprint)
{
    for (size_t i = 0; i < book->entry_count; i++) {
        if (book->entries[i].fingerprint == fingerprint) {
            return &book->entries[i];
        }
    }
    return NULL;
}

/* Take an entry out; the last one moves into its place. */
static void remove_entry(struct alert_book *book, size_t index)
{
    ENSURE(index < book->entry_count);
    book->entry_count--;
    book->entries[index] = book->entries[book->entry_count];
}

/* Make room by forgetting the one that was resolved longest ago. */
static bool make_entry_room(struct alert_book *book)
{
    if (book->entry_count < ALERT_ENTRY_COUNT_MAX) {
        return true;
    }
    size_t oldest = SIZE_MAX;
    for (size_t i = 0; i < book->entry_count; i++) {
        const struct alert_watch *watch = &book->entries[i].watch;
        if (watch->phase == ALERT_OK &&
            (oldest == SIZE_MAX || watch->resolved_ns < book->entries[oldest].watch.resolved_ns)) {
            oldest = i;
        }
    }
    if (oldest == SIZE_MAX) {
        return false;
    }
    remove_entry(book, oldest);
    return true;
}

/* Step one entry and note what that means.  Whether something changed. */
static bool step_entry(const struct alert_terms *terms, uint64_t now_ns, struct alert_entry *entry,
                       const struct alert_sample *sample)
{
    entry->counts = sample->counts;
    enum alert_change change = alert_step(&entry->watch, &terms->rule, now_ns, &sample->counts);
    switch (change) {
    case ALERT_SAME:
        return false;
    case ALERT_FIRED:
        entry->fired_with = sample->counts;
        entry->examples.count = 0;
        if (terms->find != NULL) {
            terms->find(terms->context, sample, &entry->examples);
        }
        return true;
    case ALERT_RESOLVED:
        entry->fired_with = sample->counts;
        return true;
    case ALERT_BEGAN:
    case ALERT_DROPPED:
    case ALERT_CLEARING:
    case ALERT_RELAPSED:
        return true;
    }
    ENSURE(false);
    return false;
}

void alert_book_begin(struct alert_book *book)
{
    for (size_t i = 0; i < book->entry_count; i++) {
        book->entries[i].counted = false;
    }
}

bool alert_book_count(struct alert_book *book, const struct alert_terms *terms, uint64_t now_ns,
                      const struct alert_sample *sample)
{
    uint64_t fingerprint =
        alert_book_fingerprint(terms->rule_name, sample->account, sample->region, sample->function);
    struct alert_entry *entry = find_entry(book, fingerprint);
    if (entry == NULL) {
        if (!alert_step_breach(&terms->rule, &sample->counts)) {
            return false;
        }
        if (!make_entry_room(book)) {
            book->refused_entries++;
            return false;
        }
        entry = &book->entries[book->entry_count];
        book->entry_count++;
        *entry = (struct alert_entry){.fingerprint = fingerprint};
        entry->labels = (struct alert_labels){.account = alert_book_name(sample->account),
                                              .region = alert_book_name(sample->region),
                                              .function = alert_book_name(sample->function)};
    }
    entry->counted = true;
    return step_entry(terms, now_ns, entry, sample);
}

/* Whether an entry has nothing more to tell: never fired, or resolved long ago. */
static bool is_over(const struct alert_watch *watch, uint64_t now_ns)
{
    return watch->phase == ALERT_OK &&
           (watch->resolved_ns == 0 ||
            (now_ns > watch->resolved_ns && now_ns - watch->resolved_ns > ALERT_RESOLVED_KEEP_NS));
}

bool alert_book_end(struct alert_book *book, const struct alert_terms *terms, uint64_t now_ns)
{
    static const struct alert_sample no_calls = {.counts = {0, 0}};
    bool changed = false;
    for (size_t i = 0; i < book->entry_count; i++) {
        struct alert_entry *entry = &book->entries[i];
        if (!entry->counted && step_entry(terms, now_ns, entry, &no_calls)) {
            changed = true;
        }
    }
    for (size_t i = book->entry_count; i > 0; i--) {
        if (is_over(&book->entries[i - 1].watch, now_ns)) {
            remove_entry(book, i - 1);
            changed = true;
        }
    }
    book->evaluated_ns = now_ns;
    return changed;
}

bool alert_book_moving(const struct alert_book *book)
{
    for (size_t i = 0; i < book->entry_count; i++) {
        enum alert_phase phase = book->entries[i].watch.phase;
        if (phase == ALERT_PENDING || phase == ALERT_RESOLVING) {
            return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_book.h"

#include "base/ensure.h"
#include "base/hash.h"
#include "base/hex.h"

#include <stdlib.h>
#include <string.h>

enum status alert_book_init(struct alert_book *book)
{
    *book = (struct alert_book){.entry_count = 0};
    book->entries = calloc(ALERT_ENTRY_COUNT_MAX, sizeof(*book->entries));
    book->notices = calloc(ALERT_NOTICE_COUNT_MAX, sizeof(*book->notices));
    if (book->entries == NULL || book->notices == NULL) {
        alert_book_fini(book);
        return STATUS_FULL;
    }
    return STATUS_OK;
}

void alert_book_fini(struct alert_book *book)
{
    free(book->entries);
    free(book->notices);
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

void alert_book_fingerprint_text(uint64_t fingerprint, char text[ALERT_FINGERPRINT_SIZE + 1])
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (unsigned char)(fingerprint >> (56 - 8 * i));
    }
    hex_encode(slice_of(bytes, sizeof(bytes)), text);
    text[ALERT_FINGERPRINT_SIZE] = '\0';
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

static bool make_notice_room(struct alert_book *book)
{
    if (book->notice_count < ALERT_NOTICE_COUNT_MAX) {
        return true;
    }
    for (size_t i = 0; i < book->notice_count; i++) {
        if (book->notices[i].delivery != ALERT_WAITING) {
            book->notice_count--;
            memmove(&book->notices[i], &book->notices[i + 1],
                    (book->notice_count - i) * sizeof(*book->notices));
            return true;
        }
    }
    return false;
}

static void add_notice(struct alert_book *book, const struct alert_terms *terms,
                       const struct alert_entry *entry, bool resolved, uint64_t now_ns)
{
    if (!terms->notify) {
        return;
    }
    if (!make_notice_room(book)) {
        book->refused_notices++;
        return;
    }
    book->number_last++;
    book->notices[book->notice_count] = (struct alert_notice){
        .number = book->number_last,
        .resolved = resolved,
        .fingerprint = entry->fingerprint,
        .labels = entry->labels,
        .rule = terms->rule,
        .counts = entry->counts,
        .examples = entry->examples,
        .began_ns = entry->watch.began_ns,
        .fired_ns = entry->watch.fired_ns,
        .resolved_ns = resolved ? entry->watch.resolved_ns : 0,
        .delivery = ALERT_WAITING,
        .made_ns = now_ns,
        .next_ns = now_ns,
    };
    book->notice_count++;
}

/* Step one entry and note what that means.  Whether something changed. */
static bool step_entry(struct alert_book *book, const struct alert_terms *terms, uint64_t now_ns,
                       struct alert_entry *entry, const struct alert_sample *sample)
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
        add_notice(book, terms, entry, false, now_ns);
        return true;
    case ALERT_RESOLVED:
        add_notice(book, terms, entry, true, now_ns);
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
    return step_entry(book, terms, now_ns, entry, sample);
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
        if (!entry->counted && step_entry(book, terms, now_ns, entry, &no_calls)) {
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

struct alert_notice *alert_book_waiting(struct alert_book *book)
{
    for (size_t i = 0; i < book->notice_count; i++) {
        if (book->notices[i].delivery == ALERT_WAITING) {
            return &book->notices[i];
        }
    }
    return NULL;
}

struct alert_notice *alert_book_notice(struct alert_book *book, uint64_t number)
{
    for (size_t i = 0; i < book->notice_count; i++) {
        if (book->notices[i].number == number) {
            return &book->notices[i];
        }
    }
    return NULL;
}

/* Twice as long after each failure. */
static uint64_t retry_wait_ns(uint32_t attempts)
{
    uint64_t wait_ns = ALERT_RETRY_NS_MIN;
    for (uint32_t i = 1; i < attempts && wait_ns < ALERT_RETRY_NS_MAX; i++) {
        wait_ns *= 2;
    }
    return wait_ns < ALERT_RETRY_NS_MAX ? wait_ns : ALERT_RETRY_NS_MAX;
}

void alert_book_attempted(struct alert_notice *notice, enum alert_attempt attempt,
                          const char *error, uint64_t now_ns)
{
    ENSURE(notice->delivery == ALERT_WAITING);
    notice->attempts++;
    notice->error[0] = '\0';
    switch (attempt) {
    case ALERT_ATTEMPT_TAKEN:
        notice->delivery = ALERT_DELIVERED;
        notice->settled_ns = now_ns;
        return;
    case ALERT_ATTEMPT_REFUSED:
        notice->delivery = ALERT_FAILED;
        notice->settled_ns = now_ns;
        break;
    case ALERT_ATTEMPT_LATER:
        notice->next_ns = now_ns + retry_wait_ns(notice->attempts);
        if (now_ns > notice->made_ns && now_ns - notice->made_ns > ALERT_DELIVERY_NS_MAX) {
            notice->delivery = ALERT_FAILED;
            notice->settled_ns = now_ns;
        }
        break;
    }
    size_t size = strnlen(error, sizeof(notice->error) - 1);
    memcpy(notice->error, error, size);
    notice->error[size] = '\0';
}

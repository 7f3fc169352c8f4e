/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

void notify_messages_clear(struct notify_message *message)
{
    for (size_t i = 0; i < message->item_count; i++) {
        notify_note_drop(message->items[i].note);
    }
    free(message->items);
    free(message->receiver_text);
    notify_title_drop(message->title);
    *message = (struct notify_message){.number = 0};
}

static void remove_message(struct notify_book *book, size_t index)
{
    ENSURE(index < book->message_count);
    notify_messages_clear(&book->messages[index]);
    book->message_count--;
    memmove(&book->messages[index], &book->messages[index + 1],
            (book->message_count - index) * sizeof(*book->messages));
}

/* Forget the oldest of those that are settled until no more are kept than may be. */
static void forget_settled(struct notify_book *book)
{
    size_t settled = 0;
    for (size_t i = 0; i < book->message_count; i++) {
        settled += book->messages[i].delivery != NOTIFY_WAITING;
    }
    for (size_t i = 0; settled > NOTIFY_SETTLED_MAX;) {
        if (book->messages[i].delivery == NOTIFY_WAITING) {
            i++;
        } else {
            remove_message(book, i);
            settled--;
        }
    }
}

struct notify_message *notify_messages_add(struct notify_book *book)
{
    if (book->message_count == NOTIFY_WAITING_MAX + NOTIFY_SETTLED_MAX) {
        return NULL; /* At most NOTIFY_SETTLED_MAX are settled, so these many wait. */
    }
    struct notify_message *message = &book->messages[book->message_count];
    book->message_count++;
    book->number_last++;
    *message = (struct notify_message){.number = book->number_last};
    return message;
}

void notify_messages_take_back(struct notify_book *book)
{
    remove_message(book, book->message_count - 1);
    book->number_last--;
}

bool notify_messages_name(struct notify_message *message, struct slice receiver)
{
    message->receiver_text = malloc(receiver.size + 1);
    if (message->receiver_text == NULL) {
        return false;
    }
    if (receiver.size > 0) {
        memcpy(message->receiver_text, receiver.base, receiver.size);
    }
    message->receiver = slice_of(message->receiver_text, receiver.size);
    return true;
}

bool notify_messages_copy(const struct notify_message *message, struct notify_message *copy)
{
    *copy = *message;
    copy->items = calloc(message->item_count + 1, sizeof(*copy->items));
    copy->title = notify_title_hold(message->title);
    for (size_t i = 0; i < message->item_count && copy->items != NULL; i++) {
        copy->items[i] = message->items[i];
        copy->items[i].note = notify_note_hold(message->items[i].note);
    }
    copy->item_count = copy->items == NULL ? 0 : message->item_count;
    if (notify_messages_name(copy, message->receiver) && copy->items != NULL) {
        return true;
    }
    notify_messages_clear(copy);
    return false;
}

struct notify_message *notify_book_message(struct notify_book *book, uint64_t number)
{
    for (size_t i = 0; i < book->message_count; i++) {
        if (book->messages[i].number == number) {
            return &book->messages[i];
        }
    }
    return NULL;
}

static struct notify_pace *pace_of(const struct notify_book *book, uint64_t target)
{
    for (size_t i = 0; i < book->pace_count; i++) {
        if (book->paces[i].target == target) {
            return &book->paces[i];
        }
    }
    return NULL;
}

/* Those that were tried least often come first, so that one message that a receiver chokes on does
 * not hold up the others; among them the oldest. */
struct notify_message *notify_book_next(struct notify_book *book, uint64_t now_ns)
{
    struct notify_message *next = NULL;
    for (size_t i = 0; i < book->message_count; i++) {
        struct notify_message *message = &book->messages[i];
        if (message->delivery != NOTIFY_WAITING ||
            (next != NULL && next->attempts <= message->attempts)) {
            continue;
        }
        const struct notify_pace *pace = pace_of(book, message->target);
        if (pace != NULL && pace->next_ns <= now_ns) {
            next = message;
        }
    }
    return next;
}

/* ---- What came of it. ---- */

/* How long a target is left alone between two messages that it took. */
static uint64_t spacing_ns(enum notify_kind kind)
{
    switch (kind) {
    case NOTIFY_SLACK:
        return NOTIFY_SPACING_NS; /* It takes about one a second. */
    case NOTIFY_EMAIL:
    case NOTIFY_OPSGENIE:
    case NOTIFY_PAGERDUTY:
        return NOTIFY_SPACING_NS / 5;
    case NOTIFY_WEBHOOK:
    case NOTIFY_ALERTMANAGER:
        return NOTIFY_SPACING_NS / 100;
    }
    ENSURE(false);
    return 0;
}

/* Twice as long after each failure. */
static uint64_t retry_wait_ns(uint32_t failures)
{
    uint64_t wait_ns = NOTIFY_RETRY_NS_MIN;
    for (uint32_t i = 1; i < failures && wait_ns < NOTIFY_RETRY_NS_MAX; i++) {
        wait_ns *= 2;
    }
    return wait_ns < NOTIFY_RETRY_NS_MAX ? wait_ns : NOTIFY_RETRY_NS_MAX;
}

/* The group may go on: what changed meanwhile is due. */
static void settle(struct notify_book *book, struct notify_message *message,
                   enum notify_delivery delivery, uint64_t now_ns)
{
    message->delivery = delivery;
    message->settled_ns = now_ns;
    struct notify_group *group = notify_groups_find(book, message->title->id);
    for (size_t i = 0; group != NULL && i < group->log_count; i++) {
        struct notify_log *log = &group->logs[i];
        if (log->busy == message->number) {
            log->busy = 0;
            group->due_ns = log->late || group->member_count == 0 ? now_ns : group->due_ns;
            log->late = false;
        }
    }
    if (message->routine) {
        remove_message(book, (size_t)(message - book->messages));
    }
    forget_settled(book);
}

void notify_messages_fail(struct notify_book *book, struct notify_message *message,
                          const char *error, uint64_t now_ns)
{
    size_t size = strnlen(error, sizeof(message->error) - 1);
    memcpy(message->error, error, size);
    message->error[size] = '\0';
    book->counts.failed++;
    settle(book, message, NOTIFY_FAILED, now_ns);
}

static void put_off(struct notify_book *book, struct notify_message *message,
                    struct notify_pace *pace, uint64_t retry_ns, const char *error, uint64_t now_ns)
{
    uint64_t asked_ns = retry_ns < NOTIFY_RETRY_ASK_NS_MAX ? retry_ns : NOTIFY_RETRY_ASK_NS_MAX;
    book->counts.retried++;
    if (pace != NULL) {
        pace->failures++;
        uint64_t wait_ns = retry_wait_ns(pace->failures);
        pace->next_ns = now_ns + (asked_ns > wait_ns ? asked_ns : wait_ns);
    }
    if (now_ns > message->made_ns && now_ns - message->made_ns > NOTIFY_DELIVERY_NS_MAX) {
        notify_messages_fail(book, message, error, now_ns);
        return;
    }
    size_t size = strnlen(error, sizeof(message->error) - 1);
    memcpy(message->error, error, size);
    message->error[size] = '\0';
}

void notify_book_attempted(struct notify_book *book, uint64_t number, enum notify_attempt attempt,
                           uint64_t retry_ns, const char *error, uint64_t now_ns)
{
    struct notify_message *message = notify_book_message(book, number);
    if (message == NULL || message->delivery != NOTIFY_WAITING) {
        return;
    }
    struct notify_pace *pace = pace_of(book, message->target);
    message->attempts++;
    message->error[0] = '\0';
    if (attempt == NOTIFY_LATER) {
        put_off(book, message, pace, retry_ns, error, now_ns);
        return;
    }
    if (pace != NULL) {
        pace->failures = 0;
        pace->next_ns = now_ns + spacing_ns(message->kind);
    }
    if (attempt == NOTIFY_REFUSED) {
        notify_messages_fail(book, message, error, now_ns);
        return;
    }
    book->counts.delivered++;
    settle(book, message, NOTIFY_DELIVERED, now_ns);
}

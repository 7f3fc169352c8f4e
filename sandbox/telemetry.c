/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/telemetry.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/json_write.h"

#include <stdlib.h>
#include <string.h>

#define PPM 1000000

const char *const telemetry_report_names[] = {"prompt", "late", "never", NULL};

struct telemetry_event {
    unsigned references;
    enum telemetry_type type;
    size_t size;       /* Of the text. */
    size_t plain_size; /* Of the other text behind it; 0: the same. */
    char text[];
};

static void event_release(struct telemetry_event *event)
{
    ENSURE(event->references > 0);
    event->references--;
    if (event->references == 0) {
        free(event);
    }
}

static struct slice event_text(const struct telemetry_event *event, bool objects)
{
    if (objects || event->plain_size == 0) {
        return slice_of(event->text, event->size);
    }
    return slice_of(event->text + event->size, event->plain_size);
}

static void list_push(struct telemetry_list *list, struct telemetry_event *event)
{
    struct telemetry_item *item = malloc(sizeof(*item));
    ENSURE(item != NULL);
    event->references++;
    *item = (struct telemetry_item){.event = event, .next = NULL};
    if (list->tail == NULL) {
        list->head = item;
    } else {
        list->tail->next = item;
    }
    list->tail = item;
    list->count++;
    list->bytes += event->size;
}

/* The caller gets the list's reference. */
static struct telemetry_event *list_pop(struct telemetry_list *list)
{
    struct telemetry_item *item = list->head;
    ENSURE(item != NULL);
    struct telemetry_event *event = item->event;
    list->head = item->next;
    if (list->head == NULL) {
        list->tail = NULL;
    }
    list->count--;
    list->bytes -= event->size;
    free(item);
    return event;
}

static void list_clear(struct telemetry_list *list)
{
    while (list->head != NULL) {
        event_release(list_pop(list));
    }
}

void telemetry_init(struct telemetry *telemetry)
{
    memset(telemetry, 0, sizeof(*telemetry));
    telemetry->keeping = true;
}

void telemetry_spoil(struct telemetry *telemetry, const struct telemetry_faults *faults)
{
    telemetry->faults = *faults;
    prng_init(&telemetry->prng, faults->seed);
}

void telemetry_fini(struct telemetry *telemetry)
{
    struct telemetry_faults faults = telemetry->faults;
    struct prng prng = telemetry->prng;
    list_clear(&telemetry->kept);
    list_clear(&telemetry->late);
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        list_clear(&telemetry->subscribers[i].waiting);
        list_clear(&telemetry->subscribers[i].batch);
    }
    telemetry_init(telemetry);
    telemetry->faults = faults;
    telemetry->prng = prng;
}

/* The last one of the list before the one that was last. */
static void list_swap_last(struct telemetry_list *list)
{
    struct telemetry_item *before = list->head;
    while (before->next != list->tail) {
        before = before->next;
    }
    struct telemetry_event *last = list->tail->event;
    list->tail->event = before->event;
    before->event = last;
}

static void subscriber_add(struct telemetry *telemetry, struct telemetry_subscriber *subscriber,
                           struct telemetry_event *event, uint64_t now_ns)
{
    const struct telemetry_faults *faults = &telemetry->faults;
    if ((subscriber->wish.types & (unsigned)event->type) == 0) {
        return;
    }
    if (faults->drop_ppm > 0 && prng_chance(&telemetry->prng, faults->drop_ppm, PPM)) {
        subscriber->dropped_events++;
        subscriber->dropped_bytes += event->size;
        return;
    }
    if (subscriber->waiting.count == 0) {
        subscriber->oldest_ns = now_ns;
    }
    list_push(&subscriber->waiting, event);
    if (faults->reorder_ppm > 0 && subscriber->waiting.count > 1 &&
        prng_chance(&telemetry->prng, faults->reorder_ppm, PPM)) {
        list_swap_last(&subscriber->waiting);
    }
    while (subscriber->waiting.bytes > TELEMETRY_BACKLOG_BYTES_MAX) {
        struct telemetry_event *oldest = list_pop(&subscriber->waiting);
        subscriber->dropped_events++;
        subscriber->dropped_bytes += oldest->size;
        event_release(oldest);
    }
}

static struct telemetry_event *event_make(enum telemetry_type type, struct slice json,
                                          struct slice json_plain)
{
    struct telemetry_event *event = malloc(sizeof(*event) + json.size + json_plain.size);
    ENSURE(event != NULL);
    event->references = 1;
    event->type = type;
    event->size = json.size;
    event->plain_size = json_plain.size;
    memcpy(event->text, json.base, json.size);
    if (json_plain.size > 0) {
        memcpy(event->text + json.size, json_plain.base, json_plain.size);
    }
    return event;
}

static void event_spread(struct telemetry *telemetry, struct telemetry_event *event,
                         uint64_t now_ns)
{
    if (telemetry->keeping) {
        list_push(&telemetry->kept, event);
        while (telemetry->kept.bytes > TELEMETRY_BACKLOG_BYTES_MAX) {
            event_release(list_pop(&telemetry->kept));
        }
    }
    for (unsigned i = 0; i < EXTENSION_COUNT_MAX; i++) {
        if (telemetry->subscribers[i].used) {
            subscriber_add(telemetry, &telemetry->subscribers[i], event, now_ns);
        }
    }
}

void telemetry_add(struct telemetry *telemetry, enum telemetry_type type, struct slice json,
                   struct slice json_plain, uint64_t now_ns)
{
    struct telemetry_event *event = event_make(type, json, json_plain);
    event_spread(telemetry, event, now_ns);
    event_release(event);
}

void telemetry_release(struct telemetry *telemetry, uint64_t now_ns)
{
    while (telemetry->late.count > 0) {
        struct telemetry_event *event = list_pop(&telemetry->late);
        event_spread(telemetry, event, now_ns);
        event_release(event);
    }
}

void telemetry_add_report(struct telemetry *telemetry, struct slice json, uint64_t now_ns)
{
    if (telemetry->faults.report == TELEMETRY_REPORT_NEVER) {
        return;
    }
    if (telemetry->faults.report == TELEMETRY_REPORT_PROMPT) {
        telemetry_add(telemetry, TELEMETRY_PLATFORM, json, SLICE_EMPTY, now_ns);
        return;
    }
    telemetry_release(telemetry, now_ns);
    struct telemetry_event *event = event_make(TELEMETRY_PLATFORM, json, SLICE_EMPTY);
    list_push(&telemetry->late, event);
    event_release(event);
}

enum status telemetry_subscribe(struct telemetry *telemetry, unsigned index,
                                const struct telemetry_wish *wish, uint64_t now_ns)
{
    ENSURE(index < EXTENSION_COUNT_MAX);
    struct telemetry_subscriber *subscriber = &telemetry->subscribers[index];
    if (subscriber->used) {
        return STATUS_EXISTS;
    }
    subscriber->used = true;
    subscriber->wish = *wish;
    for (struct telemetry_item *item = telemetry->kept.head; item != NULL; item = item->next) {
        subscriber_add(telemetry, subscriber, item->event, now_ns);
    }
    return STATUS_OK;
}

void telemetry_close(struct telemetry *telemetry)
{
    telemetry->keeping = false;
    list_clear(&telemetry->kept);
}

static bool batch_full(const struct telemetry_subscriber *subscriber)
{
    return subscriber->waiting.count >= subscriber->wish.items_max ||
           subscriber->waiting.bytes >= subscriber->wish.bytes_max;
}

uint64_t telemetry_due_ns(const struct telemetry *telemetry, unsigned index)
{
    ENSURE(index < EXTENSION_COUNT_MAX);
    const struct telemetry_subscriber *subscriber = &telemetry->subscribers[index];
    if (!subscriber->used || subscriber->sending) {
        return 0;
    }
    if (subscriber->batch.count > 0) {
        return subscriber->retry_ns;
    }
    if (subscriber->waiting.count == 0) {
        return 0;
    }
    return subscriber->oldest_ns + (batch_full(subscriber) ? 0 : subscriber->wish.timeout_ns);
}

static void write_dropped(const struct telemetry_subscriber *subscriber, struct slice wall,
                          struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("time"), wall);
    json_write_member_string(writer, SLICE("type"), SLICE("platform.logsDropped"));
    json_write_member_object(writer, SLICE("record"));
    json_write_member_u64(writer, SLICE("droppedBytes"), subscriber->dropped_bytes);
    json_write_member_u64(writer, SLICE("droppedRecords"), subscriber->dropped_events);
    json_write_member_string(
        writer, SLICE("reason"),
        SLICE("Consumer seems to be slower than the rate at which records are produced"));
    json_write_object_end(writer);
    json_write_object_end(writer);
}

static void batch_fill(struct telemetry_subscriber *subscriber, uint64_t now_ns)
{
    while (subscriber->waiting.count > 0 && subscriber->batch.count < subscriber->wish.items_max &&
           subscriber->batch.bytes < subscriber->wish.bytes_max) {
        struct telemetry_event *event = list_pop(&subscriber->waiting);
        list_push(&subscriber->batch, event);
        event_release(event);
    }
    subscriber->oldest_ns = now_ns;
    subscriber->attempts = 0;
    subscriber->repeated = false;
}

bool telemetry_take(struct telemetry *telemetry, unsigned index, bool flush, uint64_t now_ns,
                    struct slice wall, struct buf *out)
{
    ENSURE(index < EXTENSION_COUNT_MAX);
    struct telemetry_subscriber *subscriber = &telemetry->subscribers[index];
    uint64_t due_ns = telemetry_due_ns(telemetry, index);
    if (due_ns == 0 || (!flush && now_ns < due_ns)) {
        return false;
    }
    bool fresh = subscriber->batch.count == 0;
    if (fresh) {
        batch_fill(subscriber, now_ns);
    }
    subscriber->sending = true;
    subscriber->attempts++;
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_array_begin(&writer);
    if (subscriber->dropped_events > 0 && (subscriber->wish.types & TELEMETRY_PLATFORM) != 0) {
        write_dropped(subscriber, wall, &writer);
    }
    for (struct telemetry_item *item = subscriber->batch.head; item != NULL; item = item->next) {
        json_write_raw(&writer, event_text(item->event, subscriber->wish.objects));
    }
    json_write_array_end(&writer);
    json_write_finish(&writer);
    return true;
}

void telemetry_sent(struct telemetry *telemetry, unsigned index, bool success, uint64_t now_ns)
{
    ENSURE(index < EXTENSION_COUNT_MAX);
    struct telemetry_subscriber *subscriber = &telemetry->subscribers[index];
    ENSURE(subscriber->sending);
    subscriber->sending = false;
    if (success && !subscriber->repeated && telemetry->faults.repeat_ppm > 0 &&
        prng_chance(&telemetry->prng, telemetry->faults.repeat_ppm, PPM)) {
        /* As if the answer had been lost. */
        subscriber->repeated = true;
        subscriber->retry_ns = now_ns;
        return;
    }
    if (success) {
        subscriber->dropped_events = 0;
        subscriber->dropped_bytes = 0;
        list_clear(&subscriber->batch);
        return;
    }
    if (subscriber->attempts >= TELEMETRY_ATTEMPTS_MAX) {
        subscriber->dropped_events += subscriber->batch.count;
        subscriber->dropped_bytes += subscriber->batch.bytes;
        list_clear(&subscriber->batch);
        return;
    }
    subscriber->retry_ns =
        now_ns +
        ((uint64_t)TELEMETRY_RETRY_FIRST_MS << (subscriber->attempts - 1)) * CLOCK_NS_PER_MS;
}

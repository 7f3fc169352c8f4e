/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_state.h"

#include "notify/notify_private.h"
#include "notify/notify_silence.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/ensure.h"
#include "base/json_read.h"

#include <stdlib.h>
#include <string.h>

#define STATE_VERSION 1

/* Notes and titles as they stood in their lists, held once for the list. */
struct load {
    struct json_read reader;
    struct notify_book *book;
    struct arena scratch; /* Texts of one note or title. */
    struct notify_note **notes;
    struct notify_title **titles;
    size_t note_count, note_room, title_count, title_room;
    uint64_t now_ns;
    bool full;
};

#define SCRATCH_SIZE                                                                               \
    ((size_t)2 * NOTIFY_PAIR_COUNT_MAX *                                                           \
         (NOTIFY_NAME_SIZE_MAX + NOTIFY_ANNOTATION_SIZE_MAX + 64) +                                \
     2 * NOTIFY_KEY_SIZE_MAX)

static void must(struct load *load, bool right, const char *reason)
{
    if (!right && !json_read_failed(&load->reader)) {
        json_read_fail(&load->reader, reason);
    }
}

static uint64_t read_number(struct load *load, uint64_t max)
{
    uint64_t value = 0;
    bool right = json_read_u64(&load->reader, &value) == JSON_GOT && value <= max;
    must(load, right, "a number is wrong");
    return right ? value : 0;
}

static bool read_truth(struct load *load)
{
    bool value = false;
    must(load, json_read_bool(&load->reader, &value) == JSON_GOT, "a truth is none");
    return value;
}

/* A text, in scratch. */
static struct slice read_text(struct load *load)
{
    struct json_string string = {.escaped = false};
    bool got = json_read_string(&load->reader, &string) == JSON_GOT;
    must(load, got, "a text is none");
    if (!got || string.raw.size == 0) {
        return SLICE_EMPTY;
    }
    unsigned char *memory = arena_alloc(&load->scratch, string.raw.size);
    struct buf buf;
    must(load, memory != NULL, "a text is too long");
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    buf_init_fixed(&buf, memory, string.raw.size);
    bool right = base64_decode(string.raw, &buf) && !buf_overflowed(&buf);
    must(load, right, "a text is not base64");
    return right ? buf_bytes(&buf) : SLICE_EMPTY;
}

static bool read_list(struct load *load)
{
    bool got = json_read_array(&load->reader) == JSON_GOT;
    must(load, got, "a list is none");
    return got;
}

static bool read_record(struct load *load)
{
    bool got = json_read_object(&load->reader) == JSON_GOT;
    must(load, got, "a record is none");
    return got;
}

static size_t read_pairs(struct load *load, struct notify_pair *pairs)
{
    size_t count = 0;
    bool got = read_list(load);
    while (got && json_read_element(&load->reader)) {
        struct notify_pair pair = {.name = read_text(load)};
        must(load, json_read_element(&load->reader), "a name has no value");
        pair.value = read_text(load);
        if (count < NOTIFY_PAIR_COUNT_MAX) {
            pairs[count] = pair;
            count++;
        }
    }
    return count;
}

/* Room for one more pointer in a list; false without memory. */
static bool list_room(void **list, size_t count, size_t *room)
{
    if (count < *room) {
        return true;
    }
    size_t wanted = *room == 0 ? 256 : *room * 2;
    void *grown = realloc(*list, wanted * sizeof(void *));
    if (grown == NULL) {
        return false;
    }
    *list = grown;
    *room = wanted;
    return true;
}

/* ---- Notes and titles. ---- */

static void read_note(struct load *load)
{
    struct notify_pair labels[NOTIFY_PAIR_COUNT_MAX];
    struct notify_pair annotations[NOTIFY_PAIR_COUNT_MAX];
    struct notify_alert alert = {.labels = labels, .annotations = annotations};
    struct json_string key;
    bool got = read_record(load);
    arena_reset(&load->scratch);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("fingerprint"))) {
            alert.fingerprint = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("starts_ns"))) {
            alert.starts_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("fired_ns"))) {
            alert.fired_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("ends_ns"))) {
            alert.ends_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("url"))) {
            alert.generator_url = read_text(load);
        } else if (json_string_equal(key, SLICE("labels"))) {
            alert.label_count = read_pairs(load, labels);
        } else if (json_string_equal(key, SLICE("annotations"))) {
            alert.annotation_count = read_pairs(load, annotations);
        } else {
            json_read_skip(&load->reader);
        }
    }
    void *list = load->notes;
    struct notify_note *note = notify_note_create(&alert);
    load->full =
        load->full || note == NULL || !list_room(&list, load->note_count, &load->note_room);
    load->notes = list;
    if (load->full) {
        notify_note_drop(note);
        return;
    }
    load->notes[load->note_count] = note;
    load->note_count++;
}

static void read_title(struct load *load)
{
    struct notify_pair labels[NOTIFY_PAIR_COUNT_MAX];
    size_t count = 0;
    uint64_t id = 0;
    struct slice text = SLICE_EMPTY;
    struct json_string key;
    bool got = read_record(load);
    arena_reset(&load->scratch);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("id"))) {
            id = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("key"))) {
            text = read_text(load);
        } else if (json_string_equal(key, SLICE("labels"))) {
            count = read_pairs(load, labels);
        } else {
            json_read_skip(&load->reader);
        }
    }
    void *list = load->titles;
    struct notify_title *title = notify_title_create(id, text, labels, count);
    load->full =
        load->full || title == NULL || !list_room(&list, load->title_count, &load->title_room);
    load->titles = list;
    if (load->full) {
        notify_title_drop(title);
        return;
    }
    load->titles[load->title_count] = title;
    load->title_count++;
}

/* What stands at a place of a list, or NULL and an error. */
static struct notify_note *read_note_place(struct load *load)
{
    uint64_t place = read_number(load, UINT64_MAX);
    must(load, place < load->note_count, "there is no such note");
    return place < load->note_count ? load->notes[place] : NULL;
}

static struct notify_title *read_title_place(struct load *load)
{
    uint64_t place = read_number(load, UINT64_MAX);
    must(load, place < load->title_count, "there is no such title");
    return place < load->title_count ? load->titles[place] : NULL;
}

/* ---- Alerts, groups and messages. ---- */

static void read_alarm(struct load *load)
{
    struct notify_note *note = NULL;
    uint64_t wave = 0;
    struct json_string key;
    bool got = read_record(load);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("note"))) {
            note = read_note_place(load);
        } else if (json_string_equal(key, SLICE("wave"))) {
            wave = read_number(load, UINT64_MAX);
        } else {
            json_read_skip(&load->reader);
        }
    }
    if (note == NULL || notify_book_alarm(load->book, note->alert.fingerprint) != NULL) {
        return;
    }
    struct notify_alarm *alarm =
        notify_book_add_alarm(load->book, notify_note_hold(note), load->now_ns);
    if (alarm != NULL) {
        alarm->wave = wave;
    }
}

static int compare_told(const void *one, const void *other)
{
    uint64_t a = ((const struct notify_told *)one)->fingerprint;
    uint64_t b = ((const struct notify_told *)other)->fingerprint;
    return a < b ? -1 : a > b;
}

static void read_told(struct load *load, struct notify_log *log)
{
    bool got = read_list(load);
    struct notify_told *told = calloc(NOTIFY_ALERT_COUNT_MAX, sizeof(*told));
    load->full = load->full || told == NULL;
    while (got && json_read_element(&load->reader)) {
        struct notify_told item = {.fingerprint = read_number(load, UINT64_MAX)};
        must(load, json_read_element(&load->reader), "a fingerprint has no time");
        item.fired_ns = read_number(load, UINT64_MAX);
        if (told != NULL && log->told_count < NOTIFY_ALERT_COUNT_MAX) {
            told[log->told_count] = item;
            log->told_count++;
        }
    }
    if (log->told_count > 0) {
        qsort(told, log->told_count, sizeof(*told), compare_told);
        struct notify_told *fitting = realloc(told, log->told_count * sizeof(*told));
        told = fitting != NULL ? fitting : told;
    }
    free(log->told);
    log->told = told;
}

static void read_log(struct load *load, struct notify_log *log)
{
    struct json_string key;
    bool got = read_record(load);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("target"))) {
            log->target = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("last_ns"))) {
            log->last_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("busy"))) {
            log->busy = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("late"))) {
            log->late = read_truth(load);
        } else if (json_string_equal(key, SLICE("told"))) {
            log->told_count = 0;
            read_told(load, log);
        } else {
            json_read_skip(&load->reader);
        }
    }
}

static void read_logs(struct load *load, struct notify_group *group)
{
    bool got = read_list(load);
    while (got && json_read_element(&load->reader)) {
        /* The target is only known once it is read: no log has it before. */
        struct notify_log *log = notify_groups_log(group, 0);
        if (log == NULL) {
            load->full = true;
            json_read_skip(&load->reader);
            continue;
        }
        read_log(load, log);
    }
}

static void read_group(struct load *load)
{
    struct notify_group parts = {.title = NULL};
    struct json_string key;
    bool got = read_record(load);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("title"))) {
            parts.title = read_title_place(load);
        } else if (json_string_equal(key, SLICE("due_ns"))) {
            parts.due_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("flushed"))) {
            parts.flushed = read_truth(load);
        } else if (json_string_equal(key, SLICE("logs"))) {
            read_logs(load, &parts);
        } else {
            json_read_skip(&load->reader);
        }
    }
    struct notify_title *title = parts.title;
    parts.title = NULL;
    struct notify_group *group = NULL;
    if (title != NULL && notify_groups_find(load->book, title->id) == NULL) {
        group = notify_groups_add(load->book, notify_title_hold(title));
    }
    if (group == NULL) {
        notify_groups_clear(&parts);
        return;
    }
    parts.title = group->title;
    *group = parts;
}

static void read_items(struct load *load, struct notify_message *message)
{
    bool got = read_list(load);
    message->items = calloc(NOTIFY_ALERT_COUNT_MAX, sizeof(*message->items));
    load->full = load->full || message->items == NULL;
    while (got && json_read_element(&load->reader)) {
        struct notify_note *note = read_note_place(load);
        must(load, json_read_element(&load->reader), "an item has no end");
        bool resolved = read_number(load, 1) == 1;
        if (note != NULL && message->items != NULL &&
            message->item_count < NOTIFY_ALERT_COUNT_MAX) {
            message->items[message->item_count] =
                (struct notify_item){notify_note_hold(note), resolved};
            message->item_count++;
        }
    }
    if (message->item_count > 0) {
        struct notify_item *fitting =
            realloc(message->items, message->item_count * sizeof(*message->items));
        message->items = fitting != NULL ? fitting : message->items;
    }
}

static void read_error(struct load *load, struct notify_message *message)
{
    struct slice text = slice_take(read_text(load), sizeof(message->error) - 1);
    if (text.size > 0) {
        memcpy(message->error, text.base, text.size);
    }
    message->error[text.size] = '\0';
}

/* The members that are no numbers. */
static bool read_message_other(struct load *load, struct json_string key,
                               struct notify_message *message)
{
    if (json_string_equal(key, SLICE("title")) && message->title == NULL) {
        struct notify_title *title = read_title_place(load);
        message->title = title == NULL ? NULL : notify_title_hold(title);
    } else if (json_string_equal(key, SLICE("resolved"))) {
        message->resolved = read_truth(load);
    } else if (json_string_equal(key, SLICE("routine"))) {
        message->routine = read_truth(load);
    } else if (json_string_equal(key, SLICE("receiver")) && message->receiver_text == NULL) {
        load->full = load->full || !notify_messages_name(message, read_text(load));
    } else if (json_string_equal(key, SLICE("error"))) {
        read_error(load, message);
    } else if (json_string_equal(key, SLICE("items")) && message->items == NULL) {
        read_items(load, message);
    } else {
        return false;
    }
    return true;
}

static void read_message_member(struct load *load, struct json_string key,
                                struct notify_message *message)
{
    if (json_string_equal(key, SLICE("number"))) {
        message->number = read_number(load, UINT64_MAX);
    } else if (json_string_equal(key, SLICE("target"))) {
        message->target = read_number(load, UINT64_MAX);
    } else if (json_string_equal(key, SLICE("kind"))) {
        message->kind = (enum notify_kind)read_number(load, NOTIFY_EMAIL);
    } else if (json_string_equal(key, SLICE("left_out"))) {
        message->left_out = read_number(load, UINT32_MAX);
    } else if (json_string_equal(key, SLICE("delivery"))) {
        message->delivery = (enum notify_delivery)read_number(load, NOTIFY_FAILED);
    } else if (json_string_equal(key, SLICE("attempts"))) {
        message->attempts = (uint32_t)read_number(load, UINT32_MAX);
    } else if (json_string_equal(key, SLICE("made_ns"))) {
        message->made_ns = read_number(load, UINT64_MAX);
    } else if (json_string_equal(key, SLICE("settled_ns"))) {
        message->settled_ns = read_number(load, UINT64_MAX);
    } else if (!read_message_other(load, key, message)) {
        json_read_skip(&load->reader);
    }
}

static void read_message(struct load *load)
{
    struct notify_book *book = load->book;
    struct json_string key;
    struct notify_message *message = notify_messages_add(book);
    if (message == NULL) {
        json_read_skip(&load->reader);
        return;
    }
    arena_reset(&load->scratch);
    bool got = read_record(load);
    while (got && json_read_member(&load->reader, &key)) {
        read_message_member(load, key, message);
    }
    if (message->title == NULL || message->number == 0) {
        must(load, false, "a message is not whole");
    }
}

static size_t read_matchers(struct load *load, struct slice *matchers)
{
    size_t count = 0;
    bool got = read_list(load);
    while (got && json_read_element(&load->reader)) {
        struct slice text = read_text(load);
        if (count < NOTIFY_SILENCE_MATCHER_MAX) {
            matchers[count] = text;
            count++;
        }
    }
    return count;
}

static void read_silence(struct load *load)
{
    struct slice matchers[NOTIFY_SILENCE_MATCHER_MAX];
    struct notify_silence_parts parts = {.matchers = matchers};
    struct json_string key;
    char error[256];
    uint64_t id = 0;
    uint64_t ends_ns = 0;
    bool got = read_record(load);
    arena_reset(&load->scratch);
    while (got && json_read_member(&load->reader, &key)) {
        if (json_string_equal(key, SLICE("id"))) {
            id = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("made_ns"))) {
            parts.made_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("starts_ns"))) {
            parts.starts_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("ends_ns"))) {
            ends_ns = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("author"))) {
            parts.author = read_text(load);
        } else if (json_string_equal(key, SLICE("reason"))) {
            parts.reason = read_text(load);
        } else if (json_string_equal(key, SLICE("matchers"))) {
            parts.matcher_count = read_matchers(load, matchers);
        } else {
            json_read_skip(&load->reader);
        }
    }
    struct notify_book *book = load->book;
    struct notify_silence *silence = NULL;
    /* One that was ended early ends before it starts, perhaps: what ended is put in afterwards. */
    uint64_t later_ns = parts.made_ns > parts.starts_ns ? parts.made_ns : parts.starts_ns;
    parts.ends_ns = ends_ns > later_ns ? ends_ns : later_ns + 1;
    if (json_read_failed(&load->reader) || book->silence_count == NOTIFY_SILENCE_COUNT_MAX ||
        notify_silence_create(&silence, id, &parts, error, sizeof(error)) != STATUS_OK) {
        return;
    }
    silence->ends_ns = ends_ns;
    book->silences[book->silence_count] = silence;
    book->silence_count++;
}

/* ---- All of it. ---- */

static void read_each(struct load *load, void (*read)(struct load *load))
{
    bool got = read_list(load);
    while (got && json_read_element(&load->reader)) {
        read(load);
    }
}

static void read_book(struct load *load)
{
    static const struct {
        struct slice key;
        void (*read)(struct load *load);
    } lists[] = {
        {SLICE_INIT("titles"), read_title},     {SLICE_INIT("notes"), read_note},
        {SLICE_INIT("alarms"), read_alarm},     {SLICE_INIT("groups"), read_group},
        {SLICE_INIT("messages"), read_message}, {SLICE_INIT("silences"), read_silence},
    };
    struct json_string key;
    uint64_t version = 0;
    uint64_t number_last = 0;
    bool got = read_record(load);
    while (got && json_read_member(&load->reader, &key)) {
        size_t list = 0;
        while (list < sizeof(lists) / sizeof(lists[0]) &&
               !json_string_equal(key, lists[list].key)) {
            list++;
        }
        if (list < sizeof(lists) / sizeof(lists[0])) {
            read_each(load, lists[list].read);
        } else if (json_string_equal(key, SLICE("version"))) {
            version = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("number_last"))) {
            number_last = read_number(load, UINT64_MAX);
        } else if (json_string_equal(key, SLICE("silence_last"))) {
            load->book->silence_last = read_number(load, UINT64_MAX);
        } else {
            json_read_skip(&load->reader);
        }
    }
    must(load, version == STATE_VERSION, "the state is of another version");
    for (size_t i = 0; i < load->book->message_count; i++) {
        uint64_t number = load->book->messages[i].number;
        number_last = number > number_last ? number : number_last;
    }
    load->book->number_last = number_last;
}

static void clear_load(struct load *load)
{
    for (size_t i = 0; i < load->note_count; i++) {
        notify_note_drop(load->notes[i]);
    }
    for (size_t i = 0; i < load->title_count; i++) {
        notify_title_drop(load->titles[i]);
    }
    free(load->notes);
    free(load->titles);
    free(load->scratch.base);
}

enum status notify_state_read(struct notify_book *book, struct slice text, uint64_t now_ns)
{
    ENSURE(book->alarm_count == 0 && book->group_count == 0 && book->message_count == 0);
    struct load load = {.book = book, .now_ns = now_ns};
    void *memory = malloc(SCRATCH_SIZE);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    arena_init(&load.scratch, memory, SCRATCH_SIZE);
    json_read_init(&load.reader, text, 8);
    read_book(&load);
    bool good = json_read_finish(&load.reader);
    bool full = load.full;
    clear_load(&load);
    if (good && !full) {
        return STATUS_OK;
    }
    notify_book_fini(book);
    enum status again = notify_book_init(book);
    return again != STATUS_OK || full ? STATUS_FULL : STATUS_BAD;
}

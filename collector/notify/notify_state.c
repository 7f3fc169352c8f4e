/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_state.h"

#include "notify/notify_private.h"
#include "notify/notify_silence.h"

#include "base/json_write.h"

#include <stdlib.h>

#define STATE_VERSION 1

/* The notes and titles that are written, each once. */
struct lists {
    struct notify_note **notes;
    struct notify_title **titles;
    size_t note_count, note_room, title_count, title_room;
    bool full;
};

static void list_note(struct lists *lists, struct notify_note *note)
{
    if (note->place < lists->note_count && lists->notes[note->place] == note) {
        return;
    }
    if (lists->note_count == lists->note_room) {
        size_t room = lists->note_room == 0 ? 256 : lists->note_room * 2;
        struct notify_note **notes = realloc(lists->notes, room * sizeof(struct notify_note *));
        if (notes == NULL) {
            lists->full = true;
            return;
        }
        lists->notes = notes;
        lists->note_room = room;
    }
    note->place = lists->note_count;
    lists->notes[lists->note_count] = note;
    lists->note_count++;
}

static void list_title(struct lists *lists, struct notify_title *title)
{
    if (title->place < lists->title_count && lists->titles[title->place] == title) {
        return;
    }
    if (lists->title_count == lists->title_room) {
        size_t room = lists->title_room == 0 ? 256 : lists->title_room * 2;
        struct notify_title **titles = realloc(lists->titles, room * sizeof(struct notify_title *));
        if (titles == NULL) {
            lists->full = true;
            return;
        }
        lists->titles = titles;
        lists->title_room = room;
    }
    title->place = lists->title_count;
    lists->titles[lists->title_count] = title;
    lists->title_count++;
}

static void make_lists(const struct notify_book *book, struct lists *lists)
{
    for (size_t i = 0; i < book->alarm_count; i++) {
        list_note(lists, book->alarms[i].note);
    }
    for (size_t i = 0; i < book->group_count; i++) {
        list_title(lists, book->groups[i].title);
    }
    for (size_t i = 0; i < book->message_count; i++) {
        const struct notify_message *message = &book->messages[i];
        list_title(lists, message->title);
        for (size_t j = 0; j < message->item_count; j++) {
            list_note(lists, message->items[j].note);
        }
    }
}

/* ---- Writing. ---- */

static void write_text(struct json_write *writer, struct slice key, struct slice text)
{
    json_write_key(writer, key);
    json_write_base64(writer, text);
}

static void write_pairs(struct json_write *writer, struct slice key,
                        const struct notify_pair *pairs, size_t count)
{
    json_write_member_array(writer, key);
    for (size_t i = 0; i < count; i++) {
        json_write_base64(writer, pairs[i].name);
        json_write_base64(writer, pairs[i].value);
    }
    json_write_array_end(writer);
}

static void write_note(struct json_write *writer, const struct notify_alert *alert)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("fingerprint"), alert->fingerprint);
    json_write_member_u64(writer, SLICE("starts_ns"), alert->starts_ns);
    json_write_member_u64(writer, SLICE("fired_ns"), alert->fired_ns);
    json_write_member_u64(writer, SLICE("ends_ns"), alert->ends_ns);
    write_text(writer, SLICE("url"), alert->generator_url);
    write_pairs(writer, SLICE("labels"), alert->labels, alert->label_count);
    write_pairs(writer, SLICE("annotations"), alert->annotations, alert->annotation_count);
    json_write_object_end(writer);
}

static void write_title(struct json_write *writer, const struct notify_title *title)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("id"), title->id);
    write_text(writer, SLICE("key"), title->key);
    write_pairs(writer, SLICE("labels"), title->labels, title->label_count);
    json_write_object_end(writer);
}

static void write_alarm(struct json_write *writer, const struct notify_alarm *alarm)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("note"), alarm->note->place);
    json_write_member_u64(writer, SLICE("wave"), alarm->wave);
    json_write_object_end(writer);
}

static void write_log(struct json_write *writer, const struct notify_log *log)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("target"), log->target);
    json_write_member_u64(writer, SLICE("last_ns"), log->last_ns);
    json_write_member_u64(writer, SLICE("busy"), log->busy);
    json_write_member_bool(writer, SLICE("late"), log->late);
    json_write_member_array(writer, SLICE("told"));
    for (size_t i = 0; i < log->told_count; i++) {
        json_write_u64(writer, log->told[i].fingerprint);
        json_write_u64(writer, log->told[i].fired_ns);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_group(struct json_write *writer, const struct notify_group *group)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("title"), group->title->place);
    json_write_member_u64(writer, SLICE("due_ns"), group->due_ns);
    json_write_member_bool(writer, SLICE("flushed"), group->flushed);
    json_write_member_array(writer, SLICE("logs"));
    for (size_t i = 0; i < group->log_count; i++) {
        write_log(writer, &group->logs[i]);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_message(struct json_write *writer, const struct notify_message *message)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("number"), message->number);
    json_write_member_u64(writer, SLICE("target"), message->target);
    json_write_member_u64(writer, SLICE("kind"), (uint64_t)message->kind);
    json_write_member_u64(writer, SLICE("title"), message->title->place);
    json_write_member_u64(writer, SLICE("left_out"), message->left_out);
    json_write_member_u64(writer, SLICE("delivery"), (uint64_t)message->delivery);
    json_write_member_u64(writer, SLICE("attempts"), message->attempts);
    json_write_member_u64(writer, SLICE("made_ns"), message->made_ns);
    json_write_member_u64(writer, SLICE("settled_ns"), message->settled_ns);
    json_write_member_bool(writer, SLICE("resolved"), message->resolved);
    json_write_member_bool(writer, SLICE("routine"), message->routine);
    write_text(writer, SLICE("receiver"), message->receiver);
    write_text(writer, SLICE("error"), slice_from(message->error));
    json_write_member_array(writer, SLICE("items"));
    for (size_t i = 0; i < message->item_count; i++) {
        json_write_u64(writer, message->items[i].note->place);
        json_write_u64(writer, message->items[i].resolved);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_silence(struct json_write *writer, const struct notify_silence *silence)
{
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("id"), silence->id);
    json_write_member_u64(writer, SLICE("made_ns"), silence->made_ns);
    json_write_member_u64(writer, SLICE("starts_ns"), silence->starts_ns);
    json_write_member_u64(writer, SLICE("ends_ns"), silence->ends_ns);
    write_text(writer, SLICE("author"), silence->author);
    write_text(writer, SLICE("reason"), silence->reason);
    json_write_member_array(writer, SLICE("matchers"));
    for (size_t i = 0; i < silence->matcher_count; i++) {
        struct buf text;
        buf_init_growing(&text, 4 * NOTIFY_LABEL_SIZE_MAX);
        notify_matcher_write(&silence->matchers[i], &text);
        json_write_base64(writer, buf_bytes(&text));
        buf_fini(&text);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

bool notify_state_write(const struct notify_book *book, struct buf *out)
{
    struct lists lists = {.full = false};
    struct json_write writer;
    make_lists(book, &lists);
    if (lists.full) {
        free(lists.notes);
        free(lists.titles);
        return false;
    }
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("version"), STATE_VERSION);
    json_write_member_u64(&writer, SLICE("number_last"), book->number_last);
    json_write_member_array(&writer, SLICE("titles"));
    for (size_t i = 0; i < lists.title_count; i++) {
        write_title(&writer, lists.titles[i]);
    }
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("notes"));
    for (size_t i = 0; i < lists.note_count; i++) {
        write_note(&writer, &lists.notes[i]->alert);
    }
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("alarms"));
    for (size_t i = 0; i < book->alarm_count; i++) {
        write_alarm(&writer, &book->alarms[i]);
    }
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("groups"));
    for (size_t i = 0; i < book->group_count; i++) {
        write_group(&writer, &book->groups[i]);
    }
    json_write_array_end(&writer);
    json_write_member_array(&writer, SLICE("messages"));
    for (size_t i = 0; i < book->message_count; i++) {
        write_message(&writer, &book->messages[i]);
    }
    json_write_array_end(&writer);
    json_write_member_u64(&writer, SLICE("silence_last"), book->silence_last);
    json_write_member_array(&writer, SLICE("silences"));
    for (size_t i = 0; i < book->silence_count; i++) {
        write_silence(&writer, book->silences[i]);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    free(lists.notes);
    free(lists.titles);
    return true;
}

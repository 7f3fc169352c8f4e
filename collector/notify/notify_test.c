/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_test.h"

#include "notify/notify_private.h"

#include <stdlib.h>

static struct notify_note *make_note(uint64_t now_ns, bool resolved)
{
    static const struct notify_pair labels[] = {{SLICE_INIT("alertname"), SLICE_INIT("ThawTest")},
                                                {SLICE_INIT("severity"), SLICE_INIT("info")}};
    static const struct notify_pair annotations[] = {
        {SLICE_INIT("description"), SLICE_INIT("Somebody tries whether this receiver is told.")},
        {SLICE_INIT("summary"), SLICE_INIT("this is a test of thaw")},
    };
    const struct notify_alert alert = {.fingerprint = 1,
                                       .labels = labels,
                                       .label_count = 2,
                                       .annotations = annotations,
                                       .annotation_count = 2,
                                       .starts_ns = now_ns,
                                       .fired_ns = now_ns,
                                       .ends_ns = resolved ? now_ns : 0};
    return notify_note_create(&alert);
}

static bool add(struct notify_book *book, const struct notify_target *target, uint64_t now_ns,
                bool resolved)
{
    struct notify_message *message = notify_messages_add(book);
    if (message == NULL) {
        return false;
    }
    message->target = target->id;
    message->kind = target->kind;
    message->resolved = resolved;
    message->made_ns = now_ns;
    message->title = notify_title_create(target->id, SLICE("{}/test"), NULL, 0);
    message->items = calloc(1, sizeof(*message->items));
    struct notify_note *note = make_note(now_ns, resolved);
    if (message->title == NULL || message->items == NULL || note == NULL ||
        !notify_messages_name(message, target->receiver)) {
        notify_note_drop(note);
        notify_messages_take_back(book);
        return false;
    }
    message->items[0] = (struct notify_item){note, resolved};
    message->item_count = 1;
    return true;
}

bool notify_test_add(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct notify_testing *testing = context;
    testing->first = book->number_last + 1;
    for (size_t i = 0; i < book->plan->target_count; i++) {
        const struct notify_target *target = &book->plan->targets[i];
        if (testing->receiver.size > 0 && !slice_equal(target->receiver, testing->receiver)) {
            continue;
        }
        testing->count += add(book, target, now_ns, false);
        testing->count += target->send_resolved && add(book, target, now_ns, true);
    }
    return testing->count > 0;
}

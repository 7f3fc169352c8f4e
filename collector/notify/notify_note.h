/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_NOTE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_NOTE_H

#include "notify/notice.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A note is what is known of an alert at one moment: an immutable copy in one block of memory,
 * shared by counting, so that a message that is sent late says what was true when it was made.
 * The count is not atomic: notes are held and let go under the lock of those who share them.
 *
 * Invariants:
 *  1. alert.labels are sorted by name, each name once.
 *  2. All that alert points to is inside of the block.
 */
struct notify_note {
    struct notify_alert alert;
    size_t holders;
    size_t place; /* In the list of the latest saved state: notify_state.c's. */
    size_t size;  /* Of the block. */
};

/* Copy an alert, held once; what exceeds a limit is cut or left out.  NULL without memory. */
struct notify_note *notify_note_create(const struct notify_alert *alert) THAW_CHECK;

/* Hold it once more, or once less: without holders it is gone.  NULL is fine. */
struct notify_note *notify_note_hold(struct notify_note *note);
void notify_note_drop(struct notify_note *note);

/* Whether the note says of the alert what is told of it: texts and times. */
bool notify_note_says(const struct notify_note *note, const struct notify_alert *alert);

/* The value of a label; empty: there is none. */
struct slice notify_label(const struct notify_alert *alert, struct slice name);
struct slice notify_annotation(const struct notify_alert *alert, struct slice name);

#endif

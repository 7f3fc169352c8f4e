/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_LINES_H
#define THAW_INTAKE_LINES_H

#include "intake/prefix.h"
#include "intake/teller.h"

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Log events in lines of text.  With a prefix, lines without one belong to the event before them;
 * without, each line that is not empty is an event.
 */
struct lines {
    struct teller *teller;
    enum prefix_form form;
    struct buf words;            /* A message that was written anew. */
    bool lost;                   /* In something too large: up to the next event. */
    bool has_next;               /* The prefix of the next event is known, */
    struct moment_minute minute; /* Of the latest time. */
    struct prefix next;          /* as it told where the one before it ends. */
};

void lines_init(struct lines *lines, struct teller *teller, enum prefix_form form);
void lines_fini(struct lines *lines);

/* Read events as values_read() does values. */
size_t lines_read(struct lines *lines, struct slice text, size_t enough, bool last);

#endif

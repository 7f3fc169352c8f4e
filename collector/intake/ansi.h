/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_ANSI_H
#define THAW_INTAKE_ANSI_H

#include "base/buf.h"
#include "base/slice.h"

/* Takes a terminal's control sequences (ESC [ ... letter) out of text that comes in pieces. */
struct ansi {
    enum ansi_place { ANSI_TEXT, ANSI_ESCAPE, ANSI_SEQUENCE } place;
};

/* Append text without them.  Starts with {ANSI_TEXT}. */
void ansi_strip(struct ansi *ansi, struct slice text, struct buf *out);

#endif

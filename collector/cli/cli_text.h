/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TEXT_H
#define THAW_COLLECTOR_CLI_CLI_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How values look to people.  Telemetry is hostile text: whatever could move
 * the cursor, change colours or turn the direction of writing is shown as an
 * escape and not obeyed.  Pure.
 */

/* What the screen can do. */
struct cli_screen {
    bool colour;
    bool utf8;    /* Block characters and arrows may be used. */
    size_t width; /* Columns; 0: not a terminal, nothing is cut. */
    uint64_t now_ns;
};

/* Append text that is safe to print on one line. */
void cli_text_safe(struct slice text, struct buf *out);

/* The same as a slice in the arena, cut to a width with an ellipsis where that is not 0. */
struct slice cli_text_cell(struct slice text, size_t width, struct arena *arena);

/* Columns that safe text takes on a terminal. */
size_t cli_text_width(struct slice text);

/* Numbers with their units, in the arena: "1.24 s", "83 ms"; "2026-11-23 14:53:25.123";
 * "$0.0000058500"; "8.2 %"; "1,240". */
struct slice cli_text_duration(double ms, struct arena *arena);
struct slice cli_text_instant(uint64_t epoch_ns, struct arena *arena);
struct slice cli_text_money(struct slice amount, struct arena *arena);
struct slice cli_text_share(double share, struct arena *arena);
struct slice cli_text_count(double count, struct arena *arena);

/* The word for so many: of "line" and "lines" the first for 1 alone. */
const char *cli_text_form(uint64_t count, const char *one, const char *many);

/* How long ago, for a list that is read now: "3 min ago". */
struct slice cli_text_ago(uint64_t epoch_ns, uint64_t now_ns, struct arena *arena);

/* Colours.  style appends nothing on a screen without them. */
enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_DIM, CLI_RED, CLI_GREEN, CLI_YELLOW, CLI_BLUE };
void cli_text_style(const struct cli_screen *screen, enum cli_style style, struct buf *out);

#endif

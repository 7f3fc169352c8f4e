/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_TEXT_H
#define THAW_INTAKE_TEXT_H

#include "intake/ansi.h"
#include "intake/lines.h"
#include "intake/recognise.h"
#include "intake/shape.h"
#include "intake/table.h"
#include "intake/teller.h"
#include "intake/values.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One text of any kind, from its first to its last byte: waits for as much of it as tells what it
 * is, and hands it to the reader of that kind.  What a reader leaves is kept and given again with
 * more behind it; what lies within one piece is never copied.
 */
struct text {
    struct teller *teller;
    struct shapes *shapes;
    bool begun; /* It is known what it is. */
    struct recognised is;
    struct values values;
    struct table table;
    struct lines lines;
    struct ansi ansi;
    struct buf plain; /* Without colours. */
    struct buf carry; /* What a reader has left. */
    size_t wanted;    /* So much in carry before it is worth reading again. */
};

void intake_text_init(struct text *text, struct teller *teller, struct shapes *shapes);
void intake_text_fini(struct text *text);

/* STATUS_FULL without memory. */
enum status intake_text_push(struct text *text, struct slice bytes) THAW_CHECK;
/* The text ends here; the next one may begin. */
enum status intake_text_finish(struct text *text) THAW_CHECK;

#endif

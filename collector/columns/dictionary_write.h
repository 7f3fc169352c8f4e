/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_DICTIONARY_WRITE_H
#define THAW_COLUMNS_DICTIONARY_WRITE_H

#include "columns/ints.h"
#include "columns/table_private.h"

/* Which texts of a table stand in its dictionary, and under which number. */
struct dictionary_texts {
    uint32_t *numbers; /* By the table's number; TEXTS_NONE. */
    uint32_t *texts;   /* By the dictionary's. */
    uint32_t count;
};

/* Choose by how many blocks use a text, about (struct table_use); keys are used by all.  False
 * without memory; dictionary_write_fini() in either case. */
bool dictionary_write_choose(struct dictionary_texts *texts, const struct table *table) THAW_CHECK;
void dictionary_write_fini(struct dictionary_texts *texts);

/* Append the dictionary of a table to out. */
void dictionary_write(struct ints_writer *writer, const struct table *table,
                      const struct dictionary_texts *texts, struct buf *out);

#endif

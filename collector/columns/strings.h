/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_STRINGS_H
#define THAW_COLUMNS_STRINGS_H

#include "base/slice.h"
#include "columns/ints.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Lists of strings: all lengths, then all bytes.
 *
 *     byte form, then
 *     PLAIN  ints (sizes), bytes
 *     UUID   16 byte strings: the first byte of each, the second ... of lower-case UUIDs
 *     HEX    ints (sizes in bytes), bytes: of lower-case hexadecimal numbers
 */
void strings_write(struct ints_writer *writer, struct buf *out, const struct slice *strings,
                   size_t count, struct buf *scratch);

/* Take a list of count strings from the front of source into the arena. */
enum status strings_read(struct bytes_reader *reader, struct slice *source, size_t count,
                         struct arena *arena, struct slice **strings) THAW_CHECK;

/* Things of the same size, by planes: the first byte of each, the second, ... */
void strings_write_fixed(struct ints_writer *writer, struct buf *out, const unsigned char *things,
                         size_t count, size_t size, struct buf *scratch);
enum status strings_read_fixed(struct bytes_reader *reader, struct slice *source, size_t count,
                               size_t size, struct arena *arena, unsigned char **things) THAW_CHECK;

#endif

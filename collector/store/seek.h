/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEEK_H
#define THAW_STORE_SEEK_H

#include "model/record.h"
#include "store/cabinet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Call back with the segment and the block of each record that may have one of the ids, in the
 * sealed segments of a list that is held: guides are asked, then the segments that they name, and
 * those without a guide.  LOOKUP_NO_BLOCK: the id is known in the segment without a record.  False:
 * there was no memory for all. */
bool seek_ids(const struct cabinet_list *list, const struct id16 *ids, size_t id_count,
              void (*visit)(void *context, uint32_t segment, uint16_t block),
              void *context) THAW_CHECK;

#endif

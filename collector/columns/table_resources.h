/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_TABLE_RESOURCES_H
#define THAW_COLUMNS_TABLE_RESOURCES_H

#include "columns/table_private.h"

/*
 * A resource as bytes, and its number: equal ones have the same.  STATUS_FULL: there is no room;
 * STATUS_BAD: values are nested too deep.
 *
 *     attrs, six texts (service ... instance), varint epoch, varint seq
 */
enum status table_resources_add(struct table *table, const struct resource *resource,
                                uint32_t *number) THAW_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_SEARCH_ID_H
#define THAW_COLLECTOR_SEARCH_SEARCH_ID_H

#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * The id that a text names: 32 hexadecimal digits, X-Ray's 1-8-24, or a UUID.  False when it is
 * none of them or all zero.  Pure.
 */
bool search_id_parse(struct slice text, struct id16 *id) THAW_CHECK;

#endif

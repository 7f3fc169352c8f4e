/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CHECK_LIMITS_H
#define THAW_CHECK_LIMITS_H

#include <stdint.h>

/* The limits of check/ and their reasons. */

/* Findings of one file that are told; the others are counted.  A file that is all wrong has nothing
 * more to say. */
#define CHECK_FINDING_COUNT_MAX 64

/* Bytes of a catalog, and seconds that reading it may take: it holds a list and the state of
 * alerts. */
#define CHECK_CATALOG_SIZE_MAX ((uint32_t)256 << 20)
#define CHECK_CATALOG_S_MAX    120

/* Bytes that are read at a time of what is only summed up. */
#define CHECK_READ_SIZE ((uint32_t)1 << 20)

/* All that is printed as JSON. */
#define CHECK_OUTPUT_SIZE_MAX ((uint32_t)256 << 20)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_ENTROPY_H
#define THAW_BASE_ENTROPY_H

#include "base/status.h"

#include <stddef.h>

/* Fill memory with unpredictable bytes from the kernel.  STATUS_IO if it has none to give.  Any
 * thread; it may wait for a moment early after boot. */
enum status entropy_fill(void *memory, size_t size) THAW_CHECK;

#endif

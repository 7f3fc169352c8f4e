/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_GUARD_H
#define THAW_LIB_GUARD_H

#include "base/slice.h"

#include <stddef.h>

/*
 * Copies of input whose last byte is the last byte of a page, with a page
 * behind it that must not be touched: reading one byte too far ends the test,
 * with and without sanitizers.
 */
struct guard_copy {
    struct slice bytes; /* The copy.  Its base is never NULL, even if it is empty. */
    void *mapping;
    size_t mapping_size;
};

/* Copy bytes in front of a guard page.  Ends the test program if the system refuses. */
struct guard_copy guard_copy_create(struct slice bytes);

/* Give the copy back. */
void guard_copy_free(struct guard_copy *copy);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_CM_H
#define THAW_LIB_CM_H

/* cmocka with the headers that it wants before it, and checks for our own types. */

#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The slice is exactly this text. */
#define assert_slice(seen, text) cm_assert_slice((seen), (text), __FILE__, __LINE__)

static inline void cm_assert_slice(struct slice seen, const char *text, const char *file, int line)
{
    if (!slice_equal(seen, slice_from(text))) {
        print_error("\"" SLICE_FMT "\" is not \"%s\"\n", SLICE_ARG(seen), text);
        _fail(file, line);
    }
}

#endif

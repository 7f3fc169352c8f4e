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
#define assert_slice(seen, text)                                                                   \
    do {                                                                                           \
        struct slice seen_ = (seen);                                                               \
        struct slice wanted_ = slice_from(text);                                                   \
        if (!slice_equal(seen_, wanted_)) {                                                        \
            fail_msg("\"" SLICE_FMT "\" is not \"%s\"", SLICE_ARG(seen_), (text));                 \
        }                                                                                          \
    } while (0)

#endif

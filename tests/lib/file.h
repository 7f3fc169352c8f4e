/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_FILE_H
#define THAW_LIB_FILE_H

#include "base/slice.h"

/*
 * Whole files for tests.  Tests run in the root of the checkout; the shared
 * data lies beside it: "../shared/data/...".
 */

/* The content of a file, which must exist: else the test program ends with a message.  Free the
 * slice with file_free(). */
struct slice file_read(const char *path);

void file_free(struct slice content);

/*
 * Call visit for every regular file right in a directory, in the order of
 * their names, with its name and content.  The answer is how many there were.
 */
typedef void file_visit(const char *name, struct slice content, void *context);
unsigned file_each(const char *directory, file_visit *visit, void *context);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_TEST_H
#define THAW_RULES_RULES_TEST_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Tests of rules in the format of `promtool test rules`: series by a short notation, rules
 * evaluated over them, and alerts and samples that are to come of it.
 *
 * Pure but for the port that reads files of rules; memory is the arena's and, while a test runs, of
 * what rules write.
 */
struct rules_test_files {
    void *context;
    /* The texts of the files that a pattern of rule_files names, relative to the test's file, with
     * their names; all in the arena.  STATUS_IO with a sentence in error. */
    enum status (*read)(void *context, struct slice pattern, struct arena *arena,
                        struct slice **names, struct slice **texts, size_t *count,
                        struct buf *error);
};

/*
 * Run the tests of a file.  What fails is told in out, a paragraph for each.  STATUS_OK: none did;
 * STATUS_NOT_FOUND: some did; STATUS_BAD: it is no such file, and out says where and why;
 * STATUS_FULL: it takes too much memory; STATUS_IO: a file of rules cannot be read.
 */
enum status rules_test_run(struct slice text, const char *where,
                           const struct rules_test_files *files, struct arena *arena,
                           struct buf *out) THAW_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_FILES_H
#define THAW_COLLECTOR_ALERT_ALERT_FILES_H

#include "alert/alert_set.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The files of rules that the setting rules names: files and directories, with commas between; of a
 * directory all *.yml and *.yaml, by name.
 */

/* Their names, in the arena.  STATUS_IO with a line in errors: one cannot be read. */
enum status alert_files_list(struct slice paths, struct arena *arena, struct slice **names,
                             size_t *count, struct buf *errors) THAW_CHECK;

/* Their texts, in the arena. */
enum status alert_files_read(const struct slice *names, size_t count, struct arena *arena,
                             struct alert_set_text *texts, struct buf *errors) THAW_CHECK;

/* A number that changes when one of them does, or there are others. */
uint64_t alert_files_stamp(const struct slice *names, size_t count);

#endif

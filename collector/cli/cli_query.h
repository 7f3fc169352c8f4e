/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_QUERY_H
#define THAW_COLLECTOR_CLI_CLI_QUERY_H

#include "cli/cli_options.h"

#include "base/buf.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The request that `thaw query` stands for: at one time, or, with --from, --since or --step, over a
 * span of it.  Pure.
 */

/* Append its path and query.  STATUS_BAD with a sentence in error. */
enum status cli_query_path(const struct cli_options *options, uint64_t now_ns, struct buf *path,
                           struct buf *error) THAW_CHECK;

#endif

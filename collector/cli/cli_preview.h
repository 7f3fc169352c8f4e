/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_PREVIEW_H
#define THAW_COLLECTOR_CLI_CLI_PREVIEW_H

#include "cli/cli_options.h"

#include "base/buf.h"

#include <stdint.h>

/*
 * Append what `thaw rules preview` posts.  The answer is an exit code: 0; 2 where the options or
 * the file are wrong, 3 where the file cannot be read.  error then has a sentence, or nothing, for
 * mistakes of the file were told as `thaw rules check` tells them.
 */
int cli_preview_body(const struct cli_options *options, uint64_t now_ns, struct buf *json,
                     struct buf *error) THAW_CHECK;

#endif

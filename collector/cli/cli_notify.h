/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_NOTIFY_H
#define THAW_COLLECTOR_CLI_CLI_NOTIFY_H

#include "cli/cli_options.h"

#include "base/status.h"

/* Run `thaw notify check FILE...`.  The answer is the exit code: 0 all are right, 2 some are not, 3
 * some cannot be read. */
int cli_notify_check(const struct cli_options *options) THAW_CHECK;

#endif

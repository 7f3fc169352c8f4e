/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_EXPORT_H
#define THAW_COLLECTOR_CLI_CLI_EXPORT_H

#include "cli/cli_options.h"

#include "base/status.h"

/* Run `thaw export [ID]`: print what the path of the API answers, piece after piece.  The answer is
 * the exit code: 0 found, 1 nothing found, 2 used wrong, 3 cannot reach, read or write. */
int cli_export(const struct cli_options *options, struct slice path) THAW_CHECK;

#endif

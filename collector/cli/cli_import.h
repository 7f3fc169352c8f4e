/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_IMPORT_H
#define THAW_COLLECTOR_CLI_CLI_IMPORT_H

#include "cli/cli_options.h"

#include "base/status.h"

/* Run `thaw import FILE...` into the collector of the options.  The answer is the exit code: 0
 * found, 1 nothing found, 2 used wrong, 3 cannot read, write or reach. */
int cli_import(const struct cli_options *options) THAW_CHECK;

#endif

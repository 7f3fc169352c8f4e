/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_RULES_H
#define THAW_COLLECTOR_CLI_CLI_RULES_H

#include "cli/cli_options.h"

/* Run `thaw rules check FILE...`.  The answer is the exit code: 0 all are right, 2 some are not, 3
 * some cannot be read, or nothing can be written. */
int cli_rules_check(const struct cli_options *options) THAW_CHECK;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_RULES_H
#define THAW_COLLECTOR_CLI_CLI_RULES_H

#include "cli/cli_options.h"

#include "base/buf.h"

#include <stdbool.h>

/* Run `thaw rules check FILE...`.  The answer is the exit code: 0 all are right, 2 some are not, 3
 * some cannot be read, or nothing can be written. */
int cli_rules_check(const struct cli_options *options) THAW_CHECK;

/* `thaw rules test`: run files of tests of rules.  The answer is the exit code: 0 all are right, 1
 * a test fails, 2 a file is wrong, 3 one cannot be read. */
int cli_rules_test(const struct cli_options *options);

/* Run `thaw rules shipped`: 0, or 3 where nothing can be written. */
int cli_rules_shipped(void) THAW_CHECK;

/* The text of a file of rules, - is standard input; false and errno where it cannot be read. */
bool cli_rules_read(const char *path, struct buf *text);

#endif

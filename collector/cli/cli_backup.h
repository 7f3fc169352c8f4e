/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_BACKUP_H
#define THAW_COLLECTOR_CLI_CLI_BACKUP_H

#include "cli/cli_options.h"

#include "base/status.h"

/* Run `thaw backup DIR` and `thaw restore BACKUP DIR`, on files of this machine.  The answer is the
 * exit code: 0 done, 1 the backup is damaged, 2 used wrong, 3 cannot read or write. */
int cli_backup(const struct cli_options *options) THAW_CHECK;
int cli_restore(const struct cli_options *options) THAW_CHECK;

#endif

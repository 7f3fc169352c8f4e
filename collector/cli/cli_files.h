/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_FILES_H
#define THAW_COLLECTOR_CLI_CLI_FILES_H

#include "cli/cli_limits.h"
#include "cli/cli_options.h"

#include "base/status.h"
#include "intake/pour.h"

#include <stdbool.h>

/* The files that report and import read, and what the options say of them. */
struct cli_files {
    const char *paths[CLI_WORD_COUNT_MAX];
    struct pour_options pouring; /* Sink, progress and context are the caller's to fill in. */
};

/* Out of the options, which must outlive it, and which it points to as pouring points to its own
 * paths.  False: --memory is no number of megabytes. */
bool cli_files(const struct cli_options *options, struct cli_files *files) THAW_CHECK;

#endif

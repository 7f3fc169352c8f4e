/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_SHOW_PATH_H
#define THAW_COLLECTOR_CLI_CLI_SHOW_PATH_H

#include "cli/cli_show.h"

/* What a transaction's time went to, as JSON of its answer; empty: it is not told. */
struct cli_path {
    struct slice waited, critical_path, functions;
};

/* Append it: what was waited for, the longest steps of the critical path, each function's part. */
void cli_show_path(const struct cli_path *path, const struct cli_page *page);

#endif

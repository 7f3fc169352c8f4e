/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_SCREEN_H
#define THAW_COLLECTOR_CLI_CLI_SCREEN_H

#include "cli/cli_text.h"

/* What standard output can show, as the terminal and the environment (TERM, NO_COLOR, LANG) tell;
 * width 0 where it is no terminal. */
struct cli_screen cli_screen_of_stdout(void);

#endif

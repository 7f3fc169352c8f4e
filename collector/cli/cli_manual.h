/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_MANUAL_H
#define THAW_COLLECTOR_CLI_CLI_MANUAL_H

#include "base/buf.h"

/* Append the manual page, as man reads it, made of the tables of commands and options.  Pure. */
void cli_manual(struct buf *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_COMPLETION_H
#define THAW_COLLECTOR_CLI_CLI_COMPLETION_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/* Append what a shell (bash, zsh, fish) reads to complete commands and options, made of their
 * tables.  False: it is none of these.  Pure. */
bool cli_completion(struct slice shell, struct buf *out) THAW_CHECK;

#endif

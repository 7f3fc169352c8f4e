/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_LOGS_H
#define THAW_AGENT_LOGS_H

#include "agent/settings.h"

/*
 * What the settings say of log lines and of redaction: THAW_LOGS_* and
 * THAW_REDACT*.  Whoever asks for redaction and cannot have it, because a
 * setting is wrong, does not want raw lines to leave: then none does.
 */

/* Read them out of the table.  False if anything is wrong. */
bool logs_read(struct agent_settings *settings, struct buf *errors) THAW_CHECK;

/* THAW_REDACT_PATTERNS names this file; its text stays where it is. */
bool logs_patterns_file(const struct agent_settings *settings) THAW_CHECK;
bool logs_patterns(struct agent_settings *settings, struct slice text,
                   struct buf *errors) THAW_CHECK;

#endif

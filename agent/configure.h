/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CONFIGURE_H
#define THAW_AGENT_CONFIGURE_H

#include "agent/settings.h"
#include "core/core.h"

/* What the settings say to the core.  When it began and its seed are for the caller. */
struct core_config configure_core(const struct agent_settings *settings);

#endif

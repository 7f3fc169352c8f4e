/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MAIN_DEPLOYS_H
#define THAW_COLLECTOR_MAIN_DEPLOYS_H

#include "query/deploys.h"

/* What was deployed, as notify/ was told, for questions: deploys_source.list; the context is the
 * struct notify. */
bool main_list_deploys(void *context, struct arena *arena, struct deploys *deploys);

#endif

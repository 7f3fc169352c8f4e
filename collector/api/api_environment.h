/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_ENVIRONMENT_H
#define THAW_COLLECTOR_API_API_ENVIRONMENT_H

#include "base/json_write.h"
#include "model/record.h"

/* Write the member "environment": what the instance used during an invocation, out of the agent's
 * event that tells it; null for NULL. */
void api_environment_write(struct json_write *writer, const struct log_line *usage);

#endif

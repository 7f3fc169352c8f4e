/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_API_PATH_H
#define THAW_API_PATH_H

#include "base/json_write.h"
#include "query/path.h"

/* Members of a transaction: its critical path, what was waited for, and its functions. */
void api_path_write(struct json_write *writer, const struct transaction *transaction,
                    const struct path_report *report);

#endif

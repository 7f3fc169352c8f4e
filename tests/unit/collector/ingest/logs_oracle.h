/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_LOGS_ORACLE_H
#define THAW_TEST_LOGS_ORACLE_H

#include "base/arena.h"
#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>

/* A logs request to records by way of protobuf-c: another way to the same answer as
 * ingest/otlp_logs.h. */
bool logs_oracle(struct slice body, struct arena *arena, struct batch *batch);

#endif

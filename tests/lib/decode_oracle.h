/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_DECODE_ORACLE_H
#define THAW_TEST_DECODE_ORACLE_H

#include "base/arena.h"
#include "base/slice.h"
#include "model/record.h"

#include <stdbool.h>

/* A request to records by way of protobuf-c: another way to the same answer as
 * ingest/otlp_decode.h. */
bool decode_oracle(enum signal signal, struct slice body, struct arena *arena, struct batch *batch);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_BATCH_SAME_H
#define THAW_TEST_BATCH_SAME_H

#include "model/record.h"

/* NULL if two batches say the same, to the last byte; else what differs first. */
const char *batch_same(const struct batch *one, const struct batch *other);

#endif

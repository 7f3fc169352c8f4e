/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_BATCH_SAME_H
#define THAW_TEST_BATCH_SAME_H

#include "model/record.h"

#include <stdbool.h>

/* NULL if two batches say the same, to the last byte; else what differs first. */
const char *batch_same(const struct batch *one, const struct batch *other);

/* Whether two records say the same, wherever they lie, their resources and scopes included. */
bool batch_same_span(const struct span *one, const struct span *other);
bool batch_same_line(const struct log_line *one, const struct log_line *other);
bool batch_same_resource(const struct resource *one, const struct resource *other);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_QUALIFIER_H
#define THAW_COLLECTOR_MODEL_QUALIFIER_H

#include "base/slice.h"

/*
 * The alias in the ARN by which a function was invoked: what stands behind its name
 * (arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS), a part of the ARN.  Empty where nothing
 * does, or where that is a version: digits, or $LATEST.
 */
struct slice qualifier_alias(struct slice arn);

#endif

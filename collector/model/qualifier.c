/* SPDX-License-Identifier: Apache-2.0 */
#include "model/qualifier.h"

#include <stdbool.h>

/* Colons before the qualifier, and before the word that says that it is a function's ARN. */
enum { QUALIFIER_COLONS = 7, FUNCTION_COLONS = 5 };

/* What stands behind so many colons, up to the end; empty where there are fewer. */
static struct slice behind(struct slice arn, unsigned colons)
{
    size_t at = 0;
    for (; at < arn.size && colons > 0; at++) {
        colons -= arn.base[at] == ':' ? 1 : 0;
    }
    return colons == 0 ? slice_skip(arn, at) : SLICE_EMPTY;
}

static bool is_version(struct slice qualifier)
{
    bool digits = true;
    for (size_t i = 0; i < qualifier.size; i++) {
        digits = digits && qualifier.base[i] >= '0' && qualifier.base[i] <= '9';
    }
    return digits || slice_equal(qualifier, SLICE("$LATEST"));
}

struct slice qualifier_alias(struct slice arn)
{
    struct slice qualifier = behind(arn, QUALIFIER_COLONS);
    if (!slice_starts(behind(arn, FUNCTION_COLONS), SLICE("function:")) || is_version(qualifier)) {
        return SLICE_EMPTY;
    }
    return qualifier;
}

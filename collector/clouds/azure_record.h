/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_AZURE_RECORD_H
#define THAW_CLOUDS_AZURE_RECORD_H

#include "clouds/cloud_options.h"
#include "clouds/fields.h"
#include "clouds/pool.h"

#include "base/arena.h"
#include "base/slice.h"

#include <stddef.h>

/*
 * One piece of telemetry, whatever form carried it: the forms call the same things by different
 * names, and all of them fill the same fields.  azure.c takes forms apart and hands records here.
 */
enum azure_field {
    AZURE_TIME,
    AZURE_TYPE,
    AZURE_RESOURCE,
    AZURE_REGION,
    AZURE_OPERATION,
    AZURE_OPERATION_NAME,
    AZURE_PARENT,
    AZURE_ID,
    AZURE_NAME,
    AZURE_SUCCESS,
    AZURE_RESULT,
    AZURE_DURATION, /* Milliseconds, or .NET's text. */
    AZURE_TICKS,    /* 100 ns. */
    AZURE_ROLE,
    AZURE_INSTANCE,
    AZURE_DIMENSIONS,
    AZURE_MESSAGE,
    AZURE_SEVERITY,
    AZURE_EXCEPTION,           /* Type of it; */
    AZURE_EXCEPTION_INNERMOST, /* of its innermost one. */
    AZURE_ITEM_ID,
    AZURE_ITEM_COUNT,
    AZURE_VERSION,
    /* Of the custom dimensions. */
    AZURE_INVOCATION,
    AZURE_HOST,
    AZURE_FULL_NAME,
    AZURE_REASON,
    AZURE_CATEGORY,
    AZURE_HANDLER, /* FunctionExecutionTimeMs */
    AZURE_METHOD,
    AZURE_FIELD_COUNT,
};

/* The names of members and columns, and of members of the dimensions. */
extern const struct field_name azure_record_names[];
extern const size_t azure_record_name_count;
extern const struct field_name azure_record_dimensions[];
extern const size_t azure_record_dimension_count;

struct azure_records {
    struct pool *pool;
    struct arena *arena; /* Of the record at hand. */
    const struct cloud_options *options;
};

/* Take a record in.  raw is its text, for samples and to recognise it again. */
void azure_record(const struct azure_records *records, struct field fields[AZURE_FIELD_COUNT],
                  struct slice raw);

#endif

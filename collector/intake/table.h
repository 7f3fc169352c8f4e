/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_TABLE_H
#define THAW_INTAKE_TABLE_H

#include "intake/csv.h"
#include "intake/insights.h"
#include "intake/intake_limits.h"
#include "intake/teller.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Log events in rows of CSV: CloudWatch's console, Logs Insights, a spreadsheet.  The header says
 * which column is what, in any order and case; columns that are not known are left alone.
 */
enum table_column {
    TABLE_TIMESTAMP,
    TABLE_MESSAGE,
    TABLE_STREAM,
    TABLE_LOG,
    TABLE_GROUP,
    TABLE_ACCOUNT,
    TABLE_REGION,
    TABLE_EVENT_ID,
    TABLE_INSIGHTS, /* The first of what REPORT lines have, in the order of insights_field. */
    TABLE_COLUMN_COUNT = TABLE_INSIGHTS + INSIGHTS_FIELD_COUNT,
};

#define TABLE_NOWHERE SIZE_MAX

struct table_header {
    size_t columns[TABLE_COLUMN_COUNT]; /* Where each is, or TABLE_NOWHERE. */
    size_t count;                       /* Columns in all. */
    unsigned char delimiter;
    bool insights; /* The names have an @. */
    bool marked;   /* Bars are around the columns, see marked.h. */
};

/* Whether the text begins with a header that names a message and more, or with one of Logs
 * Insights. */
bool table_recognise(struct slice head, struct table_header *header) THAW_CHECK;

/* The same for a table in text, perhaps with lines of text before it. */
bool table_recognise_marked(struct slice head, struct table_header *header) THAW_CHECK;

struct table {
    struct teller *teller;
    struct table_header header;
    bool begun; /* The header is behind us. */
    unsigned rescans;
    struct csv_field fields[INTAKE_COLUMNS_MAX];
    struct buf words;
};

void table_init(struct table *table, struct teller *teller, const struct table_header *header);
void table_fini(struct table *table);

/* Read rows as values_read() does values. */
size_t table_read(struct table *table, struct slice text, size_t enough, bool last);

#endif

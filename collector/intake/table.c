/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/table.h"

#include "base/ensure.h"
#include "intake/event.h"
#include "intake/marked.h"

#include <stdint.h>
#include <string.h>

static const struct {
    struct slice name;
    unsigned column; /* An enum table_column. */
} table_names[] = {
    {SLICE_INIT("timestamp"), TABLE_TIMESTAMP},
    {SLICE_INIT("@timestamp"), TABLE_TIMESTAMP},
    {SLICE_INIT("time"), TABLE_TIMESTAMP},
    {SLICE_INIT("eventtimestamp"), TABLE_TIMESTAMP},
    {SLICE_INIT("message"), TABLE_MESSAGE},
    {SLICE_INIT("@message"), TABLE_MESSAGE},
    {SLICE_INIT("logstreamname"), TABLE_STREAM},
    {SLICE_INIT("logstream"), TABLE_STREAM},
    {SLICE_INIT("@logstream"), TABLE_STREAM},
    {SLICE_INIT("@log"), TABLE_LOG},
    {SLICE_INIT("log"), TABLE_LOG},
    {SLICE_INIT("loggroupidentifier"), TABLE_LOG},
    {SLICE_INIT("loggroup"), TABLE_GROUP},
    {SLICE_INIT("loggroupname"), TABLE_GROUP},
    {SLICE_INIT("@loggroup"), TABLE_GROUP},
    {SLICE_INIT("@aws.account"), TABLE_ACCOUNT},
    {SLICE_INIT("@aws.region"), TABLE_REGION},
    {SLICE_INIT("eventid"), TABLE_EVENT_ID},
    {SLICE_INIT("@type"), TABLE_INSIGHTS + INSIGHTS_TYPE},
    {SLICE_INIT("@requestid"), TABLE_INSIGHTS + INSIGHTS_REQUEST_ID},
    {SLICE_INIT("@duration"), TABLE_INSIGHTS + INSIGHTS_DURATION},
    {SLICE_INIT("@billedduration"), TABLE_INSIGHTS + INSIGHTS_BILLED},
    {SLICE_INIT("@memorysize"), TABLE_INSIGHTS + INSIGHTS_MEMORY},
    {SLICE_INIT("@maxmemoryused"), TABLE_INSIGHTS + INSIGHTS_MEMORY_USED},
    {SLICE_INIT("@initduration"), TABLE_INSIGHTS + INSIGHTS_INIT},
    {SLICE_INIT("@xraytraceid"), TABLE_INSIGHTS + INSIGHTS_TRACE_ID},
};

/* Columns' names as they are compared: lower case, without blanks, dashes and underscores, and
 * without the zone of times. */
static struct slice table_fold(struct slice name, char *text, size_t room)
{
    size_t size = 0;
    name = slice_trim(name);
    for (size_t i = 0; i < name.size && size < room; i++) {
        unsigned char byte = name.base[i];
        if (byte == ' ' || byte == '_' || byte == '-' || byte == '"') {
            continue;
        }
        text[size++] = (char)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
    }
    struct slice folded = slice_of(text, size);
    return slice_ends(folded, SLICE("(utc)")) ? slice_take(folded, size - 5) : folded;
}

/* Read a row as a header.  The answer is how many of its columns are known. */
static unsigned table_map(const struct csv_row *row, struct table_header *header)
{
    unsigned known = 0;
    header->count = row->count;
    header->insights = false;
    for (size_t i = 0; i < TABLE_COLUMN_COUNT; i++) {
        header->columns[i] = TABLE_NOWHERE;
    }
    for (size_t i = 0; i < row->count; i++) {
        char text[32];
        struct slice name = table_fold(row->fields[i].raw, text, sizeof(text));
        for (size_t k = 0; k < sizeof(table_names) / sizeof(table_names[0]); k++) {
            size_t *column = &header->columns[table_names[k].column];
            if (slice_equal(name, table_names[k].name) && *column == TABLE_NOWHERE) {
                *column = i;
                known++;
                header->insights = header->insights || name.base[0] == '@';
            }
        }
    }
    return known;
}

/* Whether what table_map() has found is a header of log events. */
static bool table_is_header(const struct table_header *header, unsigned known)
{
    bool message = header->columns[TABLE_MESSAGE] != TABLE_NOWHERE;
    return (message && (known > 1 || header->insights)) || (known > 0 && header->insights);
}

bool table_recognise_marked(struct slice head, struct table_header *header)
{
    struct csv_field fields[INTAKE_COLUMNS_MAX];
    unsigned char first = head.size > 0 ? head.base[0] : 0;
    if (first != '|' && first != '-' && first != '+' && first != '*') {
        return false;
    }
    for (unsigned i = 0; i < INTAKE_HEAD_LINES_MAX && head.size > 0; i++) {
        struct csv_row row = {.fields = fields, .room = INTAKE_COLUMNS_MAX};
        struct slice line;
        slice_cut(head, '\n', &line, &head);
        if (line.size > 0 && marked_read(line, true, &row) == CSV_OK && row.count > 0 &&
            table_is_header(header, table_map(&row, header))) {
            header->marked = true;
            return true;
        }
    }
    return false;
}

bool table_recognise(struct slice head, struct table_header *header)
{
    static const unsigned char delimiters[] = {',', ';', '\t', '|'};
    struct csv_field fields[INTAKE_COLUMNS_MAX];
    struct slice line, rest;
    slice_cut(head, '\n', &line, &rest);
    if (slice_starts(line, SLICE("sep="))) {
        slice_cut(rest, '\n', &line, &rest); /* A spreadsheet's own line before the header. */
    }
    for (size_t i = 0; line.size > 0 && i < sizeof(delimiters); i++) {
        struct csv_row row = {.fields = fields, .room = INTAKE_COLUMNS_MAX};
        if (csv_read(line, delimiters[i], true, &row) != CSV_OK) {
            continue;
        }
        header->delimiter = delimiters[i];
        header->marked = false;
        if (table_is_header(header, table_map(&row, header))) {
            return true;
        }
    }
    return false;
}

void table_init(struct table *table, struct teller *teller, const struct table_header *header)
{
    table->teller = teller;
    table->header = *header;
    table->begun = false;
    table->rescans = 0;
    buf_init_growing(&table->words, 2 * (size_t)INTAKE_RECORD_SIZE_MAX);
}

void table_fini(struct table *table)
{
    buf_fini(&table->words);
}

static struct slice table_cell(struct table *table, const struct csv_row *row, unsigned column)
{
    size_t at = table->header.columns[column];
    return at < row->count ? csv_text(&row->fields[at], &table->words) : SLICE_EMPTY;
}

/* A message that nobody has put in quotes goes on to the end of its row, if it is the last. */
static void table_widen(const struct table *table, struct csv_row *row)
{
    size_t at = table->header.columns[TABLE_MESSAGE];
    if (row->count <= table->header.count || at + 1 != table->header.count ||
        row->fields[at].quoted) {
        return;
    }
    const struct slice end = row->fields[row->count - 1].raw;
    struct slice *message = &row->fields[at].raw;
    message->size = (size_t)(end.base + end.size - message->base);
    row->count = table->header.count;
}

/* Whether a row is a header again, as where files were put behind each other. */
static bool table_again(struct table *table, const struct csv_row *row)
{
    struct table_header header = {.delimiter = table->header.delimiter,
                                  .marked = table->header.marked};
    size_t at = table->header.columns[TABLE_MESSAGE];
    bool fields = at == TABLE_NOWHERE; /* Headers of Logs Insights have an @ in front. */
    at = fields ? 0 : at;
    if (at >= row->count || row->fields[at].raw.size > sizeof("@billedDuration ") ||
        (fields && slice_find_byte(row->fields[at].raw, '@') == SLICE_NONE) ||
        table_map(row, &header) < 2 ||
        (!fields && header.columns[TABLE_MESSAGE] == TABLE_NOWHERE)) {
        return false;
    }
    table->header = header;
    return true;
}

static void table_take(struct table *table, struct csv_row *row, struct slice text)
{
    struct teller *teller = table->teller;
    const struct table_header *header = &table->header;
    struct slice sample = slice_take(text, row->size);
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    buf_reset(&table->words);
    if (buf_reserve(&table->words, row->size + 1) == NULL) {
        teller_refuse(teller, "a row that does not fit in memory", sample);
        return;
    }
    table_widen(table, row);
    if (slice_trim(sample).size == 0 || table_again(table, row)) {
        return;
    }
    bool timed = header->columns[TABLE_TIMESTAMP] != TABLE_NOWHERE;
    bool told = header->columns[TABLE_MESSAGE] != TABLE_NOWHERE;
    if ((told && row->count <= header->columns[TABLE_MESSAGE]) ||
        (timed && row->count <= header->columns[TABLE_TIMESTAMP])) {
        teller_refuse(teller, "a row with fewer columns than its header", sample);
        return;
    }
    event_set_group(&event, table_cell(table, row, TABLE_LOG));
    if (header->columns[TABLE_GROUP] != TABLE_NOWHERE) {
        event.group = table_cell(table, row, TABLE_GROUP);
    }
    if (header->columns[TABLE_ACCOUNT] != TABLE_NOWHERE) {
        event.account = table_cell(table, row, TABLE_ACCOUNT);
    }
    event.region = table_cell(table, row, TABLE_REGION);
    event.stream = table_cell(table, row, TABLE_STREAM);
    event.id = table_cell(table, row, TABLE_EVENT_ID);
    struct slice time = table_cell(table, row, TABLE_TIMESTAMP);
    if (!told) {
        struct insights_row fields = {.stream = event.stream};
        for (unsigned i = 0; i < INSIGHTS_FIELD_COUNT; i++) {
            fields.fields[i] = table_cell(table, row, TABLE_INSIGHTS + i);
        }
        event_tell_fields(teller, &event, &fields, time, sample);
        return;
    }
    event.message = table_cell(table, row, TABLE_MESSAGE);
    if (timed) {
        event_tell(teller, &event, time, sample);
    } else {
        event_tell_untimed(teller, &event, sample);
    }
}

/* A row of a table in text; false: there is none yet, or it is no row. */
static bool table_mark(struct table *table, struct csv_row *row, struct slice text)
{
    struct slice line = slice_take(text, row->size);
    if (marked_is_rule(line)) {
        return false;
    }
    if (row->count == 0) {
        if (table->begun) {
            teller_refuse(table->teller, "text between the rows of a table", line);
        }
        return false;
    }
    if (!table->begun) {
        struct table_header header = {.marked = true};
        unsigned known = table_map(row, &header);
        table->begun = table_is_header(&header, known);
        return false;
    }
    marked_join(row, table->header.count, table->header.columns[TABLE_MESSAGE]);
    return true;
}

/* A row that does not end: refuse its first line, and try again behind it. */
static size_t table_rescan(struct table *table, struct slice text)
{
    size_t line = slice_find_byte(text, '\n');
    line = line == SLICE_NONE ? text.size : line + 1;
    table->rescans++;
    if (table->rescans > INTAKE_RESCANS_MAX) {
        line = text.size;
    }
    teller_refuse(table->teller, "a row whose quotes do not end: it was cut off, or is broken",
                  slice_take(text, line));
    return line;
}

size_t table_read(struct table *table, struct slice text, size_t enough, bool last)
{
    size_t at = 0;
    while (at < text.size && at < enough) {
        struct slice rest = slice_skip(text, at);
        struct csv_row row = {.fields = table->fields, .room = INTAKE_COLUMNS_MAX};
        bool marked = table->header.marked;
        enum csv_answer answer = marked ? marked_read(rest, last, &row)
                                        : csv_read(rest, table->header.delimiter, last, &row);
        if (answer == CSV_MORE && !last && rest.size <= INTAKE_RECORD_SIZE_MAX) {
            break;
        }
        if (answer == CSV_MORE || row.size > INTAKE_RECORD_SIZE_MAX) {
            at += table_rescan(table, rest);
            continue;
        }
        if (marked ? table_mark(table, &row, rest) : table->begun) {
            table_take(table, &row, rest);
        }
        table->begun = table->begun || !marked;
        at += row.size;
    }
    return at;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "range_dump.h"

#include "base/ensure.h"

#include <stdio.h>
#include <stdlib.h>

/* A text that grows. */
struct dump {
    FILE *file;
    char *text;
    size_t size;
};

static void dump_begin(struct dump *dump)
{
    dump->file = open_memstream(&dump->text, &dump->size);
    ENSURE(dump->file != NULL);
}

static char *dump_end(struct dump *dump)
{
    ENSURE(fclose(dump->file) == 0);
    return dump->text;
}

static void dump_text(const struct dump *dump, struct slice text)
{
    (void)fprintf(dump->file, "%.*s ", (int)text.size, (const char *)text.base);
}

static void dump_id(const struct dump *dump, struct id16 id)
{
    for (size_t i = 8; i < sizeof(id.bytes); i++) {
        (void)fprintf(dump->file, "%02x", id.bytes[i]);
    }
    (void)fprintf(dump->file, " ");
}

static void dump_number(const struct dump *dump, const char *name, int64_t value)
{
    if (value != UNKNOWN_NS) {
        (void)fprintf(dump->file, "%s=%lld ", name, (long long)value);
    }
}

char *range_dump_errors(const struct errors *errors)
{
    struct dump dump;
    dump_begin(&dump);
    for (uint32_t i = 0; i < errors->group_count; i++) {
        const struct error_group *group = &errors->groups[i];
        dump_text(&dump, group->function);
        dump_text(&dump, group->error_type);
        dump_number(&dump, "count", (int64_t)group->count);
        dump_number(&dump, "first", group->first_ns);
        dump_number(&dump, "last", group->last_ns);
        for (uint32_t k = 0; k < group->example_count; k++) {
            dump_id(&dump, group->examples[k]);
        }
        (void)fprintf(dump.file, "\n");
    }
    return dump_end(&dump);
}

char *range_dump_coldstarts(const struct coldstarts *coldstarts)
{
    struct dump dump;
    dump_begin(&dump);
    for (uint32_t i = 0; i < coldstarts->slowest_count; i++) {
        const struct coldstart *row = &coldstarts->slowest[i];
        dump_text(&dump, row->function);
        dump_id(&dump, row->facts.request_id);
        dump_id(&dump, row->transaction);
        dump_text(&dump, row->facts.trigger);
        dump_text(&dump, row->facts.init_phase);
        dump_number(&dump, "init", row->facts.init_ns);
        dump_number(&dump, "start", row->facts.start_ns);
        dump_number(&dump, "placed", row->facts.placed_ns);
        (void)fprintf(dump.file, "\n");
    }
    return dump_end(&dump);
}

static int compare_lanes(const void *one, const void *other)
{
    const struct lane *a = *(const struct lane *const *)one;
    const struct lane *b = *(const struct lane *const *)other;
    int order = slice_compare(a->function.name, b->function.name);
    return order != 0 ? order : slice_compare(a->name, b->name);
}

static void dump_lane(const struct dump *dump, const struct lane *lane, struct query_range range)
{
    for (uint32_t i = 0; i < lane->invocation_count; i++) {
        const struct invocation_facts *facts = &lane->invocations[i].facts;
        if (facts->start_ns < range.from_ns) {
            continue;
        }
        dump_text(dump, lane->function.name);
        dump_text(dump, lane->name);
        dump_id(dump, facts->request_id);
        dump_number(dump, "start", facts->start_ns);
        dump_number(dump, "end", facts->end_ns);
        dump_number(dump, "outcome", (int64_t)facts->outcome);
        dump_number(dump, "cold", (int64_t)facts->cold);
        dump_number(dump, "billed", facts->billed_ms);
        (void)fprintf(dump->file, "\n");
    }
}

char *range_dump_lanes(const struct lanes *lanes, struct query_range range)
{
    struct dump dump;
    const struct lane **rows = calloc((size_t)lanes->row_count + 1, sizeof(rows[0]));
    ENSURE(rows != NULL);
    for (uint32_t i = 0; i < lanes->row_count; i++) {
        rows[i] = &lanes->rows[i];
    }
    qsort(rows, lanes->row_count, sizeof(rows[0]), compare_lanes);
    dump_begin(&dump);
    for (uint32_t i = 0; i < lanes->row_count; i++) {
        dump_lane(&dump, rows[i], range);
    }
    free(rows);
    return dump_end(&dump);
}

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

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_import_sum.h"

#include "cli/cli_text.h"

#include "base/json_write.h"

#include <string.h>

/* --- Counting. --- */

static uint64_t sum_made_up(const struct stream_source *source)
{
    return source != NULL && source->function_made_up ? 1 : 0;
}

static void sum_invocation(void *context, const struct stream_invocation *invocation)
{
    struct cli_import_sum *sum = context;
    if (invocation->final) {
        sum->invocations++;
        sum->cold_starts += invocation->cold && !invocation->proactive ? 1 : 0;
        sum->errors += invocation->end == END_ERROR || invocation->end == END_TIMEOUT ? 1 : 0;
    } else {
        sum->open++;
    }
    sum->made_up += sum_made_up(invocation->source);
    sum->next->invocation(sum->next->context, invocation);
}

static void sum_init(void *context, const struct stream_init *init)
{
    struct cli_import_sum *sum = context;
    sum->inits++;
    sum->next->init(sum->next->context, init);
}

static void sum_line(void *context, const struct stream_line *line)
{
    struct cli_import_sum *sum = context;
    sum->lines++;
    sum->made_up += sum_made_up(line->source);
    sum->next->line(sum->next->context, line);
}

static void sum_metric(void *context, const struct stream_metric *metric)
{
    struct cli_import_sum *sum = context;
    sum->metrics++;
    if (sum->next->metric != NULL) {
        sum->next->metric(sum->next->context, metric);
    }
}

static struct cli_import_refusal *sum_find(struct cli_import_sum *sum, const char *why)
{
    for (size_t i = 0; i < sum->refusal_count; i++) {
        if (strcmp(sum->refusals[i].why, why) == 0) {
            return &sum->refusals[i];
        }
    }
    if (sum->refusal_count == CLI_REFUSALS_MAX) {
        return NULL;
    }
    struct cli_import_refusal *made = &sum->refusals[sum->refusal_count++];
    made->why = why;
    return made;
}

static void sum_refused(void *context, const struct stream_refusal *refusal)
{
    struct cli_import_sum *sum = context;
    uint64_t count = refusal->count > 0 ? refusal->count : 1;
    sum->refused += count;
    struct cli_import_refusal *row = sum_find(sum, refusal->why);
    if (row != NULL) {
        row->count += count;
        if (row->example_count < CLI_EXAMPLES_MAX && refusal->sample.size > 0) {
            size_t size = refusal->sample.size < CLI_EXAMPLE_SIZE_MAX ? refusal->sample.size
                                                                      : CLI_EXAMPLE_SIZE_MAX;
            memcpy(row->examples[row->example_count], refusal->sample.base, size);
            row->example_sizes[row->example_count] = size;
            row->example_count++;
        }
    }
    sum->next->refused(sum->next->context, refusal);
}

void cli_import_sum_init(struct cli_import_sum *sum, const struct stream_sink *next)
{
    *sum = (struct cli_import_sum){.next = next};
    sum->sink = (struct stream_sink){
        .context = sum,
        .invocation = sum_invocation,
        .init = sum_init,
        .line = sum_line,
        .metric = sum_metric,
        .refused = sum_refused,
    };
}

const struct stream_sink *cli_import_sum_sink(const struct cli_import_sum *sum)
{
    return &sum->sink;
}

/* --- Telling. --- */

static struct slice sum_example(const struct cli_import_refusal *row, size_t index)
{
    return slice_of(row->examples[index], row->example_sizes[index]);
}

/* "1 file", "2 files". */
static void sum_number(struct buf *out, uint64_t count, const char *noun)
{
    buf_printf(out, "%llu %s%s", (unsigned long long)count, noun, cli_text_form(count, "", "s"));
}

static void sum_refusals_text(const struct cli_import_sum *sum, struct buf *out)
{
    if (sum->refused == 0) {
        return;
    }
    buf_printf(out, "%llu did not fit anything:\n", (unsigned long long)sum->refused);
    for (size_t i = 0; i < sum->refusal_count; i++) {
        const struct cli_import_refusal *row = &sum->refusals[i];
        buf_printf(out, "  %llu  %s\n", (unsigned long long)row->count, row->why);
        for (size_t k = 0; k < row->example_count; k++) {
            buf_append_text(out, "      ");
            cli_text_safe(sum_example(row, k), out);
            buf_append_text(out, "\n");
        }
    }
}

/* What the user can do about what is not known. */
static void sum_hints_text(const struct cli_import_sum *sum, const struct cli_import_end *end,
                           struct buf *out)
{
    const struct pour_result *poured = end->poured;
    if (sum->made_up > 0) {
        buf_append_text(out,
                        "nothing names the function of some of it: --function NAME names it\n");
    }
    if (poured->merge.events == 0 && sum->invocations + sum->open + sum->lines + sum->inits == 0) {
        buf_append_text(out, "nothing was recognised as logs of functions; what can be imported is "
                             "in docs/reference/log-formats.md\n");
    }
}

static void sum_sent_text(const struct cli_import_end *end, struct buf *out)
{
    const struct cli_post_result *posted = end->posted;
    if (posted == NULL) {
        buf_append_text(out, "nothing was sent (--dry-run)\n");
        return;
    }
    uint64_t new_bodies = posted->bodies - posted->known;
    if (posted->bodies == 0) {
        buf_append_text(out, "nothing was sent\n");
    } else if (new_bodies == 0) {
        buf_append_text(out, "the collector had all of it: nothing was added\n");
    } else if (posted->known > 0) {
        buf_printf(out, "the collector had %.0f %% of it\n",
                   100.0 * (double)posted->known / (double)posted->bodies);
    }
}

/* The formats, with how many files were of each where there are several. */
static void sum_formats_text(const struct pour_result *poured, struct buf *out)
{
    const char *only = pour_format(poured);
    bool many = only != NULL && strcmp(only, "mixed") == 0;
    buf_append_text(out, " (");
    if (!many) {
        buf_append_text(out, only != NULL ? only : intake_format_name(INTAKE_UNKNOWN));
    }
    const char *between = "";
    for (unsigned i = 0; many && i < INTAKE_FORMAT_COUNT; i++) {
        if (poured->formats[i] > 0) {
            buf_printf(out, "%s%llu %s", between, (unsigned long long)poured->formats[i],
                       intake_format_name((enum intake_format)i));
            between = ", ";
        }
    }
    buf_append_text(out, ")");
}

static void sum_events_text(const struct merge_counts *counts, struct buf *out)
{
    sum_number(out, counts->events, "event");
    buf_append_text(out, " of ");
    sum_number(out, counts->streams, "stream");
    if (counts->repeated > 0) {
        buf_printf(out, ", %llu of them twice", (unsigned long long)counts->repeated);
    }
    if (counts->without_stream > 0) {
        buf_printf(out, ", %llu without the name of a stream: what belongs together is not known",
                   (unsigned long long)counts->without_stream);
    }
    buf_append_text(out, "\n");
}

void cli_import_sum_text(const struct cli_import_sum *sum, const struct cli_import_end *end,
                         struct buf *out)
{
    const struct pour_result *poured = end->poured;
    double rate = end->seconds > 0 ? (double)poured->intake.inflated / 1e6 / end->seconds : 0;
    sum_number(out, poured->intake.files, "file");
    sum_formats_text(poured, out);
    buf_printf(out, ", %.1f MB of text, %.1f s, %.0f MB/s\n", (double)poured->intake.inflated / 1e6,
               end->seconds, rate);
    sum_events_text(&poured->merge, out);
    sum_number(out, sum->invocations, "invocation");
    buf_printf(out, ", %llu with a cold start, %llu with an error; ",
               (unsigned long long)sum->cold_starts, (unsigned long long)sum->errors);
    sum_number(out, sum->lines, "line");
    if (sum->open > 0) {
        buf_append_text(out, "; ");
        sum_number(out, sum->open, "invocation");
        buf_append_text(out, " without an end");
    }
    if (sum->metrics > 0) {
        buf_append_text(out, "; ");
        sum_number(out, sum->metrics, "metric");
    }
    buf_append_text(out, "\n");
    sum_refusals_text(sum, out);
    sum_hints_text(sum, end, out);
    sum_sent_text(end, out);
    if (end->stopped) {
        buf_append_text(out, "stopped; run the same command again and it goes on\n");
    }
}

static void sum_refusals_json(const struct cli_import_sum *sum, struct json_write *writer)
{
    json_write_member_array(writer, SLICE("unused"));
    for (size_t i = 0; i < sum->refusal_count; i++) {
        const struct cli_import_refusal *row = &sum->refusals[i];
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("reason"), slice_from(row->why));
        json_write_member_u64(writer, SLICE("count"), row->count);
        json_write_member_array(writer, SLICE("examples"));
        for (size_t k = 0; k < row->example_count; k++) {
            json_write_string(writer, sum_example(row, k));
        }
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void sum_formats_json(const struct pour_result *poured, struct json_write *writer)
{
    const char *format = pour_format(poured);
    json_write_member_string(
        writer, SLICE("format"),
        slice_from(format != NULL ? format : intake_format_name(INTAKE_UNKNOWN)));
    json_write_key(writer, SLICE("formats"));
    json_write_object_begin(writer);
    for (unsigned i = 0; i < INTAKE_FORMAT_COUNT; i++) {
        if (poured->formats[i] > 0) {
            json_write_member_u64(writer, slice_from(intake_format_name((enum intake_format)i)),
                                  poured->formats[i]);
        }
    }
    json_write_object_end(writer);
}

void cli_import_sum_json(const struct cli_import_sum *sum, const struct cli_import_end *end,
                         struct buf *out)
{
    const struct pour_result *poured = end->poured;
    const struct {
        struct slice key;
        uint64_t value;
    } numbers[] = {
        {SLICE("files"), poured->intake.files},
        {SLICE("files_failed"), poured->files_failed},
        {SLICE("bytes"), poured->intake.bytes},
        {SLICE("text_bytes"), poured->intake.inflated},
        {SLICE("events"), poured->merge.events},
        {SLICE("events_repeated"), poured->merge.repeated},
        {SLICE("events_without_stream"), poured->merge.without_stream},
        {SLICE("streams"), poured->merge.streams},
        {SLICE("invocations"), sum->invocations},
        {SLICE("invocations_open"), sum->open},
        {SLICE("cold_starts"), sum->cold_starts},
        {SLICE("errors"), sum->errors},
        {SLICE("inits"), sum->inits},
        {SLICE("lines"), sum->lines},
        {SLICE("metrics"), sum->metrics},
        {SLICE("unused_count"), sum->refused},
        {SLICE("bodies"), end->posted != NULL ? end->posted->bodies : 0},
        {SLICE("bodies_known"), end->posted != NULL ? end->posted->known : 0},
    };
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    sum_formats_json(poured, &writer);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        json_write_member_u64(&writer, numbers[i].key, numbers[i].value);
    }
    sum_refusals_json(sum, &writer);
    json_write_key(&writer, SLICE("seconds"));
    json_write_double(&writer, end->seconds, JSON_NONFINITE_NULL);
    json_write_member_bool(&writer, SLICE("dry_run"), end->posted == NULL);
    json_write_member_bool(&writer, SLICE("stopped"), end->stopped);
    if (end->error != NULL) {
        json_write_member_string(&writer, SLICE("error"), slice_from(end->error));
    } else {
        json_write_member_null(&writer, SLICE("error"));
    }
    json_write_object_end(&writer);
    buf_append_text(out, "\n");
}

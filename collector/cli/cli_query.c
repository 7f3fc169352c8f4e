/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_query.h"

#include "base/clock.h"
#include "base/number.h"
#include "base/settings.h"
#include "base/timestamp.h"
#include "cli/cli_http.h"

/* Steps of a span where none is given: as many as fit into a table that somebody reads. */
#define QUERY_STEPS 60

/* A span without a beginning. */
#define QUERY_SPAN_NS (UINT64_C(3600) * CLOCK_NS_PER_S)

static enum status query_wrong(struct buf *error, const char *name, struct slice text)
{
    buf_printf(error,
               "--%s is an instant such as 2026-11-23T14:00:00Z, or epoch ms, not " SLICE_FMT, name,
               SLICE_ARG(text));
    return STATUS_BAD;
}

/* An instant in words, or in milliseconds. */
static enum status query_instant(const char *name, struct slice text, uint64_t otherwise_ns,
                                 uint64_t *time_ns, struct buf *error)
{
    uint64_t number;
    *time_ns = otherwise_ns;
    if (text.size == 0 || timestamp_parse(text, time_ns)) {
        return STATUS_OK;
    }
    if (number_parse_u64(text, &number) != NUMBER_OK || number > INT64_MAX / CLOCK_NS_PER_MS) {
        return query_wrong(error, name, text);
    }
    *time_ns = number * CLOCK_NS_PER_MS;
    return STATUS_OK;
}

/* A parameter that is a time in seconds. */
static void query_seconds(struct slice name, uint64_t time_ns, struct buf *path)
{
    char text[NUMBER_TEXT_SIZE];
    size_t size = number_format_scaled((int64_t)(time_ns / CLOCK_NS_PER_MS), 3, text);
    cli_http_parameter(name, slice_of(text, size), path);
}

static void query_text(const struct cli_options *options, struct buf *path)
{
    char memory[CLI_QUERY_SIZE_MAX];
    struct buf query;
    buf_init_fixed(&query, memory, sizeof(memory));
    for (size_t i = 0; i < options->word_count; i++) {
        buf_append_text(&query, i > 0 ? " " : "");
        buf_append(&query, options->words[i]);
    }
    cli_http_parameter(SLICE("query"), buf_bytes(&query), path);
}

/* How long ago a span begins. */
static enum status query_since(const struct cli_options *options, uint64_t to_ns, uint64_t *from_ns,
                               struct buf *error)
{
    uint64_t since_ns = QUERY_SPAN_NS;
    if (options->since.size > 0 && options->from.size > 0) {
        buf_append_text(error, "--since and --from are two beginnings: give one");
        return STATUS_BAD;
    }
    if (options->since.size > 0 && !settings_parse_duration(options->since, &since_ns)) {
        buf_printf(error, "--since is a time such as 30m, 6h or 7d, not " SLICE_FMT,
                   SLICE_ARG(options->since));
        return STATUS_BAD;
    }
    *from_ns = since_ns < to_ns ? to_ns - since_ns : 0;
    return query_instant("from", options->from, *from_ns, from_ns, error);
}

static enum status query_span(const struct cli_options *options, uint64_t now_ns, struct buf *path,
                              struct buf *error)
{
    uint64_t from_ns = 0;
    uint64_t to_ns = now_ns;
    enum status status = query_instant("to", options->to, now_ns, &to_ns, error);
    if (status == STATUS_OK) {
        status = query_since(options, to_ns, &from_ns, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    query_seconds(SLICE("start"), from_ns, path);
    query_seconds(SLICE("end"), to_ns, path);
    if (options->step.size > 0) {
        cli_http_parameter(SLICE("step"), options->step, path);
        return STATUS_OK;
    }
    uint64_t step_s = to_ns > from_ns ? (to_ns - from_ns) / CLOCK_NS_PER_S / QUERY_STEPS : 0;
    query_seconds(SLICE("step"), (step_s > 0 ? step_s : 1) * CLOCK_NS_PER_S, path);
    return STATUS_OK;
}

enum status cli_query_path(const struct cli_options *options, uint64_t now_ns, struct buf *path,
                           struct buf *error)
{
    uint64_t at_ns;
    bool span =
        options->from.size + options->to.size + options->since.size + options->step.size > 0;
    if (span && options->at.size > 0) {
        buf_append_text(error, "--at is one time, and the others are a span: give one of both");
        return STATUS_BAD;
    }
    buf_append_text(path, span ? "/api/v1/query_range" : "/api/v1/query");
    query_text(options, path);
    if (span) {
        return query_span(options, now_ns, path, error);
    }
    enum status status = query_instant("at", options->at, now_ns, &at_ns, error);
    if (status == STATUS_OK && options->at.size > 0) {
        query_seconds(SLICE("time"), at_ns, path);
    }
    return status;
}

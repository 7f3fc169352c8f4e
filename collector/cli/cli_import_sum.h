/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_IMPORT_SUM_H
#define THAW_COLLECTOR_CLI_CLI_IMPORT_SUM_H

#include "cli/cli_limits.h"
#include "cli/cli_post.h"

#include "base/buf.h"
#include "intake/pour.h"
#include "streams/stream_sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an import found, for its summary: a sink that counts what goes by and passes it on.  Pure.
 */
struct cli_import_refusal {
    const char *why; /* Static. */
    uint64_t count;
    size_t example_count;
    size_t example_sizes[CLI_EXAMPLES_MAX];
    char examples[CLI_EXAMPLES_MAX][CLI_EXAMPLE_SIZE_MAX];
};

struct cli_import_sum {
    const struct stream_sink *next;
    struct stream_sink sink;
    uint64_t invocations; /* That are complete, */
    uint64_t open;        /* and that have no end in these files. */
    uint64_t cold_starts, errors, inits, lines, metrics;
    uint64_t made_up; /* Invocations and lines of functions that nothing named. */
    uint64_t refused;
    struct cli_import_refusal refusals[CLI_REFUSALS_MAX];
    size_t refusal_count;
};

/* Count, and pass on to next, which must outlive it. */
void cli_import_sum_init(struct cli_import_sum *sum, const struct stream_sink *next);
const struct stream_sink *cli_import_sum_sink(const struct cli_import_sum *sum);

/* How it ended. */
struct cli_import_end {
    const struct pour_result *poured;
    const struct cli_post_result *posted; /* NULL: nothing was to be sent. */
    double seconds;
    bool stopped;
    const char *error; /* The first thing that was wrong; NULL: nothing. */
};

/* Append the summary for people, or as one JSON object and a newline. */
void cli_import_sum_text(const struct cli_import_sum *sum, const struct cli_import_end *end,
                         struct buf *out);
void cli_import_sum_json(const struct cli_import_sum *sum, const struct cli_import_end *end,
                         struct buf *out);

#endif

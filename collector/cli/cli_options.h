/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_OPTIONS_H
#define THAW_COLLECTOR_CLI_CLI_OPTIONS_H

#include "cli/cli_limits.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the user typed.  One table of commands and one of flags give the
 * parsing and all help.  Pure.
 */
enum cli_command {
    CLI_FUNCTIONS,
    CLI_SEARCH,
    CLI_SPANS,
    CLI_LOGS,
    CLI_TRACE,
    CLI_ALERTS,
    CLI_DEPLOYS,
    CLI_COST,
    CLI_COST_EXPLAIN,
    CLI_COST_FORECAST,
    CLI_COST_WHATIF,
    CLI_COST_ADVICE,
    CLI_COLD,
    CLI_ERRORS,
    CLI_STORED,
    CLI_QUERY,
    CLI_REPORT,
    CLI_IMPORT,
    CLI_BACKUP,
    CLI_RESTORE,
    CLI_EXPORT,
    CLI_RULES_CHECK,
    CLI_RULES_PREVIEW,
    CLI_RULES_TEST,
    CLI_RULES_SHIPPED,
    CLI_NOTIFY_CHECK,
    CLI_NOTIFY_TEST,
    CLI_COMPLETION,
    CLI_MANUAL,
    CLI_TAIL,
    CLI_COMMAND_COUNT,
};

struct cli_options {
    const char *endpoint;
    const char *token; /* NULL: none. */
    bool json;
    bool csv; /* Of costs and functions. */
    bool help;
    bool version;
    bool commanded;     /* There was a command. */
    struct slice first; /* Of two words of one; empty: there was none that waits for its second. */
    enum cli_command command;

    struct slice function;
    struct slice from;
    struct slice to;
    struct slice since;
    struct slice limit;
    struct slice cursor;
    struct slice order;
    struct slice by;
    struct slice budget; /* Of cost forecast: dollars. */
    bool errors;
    bool cold;
    bool timeouts;
    bool spans; /* Of search: spans instead of transactions. */
    bool all;   /* Page after page. */
    struct slice timeout;
    struct slice at;   /* Of query: one time, */
    struct slice step; /* or how far apart. */
    struct slice rate; /* Of tail: lines a second. */
    struct slice rule; /* Of rules preview: its name. */
    bool history;      /* Of alerts: what was. */

    struct slice account; /* Of report and import: for files that do not say. */
    struct slice region;
    struct slice group;
    struct slice stream;
    struct slice memory;     /* Megabytes. */
    struct slice azure_plan; /* consumption or flex. */
    bool dry_run;            /* Of import: send nothing. */
    const char *data;        /* Of backup: a data directory. */
    bool link;               /* ... link instead of copy. */
    struct slice keep;       /* ... how many stay. */
    const char *html;        /* A file to write. */
    const char *prices;      /* A file to read. */

    struct slice words[CLI_WORD_COUNT_MAX]; /* After the command. */
    size_t word_count;
};

/* Parse argv[1] on.  STATUS_BAD with a sentence in error.  Everything points into argv. */
enum status cli_options_parse(struct cli_options *options, int argc, const char *const *argv,
                              struct buf *error) THAW_CHECK;

/*
 * Append the path and query of the request that the command stands for.
 * STATUS_BAD with a sentence in error, for times and numbers that are none.
 */
enum status cli_options_path(const struct cli_options *options, uint64_t now_ns, struct buf *path,
                             struct buf *error) THAW_CHECK;

/* Append the query that the command stands for: what the position in an error speaks of. */
void cli_options_query(const struct cli_options *options, struct buf *query);
/* ---- The tables, for pages about them. ---- */
struct cli_command_text {
    const char *name, *words; /* words: what follows it. */
    const char *summary, *detail;
    const char *example; /* Lines, or NULL. */
};
struct cli_command_text cli_options_command(enum cli_command command);
struct cli_flag_text {
    const char *name;
    const char *value; /* NULL: it has none. */
    const char *help;
    bool common; /* Of all commands. */
};
/* The flag of this number, from 0; false where there is none any more. */
bool cli_options_flag(size_t index, struct cli_flag_text *flag) THAW_CHECK;
/* Whether a command takes it. */
bool cli_options_takes(enum cli_command command, size_t index) THAW_CHECK;

/* Append the help of all commands, or of one. */
void cli_options_help(struct buf *out);
void cli_options_command_help(enum cli_command command, struct buf *out);

#endif

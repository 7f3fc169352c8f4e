/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_COMMANDS_H
#define THAW_COLLECTOR_CLI_CLI_COMMANDS_H

#include "cli/cli_options.h"

/*
 * The two tables of the command line: commands, and flags with the commands that take them. Parsing
 * (cli_options.c), help, completion and the manual are made of them.
 */

/* Which commands a flag is for. */
#define FOR(command) (1u << (command))
#define FOR_SEARCH   (FOR(CLI_SEARCH) | FOR(CLI_SPANS) | FOR(CLI_LOGS))
#define FOR_RANGE                                                                                  \
    (FOR(CLI_FUNCTIONS) | FOR_SEARCH | FOR(CLI_COST) | FOR(CLI_COST_EXPLAIN) |                     \
     FOR(CLI_COST_WHATIF) | FOR(CLI_COST_ADVICE) | FOR(CLI_COLD) | FOR(CLI_ERRORS) |               \
     FOR(CLI_EXPORT) | FOR(CLI_QUERY) | FOR(CLI_DEPLOYS) | FOR(CLI_RULES_PREVIEW) |                \
     FOR(CLI_ALERTS))
/* Those with rows that a spreadsheet is filled with. */
#define FOR_CSV                                                                                    \
    (FOR(CLI_FUNCTIONS) | FOR(CLI_COST) | FOR(CLI_COST_EXPLAIN) | FOR(CLI_COST_WHATIF) |           \
     FOR(CLI_COST_ADVICE))
#define FOR_FILES (FOR(CLI_REPORT) | FOR(CLI_IMPORT))
#define FOR_ALL   (~0u)

struct cli_command_row {
    const char *name;  /* One word, or two of which the first is a command, too. */
    const char *words; /* What follows it. */
    size_t words_min;
    size_t words_max;
    const char *summary;
    const char *path; /* Of the request. */
    const char *detail;
    const char *example; /* Lines, or NULL. */
};

extern const struct cli_command_row cli_commands[CLI_COMMAND_COUNT];

enum cli_flag_kind { FLAG_TRUTH, FLAG_SLICE, FLAG_TEXT };

struct cli_flag_row {
    const char *name;
    const char *value; /* NULL for a truth. */
    size_t offset;
    enum cli_flag_kind kind;
    unsigned commands;
    const char *help;
};

extern const struct cli_flag_row cli_flags[];
extern const size_t cli_flag_count;

#endif

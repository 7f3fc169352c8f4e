/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_SHOW_H
#define THAW_COLLECTOR_CLI_CLI_SHOW_H

#include "cli/cli_options.h"
#include "cli/cli_text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

/*
 * Answers of the collector as pages for people.  Pure: JSON in, text out.  An
 * answer is data from anywhere: whatever it holds, it is shown, or not
 * understood, but never obeyed.
 */
enum cli_found {
    CLI_FOUND,
    CLI_NOTHING, /* The answer is well-formed, and there is nothing in it. */
    CLI_UNCLEAR, /* It is no answer of this command. */
};

/* What a page is made with. */
struct cli_page {
    const struct cli_screen *screen;
    struct arena *arena;
    struct buf *out;
    bool goes_on; /* The next page follows by itself. */
};

/* Show the answer of a command. */
enum cli_found cli_show(enum cli_command command, struct slice answer, const struct cli_page *page);

/* The pages. */
enum cli_found cli_show_functions(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_search(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_spans(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_logs(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_trace(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_alerts(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_deploys(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_history(struct slice list, const struct cli_page *page); /* Of alerts. */
enum cli_found cli_show_cost(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_cost_explain(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_cost_forecast(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_cost_advice(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_cost_whatif(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_cold(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_stored(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_errors(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_preview(struct slice answer, const struct cli_page *page);
enum cli_found cli_show_query(struct slice answer, const struct cli_page *page);

/* What it would have been with instances that are kept, of cost whatif; false: nothing is known. */
bool cli_show_kept(struct slice kept, const struct cli_page *page);

/* Labels of an alert as "function=checkout region=eu", without its name. */
struct slice cli_show_labels(struct slice labels, struct arena *arena);

/* Say that there are more, and what was not searched. */
void cli_show_rest(struct slice answer, const struct cli_page *page);

/* The cursor of the next page; empty: there is none. */
struct slice cli_show_next(struct slice answer, struct arena *arena);

/* Where in the query an error is, as a line with it and one with a mark below it; nothing where it
 * does not say. */
void cli_show_place(struct slice answer, struct slice query, struct arena *arena, struct buf *out);

/* The code and the sentence of an error answer, if it is one: "message; hint". */
bool cli_show_error(struct slice answer, struct arena *arena, struct slice *message);

#endif

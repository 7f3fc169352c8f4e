/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_page.h"

/* Groups of errors for people; --json has all. */
#define GROUP_COUNT_SHOWN 15

static struct slice share_of(const struct text_page *page, struct money part, struct money whole)
{
    double all = money_to_double(whole);
    return all > 0 ? cli_text_share(money_to_double(part) / all, page->arena) : SLICE("-");
}

static void add_part(struct cli_table *table, const struct text_page *page, const char *name,
                     struct money part, const char *meaning)
{
    cli_table_add(table, slice_from(name), CLI_PLAIN);
    cli_table_add(table, text_page_money(page, part), CLI_PLAIN);
    cli_table_add(table, share_of(page, part, page->report->all.cost.amount), CLI_PLAIN);
    cli_table_add(table, slice_from(meaning), CLI_DIM);
}

static void write_doubts(const struct text_page *page)
{
    const struct report *report = page->report;
    const struct function *all = &report->all;
    const struct prices_about about = prices_about(report->prices);
    struct slice init_billed = text_page_count(page, all->init_billed);
    if (all->cold > 0) {
        text_page_note(page, 0,
                       "The init was billed in " SLICE_FMT " %s. Before 2025-08-01 it was "
                       "not for zip packages on managed runtimes; since then it is for all.",
                       SLICE_ARG(init_billed),
                       cli_text_form(all->init_billed, "invocation", "invocations"));
    }
    if (all->cost.unknown > 0) {
        struct slice unknown = text_page_count(page, all->cost.unknown);
        text_page_note(
            page, 0, SLICE_FMT " %s no cost here: nothing told what %s billed, or of which memory.",
            SLICE_ARG(unknown),
            cli_text_form(all->cost.unknown, "invocation has", "invocations have"),
            cli_text_form(all->cost.unknown, "it was", "they were"));
    }
    if (report->timeless > 0) {
        struct slice timeless = text_page_count(page, report->timeless);
        text_page_note(page, 0,
                       SLICE_FMT " %s no time in these logs: priced as of the table's date.",
                       SLICE_ARG(timeless),
                       cli_text_form(report->timeless, "invocation has", "invocations have"));
    }
    text_page_note(page, 0, "Price table " SLICE_FMT " of " SLICE_FMT "; its first tier, %s.",
                   SLICE_ARG(about.version), SLICE_ARG(about.date),
                   all->cost.unpriced ? "which has no price for some of it" : "gross");
}

void text_cost(const struct text_page *page)
{
    static const struct cli_column columns[] = {{"COST", false, true},
                                                {"AMOUNT", true, true},
                                                {"SHARE", true, true},
                                                {"FOR", false, false}};
    const struct function *all = &page->report->all;
    if (all->cost.requests == 0) {
        return;
    }
    const struct cost_parts *parts = &all->cost.parts;
    struct cli_table table;
    cli_table_init(&table, columns, sizeof(columns) / sizeof(columns[0]), 6, page->arena);
    add_part(&table, page, "useful", parts->useful, "the functions' own time");
    add_part(&table, page, "rounding", parts->rounding, "billed beyond what was used");
    add_part(&table, page, "init", parts->init, "cold starts");
    add_part(&table, page, "post-handler", parts->post_handler,
             "extensions after the answer, where the log tells it");
    add_part(&table, page, "requests", parts->requests, "the price of each invocation");
    add_part(&table, page, "in all", all->cost.amount, "");
    text_page_title(page, "What the cost is made of");
    cli_table_print(&table, page->screen, page->arena, page->out);
    struct slice failed = text_page_money(page, all->failed);
    struct slice failed_share = share_of(page, all->failed, all->cost.amount);
    struct slice timed_out = text_page_money(page, all->timed_out);
    text_page_note(page, 0,
                   "Of it, invocations that failed cost " SLICE_FMT " (" SLICE_FMT
                   "), and those that timed out " SLICE_FMT ".",
                   SLICE_ARG(failed), SLICE_ARG(failed_share), SLICE_ARG(timed_out));
    write_doubts(page);
}

static void write_group(const struct text_page *page, const struct group *group)
{
    struct slice count = text_page_count(page, group->count);
    struct slice name = text_page_label(page, &page->report->functions.rows[group->function].name);
    struct slice type = group->type.size > 0 ? text_page_label(page, &group->type) : SLICE_EMPTY;
    struct slice message =
        group->message.size > 0 ? text_page_label(page, &group->message) : SLICE_EMPTY;
    buf_append_text(page->out, "  ");
    cli_text_style(page->screen, group->failed ? CLI_RED : CLI_YELLOW, page->out);
    buf_printf(page->out, "%5.*s x", SLICE_ARG(count));
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    buf_append_byte(page->out, ' ');
    struct slice text =
        arena_printf(page->arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(type),
                     type.size > 0 && message.size > 0 ? ": " : "", SLICE_ARG(message));
    text_page_note(page, 0, SLICE_FMT,
                   SLICE_ARG(cli_text_cell(text, page->width - 10, page->arena)));
    struct slice first = text_page_instant(page, group->first_ns);
    struct slice last = text_page_instant(page, group->last_ns);
    struct slice request = text_page_label(page, &group->request);
    cli_text_style(page->screen, CLI_DIM, page->out);
    text_page_note(page, 10, SLICE_FMT "; " SLICE_FMT "%s" SLICE_FMT ", such as " SLICE_FMT,
                   SLICE_ARG(name), SLICE_ARG(first), group->count > 1 ? " to " : "",
                   SLICE_ARG(group->count > 1 ? last : SLICE_EMPTY), SLICE_ARG(request));
    cli_text_style(page->screen, CLI_PLAIN, page->out);
}

void text_groups(const struct text_page *page)
{
    const struct groups *groups = &page->report->groups;
    const struct group *order[REPORT_GROUP_COUNT_MAX];
    if (groups->count == 0) {
        return;
    }
    groups_sort(groups, order);
    text_page_title(page, "Errors");
    uint32_t shown = groups->count < GROUP_COUNT_SHOWN ? groups->count : GROUP_COUNT_SHOWN;
    bool logged = false;
    for (uint32_t i = 0; i < shown; i++) {
        if (!order[i]->failed && !logged) {
            text_page_note(page, 0, "Logged as errors by invocations that did not fail:");
            logged = true;
        }
        write_group(page, order[i]);
    }
    if (shown < groups->count || groups->other > 0) {
        text_page_note(page, 2, "... and %u more %s; %llu %s in none.", groups->count - shown,
                       cli_text_form(groups->count - shown, "group", "groups"),
                       (unsigned long long)groups->other,
                       cli_text_form(groups->other, "error is", "errors are"));
    }
}

void text_refused(const struct text_page *page)
{
    const struct report *report = page->report;
    if (report->refused == 0) {
        return;
    }
    text_page_title(page, "Not read");
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];
        struct slice count = text_page_count(page, reason->count);
        struct slice why = cli_text_cell(slice_from(reason->why), 0, page->arena);
        text_page_note(page, 2, SLICE_FMT " x " SLICE_FMT, SLICE_ARG(count), SLICE_ARG(why));
        for (size_t j = 0; j < reason->sample_count; j++) {
            struct slice sample =
                cli_text_cell(label_text(&reason->samples[j]), page->width - 6, page->arena);
            cli_text_style(page->screen, CLI_DIM, page->out);
            buf_printf(page->out, "      " SLICE_FMT "\n", SLICE_ARG(sample));
            cli_text_style(page->screen, CLI_PLAIN, page->out);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_show.h"

#include "cli/cli_json.h"

enum cli_found cli_show(enum cli_command command, struct slice answer, const struct cli_page *page)
{
    switch (command) {
    case CLI_FUNCTIONS:
        return cli_show_functions(answer, page);
    case CLI_SEARCH:
        return cli_show_search(answer, page);
    case CLI_SPANS:
        return cli_show_spans(answer, page);
    case CLI_LOGS:
        return cli_show_logs(answer, page);
    case CLI_TRACE:
        return cli_show_trace(answer, page);
    case CLI_ALERTS:
        return cli_show_alerts(answer, page);
    case CLI_DEPLOYS:
        return cli_show_deploys(answer, page);
    case CLI_COST:
        return cli_show_cost(answer, page);
    case CLI_COST_EXPLAIN:
        return cli_show_cost_explain(answer, page);
    case CLI_COST_FORECAST:
        return cli_show_cost_forecast(answer, page);
    case CLI_COST_ADVICE:
        return cli_show_cost_advice(answer, page);
    case CLI_COST_WHATIF:
        return cli_show_cost_whatif(answer, page);
    case CLI_COLD:
        return cli_show_cold(answer, page);
    case CLI_ERRORS:
        return cli_show_errors(answer, page);
    case CLI_STORED:
        return cli_show_stored(answer, page);
    case CLI_QUERY:
        return cli_show_query(answer, page);
    case CLI_RULES_PREVIEW:
        return cli_show_preview(answer, page);
    case CLI_REPORT:
    case CLI_IMPORT:
    case CLI_BACKUP:
    case CLI_RESTORE:
    case CLI_EXPORT:
    case CLI_RULES_CHECK:
    case CLI_RULES_TEST:
    case CLI_RULES_SHIPPED:
    case CLI_NOTIFY_CHECK:
    case CLI_NOTIFY_TEST:
    case CLI_COMPLETION:
    case CLI_MANUAL:
    case CLI_TAIL:
    case CLI_COMMAND_COUNT:
        break;
    }
    return CLI_UNCLEAR;
}

struct error_answer {
    struct slice error;
    struct slice type; /* As Prometheus tells it, beside a text. */
};

struct error_record {
    struct slice message;
    struct slice hint;
};

bool cli_show_error(struct slice answer, struct arena *arena, struct slice *message)
{
    static const struct cli_json_field outer[] = {
        CLI_JSON_FIELD(error_answer, "error", CLI_JSON_RAW, error),
        CLI_JSON_FIELD(error_answer, "errorType", CLI_JSON_TEXT, type),
    };
    static const struct cli_json_field inner[] = {
        CLI_JSON_FIELD(error_record, "message", CLI_JSON_TEXT, message),
        CLI_JSON_FIELD(error_record, "hint", CLI_JSON_TEXT, hint),
    };
    struct error_answer whole = {.error = SLICE_EMPTY};
    struct error_record record = {.message = SLICE_EMPTY};
    if (!cli_json_object(answer, outer, 2, &whole, arena)) {
        return false;
    }
    if (whole.type.size > 0) {
        *message = cli_text_cell(cli_json_text(whole.error, arena), 0, arena);
        return true;
    }
    if (!cli_json_object(whole.error, inner, 2, &record, arena) || record.message.size == 0) {
        return false;
    }
    struct slice text = cli_text_cell(record.message, 0, arena);
    struct slice hint = cli_text_cell(record.hint, 0, arena);
    *message = hint.size == 0 ? text
                              : arena_printf(arena, SLICE_FMT "; " SLICE_FMT, SLICE_ARG(text),
                                             SLICE_ARG(hint));
    return true;
}

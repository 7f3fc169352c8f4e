/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_commands.h"

#define SEARCH_DETAIL                                                                              \
    "QUERY is text, name:value, quotes, -, OR and parentheses (docs/reference/search.md): best "   \
    "in "                                                                                          \
    "one pair of single quotes. What begins with - alone comes behind --."

const struct cli_command_row cli_commands[CLI_COMMAND_COUNT] = {
    [CLI_FUNCTIONS] = {"functions", "", 0, 0, "functions with their calls, cold starts and cost",
                       "functions", "One row per function and version.",
                       "  thaw functions --since 24h\n"
                       "  thaw functions --since 7d --csv > functions.csv\n"},
    [CLI_SEARCH] = {"search", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find transactions",
                    "transactions", SEARCH_DETAIL,
                    "  thaw search 'function:checkout error:true -timeout:true'\n"
                    "  thaw search --spans 'name:\"GET /cart\" duration:>500ms' --since 24h\n"},
    [CLI_SPANS] = {"spans", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find spans", "spans", SEARCH_DETAIL,
                   "  thaw spans 'http.status_code:>=500'\n"},
    [CLI_LOGS] = {"logs", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find log lines", "logs",
                  SEARCH_DETAIL,
                  "  thaw logs 'level:>=warn function:stock \"card declined\"' --all\n"
                  "  thaw logs request:7bfde78e-f841-4c60-b081-49a2437c5145 --order oldest\n"},
    [CLI_TRACE] = {"trace", "ID", 1, 1, "one transaction: calls, logs, cold starts, cost",
                   "transactions/",
                   "ID is a trace id (32 digits, or X-Ray's 1-8-24 form) or a request id.",
                   "  thaw trace 7bfde78e-f841-4c60-b081-49a2437c5145\n"
                   "  thaw trace 1-5759e988-bd862e3fe1be46a994272793 --json\n"},
    [CLI_ALERTS] =
        {"alerts", "", 0, 0, "what fires, what is pending, what was resolved", "alerts",
         "Exits with 1 when there is none. --history tells of the last seven days, or of "
         "another span of time.",
         "  thaw alerts --history --since 2d\n"},
    [CLI_DEPLOYS] = {"deploys", "[FUNCTION]", 0, 1,
                     "what was deployed, and which versions were new", "deploys",
                     "All that are kept, or those of a span of time; at most 1000.",
                     "  thaw deploys checkout --since 7d\n"},
    [CLI_COST] = {"cost", "", 0, 0, "what it costs, and for what", "cost",
                  "Gross, from the billed durations; net after the free tier below.",
                  "  thaw cost --since 24h\n"
                  "  thaw cost --since 7d --by trigger\n"},
    [CLI_COST_EXPLAIN] = {"cost explain", "", 0, 0, "why it costs more or less than before",
                          "cost/explain",
                          "The span of time, an hour without an option, beside the one before it "
                          "that is as long (docs/guide/cost.md).",
                          "  thaw cost explain --since 7d\n"},
    [CLI_COST_FORECAST] = {"cost forecast", "", 0, 0, "what this month will have cost",
                           "cost/forecast",
                           "From the same hours of the weeks before (docs/guide/cost.md).",
                           "  thaw cost forecast --budget 200\n"},
    [CLI_COST_WHATIF] = {"cost whatif", "FUNCTION", 1, 1,
                         "what a function would cost with other memory", "cost/whatif",
                         "From the processor time of its invocations, which its agent tells "
                         "(docs/guide/cost.md).",
                         "  thaw cost whatif checkout --since 7d\n"},
    [CLI_COST_ADVICE] = {"cost advice", "", 0, 0, "what would save most", "cost/advice",
                         "Memory sizes and architectures, of the functions that cost most, by what "
                         "was observed (docs/guide/cost.md).",
                         "  thaw cost advice --since 7d\n"},
    [CLI_COLD] = {"cold", "[FUNCTION]", 0, 1, "how often callers wait for a cold start",
                  "coldstarts", "Of all functions, or of one.",
                  "  thaw cold --since 24h\n"
                  "  thaw cold checkout --since 7d --by memory\n"},
    [CLI_ERRORS] = {"errors", "", 0, 0, "errors by function and type", "errors",
                    "With the latest request ids of each.", "  thaw errors --since 24h\n"},
    [CLI_STORED] = {"stored", "", 0, 0, "what is kept of each function, and its room on the disk",
                    "stored",
                    "Who has the most first. What belongs to all, such as indexes, is in the last "
                    "line alone.",
                    "  thaw stored\n"},
    [CLI_QUERY] = {"query", "PROMQL", 1, CLI_QUERY_WORDS_MAX, "ask for metrics in PromQL", NULL,
                   "At one time, or over a span (docs/reference/metrics.md).",
                   "  thaw query 'sum by (function) "
                   "(increase(thaw_function_cold_starts_total[1h]))'\n"
                   "  thaw query 'rate(shop_orders_total[5m])' --since 6h --step 15m\n"},
    [CLI_REPORT] =
        {"report", "FILE...", 1, CLI_WORD_COUNT_MAX,
         "what logs say: cold starts, errors, memory, cost; needs no collector", NULL,
         "FILEs are exports of log groups in any form, directories, or - (docs/guide/report.md).",
         "  aws logs filter-log-events --log-group-name /aws/lambda/NAME --output json \\\n"
         "      --start-time $(date -d '-1 day' +%s000) | thaw report -\n"},
    [CLI_IMPORT] = {"import", "FILE...", 1, CLI_WORD_COUNT_MAX,
                    "put exported logs into the collector", NULL,
                    "FILEs as for report. The same file again adds nothing.",
                    "  thaw import exports/ --account 123456789012 --region eu-central-1\n"
                    "  thaw import --dry-run events.json\n"},
    [CLI_BACKUP] = {"backup", "DIR", 1, 1, "copy a data directory, while a collector runs or not",
                    NULL,
                    "Makes DIR/TIME, whole by itself; what an earlier one there has is not copied "
                    "again (docs/guide/backup.md).",
                    "  thaw backup /mnt/backups --data /var/lib/thaw --keep 14\n"},
    [CLI_RESTORE] = {"restore", "BACKUP DIR", 2, 2, "make a data directory of a backup", NULL,
                     "BACKUP is one, or a directory of them, of which the newest is taken. DIR is "
                     "empty or not there. What is restored is checked.",
                     "  thaw restore /mnt/backups /var/lib/thaw\n"},
    [CLI_EXPORT] = {"export", "[ID]", 0, 1, "spans and log lines as OTLP/JSON, one request a line",
                    "export",
                    "All that is kept, of a span of time (the newest first), or of a transaction.",
                    "  thaw export --since 7d | gzip > week.otlp.jsonl.gz\n"},
    [CLI_RULES_CHECK] = {"rules check", "FILE...", 1, CLI_WORD_COUNT_MAX,
                         "say whether files of rules are right; needs no collector", NULL,
                         "FILEs are in the format of Prometheus; - is standard input "
                         "(docs/reference/rules.md).",
                         "  thaw rules check alerts/*.yml\n"},
    [CLI_RULES_PREVIEW] = {"rules preview", "[FILE]", 0, 1,
                           "what rules would have done: when they would have fired, and for what",
                           NULL,
                           "FILE is one of rules, or has one rule; without it --rule is one that "
                           "the collector evaluates. Of the last seven days, without an option "
                           "(docs/guide/alerts.md). Exits with 1 when nothing would have fired.",
                           "  thaw rules preview alerts/errors.yml --since 3d\n"
                           "  thaw rules preview --rule ColdStartRate\n"},
    [CLI_RULES_TEST] = {"rules test", "FILE...", 1, CLI_WORD_COUNT_MAX,
                        "run tests of rules, in promtool's format; needs no collector", NULL,
                        "Exits with 1 when a test fails (docs/reference/rules.md).",
                        "  thaw rules test alerts/*_test.yml\n"},
    [CLI_RULES_SHIPPED] = {"rules shipped", "", 0, 0,
                           "print the rules that the collector comes with; needs no collector",
                           NULL,
                           "The file as it is without settings: to read, to change, to test "
                           "(docs/guide/alerts.md).",
                           "  thaw rules shipped > alerts/own.yml\n"},
    [CLI_NOTIFY_CHECK] = {"notify check", "FILE...", 1, CLI_WORD_COUNT_MAX,
                          "say whether files of receivers are right; needs no collector", NULL,
                          "FILEs are those of thaw-collector --notify; credentials are read from "
                          "where they say (docs/reference/notify.md).",
                          "  thaw notify check /etc/thaw/notify.yml\n"},
    [CLI_NOTIFY_TEST] =
        {"notify test", "[RECEIVER]", 0, 1,
         "send a message that is marked as a test, and say what came of it", NULL,
         "Through the collector, to each place of a receiver, or of all. Exits with "
         "1 when one was not reached (docs/reference/notify.md).",
         "  thaw notify test oncall\n"},
    [CLI_COMPLETION] = {"completion", "SHELL", 1, 1, "print what a shell needs to complete this",
                        NULL, "SHELL is bash, zsh or fish.",
                        "  source <(thaw completion bash)\n"
                        "  thaw completion fish > ~/.config/fish/completions/thaw.fish\n"},
    [CLI_MANUAL] = {"manual", "", 0, 0, "print the manual page", NULL,
                    "In the format of man: all commands and options.",
                    "  thaw manual | man -l -\n"
                    "  thaw manual > /usr/local/share/man/man1/thaw.1\n"},
    [CLI_TAIL] =
        {"tail", "[FILTER...]", 0, CLI_QUERY_WORDS_MAX,
         "log lines and ends of invocations, as they come", "tail",
         "Until Ctrl-C; a connection that is lost is made again. FILTER is a query, as for "
         "search.",
         "  thaw tail 'function:checkout level:>=warn'\n"
         "  thaw tail --json errors | jq .body\n"},
};

#define OPTION(member) offsetof(struct cli_options, member)

const struct cli_flag_row cli_flags[] = {
    {"endpoint", "URL", OPTION(endpoint), FLAG_TEXT, FOR_ALL,
     "the collector; also THAW_ENDPOINT; http://127.0.0.1:4318"},
    {"token", "TOKEN", OPTION(token), FLAG_TEXT, FOR_ALL,
     "its bearer token; better THAW_TOKEN, which nobody sees"},
    {"json", NULL, OPTION(json), FLAG_TRUTH, FOR_ALL, "print the collector's answer as it is"},
    {"csv", NULL, OPTION(csv), FLAG_TRUTH, FOR_CSV, "print the rows as CSV, with exact numbers"},
    {"help", NULL, OPTION(help), FLAG_TRUTH, FOR_ALL, "say this, or more of a command"},
    {"version", NULL, OPTION(version), FLAG_TRUTH, FOR_ALL, "say which version this is"},
    {"since", "TIME", OPTION(since), FLAG_SLICE, FOR_RANGE, "the last 30m, 6h, 7d; all; 1h"},
    {"from", "TIME", OPTION(from), FLAG_SLICE, FOR_RANGE,
     "from an instant: 2026-11-23T14:00:00Z, or epoch ms"},
    {"to", "TIME", OPTION(to), FLAG_SLICE, FOR_RANGE, "to before an instant"},
    {"function", "NAME", OPTION(function), FLAG_SLICE, FOR_SEARCH | FOR_FILES,
     "only of this function; name for files that do not say"},
    {"errors", NULL, OPTION(errors), FLAG_TRUTH, FOR_SEARCH, "only with an error"},
    {"cold", NULL, OPTION(cold), FLAG_TRUTH, FOR_SEARCH, "only with a cold start"},
    {"timeouts", NULL, OPTION(timeouts), FLAG_TRUTH, FOR_SEARCH, "only with a timeout"},
    {"limit", "COUNT", OPTION(limit), FLAG_SLICE, FOR_SEARCH, "at most so many; 50"},
    {"all", NULL, OPTION(all), FLAG_TRUTH, FOR_SEARCH, "page after page, so many each"},
    {"timeout", "MS", OPTION(timeout), FLAG_SLICE, FOR_SEARCH, "search no longer; 5000"},
    {"spans", NULL, OPTION(spans), FLAG_TRUTH, FOR(CLI_SEARCH) | FOR(CLI_SPANS),
     "spans instead of transactions"},
    {"order", "BY", OPTION(order), FLAG_SLICE, FOR_SEARCH,
     "start, elapsed, cost or oldest; of spans and lines newest or oldest"},
    {"cursor", "TEXT", OPTION(cursor), FLAG_SLICE, FOR_SEARCH, "go on where an answer ended"},
    {"rate", "COUNT", OPTION(rate), FLAG_SLICE, FOR(CLI_TAIL), "lines a second at most; 200"},
    {"by", "WHAT", OPTION(by), FLAG_SLICE, FOR(CLI_COST) | FOR(CLI_COLD),
     "rows by function, version or trigger; costs by application, env, route, deploy or a label, "
     "too"},
    {"budget", "DOLLARS", OPTION(budget), FLAG_SLICE, FOR(CLI_COST_FORECAST),
     "say when so much will have been spent"},
    {"at", "TIME", OPTION(at), FLAG_SLICE, FOR(CLI_QUERY), "at an instant; now"},
    {"step", "TIME", OPTION(step), FLAG_SLICE, FOR(CLI_QUERY) | FOR(CLI_RULES_PREVIEW),
     "of a span: how far apart"},
    {"history", NULL, OPTION(history), FLAG_TRUTH, FOR(CLI_ALERTS),
     "when alerts were pending and fired"},
    {"rule", "NAME", OPTION(rule), FLAG_SLICE, FOR(CLI_RULES_PREVIEW), "this rule alone"},
    {"account", "ID", OPTION(account), FLAG_SLICE, FOR_FILES, "of files that do not say"},
    {"region", "NAME", OPTION(region), FLAG_SLICE, FOR_FILES, "of files that do not say"},
    {"log-group", "NAME", OPTION(group), FLAG_SLICE, FOR_FILES, "of files that do not say"},
    {"log-stream", "NAME", OPTION(stream), FLAG_SLICE, FOR_FILES, "of files that do not say"},
    {"memory", "MB", OPTION(memory), FLAG_SLICE, FOR_FILES,
     "of functions of clouds whose logs do not say"},
    {"azure-plan", "PLAN", OPTION(azure_plan), FLAG_SLICE, FOR_FILES,
     "of Azure's functions: consumption (without it) or flex"},
    {"dry-run", NULL, OPTION(dry_run), FLAG_TRUTH, FOR(CLI_IMPORT),
     "say what would be imported, and send nothing"},
    {"data", "DIR", OPTION(data), FLAG_TEXT, FOR(CLI_BACKUP),
     "the data directory; also THAW_DATA; data"},
    {"keep", "COUNT", OPTION(keep), FLAG_SLICE, FOR(CLI_BACKUP),
     "then remove the oldest backups beyond so many"},
    {"link", NULL, OPTION(link), FLAG_TRUTH, FOR(CLI_BACKUP),
     "link sealed files instead of copying them: on the same file system only"},
    {"html", "FILE", OPTION(html), FLAG_TEXT, FOR(CLI_REPORT), "write the report as one page"},
    {"prices", "FILE", OPTION(prices), FLAG_TEXT, FOR(CLI_REPORT), "another price table"},
};

const size_t cli_flag_count = sizeof(cli_flags) / sizeof(cli_flags[0]);

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_options.h"

#include "cli/cli_http.h"
#include "cli/cli_query.h"

#include "base/number.h"
#include "base/settings.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

/* Which commands a flag is for. */
#define FOR(command) (1u << (command))
#define FOR_SEARCH   (FOR(CLI_SEARCH) | FOR(CLI_SPANS) | FOR(CLI_LOGS))
#define FOR_RANGE                                                                                  \
    (FOR(CLI_FUNCTIONS) | FOR_SEARCH | FOR(CLI_COST) | FOR(CLI_COST_EXPLAIN) |                     \
     FOR(CLI_COST_WHATIF) | FOR(CLI_COLD) | FOR(CLI_ERRORS) | FOR(CLI_EXPORT) | FOR(CLI_QUERY))
#define FOR_FILES (FOR(CLI_REPORT) | FOR(CLI_IMPORT))
#define FOR_ALL   (~0u)

struct command {
    const char *name;  /* One word, or two of which the first is a command, too. */
    const char *words; /* What follows it. */
    size_t words_min;
    size_t words_max;
    const char *summary;
    const char *path; /* Of the request. */
    const char *detail;
    const char *example; /* Lines, or NULL. */
};

#define SEARCH_DETAIL                                                                              \
    "QUERY is text, name:value, quotes, -, OR and parentheses (docs/reference/search.md): best "   \
    "in "                                                                                          \
    "one pair of single quotes. What begins with - alone comes behind --."

static const struct command commands[CLI_COMMAND_COUNT] = {
    [CLI_FUNCTIONS] = {"functions", "", 0, 0, "functions with their calls, cold starts and cost",
                       "functions", "One row per function and version.", NULL},
    [CLI_SEARCH] = {"search", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find transactions",
                    "transactions", SEARCH_DETAIL,
                    "  thaw search 'function:checkout error:true -timeout:true'\n"
                    "  thaw search --spans 'name:\"GET /cart\" duration:>500ms' --since 24h\n"},
    [CLI_SPANS] = {"spans", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find spans", "spans", SEARCH_DETAIL,
                   "  thaw spans 'http.status_code:>=500'\n"},
    [CLI_LOGS] = {"logs", "[QUERY]", 0, CLI_QUERY_WORDS_MAX, "find log lines", "logs",
                  SEARCH_DETAIL,
                  "  thaw logs 'level:>=warn function:stock \"card declined\"' --all\n"},
    [CLI_TRACE] = {"trace", "ID", 1, 1, "one transaction: calls, logs, cold starts, cost",
                   "transactions/",
                   "ID is a trace id (32 digits, or X-Ray's 1-8-24 form) or a request id.", NULL},
    [CLI_ALERTS] = {"alerts", "", 0, 0, "what fires, what is pending, what was resolved", "alerts",
                    "Exits with 1 when there is none.", NULL},
    [CLI_COST] = {"cost", "", 0, 0, "what it costs, and for what", "cost",
                  "Gross, from the billed durations; net after the free tier below.", NULL},
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
    [CLI_COLD] = {"cold", "[FUNCTION]", 0, 1, "how often callers wait for a cold start",
                  "coldstarts", "Of all functions, or of one.", NULL},
    [CLI_ERRORS] = {"errors", "", 0, 0, "errors by function and type", "errors",
                    "With the latest request ids of each.", NULL},
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
                    "FILEs as for report. The same file again adds nothing.", NULL},
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
         "  thaw tail level:error\n"},
};

enum flag_kind { FLAG_TRUTH, FLAG_SLICE, FLAG_TEXT };

struct flag {
    const char *name;
    const char *value; /* NULL for a truth. */
    size_t offset;
    enum flag_kind kind;
    unsigned commands;
    const char *help;
};

#define OPTION(member) offsetof(struct cli_options, member)

static const struct flag flags[] = {
    {"endpoint", "URL", OPTION(endpoint), FLAG_TEXT, FOR_ALL,
     "the collector; also THAW_ENDPOINT; http://127.0.0.1:4318"},
    {"token", "TOKEN", OPTION(token), FLAG_TEXT, FOR_ALL,
     "its bearer token; better THAW_TOKEN, which nobody sees"},
    {"json", NULL, OPTION(json), FLAG_TRUTH, FOR_ALL, "print the collector's answer as it is"},
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
    {"order", "BY", OPTION(order), FLAG_SLICE, FOR(CLI_SEARCH), "start, elapsed or cost"},
    {"cursor", "TEXT", OPTION(cursor), FLAG_SLICE, FOR_SEARCH, "go on where an answer ended"},
    {"rate", "COUNT", OPTION(rate), FLAG_SLICE, FOR(CLI_TAIL), "lines a second at most; 200"},
    {"by", "WHAT", OPTION(by), FLAG_SLICE, FOR(CLI_COST) | FOR(CLI_COLD),
     "rows by function, version, ..."},
    {"budget", "DOLLARS", OPTION(budget), FLAG_SLICE, FOR(CLI_COST_FORECAST),
     "say when so much will have been spent"},
    {"at", "TIME", OPTION(at), FLAG_SLICE, FOR(CLI_QUERY), "at an instant; now"},
    {"step", "TIME", OPTION(step), FLAG_SLICE, FOR(CLI_QUERY), "of a span: how far apart"},
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

#define FLAG_COUNT (sizeof(flags) / sizeof(flags[0]))

static bool find_command(struct slice word, enum cli_command *command)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (slice_equal(word, slice_from(commands[i].name))) {
            *command = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

/* The command of two words; only the first one is enough where second is empty. */
static bool find_pair(struct slice first, struct slice second, enum cli_command *command)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        struct slice head;
        struct slice tail;
        if (slice_cut(slice_from(commands[i].name), ' ', &head, &tail) &&
            slice_equal(head, first) && (second.size == 0 || slice_equal(tail, second))) {
            *command = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

static const struct flag *find_flag(struct slice name)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (slice_equal(name, slice_from(flags[i].name))) {
            return &flags[i];
        }
    }
    return NULL;
}

static void set_flag(struct cli_options *options, const struct flag *flag, const char *value)
{
    unsigned char *at = (unsigned char *)options + flag->offset;
    const bool truth = true;
    struct slice slice = slice_from(value);
    switch (flag->kind) {
    case FLAG_TRUTH:
        memcpy(at, &truth, sizeof(truth));
        break;
    case FLAG_SLICE:
        memcpy(at, &slice, sizeof(slice));
        break;
    case FLAG_TEXT:
        memcpy(at, &value, sizeof(const char *));
        break;
    }
}

/* Append a line of what is wrong. */
static enum status wrong(struct buf *error, const char *what, struct slice word)
{
    buf_append_text(error, what);
    buf_append(error, word);
    return STATUS_BAD;
}

/* Take a flag at argv[*at]; *at moves onto its value if that is a word of its own. */
static enum status take_flag(struct cli_options *options, int argc, const char *const *argv,
                             int *at, struct buf *error)
{
    struct slice name;
    struct slice value;
    struct slice word = slice_from(argv[*at]);
    word = slice_skip(word, slice_starts(word, SLICE("--")) ? 2 : 1);
    bool joined = slice_cut(word, '=', &name, &value);
    if (slice_equal(name, SLICE("h"))) {
        name = SLICE("help");
    }
    const struct flag *flag = find_flag(name);
    if (flag == NULL) {
        return wrong(error, "there is no such option: ", slice_from(argv[*at]));
    }
    if (flag->value == NULL) {
        set_flag(options, flag, "");
        return joined ? wrong(error, "this option has no value: --", name) : STATUS_OK;
    }
    if (!joined && *at + 1 >= argc) {
        return wrong(error, "this option needs a value: --", name);
    }
    if (!joined) {
        (*at)++;
    }
    set_flag(options, flag, joined ? (const char *)value.base : argv[*at]);
    return STATUS_OK;
}

/* The command, or the first word of one that has two. */
static enum status take_command(struct cli_options *options, struct slice word, struct buf *error)
{
    if (options->first.size > 0) {
        options->commanded = find_pair(options->first, word, &options->command);
    } else {
        options->commanded = find_command(word, &options->command);
        if (!options->commanded && find_pair(word, SLICE_EMPTY, &options->command)) {
            options->first = word;
            return STATUS_OK;
        }
    }
    if (!options->commanded) {
        buf_printf(error, "there is no such command: " SLICE_FMT "%s" SLICE_FMT,
                   SLICE_ARG(options->first), options->first.size > 0 ? " " : "", SLICE_ARG(word));
        return STATUS_BAD;
    }
    return STATUS_OK;
}

static enum status take_word(struct cli_options *options, struct slice word, struct buf *error)
{
    if (!options->commanded) {
        return take_command(options, word, error);
    }
    if (word.size == 0) {
        return wrong(error, "an empty word says nothing", SLICE_EMPTY);
    }
    if (options->word_count == 0 &&
        find_pair(slice_from(commands[options->command].name), word, &options->command)) {
        return STATUS_OK;
    }
    size_t words_max = commands[options->command].words_max;
    if (options->word_count == words_max || options->word_count == CLI_WORD_COUNT_MAX) {
        return wrong(error, "this is one word too many: ", word);
    }
    options->words[options->word_count] = word;
    options->word_count++;
    return STATUS_OK;
}

/* Whether every flag that was given is one of the command's. */
static enum status check_flags(const struct cli_options *options, struct buf *error)
{
    static const struct cli_options none;
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flags[i];
        const unsigned char *at = (const unsigned char *)options + flag->offset;
        const unsigned char *empty = (const unsigned char *)&none + flag->offset;
        static const size_t sizes[] = {[FLAG_TRUTH] = sizeof(bool),
                                       [FLAG_SLICE] = sizeof(struct slice),
                                       [FLAG_TEXT] = sizeof(const char *)};
        size_t size = sizes[flag->kind];
        if (flag->commands != FOR_ALL && memcmp(at, empty, size) != 0 &&
            (flag->commands & FOR(options->command)) == 0) {
            buf_printf(error, "thaw %s has no option --%s", commands[options->command].name,
                       flag->name);
            return STATUS_BAD;
        }
    }
    return STATUS_OK;
}

enum status cli_options_parse(struct cli_options *options, int argc, const char *const *argv,
                              struct buf *error)
{
    *options = (struct cli_options){.endpoint = NULL};
    bool only_words = false;
    for (int at = 1; at < argc; at++) {
        struct slice word = slice_from(argv[at]);
        enum status status = STATUS_OK;
        if (!only_words && slice_equal(word, SLICE("--"))) {
            only_words = true;
        } else if (!only_words && word.size > 1 && word.base[0] == '-') {
            status = take_flag(options, argc, argv, &at, error);
        } else {
            status = take_word(options, word, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (options->help || options->version) {
        return STATUS_OK;
    }
    if (!options->commanded && options->first.size > 0) {
        return wrong(error, "one word is missing: thaw --help lists the commands with ",
                     options->first);
    }
    if (!options->commanded) {
        return wrong(error, "say what to do: thaw --help lists the commands", SLICE_EMPTY);
    }
    if (options->word_count < commands[options->command].words_min) {
        buf_printf(error, "thaw %s needs %s", commands[options->command].name,
                   commands[options->command].words);
        return STATUS_BAD;
    }
    if (options->azure_plan.size > 0 && !slice_equal(options->azure_plan, SLICE("flex")) &&
        !slice_equal(options->azure_plan, SLICE("consumption"))) {
        return wrong(error, "--azure-plan is consumption or flex, not ", options->azure_plan);
    }
    if (options->spans && options->command == CLI_SEARCH) {
        options->command = CLI_SPANS;
    }
    return check_flags(options, error);
}

/* An instant as the API takes it. */
static bool is_instant(struct slice text)
{
    uint64_t value = 0;
    return number_parse_u64(text, &value) == NUMBER_OK || timestamp_parse(text, &value);
}

static enum status append_range(const struct cli_options *options, uint64_t now_ns,
                                struct buf *path, struct buf *error)
{
    char text[NUMBER_TEXT_SIZE];
    uint64_t since_ns = 0;
    if (options->since.size > 0 && options->from.size > 0) {
        return wrong(error, "--since and --from are two beginnings: give one", SLICE_EMPTY);
    }
    if (slice_equal(options->since, SLICE("all"))) {
        cli_http_parameter(SLICE("from"), SLICE("0"), path);
    } else if (options->since.size > 0) {
        if (!settings_parse_duration(options->since, &since_ns)) {
            return wrong(error, "--since is a time such as 30m, 6h or 7d, or all, not ",
                         options->since);
        }
        uint64_t from_ns = since_ns < now_ns ? now_ns - since_ns : 0;
        size_t size = number_format_u64(from_ns / 1000000, text);
        cli_http_parameter(SLICE("from"), slice_of(text, size), path);
    }
    if (options->from.size > 0) {
        if (!is_instant(options->from)) {
            return wrong(error, "--from is an instant such as 2026-11-23T14:00:00Z, not ",
                         options->from);
        }
        cli_http_parameter(SLICE("from"), options->from, path);
    }
    if (options->to.size > 0) {
        if (!is_instant(options->to)) {
            return wrong(error, "--to is an instant such as 2026-11-23T14:00:00Z, not ",
                         options->to);
        }
        cli_http_parameter(SLICE("to"), options->to, path);
    }
    return STATUS_OK;
}

/* A name as a value of the language: in quotes where it is more than a word. */
static void append_name(struct slice name, struct buf *query)
{
    bool plain = true;
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = name.base[i];
        plain = plain && byte > ' ' && byte != '"' && byte != '(' && byte != ')';
    }
    if (plain) {
        buf_append(query, name);
        return;
    }
    buf_append_byte(query, '"');
    for (size_t i = 0; i < name.size; i++) {
        if (name.base[i] == '"' || name.base[i] == '\\') {
            buf_append_byte(query, '\\');
        }
        buf_append_byte(query, name.base[i]);
    }
    buf_append_byte(query, '"');
}

void cli_options_query(const struct cli_options *options, struct buf *query)
{
    const char *before = "";
    if (options->function.size > 0) {
        buf_append_text(query, "function:");
        append_name(options->function, query);
        before = " ";
    }
    const struct {
        bool given;
        const char *term;
    } terms[] = {{options->errors, "error:true"},
                 {options->cold, "cold:true"},
                 {options->timeouts, "timeout:true"}};
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        if (terms[i].given) {
            buf_printf(query, "%s%s", before, terms[i].term);
            before = " ";
        }
    }
    for (size_t i = 0; i < options->word_count; i++) {
        buf_append_text(query, before);
        buf_append(query, options->words[i]);
        before = " ";
    }
}

static void append_query(const struct cli_options *options, struct buf *path)
{
    char memory[CLI_QUERY_SIZE_MAX];
    struct buf query;
    buf_init_fixed(&query, memory, sizeof(memory));
    cli_options_query(options, &query);
    if (query.size > 0) {
        cli_http_parameter(SLICE("q"), buf_bytes(&query), path);
    }
}

static void append_given(struct slice name, struct slice value, struct buf *path)
{
    if (value.size > 0) {
        cli_http_parameter(name, value, path);
    }
}

enum status cli_options_path(const struct cli_options *options, uint64_t now_ns, struct buf *path,
                             struct buf *error)
{
    if (options->command == CLI_QUERY) {
        return cli_query_path(options, now_ns, path, error);
    }
    buf_append_text(path, "/api/thaw/v1/");
    buf_append_text(path, commands[options->command].path);
    if (options->command == CLI_TRACE) {
        cli_http_segment(options->words[0], path);
    }
    if ((FOR(options->command) & (FOR_SEARCH | FOR(CLI_TAIL))) != 0) {
        append_query(options, path);
    }
    if ((options->command == CLI_COLD || options->command == CLI_COST_WHATIF) &&
        options->word_count > 0) {
        cli_http_parameter(SLICE("function"), options->words[0], path);
    }
    if (options->command == CLI_EXPORT && options->word_count > 0) {
        cli_http_parameter(SLICE("id"), options->words[0], path);
    } else if (options->command == CLI_EXPORT && options->since.size + options->from.size == 0) {
        cli_http_parameter(SLICE("from"), SLICE("0"), path);
    }
    append_given(SLICE("limit"), options->limit, path);
    append_given(SLICE("order"), options->order, path);
    append_given(SLICE("cursor"), options->cursor, path);
    append_given(SLICE("budget"), options->budget, path);
    append_given(SLICE("timeout"), options->timeout, path);
    append_given(SLICE("rate"), options->rate, path);
    if (options->command == CLI_COST || options->command == CLI_COLD) {
        bool one = options->command == CLI_COLD && options->word_count > 0;
        struct slice standard = one ? SLICE("version") : SLICE("function");
        cli_http_parameter(SLICE("by"), options->by.size > 0 ? options->by : standard, path);
    }
    return append_range(options, now_ns, path, error);
}

struct cli_command_text cli_options_command(enum cli_command command)
{
    const struct command *row = &commands[command];
    return (struct cli_command_text){row->name, row->words, row->summary, row->detail,
                                     row->example};
}

bool cli_options_flag(size_t index, struct cli_flag_text *flag)
{
    if (index >= FLAG_COUNT) {
        return false;
    }
    const struct flag *row = &flags[index];
    *flag = (struct cli_flag_text){row->name, row->value, row->help, row->commands == FOR_ALL};
    return true;
}

bool cli_options_takes(enum cli_command command, size_t index)
{
    return (flags[index].commands & FOR(command)) != 0;
}

static void append_flags(unsigned which, bool common, struct buf *out)
{
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flags[i];
        if ((flag->commands == FOR_ALL) != common || (flag->commands & which) == 0) {
            continue;
        }
        char left[64];
        (void)snprintf(left, sizeof(left), "--%s%s%s", flag->name, flag->value ? " " : "",
                       flag->value ? flag->value : "");
        buf_printf(out, "  %-18s %s\n", left, flag->help);
    }
}

void cli_options_help(struct buf *out)
{
    buf_append_text(out, "thaw [OPTION...] COMMAND\n\nAsks a thaw collector.\n\nCommands:\n");
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        char left[64];
        (void)snprintf(left, sizeof(left), "%s %s", commands[i].name, commands[i].words);
        buf_printf(out, "  %-18s %s\n", left, commands[i].summary);
    }
    buf_append_text(out, "\nOptions:\n");
    append_flags(FOR_ALL, true, out);
    buf_append_text(out, "\nExits with 0 found, 1 nothing found, 2 used wrong, 3 cannot reach.\n"
                         "thaw COMMAND --help says more of a command.\n");
}

void cli_options_command_help(enum cli_command command, struct buf *out)
{
    const struct command *row = &commands[command];
    buf_printf(out, "thaw %s%s%s [OPTION...]\n\n%c%s. %s\n\nOptions:\n", row->name,
               row->words[0] != '\0' ? " " : "", row->words, row->summary[0] - ('a' - 'A'),
               row->summary + 1, row->detail);
    append_flags(FOR(command), false, out);
    append_flags(FOR_ALL, true, out);
    if (row->example != NULL) {
        buf_printf(out, "\nExample:\n%s", row->example);
    }
}

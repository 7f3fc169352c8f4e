/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_options.h"

#include "cli/cli_commands.h"
#include "cli/cli_http.h"
#include "cli/cli_query.h"

#include "base/number.h"
#include "base/settings.h"
#include "base/timestamp.h"

#include <stdio.h>
#include <string.h>

static bool find_command(struct slice word, enum cli_command *command)
{
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        if (slice_equal(word, slice_from(cli_commands[i].name))) {
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
        if (slice_cut(slice_from(cli_commands[i].name), ' ', &head, &tail) &&
            slice_equal(head, first) && (second.size == 0 || slice_equal(tail, second))) {
            *command = (enum cli_command)i;
            return true;
        }
    }
    return false;
}

static const struct cli_flag_row *find_flag(struct slice name)
{
    for (size_t i = 0; i < cli_flag_count; i++) {
        if (slice_equal(name, slice_from(cli_flags[i].name))) {
            return &cli_flags[i];
        }
    }
    return NULL;
}

static void set_flag(struct cli_options *options, const struct cli_flag_row *flag,
                     const char *value)
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
    const struct cli_flag_row *flag = find_flag(name);
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
        find_pair(slice_from(cli_commands[options->command].name), word, &options->command)) {
        return STATUS_OK;
    }
    size_t words_max = cli_commands[options->command].words_max;
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
    for (size_t i = 0; i < cli_flag_count; i++) {
        const struct cli_flag_row *flag = &cli_flags[i];
        const unsigned char *at = (const unsigned char *)options + flag->offset;
        const unsigned char *empty = (const unsigned char *)&none + flag->offset;
        static const size_t sizes[] = {[FLAG_TRUTH] = sizeof(bool),
                                       [FLAG_SLICE] = sizeof(struct slice),
                                       [FLAG_TEXT] = sizeof(const char *)};
        size_t size = sizes[flag->kind];
        if (flag->commands != FOR_ALL && memcmp(at, empty, size) != 0 &&
            (flag->commands & FOR(options->command)) == 0) {
            buf_printf(error, "thaw %s has no option --%s", cli_commands[options->command].name,
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
    if (options->word_count < cli_commands[options->command].words_min) {
        buf_printf(error, "thaw %s needs %s", cli_commands[options->command].name,
                   cli_commands[options->command].words);
        return STATUS_BAD;
    }
    if (options->azure_plan.size > 0 && !slice_equal(options->azure_plan, SLICE("flex")) &&
        !slice_equal(options->azure_plan, SLICE("consumption"))) {
        return wrong(error, "--azure-plan is consumption or flex, not ", options->azure_plan);
    }
    if (options->json && options->csv) {
        return wrong(error, "--json and --csv are two forms: give one", SLICE_EMPTY);
    }
    if (options->command == CLI_ALERTS && !options->history &&
        options->since.size + options->from.size + options->to.size > 0) {
        return wrong(error, "alerts are as of now: --history tells of a span of time", SLICE_EMPTY);
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
    buf_append_text(path, cli_commands[options->command].path);
    if (options->history) {
        buf_append_text(path, "/history");
    }
    if (options->command == CLI_TRACE) {
        cli_http_segment(options->words[0], path);
    }
    if ((FOR(options->command) & (FOR_SEARCH | FOR(CLI_TAIL))) != 0) {
        append_query(options, path);
    }
    bool of_function = options->command == CLI_COLD || options->command == CLI_COST_WHATIF ||
                       options->command == CLI_DEPLOYS;
    if (of_function && options->word_count > 0) {
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
    const struct cli_command_row *row = &cli_commands[command];
    return (struct cli_command_text){row->name, row->words, row->summary, row->detail,
                                     row->example};
}

bool cli_options_flag(size_t index, struct cli_flag_text *flag)
{
    if (index >= cli_flag_count) {
        return false;
    }
    const struct cli_flag_row *row = &cli_flags[index];
    *flag = (struct cli_flag_text){row->name, row->value, row->help, row->commands == FOR_ALL};
    return true;
}

bool cli_options_takes(enum cli_command command, size_t index)
{
    return (cli_flags[index].commands & FOR(command)) != 0;
}

static void append_flags(unsigned which, bool common, struct buf *out)
{
    for (size_t i = 0; i < cli_flag_count; i++) {
        const struct cli_flag_row *flag = &cli_flags[i];
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
        (void)snprintf(left, sizeof(left), "%s %s", cli_commands[i].name, cli_commands[i].words);
        buf_printf(out, "  %-18s %s\n", left, cli_commands[i].summary);
    }
    buf_append_text(out, "\nOptions:\n");
    append_flags(FOR_ALL, true, out);
    buf_append_text(out, "\nExits with 0 found, 1 nothing found, 2 used wrong, 3 cannot reach.\n"
                         "thaw COMMAND --help says more of a command.\n");
}

void cli_options_command_help(enum cli_command command, struct buf *out)
{
    const struct cli_command_row *row = &cli_commands[command];
    buf_printf(out, "thaw %s%s%s [OPTION...]\n\n%c%s. %s\n\nOptions:\n", row->name,
               row->words[0] != '\0' ? " " : "", row->words, row->summary[0] - ('a' - 'A'),
               row->summary + 1, row->detail);
    append_flags(FOR(command), false, out);
    append_flags(FOR_ALL, true, out);
    if (row->example != NULL) {
        buf_printf(out, "\nExample:\n%s", row->example);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW_NS UINT64_C(1795392000000000000)

static char error_text[1024];
static char path_text[4096];
static struct buf error;
static struct buf path;
static struct cli_options options;

/* Parse a line of words and make its path. */
static enum status run(const char *line)
{
    static char words[1024];
    static const char *argv[64];
    int argc = 1;
    argv[0] = "thaw";
    (void)strncpy(words, line, sizeof(words) - 1);
    char *rest = NULL;
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        argv[argc] = word;
        argc++;
    }
    buf_init_fixed(&error, error_text, sizeof(error_text) - 1);
    buf_init_fixed(&path, path_text, sizeof(path_text) - 1);
    enum status status = cli_options_parse(&options, argc, argv, &error);
    if (status == STATUS_OK && options.commanded) {
        status = cli_options_path(&options, NOW_NS, &path, &error);
    }
    error_text[error.size] = '\0';
    path_text[path.size] = '\0';
    return status;
}

/* Each command asks the path of the API that it stands for. */
static void commands_have_paths(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *path;
    } cases[] = {
        {"functions", "functions"},
        {"functions --since 1h", "functions?from=1795388400000"},
        {"functions --since all", "functions?from=0"},
        {"--json functions --from 5 --to=2026-11-23T14:00:00Z",
         "functions?from=5&to=2026-11-23T14%3A00%3A00Z"},
        {"search", "transactions"},
        {"search --function a+b --errors --cold --timeouts id:7 --limit 5 --order cost",
         "transactions?q=function%3Aa%2Bb%20error%3Atrue%20cold%3Atrue%20timeout%3Atrue%20id%3A7"
         "&limit=5&order=cost"},
        {"search --spans --timeout 9 a", "spans?q=a&timeout=9"},
        {"logs --function a", "logs?q=function%3Aa"},
        {"search --cursor x/y", "transactions?cursor=x%2Fy"},
        {"trace 1-5759e988-bd862e3fe1be46a994272793",
         "transactions/1-5759e988-bd862e3fe1be46a994272793"},
        {"trace -- --json", "transactions/--json"},
        {"trace ../x", "transactions/..%2Fx"},
        {"alerts", "alerts"},
        {"alerts --history --from 5 --to 9", "alerts/history?from=5&to=9"},
        {"deploys", "deploys"},
        {"deploys stock --since 1h", "deploys?function=stock&from=1795388400000"},
        {"cost", "cost?by=function"},
        {"cost --by version", "cost?by=version"},
        {"cold", "coldstarts?by=function"},
        {"cold stock", "coldstarts?function=stock&by=version"},
        {"errors --since 7d", "errors?from=1794787200000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(run(cases[i].line), STATUS_OK);
        assert_memory_equal(path_text, "/api/thaw/v1/", 13);
        assert_string_equal(path_text + 13, cases[i].path);
    }
}

/* A query is asked at one time, or over a span in steps. */
static void queries_have_a_time(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *path;
    } cases[] = {
        {"query up", "query?query=up"},
        {"query a + b --at 1795000000500", "query?query=a%20%2B%20b&time=1795000000.5"},
        {"query up --from 2026-11-23T14:00:00Z --to 2026-11-23T15:00:00Z",
         "query_range?query=up&start=1795442400&end=1795446000&step=60"},
        {"query up --from 1795000000000 --to 1795000010000 --step 5s",
         "query_range?query=up&start=1795000000&end=1795000010&step=5s"},
        {"query up --to 1795000010000 --since 1m",
         "query_range?query=up&start=1794999950&end=1795000010&step=1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(run(cases[i].line), STATUS_OK);
        assert_memory_equal(path_text, "/api/v1/", 8);
        assert_string_equal(path_text + 8, cases[i].path);
    }
    assert_int_equal(run("query"), STATUS_BAD);
    assert_int_equal(run("query up --at soon"), STATUS_BAD);
    assert_int_equal(run("query up --at 5 --step 5s"), STATUS_BAD);
    assert_int_equal(run("query up --since 1h --from 5"), STATUS_BAD);
    assert_int_equal(run("errors --step 5s"), STATUS_BAD);
}

/* What is used wrong is told in a sentence. */
static void wrong_use_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *says;
    } cases[] = {
        {"", "say what to do"},
        {"tails", "no such command: tails"},
        {"functions --bogus", "no such option: --bogus"},
        {"functions more", "one word too many: more"},
        {"trace", "needs ID"},
        {"trace a b", "one word too many: b"},
        {"functions --since", "needs a value: --since"},
        {"functions --since soon", "--since is a time"},
        {"functions --from soon", "--from is an instant"},
        {"functions --to soon", "--to is an instant"},
        {"functions --since 1h --from 5", "two beginnings"},
        {"functions --json=yes", "has no value: --json"},
        {"functions --errors", "thaw functions has no option --errors"},
        {"trace x --limit 5", "thaw trace has no option --limit"},
        {"alerts --since 1h", "alerts are as of now: --history"},
        {"deploys --history", "thaw deploys has no option --history"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(run(cases[i].line), STATUS_BAD);
        if (strstr(error_text, cases[i].says) == NULL) {
            print_error("%s: %s\n", cases[i].line, error_text);
        }
        assert_non_null(strstr(error_text, cases[i].says));
    }
}

/* Options stand before and after the command. */
static void options_stand_anywhere(void **state)
{
    (void)state;
    assert_int_equal(run("--endpoint http://x search --token=t cold --json"), STATUS_OK);
    assert_string_equal(options.endpoint, "http://x");
    assert_string_equal(options.token, "t");
    assert_true(options.json);
    assert_int_equal(options.command, CLI_SEARCH);
    assert_int_equal(options.word_count, 1);
    assert_int_equal(run("--version"), STATUS_OK);
    assert_true(options.version);
    assert_int_equal(run("cold -h"), STATUS_OK);
    assert_true(options.help && options.commanded);
}

/* Words beyond the limit are refused, not lost. */
static void words_have_a_limit(void **state)
{
    (void)state;
    char line[256] = "search";
    for (size_t i = 0; i < CLI_QUERY_WORDS_MAX; i++) {
        strcat(line, " w");
    }
    assert_int_equal(run(line), STATUS_OK);
    strcat(line, " w");
    assert_int_equal(run(line), STATUS_BAD);
}

/* The second word of a command is one of its words where there is no such command. */
static void commands_of_two_words(void **state)
{
    (void)state;
    assert_int_equal(run("cost explain"), STATUS_OK);
    assert_string_equal(path_text + 13, "cost/explain");
    assert_int_equal(run("cost whatif checkout"), STATUS_OK);
    assert_string_equal(path_text + 13, "cost/whatif?function=checkout");
    assert_int_equal(run("cost forecast --budget 12.5"), STATUS_OK);
    assert_string_equal(path_text + 13, "cost/forecast?budget=12.5");
    assert_int_equal(run("cost advice --from 5 --to 9"), STATUS_OK);
    assert_string_equal(path_text + 13, "cost/advice?from=5&to=9");
    assert_int_equal(run("cost whatif"), STATUS_BAD);
    assert_int_equal(run("cost nonsense"), STATUS_BAD);
    assert_int_equal(run("cost explain --budget 1"), STATUS_BAD);
    assert_int_equal(run("cold explain"), STATUS_OK);
    assert_int_equal(run("rules"), STATUS_BAD);
    assert_int_equal(run("rules cost"), STATUS_BAD);
    assert_int_equal(
        cli_options_parse(&options, 4, (const char *const[]){"", "rules", "check", "f"}, &error),
        STATUS_OK);
    assert_int_equal(options.command, CLI_RULES_CHECK);
}

/* Help names every command, and of each command its options. */
static void help_is_whole(void **state)
{
    (void)state;
    static const char *const names[CLI_COMMAND_COUNT] = {
        "functions",    "search",      "spans",         "logs",         "trace",
        "alerts",       "deploys",     "cost",          "cost explain", "cost forecast",
        "cost whatif",  "cost advice", "cold",          "errors",       "stored",
        "query",        "report",      "import",        "backup",       "restore",
        "export",       "rules check", "rules preview", "rules test",   "rules shipped",
        "notify check", "notify test", "completion",    "manual",       "tail"};
    char text[8192];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text) - 1);
    cli_options_help(&out);
    text[out.size] = '\0';
    for (size_t i = 0; i < CLI_COMMAND_COUNT; i++) {
        assert_non_null(strstr(text, names[i]));
    }
    buf_reset(&out);
    cli_options_command_help(CLI_SEARCH, &out);
    text[out.size] = '\0';
    assert_non_null(strstr(text, "--limit COUNT"));
    assert_non_null(strstr(text, "Find transactions."));
    assert_null(strstr(text, "--by"));
}

/* Help of each command shows how it is typed. */
static void help_has_examples(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CLI_COMMAND_COUNT; i++) {
        struct cli_command_text command = cli_options_command((enum cli_command)i);
        char typed[64];
        (void)snprintf(typed, sizeof(typed), "thaw %s", command.name);
        char text[8192];
        struct buf out;
        buf_init_fixed(&out, text, sizeof(text) - 1);
        cli_options_command_help((enum cli_command)i, &out);
        text[out.size] = '\0';
        assert_non_null(command.example);
        assert_non_null(strstr(command.example, typed));
        assert_non_null(strstr(text, command.example));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_have_paths), cmocka_unit_test(queries_have_a_time),
        cmocka_unit_test(wrong_use_is_told),   cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(words_have_a_limit),  cmocka_unit_test(commands_of_two_words),
        cmocka_unit_test(help_is_whole),       cmocka_unit_test(help_has_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

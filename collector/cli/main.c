/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thaw, the command line: asks the collector, and shows the answer to a person or passes it on to a
 * program.
 */
#include "cli/cli_backup.h"
#include "cli/cli_completion.h"
#include "cli/cli_csv.h"
#include "cli/cli_export.h"
#include "cli/cli_http.h"
#include "cli/cli_limits.h"
#include "cli/cli_manual.h"
#include "cli/cli_import.h"
#include "cli/cli_options.h"
#include "cli/cli_report.h"
#include "cli/cli_notify.h"
#include "cli/cli_preview.h"
#include "cli/cli_rules.h"
#include "cli/cli_screen.h"
#include "cli/cli_show.h"
#include "cli/cli_tail.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a script may rely on. */
enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_WRONG = 2, EXIT_UNREACHABLE = 3 };

static const char endpoint_default[] = "http://127.0.0.1:4318";

/* Print, and say whether all of it was taken. */
static bool print(const struct buf *text)
{
    bool printed = fwrite(text->base, 1, text->size, stdout) == text->size;
    return fflush(stdout) == 0 && printed;
}

static int complain(const char *what, struct slice text, int code)
{
    (void)fprintf(stderr, "thaw: %s" SLICE_FMT "\n", what, SLICE_ARG(text));
    return code;
}

/* Where the next page begins, in memory that outlives this one; nothing when it is not wanted. */
static void remember_next(struct cli_options *options, struct slice answer, struct arena *arena)
{
    static char cursor[CLI_CURSOR_SIZE_MAX];
    struct slice next = options->all ? cli_show_next(answer, arena) : SLICE_EMPTY;
    bool fits = slice_copy_text(next, cursor, sizeof(cursor));
    options->cursor = fits ? slice_from(cursor) : SLICE_EMPTY;
}

/* The rows of an answer instead of what was made of it for people. */
static bool show_csv(const struct cli_options *options, struct slice answer, struct arena *arena,
                     struct buf *out)
{
    static const struct slice arrays[CLI_COMMAND_COUNT] = {
        [CLI_FUNCTIONS] = SLICE_INIT("functions"), [CLI_COST] = SLICE_INIT("by"),
        [CLI_COST_EXPLAIN] = SLICE_INIT("by"),     [CLI_COST_WHATIF] = SLICE_INIT("rows"),
        [CLI_COST_ADVICE] = SLICE_INIT("advice"),
    };
    buf_reset(out);
    return cli_csv_print(answer, arrays[options->command], arena, out);
}

/* Show a good answer. */
static int show(struct cli_options *options, struct slice answer, struct arena *arena)
{
    struct buf out;
    struct cli_screen screen = cli_screen_of_stdout();
    const struct cli_page page = {
        .screen = &screen, .arena = arena, .out = &out, .goes_on = options->all};
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    int code = EXIT_UNREACHABLE;
    enum cli_found found = cli_show(options->command, answer, &page);
    bool clear = found != CLI_UNCLEAR && (!options->csv || show_csv(options, answer, arena, &out));
    if (!clear || arena_overflowed(arena)) {
        code = complain("the collector's answer is not understood; --json shows it", SLICE_EMPTY,
                        EXIT_UNREACHABLE);
    } else {
        if (options->json) {
            buf_reset(&out);
            buf_append(&out, answer);
            buf_append_text(&out, slice_ends(answer, SLICE("\n")) ? "" : "\n");
        }
        code = found == CLI_FOUND ? EXIT_FOUND : EXIT_NOTHING;
        remember_next(options, answer, arena);
        if (!print(&out)) {
            code = complain("cannot write", SLICE_EMPTY, EXIT_UNREACHABLE);
        }
    }
    buf_fini(&out);
    return code;
}

/* The query, with a mark below what is wrong with it. */
static void show_place(const struct cli_options *options, struct slice answer, struct arena *arena)
{
    char memory[CLI_QUERY_SIZE_MAX];
    struct buf query, out;
    buf_init_fixed(&query, memory, sizeof(memory));
    cli_options_query(options, &query);
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    cli_show_place(answer, buf_bytes(&query), arena, &out);
    (void)fwrite(out.base, 1, out.size, stderr);
    buf_fini(&out);
}

/* What an answer other than 200 means. */
static int show_refusal(const struct cli_options *options, const struct cli_exchange *exchange,
                        struct arena *arena)
{
    struct slice message = SLICE_EMPTY;
    bool told = cli_show_error(buf_bytes(exchange->body), arena, &message);
    if (options->json && told) {
        buf_append_text(exchange->body, "\n");
        (void)print(exchange->body);
    }
    if (exchange->status == 404) {
        return complain(told ? "nothing found: " : "nothing found", message, EXIT_NOTHING);
    }
    if (exchange->status == 401 || exchange->status == 403) {
        return complain("the collector wants a token: --token or THAW_TOKEN", SLICE_EMPTY,
                        EXIT_WRONG);
    }
    if (exchange->status == 400 || exchange->status == 422) {
        int code = complain(told ? "" : "the collector refuses the question", message, EXIT_WRONG);
        show_place(options, buf_bytes(exchange->body), arena);
        return code;
    }
    (void)fprintf(stderr, "thaw: the collector answered %ld ", exchange->status);
    return complain("", message, EXIT_UNREACHABLE);
}

/* Memory in proportion to the answer: what is made of it is mostly its escapes and tables. */
static int answer(struct cli_options *options, const struct cli_exchange *exchange)
{
    size_t size = (1u << 20) + exchange->body->size * 32;
    void *memory = malloc(size);
    if (memory == NULL) {
        return complain("no memory", SLICE_EMPTY, EXIT_UNREACHABLE);
    }
    struct arena arena;
    arena_init(&arena, memory, size);
    int code = exchange->status == 200 ? show(options, buf_bytes(exchange->body), &arena)
                                       : show_refusal(options, exchange, &arena);
    free(memory);
    return code;
}

/* Ask a path, or post JSON to it. */
static int ask(struct cli_options *options, const char *path, struct slice json)
{
    struct buf body;
    buf_init_growing(&body, CLI_ANSWER_SIZE_MAX);
    struct cli_exchange exchange = {.endpoint = options->endpoint,
                                    .path = path,
                                    .token = options->token,
                                    .json = json,
                                    .body = &body};
    int code = EXIT_UNREACHABLE;
    enum status status = cli_http_ask(&exchange);
    if (status == STATUS_OK) {
        code = answer(options, &exchange);
    } else if (status == STATUS_BAD) {
        (void)fprintf(stderr, "thaw: %s: %s\n", options->endpoint, exchange.error);
        code = EXIT_WRONG;
    } else {
        (void)fprintf(stderr,
                      "thaw: cannot reach the collector at %s: %s\n"
                      "Is it running? Another address is given with --endpoint or "
                      "THAW_ENDPOINT.\n",
                      options->endpoint, exchange.error);
    }
    buf_fini(&body);
    return code;
}

static int help(const struct cli_options *options)
{
    struct buf out;
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    if (options->version) {
        buf_append_text(&out, "thaw " THAW_VERSION "\n");
    } else if (options->commanded) {
        cli_options_command_help(options->command, &out);
    } else {
        cli_options_help(&out);
    }
    bool printed = print(&out);
    buf_fini(&out);
    return printed ? EXIT_FOUND : EXIT_UNREACHABLE;
}

/* What is made of the tables of commands and options. */
static int describe(const struct cli_options *options)
{
    struct buf out;
    int code = EXIT_FOUND;
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    if (options->command == CLI_MANUAL) {
        cli_manual(&out);
    } else if (!cli_completion(options->words[0], &out)) {
        code = complain("completion is there for bash, zsh and fish, not for ", options->words[0],
                        EXIT_WRONG);
    }
    if (code == EXIT_FOUND && !print(&out)) {
        code = complain("cannot write", SLICE_EMPTY, EXIT_UNREACHABLE);
    }
    buf_fini(&out);
    return code;
}

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? otherwise : value;
}

/* One request, or with --all as many as there are pages. */
static int question(struct cli_options *options)
{
    static char path_memory[CLI_PATH_SIZE_MAX];
    char error_memory[1024];
    uint64_t now_ns = clock_wall_ns();
    int code = EXIT_NOTHING;
    bool first = true;
    do {
        struct buf error, path;
        buf_init_fixed(&error, error_memory, sizeof(error_memory));
        buf_init_fixed(&path, path_memory, sizeof(path_memory) - 1);
        if (cli_options_path(options, now_ns, &path, &error) != STATUS_OK) {
            return complain("", buf_bytes(&error), EXIT_WRONG);
        }
        if (buf_overflowed(&path)) {
            return complain("the question is too long", SLICE_EMPTY, EXIT_WRONG);
        }
        path_memory[path.size] = '\0';
        if (options->command == CLI_EXPORT) {
            return cli_export(options, buf_bytes(&path));
        }
        if (options->command == CLI_TAIL) {
            return cli_tail(options, buf_bytes(&path));
        }
        int answered = ask(options, path_memory, SLICE_EMPTY);
        code = first || answered > EXIT_NOTHING ? answered : code;
        first = false;
    } while (options->all && code == EXIT_FOUND && options->cursor.size > 0);
    return code;
}

/* What rules would have done. */
static int preview(struct cli_options *options)
{
    char memory[1024];
    struct buf error, json;
    buf_init_fixed(&error, memory, sizeof(memory));
    buf_init_growing(&json, CLI_OUTPUT_SIZE_MAX);
    int code = cli_preview_body(options, clock_wall_ns(), &json, &error);
    if (error.size > 0) {
        code = complain("", buf_bytes(&error), code);
    } else if (code == EXIT_FOUND) {
        code = ask(options, "/api/thaw/v1/rules/preview", buf_bytes(&json));
    }
    buf_fini(&json);
    return code;
}

int main(int argc, char **argv)
{
    char error_memory[1024];
    struct buf error;
    struct cli_options options;
    buf_init_fixed(&error, error_memory, sizeof(error_memory));
    if (cli_options_parse(&options, argc, (const char *const *)argv, &error) != STATUS_OK) {
        return complain("", buf_bytes(&error), EXIT_WRONG);
    }
    if (options.help || options.version) {
        return help(&options);
    }
    options.endpoint = options.endpoint == NULL ? environment("THAW_ENDPOINT", endpoint_default)
                                                : options.endpoint;
    options.token = options.token == NULL ? environment("THAW_TOKEN", NULL) : options.token;
    if (options.command == CLI_REPORT) {
        return cli_report(&options);
    }
    if (options.command == CLI_IMPORT) {
        return cli_import(&options);
    }
    if (options.command == CLI_BACKUP) {
        options.data = options.data == NULL ? environment("THAW_DATA", "data") : options.data;
        return cli_backup(&options);
    }
    if (options.command == CLI_RESTORE) {
        return cli_restore(&options);
    }
    if (options.command == CLI_COMPLETION || options.command == CLI_MANUAL) {
        return describe(&options);
    }
    if (options.command == CLI_RULES_CHECK) {
        return cli_rules_check(&options);
    }
    if (options.command == CLI_RULES_TEST) {
        return cli_rules_test(&options);
    }
    if (options.command == CLI_RULES_PREVIEW) {
        return preview(&options);
    }
    if (options.command == CLI_RULES_SHIPPED) {
        return cli_rules_shipped();
    }
    if (options.command == CLI_NOTIFY_CHECK) {
        return cli_notify_check(&options);
    }
    if (options.command == CLI_NOTIFY_TEST) {
        return cli_notify_test(&options);
    }
    return question(&options);
}

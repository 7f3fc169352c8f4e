/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_export.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/number.h"
#include "cli/cli_http.h"
#include "cli/cli_json.h"
#include "cli/cli_show.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_WRONG = 2, EXIT_UNREACHABLE = 3 };

/* What the last line of a piece says. */
struct export_end {
    uint64_t next_ns; /* 0: this was the last piece. */
    struct cli_number records;
    bool damaged;
};

struct export
{
    const struct cli_options *options;
    struct slice path;
    struct buf body;
    uint64_t limit;
    uint64_t next_ns;
    uint64_t records;
    bool damaged, ended;
};

static int export_complain(const char *what, struct slice text, int code)
{
    (void)fprintf(stderr, "thaw: %s" SLICE_FMT "\n", what, SLICE_ARG(text));
    return code;
}

/* ---- One piece. ---- */

static enum status export_ask(struct export *export, struct cli_exchange *exchange)
{
    char memory[8192];
    char text[NUMBER_TEXT_SIZE];
    struct buf path;
    buf_init_fixed(&path, memory, sizeof(memory) - 1);
    buf_append(&path, export->path);
    size_t size = number_format_u64(export->limit, text);
    cli_http_parameter(SLICE("limit"), slice_of(text, size), &path);
    if (export->next_ns > 0) {
        size = number_format_u64(export->next_ns, text);
        cli_http_parameter(SLICE("cursor"), slice_of(text, size), &path);
    }
    memory[path.size] = '\0';
    *exchange = (struct cli_exchange){.endpoint = export->options->endpoint,
                                      .path = memory,
                                      .token = export->options->token,
                                      .body = &export->body};
    buf_reset(&export->body);
    enum status status = cli_http_ask(exchange);
    exchange->path = NULL;
    return status;
}

/* Cut the last line off. */
static bool export_read_end(struct slice *lines, struct export_end *end)
{
    static const struct cli_json_field outer[] = {
        {SLICE_INIT("thaw"), CLI_JSON_RAW, 0},
    };
    static const struct cli_json_field inner[] = {
        CLI_JSON_FIELD(export_end, "next", CLI_JSON_INSTANT, next_ns),
        CLI_JSON_FIELD(export_end, "records", CLI_JSON_NUMBER, records),
        CLI_JSON_FIELD(export_end, "damaged", CLI_JSON_FLAG, damaged),
    };
    char memory[1024];
    struct arena arena;
    struct slice raw = SLICE_EMPTY;
    arena_init(&arena, memory, sizeof(memory));
    if (!slice_ends(*lines, SLICE("\n"))) {
        return false;
    }
    struct slice all = slice_take(*lines, lines->size - 1);
    size_t at = slice_find_last_byte(all, '\n');
    struct slice last = at == SLICE_NONE ? all : slice_skip(all, at + 1);
    *end = (struct export_end){.next_ns = 0};
    *lines = slice_take(*lines, all.size - last.size);
    return cli_json_object(last, outer, 1, &raw, &arena) && raw.size > 0 &&
           cli_json_object(raw, inner, sizeof(inner) / sizeof(inner[0]), end, &arena) &&
           end->records.known;
}

static int export_print(struct export *export)
{
    struct slice lines = buf_bytes(&export->body);
    struct export_end end;
    if (!export_read_end(&lines, &end) || (export->next_ns > 0 && end.next_ns >= export->next_ns)) {
        return export_complain("the collector's answer is not understood", SLICE_EMPTY,
                               EXIT_UNREACHABLE);
    }
    if (fwrite(lines.base, 1, lines.size, stdout) != lines.size) {
        return export_complain("cannot write", SLICE_EMPTY, EXIT_UNREACHABLE);
    }
    export->records += (uint64_t)end.records.value;
    export->damaged = export->damaged || end.damaged;
    export->next_ns = end.next_ns;
    export->ended = end.next_ns == 0;
    return EXIT_FOUND;
}

static int export_refused(struct export *export, const struct cli_exchange *exchange)
{
    char memory[4096];
    struct arena arena;
    struct slice message = SLICE_EMPTY;
    arena_init(&arena, memory, sizeof(memory));
    bool told = cli_show_error(buf_bytes(exchange->body), &arena, &message);
    if (exchange->status == 503 && export->limit > 1) {
        export->limit /= 4; /* Records are large here. */
        export->limit += export->limit == 0;
        return EXIT_FOUND;
    }
    if (exchange->status == 404) {
        return export_complain(told ? "nothing found: " : "this collector has no export", message,
                               EXIT_NOTHING);
    }
    if (exchange->status == 401 || exchange->status == 403) {
        return export_complain("the collector wants a token: --token or THAW_TOKEN", SLICE_EMPTY,
                               EXIT_WRONG);
    }
    return export_complain("the collector refuses: ", message,
                           exchange->status == 400 ? EXIT_WRONG : EXIT_UNREACHABLE);
}

static int export_piece(struct export *export)
{
    struct cli_exchange exchange;
    enum status status = export_ask(export, &exchange);
    if (status == STATUS_OK) {
        return exchange.status == 200 ? export_print(export) : export_refused(export, &exchange);
    }
    (void)fprintf(stderr, "thaw: cannot reach the collector at %s: %s\n", export->options->endpoint,
                  exchange.error);
    return status == STATUS_BAD ? EXIT_WRONG : EXIT_UNREACHABLE;
}

/* ---- All of them. ---- */

int cli_export(const struct cli_options *options, struct slice path)
{
    struct export export = {.options = options, .path = path, .limit = CLI_EXPORT_RECORDS};
    int code = EXIT_FOUND;
    buf_init_growing(&export.body, CLI_ANSWER_SIZE_MAX);
    while (code == EXIT_FOUND && !export.ended) {
        code = export_piece(&export);
    }
    buf_fini(&export.body);
    if (code == EXIT_FOUND && fflush(stdout) != 0) {
        code = export_complain("cannot write", SLICE_EMPTY, EXIT_UNREACHABLE);
    }
    if (code == EXIT_FOUND && export.damaged) {
        code = export_complain("some records are damaged or too many, and not in the export: see "
                               "the collector's log",
                               SLICE_EMPTY, EXIT_UNREACHABLE);
    }
    return code == EXIT_FOUND && export.records == 0 ? EXIT_NOTHING : code;
}

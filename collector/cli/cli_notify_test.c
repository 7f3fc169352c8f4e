/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_http.h"
#include "cli/cli_json.h"
#include "cli/cli_limits.h"
#include "cli/cli_notify.h"
#include "cli/cli_show.h"
#include "cli/cli_text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TEST_DELIVERED = 0, TEST_FAILED = 1, TEST_REFUSED = 2, TEST_UNREACHABLE = 3 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* How long to wait for a message to be taken, and how often to look. */
#define TEST_PATIENCE_NS (UINT64_C(30) * CLOCK_NS_PER_S)
#define TEST_LOOK_NS     200000000L

/* Bytes of the memory of one answer, and of what is made of it. */
#define TEST_MEMORY_SIZE ((size_t)64 << 20)

/* What is asked of the collector, and what is known by then. */
struct testing {
    const struct cli_options *options;
    struct arena arena;
    struct buf answer;
    uint64_t first, last; /* Numbers of the messages. */
};

struct test_row {
    struct slice number;
    struct slice receiver;
    struct slice kind;
    struct slice status;
    struct slice state;
    struct slice error;
    struct cli_number attempts;
};

static int complain(const char *what, struct slice text, int code)
{
    (void)fprintf(stderr, "thaw: %s" SLICE_FMT "\n", what, SLICE_ARG(text));
    return code;
}

/* What a status that is no success means. */
static int refused(struct testing *testing, long status)
{
    struct slice words = SLICE_EMPTY;
    (void)cli_show_error(buf_bytes(&testing->answer), &testing->arena, &words);
    if (status == 401 || status == 403) {
        return complain("the collector wants a token: --token or THAW_TOKEN", SLICE_EMPTY,
                        TEST_REFUSED);
    }
    return complain(words.size > 0 ? "" : "the collector refuses it", words, TEST_REFUSED);
}

/* ---- Asking for it. ---- */

/* The first and the last of the numbers that are told. */
static bool take_numbers(struct testing *testing)
{
    struct slice list, number;
    struct cli_json_list numbers;
    if (!cli_json_list_of(buf_bytes(&testing->answer), SLICE("notifications"), &testing->arena,
                          &list)) {
        return false;
    }
    cli_json_list(&numbers, list);
    while (cli_json_next(&numbers, &number)) {
        struct slice digits = cli_json_text(number, &testing->arena);
        if (number_parse_u64(digits, &testing->last) != NUMBER_OK) {
            return false;
        }
        testing->first = testing->first == 0 ? testing->last : testing->first;
    }
    return testing->first > 0;
}

static int post_test(struct testing *testing)
{
    const struct cli_options *options = testing->options;
    struct json_write writer;
    struct buf body;
    buf_init_growing(&body, 65536);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("receiver"),
                             options->word_count > 0 ? options->words[0] : SLICE_EMPTY);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    struct cli_exchange exchange = {.endpoint = options->endpoint,
                                    .path = "/api/thaw/v1/notifications/test",
                                    .token = options->token,
                                    .json = buf_bytes(&body),
                                    .body = &testing->answer};
    enum status status = cli_http_ask(&exchange);
    buf_fini(&body);
    if (status != STATUS_OK) {
        return complain("cannot reach the collector: ", slice_from(exchange.error),
                        TEST_UNREACHABLE);
    }
    if (exchange.status != 202) {
        return refused(testing, exchange.status);
    }
    return take_numbers(testing) ? TEST_DELIVERED
                                 : complain("the collector's answer is not understood", SLICE_EMPTY,
                                            TEST_UNREACHABLE);
}

/* ---- Waiting for it. ---- */

static int get_messages(struct testing *testing)
{
    struct cli_exchange exchange = {.endpoint = testing->options->endpoint,
                                    .path = "/api/thaw/v1/notifications",
                                    .token = testing->options->token,
                                    .body = &testing->answer};
    buf_reset(&testing->answer);
    arena_reset(&testing->arena);
    if (cli_http_ask(&exchange) != STATUS_OK) {
        return complain("cannot reach the collector: ", slice_from(exchange.error),
                        TEST_UNREACHABLE);
    }
    return exchange.status == 200 ? TEST_DELIVERED : refused(testing, exchange.status);
}

static const struct test_row *rows_of(struct testing *testing, size_t *count)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(test_row, "number", CLI_JSON_TEXT, number),
        CLI_JSON_FIELD(test_row, "receiver", CLI_JSON_TEXT, receiver),
        CLI_JSON_FIELD(test_row, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(test_row, "status", CLI_JSON_TEXT, status),
        CLI_JSON_FIELD(test_row, "state", CLI_JSON_TEXT, state),
        CLI_JSON_FIELD(test_row, "last_error", CLI_JSON_TEXT, error),
        CLI_JSON_FIELD(test_row, "attempts", CLI_JSON_NUMBER, attempts),
    };
    struct slice list;
    *count = 0;
    if (!cli_json_list_of(buf_bytes(&testing->answer), SLICE("notifications"), &testing->arena,
                          &list)) {
        return NULL;
    }
    return cli_json_rows(list, fields, COUNT_OF(fields), sizeof(struct test_row), count,
                         &testing->arena);
}

static bool is_ours(const struct testing *testing, const struct test_row *row)
{
    uint64_t number = 0;
    return number_parse_u64(row->number, &number) == NUMBER_OK && number >= testing->first &&
           number <= testing->last;
}

static bool is_waiting(const struct test_row *row)
{
    /* One that failed once waits for its next attempt: that it failed is what is asked. */
    return slice_equal(row->state, SLICE("waiting")) && row->error.size == 0;
}

/* Say what came of each; the oldest first.  The answer is the exit code. */
static int tell(struct testing *testing, const struct test_row *rows, size_t count)
{
    int code = TEST_DELIVERED;
    for (size_t i = count; i > 0; i--) {
        const struct test_row *row = &rows[i - 1];
        if (!is_ours(testing, row)) {
            continue;
        }
        struct slice receiver = cli_text_cell(row->receiver, 0, &testing->arena);
        struct slice error = cli_text_cell(row->error, 0, &testing->arena);
        bool delivered = slice_equal(row->state, SLICE("delivered"));
        const char *what = delivered         ? "delivered"
                           : error.size == 0 ? "still waiting"
                                             : "not delivered: ";
        (void)printf(SLICE_FMT " (" SLICE_FMT ", " SLICE_FMT "): %s" SLICE_FMT "\n",
                     SLICE_ARG(receiver), SLICE_ARG(row->kind), SLICE_ARG(row->status), what,
                     SLICE_ARG(delivered ? SLICE_EMPTY : error));
        code = delivered ? code : TEST_FAILED;
    }
    return fflush(stdout) == 0 ? code : TEST_UNREACHABLE;
}

static int wait_for(struct testing *testing)
{
    static const struct timespec look = {0, TEST_LOOK_NS};
    uint64_t until_ns = clock_monotonic_ns() + TEST_PATIENCE_NS;
    for (;;) {
        size_t count = 0;
        bool waiting = false;
        int code = get_messages(testing);
        if (code != TEST_DELIVERED) {
            return code;
        }
        const struct test_row *rows = rows_of(testing, &count);
        for (size_t i = 0; i < count; i++) {
            waiting = waiting || (is_ours(testing, &rows[i]) && is_waiting(&rows[i]));
        }
        if (!waiting || clock_monotonic_ns() > until_ns) {
            return tell(testing, rows, count);
        }
        (void)nanosleep(&look, NULL);
    }
}

int cli_notify_test(const struct cli_options *options)
{
    void *memory = malloc(TEST_MEMORY_SIZE);
    if (memory == NULL) {
        return complain("no memory", SLICE_EMPTY, TEST_UNREACHABLE);
    }
    struct testing testing = {.options = options};
    arena_init(&testing.arena, memory, TEST_MEMORY_SIZE);
    buf_init_growing(&testing.answer, CLI_ANSWER_SIZE_MAX);
    int code = post_test(&testing);
    if (code == TEST_DELIVERED) {
        code = wait_for(&testing);
    }
    buf_fini(&testing.answer);
    free(memory);
    return code;
}

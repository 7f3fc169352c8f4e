/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_import.h"

#include "cli/cli_files.h"
#include "cli/cli_http.h"
#include "cli/cli_import_sum.h"
#include "cli/cli_limits.h"
#include "cli/cli_post.h"
#include "cli/cli_text.h"

#include "base/clock.h"
#include "intake/pour.h"
#include "streams/encode.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a script may rely on. */
enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_WRONG = 2, EXIT_UNREACHABLE = 3 };

/* The user wants to end. */
static volatile sig_atomic_t stop_wanted;

struct import {
    const struct cli_options *options;
    struct cli_post *post; /* NULL: nothing is sent. */
    bool given_up;         /* The post answered false. */
    bool cut;              /* What comes now is the end of a part, not of the input. */
    bool terminal;         /* Progress is drawn; else it is written, line by line. */
    bool drawn;
    uint64_t begun_ns;
    uint64_t next_ns;
};

static int complain(const char *what, const char *text, int code)
{
    char memory[2048];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_text_safe(slice_from(text), &out);
    (void)fprintf(stderr, "thaw: %s" SLICE_FMT "\n", what, SLICE_ARG(buf_bytes(&out)));
    return code;
}

/* ---- The user's wish to end. ---- */

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

/* The first one ends what is under way, the second one everything. */
static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool stopped(void)
{
    return stop_wanted != 0;
}

/* ---- Progress. ---- */

static void draw(const struct import *import, const struct pour_progress *now, double seconds)
{
    char left[64] = "";
    char share[32] = "";
    double rate = seconds > 0 ? (double)now->text_bytes / 1e6 / seconds : 0;
    if (now->bytes_all > 0 && now->bytes <= now->bytes_all) {
        double part = (double)now->bytes / (double)now->bytes_all;
        (void)snprintf(share, sizeof(share), "%3.0f %%, ", part * 100);
        if (part > 0.001) {
            (void)snprintf(left, sizeof(left), ", %.0f s left", seconds / part - seconds);
        }
        if (import->terminal) {
            enum { WIDTH = 24 };
            char bar[WIDTH + 1];
            size_t full = (size_t)(part * WIDTH);
            memset(bar, '.', WIDTH);
            memset(bar, '#', full < WIDTH ? full : WIDTH);
            bar[WIDTH] = '\0';
            (void)fprintf(stderr, "\r\x1b[K[%s] ", bar);
        }
    } else if (import->terminal) {
        (void)fprintf(stderr, "\r\x1b[K");
    }
    (void)fprintf(stderr, "%s%s%.1f MB of text, %.0f MB/s%s%s",
                  import->terminal ? "" : "thaw: ", share, (double)now->text_bytes / 1e6, rate,
                  left, import->terminal ? "" : "\n");
    (void)fflush(stderr);
}

static bool on_progress(void *context, const struct pour_progress *now)
{
    struct import *import = context;
    uint64_t now_ns = clock_monotonic_ns();
    if (stopped() || import->given_up) {
        import->cut = true;
        return false;
    }
    if (!import->options->json && now_ns >= import->next_ns) {
        import->next_ns = now_ns + (import->terminal ? CLI_PROGRESS_NS : CLI_PROGRESS_LOG_NS);
        draw(import, now, (double)(now_ns - import->begun_ns) / 1e9);
        import->drawn = true;
    }
    return true;
}

static void on_trouble(const char *text)
{
    char memory[2048];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_text_safe(slice_from(text), &out);
    (void)fprintf(stderr, "%sthaw: the collector does not take it (" SLICE_FMT "); trying again\n",
                  isatty(STDERR_FILENO) ? "\r\x1b[K" : "", SLICE_ARG(buf_bytes(&out)));
}

/* ---- Bodies. ---- */

static void on_body(void *context, enum signal signal, struct slice bytes, uint64_t records)
{
    struct import *import = context;
    (void)records;
    /* What is given out behind a cut is not what the whole input would give: it would be
     * something else beside it.  The next run sends it right. */
    if (import->post == NULL || import->given_up || import->cut || bytes.size == 0) {
        return;
    }
    const char *path = signal == SIGNAL_METRICS ? "/v1/metrics" : "/v1/logs";
    import->given_up = !cli_post_send(import->post, path, bytes);
}

static void on_refused(void *context, const struct stream_refusal *refusal)
{
    /* Counted on the way here. */
    (void)context;
    (void)refusal;
}

/* ---- The collector. ---- */

static int unreachable(const struct cli_options *options, const char *error)
{
    (void)fprintf(stderr,
                  "thaw: cannot reach the collector at %s: %s\n"
                  "Is it running? Another address is given with --endpoint or THAW_ENDPOINT.\n",
                  options->endpoint, error);
    return EXIT_UNREACHABLE;
}

static int wants_token(void)
{
    return complain("the collector wants a token: --token or THAW_TOKEN", "", EXIT_WRONG);
}

/* Whether there is a collector that lets us in, before hours are spent on reading. */
static int probe(const struct cli_options *options)
{
    struct buf body;
    buf_init_growing(&body, CLI_ANSWER_SIZE_MAX);
    struct cli_exchange exchange = {.endpoint = options->endpoint,
                                    .path = "/api/thaw/v1/status",
                                    .token = options->token,
                                    .body = &body};
    enum status status = cli_http_ask(&exchange);
    buf_fini(&body);
    if (status == STATUS_BAD) {
        (void)fprintf(stderr, "thaw: %s: %s\n", options->endpoint, exchange.error);
        return EXIT_WRONG;
    }
    if (status != STATUS_OK) {
        return unreachable(options, exchange.error);
    }
    if (exchange.status == 401 || exchange.status == 403) {
        return wants_token();
    }
    if (exchange.status != 200) {
        (void)fprintf(stderr, "thaw: %s answers %ld: is it a thaw collector?\n", options->endpoint,
                      exchange.status);
        return EXIT_UNREACHABLE;
    }
    return EXIT_FOUND;
}

/* Why sending ended early, as an exit code; EXIT_FOUND: it did not. */
static int judge_post(const struct cli_options *options, const struct cli_post_result *posted)
{
    switch (posted->status) {
    case STATUS_OK:
    case STATUS_CLOSED:
        return EXIT_FOUND;
    case STATUS_DENIED:
        return wants_token();
    case STATUS_IO:
        if (posted->http_status == 0) {
            return unreachable(options, posted->error);
        }
        return complain("the collector does not take more: ", posted->error, EXIT_UNREACHABLE);
    case STATUS_BAD:
        return complain("the collector refuses a body, nothing of which is kept: ", posted->error,
                        EXIT_UNREACHABLE);
    case STATUS_AGAIN:
    case STATUS_EXISTS:
    case STATUS_FULL:
    case STATUS_NOT_FOUND:
    case STATUS_TIMEOUT:
        break;
    }
    return complain("sending failed: ", posted->error, EXIT_UNREACHABLE);
}

/* ---- All together. ---- */

static bool print_summary(const struct cli_options *options, const struct cli_import_sum *sum,
                          const struct cli_import_end *end)
{
    struct buf out;
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    if (options->json) {
        cli_import_sum_json(sum, end, &out);
    } else {
        cli_import_sum_text(sum, end, &out);
    }
    bool printed = fwrite(out.base, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    buf_fini(&out);
    return printed;
}

static int finish(struct import *import, struct cli_import_sum *sum, enum status status,
                  const struct pour_result *poured)
{
    const struct cli_options *options = import->options;
    struct cli_post_result posted = {.status = STATUS_OK};
    bool sends = import->post != NULL;
    if (sends) {
        cli_post_finish(import->post, &posted);
        import->post = NULL;
    }
    if (import->drawn && import->terminal) {
        (void)fputs("\r\x1b[K", stderr);
    }
    int code = judge_post(options, &posted);
    struct cli_import_end end = {
        .poured = poured,
        .posted = sends ? &posted : NULL,
        .seconds = (double)(clock_monotonic_ns() - import->begun_ns) / 1e9,
        .stopped = import->cut || posted.status == STATUS_CLOSED,
        .error = poured->error[0] != '\0'     ? poured->error
                 : posted.status != STATUS_OK ? posted.error
                                              : NULL,
    };
    if (!print_summary(options, sum, &end)) {
        return complain("cannot write", "", EXIT_UNREACHABLE);
    }
    if (status != STATUS_OK) {
        const char *error = poured->error[0] != '\0' ? poured->error : status_name(status);
        (void)complain("", error, EXIT_UNREACHABLE);
        code = code == EXIT_FOUND ? EXIT_UNREACHABLE : code;
    }
    if (code == EXIT_FOUND && end.stopped) {
        return EXIT_UNREACHABLE;
    }
    return code == EXIT_FOUND && sum->invocations + sum->open + sum->lines + sum->inits == 0
               ? EXIT_NOTHING
               : code;
}

static bool start_post(struct import *import)
{
    const struct cli_post_options options = {
        .endpoint = import->options->endpoint,
        .token = import->options->token,
        .stopped = stopped,
        .trouble = on_trouble,
    };
    if (import->options->dry_run) {
        return true;
    }
    import->post = cli_post_create(&options);
    return import->post != NULL;
}

static int run(struct import *import, const struct cli_files *files)
{
    static struct cli_import_sum sum;
    struct pour_options pouring = files->pouring;
    struct pour_result result = {.stopped = false};
    const struct encode_options encoding = {
        .body_size_max = CLI_IMPORT_BODY_SIZE,
        .body = on_body,
        .refused = on_refused,
        .context = import,
    };
    struct encode *encode = encode_create(&encoding);
    if (encode == NULL) {
        return complain("no memory", "", EXIT_UNREACHABLE);
    }
    if (!start_post(import)) {
        encode_free(encode);
        return complain("no memory", "", EXIT_UNREACHABLE);
    }
    cli_import_sum_init(&sum, encode_sink(encode));
    pouring.sink = cli_import_sum_sink(&sum);
    pouring.progress = on_progress;
    pouring.context = import;
    enum status status = pour(&pouring, &result);
    encode_finish(encode);
    encode_free(encode);
    return finish(import, &sum, status, &result);
}

int cli_import(const struct cli_options *options)
{
    struct import import = {
        .options = options,
        .terminal = isatty(STDERR_FILENO) != 0,
        .begun_ns = clock_monotonic_ns(),
    };
    import.next_ns = import.begun_ns + (import.terminal ? CLI_PROGRESS_NS : CLI_PROGRESS_LOG_NS);
    static struct cli_files files;
    if (!cli_files(options, &files)) {
        return complain("--memory is a number of megabytes", "", EXIT_WRONG);
    }
    watch_signals();
    int code = options->dry_run ? EXIT_FOUND : probe(options);
    return code == EXIT_FOUND ? run(&import, &files) : code;
}

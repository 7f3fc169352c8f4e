/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_report.h"

#include "cli/cli_files.h"
#include "cli/cli_limits.h"
#include "cli/cli_screen.h"
#include "cli/cli_text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "cost/prices.h"
#include "intake/pour.h"
#include "report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a script may rely on. */
enum { EXIT_FOUND = 0, EXIT_NOTHING = 1, EXIT_WRONG = 2, EXIT_UNREADABLE = 3 };

/* Progress is shown from this much on, and again after this time. */
#define PROGRESS_BYTES_MIN (UINT64_C(32) << 20)
#define PROGRESS_EVERY_NS  UINT64_C(200000000)

/* Say in one line, safely, what is wrong. */
static int complain(const char *what, struct slice text, int code)
{
    char memory[2048];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    cli_text_safe(text, &out);
    (void)fprintf(stderr, "thaw: %s" SLICE_FMT "\n", what, SLICE_ARG(buf_bytes(&out)));
    return code;
}

/* ---- Progress. ---- */

struct progress {
    bool shown; /* Something stands on the line. */
    uint64_t begin_ns;
    uint64_t next_ns;
};

static bool on_progress(void *context, const struct pour_progress *now)
{
    struct progress *progress = context;
    uint64_t now_ns = clock_monotonic_ns();
    if (now->text_bytes < PROGRESS_BYTES_MIN || now_ns < progress->next_ns) {
        return true;
    }
    progress->next_ns = now_ns + PROGRESS_EVERY_NS;
    progress->shown = true;
    double seconds = (double)(now_ns - progress->begin_ns) / 1e9;
    double rate = seconds > 0 ? (double)now->text_bytes / 1e6 / seconds : 0;
    (void)fprintf(stderr, "\r\x1b[K%.2f GB of text read, %.0f MB/s", (double)now->text_bytes / 1e9,
                  rate);
    if (now->bytes_all > 0 && now->bytes <= now->bytes_all) {
        double share = (double)now->bytes / (double)now->bytes_all;
        double left_s = share > 0 ? seconds / share - seconds : 0;
        (void)fprintf(stderr, ", %.0f %%, %.0f s left", share * 100, left_s);
    }
    (void)fflush(stderr);
    return true;
}

static void end_progress(const struct progress *progress)
{
    if (progress->shown) {
        (void)fputs("\r\x1b[K", stderr);
    }
}

/* ---- Output. ---- */

static bool write_all(FILE *file, struct slice bytes)
{
    return bytes.size == 0 || fwrite(bytes.base, 1, bytes.size, file) == bytes.size;
}

/* Written beside it and renamed, so that a page is whole or not there. */
static int write_html(const char *path, const struct report *report)
{
    char beside[4096];
    struct buf page;
    int size = snprintf(beside, sizeof(beside), "%s.part", path);
    if (size < 0 || (size_t)size >= sizeof(beside)) {
        return complain("this path is too long: ", slice_from(path), EXIT_WRONG);
    }
    buf_init_growing(&page, CLI_OUTPUT_SIZE_MAX);
    report_html(report, &page);
    FILE *file = fopen(beside, "w");
    bool written = file != NULL && !buf_overflowed(&page) && write_all(file, buf_bytes(&page));
    int error = errno;
    if (file != NULL && fclose(file) != 0) {
        error = written ? errno : error;
        written = false;
    }
    buf_fini(&page);
    if (written && rename(beside, path) != 0) {
        error = errno;
        written = false;
    }
    if (!written) {
        (void)unlink(beside);
        (void)fprintf(stderr, "thaw: %s: ", strerror(error));
        return complain("cannot write ", slice_from(path), EXIT_UNREADABLE);
    }
    return EXIT_FOUND;
}

static int write_report(const struct cli_options *options, const struct report *report)
{
    int code = EXIT_FOUND;
    if (options->html != NULL) {
        code = write_html(options->html, report);
    }
    struct buf out;
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    if (options->json) {
        report_json(report, &out);
    } else {
        const struct cli_screen screen = cli_screen_of_stdout();
        report_text(report, &screen, &out);
    }
    bool whole = !buf_overflowed(&out);
    bool printed = write_all(stdout, buf_bytes(&out));
    printed = fflush(stdout) == 0 && printed;
    buf_fini(&out);
    if (!printed || !whole) {
        code = complain("cannot write", SLICE_EMPTY, EXIT_UNREADABLE);
    } else if (options->html != NULL && code == EXIT_FOUND && !options->json) {
        (void)printf("\nThe page is in %s\n", options->html);
    }
    return code;
}

/* ---- Input. ---- */

static void say_nothing_found(const struct pour_result *result, const struct report *report)
{
    unsigned long long files = (unsigned long long)result->intake.files;
    (void)fputs("thaw: no invocation of a function was found", stderr);
    if (files == 0) {
        (void)fputs(": there is no file.\n", stderr);
        return;
    }
    (void)fprintf(stderr, " in %llu %s", files, cli_text_form(files, "file", "files"));
    if (result->intake.format == INTAKE_EMPTY || result->intake.bytes == 0) {
        (void)fputs(": there is nothing in it.\n", stderr);
        return;
    }
    if (result->intake.events > 0) {
        (void)fprintf(stderr, ": %llu log %s, read as %s",
                      (unsigned long long)result->intake.events,
                      cli_text_form(result->intake.events, "event", "events"),
                      intake_format_name(result->intake.format));
    }
    (void)fputs(".\n", stderr);
    const struct cli_screen screen = {.width = CLI_WIDTH_DEFAULT};
    struct buf out;
    buf_init_growing(&out, CLI_OUTPUT_SIZE_MAX);
    report_text_refused(report, &screen, &out);
    (void)write_all(stderr, buf_bytes(&out));
    buf_fini(&out);
    (void)fputs("\nThe log of a function has lines such as \"REPORT RequestId: ...\", or "
                "platform.report objects;\ndocs/guide/report.md says how to export one.\n",
                stderr);
}

static struct report_input input_of(const struct pour_result *result)
{
    struct report_input input = {
        .files = result->intake.files,
        .bytes = result->intake.bytes,
        .events = result->intake.events,
        .streams = result->merge.streams,
        .refused = result->merge.refused + result->intake.refused,
        .without_stream = result->merge.without_stream,
        .format = pour_format(result),
    };
    _Static_assert(INTAKE_FORMAT_COUNT <= REPORT_FORMATS_MAX, "each format has its place");
    for (unsigned i = 0; i < INTAKE_FORMAT_COUNT; i++) {
        if (result->formats[i] > 0) {
            input.formats[input.format_count] = (struct report_format){
                .name = intake_format_name((enum intake_format)i), .files = result->formats[i]};
            input.format_count++;
        }
    }
    return input;
}

/* Say what went wrong with the files; the code that it means, EXIT_FOUND for none. */
static int judge(enum status status, const struct pour_result *result)
{
    struct slice error = slice_from(result->error);
    if (error.size > 0) {
        (void)complain("", error, EXIT_UNREADABLE);
    }
    /* Directories without files have nothing in them that could not be read. */
    bool empty = status == STATUS_NOT_FOUND && error.size == 0 && result->files_failed == 0;
    if (status == STATUS_OK || empty) {
        return EXIT_FOUND;
    }
    if (error.size == 0) {
        (void)complain(status == STATUS_FULL ? "no memory" : "the files cannot be read",
                       SLICE_EMPTY, EXIT_UNREADABLE);
    }
    return EXIT_UNREADABLE;
}

static int pour_and_write(const struct cli_options *options, const struct cli_files *files,
                          const struct prices *prices)
{
    struct report *report = report_create(prices);
    if (report == NULL) {
        return complain("no memory", SLICE_EMPTY, EXIT_UNREADABLE);
    }
    struct progress progress = {.begin_ns = clock_monotonic_ns()};
    struct pour_options pouring = files->pouring;
    pouring.sink = report_sink(report);
    pouring.progress = isatty(STDERR_FILENO) ? on_progress : NULL;
    pouring.context = &progress;
    struct pour_result result = {.stopped = false};
    enum status status = pour(&pouring, &result);
    end_progress(&progress);
    const struct report_input input = input_of(&result);
    report_finish(report, &input);

    int code = judge(status, &result);
    /* What could be read is reported even where something else could not. */
    if (report_invocations(report) > 0 || (options->json && code == EXIT_FOUND)) {
        int written = write_report(options, report);
        code = written != EXIT_FOUND ? written : code;
    }
    if (report_invocations(report) == 0 && code == EXIT_FOUND) {
        say_nothing_found(&result, report);
        code = EXIT_NOTHING;
    }
    report_free(report);
    return code;
}

int cli_report(const struct cli_options *options)
{
    static struct cli_files files;
    if (!cli_files(options, &files)) {
        return complain("--memory is a number of megabytes, not ", options->memory, EXIT_WRONG);
    }
    char error[512];
    struct prices *prices = NULL;
    struct slice path = slice_from(options->prices);
    if (prices_load(&prices, path, error, sizeof(error)) != STATUS_OK) {
        return complain("", slice_from(error), EXIT_WRONG);
    }
    int code = pour_and_write(options, &files, prices);
    prices_free(prices);
    return code;
}

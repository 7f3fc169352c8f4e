/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_tail.h"

#include "cli/cli_events.h"
#include "cli/cli_http.h"
#include "cli/cli_screen.h"
#include "cli/cli_show.h"
#include "cli/cli_tail_show.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EXIT_ENDED = 0, EXIT_WRONG = 2, EXIT_UNREACHABLE = 3 };

/* Set by Ctrl-C. */
static volatile sig_atomic_t tail_interrupted;

static void tail_interrupt(int number)
{
    (void)number;
    tail_interrupted = 1;
}

struct tailing {
    const struct cli_options *options;
    struct cli_screen screen;
    struct cli_events events;
    struct cli_http_stream stream;
    struct buf out;
    bool connected; /* There was an event. */
    bool closed;    /* Nobody reads what is printed. */
};

static bool tail_print(struct tailing *tailing)
{
    bool good = fwrite(tailing->out.base, 1, tailing->out.size, stdout) == tailing->out.size &&
                fflush(stdout) == 0;
    tailing->closed = tailing->closed || !good;
    return good;
}

static bool tail_event(void *context, const struct cli_event *event)
{
    struct tailing *tailing = context;
    tailing->connected = true;
    buf_reset(&tailing->out);
    if (tailing->options->json) {
        cli_tail_show_json(event, &tailing->out);
        return tail_print(tailing);
    }
    if (cli_tail_show(event, &tailing->screen, &tailing->out)) {
        return tail_print(tailing);
    }
    (void)fwrite(tailing->out.base, 1, tailing->out.size, stderr);
    return true;
}

/* Bytes of the answer: events if it is a good one, else why it is not. */
static bool tail_bytes(void *context, long status, struct slice bytes)
{
    struct tailing *tailing = context;
    if (status != 200) {
        buf_append(&tailing->out, bytes);
        return !buf_overflowed(&tailing->out);
    }
    return !tail_interrupted && cli_events_take(&tailing->events, bytes, tail_event, tailing);
}

static bool tail_goes_on(void *context)
{
    const struct tailing *tailing = context;
    return !tail_interrupted && !tailing->closed;
}

/* Wait before the next attempt. */
static void tail_wait(unsigned seconds)
{
    const struct timespec pause = {(time_t)seconds, 0};
    if (!tail_interrupted) {
        (void)nanosleep(&pause, NULL);
    }
}

/* Why the collector does not want to be followed; whether that may change is the answer. */
static bool tail_refused(struct tailing *tailing, int *code)
{
    unsigned char memory[4096];
    struct arena arena;
    struct slice message = SLICE_EMPTY;
    long status = tailing->stream.status;
    arena_init(&arena, memory, sizeof(memory));
    if (status == 401 || status == 403) {
        message = SLICE("the collector wants a token: --token or THAW_TOKEN");
    } else if (!cli_show_error(buf_bytes(&tailing->out), &arena, &message)) {
        message = SLICE("the collector refuses to be followed");
    }
    (void)fprintf(stderr, "thaw: " SLICE_FMT "\n", SLICE_ARG(message));
    *code = status == 503 ? EXIT_UNREACHABLE : EXIT_WRONG;
    return status >= 500;
}

static void tail_lost(const struct tailing *tailing, unsigned wait_s)
{
    (void)fprintf(stderr, "thaw: connection lost%s%s; trying again in %u s\n",
                  tailing->stream.error[0] != '\0' ? ": " : "", tailing->stream.error, wait_s);
}

static int tail_run(struct tailing *tailing)
{
    unsigned wait_s = 1;
    bool ever = false;
    while (tail_goes_on(tailing)) {
        tailing->connected = false;
        buf_reset(&tailing->out);
        cli_events_restart(&tailing->events);
        tailing->stream.last_id = cli_events_id(&tailing->events);
        enum status status = cli_http_follow(&tailing->stream);
        if (!tail_goes_on(tailing)) {
            break;
        }
        ever = ever || tailing->connected;
        if (status == STATUS_BAD || (status != STATUS_OK && !ever)) {
            (void)fprintf(stderr, "thaw: cannot follow the collector at %s: %s\n",
                          tailing->options->endpoint, tailing->stream.error);
            return status == STATUS_BAD ? EXIT_WRONG : EXIT_UNREACHABLE;
        }
        int code;
        if (status == STATUS_OK && tailing->stream.status != 200 &&
            (!tail_refused(tailing, &code) || !ever)) {
            return code;
        }
        wait_s = tailing->connected                 ? 1
                 : wait_s * 2 < CLI_TAIL_WAIT_S_MAX ? wait_s * 2
                                                    : CLI_TAIL_WAIT_S_MAX;
        tail_lost(tailing, wait_s);
        tail_wait(wait_s);
    }
    return EXIT_ENDED;
}

int cli_tail(const struct cli_options *options, struct slice path)
{
    static char memory[CLI_PATH_SIZE_MAX];
    struct sigaction action = {.sa_handler = tail_interrupt};
    struct tailing tailing = {.options = options, .screen = cli_screen_of_stdout()};
    if (!slice_copy_text(path, memory, sizeof(memory))) {
        (void)fprintf(stderr, "thaw: the question is too long\n");
        return EXIT_WRONG;
    }
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    cli_events_init(&tailing.events);
    buf_init_growing(&tailing.out, CLI_EVENT_SIZE_MAX * 8);
    tailing.stream = (struct cli_http_stream){
        .endpoint = options->endpoint,
        .path = memory,
        .token = options->token,
        .take = tail_bytes,
        .goes_on = tail_goes_on,
        .context = &tailing,
    };
    int code = tail_run(&tailing);
    buf_fini(&tailing.out);
    cli_events_fini(&tailing.events);
    return code;
}

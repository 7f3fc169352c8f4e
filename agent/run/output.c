/* SPDX-License-Identifier: Apache-2.0 */
#include "run/output.h"

#include "base/clock.h"
#include "base/ensure.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

/* A pipe that is writable takes this much without blocking. */
#define PIECE_MAX PIPE_BUF

/* So many pieces, and then the others have their turn. */
#define TURNS_MAX 16

/* Ours is full: whoever reads it is slow.  It may be a file, which cannot be watched. */
#define RETRY_NS AGENT_NS_MS(10)

/* The child's last words wait so long for a slow reader, each piece anew. */
#define FINISH_WAIT_MS 500

static void keep(struct output *output, struct slice part)
{
    /* What is beyond the longest line that is kept is passed on only. */
    struct slice fits = slice_take(part, sizeof(output->begun) - output->size);
    if (fits.size > 0) {
        memcpy(output->begun + output->size, fits.base, fits.size);
        output->size += fits.size;
    }
}

static void tell(struct output *output, struct slice line)
{
    if (slice_ends(line, SLICE("\r"))) {
        line.size--;
    }
    if (line.size > 0) {
        output->line(output->context, line);
    }
}

void output_split(struct output *output, struct slice bytes)
{
    while (bytes.size > 0) {
        size_t end = slice_find_byte(bytes, '\n');
        if (end == SLICE_NONE) {
            keep(output, bytes);
            return;
        }
        struct slice line = slice_take(bytes, end);
        if (output->size > 0) {
            keep(output, line);
            line = slice_of(output->begun, output->size);
            output->size = 0;
        }
        tell(output, line);
        bytes = slice_skip(bytes, end + 1);
    }
}

static bool writable(int fd, int wait_ms)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    return poll(&poller, 1, wait_ms) > 0;
}

/* All of it: a piece that is not larger than a pipe's atomic write goes at once or not at all, and
 * a reader that is gone is no reason to stop the child. */
static void write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0) {
            if (errno != EINTR && errno != EAGAIN) {
                return;
            }
            continue;
        }
        bytes += written;
        size -= (size_t)written;
    }
}

/* Whether there may be more. */
static bool pass_piece(struct output *output)
{
    unsigned char bytes[PIECE_MAX];
    if (!writable(output->target, 0)) {
        loop_forget(output->loop, &output->source);
        output->retry_ns = clock_monotonic_ns() + RETRY_NS;
        return false;
    }
    ssize_t got = read(output->source.fd, bytes, sizeof(bytes));
    if (got > 0) {
        write_all(output->target, bytes, (size_t)got);
        output_split(output, slice_of(bytes, (size_t)got));
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        loop_forget(output->loop, &output->source);
        close(output->source.fd);
        output->source.fd = -1;
        output->ended = true;
    }
    return false;
}

static void output_ready(void *context, unsigned events)
{
    struct output *output = context;
    (void)events;
    for (unsigned turn = 0; turn < TURNS_MAX && !output->ended && pass_piece(output); turn++) {
    }
}

void output_init(struct output *output, struct loop *loop, int source, int target,
                 output_line *line, void *context)
{
    output->loop = loop;
    output->source = (struct loop_source){.fd = source, .ready = output_ready, .context = output};
    output->target = target;
    output->ended = false;
    output->retry_ns = UINT64_MAX;
    output->line = line;
    output->context = context;
    output->size = 0;
    ENSURE(loop_watch(loop, &output->source, LOOP_READABLE) == STATUS_OK);
}

void output_time(struct output *output, uint64_t now_ns)
{
    if (!output->ended && now_ns >= output->retry_ns) {
        output->retry_ns = UINT64_MAX;
        ENSURE(loop_watch(output->loop, &output->source, LOOP_READABLE) == STATUS_OK);
    }
}

void output_finish(struct output *output)
{
    while (!output->ended && writable(output->target, FINISH_WAIT_MS) && pass_piece(output)) {
    }
    if (output->size > 0) {
        struct slice line = slice_of(output->begun, output->size);
        output->size = 0;
        tell(output, line);
    }
}

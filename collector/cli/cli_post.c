/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_post.h"

#include "cli/cli_http.h"
#include "cli/cli_limits.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "proto/wire.h"

/* zlib reads its input and does not change it; this makes its header say so. */
#define ZLIB_CONST
#include <zlib.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* What a collector says about a body that it had before (docs/reference/wire.md). */
#define POST_KNOWN "known: nothing was added"

/* One slot for what a line sends, and one for what waits for it. */
#define POST_SLOTS (2 * CLI_POST_LINES)

/* How often who waits looks whether the user wants to end. */
#define POST_LOOK_NS (UINT64_C(100) * 1000000)

/* 15 bits of window, and 16 for a gzip header; the fastest level: networks are slower. */
#define POST_WINDOW_BITS (15 + 16)
#define POST_MEMORY      8

enum slot_state { SLOT_FREE, SLOT_WAITS, SLOT_SENT };

struct slot {
    enum slot_state state;
    uint64_t number; /* The oldest goes first. */
    const char *path;
    struct buf body;
};

struct cli_post {
    struct cli_post_options options;
    bool gzip;
    pthread_mutex_t mutex; /* Guards all below. */
    pthread_cond_t changed;
    struct slot slots[POST_SLOTS];
    uint64_t number;
    bool closing;
    bool troubled; /* The user knows. */
    struct cli_post_result result;
    pthread_t threads[CLI_POST_LINES];
    unsigned thread_count;
};

bool cli_post_is_near(struct slice endpoint)
{
    static const struct slice names[] = {SLICE_INIT("localhost"), SLICE_INIT("127."),
                                         SLICE_INIT("[::1]")};
    size_t scheme = slice_find(endpoint, SLICE("://"));
    struct slice host = scheme == SLICE_NONE ? endpoint : slice_skip(endpoint, scheme + 3);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (slice_starts(host, names[i])) {
            return true;
        }
    }
    return false;
}

struct slice cli_post_words(struct slice answer)
{
    struct wire_read reader;
    struct wire_field field;
    struct slice words = SLICE_EMPTY;
    enum wire_answer read;
    wire_read_init(&reader, answer);
    while ((read = wire_read_next(&reader, &field)) == WIRE_FIELD) {
        if (field.number == 2 && field.type == WIRE_BYTES) {
            words = field.bytes;
        }
    }
    /* Else somebody else answered, in a language of his own. */
    return read == WIRE_END ? words : SLICE_EMPTY;
}

/* --- Under the lock. --- */

static void post_wait_locked(struct cli_post *post, uint64_t until_ns)
{
    struct timespec until = {
        .tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
        .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S),
    };
    (void)pthread_cond_timedwait(&post->changed, &post->mutex, &until);
}

static struct slot *post_find_locked(struct cli_post *post, enum slot_state state)
{
    struct slot *found = NULL;
    for (size_t i = 0; i < POST_SLOTS; i++) {
        struct slot *slot = &post->slots[i];
        if (slot->state == state && (found == NULL || slot->number < found->number)) {
            found = slot;
        }
    }
    return found;
}

static bool post_failed_locked(const struct cli_post *post)
{
    return post->result.status != STATUS_OK;
}

static void post_fail_locked(struct cli_post *post, enum status status, long http_status,
                             const char *error)
{
    if (!post_failed_locked(post)) {
        post->result.status = status;
        post->result.http_status = http_status;
        (void)snprintf(post->result.error, sizeof(post->result.error), "%s", error);
    }
    (void)pthread_cond_broadcast(&post->changed);
}

/* --- A line: a thread with a connection. --- */

/* Compress the body; false: it is sent as it is. */
static bool post_squeeze(struct slice body, struct buf *out)
{
    z_stream stream = {.next_in = NULL};
    buf_reset(out);
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, POST_WINDOW_BITS, POST_MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    size_t bound = deflateBound(&stream, body.size);
    unsigned char *room = buf_reserve(out, bound);
    bool squeezed = false;
    if (room != NULL) {
        stream.next_in = body.base;
        stream.avail_in = (uInt)body.size;
        stream.next_out = room;
        stream.avail_out = (uInt)bound;
        squeezed = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        buf_commit(out, squeezed ? stream.total_out : 0);
    }
    (void)deflateEnd(&stream);
    return squeezed;
}

/* What an answer, or none, means for the body: OK, AGAIN (try later), or why not. */
static enum status post_judge(enum status status, const struct cli_http_post *sent)
{
    if (status != STATUS_OK) {
        return status == STATUS_IO ? STATUS_AGAIN : STATUS_BAD;
    }
    switch (sent->status) {
    case 200:
        return STATUS_OK;
    case 401:
    case 403:
        return STATUS_DENIED;
    case 429:
    case 502:
    case 503:
    case 504:
        return STATUS_AGAIN;
    default:
        return STATUS_BAD;
    }
}

/* Why a body was not taken: "503: the disk is full", or why nobody answered. */
static void post_reason(const struct cli_http_post *sent, char *text, size_t size)
{
    struct slice words = cli_post_words(buf_bytes(sent->answer));
    if (sent->status == 0) {
        (void)snprintf(text, size, "%s", sent->error);
    } else if (words.size == 0) {
        (void)snprintf(text, size, "%ld", sent->status);
    } else {
        (void)snprintf(text, size, "%ld: " SLICE_FMT, sent->status, SLICE_ARG(words));
    }
}

/* Pause before the next attempt; false: there is none, the failure is told. */
static bool post_pause(struct cli_post *post, const struct cli_http_post *sent, unsigned attempt,
                       uint64_t begun_ns)
{
    char text[256];
    uint64_t pause_ms = (uint64_t)CLI_POST_PAUSE_MS_MIN << (attempt < 8 ? attempt : 8);
    pause_ms = pause_ms > CLI_POST_PAUSE_MS_MAX ? CLI_POST_PAUSE_MS_MAX : pause_ms;
    if (sent->retry_after_s > 0) {
        pause_ms = (uint64_t)sent->retry_after_s * 1000;
    }
    uint64_t until_ns = clock_monotonic_ns() + pause_ms * CLOCK_NS_PER_MS;
    post_reason(sent, text, sizeof(text));
    (void)pthread_mutex_lock(&post->mutex);
    /* A short pause of a busy collector is nothing to talk about. */
    if (attempt >= 3 && !post->troubled) {
        post->troubled = true;
        post->options.trouble(text);
    }
    while (!post_failed_locked(post) && clock_monotonic_ns() < until_ns) {
        if (post->options.stopped()) {
            post_fail_locked(post, STATUS_CLOSED, 0, "stopped");
        } else {
            post_wait_locked(post, clock_monotonic_ns() + POST_LOOK_NS);
        }
    }
    if (clock_monotonic_ns() - begun_ns > CLI_POST_PATIENCE_NS) {
        post_fail_locked(post, STATUS_IO, sent->status, text);
    }
    bool goes_on = !post_failed_locked(post);
    (void)pthread_mutex_unlock(&post->mutex);
    return goes_on;
}

static void post_done(struct cli_post *post, const struct cli_http_post *sent, uint64_t bytes)
{
    bool known = slice_find(buf_bytes(sent->answer), SLICE(POST_KNOWN)) != SLICE_NONE;
    (void)pthread_mutex_lock(&post->mutex);
    post->result.bodies++;
    post->result.bytes += bytes;
    post->result.known += known ? 1 : 0;
    post->troubled = false;
    (void)pthread_mutex_unlock(&post->mutex);
}

/* Send one body until it is acknowledged or there is no more hope. */
static void post_one(struct cli_post *post, struct cli_http_line *line, const struct slot *slot,
                     struct buf *packed)
{
    unsigned char memory[CLI_POST_ANSWER_MAX];
    struct buf answer;
    struct cli_http_post sent = {.path = slot->path, .answer = &answer};
    struct slice body = buf_bytes(&slot->body);
    uint64_t begun_ns = clock_monotonic_ns();
    buf_init_fixed(&answer, memory, sizeof(memory));
    sent.gzip = post->gzip && post_squeeze(body, packed);
    sent.body = sent.gzip ? buf_bytes(packed) : body;
    for (unsigned attempt = 0;; attempt++) {
        sent.status = 0;
        sent.retry_after_s = 0;
        enum status status = post_judge(cli_http_post(line, &sent), &sent);
        if (status == STATUS_OK) {
            post_done(post, &sent, body.size);
            return;
        }
        if (status != STATUS_AGAIN) {
            char text[256];
            post_reason(&sent, text, sizeof(text));
            (void)pthread_mutex_lock(&post->mutex);
            post_fail_locked(post, status, sent.status, text);
            (void)pthread_mutex_unlock(&post->mutex);
            return;
        }
        if (!post_pause(post, &sent, attempt, begun_ns)) {
            return;
        }
    }
}

static void *post_run(void *context)
{
    struct cli_post *post = context;
    struct buf packed;
    struct cli_http_line *line = cli_http_open(post->options.endpoint, post->options.token);
    buf_init_growing(&packed, (size_t)CLI_IMPORT_BODY_SIZE * 4);
    (void)pthread_mutex_lock(&post->mutex);
    if (line == NULL) {
        post_fail_locked(post, STATUS_BAD, 0, "the token is none, or there is no memory");
    }
    for (;;) {
        struct slot *slot = post_find_locked(post, SLOT_WAITS);
        if (slot == NULL && post->closing) {
            break;
        }
        if (slot == NULL) {
            (void)pthread_cond_wait(&post->changed, &post->mutex);
            continue;
        }
        if (!post_failed_locked(post)) {
            slot->state = SLOT_SENT;
            (void)pthread_mutex_unlock(&post->mutex);
            post_one(post, line, slot, &packed);
            (void)pthread_mutex_lock(&post->mutex);
        }
        slot->state = SLOT_FREE;
        (void)pthread_cond_broadcast(&post->changed);
    }
    (void)pthread_mutex_unlock(&post->mutex);
    buf_fini(&packed);
    cli_http_close(line);
    return NULL;
}

/* --- For the thread that made it. --- */

static bool post_init_locks(struct cli_post *post)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) {
        return false;
    }
    bool ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                 pthread_cond_init(&post->changed, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    if (ready && pthread_mutex_init(&post->mutex, NULL) != 0) {
        (void)pthread_cond_destroy(&post->changed);
        ready = false;
    }
    return ready;
}

struct cli_post *cli_post_create(const struct cli_post_options *options)
{
    struct cli_post *post = calloc(1, sizeof(*post));
    if (post == NULL || !post_init_locks(post)) {
        free(post);
        return NULL;
    }
    post->options = *options;
    post->gzip = !cli_post_is_near(slice_from(options->endpoint));
    for (size_t i = 0; i < POST_SLOTS; i++) {
        /* The encoder may go over its mark by one record. */
        buf_init_growing(&post->slots[i].body, (size_t)CLI_IMPORT_BODY_SIZE * 16);
    }
    while (post->thread_count < CLI_POST_LINES &&
           pthread_create(&post->threads[post->thread_count], NULL, post_run, post) == 0) {
        post->thread_count++;
    }
    if (post->thread_count == 0) {
        struct cli_post_result result;
        cli_post_finish(post, &result);
        return NULL;
    }
    return post;
}

bool cli_post_send(struct cli_post *post, const char *path, struct slice body)
{
    (void)pthread_mutex_lock(&post->mutex);
    struct slot *slot = NULL;
    while (!post_failed_locked(post) && slot == NULL) {
        slot = post_find_locked(post, SLOT_FREE);
        if (slot != NULL) {
            break;
        }
        post_wait_locked(post, clock_monotonic_ns() + POST_LOOK_NS);
    }
    bool goes_on = !post_failed_locked(post);
    if (goes_on) {
        ENSURE(slot != NULL);
        buf_reset(&slot->body);
        buf_append(&slot->body, body);
        slot->path = path;
        slot->number = ++post->number;
        slot->state = SLOT_WAITS;
        if (buf_overflowed(&slot->body)) {
            slot->state = SLOT_FREE;
            post_fail_locked(post, STATUS_FULL, 0, "no memory");
            goes_on = false;
        }
        (void)pthread_cond_broadcast(&post->changed);
    }
    (void)pthread_mutex_unlock(&post->mutex);
    return goes_on;
}

void cli_post_finish(struct cli_post *post, struct cli_post_result *result)
{
    (void)pthread_mutex_lock(&post->mutex);
    post->closing = true;
    (void)pthread_cond_broadcast(&post->changed);
    (void)pthread_mutex_unlock(&post->mutex);
    for (unsigned i = 0; i < post->thread_count; i++) {
        (void)pthread_join(post->threads[i], NULL);
    }
    *result = post->result;
    for (size_t i = 0; i < POST_SLOTS; i++) {
        buf_fini(&post->slots[i].body);
    }
    (void)pthread_cond_destroy(&post->changed);
    (void)pthread_mutex_destroy(&post->mutex);
    free(post);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail.h"

#include "api/api_call.h"
#include "base/clock.h"
#include "self/counters.h"
#include "tail/tail_event.h"
#include "tail/tail_private.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of Last-Event-ID that are looked at. */
#define LAST_SIZE 64u

/* ---- What a client is told. ---- */

static enum tail_find find_batch(void *context, uint64_t id, struct tail_batch **batch,
                                 uint64_t *first_id)
{
    struct tail_follower *follower = context;
    struct tail *tail = follower->tail;
    (void)pthread_mutex_lock(&tail->mutex);
    *first_id = tail->ring.first_id;
    enum tail_find found = tail_ring_find(&tail->ring, id, batch);
    (void)pthread_mutex_unlock(&tail->mutex);
    return found;
}

static bool write_line(void *context, const struct tail_batch *batch, uint32_t index,
                       struct buf *out)
{
    const struct tail_follower *follower = context;
    const struct tail_line *line = &tail_lines_of(batch)->lines[index];
    if (!tail_filter_wants(follower->filter, line)) {
        return false;
    }
    tail_event_write(line, out);
    return true;
}

static void fill(struct tail_follower *follower)
{
    const struct tail_source source = {find_batch, write_line, follower};
    buf_reset(&follower->waiting);
    follower->sent = 0;
    if (follower->over) {
        return;
    }
    enum tail_turn turn =
        tail_client_turn(&follower->client, &source, clock_monotonic_ns(),
                         atomic_load(&follower->tail->stopping), &follower->waiting);
    follower->over = turn == TAIL_OVER;
    if (follower->over && !atomic_load(&follower->tail->stopping)) {
        counters_add(COUNTER_TAIL_DROPPED, 1);
    }
    atomic_store(&follower->due_ns, tail_client_due_ns(&follower->client));
}

static size_t follower_read(void *context, unsigned char *room, size_t size)
{
    struct tail_follower *follower = context;
    if (follower->sent == follower->waiting.size) {
        fill(follower);
    }
    struct slice rest = slice_skip(buf_bytes(&follower->waiting), follower->sent);
    if (rest.size == 0) {
        return follower->over ? WEB_STREAM_END : 0;
    }
    rest = slice_take(rest, size);
    memcpy(room, rest.base, rest.size);
    follower->sent += rest.size;
    return rest.size;
}

static void follower_free(struct tail_follower *follower)
{
    tail_filter_free(follower->filter);
    buf_fini(&follower->waiting);
    free(follower);
}

static void follower_close(void *context)
{
    struct tail_follower *follower = context;
    tail_leave(follower->tail, follower);
    follower_free(follower);
}

/* ---- Who asks. ---- */

static void refuse_memory(struct api_call *call)
{
    api_call_refuse(call, 503, "busy", "try again", "out of memory");
}

/* The last event that was seen: a header of browsers, a parameter of others; NULL: none. */
static const char *last_seen(const struct api_call *call, char text[LAST_SIZE])
{
    struct slice value = api_call_text(call, "last_event_id");
    if (value.size == 0 && !web_header(call->request, "Last-Event-ID", &value)) {
        return NULL;
    }
    if (value.size == 0) {
        return NULL;
    }
    (void)slice_copy_text(value, text, LAST_SIZE);
    return text;
}

static void know_parameter(void *context, struct slice name, struct slice value)
{
    static const struct slice known[] = {SLICE_INIT("q"), SLICE_INIT("rate"),
                                         SLICE_INIT("last_event_id")};
    struct slice *unknown = context;
    (void)value;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (slice_equal(known[i], name)) {
            return;
        }
    }
    *unknown = name.size > 0 ? slice_take(name, 64) : SLICE("?");
}

static struct tail_follower *follower_create(struct api_call *call, struct tail *tail)
{
    char reason[256];
    struct tail_follower *follower = calloc(1, sizeof(*follower));
    if (follower == NULL) {
        refuse_memory(call);
        return NULL;
    }
    follower->tail = tail;
    buf_init_growing(&follower->waiting, TAIL_WAITING_MAX);
    enum status status =
        tail_filter_create(&follower->filter, api_call_text(call, "q"), reason, sizeof(reason));
    if (status == STATUS_OK) {
        return follower;
    }
    follower_free(follower);
    if (status == STATUS_BAD) {
        api_call_refuse(call, 400, "bad_query", "see docs/reference/api.md", "%s", reason);
    } else {
        refuse_memory(call);
    }
    return NULL;
}

void tail_handle(struct tail *tail, struct web_request *request)
{
    struct api_call call = {.request = request, .arena = web_arena(request)};
    struct slice unknown = SLICE_EMPTY;
    uint64_t per_second;
    char last[LAST_SIZE];
    web_query_each(request, know_parameter, &unknown);
    if (unknown.size > 0) {
        api_call_refuse(&call, 400, "unknown_parameter", "see docs/reference/api.md",
                        "there is no parameter \"" SLICE_FMT "\" here, only: q rate last_event_id",
                        SLICE_ARG(unknown));
        return;
    }
    if (!api_call_number(&call, "rate", 1, TAIL_RATE_MAX, TAIL_RATE_DEFAULT, &per_second)) {
        return;
    }
    struct tail_follower *follower = follower_create(&call, tail);
    if (follower == NULL) {
        return;
    }
    if (!tail_join(tail, follower, last_seen(&call, last), (uint32_t)per_second)) {
        follower_free(follower);
        web_refuse(request, &(struct web_refusal){
                                .status = 503,
                                .code = "too_many",
                                .message = "too many follow already",
                                .hint = "close a page that follows",
                                .retry_after_s = 5,
                            });
        return;
    }
    const struct web_stream_source source = {follower_read, follower_close, follower};
    struct web_stream *stream = web_stream(request, "text/event-stream", &source);
    if (stream == NULL) {
        follower_close(follower);
        return;
    }
    (void)pthread_mutex_lock(&tail->mutex);
    follower->stream = stream;
    (void)pthread_mutex_unlock(&tail->mutex);
}

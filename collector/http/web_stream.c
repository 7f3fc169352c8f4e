/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web_stream.h"

#include "base/clock.h"
#include "http/http_limits.h"
#include "http/web_private.h"

#include <stdlib.h>
#include <time.h>

/*
 * Invariants, under web.mutex:
 *  1. asleep: the connection is suspended; else it is not.
 *  2. woken: somebody has called web_stream_wake() since the latest read() began.
 *  3. Once web.streams_ending is set nothing falls asleep any more.
 */
struct web_stream {
    struct web_request *request;
    struct web_stream_source source;
    struct web_stream *before, *after; /* In web.streams. */
    bool asleep, woken;
};

static void stream_link(struct web *web, struct web_stream *stream)
{
    stream->after = web->streams;
    if (web->streams != NULL) {
        web->streams->before = stream;
    }
    web->streams = stream;
}

static void stream_unlink(struct web *web, struct web_stream *stream)
{
    if (stream->before != NULL) {
        stream->before->after = stream->after;
    } else {
        web->streams = stream->after;
    }
    if (stream->after != NULL) {
        stream->after->before = stream->before;
    }
}

static void stream_resume(struct web_stream *stream)
{
    stream->woken = true;
    if (stream->asleep) {
        stream->asleep = false;
        web_resume(stream->request);
    }
}

/* The library asks for more; -1 ends the answer. */
static ssize_t stream_read(void *context, uint64_t position, char *room, size_t size)
{
    struct web_stream *stream = context;
    struct web *web = stream->request->web;
    (void)position;
    (void)pthread_mutex_lock(&web->mutex);
    stream->woken = false;
    bool ending = web->streams_ending;
    (void)pthread_mutex_unlock(&web->mutex);
    sweep_set(web->sweep, stream->request->sweep, SWEEP_BUSY,
              clock_monotonic_ns() + HTTP_STREAM_STALL_NS);
    size_t got = stream->source.read(stream->source.context, (unsigned char *)room, size);
    if (got == WEB_STREAM_END || (got == 0 && ending)) {
        return -1;
    }
    if (got == 0) {
        (void)pthread_mutex_lock(&web->mutex);
        if (!stream->woken && !web->streams_ending) {
            stream->asleep = true;
            web_suspend(stream->request);
        }
        (void)pthread_mutex_unlock(&web->mutex);
    }
    return (ssize_t)got;
}

struct web_stream *web_stream(struct web_request *request, const char *content_type,
                              const struct web_stream_source *source)
{
    struct web *web = request->web;
    struct web_stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        web_refuse(request, &web_refusal_busy);
        return NULL;
    }
    stream->request = request;
    stream->source = *source;
    if (!web_prepare_stream(request, content_type, stream_read, stream)) {
        free(stream);
        web_refuse(request, &web_refusal_busy);
        return NULL;
    }
    (void)pthread_mutex_lock(&web->mutex);
    request->stream = stream;
    stream_link(web, stream);
    (void)pthread_mutex_unlock(&web->mutex);
    return stream;
}

void web_stream_wake(struct web_stream *stream)
{
    struct web *web = stream->request->web;
    (void)pthread_mutex_lock(&web->mutex);
    stream_resume(stream);
    (void)pthread_mutex_unlock(&web->mutex);
}

void web_stream_close(struct web_stream *stream)
{
    struct web *web = stream->request->web;
    (void)pthread_mutex_lock(&web->mutex);
    stream_unlink(web, stream);
    (void)pthread_mutex_unlock(&web->mutex);
    stream->source.close(stream->source.context);
    free(stream);
}

void web_stream_end_all(struct web *web)
{
    (void)pthread_mutex_lock(&web->mutex);
    web->streams_ending = true;
    for (struct web_stream *stream = web->streams; stream != NULL; stream = stream->after) {
        stream_resume(stream);
    }
    for (unsigned i = 0; i < HTTP_SETTLE_PAUSES && web->streams != NULL; i++) {
        static const struct timespec pause = {0, HTTP_SETTLE_PAUSE_NS};
        (void)pthread_mutex_unlock(&web->mutex);
        (void)nanosleep(&pause, NULL);
        (void)pthread_mutex_lock(&web->mutex);
    }
    (void)pthread_mutex_unlock(&web->mutex);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_HTTP_WEB_STREAM_H
#define THAW_COLLECTOR_HTTP_WEB_STREAM_H

#include "http/web.h"

#include <stddef.h>

/*
 * An answer that goes on for as long as somebody reads it.  What is to be sent is asked for when
 * the connection takes more; where there is nothing it sleeps, holding no thread, until it is
 * woken.  Whoever stops reading is cut after a while (HTTP_STREAM_STALL_NS), so a source must have
 * something to send more often than that.
 *
 *     handler -> web_stream() --> read() ---0---> sleeps
 *                                  ^ |             |
 *                                  +-+ <-----------+ web_stream_wake()
 *                                  |
 *                                  +--> close(), exactly once: after WEB_STREAM_END, when the other
 *                                       side has gone, or when the server stops
 */
#define WEB_STREAM_END ((size_t)-1)

struct web_stream_source {
    /* Fill room with the next bytes, at most size: their number, 0 for none now, or WEB_STREAM_END.
     * On the server's threads, one at a time; must not wait for anything. */
    size_t (*read)(void *context, unsigned char *room, size_t size);
    void (*close)(void *context);
    void *context;
};

struct web_stream; /* Lives until close() is called. */

/*
 * Answer a request, which is gone afterwards, with 200 and what the source has.  NULL: there was no
 * memory, the request was refused, and close() is not called.
 */
struct web_stream *web_stream(struct web_request *request, const char *content_type,
                              const struct web_stream_source *source) THAW_CHECK;

/* There may be something to send; any thread, but not inside of read(), and not once close() was
 * called: who wakes holds a lock that close() takes. */
void web_stream_wake(struct web_stream *stream);

#endif

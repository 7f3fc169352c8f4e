/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "http/web_private.h"

#include <stddef.h>
#include <unistd.h>

/* On which thread a request is handled.  Those of the library have the connections: whoever's
 * handler takes long there holds up all that are with the same one, telemetry that comes in most
 * of all. */

void web_call(struct web_request *request)
{
    const struct web_route *route = request->route;
    route->handle(route->context != NULL ? route->context : request->web->context, request);
}

void web_desk_put(struct web_request *request)
{
    web_suspend(request);
    desk_put(request->web->desk, &request->waiting, request->route->lane == WEB_SLOW);
}

/* The connection goes on when the handler is done with the request, not when it has answered: until
 * then both may use it. */
static void web_desk_work(void *context, struct desk_item *item)
{
    struct web *web = context;
    struct web_request *request =
        (struct web_request *)((char *)item - offsetof(struct web_request, waiting));
    web_call(request);
    (void)pthread_mutex_lock(&web->mutex);
    if (request->state == WEB_ANSWERED) {
        web_resume(request);
    } else {
        ENSURE(request->keeps);
        request->state = WEB_KEPT;
    }
    (void)pthread_mutex_unlock(&web->mutex);
}

unsigned web_desk_threads(const struct web_options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return options->threads > 0 ? options->threads : processors > 2 ? (unsigned)processors : 2;
}

enum status web_desk_start(struct web *web, const struct web_options *options)
{
    return desk_start(&web->desk, web_desk_threads(options) + 1, web_desk_work, web);
}

void web_desk_stop(struct web *web)
{
    desk_stop(web->desk);
    web->desk = NULL;
}

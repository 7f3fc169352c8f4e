/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_limits.h"
#include "http/web_private.h"

#include <sys/socket.h>
#include <time.h>

/* Whoever has been idle for longest goes, one for each that comes; until they are gone there may be
 * a few more than the limit. */
bool web_make_room(void *context)
{
    struct web *web = context;
    size_t count = atomic_load(&web->connections);
    if (count < web->connections_max) {
        return true;
    }
    (void)sweep_evict(web->sweep);
    return count < web->connections_max + HTTP_CONNECTIONS_SLACK;
}

/* Everybody there is busy: the answer that a request would get, where it can be said without a
 * handshake. */
void web_turn_away(void *context, int socket)
{
    static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                 "Retry-After: 2\r\n"
                                 "Content-Length: 0\r\n"
                                 "Connection: close\r\n\r\n";
    const struct web *web = context;
    char unread[4096];
    if (web->tls == NULL) {
        (void)!send(socket, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(socket, SHUT_WR);
        (void)!recv(socket, unread, sizeof(unread), MSG_DONTWAIT); /* Else the answer is lost. */
    }
}

void web_settle(struct web *web)
{
    const struct timespec pause = {.tv_nsec = HTTP_SETTLE_PAUSE_NS};
    unsigned left = HTTP_SETTLE_PAUSES;
    while (atomic_load(&web->entering) > 0 && left > 0) {
        (void)nanosleep(&pause, NULL);
        left--;
    }
}

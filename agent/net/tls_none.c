/* SPDX-License-Identifier: Apache-2.0 */

/* A build without TLS: settings refuse https, so nothing else is ever called. */
#include "net/tls.h"

#include "base/ensure.h"

enum status tls_check_roots(struct slice path)
{
    (void)path;
    return STATUS_OK;
}

struct tls *tls_create(const char *host, struct slice roots_path)
{
    (void)host;
    (void)roots_path;
    return NULL;
}

enum status tls_open(struct tls *tls, int fd)
{
    (void)fd;
    ENSURE(tls != NULL);
    return STATUS_FULL;
}

enum tls_answer tls_handshake(struct tls *tls)
{
    ENSURE(tls != NULL);
    return TLS_BROKEN;
}

enum tls_answer tls_send(struct tls *tls, struct slice head, struct slice body, size_t *sent)
{
    (void)head;
    (void)body;
    (void)sent;
    ENSURE(tls != NULL);
    return TLS_BROKEN;
}

enum tls_answer tls_receive(struct tls *tls, void *place, size_t room, size_t *got)
{
    (void)place;
    (void)room;
    (void)got;
    ENSURE(tls != NULL);
    return TLS_BROKEN;
}

bool tls_try_again(struct tls *tls)
{
    ENSURE(tls != NULL);
    return false;
}

bool tls_has_more(const struct tls *tls)
{
    ENSURE(tls != NULL);
    return false;
}

void tls_close(struct tls *tls)
{
    ENSURE(tls != NULL);
}

void tls_forget(struct tls *tls)
{
    ENSURE(tls != NULL);
}

const char *tls_reason(const struct tls *tls)
{
    ENSURE(tls != NULL);
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_POSTER_H
#define THAW_SANDBOX_POSTER_H

#include "base/slice.h"
#include "base/status.h"
#include "sandbox/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * POSTs telemetry to listeners inside of instances.  The only file that knows
 * libcurl.  One thread, driven by the loop.
 *
 * A target is one listener: its connection is kept between posts, and there is
 * at most one post at a time.  The socket is made by a function of the
 * instance, because it must be born in the instance's network namespace.
 * Deliveries of log streams go the same way, from our own network.
 */
struct poster;
struct poster_target;

/* Make a TCP socket where the target is; -1 if that fails. */
typedef int poster_socket(void *owner);

/* The post ended: answered with a status of 2xx, or not. */
typedef void poster_done(void *owner, bool success);

struct poster_place {
    const char *url;         /* With an address that needs no name service. */
    const char *host_header; /* "sandbox.localdomain:8124"; NULL: of the URL. */
    const char *encoding;    /* Of the bodies: "gzip"; NULL: none. */
    bool sequence;           /* Say Sequence-Id. */
    poster_socket *socket;   /* NULL: of our own network. */
    poster_done *done;
    void *owner;
};

enum status poster_create(struct poster **out, struct loop *loop) THAW_CHECK;
void poster_free(struct poster *poster);

/* A target.  STATUS_BAD if the URL is none. */
enum status poster_target_create(struct poster *poster, const struct poster_place *place,
                                 struct poster_target **out) THAW_CHECK;

/* A post under way is given up; done is not called. */
void poster_target_free(struct poster_target *target);

/* POST the body as application/json.  It is copied.  done is called later, once. */
void poster_post(struct poster_target *target, struct slice body);

#endif

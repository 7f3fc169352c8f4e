/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_CLOUDWATCH_H
#define THAW_SANDBOX_CLOUDWATCH_H

#include "base/prng.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/config.h"
#include "sandbox/loop.h"

#include <stdint.h>

/*
 * Gives log streams out as the log service does: every so often what each
 * stream has got since goes into an export (cloudwatch.export) and to a
 * subscription (cloudwatch.subscription), which may have batches again and out
 * of order, as a service has that delivers at least once.
 *
 * A batch is delivered until it is answered with a status of 2xx; while one
 * waits, the others wait behind it.  Driven by the loop; one thread.
 */
struct cloudwatch;
struct cloudwatch_stream;
struct poster;

/* What it stands on. */
struct cloudwatch_ground {
    struct loop *loop;
    struct poster *poster;
    const struct config_cloudwatch *config;
    const char *account;
    uint64_t wall_offset_ns;
};

/* STATUS_BAD: the subscription is no URL that we can reach. */
enum status cloudwatch_create(struct cloudwatch **out,
                              const struct cloudwatch_ground *ground) THAW_CHECK;
void cloudwatch_free(struct cloudwatch *cloudwatch); /* NULL is fine. */

/* A new stream of the function's group. */
struct cloudwatch_stream *cloudwatch_open(struct cloudwatch *cloudwatch, const char *function,
                                          const char *name);
void cloudwatch_log(struct cloudwatch_stream *stream, uint64_t wall_ns, struct slice message);

/* Nothing more comes; what there is will be delivered.  NULL is fine. */
void cloudwatch_close(struct cloudwatch_stream *stream);

/* Deliver what is left, and stop the loop when that is done or has taken too long. */
void cloudwatch_finish(struct cloudwatch *cloudwatch);

#endif

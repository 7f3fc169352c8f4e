/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_TAIL_TAIL_H
#define THAW_COLLECTOR_TAIL_TAIL_H

#include "base/slice.h"
#include "base/status.h"
#include "http/web.h"
#include "model/record.h"

#include <stdint.h>

/*
 * What is acknowledged, as it comes, to those who follow it: GET /api/thaw/v1/tail, server-sent
 * events (docs/reference/api.md).
 *
 *     writer's thread          tail's thread                    the server's threads
 *       | tail_offer(): a copy   |                                |
 *       |----------------------->| decodes, tail_ring_add()       |
 *       |                        | web_stream_wake() ------------>| tail_client_turn(): filters,
 *       |                        |                                |   writes, in its own buffer
 *
 * The writer copies the bytes of a body with lines and goes on; where nobody follows it does not
 * even do that.  Nothing that a client does, or does not do, is waited for.
 */
struct tail;

/* NULL without memory or threads. */
struct tail *tail_create(void) THAW_CHECK;
/* When no stream is left: after web_stop().  NULL is fine. */
void tail_free(struct tail *tail);

/* A body was acknowledged: its bytes are copied, if anybody wants them.  Any thread; does not
 * wait. */
void tail_offer(struct tail *tail, enum signal signal, struct slice body, size_t line_count);

/* Answer GET /api/thaw/v1/tail. */
void tail_handle(struct tail *tail, struct web_request *request);

/* Tell all who follow that it ends; nobody may begin any more. */
void tail_stop(struct tail *tail);

#endif

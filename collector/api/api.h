/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_H
#define THAW_COLLECTOR_API_API_H

#include "cost/prices.h"
#include "http/web.h"
#include "model/view.h"
#include "store/store.h"

#include <stdint.h>

/*
 * The collector's own API, docs/reference/api.md: GET below /api/thaw/v1/.  A request is parsed and
 * refused here, asked of query/, and its answer written as JSON with an ETag of its content.
 * Handlers run on the server's threads, several at once.
 */
struct api;

struct api_options {
    struct view *view;
    struct store *store;
    const struct prices *prices;
    const struct declared *declared;      /* NULL: nothing is. */
    struct hash_key key;                  /* For tables of what senders chose. */
    uint64_t (*now_ns)(void);             /* The wall clock; NULL: the system's. */
    const struct deploys_source *deploys; /* NULL: nobody knows any. */
};

/* What the options point to must outlive it.  NULL without memory. */
struct api *api_create(const struct api_options *options) __attribute__((warn_unused_result));
void api_free(struct api *api); /* NULL is fine. */

/* Answer any GET request whose path begins with /api/thaw/v1/. */
void api_handle(struct api *api, struct web_request *request);

/* Refuse a POST request to such a path: this version only answers questions. */
void api_handle_post(struct web_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_API_H
#define THAW_SANDBOX_API_H

#include "sandbox/instance.h"
#include "sandbox/web.h"

/*
 * The APIs that an instance's processes call, in the platform's shapes:
 * runtime_api.c, extensions_api.c and telemetry_api.c, one function each.
 * Each answers the request or keeps it (next).  One thread.
 */

/* Paths below /2018-06-01/runtime/. */
void runtime_api_serve(struct instance *instance, struct web_request *request);

/* Paths below /2020-01-01/extension/. */
void extensions_api_serve(struct instance *instance, struct web_request *request);

/* PUT /2022-07-01/telemetry. */
void telemetry_api_serve(struct instance *instance, struct web_request *request);

/* {"errorMessage":...,"errorType":...} */
void api_error(struct web_request *request, unsigned status, const char *type, const char *message);

/* {"status":"OK"} */
void api_accepted(struct web_request *request);

/* Where a request from inside of an instance goes. */
void api_serve(struct instance *instance, struct web_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_FRONT_H
#define THAW_SANDBOX_FRONT_H

#include "sandbox/platform.h"
#include "sandbox/web.h"

/*
 * What our own port serves: lambda_api.c (invoke), http_source.c (/http/...),
 * sqs_api.c (queues), fan_api.c (topics and buses) and control.c (/sandbox/...).  Each function
 * answers the request or keeps it.  One thread.
 */

/* Paths below /2015-03-31/functions/. */
void lambda_api_serve(struct platform *platform, struct web_request *request);

/* Paths below /http/. */
void http_source_serve(struct platform *platform, struct web_request *request);

/* Requests with X-Amz-Target: AmazonSQS.... */
void sqs_api_serve(struct platform *platform, struct web_request *request, struct slice action);

/* Forms posted to /: the query protocol of topics. */
void fan_api_serve_form(struct platform *platform, struct web_request *request);

/* Requests with X-Amz-Target: AWSEvents.PutEvents. */
void fan_api_serve_bus(struct platform *platform, struct web_request *request);

/* Paths below /sandbox/. */
void control_serve(struct platform *platform, struct web_request *request);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SAMPLE_PRICING_LIMITS_H
#define THAW_SAMPLE_PRICING_LIMITS_H

/* An answer of the Runtime API: its headers and an order of some thousand items. */
#define ANSWER_SIZE_MAX ((size_t)256 * 1024)

/* A request that we make: its headers and what we post. */
#define REQUEST_SIZE_MAX ((size_t)16 * 1024)

/* What we post: a quote, an error or a span. */
#define RESULT_BODY_SIZE_MAX ((size_t)4 * 1024)

/* Where we post it: the path with a request id of 36 characters. */
#define RESULT_PATH_SIZE 256

/* What is answered to that: a status and a few headers. */
#define RESULT_ANSWER_SIZE_MAX ((size_t)8 * 1024)

/* As much of an unknown item as an error message shows. */
#define SKU_SHOWN_SIZE_MAX 64

/* What a log line says; more is cut off. */
#define LOG_TEXT_SIZE 256

/* Nesting of an order: the event, its items, an item, and room for what others add. */
#define ORDER_DEPTH_MAX 16

/* One order of one item, so that no total can overflow. */
#define QUANTITY_MAX 1000

/* How long the span of an invocation may keep the invocation waiting. */
#define SPAN_TIMEOUT_MS 500

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_BASE_LIMITS_H
#define THAW_BASE_BASE_LIMITS_H

/*
 * The limits of base/ and their reasons.
 */

/* Nesting of JSON, read and written.  OTLP's values nest to 32 levels (proto_limits.h), each of
 * which costs up to four levels of JSON, and the records around them need a dozen. */
#define JSON_DEPTH_MAX 256

/* One log line.  Lines up to PIPE_BUF are written whole even when several processes share the
 * pipe. */
#define LOG_LINE_SIZE_MAX 4096

/* List members that a tracestate may have (W3C Trace Context 3.3.1.1). */
#define TRACESTATE_MEMBER_COUNT_MAX 32

/* Fields of an X-Ray header that we look at; more make it malformed.  AWS sends up to five. */
#define XRAY_FIELD_COUNT_MAX 32

/* Bytes of an X-Ray header.  AWS's load balancer rewrites headers above 7 KiB. */
#define XRAY_HEADER_SIZE_MAX 8192

#endif

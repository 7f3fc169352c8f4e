/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_PROTO_LIMITS_H
#define THAW_PROTO_PROTO_LIMITS_H

/*
 * The limits of proto/ and their reasons.
 */

/* Levels of AnyValue inside of AnyValue.  protobuf-c recurses two or three calls per level: 5000
 * levels end a thread of 8 MiB, 200 levels one of 256 KiB.  Real attributes nest to about five. */
#define OTLP_VALUE_DEPTH_MAX 32

/* Messages inside of messages: each level of a value is at most three of them (value, list, pair),
 * and the records around them need eight. */
#define OTLP_MESSAGE_DEPTH_MAX (OTLP_VALUE_DEPTH_MAX * 3 + 8)

/* Heap that unpacking one body may need.  2 MiB of empty spans need 216 MiB, so the size of the
 * body says nothing; this is what one request may cost. */
#define OTLP_UNPACKED_SIZE_MAX (UINT64_C(256) << 20)

/* The largest submessage that wire_write_close() accepts: five bytes of length hold it. */
#define WIRE_MESSAGE_SIZE_MAX (UINT64_C(1) << 31)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_LIMITS_H
#define THAW_HTTP_LIMITS_H

#include <stdint.h>

/*
 * The limits of http/ and their reasons.
 */

/* Memory of a connection for request line, headers and pieces of body.  Measured: 16 to 32 KiB is
 * fastest for bodies and costs 33 KB an idle connection. */
#define HTTP_CONNECTION_SIZE (32u << 10)

/* Connections at a time unless told, as far as the process may open files; at 33 KB each, 44 with
 * TLS. */
#define HTTP_CONNECTIONS_MAX 32768u

/* Connections above that while others are being closed to make room. */
#define HTTP_CONNECTIONS_SLACK 256u

/* Connections that are let in before somebody else has a turn, and how long none are asked for when
 * the system has no descriptors. */
#define HTTP_ACCEPT_BURST    64u
#define HTTP_ACCEPT_PAUSE_MS 100

/* At the end, how often and how long connections that were just let in are waited for: a second. */
#define HTTP_SETTLE_PAUSES   1000u
#define HTTP_SETTLE_PAUSE_NS 1000000

/* A new connection that has sent nothing whole for so long may have to go for another. */
#define HTTP_NEW_MIN_NS (UINT64_C(2) * 1000000000)

/* Descriptors that are left for the store, the catalog and logs. */
#define HTTP_DESCRIPTORS_LEFT 128u

/* Bytes of all bodies that are being received or handled.  Four of the largest, or thousands of
 * usual ones; beyond it senders are told to come again. */
#define HTTP_INFLIGHT_SIZE_MAX (UINT64_C(256) << 20)

/* Room that is made for a body of a known length when it begins; a larger one gets more as it
 * comes, so that nobody takes address space by announcing. */
#define HTTP_BODY_AHEAD (UINT64_C(1) << 20)

/* Bytes of all answers that are being sent: the largest of the API (384 MiB) and usual ones beside
 * it.  Beyond it who asks is told to come again; an answer alone is always sent. */
#define HTTP_ANSWERS_SIZE_MAX (UINT64_C(512) << 20)

/* Answers up to this size are not counted: the number of connections bounds them, and a refusal or
 * the acknowledgement of a body is never what there is no room for. */
#define HTTP_ANSWER_SMALL 4096u

/* Address space of a request's arena.  Only what is used takes memory.  It holds the largest body
 * inflated (64 MiB), transcoded (64 MiB), unpacked (256 MiB) and as records (as much again). */
#define HTTP_ARENA_SIZE (UINT64_C(768) << 20)

/* Arenas that are kept for the next request, as many as are in use at a time when a fleet sends,
 * and the memory that each of them keeps: enough for a small body, the first ones for one of some
 * hundred spans. */
#define HTTP_ARENAS_KEPT       128u
#define HTTP_ARENA_KEEP        (UINT64_C(64) << 10)
#define HTTP_ARENAS_KEPT_LARGE 16u
#define HTTP_ARENA_KEEP_LARGE  (UINT64_C(1) << 20)

/* Query parameters of a request, and the bytes of its path and query. */
#define HTTP_QUERY_COUNT_MAX 64u
#define HTTP_URI_SIZE_MAX    16384u

/* A sender must have finished its first header within this time, and its next one within this time
 * of the last answer: an idle connection is closed then.  Gateways of clouds forget a connection
 * that is idle for 350 s; until then a warm function need not shake hands again. */
#define HTTP_FIRST_HEADER_NS (UINT64_C(15) * 1000000000)
#define HTTP_IDLE_NS         (UINT64_C(300) * 1000000000)

/* So much longer for the first header for each of the connections that came together, until all
 * have finished theirs: a handshake takes a millisecond of a processor, and when a whole fleet
 * comes back after a restart the last can be served after all others; cut, it would come again. */
#define HTTP_FIRST_HEADER_EACH_NS (UINT64_C(2) * 1000000)

/* A body or an answer may take this long, and longer as it moves: nobody is slower than this rate.
 */
#define HTTP_TRANSFER_NS   (UINT64_C(30) * 1000000000)
#define HTTP_TRANSFER_RATE (UINT64_C(16) << 10)

/* A stream takes pieces of this size; who has taken none for so long is cut.  Heartbeats come more
 * often. */
#define HTTP_STREAM_BLOCK    16384u
#define HTTP_STREAM_STALL_NS (UINT64_C(60) * 1000000000)

/* How often connections are looked at for that. */
#define HTTP_SWEEP_NS (UINT64_C(500) * 1000000)

/* Answers from this size on are compressed for who accepts it. */
#define HTTP_GZIP_SIZE_MIN 1024u

/* Tokens in a token file, and the length of one: shorter ones can be guessed. */
#define HTTP_TOKENS_MAX          1024u
#define HTTP_TOKEN_SIZE_MIN      16u
#define HTTP_TOKEN_SIZE_MAX      1024u
#define HTTP_TOKEN_FILE_SIZE_MAX (1u << 20)

/* TLS certificate and key files. */
#define HTTP_TLS_FILE_SIZE_MAX (1u << 20)

/* What a sender is told to wait before it comes again, in seconds. */
#define HTTP_RETRY_AFTER_S 2u

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_LIMITS_H
#define THAW_TAIL_LIMITS_H

#include <stdint.h>

/* The limits of tail/ and their reasons. */

/* Who may follow at a time: each asks of every line whether it wants it. */
#define TAIL_CLIENTS_MAX 32u

/* Batches that are kept for those who are behind or come back, and their bytes, records included;
 * one batch that is larger is passed by. */
#define TAIL_BATCHES_MAX    2048u
#define TAIL_BYTES_MAX      ((size_t)32 << 20)
#define TAIL_BATCH_SIZE_MAX ((size_t)8 << 20)

/* Batches that wait to be decoded, and their bytes; beyond it lines are passed by and counted. */
#define TAIL_PENDING_MAX      1024u
#define TAIL_PENDING_SIZE_MAX ((size_t)16 << 20)

/* How long batches are kept when nobody follows any more: who lost the connection comes back. */
#define TAIL_LINGER_NS (UINT64_C(60) * 1000000000)

/* Lines a second that one client is sent, unless it asks for fewer or more: what an eye cannot read
 * and a browser can draw. */
#define TAIL_RATE_DEFAULT 200u
#define TAIL_RATE_MAX     2000u

/* How often a client is told how many lines were left out. */
#define TAIL_REPORT_NS UINT64_C(1000000000)

/* How long nothing may be sent: proxies close what is silent for a minute. */
#define TAIL_HEARTBEAT_NS (UINT64_C(15) * 1000000000)

/* Lines that are looked at in one turn of a client, and bytes after which the turn ends. */
#define TAIL_LOOK_MAX   2048u
#define TAIL_TURN_BYTES ((size_t)32 << 10)

/* Bytes of a line's text that are sent, and of all that waits for a client: a turn, and the largest
 * event behind it (six bytes for one that is escaped). */
#define TAIL_TEXT_MAX    ((size_t)16 << 10)
#define TAIL_PIECE_MAX   ((size_t)1 << 10)
#define TAIL_WAITING_MAX ((size_t)512 << 10)

/* Instances that have a number, and invocations that were told lately: an agent tells the end of
 * one more than once. */
#define TAIL_INSTANCES_MAX 4096u
#define TAIL_SEEN_COUNT    4096u

#endif

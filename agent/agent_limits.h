/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_LIMITS_H
#define THAW_AGENT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limits of the agent and their reasons.  All memory is taken at start from these; pages that
 * are never touched cost nothing, so what an idle agent occupies is far below their sum.
 */

#define AGENT_KIB      ((size_t)1024)
#define AGENT_NS_MS(x) ((uint64_t)(x)*UINT64_C(1000000))

/* ---- What comes in. ---- */

/* A telemetry delivery: the platform sends up to twice the maxBytes that we subscribe with, plus
 * the frame of each event. */
#define AGENT_TELEMETRY_BYTES    262144u
#define AGENT_TELEMETRY_BODY_MAX (AGENT_TELEMETRY_BYTES * (size_t)2 + 128u * AGENT_KIB)
#define AGENT_TELEMETRY_ITEMS    1000u
#define AGENT_TELEMETRY_TIMEOUT_MS                                                                 \
    25u /* The platform's minimum: most arrives before the freeze.                                 \
         */

/* Deliveries that are known again when they come again.  The platform tries one again before it
 * goes on with the next, so one would do; the rest is for an order that we do not know of. */
#define AGENT_DELIVERIES_MAX 32u

/* A body of the function's SDK, as sent and inflated.  SDKs batch 512 records of about 1 KiB. */
#define AGENT_SDK_BODY_MAX (1024u * AGENT_KIB)

/* Resource blocks in one such body: one per resource, so nearly always one. */
#define AGENT_SDK_BLOCKS_MAX 64u

/* JSON of the platform nests four levels, but a JSON log line nests as its author likes, and what
 * is too deep spoils the rest of the delivery: as deep as the reader goes. */
#define AGENT_EVENT_DEPTH_MAX 256u

/* Decoded strings of one event that had escapes in them (ids, names; never log text). */
#define AGENT_EVENT_ARENA_SIZE (8u * AGENT_KIB)

/* ---- What passes between the runtime and the platform. ---- */

/* Connections that are passed on at once.  A runtime has one or two, a managed instance one or two
 * for each of its workers, and each takes two of the 1,024 descriptors that an instance has.  The
 * wrapper leaves a function with more workers than half of this alone; whoever connects all the
 * same waits until another one ends. */
#define AGENT_RELAYS_MAX 128u

/* Bytes that are passed on at once, by any of them: a common event in one piece. */
#define AGENT_RELAY_BUFFER_SIZE (256u * AGENT_KIB)

/* Of a body that nobody needs to look at, so many bytes move on at once inside the kernel; the
 * largest pipe that a process without privileges may have. */
#define AGENT_RELAY_PIPE_SIZE (1024u * AGENT_KIB)

/* From so many on.  Less is looked at: that costs one more system call, and the copy nothing. */
#define AGENT_RELAY_UNSEEN_MIN (64u * AGENT_KIB)

/* A line of a head that is looked at: the longest one that matters is the client context, which has
 * 3,583 bytes in base64.  What is longer is passed on like everything else, and not looked at. */
#define AGENT_FOLLOW_LINE_MAX (4u * AGENT_KIB)

/* Requests on one connection that wait for their answers.  No runtime sends a second one. */
#define AGENT_PIPELINE_MAX 8u

/* Events that are read at once: one arrives in one piece nearly always, and is read then. */
#define AGENT_READERS_MAX 4u

/* Texts of a request that are told: its path without the query, its host, its tracestate. */
#define AGENT_REQUEST_TEXT_MAX 512u

/* In a container: how often it is tried whether the program serves, and how long the place waits
 * after SIGTERM before it kills (Cloud Run: 10 s, the others longer). */
#define AGENT_PROBE_EVERY_NS AGENT_NS_MS(10)
#define AGENT_GRACE_NS       AGENT_NS_MS(10000)

/* After the program's end what it wrote last may still be on its way to a client. */
#define AGENT_LAST_WORDS_NS AGENT_NS_MS(200)

/* Of an event or an answer so much can be told where that is asked for: as much as of a line.  More
 * is kept, as far as redaction looks ahead, to know a secret that the cut would halve. */
#define AGENT_PAYLOAD_MAX   (32u * AGENT_KIB)
#define AGENT_CAPTURE_AHEAD (4u * AGENT_KIB)
#define AGENT_CAPTURE_SIZE  (AGENT_PAYLOAD_MAX + AGENT_CAPTURE_AHEAD)

/* Events and answers that are kept at once; of more nothing is. */
#define AGENT_CAPTURES_MAX 8u

/* An event that is longer is passed on and not read: reading it takes up to 4 ms for so much, and
 * its later pieces would wait for that.  Queues, topics and buses carry no more. */
#define AGENT_EVENT_LOOK_MAX (1024u * AGENT_KIB)

/* ---- What is kept. ---- */

/* Encoded records waiting to be sent. */
#define AGENT_QUEUE_SIZE (768u * AGENT_KIB)

/* Lines that are held until it is known whether their invocation failed.  What waits to be sent has
 * twice as much. */
#define AGENT_HELD_MAX (AGENT_QUEUE_SIZE / 3u)

/* A line without a line feed at its end waits so long for what may go on with it: the platform
 * delivers the pieces of one line within its 25 ms. */
#define AGENT_JOINT_NS AGENT_NS_MS(1000)

/* Texts without line feeds that wait for a later one to show a secret that is in all of them:
 * longer than a card number or the part of an address before its sign. */
#define AGENT_JOINT_SIZE 320u

/* One log line.  The platform's own limit is 256 KiB to 1 MiB; longer than this helps nobody. */
#define AGENT_LINE_MAX (32u * AGENT_KIB)

/* Scalar members of a JSON log line that become attributes. */
#define AGENT_LINE_ATTRIBUTES_MAX 64u

/* An encoded record of ours: a line, its attributes and what we add. */
#define AGENT_RECORD_MAX (128u * AGENT_KIB)

/* Invocations whose facts are not complete yet.  On demand one runs at a time and one waits for
 * its report; the rest is for managed instances, which serve 64 for each vCPU, for programs in
 * containers and for reports that never come.  The oldest of more makes way: its facts come in
 * pieces, which is counted. */
#define AGENT_INVOCATIONS_MAX 96u

/* So many rows are kept after everything is told of them, for lines that come late; then the oldest
 * is taken before another one is begun, so that on demand no more rows than these are looked at. */
#define AGENT_INVOCATIONS_KEPT 16u

/* Request ids whose starts are remembered, for the number of an attempt.  Asynchronous retries come
 * within minutes; a warm instance sees about this many invocations meanwhile. */
#define AGENT_ATTEMPTS_MAX 256u

/* What is read of a file of /proc: the first lines of most of them; of the list of network devices
 * all, which is 120 bytes for each of them, and an environment has three or four. */
#define AGENT_PROC_LINE_MAX 256u
#define AGENT_PROC_FILE_MAX (4u * AGENT_KIB)

/* All of them are read no more often than this: short invocations share a reading. */
#define AGENT_READ_EVERY_NS AGENT_NS_MS(100)

/* Triggers whose invocations are not complete yet: each may have one. */
#define AGENT_ARRIVALS_MAX AGENT_INVOCATIONS_MAX

/* The texts of one trigger: a dozen short ones, and the ids of the messages that carried links. */
#define AGENT_ARRIVAL_TEXT_MAX (4u * AGENT_KIB)

/* What waited longer than this in front of a function did not wait: somebody played it again.
 * Streams keep messages for a year, queues for two weeks. */
#define AGENT_WAIT_MAX_NS (UINT64_C(366) * 86400 * UINT64_C(1000000000))

/* Processes of one environment whose records may wait at once, this one included: those of a life
 * that is killed wait until a later one has sent them.  The collector tells 64 epochs apart. */
#define AGENT_LIVES_MAX 32u

/* Initialisations whose facts are not complete yet. */
#define AGENT_INITS_MAX 4u

/* Texts of the platform that we keep: request ids are UUIDs of 36 bytes, ARNs at most 200 bytes,
 * log stream names at most 512, X-Ray headers about 100, error types about 40. */
#define AGENT_REQUEST_ID_MAX 64u
#define AGENT_ARN_MAX        256u
#define AGENT_INSTANCE_MAX   512u
#define AGENT_XRAY_MAX       512u
#define AGENT_WORD_MAX       128u

/* Attributes from OTEL_RESOURCE_ATTRIBUTES, and the bytes they may take decoded. */
#define AGENT_RESOURCE_ATTRIBUTES_MAX 32u
#define AGENT_RESOURCE_TEXT_MAX       (4u * AGENT_KIB)

/* ---- What goes out. ---- */

/* A batch is cut when its records reach this size: a collector answers it quickly, and a retry of
 * it is cheap. */
#define AGENT_BATCH_SIZE_MAX (256u * AGENT_KIB)

/* Room to build one: a single block of an SDK may be larger than a batch. */
#define AGENT_BODY_SIZE (AGENT_SDK_BODY_MAX + 64u * AGENT_KIB)

/* The bytes on the wire, compressed where it pays; what does not fit here is dropped and counted.
 */
#define AGENT_SEND_SIZE (512u * AGENT_KIB)

/* What rides waits no longer when it is as much as this.  One invocation takes 1.2 KiB and its
 * lines, so that more than a hundred go by; queue and batch touch as much memory each. */
#define AGENT_RIDE_SIZE (192u * AGENT_KIB)

/* Below this a body is sent as it is: compressing saves no packet. */
#define AGENT_GZIP_SIZE_MIN 1024u

/* What is computed at a time of what may be much: some 100 microseconds of a body that is
 * compressed, and of events.  Between such pieces whoever waits for the processor goes first. */
#define AGENT_PIECE_SIZE   (8u * AGENT_KIB)
#define AGENT_PIECE_EVENTS 16u

/* ---- The spool. ---- */

/* Each of its two halves holds all that waits, and as much of what changes as makes writing it anew
 * rare.  The body of a batch lends its place to read one. */
#define AGENT_SPOOL_HALF_SIZE (1024u * AGENT_KIB)

/* Facts, attempts and deliveries, all of them, encoded: 96 invocations of at most 2 KiB, 256
 * attempts of at most 40 bytes, 31 lives of at most 540. */
#define AGENT_SPOOL_ENTRIES_SIZE (224u * AGENT_KIB)

/* A half is left when it has this much, if little of that still waits: so the pages that are in use
 * stay few, and a replay reads little. */
#define AGENT_SPOOL_LEAVE_SIZE (64u * AGENT_KIB)

/* A piece of the spool at which so many processes have ended one after the other is given up: it
 * may be the reason.  So is all of it after so many failures of our own.  Chance kills at one of
 * some hundred pieces, each of a microsecond, and hardly ever at the same one again. */
#define AGENT_SPOOL_DEATHS_MAX 3u

/* So many pieces, then all of it: somebody's bug has a pattern, and the next piece has it, too. */
#define AGENT_SPOOL_GIVEN_UP_MAX 8u

/* After a failure the next tries are this many writes apart at most, doubling: a full /tmp costs
 * one system call now and then. */
#define AGENT_SPOOL_SKIP_MAX 1024u

/* Whether its file is still there is looked at no more often than this. */
#define AGENT_SPOOL_LOOK_NS AGENT_NS_MS(100)

/* ---- Time. ---- */

#define AGENT_DEADLINE_MARGIN_NS   AGENT_NS_MS(200) /* Never held closer to the deadline. */
#define AGENT_REPORT_WAIT_NS       AGENT_NS_MS(300) /* For the last report, in SHUTDOWN. */
#define AGENT_SHUTDOWN_MARGIN_NS   AGENT_NS_MS(150) /* We are gone this long before SIGKILL. */
#define AGENT_STARTED_AFTER_NS     AGENT_NS_MS(250) /* A handler that runs this long is told of. */
#define AGENT_RIDE_AFTER_NS        AGENT_NS_MS(50)  /* Data rides this long after an INVOKE. */
#define AGENT_RIDE_SOON_NS         AGENT_NS_MS(100) /* Flushes that ride are so far apart at first... */
#define AGENT_RIDE_EVERY_NS        AGENT_NS_MS(1000) /* ...and then twice as far, up to this. */
#define AGENT_STREAM_EVERY_NS      AGENT_NS_MS(5000) /* What a long handler writes is sent. */
#define AGENT_SEND_TIMEOUT_NS      AGENT_NS_MS(5000) /* An exchange takes no longer. */
#define AGENT_THAW_TIMEOUT_NS      AGENT_NS_MS(500) /* One that was frozen gets this much more... */
#define AGENT_THAWS_MAX            3u               /* ...so often: short handlers leave no time. */
#define AGENT_LATE_NS              AGENT_NS_MS(100) /* A timer so late has been frozen. */
#define AGENT_RESOLVE_TIMEOUT_NS   AGENT_NS_MS(3000)
#define AGENT_SUBSCRIBE_TIMEOUT_NS AGENT_NS_MS(3000) /* Of the ten seconds that an init has. */
#define AGENT_MANAGED_EVERY_NS     AGENT_NS_MS(1000) /* Managed instances send so often. */
#define AGENT_METRICS_EVERY_NS     AGENT_NS_MS(60000)
#define AGENT_INSTANCE_WAIT_NS     AGENT_NS_MS(500) /* For initStart to name the instance. */

/* An init that ended this long before its first invocation was not waited for. */
#define AGENT_PROACTIVE_NS AGENT_NS_MS(10000)

/* adaptive: the first invocations of an instance and those rarer than the gap are flushed at their
 * end; data of the others rides with the next one unless it is older than THAW_MAX_AGE_MS. */
#define AGENT_ADAPTIVE_FIRST  3u
#define AGENT_ADAPTIVE_RING   8u
#define AGENT_ADAPTIVE_GAP_NS AGENT_NS_MS(60000)

/* Retries: the first after this, doubling, with jitter, never above the cap. */
#define AGENT_BACKOFF_MIN_NS     AGENT_NS_MS(100)
#define AGENT_BACKOFF_MAX_NS     AGENT_NS_MS(60000)
#define AGENT_RETRY_AFTER_MAX_NS AGENT_NS_MS(300000)

/* After this many failures in a row the collector is sick: nothing is held for it. */
#define AGENT_SICK_AFTER 3u

/* A batch that the collector refused (429, 5xx) this often is dropped: it may be the reason. */
#define AGENT_RETRIES_MAX 16u

/* ---- Sockets. ---- */

#define AGENT_HTTP_HEAD_MAX    (8u * AGENT_KIB) /* Request line and headers; AWS allows 7 KiB. */
#define AGENT_HTTP_HEADERS_MAX 64u
#define AGENT_CONNECTIONS_MAX  8u    /* The platform needs one, an SDK one per signal. */
#define AGENT_ANSWER_MAX       1024u /* Heads and bodies that our servers answer. */

/* An answer of the platform or the collector: INVOKE carries no payload. */
#define AGENT_RESPONSE_MAX (16u * AGENT_KIB)

/* A name of the domain name system is no longer. */
#define AGENT_HOST_MAX 253u

/* Addresses of one name that are tried: enough for both families of two machines. */
#define AGENT_ADDRESSES_MAX 4u

/* User and password of a proxy, decoded. */
#define AGENT_PROXY_CREDENTIALS_MAX 256u

/* What a proxy is asked for a tunnel with: a host name twice, and the credentials in base64. */
#define AGENT_TUNNEL_MAX 1024u

/* ---- The token for the collector. ---- */

/* A bearer token; one with claims in it may be some KiB. */
#define AGENT_TOKEN_MAX 4096u

/* The ARN that names it: 2,048 bytes at most by AWS's rules, 200 in practice. */
#define AGENT_TOKEN_ARN_MAX 512u

/* The request for it, with a session token of about 1.5 KiB, and key and tokens of a container. */
#define AGENT_TOKEN_HEAD_MAX (8u * AGENT_KIB)
#define AGENT_TOKEN_KEY_MAX  (6u * AGENT_KIB)

/* It is asked for no longer than this, and again no sooner: after a failure, and after a refusal.
 */
#define AGENT_TOKEN_TIMEOUT_NS AGENT_NS_MS(5000)
#define AGENT_TOKEN_RETRY_NS   AGENT_NS_MS(1000)
#define AGENT_TOKEN_REFRESH_NS AGENT_NS_MS(60000)

/* ---- TLS. ---- */

/* Peers that are spoken to in TLS. */
#define AGENT_TLS_PEERS_MAX 2u

/* All memory of TLS: each connection has a record of 16 KiB from the peer and one of 4 KiB to it; a
 * handshake, the certificates of both sides and the arithmetic with them, takes 40 KiB more for a
 * moment (docs/reference/overhead.md). */
#define AGENT_TLS_MEMORY (128u * AGENT_KIB)

/* A file of trusted certificates: those of systems hold 150.  One of them is 2 KiB at most today;
 * the window is what a larger one may take as text. */
#define AGENT_ROOTS_MAX       1024u
#define AGENT_CERTIFICATE_MAX (8u * AGENT_KIB)
#define AGENT_PEM_WINDOW      (16u * AGENT_KIB)

/* ---- The rest. ---- */

/* How much the function goes before us: a tenth of a processor is ours that it would have alone,
 * so that what must be done in time is. */
#define AGENT_NICE 10

/* The path of a file in a setting. */
#define AGENT_PATH_MAX 256u

/* The URL of the collector: a name is at most 253 bytes, a path prefix as short as people type. */
#define AGENT_ENDPOINT_MAX 512u

/* Headers for the collector: names, values and the token, in sum. */
#define AGENT_EXTRA_HEADERS_MAX (4u * AGENT_KIB)

#endif

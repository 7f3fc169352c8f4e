/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LIMITS_H
#define THAW_SANDBOX_LIMITS_H

/*
 * The limits of the sandbox and their reasons.  Where the platform that we
 * imitate has a limit, ours is the same.
 */

/* Extensions of one instance, external and internal together: the platform's limit. */
#define EXTENSION_COUNT_MAX 10

/* Invocations that one managed instance serves at a time: what the platform allows a vCPU. */
#define MANAGED_SLOT_MAX 64

/* Characters of an extension's or a function's name; the platform allows 64 for functions, file
 * names may be longer. */
#define NAME_SIZE_MAX 128

/* Characters of an error type in a header; longer ones are cut. */
#define ERROR_TYPE_SIZE_MAX 128

/* Payload of a synchronous invocation and of its answer: 6 MiB, and 100 bytes of grace for the
 * answer, as the platform has them. */
#define PAYLOAD_SIZE_MAX  (6u << 20)
#define RESPONSE_SIZE_MAX (PAYLOAD_SIZE_MAX + 100)

/* A streamed answer; the platform's soft limit. */
#define STREAM_SIZE_MAX (20u << 20)

/* Payload of an asynchronous invocation: 1 MiB. */
#define PAYLOAD_ASYNC_SIZE_MAX (1u << 20)

/* Body of a request to the Extensions and Telemetry API and of error reports: 1 MiB. */
#define API_BODY_SIZE_MAX (1u << 20)

/* The client context header of an invocation, base64: the SDK's documented limit. */
#define CLIENT_CONTEXT_SIZE_MAX 3583

/* One log line; longer ones become several events.  The log service takes 256 KiB. */
#define LOG_LINE_BYTES_MAX (256u << 10)

/* Events and bytes of text of one delivery of a log stream; the service's limits are 10,000 and
 * 1 MiB. */
#define LOG_BATCH_COUNT_MAX 10000
#define LOG_BATCH_BYTES_MAX (512u << 10)

/* A delivery that is not taken is made again after so long, doubling up to the second; at the end
 * it is given up after the third. */
#define DELIVERY_RETRY_FIRST_MS 100
#define DELIVERY_RETRY_LAST_MS  5000
#define DELIVERY_FINISH_MS      10000

/* Deliveries that wait for a subscriber; when there are more, the newest are lost and counted. */
#define DELIVERY_COUNT_MAX 100000

/* What X-Amz-Log-Result gives back of an invocation's log: the platform's 4 KiB. */
#define LOG_TAIL_SIZE 4096

/* Limits and defaults of a telemetry subscription, as the platform has them. */
#define TELEMETRY_ITEMS_MIN       1000
#define TELEMETRY_ITEMS_MAX       10000
#define TELEMETRY_BYTES_MIN       262144
#define TELEMETRY_BYTES_MAX       1048576
#define TELEMETRY_TIMEOUT_MS_MIN  25
#define TELEMETRY_TIMEOUT_MS_MAX  30000
#define TELEMETRY_TIMEOUT_MS_HOME 1000

/* Bytes that wait for one slow subscriber before the oldest are dropped: several of its largest
 * batches. */
#define TELEMETRY_BACKLOG_BYTES_MAX (8u << 20)

/* How often a batch is posted before it is dropped, and the first wait, which doubles. */
#define TELEMETRY_ATTEMPTS_MAX   5
#define TELEMETRY_RETRY_FIRST_MS 50

/* Bytes that the relay holds per direction before it stops reading. */
#define RELAY_BYTES_MAX (256u << 10)

/* Messages that one queue holds. */
#define QUEUE_MESSAGES_MAX 100000

/* Bytes of one queue message with its attributes: the platform's 256 KiB (1 MiB since 2025). */
#define QUEUE_MESSAGE_SIZE_MAX (1u << 20)

/* Messages of one SendMessageBatch. */
#define QUEUE_BATCH_ENTRIES_MAX 10

/* Memory of the configuration and everything that it says. */
#define CONFIG_ARENA_SIZE (4u << 20)

/* Size of the configuration file; people write it by hand. */
#define CONFIG_FILE_SIZE_MAX (1u << 20)

/* Instances of all functions together: each has a handful of descriptors and processes. */
#define INSTANCE_COUNT_MAX 512

/* How long a restore may take: the platform's limit. */
#define RESTORE_LIMIT_MS 10000

/* Times that the platform gives for the shutdown phase. */
#define SHUTDOWN_INTERNAL_MS     500
#define SHUTDOWN_EXTERNAL_MS     2000
#define SHUTDOWN_RUNTIME_PERCENT 30

#endif

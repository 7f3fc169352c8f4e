/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TRIGGER_LIMITS_H
#define THAW_AGENT_TRIGGER_LIMITS_H

#include <stddef.h>

/*
 * The limits of reading an event, and their reasons.  What is longer than its room is left out as a
 * whole: half an ARN or half a header is worse than none.
 */

/* One value: ARNs end at 2 KiB by their specification and at 300 bytes in practice; tracestate may
 * have 512 bytes by its own; X-Ray headers about 100. */
#define TRIGGER_VALUE_MAX 512u

/* All values of a message, carriers included, and all of an event: the longest each may be once,
 * the others as long as they are. */
#define TRIGGER_MESSAGE_ROOM 3072u
#define TRIGGER_EVENT_ROOM   4096u

/* Texts that are told of a trigger: methods, routes, paths, names, ids. */
#define TRIGGER_TEXT_MAX 256u

/* An ARN or a URL of a source. */
#define TRIGGER_ARN_MAX 320u

/* The id of a message: UUIDs have 36 bytes, sequence numbers of Kinesis 56, ids of ActiveMQ 90. */
#define TRIGGER_MESSAGE_ID_MAX 128u

/* Levels of an event that mean something.  The deepest is a carrier in an EventBridge event in a
 * topic's message in a queue's body, and each of these is a text of its own with its own levels. */
#define TRIGGER_DEPTH_MAX 12u

/* JSON in a text in JSON: event, queue's body, topic's message, carrier. */
#define TRIGGER_LAYERS_MAX 4u

/* Bytes of texts within an event that are looked into, in sum: what is inside of the messages of a
 * large batch would cost more time than it is worth.  Only the first messages tell their insides
 * then, and the batch says so. */
#define TRIGGER_INNER_BYTES_MAX ((size_t)1024 * 1024)

/* Links of one invocation.  SQS batches have 10 messages unless somebody asked for more;
 * OpenTelemetry's SDKs keep 128, but few people read more than a screenful. */
#define TRIGGER_LINKS_MAX 32u

/* What lies in front of a function: at most EventBridge, a topic and a queue, or a few topics of
 * Kafka. */
#define TRIGGER_SOURCES_MAX 4u

/* An execution of a workflow, a state, a time and two numbers: what the id of a step is made of. */
#define TRIGGER_WORKFLOW_MAX ((size_t)2048)

/* A response is looked at no further than this for its status code, which may stand behind a body:
 * passing over this much takes a tenth of a millisecond. */
#define RESPONSE_PREFIX_MAX ((size_t)256 * 1024)

#endif

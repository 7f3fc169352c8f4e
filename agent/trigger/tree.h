/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_TREE_H
#define THAW_AGENT_TREE_H

#include "base/slice.h"
#include "base/status.h"

/*
 * Where in an event which fact stands: a tree of the members that matter, as
 * tables.  A node is a place in it; TREE_NOTHING is every place that does not
 * matter.  Pure data.
 */

/* What is kept.  Of a message: until the next one begins.  Of the event: its first value. */
enum tree_field {
    FIELD_NONE,

    /* Carriers, of a message or, where there are none, of the event. */
    FIELD_TRACEPARENT,
    FIELD_TRACESTATE,
    FIELD_XRAY,
    FIELD_B3,
    FIELD_B3_TRACE_ID,
    FIELD_B3_SPAN_ID,
    FIELD_B3_SAMPLED,
    FIELD_DATADOG_TRACE_ID,
    FIELD_DATADOG_PARENT_ID,
    FIELD_DATADOG_PRIORITY,
    FIELD_DATADOG_TAGS,
    FIELD_ABOVE, /* What the place above is. */

    /* Of a message. */
    FIELD_MESSAGE_ID,
    FIELD_MESSAGE_SEQUENCE,
    FIELD_MESSAGE_EVENT_ID,
    FIELD_MESSAGE_SOURCE, /* eventSource */
    FIELD_MESSAGE_ARN,
    FIELD_MESSAGE_TIME,
    FIELD_MESSAGE_NAME,  /* eventName */
    FIELD_MESSAGE_PLACE, /* A bucket, a collection, a topic, a queue, a host. */
    FIELD_MESSAGE_PLACE_ARN,
    FIELD_MESSAGE_PARTITION,
    FIELD_MESSAGE_METHOD,
    FIELD_MESSAGE_PATH,
    FIELD_TOPIC_ARN,
    FIELD_TOPIC_ID,
    FIELD_TOPIC_TIME,
    FIELD_BUS_TYPE, /* detail-type */
    FIELD_BUS_SOURCE,
    FIELD_BUS_ID,
    FIELD_BUS_TIME,
    FIELD_INNER_SOURCE, /* Of records in a message. */
    FIELD_INNER_TIME,
    FIELD_INNER_PLACE,
    FIELD_INNER_PLACE_ARN,
    FIELD_OF_MESSAGE, /* Those below are of the event. */

    FIELD_VERSION,
    FIELD_TYPE,
    FIELD_METHOD,
    FIELD_RESOURCE,
    FIELD_PATH,
    FIELD_RAW_PATH,
    FIELD_ROUTE_KEY,
    FIELD_METHOD_ARN,
    FIELD_HOST,
    FIELD_API_ID,
    FIELD_STAGE,
    FIELD_REQUEST_ID,
    FIELD_REQUEST_TIME,
    FIELD_GROUP_ARN, /* Of targets. */
    FIELD_SERVICE_ARN,
    FIELD_CONDITION,
    FIELD_FUNCTION_ARN,
    FIELD_SOURCE,
    FIELD_SOURCE_ARN,
    FIELD_QUEUE,
    FIELD_DETAIL_TYPE,
    FIELD_ORIGIN, /* source */
    FIELD_TIME,
    FIELD_TIMESTAMP,
    FIELD_ID,
    FIELD_RULE,
    FIELD_STREAM_ARN,
    FIELD_EXECUTION,
    FIELD_EXECUTION_REDRIVE,
    FIELD_MACHINE,
    FIELD_MACHINE_NAME,
    FIELD_STATE,
    FIELD_STATE_TIME,
    FIELD_STATE_RETRY,
    FIELD_TRIGGER_SOURCE,
    FIELD_POOL,
    FIELD_GRAPHQL_TYPE,
    FIELD_GRAPHQL_FIELD,
    FIELD_CONFIG_RULE,
    FIELD_CONFIG_RULE_ARN,
    FIELD_ACTION_GROUP,
    FIELD_API_PATH,
    FIELD_ALARM_ARN,
    FIELD_DASHBOARD,
    FIELD_STACK,
    FIELD_STACK_REQUEST,
    FIELD_RESOURCE_TYPE,
    FIELD_JOB,
    FIELD_CONTACT,
    FIELD_CONTACT_INSTANCE,
    FIELD_SECRET,
    FIELD_STEP,
    FIELD_ACCESS_POINT,
    FIELD_SKILL,
    FIELD_BOT,
    FIELD_INTENT,
    FIELD_REQUEST_TYPE,
    FIELDS,
} __attribute__((packed));

/* Places in an event. */
enum tree_node {
    TREE_NOTHING, /* Nothing that matters. */
    TREE_LEAF,    /* A scalar to keep. */
    TREE_BYTE,    /* A number that is a byte of a text. */
    TREE_ROOT,    /* The event. */
    TREE_CLIENT_CONTEXT,
    TREE_CONTEXT,
    TREE_CONTEXT_HTTP,
    TREE_CONTEXT_ELB,
    TREE_CARRIERS, /* An object whose members are carriers by name. */
    TREE_HEADERS,
    TREE_VALUES, /* One value or a list of them. */
    TREE_DATADOG,
    TREE_DATADOG_ROOT,
    TREE_PAYLOAD,
    TREE_EXECUTION,
    TREE_MACHINE,
    TREE_STATE,
    TREE_MESSAGES,
    TREE_RECORDS,
    TREE_PARTITION,
    TREE_QUEUES,
    TREE_QUEUE,
    TREE_MESSAGE, /* One of perhaps many. */
    TREE_BODY,    /* A text in which there may be an envelope. */
    TREE_DATA,    /* A text in which there may be carriers. */
    TREE_ENVELOPE,
    TREE_ATTRIBUTES,
    TREE_ATTRIBUTE,
    TREE_ATTRIBUTE_DATADOG,
    TREE_SYSTEM_ATTRIBUTES,
    TREE_BYTES,
    TREE_KAFKA_HEADERS,
    TREE_KAFKA_HEADER,
    TREE_RABBIT,
    TREE_RABBIT_HEADERS,
    TREE_DESTINATION,
    TREE_KINESIS,
    TREE_DYNAMODB,
    TREE_S3,
    TREE_BUCKET,
    TREE_INNER_RECORDS,
    TREE_INNER_RECORD,
    TREE_INNER_S3,
    TREE_INNER_BUCKET,
    TREE_SES,
    TREE_MAIL,
    TREE_CLOUDFRONT,
    TREE_CLOUDFRONT_CONFIG,
    TREE_CLOUDFRONT_REQUEST,
    TREE_CLOUDFRONT_HEADERS,
    TREE_CLOUDFRONT_HEADER,
    TREE_CLOUDFRONT_PAIR,
    TREE_DOCUMENT,
    TREE_NAMESPACE,
    TREE_CLUSTER_TIME,
    TREE_CLUSTER_TIMESTAMP,
    TREE_RULES,
    TREE_GRAPHQL,
    TREE_REQUEST,
    TREE_NAMED,
    TREE_SESSION,
    TREE_APPLICATION,
    TREE_ALEXA_CONTEXT,
    TREE_ALEXA_SYSTEM,
    TREE_DIRECTIVE,
    TREE_DIRECTIVE_HEADER,
    TREE_BOT,
    TREE_SESSION_STATE,
    TREE_JOB,
    TREE_DETAILS,
    TREE_CONTACT,
    TREE_ACCESS_POINT,
    TREE_WIDGET,
    /* These matter by being there; what is in them is nobody's business. */
    TREE_HAS_CONNECTION,
    TREE_HAS_LATTICE,
    TREE_HAS_AWSLOGS,
    TREE_HAS_TOKEN,
    TREE_HAS_QUERY,
    TREE_HAS_CHANNEL,
    TREE_HAS_ARGUMENTS,
    TREE_HAS_SCHEMA_VERSION,
    TREE_HAS_REQUEST_PAYLOAD,
    TREE_HAS_AGENT,
    TREE_HAS_ALARM,
    TREE_HAS_RESPONSE_URL,
    TREE_HAS_HOOK,
    TREE_HAS_TRANSCRIPT,
    TREE_HAS_INVOCATION_SOURCE,
    TREE_HAS_OBJECT_CONTEXT,
    TREE_HAS_SECRET_TOKEN,
    TREE_HAS_CLICK,
    TREE_HAS_SERIAL,
    TREE_HAS_POOL,
    TREE_HAS_DATASET,
    TREE_HAS_LATTICE_V1,
    TREE_NODES,
} __attribute__((packed));

/* A place, and what its scalar is. */
struct tree_place {
    unsigned char node;  /* enum tree_node */
    unsigned char field; /* enum tree_field */
};

/* What is wanted of the value there, in the words of scan.h. */
unsigned tree_want(struct tree_place place) THAW_CHECK;

/* Where its member with this key leads; where its elements are; where JSON in its text begins. */
struct tree_place tree_member(struct tree_place place, struct slice key) THAW_CHECK;
struct tree_place tree_element(struct tree_place place) THAW_CHECK;
struct tree_place tree_inside(struct tree_place place) THAW_CHECK;

/* What the keys of its members are, or FIELD_NONE. */
enum tree_field tree_keys(struct tree_place place) THAW_CHECK;

#endif

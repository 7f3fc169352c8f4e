/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/tree.h"

#include "base/ensure.h"
#include "trigger/scan.h"

#include <stdbool.h>
#include <stddef.h>

/* There are many of these, so each is 16 bytes. */
struct member {
    const char *key;
    unsigned char key_size;
    struct tree_place place;
};

#define LEAF(text, field)                                                                          \
    {                                                                                              \
        (text), sizeof(text) - 1,                                                                  \
        {                                                                                          \
            TREE_LEAF, FIELD_##field                                                               \
        }                                                                                          \
    }
#define ENTER(text, node)                                                                          \
    {                                                                                              \
        (text), sizeof(text) - 1,                                                                  \
        {                                                                                          \
            TREE_##node, FIELD_NONE                                                                \
        }                                                                                          \
    }
#define UNDER(text, node, field)                                                                   \
    {                                                                                              \
        (text), sizeof(text) - 1,                                                                  \
        {                                                                                          \
            TREE_##node, FIELD_##field                                                             \
        }                                                                                          \
    }

static const struct member carriers[] = {
    LEAF("traceparent", TRACEPARENT),
    LEAF("tracestate", TRACESTATE),
    LEAF("x-amzn-trace-id", XRAY),
    LEAF("awstraceheader", XRAY),
    LEAF("b3", B3),
    LEAF("x-b3-traceid", B3_TRACE_ID),
    LEAF("x-b3-spanid", B3_SPAN_ID),
    LEAF("x-b3-sampled", B3_SAMPLED),
    LEAF("x-datadog-trace-id", DATADOG_TRACE_ID),
    LEAF("x-datadog-parent-id", DATADOG_PARENT_ID),
    LEAF("x-datadog-sampling-priority", DATADOG_PRIORITY),
    LEAF("x-datadog-tags", DATADOG_TAGS),
};

static const struct member root[] = {
    /* Requests. */
    LEAF("version", VERSION),
    LEAF("type", TYPE),
    LEAF("httpMethod", METHOD),
    LEAF("method", METHOD),
    LEAF("resource", RESOURCE),
    LEAF("path", PATH),
    LEAF("rawPath", RAW_PATH),
    UNDER("raw_path", HAS_LATTICE_V1, RAW_PATH),
    LEAF("routeKey", ROUTE_KEY),
    LEAF("methodArn", METHOD_ARN),
    LEAF("routeArn", METHOD_ARN),
    ENTER("requestContext", CONTEXT),
    ENTER("headers", HEADERS),
    ENTER("multiValueHeaders", HEADERS),
    ENTER("authorizationToken", HAS_TOKEN),
    LEAF("fieldName", GRAPHQL_FIELD),
    LEAF("typeName", GRAPHQL_TYPE),
    ENTER("info", GRAPHQL),
    ENTER("request", REQUEST),
    ENTER("arguments", HAS_ARGUMENTS),
    /* Messages. */
    ENTER("Records", MESSAGES),
    ENTER("records", RECORDS),
    ENTER("messages", MESSAGES),
    ENTER("events", MESSAGES),
    ENTER("tasks", MESSAGES),
    ENTER("rmqMessagesByQueue", QUEUES),
    LEAF("eventSource", SOURCE),
    LEAF("eventSourceArn", SOURCE_ARN),
    LEAF("deliveryStreamArn", STREAM_ARN),
    ENTER("invocationSchemaVersion", HAS_SCHEMA_VERSION),
    ENTER("awslogs", HAS_AWSLOGS),
    LEAF("detail-type", DETAIL_TYPE),
    LEAF("source", ORIGIN),
    LEAF("time", TIME),
    LEAF("timestamp", TIMESTAMP),
    LEAF("id", ID),
    ENTER("resources", RULES),
    ENTER("detail", CARRIERS),
    /* Workflows and other services. */
    ENTER("Execution", EXECUTION),
    ENTER("StateMachine", MACHINE),
    ENTER("State", STATE),
    ENTER("Payload", PAYLOAD),
    ENTER("_datadog", DATADOG_ROOT),
    ENTER("requestPayload", HAS_REQUEST_PAYLOAD),
    LEAF("triggerSource", TRIGGER_SOURCE),
    LEAF("userPoolId", POOL),
    ENTER("identityPoolId", HAS_POOL),
    ENTER("datasetName", HAS_DATASET),
    LEAF("configRuleName", CONFIG_RULE),
    LEAF("configRuleArn", CONFIG_RULE_ARN),
    LEAF("actionGroup", ACTION_GROUP),
    LEAF("apiPath", API_PATH),
    ENTER("agent", HAS_AGENT),
    LEAF("alarmArn", ALARM_ARN),
    ENTER("alarmData", HAS_ALARM),
    ENTER("widgetContext", WIDGET),
    LEAF("RequestType", REQUEST_TYPE),
    LEAF("StackId", STACK),
    LEAF("RequestId", STACK_REQUEST),
    LEAF("ResourceType", RESOURCE_TYPE),
    ENTER("ResponseURL", HAS_RESPONSE_URL),
    LEAF("DeploymentId", ID),
    ENTER("LifecycleEventHookExecutionId", HAS_HOOK),
    ENTER("CodePipeline.job", JOB),
    ENTER("Details", DETAILS),
    LEAF("SecretId", SECRET),
    LEAF("Step", STEP),
    ENTER("ClientRequestToken", HAS_SECRET_TOKEN),
    ENTER("getObjectContext", HAS_OBJECT_CONTEXT),
    ENTER("configuration", ACCESS_POINT),
    ENTER("session", SESSION),
    ENTER("context", ALEXA_CONTEXT),
    ENTER("directive", DIRECTIVE),
    ENTER("bot", BOT),
    ENTER("currentIntent", NAMED),
    ENTER("sessionState", SESSION_STATE),
    ENTER("inputTranscript", HAS_TRANSCRIPT),
    ENTER("invocationSource", HAS_INVOCATION_SOURCE),
    ENTER("clickType", HAS_CLICK),
    ENTER("serialNumber", HAS_SERIAL),
};

static const struct member client_context[] = {
    ENTER("custom", CARRIERS),
    ENTER("Custom", CARRIERS),
    ENTER("env", CARRIERS),
};

static const struct member context[] = {
    LEAF("stage", STAGE),
    LEAF("apiId", API_ID),
    LEAF("domainName", HOST),
    LEAF("requestId", REQUEST_ID),
    LEAF("requestTimeEpoch", REQUEST_TIME),
    LEAF("timeEpoch", REQUEST_TIME),
    LEAF("routeKey", ROUTE_KEY),
    LEAF("serviceArn", SERVICE_ARN),
    LEAF("targetGroupArn", GROUP_ARN),
    LEAF("condition", CONDITION),
    LEAF("functionArn", FUNCTION_ARN),
    ENTER("http", CONTEXT_HTTP),
    ENTER("elb", CONTEXT_ELB),
    ENTER("authorizer", CARRIERS),
    ENTER("connectionId", HAS_CONNECTION),
    ENTER("serviceNetworkArn", HAS_LATTICE),
    ENTER("queryString", HAS_QUERY),
};

static const struct member context_http[] = {LEAF("method", METHOD), LEAF("path", PATH)};
static const struct member context_elb[] = {LEAF("targetGroupArn", GROUP_ARN)};
static const struct member datadog[] = {ENTER("_datadog", DATADOG)};
static const struct member host[] = {UNDER("host", VALUES, HOST)};

static const struct member datadog_root[] = {
    ENTER("Execution", EXECUTION),
    ENTER("StateMachine", MACHINE),
    ENTER("State", STATE),
};

static const struct member payload[] = {
    ENTER("Execution", EXECUTION),
    ENTER("StateMachine", MACHINE),
    ENTER("State", STATE),
    ENTER("_datadog", DATADOG_ROOT),
};

static const struct member execution[] = {
    LEAF("Id", EXECUTION),
    LEAF("RedriveCount", EXECUTION_REDRIVE),
};

static const struct member machine[] = {LEAF("Id", MACHINE), LEAF("Name", MACHINE_NAME)};

static const struct member state[] = {
    LEAF("Name", STATE),
    LEAF("EnteredTime", STATE_TIME),
    LEAF("RetryCount", STATE_RETRY),
};

static const struct member message[] = {
    LEAF("messageId", MESSAGE_ID),
    LEAF("messageID", MESSAGE_ID),
    LEAF("recordId", MESSAGE_ID),
    LEAF("taskId", MESSAGE_ID),
    LEAF("eventID", MESSAGE_EVENT_ID),
    LEAF("eventSource", MESSAGE_SOURCE),
    LEAF("EventSource", MESSAGE_SOURCE),
    LEAF("eventSourceARN", MESSAGE_ARN),
    LEAF("eventSourceArn", MESSAGE_ARN),
    LEAF("eventName", MESSAGE_NAME),
    LEAF("eventTime", MESSAGE_TIME),
    ENTER("body", BODY),
    ENTER("attributes", SYSTEM_ATTRIBUTES),
    ENTER("messageAttributes", ATTRIBUTES),
    ENTER("Sns", ENVELOPE),
    ENTER("kinesis", KINESIS),
    ENTER("dynamodb", DYNAMODB),
    ENTER("s3", S3),
    ENTER("ses", SES),
    ENTER("cf", CLOUDFRONT),
    LEAF("sequenceNumber", MESSAGE_SEQUENCE),
    LEAF("approximateArrivalTimestamp", MESSAGE_TIME),
    ENTER("data", DATA),
    LEAF("topic", MESSAGE_PLACE),
    LEAF("partition", MESSAGE_PARTITION),
    LEAF("offset", MESSAGE_SEQUENCE),
    LEAF("timestamp", MESSAGE_TIME),
    ENTER("headers", KAFKA_HEADERS),
    ENTER("destination", DESTINATION),
    ENTER("properties", CARRIERS),
    ENTER("basicProperties", RABBIT),
    ENTER("event", DOCUMENT),
    LEAF("s3BucketArn", MESSAGE_PLACE_ARN),
    LEAF("s3Bucket", MESSAGE_PLACE),
    /* A batch of AppSync's is a list of what else is one event. */
    ENTER("info", GRAPHQL),
    ENTER("request", REQUEST),
    ENTER("arguments", HAS_ARGUMENTS),
};

static const struct member envelope[] = {
    LEAF("TopicArn", TOPIC_ARN),
    LEAF("MessageId", TOPIC_ID),
    LEAF("Timestamp", TOPIC_TIME),
    ENTER("Message", BODY),
    ENTER("MessageAttributes", ATTRIBUTES),
    LEAF("detail-type", BUS_TYPE),
    LEAF("source", BUS_SOURCE),
    LEAF("id", BUS_ID),
    LEAF("time", BUS_TIME),
    ENTER("detail", CARRIERS),
    ENTER("Records", INNER_RECORDS),
    ENTER("_datadog", DATADOG),
};

static const struct member attributes[] = {ENTER("_datadog", ATTRIBUTE_DATADOG)};

static const struct member attribute[] = {
    LEAF("stringValue", ABOVE),
    LEAF("Value", ABOVE),
    UNDER("bytes", BYTES, ABOVE),
};

static const struct member attribute_datadog[] = {
    ENTER("stringValue", DATADOG),
    ENTER("binaryValue", DATADOG),
    ENTER("Value", DATADOG),
};

static const struct member system_attributes[] = {
    LEAF("SentTimestamp", MESSAGE_TIME),
    LEAF("AWSTraceHeader", XRAY),
};

static const struct member rabbit[] = {
    ENTER("headers", RABBIT_HEADERS),
    LEAF("messageId", MESSAGE_ID),
};

static const struct member destination[] = {LEAF("physicalName", MESSAGE_PLACE)};

static const struct member kinesis[] = {
    LEAF("sequenceNumber", MESSAGE_SEQUENCE),
    LEAF("approximateArrivalTimestamp", MESSAGE_TIME),
    ENTER("data", DATA),
};

static const struct member dynamodb[] = {
    LEAF("SequenceNumber", MESSAGE_SEQUENCE),
    LEAF("ApproximateCreationDateTime", MESSAGE_TIME),
};

static const struct member s3[] = {ENTER("bucket", BUCKET)};
static const struct member bucket[] = {
    LEAF("name", MESSAGE_PLACE),
    LEAF("arn", MESSAGE_PLACE_ARN),
};

static const struct member inner_record[] = {
    LEAF("eventSource", INNER_SOURCE),
    LEAF("eventTime", INNER_TIME),
    ENTER("s3", INNER_S3),
};

static const struct member inner_s3[] = {ENTER("bucket", INNER_BUCKET)};
static const struct member inner_bucket[] = {
    LEAF("name", INNER_PLACE),
    LEAF("arn", INNER_PLACE_ARN),
};

static const struct member ses[] = {ENTER("mail", MAIL)};
static const struct member mail[] = {
    LEAF("messageId", MESSAGE_ID),
    LEAF("timestamp", MESSAGE_TIME),
};

static const struct member cloudfront[] = {
    ENTER("config", CLOUDFRONT_CONFIG),
    ENTER("request", CLOUDFRONT_REQUEST),
};
static const struct member cloudfront_config[] = {
    LEAF("distributionId", MESSAGE_PLACE),
    LEAF("eventType", MESSAGE_NAME),
    LEAF("requestId", MESSAGE_ID),
};
static const struct member cloudfront_request[] = {
    LEAF("method", MESSAGE_METHOD),
    LEAF("uri", MESSAGE_PATH),
    ENTER("headers", CLOUDFRONT_HEADERS),
};
static const struct member cloudfront_pair[] = {LEAF("value", ABOVE)};

static const struct member document[] = {
    ENTER("ns", NAMESPACE),
    LEAF("operationType", MESSAGE_NAME),
    ENTER("clusterTime", CLUSTER_TIME),
};
static const struct member namespace[] = {LEAF("coll", MESSAGE_PLACE)};
static const struct member cluster_time[] = {ENTER("$timestamp", CLUSTER_TIMESTAMP)};
static const struct member cluster_timestamp[] = {LEAF("t", MESSAGE_TIME)};

static const struct member graphql[] = {
    LEAF("fieldName", GRAPHQL_FIELD),
    LEAF("parentTypeName", GRAPHQL_TYPE),
    ENTER("channel", HAS_CHANNEL),
};

static const struct member request[] = {
    ENTER("headers", HEADERS),
    LEAF("type", REQUEST_TYPE),
    LEAF("timestamp", TIMESTAMP),
    ENTER("intent", NAMED),
};

static const struct member named[] = {LEAF("name", INTENT)};
static const struct member session[] = {ENTER("application", APPLICATION)};
static const struct member application[] = {LEAF("applicationId", SKILL)};
static const struct member alexa_context[] = {ENTER("System", ALEXA_SYSTEM)};
static const struct member directive[] = {ENTER("header", DIRECTIVE_HEADER)};
static const struct member directive_header[] = {
    LEAF("namespace", SKILL),
    LEAF("name", INTENT),
};
static const struct member bot[] = {LEAF("name", BOT)};
static const struct member session_state[] = {ENTER("intent", NAMED)};
static const struct member job[] = {LEAF("id", JOB)};
static const struct member details[] = {ENTER("ContactData", CONTACT)};
static const struct member contact[] = {
    LEAF("ContactId", CONTACT),
    LEAF("InstanceARN", CONTACT_INSTANCE),
};
static const struct member access_point[] = {LEAF("accessPointArn", ACCESS_POINT)};
static const struct member widget[] = {LEAF("dashboardName", DASHBOARD)};

struct node {
    const struct member *members;
    unsigned char count;
    unsigned char want;
    enum tree_node carriers; /* Members that are named as carriers lead there. */
    enum tree_node any;      /* Every other member, and with element every element... */
    enum tree_node element;  /* ...leads there. */
    enum tree_node inside;   /* Of the JSON in its text. */
    enum tree_field key;     /* What the keys are. */
};

#define MEMBERS(table) .members = (table), .count = sizeof(table) / sizeof((table)[0])
#define WALK           .want = SCAN_WALK

static const struct node nodes[TREE_NODES] = {
    [TREE_LEAF] = {.want = SCAN_TAKE},
    [TREE_BYTE] = {.want = SCAN_TAKE},
    [TREE_HAS_LATTICE_V1] = {.want = SCAN_TAKE},
    [TREE_ROOT] = {WALK, MEMBERS(root), .carriers = TREE_LEAF, .element = TREE_MESSAGE},
    [TREE_CLIENT_CONTEXT] = {WALK, MEMBERS(client_context)},
    [TREE_CONTEXT] = {WALK, MEMBERS(context)},
    [TREE_CONTEXT_HTTP] = {WALK, MEMBERS(context_http)},
    [TREE_CONTEXT_ELB] = {WALK, MEMBERS(context_elb)},
    [TREE_CARRIERS] = {WALK, MEMBERS(datadog), .carriers = TREE_LEAF},
    [TREE_HEADERS] = {WALK, MEMBERS(host), .carriers = TREE_VALUES},
    [TREE_VALUES] = {.want = SCAN_WALK | SCAN_TAKE, .element = TREE_LEAF},
    [TREE_DATADOG] = {.want = SCAN_WALK | SCAN_PIECES,
                      .carriers = TREE_LEAF,
                      .inside = TREE_CARRIERS},
    [TREE_DATADOG_ROOT] = {.want = SCAN_WALK | SCAN_PIECES,
                           MEMBERS(datadog_root),
                           .carriers = TREE_LEAF,
                           .inside = TREE_CARRIERS},
    [TREE_PAYLOAD] = {WALK, MEMBERS(payload), .carriers = TREE_LEAF},
    [TREE_EXECUTION] = {WALK, MEMBERS(execution)},
    [TREE_MACHINE] = {WALK, MEMBERS(machine)},
    [TREE_STATE] = {WALK, MEMBERS(state)},
    [TREE_MESSAGES] = {WALK, .element = TREE_MESSAGE},
    [TREE_RECORDS] = {WALK, .element = TREE_MESSAGE, .any = TREE_PARTITION},
    [TREE_PARTITION] = {WALK, .element = TREE_MESSAGE, .any = TREE_MESSAGE},
    [TREE_QUEUES] = {WALK, .any = TREE_QUEUE, .key = FIELD_QUEUE},
    [TREE_QUEUE] = {WALK, .element = TREE_MESSAGE},
    [TREE_MESSAGE] = {WALK, MEMBERS(message)},
    [TREE_BODY] = {.want = SCAN_PIECES, .inside = TREE_ENVELOPE},
    [TREE_DATA] = {.want = SCAN_PIECES, .inside = TREE_CARRIERS},
    [TREE_ENVELOPE] = {WALK, MEMBERS(envelope), .carriers = TREE_LEAF},
    [TREE_ATTRIBUTES] = {WALK, MEMBERS(attributes), .carriers = TREE_ATTRIBUTE},
    [TREE_ATTRIBUTE] = {.want = SCAN_WALK | SCAN_TAKE, MEMBERS(attribute)},
    [TREE_ATTRIBUTE_DATADOG] = {WALK, MEMBERS(attribute_datadog)},
    [TREE_SYSTEM_ATTRIBUTES] = {WALK, MEMBERS(system_attributes)},
    [TREE_BYTES] = {WALK, .element = TREE_BYTE, .any = TREE_BYTE},
    [TREE_KAFKA_HEADERS] = {WALK, .element = TREE_KAFKA_HEADER, .any = TREE_KAFKA_HEADER},
    [TREE_KAFKA_HEADER] = {WALK, .carriers = TREE_BYTES},
    [TREE_RABBIT] = {WALK, MEMBERS(rabbit)},
    [TREE_RABBIT_HEADERS] = {WALK, .carriers = TREE_ATTRIBUTE},
    [TREE_DESTINATION] = {WALK, MEMBERS(destination)},
    [TREE_KINESIS] = {WALK, MEMBERS(kinesis)},
    [TREE_DYNAMODB] = {WALK, MEMBERS(dynamodb)},
    [TREE_S3] = {WALK, MEMBERS(s3)},
    [TREE_BUCKET] = {WALK, MEMBERS(bucket)},
    [TREE_INNER_RECORDS] = {WALK, .element = TREE_INNER_RECORD},
    [TREE_INNER_RECORD] = {WALK, MEMBERS(inner_record)},
    [TREE_INNER_S3] = {WALK, MEMBERS(inner_s3)},
    [TREE_INNER_BUCKET] = {WALK, MEMBERS(inner_bucket)},
    [TREE_SES] = {WALK, MEMBERS(ses)},
    [TREE_MAIL] = {WALK, MEMBERS(mail)},
    [TREE_CLOUDFRONT] = {WALK, MEMBERS(cloudfront)},
    [TREE_CLOUDFRONT_CONFIG] = {WALK, MEMBERS(cloudfront_config)},
    [TREE_CLOUDFRONT_REQUEST] = {WALK, MEMBERS(cloudfront_request)},
    [TREE_CLOUDFRONT_HEADERS] = {WALK, .carriers = TREE_CLOUDFRONT_HEADER},
    [TREE_CLOUDFRONT_HEADER] = {WALK, .element = TREE_CLOUDFRONT_PAIR},
    [TREE_CLOUDFRONT_PAIR] = {WALK, MEMBERS(cloudfront_pair)},
    [TREE_DOCUMENT] = {WALK, MEMBERS(document)},
    [TREE_NAMESPACE] = {WALK, MEMBERS(namespace)},
    [TREE_CLUSTER_TIME] = {WALK, MEMBERS(cluster_time)},
    [TREE_CLUSTER_TIMESTAMP] = {WALK, MEMBERS(cluster_timestamp)},
    [TREE_RULES] = {WALK, .element = TREE_LEAF},
    [TREE_GRAPHQL] = {WALK, MEMBERS(graphql)},
    [TREE_REQUEST] = {WALK, MEMBERS(request)},
    [TREE_NAMED] = {WALK, MEMBERS(named)},
    [TREE_SESSION] = {WALK, MEMBERS(session)},
    [TREE_APPLICATION] = {WALK, MEMBERS(application)},
    [TREE_ALEXA_CONTEXT] = {WALK, MEMBERS(alexa_context)},
    [TREE_ALEXA_SYSTEM] = {WALK, MEMBERS(session)},
    [TREE_DIRECTIVE] = {WALK, MEMBERS(directive)},
    [TREE_DIRECTIVE_HEADER] = {WALK, MEMBERS(directive_header)},
    [TREE_BOT] = {WALK, MEMBERS(bot)},
    [TREE_SESSION_STATE] = {WALK, MEMBERS(session_state)},
    [TREE_JOB] = {WALK, MEMBERS(job)},
    [TREE_DETAILS] = {WALK, MEMBERS(details)},
    [TREE_CONTACT] = {WALK, MEMBERS(contact)},
    [TREE_ACCESS_POINT] = {WALK, MEMBERS(access_point)},
    [TREE_WIDGET] = {WALK, MEMBERS(widget)},
};

static const struct tree_place nothing = {TREE_NOTHING, FIELD_NONE};

unsigned tree_want(struct tree_place place)
{
    ENSURE(place.node < TREE_NODES);
    return nodes[place.node].want;
}

static struct slice key_of(const struct member *member)
{
    return slice_of(member->key, member->key_size);
}

static enum tree_field carrier(struct slice name)
{
    /* The shortest name has two bytes, the longest as many as the longest in the table. */
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        if (carriers[i].key_size == name.size && slice_equal_nocase(key_of(&carriers[i]), name)) {
            return carriers[i].place.field;
        }
    }
    return FIELD_NONE;
}

struct tree_place tree_member(struct tree_place place, struct slice key)
{
    const struct node *node = &nodes[place.node];
    bool nocase = place.node == TREE_HEADERS;
    for (size_t i = 0; i < node->count; i++) {
        const struct member *member = &node->members[i];
        if (nocase ? slice_equal_nocase(key_of(member), key) : slice_equal(key_of(member), key)) {
            struct tree_place found = member->place;
            found.field = found.field == FIELD_ABOVE ? place.field : found.field;
            return found;
        }
    }
    if (node->carriers != TREE_NOTHING) {
        enum tree_field field = carrier(key);
        if (field != FIELD_NONE) {
            return (struct tree_place){(unsigned char)node->carriers, (unsigned char)field};
        }
    }
    return node->any != TREE_NOTHING ? (struct tree_place){(unsigned char)node->any, place.field}
                                     : nothing;
}

struct tree_place tree_element(struct tree_place place)
{
    enum tree_node element = nodes[place.node].element;
    enum tree_field field = place.node == TREE_RULES ? FIELD_RULE : place.field;
    return element != TREE_NOTHING
               ? (struct tree_place){(unsigned char)element, (unsigned char)field}
               : nothing;
}

struct tree_place tree_inside(struct tree_place place)
{
    return (struct tree_place){(unsigned char)nodes[place.node].inside, FIELD_NONE};
}

enum tree_field tree_keys(struct tree_place place)
{
    return nodes[place.node].key;
}

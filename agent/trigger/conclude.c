/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/parts.h"

#include "base/xray.h"

static bool has(const struct trigger_read *reader, enum tree_field field)
{
    return facts_has(reader, field);
}

static bool seen(const struct trigger_read *reader, enum tree_node node)
{
    return facts_seen(reader, node);
}

static bool is(const struct trigger_read *reader, enum tree_field field, struct slice text)
{
    return slice_equal(facts_field(reader, field), text);
}

/* What looked like messages was something else. */
static void forget(struct trigger *trigger)
{
    trigger->source_count = 0;
    trigger->link_count = 0;
    trigger->links_more = 0;
    trigger->messages = 0;
    trigger->detail = SLICE_EMPTY;
    trigger->partition = SLICE_EMPTY;
}

/* A list of messages: what they say of themselves, else what the event says of them. */
static enum trigger_kind list_kind(const struct trigger_read *reader)
{
    const struct trigger *trigger = &reader->trigger;
    if (trigger->messages == 0 || trigger->source_count == 0) {
        return TRIGGER_UNKNOWN;
    }
    if (trigger->sources[0].kind != TRIGGER_UNKNOWN) {
        return trigger->sources[0].kind;
    }
    if (has(reader, FIELD_STREAM_ARN)) {
        return TRIGGER_FIREHOSE;
    }
    if (seen(reader, TREE_HAS_SCHEMA_VERSION)) {
        return TRIGGER_S3_BATCH;
    }
    return message_kind(facts_field(reader, FIELD_SOURCE));
}

static enum trigger_kind bus_kind(const struct trigger_read *reader)
{
    if (!has(reader, FIELD_DETAIL_TYPE) || !has(reader, FIELD_ORIGIN)) {
        return TRIGGER_UNKNOWN;
    }
    bool clock = is(reader, FIELD_ORIGIN, SLICE("aws.events")) ||
                 is(reader, FIELD_ORIGIN, SLICE("aws.scheduler"));
    return clock && is(reader, FIELD_DETAIL_TYPE, SLICE("Scheduled Event")) ? TRIGGER_SCHEDULE
                                                                            : TRIGGER_EVENTBRIDGE;
}

/* Services that invoke functions with an event of their own. */
static enum trigger_kind service_kind(const struct trigger_read *r)
{
    const struct {
        bool there;
        enum trigger_kind kind;
    } rules[] = {
        {has(r, FIELD_EXECUTION) && (has(r, FIELD_STATE) || has(r, FIELD_MACHINE)),
         TRIGGER_STEP_FUNCTIONS},
        {seen(r, TREE_HAS_AWSLOGS), TRIGGER_CLOUDWATCH_LOGS},
        {seen(r, TREE_HAS_REQUEST_PAYLOAD) && has(r, FIELD_CONDITION), TRIGGER_DESTINATION},
        {has(r, FIELD_TRIGGER_SOURCE) && has(r, FIELD_POOL), TRIGGER_COGNITO},
        {seen(r, TREE_HAS_DATASET) && seen(r, TREE_HAS_POOL), TRIGGER_COGNITO},
        {has(r, FIELD_CONFIG_RULE) && has(r, FIELD_CONFIG_RULE_ARN), TRIGGER_CONFIG},
        {has(r, FIELD_ACTION_GROUP) && seen(r, TREE_HAS_AGENT), TRIGGER_BEDROCK_AGENT},
        {has(r, FIELD_ALARM_ARN) && seen(r, TREE_HAS_ALARM), TRIGGER_CLOUDWATCH_ALARM},
        {has(r, FIELD_DASHBOARD), TRIGGER_CLOUDWATCH_DASHBOARD},
        {has(r, FIELD_STACK) && seen(r, TREE_HAS_RESPONSE_URL), TRIGGER_CLOUDFORMATION},
        {has(r, FIELD_JOB), TRIGGER_CODEPIPELINE},
        {seen(r, TREE_HAS_HOOK), TRIGGER_CODEDEPLOY},
        {has(r, FIELD_SECRET) && seen(r, TREE_HAS_SECRET_TOKEN), TRIGGER_SECRETS_MANAGER},
        {seen(r, TREE_HAS_OBJECT_CONTEXT), TRIGGER_S3_OBJECT_LAMBDA},
        {has(r, FIELD_CONTACT), TRIGGER_CONNECT},
        {has(r, FIELD_SKILL), TRIGGER_ALEXA},
        {seen(r, TREE_BOT) && (seen(r, TREE_HAS_TRANSCRIPT) || seen(r, TREE_HAS_INVOCATION_SOURCE)),
         TRIGGER_LEX},
        {seen(r, TREE_HAS_CLICK) && seen(r, TREE_HAS_SERIAL), TRIGGER_IOT},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].there) {
            return rules[i].kind;
        }
    }
    return TRIGGER_UNKNOWN;
}

static struct slice field(const struct trigger_read *reader, enum tree_field of)
{
    return facts_field(reader, of);
}

/* Where the one source of an event without messages stands. */
struct origin {
    enum trigger_kind kind;
    enum tree_field name;
    unsigned char behind; /* The name is what stands behind the last such byte; 0: all of it. */
    enum tree_field arn;
    enum tree_field id;
    enum tree_field since;
    enum tree_field detail;
};

static const struct origin origins[] = {
    {TRIGGER_EVENTBRIDGE, FIELD_ORIGIN, 0, FIELD_NONE, FIELD_ID, FIELD_TIME, FIELD_DETAIL_TYPE},
    {TRIGGER_SCHEDULE, FIELD_RULE, '/', FIELD_RULE, FIELD_ID, FIELD_TIME, FIELD_NONE},
    {TRIGGER_STEP_FUNCTIONS, FIELD_MACHINE, ':', FIELD_EXECUTION, FIELD_NONE, FIELD_STATE_TIME,
     FIELD_STATE},
    {TRIGGER_DESTINATION, FIELD_FUNCTION_ARN, 0, FIELD_FUNCTION_ARN, FIELD_REQUEST_ID,
     FIELD_TIMESTAMP, FIELD_CONDITION},
    {TRIGGER_COGNITO, FIELD_POOL, 0, FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_TRIGGER_SOURCE},
    {TRIGGER_LEX, FIELD_BOT, 0, FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_INTENT},
    {TRIGGER_ALEXA, FIELD_SKILL, 0, FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_REQUEST_TYPE},
    {TRIGGER_CONNECT, FIELD_CONTACT_INSTANCE, '/', FIELD_CONTACT_INSTANCE, FIELD_CONTACT,
     FIELD_NONE, FIELD_NONE},
    {TRIGGER_BEDROCK_AGENT, FIELD_ACTION_GROUP, 0, FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_NONE},
    {TRIGGER_CLOUDFORMATION, FIELD_STACK, 0, FIELD_STACK, FIELD_STACK_REQUEST, FIELD_NONE,
     FIELD_REQUEST_TYPE},
    {TRIGGER_CODEPIPELINE, FIELD_NONE, 0, FIELD_NONE, FIELD_JOB, FIELD_NONE, FIELD_NONE},
    {TRIGGER_CODEDEPLOY, FIELD_NONE, 0, FIELD_NONE, FIELD_ID, FIELD_NONE, FIELD_NONE},
    {TRIGGER_CONFIG, FIELD_CONFIG_RULE, 0, FIELD_CONFIG_RULE_ARN, FIELD_NONE, FIELD_NONE,
     FIELD_NONE},
    {TRIGGER_SECRETS_MANAGER, FIELD_SECRET, ':', FIELD_SECRET, FIELD_NONE, FIELD_NONE, FIELD_STEP},
    {TRIGGER_S3_OBJECT_LAMBDA, FIELD_ACCESS_POINT, '/', FIELD_ACCESS_POINT, FIELD_NONE, FIELD_NONE,
     FIELD_NONE},
    {TRIGGER_CLOUDWATCH_ALARM, FIELD_ALARM_ARN, ':', FIELD_ALARM_ARN, FIELD_NONE, FIELD_TIME,
     FIELD_NONE},
    {TRIGGER_CLOUDWATCH_DASHBOARD, FIELD_DASHBOARD, 0, FIELD_NONE, FIELD_NONE, FIELD_NONE,
     FIELD_NONE},
};

/* arn:...:stack/name/271845b0-... */
static struct slice stack_name(struct slice arn)
{
    struct slice name = SLICE_EMPTY;
    struct slice rest = facts_behind(arn, ':');
    (void)slice_cut(rest, '/', &name, &rest);
    (void)slice_cut(rest, '/', &name, &rest);
    return name;
}

static struct slice origin_name(const struct trigger_read *reader, const struct origin *origin)
{
    struct slice text = field(reader, origin->name);
    if (origin->kind == TRIGGER_CLOUDFORMATION) {
        return stack_name(text);
    }
    if (origin->kind == TRIGGER_STEP_FUNCTIONS && text.size == 0) {
        return field(reader, FIELD_MACHINE_NAME);
    }
    return origin->behind != 0 ? facts_behind(text, origin->behind) : text;
}

static void single_facts(struct trigger_read *reader, enum trigger_kind kind)
{
    struct trigger *trigger = &reader->trigger;
    forget(trigger);
    if (kind == TRIGGER_BEDROCK_AGENT) {
        trigger->method = field(reader, FIELD_METHOD);
        trigger->route = field(reader, FIELD_API_PATH);
    }
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        const struct origin *origin = &origins[i];
        if (origin->kind == kind) {
            trigger->detail = field(reader, origin->detail);
            facts_message(
                reader,
                facts_source(reader, kind, origin_name(reader, origin), field(reader, origin->arn)),
                field(reader, origin->id), field(reader, origin->since), SLICE_EMPTY);
            return;
        }
    }
}

/* Sources whose kind and ARN only the event told. */
static void list_facts(struct trigger_read *reader, enum trigger_kind kind)
{
    struct trigger *trigger = &reader->trigger;
    struct slice arn =
        field(reader, kind == TRIGGER_FIREHOSE ? FIELD_STREAM_ARN : FIELD_SOURCE_ARN);
    for (size_t i = 0; i < trigger->source_count; i++) {
        struct trigger_source *source = &trigger->sources[i];
        if (source->kind != TRIGGER_UNKNOWN) {
            continue;
        }
        source->kind = kind;
        if (source->arn.size == 0 && arn.size <= TRIGGER_ARN_MAX) {
            source->arn = arn;
        }
        if (source->name.size == 0 && kind == TRIGGER_FIREHOSE) {
            source->name = facts_behind(arn, '/');
        }
    }
}

/* What a datasource says of the change, in OpenTelemetry's three words. */
static struct slice operation_of(enum trigger_kind kind, struct slice detail)
{
    static const struct {
        struct slice begin;
        struct slice operation;
    } words[] = {
        {SLICE_INIT("INSERT"), SLICE_INIT("insert")},
        {SLICE_INIT("insert"), SLICE_INIT("insert")},
        {SLICE_INIT("ObjectCreated:"), SLICE_INIT("insert")},
        {SLICE_INIT("MODIFY"), SLICE_INIT("edit")},
        {SLICE_INIT("update"), SLICE_INIT("edit")},
        {SLICE_INIT("replace"), SLICE_INIT("edit")},
        {SLICE_INIT("REMOVE"), SLICE_INIT("delete")},
        {SLICE_INIT("delete"), SLICE_INIT("delete")},
        {SLICE_INIT("ObjectRemoved:"), SLICE_INIT("delete")},
    };
    if (!slice_equal(trigger_faas(kind), SLICE("datasource"))) {
        return SLICE_EMPTY;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_starts(detail, words[i].begin)) {
            return words[i].operation;
        }
    }
    return SLICE_EMPTY;
}

/* What carried one request gives it its parent; other traces are links. */
static void caller(struct trigger_read *reader, enum trigger_kind kind)
{
    struct trigger *trigger = &reader->trigger;
    struct carrier_contexts contexts;
    facts_contexts(reader, &contexts);
    trigger->parent = contexts.parent;
    if (contexts.w3c) {
        trigger->tracestate = field(reader, FIELD_TRACESTATE);
    }
    if (contexts.xray) {
        trigger->xray = field(reader, FIELD_XRAY);
    }
    for (size_t i = 0; i < contexts.other_count; i++) {
        facts_link(reader, &contexts.others[i], SLICE_EMPTY);
    }
    if (kind == TRIGGER_STEP_FUNCTIONS) {
        workflow_link(reader);
    }
}

void conclude_all(struct trigger_read *reader, bool complete)
{
    struct trigger *trigger = &reader->trigger;
    if (!complete) {
        forget(trigger);
        return;
    }
    enum trigger_kind kind = list_kind(reader);
    if (kind != TRIGGER_UNKNOWN) {
        list_facts(reader, kind);
    } else {
        kind = request_kind(reader);
        if (kind != TRIGGER_UNKNOWN) {
            request_facts(reader, kind);
        } else {
            kind = bus_kind(reader);
            kind = kind != TRIGGER_UNKNOWN ? kind : service_kind(reader);
            kind = kind != TRIGGER_UNKNOWN  ? kind
                   : reader->client_context ? TRIGGER_INVOKE
                                            : TRIGGER_OTHER;
            single_facts(reader, kind);
        }
        caller(reader, kind);
    }
    trigger->kind = kind;
    trigger->operation = operation_of(kind, trigger->detail);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "trigger/parts.h"

static bool is(const struct trigger_read *reader, enum tree_field field, struct slice text)
{
    return slice_equal(facts_field(reader, field), text);
}

static bool is_graphql(const struct trigger_read *reader)
{
    bool resolver = facts_has(reader, FIELD_GRAPHQL_FIELD) && facts_has(reader, FIELD_GRAPHQL_TYPE);
    bool authorizer = facts_seen(reader, TREE_HAS_TOKEN) && facts_seen(reader, TREE_HAS_QUERY);
    return resolver || authorizer || facts_seen(reader, TREE_HAS_CHANNEL);
}

enum trigger_kind request_kind(const struct trigger_read *reader)
{
    if (facts_seen(reader, TREE_CONTEXT_ELB)) {
        return TRIGGER_ALB;
    }
    if (facts_seen(reader, TREE_HAS_LATTICE) ||
        (facts_seen(reader, TREE_HAS_LATTICE_V1) && facts_has(reader, FIELD_METHOD))) {
        return TRIGGER_VPC_LATTICE;
    }
    if (facts_has(reader, FIELD_METHOD_ARN) &&
        (is(reader, FIELD_TYPE, SLICE("REQUEST")) || is(reader, FIELD_TYPE, SLICE("TOKEN")))) {
        return TRIGGER_API_GATEWAY_AUTHORIZER;
    }
    if (facts_seen(reader, TREE_CONTEXT_HTTP)) {
        bool url = slice_find(facts_field(reader, FIELD_HOST), SLICE(".lambda-url.")) != SLICE_NONE;
        return url ? TRIGGER_FUNCTION_URL : TRIGGER_API_GATEWAY_HTTP;
    }
    if (facts_seen(reader, TREE_HAS_CONNECTION)) {
        return TRIGGER_API_GATEWAY_WEBSOCKET;
    }
    if (facts_seen(reader, TREE_CONTEXT) && facts_has(reader, FIELD_METHOD) &&
        facts_has(reader, FIELD_RESOURCE)) {
        return TRIGGER_API_GATEWAY_REST;
    }
    if (facts_has(reader, FIELD_MESSAGE_METHOD)) {
        return TRIGGER_CLOUDFRONT;
    }
    return is_graphql(reader) ? TRIGGER_APPSYNC : TRIGGER_UNKNOWN;
}

/* "GET /user/{id}" without the method, which is told apart; "$default" stays. */
static struct slice route_of(struct slice key)
{
    size_t at = slice_find(key, SLICE(" /"));
    return at == SLICE_NONE ? key : slice_skip(key, at + 1);
}

/* "Mutation.createSomething" */
static struct slice graphql_route(struct trigger_read *reader)
{
    struct buf buf;
    buf_init_fixed(&buf, reader->route, sizeof(reader->route));
    buf_append(&buf, facts_field(reader, FIELD_GRAPHQL_TYPE));
    buf_append_byte(&buf, '.');
    buf_append(&buf, facts_field(reader, FIELD_GRAPHQL_FIELD));
    return buf_overflowed(&buf) || !facts_has(reader, FIELD_GRAPHQL_FIELD) ? SLICE_EMPTY
                                                                           : buf_bytes(&buf);
}

static struct slice without_query(struct slice path)
{
    struct slice rest = SLICE_EMPTY;
    (void)slice_cut(path, '?', &path, &rest);
    return path;
}

static void set_route(struct trigger_read *reader, enum trigger_kind kind)
{
    struct trigger *trigger = &reader->trigger;
    struct slice key = facts_field(reader, FIELD_ROUTE_KEY);
    if (kind == TRIGGER_APPSYNC) {
        trigger->route = graphql_route(reader);
    } else if (kind == TRIGGER_API_GATEWAY_REST || kind == TRIGGER_API_GATEWAY_AUTHORIZER) {
        trigger->route = facts_field(reader, FIELD_RESOURCE);
    }
    /* A function's URL has one route, which says nothing. */
    if (trigger->route.size == 0 && kind != TRIGGER_FUNCTION_URL) {
        trigger->route = route_of(key);
    }
}

/* The gateway, and when it got the request. */
static void set_source(struct trigger_read *reader, enum trigger_kind kind)
{
    struct slice name = facts_field(reader, FIELD_API_ID);
    struct slice arn = SLICE_EMPTY;
    struct slice rest = SLICE_EMPTY;
    if (kind == TRIGGER_ALB) {
        /* arn:...:targetgroup/name/dcabb42f66a496e0 */
        arn = facts_field(reader, FIELD_GROUP_ARN);
        (void)slice_cut(facts_behind(arn, ':'), '/', &name, &rest);
        (void)slice_cut(rest, '/', &name, &rest);
    } else if (kind == TRIGGER_VPC_LATTICE) {
        arn = facts_field(reader, FIELD_SERVICE_ARN);
        name = facts_behind(arn, '/');
    } else if (kind == TRIGGER_CLOUDFRONT) {
        name = facts_field(reader, FIELD_MESSAGE_PLACE);
    } else if (kind == TRIGGER_API_GATEWAY_AUTHORIZER) {
        arn = facts_field(reader, FIELD_METHOD_ARN);
    }
    facts_message(reader, facts_source(reader, kind, name, arn), SLICE_EMPTY,
                  facts_field(reader, FIELD_REQUEST_TIME), SLICE_EMPTY);
}

void request_facts(struct trigger_read *reader, enum trigger_kind kind)
{
    struct trigger *trigger = &reader->trigger;
    struct slice path = facts_field(reader, FIELD_RAW_PATH);
    /* What looked like messages were the parts of one request. */
    trigger->source_count = 0;
    trigger->messages = 0;
    trigger->method = facts_field(reader, FIELD_METHOD);
    trigger->path = without_query(path.size > 0 ? path : facts_field(reader, FIELD_PATH));
    trigger->host = facts_field(reader, FIELD_HOST);
    if (kind == TRIGGER_CLOUDFRONT) {
        trigger->method = facts_field(reader, FIELD_MESSAGE_METHOD);
        trigger->path = without_query(facts_field(reader, FIELD_MESSAGE_PATH));
        trigger->detail = facts_field(reader, FIELD_MESSAGE_NAME);
    }
    set_route(reader, kind);
    set_source(reader, kind);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "trigger/parts.h"

#include <string.h>

void message_begin(struct trigger_read *reader)
{
    memset(reader->fields, 0, FIELD_OF_MESSAGE * sizeof(reader->fields[0]));
    reader->message_used = 0;
    reader->refused = 0;
}

enum trigger_kind message_kind(struct slice source)
{
    static const struct {
        struct slice source;
        enum trigger_kind kind;
    } kinds[] = {
        {SLICE_INIT("aws:sqs"), TRIGGER_SQS},
        {SLICE_INIT("aws:sns"), TRIGGER_SNS},
        {SLICE_INIT("aws:kinesis"), TRIGGER_KINESIS},
        {SLICE_INIT("aws:dynamodb"), TRIGGER_DYNAMODB},
        {SLICE_INIT("aws:s3"), TRIGGER_S3},
        {SLICE_INIT("aws:ses"), TRIGGER_SES},
        {SLICE_INIT("aws:codecommit"), TRIGGER_CODECOMMIT},
        {SLICE_INIT("aws:kafka"), TRIGGER_MSK},
        {SLICE_INIT("aws:SelfManagedKafka"), TRIGGER_KAFKA},
        {SLICE_INIT("SelfManagedKafka"), TRIGGER_KAFKA},
        {SLICE_INIT("aws:amq"), TRIGGER_ACTIVEMQ},
        {SLICE_INIT("aws:mq"), TRIGGER_ACTIVEMQ},
        {SLICE_INIT("aws:rmq"), TRIGGER_RABBITMQ},
        {SLICE_INIT("aws:docdb"), TRIGGER_DOCUMENTDB},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct slice rest = slice_skip(source, kinds[i].source.size);
        /* A source may say more behind a colon. */
        if (slice_starts(source, kinds[i].source) && (rest.size == 0 || rest.base[0] == ':')) {
            return kinds[i].kind;
        }
    }
    return TRIGGER_UNKNOWN;
}

/* Of a message that names no source: by what it holds, which nothing else does.  Those whose event
 * names it are TRIGGER_UNKNOWN until the end. */
static enum trigger_kind kind_here(const struct trigger_read *reader)
{
    enum trigger_kind kind = message_kind(facts_field(reader, FIELD_MESSAGE_SOURCE));
    if (kind != TRIGGER_UNKNOWN) {
        return kind;
    }
    if (facts_has(reader, FIELD_MESSAGE_METHOD)) {
        return TRIGGER_CLOUDFRONT;
    }
    return facts_seen(reader, TREE_ENVELOPE) ? TRIGGER_SNS : TRIGGER_UNKNOWN;
}

/* arn:aws:dynamodb:us-east-1:123456789012:table/Name/stream/2015-06-27T00:48:05.899 */
static struct slice table_name(struct slice arn)
{
    size_t at = slice_find(arn, SLICE(":table/"));
    struct slice name = SLICE_EMPTY;
    if (at == SLICE_NONE) {
        return arn;
    }
    (void)slice_cut(slice_skip(arn, at + sizeof(":table/") - 1), '/', &name, &arn);
    return name;
}

/* The source that the message came out of, and the text of its name. */
static struct trigger_source *direct_source(struct trigger_read *reader, enum trigger_kind kind)
{
    struct slice arn = facts_field(reader, FIELD_MESSAGE_ARN);
    struct slice place = facts_field(reader, FIELD_MESSAGE_PLACE);
    struct slice place_arn = facts_field(reader, FIELD_MESSAGE_PLACE_ARN);
    struct slice topic = facts_field(reader, FIELD_TOPIC_ARN);
    struct slice queue = SLICE_EMPTY;
    struct slice host = SLICE_EMPTY;
    if (kind == TRIGGER_SNS) {
        return facts_source(reader, kind, facts_behind(topic, ':'), topic);
    }
    if (kind == TRIGGER_KINESIS) {
        return facts_source(reader, kind, facts_behind(arn, '/'), arn);
    }
    if (kind == TRIGGER_DYNAMODB) {
        return facts_source(reader, kind, table_name(arn), arn);
    }
    if (kind == TRIGGER_SQS || kind == TRIGGER_CODECOMMIT) {
        return facts_source(reader, kind, facts_behind(arn, ':'), arn);
    }
    if (place.size == 0 && place_arn.size > 0) {
        place = facts_behind(place_arn, ':');
    }
    if (place.size == 0 && reader->queue_size > 0) {
        /* "name::virtual host" */
        queue = slice_of(reader->queue, reader->queue_size);
        (void)slice_cut(queue, ':', &place, &host);
    }
    return facts_source(reader, kind, place, place_arn.size > 0 ? place_arn : arn);
}

/* A source before the one that invokes us: the message's id in it, and when it came and went. */
static void before(struct trigger_read *reader, enum trigger_kind kind, struct slice name,
                   struct slice arn, const struct slice message[3])
{
    struct trigger_source *source = facts_source(reader, kind, name, arn);
    facts_message(reader, source, message[0], message[1], message[2]);
    if (source != NULL) {
        source->before = true;
    }
}

/* What the message lay in before: it stands in the message's own text.  The one that it left last
 * comes first. */
static void origins(struct trigger_read *reader, enum trigger_kind kind)
{
    struct slice topic = facts_field(reader, FIELD_TOPIC_ARN);
    struct slice topic_time = facts_field(reader, FIELD_TOPIC_TIME);
    struct slice left = facts_field(reader, FIELD_MESSAGE_TIME);
    if (kind == TRIGGER_SNS) {
        left = topic_time;
    } else if (topic.size > 0) {
        before(reader, TRIGGER_SNS, facts_behind(topic, ':'), topic,
               (const struct slice[3]){facts_field(reader, FIELD_TOPIC_ID), topic_time, left});
        left = topic_time;
    }
    struct slice bus = facts_field(reader, FIELD_BUS_SOURCE);
    if (bus.size > 0 && facts_has(reader, FIELD_BUS_TYPE)) {
        before(reader, TRIGGER_EVENTBRIDGE, bus, SLICE_EMPTY,
               (const struct slice[3]){facts_field(reader, FIELD_BUS_ID),
                                       facts_field(reader, FIELD_BUS_TIME), left});
    }
    if (message_kind(facts_field(reader, FIELD_INNER_SOURCE)) == TRIGGER_S3) {
        before(reader, TRIGGER_S3, facts_field(reader, FIELD_INNER_PLACE),
               facts_field(reader, FIELD_INNER_PLACE_ARN),
               (const struct slice[3]){SLICE_EMPTY, facts_field(reader, FIELD_INNER_TIME), left});
    }
}

static struct slice message_id(const struct trigger_read *reader, enum trigger_kind kind)
{
    static const enum tree_field ids[] = {FIELD_MESSAGE_ID, FIELD_MESSAGE_SEQUENCE,
                                          FIELD_MESSAGE_EVENT_ID};
    if (kind == TRIGGER_SNS) {
        return facts_field(reader, FIELD_TOPIC_ID);
    }
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        if (facts_has(reader, ids[i])) {
            return facts_field(reader, ids[i]);
        }
    }
    return SLICE_EMPTY;
}

/* What all messages so far agree about; once they do not, nothing is told. */
static void agree(struct slice *common, bool *differs, char room[TRIGGER_TEXT_MAX],
                  struct slice text, bool first)
{
    if (first) {
        *common = facts_keep(room, TRIGGER_TEXT_MAX, text);
    } else if (!slice_equal(*common, text)) {
        *differs = true;
    }
    if (*differs) {
        *common = SLICE_EMPTY;
    }
}

/* "shardId-000000000006:4959033827..." begins with the shard. */
static struct slice partition_of(const struct trigger_read *reader, enum trigger_kind kind)
{
    struct slice shard = SLICE_EMPTY;
    struct slice rest = SLICE_EMPTY;
    if (kind == TRIGGER_KINESIS) {
        (void)slice_cut(facts_field(reader, FIELD_MESSAGE_EVENT_ID), ':', &shard, &rest);
        return shard;
    }
    return facts_field(reader, FIELD_MESSAGE_PARTITION);
}

void message_end(struct trigger_read *reader)
{
    struct trigger *trigger = &reader->trigger;
    enum trigger_kind kind = kind_here(reader);
    struct slice id = message_id(reader, kind);
    struct slice since =
        facts_field(reader, kind == TRIGGER_SNS ? FIELD_TOPIC_TIME : FIELD_MESSAGE_TIME);
    struct carrier_contexts contexts;
    bool first = trigger->messages == 0;
    trigger->messages++;
    if (kind == TRIGGER_CLOUDFRONT) {
        /* A viewer's request is one, whose caller waits for it: its fields stay. */
        return;
    }
    facts_message(reader, direct_source(reader, kind), id, since, SLICE_EMPTY);
    origins(reader, kind);
    agree(&trigger->partition, &reader->partition_differs, reader->partition,
          partition_of(reader, kind), first);
    /* A stream of Kinesis says the same of every message, and nothing. */
    agree(&trigger->detail, &reader->detail_differs, reader->detail,
          kind == TRIGGER_KINESIS ? SLICE_EMPTY : facts_field(reader, FIELD_MESSAGE_NAME), first);
    facts_contexts(reader, &contexts);
    /* One link for each message: two would look like two of them. */
    if (contexts.parent.known) {
        facts_link(reader, &contexts.parent, id);
    } else if (contexts.other_count > 0) {
        facts_link(reader, &contexts.others[0], id);
    }
    message_begin(reader);
}

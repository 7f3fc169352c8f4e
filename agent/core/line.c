/* SPDX-License-Identifier: Apache-2.0 */
#include "core/parts.h"
#include "core/starved.h"

#include "base/format.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/utf8.h"
#include "otlp/attribute.h"
#include "otlp/record.h"
#include "proto/names.h"

/* Severity numbers of OpenTelemetry. */
enum {
    SEVERITY_TRACE = 1,
    SEVERITY_DEBUG = 5,
    SEVERITY_INFO = 9,
    SEVERITY_WARN = 13,
    SEVERITY_ERROR = 17,
    SEVERITY_FATAL = 21,
};

/* What Bunyan and pino write instead of words: 10, 20, ... 60. */
#define NUMERIC_LEVEL_STEP 10

/* A number of fewer digits is none of a card. */
#define CARD_DIGITS 13u

/* What a line says about itself. */
struct line {
    unsigned severity;
    struct slice severity_text;
    struct slice request_id;
    struct json_string text; /* The body, as it stands in the delivery... */
    struct slice raw;        /* ...or, if this is not empty, a piece of JSON as the body. */
    unsigned attributes;
    bool known; /* It is an object whose members become attributes. */
};

/* Where it goes. */
struct line_place {
    struct invocation *invocation; /* Or NULL. */
    struct held_account *account;
    struct held_source *source; /* Of texts that may go on in the next one, or NULL. */
    uint64_t seq;               /* 0: it is not sent. */
    struct text text;
};

static unsigned severity_of(struct slice word)
{
    static const struct {
        struct slice word;
        unsigned severity;
    } words[] = {
        {SLICE_INIT("TRACE"), SEVERITY_TRACE},      {SLICE_INIT("ALL"), SEVERITY_TRACE},
        {SLICE_INIT("DEBUG"), SEVERITY_DEBUG},      {SLICE_INIT("INFO"), SEVERITY_INFO},
        {SLICE_INIT("INFORMATION"), SEVERITY_INFO}, {SLICE_INIT("WARN"), SEVERITY_WARN},
        {SLICE_INIT("WARNING"), SEVERITY_WARN},     {SLICE_INIT("ERROR"), SEVERITY_ERROR},
        {SLICE_INIT("FATAL"), SEVERITY_FATAL},      {SLICE_INIT("CRITICAL"), SEVERITY_FATAL},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal_nocase(word, words[i].word)) {
            return words[i].severity;
        }
    }
    return 0;
}

static unsigned severity_of_number(struct slice text)
{
    static const unsigned severities[] = {SEVERITY_TRACE, SEVERITY_DEBUG, SEVERITY_INFO,
                                          SEVERITY_WARN,  SEVERITY_ERROR, SEVERITY_FATAL};
    uint64_t level = 0;
    if (number_parse_u64(text, &level) != NUMBER_OK || level % NUMERIC_LEVEL_STEP != 0) {
        return 0;
    }
    level /= NUMERIC_LEVEL_STEP;
    return level >= 1 && level <= sizeof(severities) / sizeof(severities[0]) ? severities[level - 1]
                                                                             : 0;
}

/*
 * The managed runtimes' text formats begin with "[LEVEL]\t<time>\t" (Python)
 * or "<time>\t<request id>\tLEVEL\t" (Node.js).  Tabs are "\t" in the JSON
 * that holds the line, so the raw text is searched for that.
 */
static void sniff_level(struct slice raw, struct line *line)
{
    struct slice word;
    if (raw.size > 0 && raw.base[0] == '[') {
        size_t end = slice_find_byte(slice_take(raw, 16), ']');
        if (end == SLICE_NONE) {
            return;
        }
        word = slice_skip(slice_take(raw, end), 1);
    } else {
        struct slice rest = slice_take(raw, 128);
        for (int tabs = 0; tabs < 2; tabs++) {
            size_t tab = slice_find(rest, SLICE("\\t"));
            if (tab == SLICE_NONE) {
                return;
            }
            rest = slice_skip(rest, tab + 2);
        }
        size_t end = slice_find(rest, SLICE("\\t"));
        if (end == SLICE_NONE) {
            return;
        }
        word = slice_take(rest, end);
    }
    line->severity = severity_of(word);
    line->severity_text = line->severity > 0 ? word : SLICE_EMPTY;
}

/* A level without a word for it in our table stays as its text. */
static void take_level(struct line *line, const struct json_read *json)
{
    if (json->token == JSON_STRING && !json->string.escaped) {
        line->severity_text = json->string.raw;
        line->severity = severity_of(json->string.raw);
    } else if (json->token == JSON_NUMBER) {
        line->severity_text = json->number;
        line->severity = severity_of_number(json->number);
    }
}

static bool is_request_id(struct json_string key)
{
    return json_string_equal(key, SLICE("requestId")) ||
           json_string_equal(key, SLICE("AWSRequestId"));
}

/* The body: the text, or the JSON of whatever else it is; the whole object if that is malformed. */
static void take_message(struct line *line, struct json_read *json, struct slice object)
{
    if (json_read_peek(json) != JSON_STRING) {
        if (json_read_raw(json, &line->raw) != JSON_GOT) {
            line->raw = object;
        }
    } else if (json_read_string(json, &line->text) == JSON_GOT) {
        line->raw = SLICE_EMPTY;
    }
}

/* Read the members that say what the line is, before anything of it is written. */
static void read_object(struct slice object, struct line *line)
{
    struct json_read json;
    struct json_string key;
    json_read_init(&json, object, AGENT_EVENT_DEPTH_MAX);
    if (json_read_object(&json) != JSON_GOT) {
        return;
    }
    line->known = true;
    while (json_read_member(&json, &key)) {
        enum json_token token = json_read_peek(&json);
        if (json_string_equal(key, SLICE("message"))) {
            take_message(line, &json, object);
        } else if (json_string_equal(key, SLICE("level"))) {
            take_level(line, &json);
            json_read_skip(&json);
        } else if (is_request_id(key) && token == JSON_STRING && !json.string.escaped) {
            line->request_id = json.string.raw;
            json_read_skip(&json);
        } else {
            json_read_skip(&json);
        }
    }
}

static struct line read_line(const struct event *event)
{
    struct line line = {.text = event->text};
    if (event->object.size == 0) {
        sniff_level(event->text.raw, &line);
    } else {
        line.raw = event->object;
        if (event->object.size <= AGENT_LINE_MAX) {
            read_object(event->object, &line);
        }
    }
    return line;
}

static void write_number(struct buf *out, struct slice key, struct slice text)
{
    int64_t integer = 0;
    double number = 0;
    if (number_parse_i64(text, &integer) == NUMBER_OK) {
        attribute_int(out, ATTRIBUTE_OF_LOG, key, integer);
    } else if (number_parse_double(text, &number) != NUMBER_BAD) {
        attribute_double(out, ATTRIBUTE_OF_LOG, key, number);
    }
}

/* What a line's own members must not say: it decides where the line belongs, and is ours to write.
 */
static bool is_reserved(struct slice key)
{
    return slice_starts(key, SLICE("thaw.")) || slice_equal(key, NAME_FAAS_INVOCATION_ID);
}

/* A level is a word; one that we do not know may be anything. */
static void hide_level(struct core *core, struct line *line)
{
    if (core->config.redact != NULL && line->severity == 0 && line->severity_text.size > 0) {
        struct text text;
        text_read(core, (struct json_string){.raw = line->severity_text}, NULL, &text);
        line->severity_text = text.found.count > 0 ? SLICE_EMPTY : line->severity_text;
    }
}

/* Write a text member, redacted if that is asked for. */
static void write_text(struct core *core, struct slice key, struct json_string value,
                       struct held_account *account)
{
    struct buf *out = &core->record;
    if (core->config.redact == NULL) {
        attribute_json(out, ATTRIBUTE_OF_LOG, key, value);
        return;
    }
    struct text text;
    text_read(core, value, NULL, &text);
    struct attribute_open open = attribute_text_open(out, ATTRIBUTE_OF_LOG, key);
    text_write(core, &text, AGENT_LINE_MAX, account, out);
    attribute_text_close(out, open);
}

/* A number may be one of a card. */
static void write_scalar(struct core *core, struct slice key, const struct json_read *json,
                         struct held_account *account)
{
    struct json_string number = {.raw = json->number, .escaped = false};
    if (json->token == JSON_STRING) {
        write_text(core, key, json->string, account);
        return;
    }
    if (core->config.redact != NULL && number.raw.size >= CARD_DIGITS) {
        struct text text;
        text_read(core, number, NULL, &text);
        if (text.found.count > 0) {
            write_text(core, key, number, account);
            return;
        }
    }
    write_number(&core->record, key, number.raw);
}

/* Write a member whose name says that its value is a secret.  False: it says no such thing. */
static bool write_secret(struct core *core, struct slice key, struct held_account *account)
{
    enum redact_detector detector = REDACT_SECRET;
    char bytes[64];
    struct buf mark;
    if (core->config.redact == NULL || !redact_key(core->config.redact, key, &detector)) {
        return false;
    }
    const struct redact_span span = {.detector = (unsigned char)detector};
    buf_init_fixed(&mark, bytes, sizeof(bytes));
    redact_mark(core->config.redact, &span, &mark);
    attribute_text(&core->record, ATTRIBUTE_OF_LOG, key, buf_bytes(&mark));
    core->counters.redacted[detector]++;
    account->redacted++;
    return true;
}

/* Write the other scalar members of a JSON line as attributes. */
static void write_members(struct core *core, struct slice object, struct held_account *account)
{
    struct buf *out = &core->record;
    unsigned char key_bytes[256];
    struct buf key_buf;
    struct json_read json;
    struct json_string key;
    unsigned count = 0;
    json_read_init(&json, object, AGENT_EVENT_DEPTH_MAX);
    if (json_read_object(&json) != JSON_GOT) {
        return;
    }
    while (count < AGENT_LINE_ATTRIBUTES_MAX && json_read_member(&json, &key)) {
        enum json_token token = json_read_peek(&json);
        bool scalar = token == JSON_STRING || token == JSON_NUMBER || token == JSON_TRUE ||
                      token == JSON_FALSE;
        /* A key with escapes in it is somebody's accident; it is not worth a copy. */
        if (scalar && !key.escaped && !json_string_equal(key, SLICE("message")) &&
            !json_string_equal(key, SLICE("level")) && !is_reserved(key.raw)) {
            count++;
            buf_init_fixed(&key_buf, key_bytes, sizeof(key_bytes));
            struct slice name = text_short(core, key.raw, account, &key_buf);
            bool flag = token == JSON_TRUE || token == JSON_FALSE;
            if (flag) {
                attribute_bool(out, ATTRIBUTE_OF_LOG, name, token == JSON_TRUE);
            } else if (!write_secret(core, name, account)) {
                write_scalar(core, name, &json, account);
            }
        }
        json_read_skip(&json);
    }
}

/* The text of the body: a text, or a piece of JSON as it stands. */
static struct json_string body_of(const struct line *line)
{
    return line->raw.size > 0 ? (struct json_string){.raw = line->raw, .escaped = false}
                              : line->text;
}

/*
 * The invocation that a line belongs to.  A JSON line may name it.  Otherwise
 * a line of the function belongs to the latest one that was started, even
 * after its end: what the runtime wrote last arrives late.  A line of an
 * extension belongs to it only while it runs.
 */
static struct invocation *invocation_of(struct core *core, const struct event *event,
                                        const struct line *line)
{
    struct invocation *attributed = core->attributed;
    if (line->request_id.size > 0) {
        struct invocation *named = invocation_find(&core->invocations, line->request_id);
        if (named != NULL) {
            return named;
        }
    }
    if (event->request_id.size > 0) {
        return invocation_find(&core->invocations, event->request_id);
    }
    if (attributed == NULL) {
        return NULL;
    }
    if (event->type == EVENT_LINE_FUNCTION) {
        return core->stopping && event->time_ns > core->stop_wall_ns &&
                       attributed->state != INVOCATION_STARTED
                   ? NULL
                   : attributed;
    }
    return attributed->state == INVOCATION_STARTED ? attributed : NULL;
}

static struct slice phase_of(const struct core *core)
{
    if (core->stopping) {
        return SLICE("shutdown");
    }
    return core->attributed == NULL && !core->serving ? SLICE("init") : SLICE("idle");
}

/* A line below the level that is wanted, or one that nobody may see. */
static bool wanted(struct core *core, const struct line *line)
{
    unsigned severity = line->severity == 0 ? SEVERITY_INFO : line->severity;
    if (core->config.withhold) {
        core->counters.withheld++;
        return false;
    }
    if (severity < core->config.severity_min) {
        core->counters.below_level++;
        return false;
    }
    return true;
}

/* Everything but the body, which comes last: its end may have to be changed. */
static void write_head(struct core *core, struct core_now now, const struct event *event,
                       const struct line *line, const struct line_place *place)
{
    struct buf *out = &core->record;
    const struct invocation *invocation = place->invocation;
    struct record_log log = {
        .time_ns = event->time_ns,
        .observed_ns = now.wall_ns,
        .severity = line->severity,
        .severity_text = line->severity_text,
        .seq = place->seq,
    };
    /* Of one that is known by its trigger alone the platform's word on its trace is still to come.
     */
    if (invocation != NULL && invocation->traced) {
        log.context = invocation_context(invocation, core->resource.instance, SLICE("invocation"));
    }
    record_log_write(&log, out);
    attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_SOURCE,
                   event->type == EVENT_LINE_FUNCTION ? SLICE("function") : SLICE("extension"));
    if (invocation != NULL) {
        attribute_text(out, ATTRIBUTE_OF_LOG, NAME_FAAS_INVOCATION_ID, invocation_id(invocation));
        attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_ATTEMPT, invocation->attempt);
    } else {
        attribute_text(out, ATTRIBUTE_OF_LOG, NAME_THAW_PHASE, phase_of(core));
    }
    if (line->known) {
        write_members(core, event->object, place->account);
    }
}

/* The body without anything that must not leave.  A text that is a line of its source is looked at
 * together with what came before it. */
static void write_redacted(struct core *core, const struct line *line, struct line_place *place,
                           struct text_record *record)
{
    struct text *text = &place->text;
    struct buf *out = &core->record;
    text_read(core, body_of(line), place->source, text);
    if (place->source != NULL) {
        text_joint(core, place->source, text);
    }
    if (place->seq == 0) {
        return;
    }
    struct record_body body = record_log_body_open(out);
    size_t before = out->size;
    text_write(core, text, AGENT_LINE_MAX, place->account, out);
    record->body = out->size - before;
    record_log_body_close(out, body);
}

void line_emit(struct core *core, struct core_now now, const struct event *event)
{
    struct line line = read_line(event);
    struct line_place place = {.invocation = invocation_of(core, event, &line)};
    struct text_record record = {0};
    bool redacted = core->config.redact != NULL;
    place.account = place.invocation != NULL ? &place.invocation->lines : &core->held.loose;
    if (redacted && event->object.size == 0) {
        place.source =
            &core->held
                 .sources[event->type == EVENT_LINE_FUNCTION ? HELD_FUNCTION : HELD_EXTENSION];
    } else if (redacted) {
        /* An object is whole. */
        text_end(core);
    }
    if (place.invocation != NULL && event->type == EVENT_LINE_FUNCTION &&
        starved_line(line.raw.size > 0 ? line.raw : line.text.raw)) {
        place.invocation->starved = true;
    }
    bool sent = wanted(core, &line);
    if (sent) {
        place.seq = emit_begin(core);
        hide_level(core, &line);
        write_head(core, now, event, &line, &place);
    }
    if (redacted) {
        write_redacted(core, &line, &place, &record);
    } else if (sent) {
        struct record_body body = record_log_body_open(&core->record);
        text_plain(body_of(&line), AGENT_LINE_MAX, 0, &core->record);
        record_log_body_close(&core->record, body);
    }
    if (sent) {
        const struct held_line held = {
            .invocation = place.invocation,
            .severity = line.severity,
            .time_ns = event->time_ns,
            .seq = place.seq,
            .joint = place.source != NULL && place.text.open && place.text.left_out == 0,
        };
        record.seq = held_push(core, now, &held) && held.joint ? place.seq : 0;
    }
    if (place.source != NULL) {
        text_keep(core, now, place.source, line.text, &place.text, &record);
    }
}

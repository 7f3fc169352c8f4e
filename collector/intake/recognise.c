/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/recognise.h"

#include "intake/ansi.h"
#include "intake/intake_limits.h"
#include "intake/moment.h"
#include "intake/object.h"
#include "intake/shape.h"

#include "base/lanes.h"

#include <stddef.h>

static bool recognise_digit(struct slice text, size_t at)
{
    return at < text.size && text.base[at] >= '0' && text.base[at] <= '9';
}

static size_t recognise_digits(struct slice text, size_t at)
{
    size_t count = 0;
    while (recognise_digit(text, at + count)) {
        count++;
    }
    return count;
}

static struct slice recognise_line(struct slice head)
{
    struct slice line, rest;
    slice_cut(head, '\n', &line, &rest);
    return line;
}

/* ---- JSON. ---- */

/* What the members of a value's beginning say, the value being there as a whole or in part. */
static enum shape recognise_object(const struct object *object, bool whole)
{
    if (whole) {
        return shape_of(object, OBJECT_KEY_COUNT);
    }
    const uint64_t subscription = OBJECT_BIT(MESSAGE_TYPE) | OBJECT_BIT(LOG_EVENTS);
    if ((object->keys & subscription) != 0) {
        return SHAPE_SUBSCRIPTION;
    }
    if (object_has(object, TABLES)) {
        return SHAPE_AZURE;
    }
    return shape_of(object, OBJECT_KEY_COUNT);
}

static bool recognise_has_list(struct slice text)
{
    struct json_read reader;
    struct json_string name;
    uint64_t keys = 0;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    bool begun = json_read_object(&reader) == JSON_GOT;
    while (begun && json_read_member(&reader, &name)) {
        enum object_key key = object_key(name);
        if (shape_is_list(key, keys) && json_read_peek(&reader) == JSON_ARRAY_BEGIN) {
            return true;
        }
        if (key != OBJECT_KEY_COUNT) {
            keys |= UINT64_C(1) << key;
        }
        json_read_skip(&reader);
    }
    return false;
}

static struct slice recognise_trim(struct slice text)
{
    while (text.size > 0 && (text.base[0] <= ' ' || text.base[0] == ',')) {
        text = slice_skip(text, 1);
    }
    return text;
}

/*
 * Whether a text that begins with a brace is records in JSON rather than a log whose lines are
 * JSON.  The first value that tells decides; where none tells, its lines would say nothing either.
 */
static bool recognise_objects(struct slice head)
{
    for (unsigned i = 0; i < INTAKE_HEAD_VALUES_MAX; i++) {
        struct json_read reader;
        struct object object;
        head = recognise_trim(head);
        if (head.size == 0 || head.base[0] != '{') {
            return i > 0;
        }
        if (recognise_has_list(head)) {
            return true;
        }
        json_read_init(&reader, head, INTAKE_JSON_DEPTH_MAX);
        bool whole = object_read(&reader, &object);
        if (!whole && !reader.truncated) {
            return i > 0 || object.keys != 0;
        }
        enum shape shape = recognise_object(&object, whole);
        if (shape != SHAPE_UNKNOWN) {
            return shape != SHAPE_LOG;
        }
        if (!whole) {
            return true;
        }
        head = slice_skip(head, reader.position);
    }
    return true;
}

/* Messages in quotes, one a line, as jq writes them: the first two lines are one string each. */
static bool recognise_strings(struct slice head)
{
    for (unsigned i = 0; i < 2; i++) {
        struct json_read reader;
        struct json_string string;
        head = slice_trim(head);
        if (head.size == 0) {
            return i > 0;
        }
        json_read_init(&reader, head, INTAKE_JSON_DEPTH_MAX);
        if (head.base[0] != '"' || json_read_string(&reader, &string) != JSON_GOT) {
            return i > 0 && head.base[0] == '"' && reader.truncated;
        }
        struct slice behind, rest;
        slice_cut(slice_skip(head, reader.position), '\n', &behind, &rest);
        if (slice_trim(behind).size > 0) {
            return false;
        }
        head = rest;
    }
    return true;
}

static bool recognise_values(struct slice head)
{
    struct slice text = recognise_trim(head);
    if (text.size > 0 && text.base[0] == 0x1e) {
        text = recognise_trim(slice_skip(text, 1));
    }
    if (text.size == 0) {
        return false;
    }
    if (text.base[0] == '{') {
        return recognise_objects(text);
    }
    if (text.base[0] != '[') {
        return false;
    }
    /* "[INFO]", "[1,\"NR_LAMBDA_MONITORING\"" and the like are lines. */
    struct slice inside = recognise_trim(slice_skip(text, 1));
    if (inside.size == 0) {
        return false;
    }
    if (inside.base[0] == ']') {
        return recognise_trim(slice_skip(inside, 1)).size == 0;
    }
    return inside.base[0] == '{' || inside.base[0] == '[' || inside.base[0] == '"';
}

/* Records between lines of text, as people write them into notes: a line that is a brace, and what
 * only a payload has. */
static bool recognise_noted(struct slice head)
{
    return slice_find(head, SLICE("\"messageType\"")) != SLICE_NONE &&
           slice_find(head, SLICE("\"logGroup\"")) != SLICE_NONE &&
           (slice_find(head, SLICE("\n{")) != SLICE_NONE ||
            slice_find(head, SLICE("\n    {")) != SLICE_NONE);
}

/* ---- What is nothing for us. ---- */

/* "172.17.0.1 - - [26/Oct/2023:11:01:10 +0000]" */
static bool recognise_is_access(struct slice line)
{
    size_t open = slice_find(line, SLICE(" ["));
    if (open == SLICE_NONE || open > 256) {
        return false;
    }
    struct slice time = slice_skip(line, open + 2);
    return recognise_digits(time, 0) == 2 && time.size > 11 && time.base[2] == '/' &&
           time.base[6] == '/' && recognise_digits(time, 7) == 4 && time.base[11] == ':';
}

/* "https 2024-01-15T12:10:00.200705Z app/name/id 203.0.113.50:36584 ...", or without the first. */
static bool recognise_is_balancer(struct slice line)
{
    struct slice word, rest = line;
    if (moment_size(line) == 0) {
        slice_cut(line, ' ', &word, &rest);
        if (word.size == 0 || word.size > 5) {
            return false;
        }
    }
    size_t time = moment_size(rest);
    if (time == 0 || rest.size <= time + 1) {
        return false;
    }
    rest = slice_skip(rest, time + 1);
    if (slice_starts(rest, SLICE("app/")) || slice_starts(rest, SLICE("net/"))) {
        return true;
    }
    slice_cut(rest, ' ', &word, &rest);
    slice_cut(rest, ' ', &word, &rest);
    size_t colon = slice_find_byte(word, ':');
    size_t dots = recognise_digits(word, 0);
    return colon != SLICE_NONE && dots > 0 && dots < 4 && word.base[dots] == '.' &&
           slice_find(rest, SLICE("HTTP/")) != SLICE_NONE;
}

/* "2 123456789012 eni-0123 ..." or the names of its fields. */
static bool recognise_is_flow(struct slice line)
{
    return slice_starts(line, SLICE("version account-id interface-id")) ||
           (recognise_digits(line, 0) == 1 && recognise_digits(line, 2) == 12 &&
            slice_find(line, SLICE(" eni-")) != SLICE_NONE);
}

/* The header of Application Insights' rows as CSV; a JSON object has a colon behind its names. */
static bool recognise_is_azure_rows(struct slice line)
{
    bool id = slice_find(line, SLICE("operation_Id")) != SLICE_NONE ||
              slice_find(line, SLICE("OperationId")) != SLICE_NONE;
    bool time = slice_find(line, SLICE("timestamp")) != SLICE_NONE ||
                slice_find(line, SLICE("TimeGenerated")) != SLICE_NONE;
    return id && time && slice_find_byte(line, ':') == SLICE_NONE &&
           (slice_find_byte(line, ',') != SLICE_NONE || slice_find_byte(line, ';') != SLICE_NONE);
}

/* Control characters beyond those that text has.  A log may have one, as where a program has
 * written a buffer of its own; of what is no text they are many: compressed data has one in ten. */
static bool recognise_is_binary(struct slice head)
{
    size_t controls = 0;
    size_t at = 0;
    while (at < head.size) {
        if (head.size - at >= LANES_COUNT &&
            lanes_first((lanes)(lanes_load(head.base + at) < lanes_of(0x1b)) &
                        (lanes)(lanes_load(head.base + at) != lanes_of('\n')) &
                        (lanes)(lanes_load(head.base + at) != lanes_of('\t'))) == LANES_COUNT) {
            at += LANES_COUNT;
            continue;
        }
        controls += head.base[at] < '\b' || (head.base[at] > '\r' && head.base[at] < 0x1b);
        at++;
    }
    return controls > head.size / INTAKE_CONTROLS_PER + 1;
}

static const char *recognise_foreign(struct slice head)
{
    struct slice line = recognise_line(head);
    if (recognise_is_binary(head)) {
        return "binary data, not a log: give the text, CSV or JSON that it was made from";
    }
    if (recognise_is_azure_rows(line)) {
        return "rows of Application Insights as CSV: ask for JSON (az monitor app-insights query)";
    }
    if (recognise_is_flow(line)) {
        return "VPC flow logs, not a function's log";
    }
    if (slice_starts(head, SLICE("#Version:")) || slice_starts(head, SLICE("#Fields:"))) {
        return "CloudFront's access log, not a function's";
    }
    if (recognise_is_balancer(line)) {
        return "a load balancer's access log, not a function's";
    }
    if (recognise_is_access(line)) {
        return "a web server's access log, not a function's";
    }
    if (slice_starts(head, SLICE("<!DOCTYPE")) || slice_starts(head, SLICE("<html")) ||
        slice_starts(head, SLICE("<?xml"))) {
        return "HTML or XML, not a log: is it an error page that was saved?";
    }
    bool yaml = slice_starts(head, SLICE("---\n")) || slice_starts(head, SLICE("insertId:")) ||
                slice_starts(head, SLICE("events:\n"));
    if (yaml && slice_find(head, SLICE(": ")) != SLICE_NONE) {
        return "YAML: ask the tool for JSON (gcloud --format=json, aws --output json)";
    }
    return NULL;
}

/* ---- Lines. ---- */

static void recognise_lines(struct slice head, struct recognised *recognised)
{
    recognised->kind = RECOGNISED_LINES;
    recognised->form = prefix_recognise(head);
    if (recognised->form == PREFIX_NONE && slice_find_byte(head, 0x1b) != SLICE_NONE) {
        /* The colours of a tool are in front of its prefix; a function's own are its text. */
        struct ansi ansi = {ANSI_TEXT};
        unsigned char memory[INTAKE_HEAD_SIZE];
        struct buf plain;
        buf_init_fixed(&plain, memory, sizeof(memory));
        ansi_strip(&ansi, slice_take(head, sizeof(memory)), &plain);
        recognised->form = prefix_recognise(buf_bytes(&plain));
        recognised->coloured = true;
    }
    switch (recognised->form) {
    case PREFIX_NONE:
    case PREFIX_FORM_COUNT: {
        struct slice text = recognise_trim(head);
        recognised->format = text.size > 0 && text.base[0] == '{' ? INTAKE_JSON_LINES : INTAKE_TEXT;
        break;
    }
    case PREFIX_TIME: {
        struct prefix prefix;
        struct moment_minute minute = {.begin_ns = 0};
        bool milliseconds = prefix_read(PREFIX_TIME, recognise_line(head), &minute, &prefix) &&
                            prefix.time.size != 19;
        recognised->format = milliseconds ? INTAKE_S3_EXPORT : INTAKE_TAIL;
        break;
    }
    case PREFIX_OUTPUT:
        /* Only the one begins with tokens. */
        recognised->format = slice_starts(recognise_line(head), SLICE("b/"))
                                 ? INTAKE_GET_LOG_EVENTS
                                 : INTAKE_FILTER_LOG_EVENTS;
        break;
    case PREFIX_TIME_STREAM:
    case PREFIX_STREAM_TIME:
    case PREFIX_STREAM:
    case PREFIX_GROUP_STREAM:
    case PREFIX_GROUP_STREAM_TIME:
        recognised->format = INTAKE_TAIL;
        break;
    }
}

void recognise(struct slice head, struct recognised *recognised)
{
    *recognised = (struct recognised){.kind = RECOGNISED_EMPTY, .format = INTAKE_EMPTY};
    struct slice text = slice_trim(head);
    if (text.size == 0) {
        return;
    }
    if (slice_equal(text, SLICE("Permission Check Successful"))) {
        recognised->kind = RECOGNISED_PROBE;
        return;
    }
    if (table_recognise_marked(text, &recognised->header)) {
        recognised->kind = RECOGNISED_TABLE;
        recognised->format = recognised->header.insights ? INTAKE_INSIGHTS_CSV : INTAKE_CONSOLE_CSV;
        return;
    }
    recognised->why = recognise_foreign(text);
    if (recognised->why != NULL) {
        recognised->kind = RECOGNISED_FOREIGN;
        recognised->format = INTAKE_REFUSED;
        return;
    }
    recognised->format = INTAKE_UNKNOWN;
    if (recognise_values(text)) {
        recognised->kind = RECOGNISED_VALUES;
        return;
    }
    if (table_recognise(text, &recognised->header)) {
        recognised->kind = RECOGNISED_TABLE;
        recognised->format = recognised->header.insights ? INTAKE_INSIGHTS_CSV : INTAKE_CONSOLE_CSV;
        return;
    }
    if (recognise_strings(text)) {
        recognised->kind = RECOGNISED_VALUES;
        recognised->strings = true;
        return;
    }
    recognise_lines(text, recognised);
    if (recognised->form == PREFIX_NONE && recognise_noted(text)) {
        recognised->kind = RECOGNISED_VALUES;
        recognised->format = INTAKE_UNKNOWN;
    }
}

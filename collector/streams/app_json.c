/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/app_json.h"

#include "streams/app_key.h"
#include "streams/json_scan.h"
#include "streams/lambda_json.h"
#include "streams/lambda_number.h"
#include "streams/line_error.h"
#include "streams/line_ids.h"
#include "streams/line_level.h"
#include "streams/line_limits.h"
#include "streams/line_scan.h"

#include "base/uuid.h"

/* What was found of each kind; the better name wins. */
struct app_members {
    unsigned char rank[APP_KEY_COUNT]; /* 0: not there. */
    struct json_member member[APP_KEY_COUNT];
    unsigned count; /* Of all members. */
};

/* What has the form of a request id counts for more than a better name. */
enum { APP_RANK_UUID = 16 };

static bool app_is_request(const struct json_member *member)
{
    return member->kind == JSON_KIND_STRING && member->value.size == UUID_TEXT_SIZE &&
           member->value.base[8] == '-' && member->value.base[23] == '-';
}

static bool app_scan(struct slice text, struct app_members *members, struct slice *rest)
{
    struct json_scan scan;
    struct json_member member;
    enum app_key key;

    if (!json_scan_begin(&scan, text) || scan.array) {
        return false;
    }
    while (json_scan_next(&scan, &member)) {
        members->count++;
        unsigned rank = app_key_find(member.key, &key);
        if (rank > 0 && key == APP_REQUEST && app_is_request(&member)) {
            rank += APP_RANK_UUID;
        }
        if (rank > members->rank[key]) {
            members->rank[key] = (unsigned char)rank;
            members->member[key] = member;
        }
    }
    *rest = scan.rest;
    return scan.complete;
}

/* A member's text, if it is a string. */
static struct slice app_text(const struct app_members *members, enum app_key key)
{
    const struct json_member *member = &members->member[key];

    return members->rank[key] > 0 && member->kind == JSON_KIND_STRING ? member->value : SLICE_EMPTY;
}

static void app_time(const struct app_members *members, struct line *line)
{
    const struct json_member *member = &members->member[APP_TIME];
    int64_t time_ns = STREAMS_UNKNOWN;

    if (members->rank[APP_TIME] == 0) {
        return;
    }
    if (member->kind == JSON_KIND_SCALAR) {
        (void)line_ids_epoch(member->value, &time_ns);
    } else if (member->kind == JSON_KIND_STRING) {
        struct slice rest = member->value;
        if (!line_ids_time(&rest, &time_ns)) {
            (void)line_ids_epoch(member->value, &time_ns);
        }
    }
    if (line->time_ns == STREAMS_UNKNOWN) {
        line->time_ns = time_ns;
    }
}

static void app_level(const struct app_members *members, struct line *line)
{
    const struct json_member *member = &members->member[APP_LEVEL];
    struct slice outer = line->level;
    uint32_t severity = SEVERITY_UNKNOWN;

    if (members->rank[APP_LEVEL] == 0) {
        return;
    }
    if (member->kind == JSON_KIND_STRING) {
        severity = line_level_word(member->value);
        if (severity == SEVERITY_UNKNOWN && !slice_equal(member->key, SLICE("status"))) {
            severity = line_level_number(member->value);
        }
        line->level = member->value;
    } else if (member->kind == JSON_KIND_SCALAR && member->key.size >= 2 &&
               !slice_equal(member->key, SLICE("status"))) {
        severity = line_level_number(member->value);
        line->level = member->value;
    }
    if (severity == SEVERITY_UNKNOWN) {
        /* A word that is no level ("status": "done") is none here. */
        line->level = outer;
    } else {
        line->severity = severity;
    }
}

static void app_trace(const struct app_members *members, struct line *line)
{
    struct slice text = app_text(members, APP_TRACE);

    /* X-Ray's own name counts for more than a library's: that is the id that the platform knows. */
    if (!line_ids_trace(line, app_text(members, APP_XRAY))) {
        (void)line_ids_trace(line, text);
    }
    line_ids_segment(line, app_text(members, APP_SPAN));
}

/* {"type": ..., "message": ..., "stack": ...} and its kin, one level down. */
static void app_error_object(const struct json_member *member, struct line *line)
{
    struct app_members inner = {.rank = {0}};
    struct slice rest;

    if (member->kind != JSON_KIND_OBJECT || !app_scan(member->value, &inner, &rest)) {
        return;
    }
    struct slice type = app_text(&inner, APP_ERROR_TYPE);
    if (type.size == 0) {
        type = app_text(&inner, APP_TYPE);
    }
    if (type.size == 0) {
        type = app_text(&inner, APP_NAME);
    }
    if (inner.rank[APP_STACK] > 0 || type.size > 0) {
        line->exception = true;
        if (line->error_type.size == 0) {
            line_error_set(line, type);
        }
    }
}

/* {"log": {"level": "error"}} */
static void app_log_object(const struct json_member *member, struct line *line)
{
    struct app_members inner = {.rank = {0}};
    struct slice rest;

    if (member->kind == JSON_KIND_OBJECT && app_scan(member->value, &inner, &rest)) {
        app_level(&inner, line);
    }
}

/* The error of another function, in which the platform says that it was cut: not this line's
 * invocation, so its id is not taken. */
static void app_timeout(struct slice text, struct line *line)
{
    static const struct lambda_quantity quantity =
        LAMBDA_QUANTITY(LAMBDA_DURATION, "Task timed out after");
    struct slice phrase = SLICE("Task timed out after");
    size_t at = slice_find(slice_take(text, 160), phrase);

    if (at == SLICE_NONE) {
        return;
    }
    struct slice rest = slice_skip(text, at + phrase.size);
    int64_t duration_ns = STREAMS_UNKNOWN;
    line->status = WORD_TIMEOUT;
    if (lambda_number_take(&quantity, &rest, &duration_ns) == NULL) {
        line->duration_ns = duration_ns;
    }
}

/* A message that begins with a time, an id or the phrase itself; others only speak of it. */
static bool app_may_time_out(struct slice text)
{
    return text.size > 20 && text.size < 200 &&
           ((text.base[0] >= '0' && text.base[0] <= '9' && text.base[4] == '-') ||
            slice_starts(text, SLICE("RequestId: ")) || slice_starts(text, SLICE("Task timed")));
}

static void app_message(const struct app_members *members, struct line *line)
{
    const struct json_member *message = &members->member[APP_MESSAGE];
    const struct json_member *error = &members->member[APP_ERROR_MESSAGE];
    bool has_message = members->rank[APP_MESSAGE] > 0;
    bool has_error = members->rank[APP_ERROR_MESSAGE] > 0;

    if (has_message || has_error) {
        const struct json_member *said = has_message ? message : error;
        line->text = said->value;
        line->text_escaped = said->kind == JSON_KIND_STRING && said->escaped;
    }
    if (has_message && message->kind == JSON_KIND_STRING) {
        line_error_read(message->value, line);
        if (app_may_time_out(message->value)) {
            app_timeout(message->value, line);
        }
    } else if (has_message) {
        app_error_object(message, line);
    }
    if (has_error && error->kind == JSON_KIND_STRING) {
        line->exception = true;
        app_timeout(error->value, line);
        /* The runtimes of Python, Go and others print nothing else when an invocation fails. */
        line->unhandled |=
            !has_message && members->rank[APP_ERROR_TYPE] > 0 && members->rank[APP_STACK] > 0;
        /* Go's has a stack for panics only; without one it may be another function's answer. */
        if (!line->unhandled && members->count == 2 && members->rank[APP_ERROR_TYPE] > 0 &&
            line->status == WORD_NONE) {
            line->doubt = DOUBT_LAST;
        }
    }
}

static void app_errors(const struct app_members *members, struct line *line)
{
    struct slice type = app_text(members, APP_ERROR_TYPE);
    struct slice stack = app_text(members, APP_STACK);
    struct slice name;

    if (type.size > 0) {
        line->exception = true;
        line_error_set(line, type);
    }
    if (members->rank[APP_ERROR] > 0) {
        app_error_object(&members->member[APP_ERROR], line);
    }
    if (members->rank[APP_STACK] > 0) {
        app_error_object(&members->member[APP_STACK], line);
        line->exception |= members->member[APP_STACK].kind != JSON_KIND_SCALAR;
        if (line->error_type.size == 0 && line_error_name(stack, false, &name)) {
            line_error_set(line, name);
        }
    }
}

bool app_json_read(struct slice text, struct line *line, struct slice *rest)
{
    struct app_members members;

    for (unsigned i = 0; i < APP_KEY_COUNT; i++) {
        members.rank[i] = 0;
    }
    members.count = 0;
    if (!app_scan(text, &members, rest)) {
        return false;
    }
    line->json = true;
    line->object = slice_take(text, text.size - rest->size);
    line->text = line->object;
    app_time(&members, line);
    struct slice type = app_text(&members, APP_TYPE);
    if (lambda_json_type(type)) {
        const struct json_member *record = &members.member[APP_RECORD];
        bool has_record = members.rank[APP_RECORD] > 0;
        lambda_json_read(type, has_record ? record->value : SLICE_EMPTY, line);
        return true;
    }
    app_level(&members, line);
    app_trace(&members, line);
    if (members.rank[APP_LOG] > 0 && line->severity == SEVERITY_UNKNOWN) {
        app_log_object(&members.member[APP_LOG], line);
    }
    struct slice request = app_text(&members, APP_REQUEST);
    if (request.size > 0 && line->request_text.size == 0) {
        line_ids_request(line, request);
    }
    app_errors(&members, line);
    app_message(&members, line);
    line->emf =
        members.rank[APP_AWS] > 0 && members.member[APP_AWS].kind == JSON_KIND_OBJECT &&
        slice_find(members.member[APP_AWS].value, SLICE("\"CloudWatchMetrics\"")) != SLICE_NONE;
    if (line->unhandled && line->severity == SEVERITY_UNKNOWN) {
        line->severity = SEVERITY_ERROR;
    }
    return true;
}

bool app_json_is_platform(struct slice text)
{
    struct json_scan scan;
    struct json_member member;

    if (!json_scan_begin(&scan, text) || scan.array) {
        return false;
    }
    for (unsigned i = 0; i < 4 && json_scan_next(&scan, &member); i++) {
        if (slice_equal(member.key, SLICE("type"))) {
            return member.kind == JSON_KIND_STRING && lambda_json_type(member.value);
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_preview_api.h"

#include "alert/alert.h"
#include "alert/alert_limits.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "base/number.h"
#include "http/web.h"
#include "notify/notify_body.h"
#include "rules/rules_file.h"

#include <string.h>

/* Bytes of a sentence about what was posted. */
#define SENTENCE_SIZE 256

static void refuse(struct web_request *request, unsigned status, const char *code,
                   const char *message, const char *hint)
{
    web_refuse(request, &(struct web_refusal){.status = status,
                                              .code = code,
                                              .message = message,
                                              .hint = hint,
                                              .retry_after_s = status == 429 ? 2 : 0});
}

/* ---- What is asked. ---- */

static const char *check_span(const struct alert_preview_request *asked)
{
    uint64_t now_ns = clock_wall_ns();
    uint64_t to_ns = asked->to_ns == 0 ? now_ns : asked->to_ns;
    uint64_t span_ns = (uint64_t)ALERT_PREVIEW_SPAN_MS_MAX * CLOCK_NS_PER_MS;
    if (to_ns > now_ns + UINT64_C(60) * CLOCK_NS_PER_S) {
        return "to lies in the future: what rules will do is not known";
    }
    if (asked->from_ns >= to_ns) {
        return "from is before to";
    }
    if (asked->from_ns != 0 && to_ns - asked->from_ns > span_ns) {
        return "a preview is of at most 31 days";
    }
    return asked->draft.size == 0 && asked->rule.size == 0
               ? "say rules (a file of them, or one), or rule (the name of one that is evaluated)"
               : NULL;
}

/* Read the body, or refuse it. */
static bool read_body(struct web_request *request, struct alert_preview_request *asked)
{
    struct slice step = SLICE_EMPTY;
    const struct notify_body_field fields[] = {
        {.name = "rules", .kind = NOTIFY_BODY_TEXT, .text = &asked->draft},
        {.name = "rule", .kind = NOTIFY_BODY_TEXT, .text = &asked->rule},
        {.name = "group", .kind = NOTIFY_BODY_TEXT, .text = &asked->group},
        {.name = "step", .kind = NOTIFY_BODY_TEXT, .text = &step},
        {.name = "from", .kind = NOTIFY_BODY_TIME, .time_ns = &asked->from_ns},
        {.name = "to", .kind = NOTIFY_BODY_TIME, .time_ns = &asked->to_ns},
    };
    struct arena *arena = web_arena(request);
    char *sentence = arena_alloc(arena, SENTENCE_SIZE);
    if (sentence == NULL) {
        refuse(request, 503, "busy", "out of memory", NULL);
        return false;
    }
    if (!web_is_json(request)) {
        refuse(request, 415, "unsupported_media_type", "send Content-Type: application/json", NULL);
        return false;
    }
    if (notify_body_read(web_body(request), fields, sizeof(fields) / sizeof(fields[0]), arena,
                         sentence, SENTENCE_SIZE) != STATUS_OK) {
        refuse(request, 400, "bad_request", sentence, NULL);
        return false;
    }
    if (step.size > 0 &&
        (rules_duration(step, &asked->step_ms) != STATUS_OK || asked->step_ms < 1000)) {
        refuse(request, 400, "bad_request", "step is a duration of a second or more, such as 1m",
               NULL);
        return false;
    }
    const char *wrong = check_span(asked);
    if (wrong != NULL) {
        refuse(request, 400, "bad_request", wrong, NULL);
    }
    return wrong == NULL;
}

/* ---- Mistakes. ---- */

/* A line "draft:3:7: what is wrong" as an object. */
static void write_mistake(struct json_write *writer, struct slice line)
{
    struct slice part, rest = line, message = line;
    uint64_t numbers[2] = {0, 0};
    size_t found = 0;
    if (slice_cut(rest, ':', &part, &rest)) {
        while (found < 2 && slice_cut(rest, ':', &part, &rest) &&
               number_parse_u64(part, &numbers[found]) == NUMBER_OK) {
            found++;
            message = slice_trim(rest);
        }
    }
    json_write_object_begin(writer);
    json_write_member_u64(writer, SLICE("line"), numbers[0]);
    json_write_member_u64(writer, SLICE("column"), numbers[1]);
    json_write_member_string(writer, SLICE("message"), message);
    json_write_object_end(writer);
}

static void answer_mistakes(struct web_request *request, struct slice lines)
{
    struct buf body;
    struct json_write writer;
    struct slice line, rest = slice_trim(lines);
    buf_init_growing(&body, ALERT_ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_object(&writer, SLICE("error"));
    json_write_member_string(&writer, SLICE("code"), SLICE("bad_rules"));
    (void)slice_cut(rest, '\n', &line, &rest);
    json_write_member_string(&writer, SLICE("message"), line);
    json_write_object_end(&writer);
    json_write_member_array(&writer, SLICE("mistakes"));
    rest = slice_trim(lines);
    for (bool more = rest.size > 0; more;) {
        more = slice_cut(rest, '\n', &line, &rest);
        write_mistake(&writer, line);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    web_answer(request, &(struct web_answer){.status = 400,
                                             .content_type = "application/json",
                                             .body = buf_bytes(&body)});
    buf_fini(&body);
}

/* ---- The answer. ---- */

static void answer(struct web_request *request, enum status status, const struct buf *body,
                   struct slice errors)
{
    if (status == STATUS_OK && !buf_overflowed(body)) {
        web_answer(request, &(struct web_answer){.status = 200,
                                                 .content_type = "application/json",
                                                 .body = buf_bytes(body)});
    } else if (status == STATUS_BAD) {
        answer_mistakes(request, errors);
    } else if (status == STATUS_NOT_FOUND) {
        refuse(request, 404, "not_found", "there is no such rule",
               "GET rules lists those there are");
    } else if (status == STATUS_AGAIN) {
        refuse(request, 429, "busy", "another preview is being made", "ask again in some seconds");
    } else {
        refuse(request, 503, "too_large", "it takes more memory than a preview may have",
               "ask for one rule, or for a shorter time");
    }
}

void alert_preview_api(struct alerts *alerts, struct web_request *request)
{
    struct alert_preview_request asked = {.draft = SLICE_EMPTY};
    struct json_write writer;
    struct buf body, errors;
    if (!read_body(request, &asked)) {
        return;
    }
    buf_init_growing(&body, ALERT_ANSWER_SIZE_MAX);
    buf_init_growing(&errors, ALERT_ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    enum status status = alert_preview(alerts, &asked, &writer, &errors);
    answer(request, status, &body, buf_bytes(&errors));
    buf_fini(&errors);
    buf_fini(&body);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_api.h"

#include "notify/notify.h"
#include "notify/notify_body.h"
#include "notify/notify_deploys.h"
#include "notify/notify_json.h"
#include "notify/notify_run.h"
#include "notify/notify_silence.h"
#include "notify/notify_test.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/json_write.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "http/web.h"

#include <stdio.h>

#define PREFIX "/api/thaw/v1/"

/* Bytes of an answer: all silences, or all messages. */
#define ANSWER_SIZE_MAX (8u << 20)

/* ---- What all of them do. ---- */

static void answer(struct web_request *request, unsigned status, struct buf *body)
{
    if (buf_overflowed(body)) {
        web_refuse(request, &(struct web_refusal){
                                .status = 500, .code = "internal", .message = "out of memory"});
    } else {
        web_answer(request, &(struct web_answer){.status = status,
                                                 .content_type = "application/json",
                                                 .body = buf_bytes(body)});
    }
    buf_fini(body);
}

static void refuse(struct web_request *request, unsigned status, const char *code,
                   const char *message)
{
    web_refuse(request, &(struct web_refusal){.status = status, .code = code, .message = message});
}

/* What writes a list of the book. */
typedef void write_list(struct json_write *writer, const struct notify_book *book, uint64_t now_ns);

struct listing {
    struct json_write *writer;
    write_list *write;
};

static bool write_locked(void *context, struct notify_book *book, uint64_t now_ns)
{
    const struct listing *listing = context;
    listing->write(listing->writer, book, now_ns);
    return false;
}

static void answer_list(struct notify *notify, struct web_request *request, write_list *write)
{
    struct json_write writer;
    struct buf body;
    struct listing listing = {&writer, write};
    buf_init_growing(&body, ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    (void)notify_run_see(notify_running(notify), write_locked, &listing);
    answer(request, 200, &body);
}

/* Read the body, or refuse it. */
static bool read_body(struct web_request *request, const struct notify_body_field *fields,
                      size_t count)
{
    struct arena *arena = web_arena(request);
    char *error = arena_alloc(arena, 256);
    if (error == NULL) {
        refuse(request, 503, "busy", "out of memory");
        return false;
    }
    if (!web_is_json(request)) {
        refuse(request, 415, "unsupported_media_type", "send Content-Type: application/json");
        return false;
    }
    if (notify_body_read(web_body(request), fields, count, arena, error, 256) != STATUS_OK) {
        refuse(request, 400, "bad_request", error);
        return false;
    }
    return true;
}

/* ---- Lists. ---- */

void notify_api_notifications(struct notify *notify, struct web_request *request)
{
    answer_list(notify, request, notify_json_messages);
}

void notify_api_silences(struct notify *notify, struct web_request *request)
{
    answer_list(notify, request, notify_json_silences);
}

/* ---- Silences. ---- */

/* A silence that is asked for. */
struct asking {
    struct notify_silence_parts parts;
    struct slice matchers[NOTIFY_SILENCE_MATCHER_MAX];
    bool of_alert; /* Its matchers are the labels of one: */
    uint64_t fingerprint;
    struct arena *arena;
    uint64_t id;
    enum status status;
    char *error;
};

/* Matchers that only this alert matches. */
static bool match_alert(struct asking *asking, const struct notify_book *book)
{
    const struct notify_alarm *alarm = notify_book_alarm(book, asking->fingerprint);
    if (alarm == NULL) {
        return false;
    }
    const struct notify_alert *alert = &alarm->note->alert;
    for (size_t i = 0; i < alert->label_count && i < NOTIFY_SILENCE_MATCHER_MAX; i++) {
        const struct notify_matcher matcher = {.name = alert->labels[i].name,
                                               .value = alert->labels[i].value};
        struct buf text;
        buf_init_growing(&text, 4 * NOTIFY_LABEL_SIZE_MAX);
        notify_matcher_write(&matcher, &text);
        asking->matchers[i] = arena_dup(asking->arena, buf_bytes(&text));
        asking->parts.matcher_count = i + 1;
        buf_fini(&text);
    }
    return true;
}

static bool add_silence(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct asking *asking = context;
    asking->parts.matchers = asking->matchers;
    asking->parts.made_ns = now_ns;
    if (asking->parts.starts_ns == 0) {
        asking->parts.starts_ns = now_ns;
    }
    if (asking->of_alert && !match_alert(asking, book)) {
        asking->status = STATUS_NOT_FOUND;
        return false;
    }
    asking->status = notify_book_silence(book, &asking->parts, &asking->id, asking->error, 256);
    return asking->status == STATUS_OK;
}

/* Take the body and add a silence of it. */
static void silence(struct notify *notify, struct web_request *request, struct asking *asking)
{
    struct notify_silence_parts *parts = &asking->parts;
    const struct notify_body_field fields[] = {
        {.name = "author", .kind = NOTIFY_BODY_TEXT, .text = &parts->author},
        {.name = "reason", .kind = NOTIFY_BODY_TEXT, .text = &parts->reason},
        {.name = "starts_at", .kind = NOTIFY_BODY_TIME, .time_ns = &parts->starts_ns},
        {.name = "ends_at", .kind = NOTIFY_BODY_TIME, .time_ns = &parts->ends_ns},
        {.name = "matchers",
         .kind = NOTIFY_BODY_TEXTS,
         .texts = asking->matchers,
         .text_count = &parts->matcher_count},
    };
    asking->arena = web_arena(request);
    asking->error = arena_alloc(asking->arena, 256);
    if (asking->error == NULL) {
        refuse(request, 503, "busy", "out of memory");
        return;
    }
    if (!read_body(request, fields, asking->of_alert ? 4 : 5)) {
        return;
    }
    enum status saved = notify_run_see(notify_running(notify), add_silence, asking);
    if (asking->status == STATUS_NOT_FOUND) {
        refuse(request, 404, "not_found", "there is no such alert");
    } else if (asking->status == STATUS_FULL) {
        refuse(request, 409, "too_many", asking->error);
    } else if (asking->status != STATUS_OK) {
        refuse(request, 400, "bad_request", asking->error);
    } else if (saved != STATUS_OK) {
        refuse(request, 503, "not_saved", "the silence holds, but is not on the disk");
    } else {
        struct json_write writer;
        struct buf body;
        buf_init_growing(&body, 256);
        json_write_init(&writer, &body);
        json_write_object_begin(&writer);
        json_write_member_u64_text(&writer, SLICE("id"), asking->id);
        json_write_object_end(&writer);
        answer(request, 201, &body);
    }
}

void notify_api_silence(struct notify *notify, struct web_request *request)
{
    struct asking asking = {.of_alert = false};
    silence(notify, request, &asking);
}

/* The part of the path behind a prefix. */
static struct slice behind(const struct web_request *request, struct slice prefix)
{
    struct slice path = web_path(request);
    return slice_starts(path, prefix) ? slice_skip(path, prefix.size) : SLICE_EMPTY;
}

void notify_api_silence_alert(struct notify *notify, struct web_request *request)
{
    struct asking asking = {.of_alert = true};
    struct slice digits;
    struct slice rest;
    unsigned char bytes[8];
    bool cut = slice_cut(behind(request, SLICE(PREFIX "alerts/")), '/', &digits, &rest);
    if (!cut || !slice_equal(rest, SLICE("silence")) || digits.size != 2 * sizeof(bytes) ||
        !hex_decode(digits, bytes, sizeof(bytes))) {
        refuse(request, 404, "not_found", "it is alerts/FINGERPRINT/silence");
        return;
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        asking.fingerprint = asking.fingerprint << 8 | bytes[i];
    }
    silence(notify, request, &asking);
}

struct ending {
    uint64_t id;
    bool found;
};

static bool end_silence(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct ending *ending = context;
    ending->found = notify_book_unsilence(book, ending->id, now_ns);
    return ending->found;
}

void notify_api_unsilence(struct notify *notify, struct web_request *request)
{
    struct ending ending = {.id = 0};
    struct slice id = behind(request, SLICE(PREFIX "silences/"));
    if (number_parse_u64(id, &ending.id) == NUMBER_OK) {
        (void)!notify_run_see(notify_running(notify), end_silence, &ending);
    }
    if (ending.found) {
        web_answer(request, &(struct web_answer){.status = 204});
    } else {
        refuse(request, 404, "not_found", "there is no such silence, or it is over");
    }
}

/* ---- Messages to try it. ---- */

void notify_api_test(struct notify *notify, struct web_request *request)
{
    struct notify_testing testing = {.receiver = SLICE_EMPTY};
    const struct notify_body_field fields[] = {
        {.name = "receiver", .kind = NOTIFY_BODY_TEXT, .text = &testing.receiver},
    };
    if (!read_body(request, fields, 1)) {
        return;
    }
    (void)!notify_run_see(notify_running(notify), notify_test_add, &testing);
    if (testing.count == 0) {
        refuse(request, 404, "not_found", "there is no such receiver, or it has no place");
        return;
    }
    struct json_write writer;
    struct buf body;
    buf_init_growing(&body, 4096);
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("notifications"));
    for (size_t i = 0; i < testing.count; i++) {
        json_write_u64_text(&writer, testing.first + i);
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    answer(request, 202, &body);
}

/* ---- Deploys. ---- */

struct asking_deploys {
    struct json_write *writer;
    struct notify_json_wanted wanted;
    bool written;
};

static bool write_deploys(void *context, struct notify_book *book, uint64_t now_ns)
{
    struct asking_deploys *asking = context;
    (void)now_ns;
    asking->written = notify_json_deploys(asking->writer, book, &asking->wanted);
    return false;
}

/* A time of the query, RFC 3339 or milliseconds; false: it is something else. */
static bool query_time(const struct web_request *request, const char *name, uint64_t *time_ns)
{
    struct slice text = SLICE_EMPTY;
    uint64_t ms = 0;
    if (!web_query(request, name, &text)) {
        return true;
    }
    if (number_parse_u64(text, &ms) == NUMBER_OK) {
        *time_ns = ms < UINT64_MAX / CLOCK_NS_PER_MS ? ms * CLOCK_NS_PER_MS : UINT64_MAX;
        return true;
    }
    return timestamp_parse(text, time_ns);
}

void notify_api_deploys(struct notify *notify, struct web_request *request)
{
    struct json_write writer;
    struct buf body;
    struct slice limit = SLICE_EMPTY;
    struct asking_deploys asking = {
        .writer = &writer, .wanted = {.to_ns = UINT64_MAX, .limit = NOTIFY_DEPLOY_SHOWN_MAX}};
    struct notify_json_wanted *wanted = &asking.wanted;
    (void)web_query(request, "function", &wanted->function);
    if (!query_time(request, "from", &wanted->from_ns) ||
        !query_time(request, "to", &wanted->to_ns)) {
        refuse(request, 400, "bad_request", "from and to are RFC 3339 or milliseconds");
        return;
    }
    if (web_query(request, "limit", &limit) &&
        (number_parse_u64(limit, &wanted->limit) != NUMBER_OK || wanted->limit == 0 ||
         wanted->limit > NOTIFY_DEPLOY_COUNT_MAX)) {
        refuse(request, 400, "bad_request", "limit is 1 to 4096");
        return;
    }
    buf_init_growing(&body, ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    (void)notify_run_see(notify_running(notify), write_deploys, &asking);
    if (!asking.written) {
        buf_fini(&body);
        refuse(request, 503, "busy", "out of memory");
        return;
    }
    answer(request, 200, &body);
}

void notify_api_deploy(struct notify *notify, struct web_request *request)
{
    struct notify_deploy deploy = {.at_ns = clock_wall_ns()};
    const struct notify_body_field fields[] = {
        {.name = "function", .kind = NOTIFY_BODY_TEXT, .text = &deploy.function},
        {.name = "version", .kind = NOTIFY_BODY_TEXT, .text = &deploy.version},
        {.name = "env", .kind = NOTIFY_BODY_TEXT, .text = &deploy.env},
        {.name = "ref", .kind = NOTIFY_BODY_TEXT, .text = &deploy.ref},
        {.name = "url", .kind = NOTIFY_BODY_TEXT, .text = &deploy.url},
        {.name = "at", .kind = NOTIFY_BODY_TIME, .time_ns = &deploy.at_ns},
        {.name = "account", .kind = NOTIFY_BODY_TEXT, .text = &deploy.account},
        {.name = "region", .kind = NOTIFY_BODY_TEXT, .text = &deploy.region},
    };
    if (!read_body(request, fields, sizeof(fields) / sizeof(fields[0]))) {
        return;
    }
    if (notify_run_deploy(notify_running(notify), &deploy, 1) != STATUS_OK) {
        refuse(request, 503, "not_saved", "the deploy is not on the disk: send it again");
        return;
    }
    web_answer(request, &(struct web_answer){.status = 204});
}

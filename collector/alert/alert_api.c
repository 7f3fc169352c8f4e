/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_api.h"

#include "alert/alert.h"
#include "alert/alert_limits.h"

#include "http/web.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json_write.h"
#include "base/number.h"
#include "base/timestamp.h"

static void answer_buf(struct web_request *request, struct buf *body)
{
    if (buf_overflowed(body)) {
        web_refuse(request, &(struct web_refusal){
                                .status = 500, .code = "internal", .message = "out of memory"});
    } else {
        const struct web_answer answer = {
            .status = 200, .content_type = "application/json", .body = buf_bytes(body)};
        web_answer(request, &answer);
    }
    buf_fini(body);
}

/* Write an answer into memory that grows, so that a long list costs no more than it is. */
static void answer_with(struct alerts *alerts, struct web_request *request,
                        void (*write)(struct alerts *alerts, struct json_write *writer))
{
    struct buf body;
    struct json_write writer;
    buf_init_growing(&body, ALERT_ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    write(alerts, &writer);
    answer_buf(request, &body);
}

void alert_api_alerts(struct alerts *alerts, struct web_request *request)
{
    answer_with(alerts, request, alert_write_alerts);
}

void alert_api_rules(struct alerts *alerts, struct web_request *request)
{
    answer_with(alerts, request, alert_write_rules);
}

/* A time of the query, RFC 3339 or milliseconds; false: it is neither. */
static bool time_of(const struct web_request *request, const char *name, uint64_t *time_ns)
{
    struct slice text = SLICE_EMPTY;
    uint64_t ms = 0;
    if (!web_query(request, name, &text) || text.size == 0) {
        return true;
    }
    if (number_parse_u64(text, &ms) == NUMBER_OK && ms <= UINT64_MAX / CLOCK_NS_PER_MS) {
        *time_ns = ms * CLOCK_NS_PER_MS;
        return true;
    }
    return timestamp_parse(text, time_ns);
}

void alert_api_history(struct alerts *alerts, struct web_request *request)
{
    struct buf body;
    struct json_write writer;
    uint64_t from_ns = 0, to_ns = 0;
    if (!time_of(request, "from", &from_ns) || !time_of(request, "to", &to_ns) ||
        (from_ns > 0 && to_ns > 0 && from_ns >= to_ns)) {
        web_refuse(request, &(struct web_refusal){
                                .status = 400,
                                .code = "bad_time",
                                .message = "from and to are times, and from is the earlier",
                                .hint = "RFC 3339, or milliseconds since 1970"});
        return;
    }
    buf_init_growing(&body, ALERT_ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    alert_write_history(alerts, from_ns, to_ns, &writer);
    answer_buf(request, &body);
}

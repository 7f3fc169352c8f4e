/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_api.h"

#include "alert/alert.h"
#include "alert/alert_limits.h"

#include "http/web.h"

#include "base/buf.h"
#include "base/json_write.h"

/* Write an answer into memory that grows, so that a long list costs no more than it is. */
static void answer_with(struct alerts *alerts, struct web_request *request,
                        void (*write)(struct alerts *alerts, struct json_write *writer))
{
    struct buf body;
    struct json_write writer;
    buf_init_growing(&body, ALERT_ANSWER_SIZE_MAX);
    json_write_init(&writer, &body);
    write(alerts, &writer);
    if (buf_overflowed(&body)) {
        web_refuse(request, &(struct web_refusal){
                                .status = 500, .code = "internal", .message = "out of memory"});
    } else {
        const struct web_answer answer = {
            .status = 200, .content_type = "application/json", .body = buf_bytes(&body)};
        web_answer(request, &answer);
    }
    buf_fini(&body);
}

void alert_api_alerts(struct alerts *alerts, struct web_request *request)
{
    answer_with(alerts, request, alert_write_alerts);
}

void alert_api_rules(struct alerts *alerts, struct web_request *request)
{
    answer_with(alerts, request, alert_write_rules);
}

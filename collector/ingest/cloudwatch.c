/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/cloudwatch.h"

#include "base/json_write.h"
#include "ingest/delivery.h"
#include "ingest/ingest_limits.h"
#include "self/counters.h"

/* Room for an answer: four numbers and their names. */
#define CLOUDWATCH_ANSWER_SIZE 256u

bool cloudwatch_is(struct slice path)
{
    return slice_equal(path, SLICE("/v1/cloudwatch")) ||
           slice_equal(path, SLICE("/v1/cloudwatch/"));
}

static void cloudwatch_refuse(struct web_request *request, unsigned status, const char *code,
                              const char *message, const char *hint)
{
    web_refuse(request, &(struct web_refusal){
                            .status = status,
                            .code = code,
                            .message = message,
                            .hint = hint,
                            .retry_after_s = status == 503 ? INGEST_RETRY_BUSY_S : 0,
                        });
}

static void cloudwatch_busy(struct web_request *request)
{
    counters_add(COUNTER_REJECTED_BUSY, 1);
    cloudwatch_refuse(request, 503, "busy", "too much is waiting to be written", "try again");
}

/* All is on the disk, or it is not. */
static void cloudwatch_done(void *context, const struct delivery_counts *counts, enum status status)
{
    struct web_request *request = context;
    if (status == STATUS_FULL) {
        cloudwatch_busy(request);
        return;
    }
    if (status != STATUS_OK) {
        counters_add(COUNTER_REJECTED_STORAGE, 1);
        cloudwatch_refuse(request, 503, "storage", "the storage does not accept at the moment",
                          "/readyz says why; try again");
        return;
    }
    unsigned char memory[CLOUDWATCH_ANSWER_SIZE];
    struct json_write writer;
    struct buf body;
    buf_init_fixed(&body, memory, sizeof(memory));
    json_write_init(&writer, &body);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("accepted"), counts->events);
    json_write_member_u64(&writer, SLICE("control_messages"), counts->control);
    json_write_member_u64(&writer, SLICE("refused"), counts->refused);
    json_write_member_bool(&writer, SLICE("known"), counts->known > 0);
    json_write_object_end(&writer);
    web_answer(request, &(struct web_answer){
                            .status = 200,
                            .content_type = "application/json",
                            .body = buf_bytes(&body),
                        });
}

void cloudwatch_handle(struct ingest *ingest, struct web_request *request)
{
    struct slice encoding = SLICE_EMPTY;
    counters_add(COUNTER_INGEST_CLOUDWATCH, 1);
    (void)web_header(request, "Content-Encoding", &encoding);
    encoding = slice_trim(encoding);
    /* What is gzip is recognised by its bytes, whether the header says so or not. */
    if (encoding.size > 0 && !slice_equal_nocase(encoding, SLICE("gzip")) &&
        !slice_equal_nocase(encoding, SLICE("identity"))) {
        counters_add(COUNTER_REJECTED_ENCODING, 1);
        cloudwatch_refuse(request, 415, "content_encoding",
                          "Content-Encoding must be gzip or identity", NULL);
        return;
    }
    const struct delivery_options options = {
        .ingest = ingest, .request = request, .done = cloudwatch_done, .context = request};
    struct delivery *delivery = delivery_create(&options);
    if (delivery == NULL) {
        cloudwatch_busy(request);
        return;
    }
    enum status status = delivery_take(delivery, web_body(request));
    const struct delivery_counts *counts = delivery_so_far(delivery);
    if (status == STATUS_FULL) {
        delivery_abandon(delivery);
        cloudwatch_busy(request);
    } else if (status != STATUS_OK || counts->broken > 0 ||
               counts->events + counts->payloads == 0) {
        delivery_abandon(delivery);
        counters_add(COUNTER_REJECTED_MALFORMED, 1);
        cloudwatch_refuse(request, 400, "malformed",
                          "this is no payload of a CloudWatch Logs subscription, or a broken one",
                          "send what the subscription gives, as it is");
    } else {
        delivery_finish(delivery);
    }
}

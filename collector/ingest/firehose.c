/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/firehose.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "ingest/delivery.h"
#include "ingest/firehose_body.h"
#include "ingest/inflate.h"
#include "ingest/ingest_limits.h"
#include "self/counters.h"

/* Room for an answer: the request id, escaped, a number and a sentence.  It stays below the size
 * from which answers are compressed, which Firehose does not take. */
#define FIREHOSE_ANSWER_SIZE 1000u

struct firehose {
    struct ingest *ingest;
    struct web_request *request;
    struct arena *arena;
    struct slice id; /* As the header says. */
    struct slice body;
    struct slice account, region; /* Of the stream's ARN. */
    struct labels labels;
};

bool firehose_is(struct slice path)
{
    return slice_equal(path, SLICE("/v1/firehose")) || slice_equal(path, SLICE("/v1/firehose/"));
}

/* --- Answers. --- */

/* The id to answer with: that of the header, as far as it is one. */
static struct slice firehose_id(const struct web_request *request)
{
    struct slice id = SLICE_EMPTY;
    (void)web_header(request, "X-Amz-Firehose-Request-Id", &id);
    id = slice_trim(id);
    bool plain = id.size <= INGEST_FIREHOSE_ID_MAX;
    for (size_t i = 0; plain && i < id.size; i++) {
        plain = id.base[i] > ' ' && id.base[i] < 0x7f && id.base[i] != '"' && id.base[i] != '\\';
    }
    return plain ? id : SLICE_EMPTY;
}

/* {"requestId", "timestamp"[, "errorMessage"]} */
static struct slice firehose_shape(const struct web_request *request, struct slice error,
                                   struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("requestId"), firehose_id(request));
    json_write_member_u64(&writer, SLICE("timestamp"), clock_wall_ns() / CLOCK_NS_PER_MS);
    if (error.size > 0) {
        json_write_member_string(&writer, SLICE("errorMessage"), error);
    }
    json_write_object_end(&writer);
    return buf_overflowed(out) ? SLICE("{}") : buf_bytes(out);
}

static void firehose_answer(struct web_request *request, unsigned status, struct slice error)
{
    unsigned char memory[FIREHOSE_ANSWER_SIZE];
    struct buf out;
    buf_init_fixed(&out, memory, sizeof(memory));
    web_answer(request, &(struct web_answer){
                            .status = status,
                            .content_type = "application/json",
                            .body = firehose_shape(request, error, &out),
                            .retry_after_s = status == 503 ? INGEST_RETRY_BUSY_S : 0,
                        });
}

bool firehose_refuse(struct web_request *request, const struct web_refusal *refusal,
                     struct web_answer *answer)
{
    unsigned char *memory = arena_alloc(web_arena(request), FIREHOSE_ANSWER_SIZE);
    if (memory == NULL) {
        return false;
    }
    struct buf out;
    buf_init_fixed(&out, memory, FIREHOSE_ANSWER_SIZE);
    answer->content_type = "application/json";
    answer->body = firehose_shape(request, slice_from(refusal->message), &out);
    return true;
}

static void firehose_bad(struct firehose *firehose, unsigned status, enum counter counter,
                         struct slice message)
{
    counters_add(counter, 1);
    firehose_answer(firehose->request, status, message);
}

/* All is on the disk, or it is not. */
static void firehose_done(void *context, const struct delivery_counts *counts, enum status status)
{
    struct web_request *request = context;
    (void)counts;
    switch (status) {
    case STATUS_OK:
        firehose_answer(request, 200, SLICE_EMPTY);
        return;
    case STATUS_FULL:
        counters_add(COUNTER_REJECTED_BUSY, 1);
        firehose_answer(request, 503, SLICE("too much is waiting to be written"));
        return;
    case STATUS_IO:
    case STATUS_AGAIN:
    case STATUS_BAD:
    case STATUS_DENIED:
    case STATUS_EXISTS:
    case STATUS_NOT_FOUND:
    case STATUS_CLOSED:
    case STATUS_TIMEOUT:
        break;
    }
    counters_add(COUNTER_REJECTED_STORAGE, 1);
    firehose_answer(request, 503, SLICE("the storage does not accept at the moment"));
}

/* --- What a request must be. --- */

/* Account and region of arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME. */
static void firehose_read_arn(struct firehose *firehose)
{
    struct slice rest = SLICE_EMPTY;
    struct slice parts[5];
    (void)web_header(firehose->request, "X-Amz-Firehose-Source-Arn", &rest);
    for (size_t i = 0; i < 5; i++) {
        (void)slice_cut(rest, ':', &parts[i], &rest);
    }
    if (slice_equal(parts[0], SLICE("arn")) && slice_equal(parts[2], SLICE("firehose"))) {
        firehose->region = parts[3];
        firehose->account = parts[4];
    }
}

static bool firehose_headers(struct firehose *firehose)
{
    struct slice text = SLICE_EMPTY;
    if (web_header(firehose->request, "X-Amz-Firehose-Protocol-Version", &text) &&
        !slice_equal(slice_trim(text), SLICE("1.0"))) {
        firehose_bad(firehose, 400, COUNTER_REJECTED_MALFORMED,
                     SLICE("X-Amz-Firehose-Protocol-Version must be 1.0"));
        return false;
    }
    if (firehose->id.size == 0) {
        firehose_bad(firehose, 400, COUNTER_REJECTED_MALFORMED,
                     SLICE("X-Amz-Firehose-Request-Id is missing"));
        return false;
    }
    text = SLICE_EMPTY;
    (void)web_header(firehose->request, "X-Amz-Firehose-Common-Attributes", &text);
    if (labels_read(text, firehose->arena, &firehose->labels) != STATUS_OK) {
        firehose_bad(firehose, 400, COUNTER_REJECTED_MALFORMED,
                     SLICE("X-Amz-Firehose-Common-Attributes must be {\"commonAttributes\": "
                           "{...}} of at most 50 pairs of text, 256 and 1024 bytes long"));
        return false;
    }
    firehose_read_arn(firehose);
    return true;
}

static bool firehose_inflate(struct firehose *firehose)
{
    struct slice encoding = SLICE_EMPTY;
    (void)web_header(firehose->request, "Content-Encoding", &encoding);
    encoding = slice_trim(encoding);
    firehose->body = web_body(firehose->request);
    if (encoding.size == 0 || slice_equal_nocase(encoding, SLICE("identity"))) {
        return true;
    }
    if (!slice_equal_nocase(encoding, SLICE("gzip"))) {
        firehose_bad(firehose, 400, COUNTER_REJECTED_ENCODING,
                     SLICE("Content-Encoding must be gzip or none"));
        return false;
    }
    switch (inflate_gzip(firehose->body, INGEST_BODY_SIZE_MAX, firehose->arena, &firehose->body)) {
    case INFLATE_OK:
        return true;
    case INFLATE_BAD:
        firehose_bad(firehose, 400, COUNTER_REJECTED_MALFORMED,
                     SLICE("the body is not gzip, damaged or cut short"));
        return false;
    case INFLATE_TOO_LARGE:
        firehose_bad(firehose, 413, COUNTER_REJECTED_TOO_LARGE,
                     SLICE("the body has more than 64 MiB once inflated"));
        return false;
    case INFLATE_RATIO:
        firehose_bad(firehose, 413, COUNTER_REJECTED_RATIO,
                     SLICE("the body inflates to more than 250 times its size"));
        return false;
    case INFLATE_NO_MEMORY:
        break;
    }
    firehose_bad(firehose, 503, COUNTER_REJECTED_BUSY, SLICE("out of memory; try again"));
    return false;
}

/* --- Records. --- */

/* A record that is broken was counted, and would be broken the next time as well: only without
 * memory the batch is to come again. */
static bool firehose_record(void *context, struct slice bytes)
{
    return delivery_take(context, bytes) != STATUS_FULL;
}

static void firehose_refused(void *context, const char *why, struct slice sample)
{
    delivery_refuse(context, why, sample);
}

void firehose_handle(struct ingest *ingest, struct web_request *request)
{
    struct firehose firehose = {
        .ingest = ingest,
        .request = request,
        .arena = web_arena(request),
        .id = firehose_id(request),
    };
    counters_add(COUNTER_INGEST_FIREHOSE, 1);
    if (!firehose_headers(&firehose) || !firehose_inflate(&firehose)) {
        return;
    }
    const char *wrong = firehose_body_wrong(firehose.body, firehose.id);
    if (wrong != NULL) {
        firehose_bad(&firehose, 400, COUNTER_REJECTED_MALFORMED, slice_from(wrong));
        return;
    }
    const struct delivery_options options = {
        .ingest = ingest,
        .request = request,
        .account = firehose.account,
        .region = firehose.region,
        .labels = firehose.labels,
        .done = firehose_done,
        .context = request,
    };
    struct delivery *delivery = delivery_create(&options);
    if (delivery == NULL) {
        firehose_bad(&firehose, 503, COUNTER_REJECTED_BUSY, SLICE("out of memory; try again"));
        return;
    }
    const struct firehose_body_sink sink = {firehose_record, firehose_refused, delivery};
    uint64_t usable;
    if (!firehose_body_read(firehose.body, firehose.arena, &sink, &usable)) {
        delivery_abandon(delivery);
        firehose_bad(&firehose, 503, COUNTER_REJECTED_BUSY, SLICE("out of memory; try again"));
    } else if (usable == 0) {
        delivery_abandon(delivery);
        firehose_bad(&firehose, 400, COUNTER_REJECTED_MALFORMED,
                     SLICE("none of the records has data in base64"));
    } else {
        delivery_finish(delivery);
    }
}

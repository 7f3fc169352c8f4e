/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/uplink.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/format.h"
#include "base/log.h"
#include "base/number.h"

#include <stdalign.h>
#include <string.h>

#define STATUS_UNAUTHORIZED 401
#define STATUS_TOO_LARGE    413

#define PAGE_SIZE 4096u

static alignas(PAGE_SIZE) unsigned char body_memory[BLOCK_SIGNALS][AGENT_SEND_SIZE];
static char head_memory[BLOCK_SIGNALS][AGENT_EXTRA_HEADERS_MAX + AGENT_TOKEN_MAX + 1024];

static void on_answer(void *context, const struct client_answer *response);
static void on_token(void *context, const char *reason);

void uplink_init(struct uplink *uplink, struct loop *loop, const struct agent_settings *settings,
                 struct gzip *gzip, uplink_done *done, void *context)
{
    const struct peer_target target = {.host = settings->host,
                                       .port = settings->port,
                                       .tls = settings->tls,
                                       .roots_path = settings->ca_file,
                                       .proxy = &settings->proxy};
    uplink->settings = settings;
    uplink->gzip = gzip;
    uplink->done = done;
    uplink->context = context;
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        buf_init_fixed(&uplink->requests[each].head, head_memory[each], sizeof(head_memory[each]));
        buf_init_fixed(&uplink->requests[each].body, body_memory[each], sizeof(body_memory[each]));
    }
    peer_init(&uplink->peer, loop, on_answer, uplink);
    /* What no name can be was refused with the settings. */
    ENSURE(peer_set_target(&uplink->peer, &target) == STATUS_OK);
    token_init(&uplink->token, loop, &settings->token, on_token, uplink);
}

void uplink_open(struct uplink *uplink)
{
    token_begin(&uplink->token, clock_monotonic_ns());
    peer_open(&uplink->peer);
}

/* ---- The request. ---- */

/* The bytes on the wire, made once per batch.  False: they do not fit. */
static bool pack(struct uplink *uplink, enum block_signal signal, struct slice body)
{
    struct uplink_request *request = &uplink->requests[signal];
    buf_reset(&request->body);
    request->packed =
        body.size >= AGENT_GZIP_SIZE_MIN && gzip_pack(uplink->gzip, body, &request->body);
    if (!request->packed) {
        buf_reset(&request->body);
        buf_append(&request->body, body);
    }
    return !buf_overflowed(&request->body);
}

static void put_head(struct uplink *uplink, enum block_signal signal)
{
    const struct agent_settings *settings = uplink->settings;
    struct uplink_request *request = &uplink->requests[signal];
    struct buf *head = &request->head;
    buf_reset(head);
    format_append(head,
                  "POST " SLICE_FMT SLICE_FMT " HTTP/1.1\r\nHost: " SLICE_FMT
                  "\r\nUser-Agent: thaw-agent/" THAW_VERSION
                  "\r\nContent-Type: application/x-protobuf\r\nContent-Length: %zu\r\n",
                  SLICE_ARG(settings->path_prefix), SLICE_ARG(block_path(signal)),
                  SLICE_ARG(settings->host_text), request->body.size);
    if (request->packed) {
        buf_append_text(head, "Content-Encoding: gzip\r\n");
    }
    buf_append(head, settings->header_lines);
    request->token = uplink->token.number;
    buf_append(head, token_line(&uplink->token));
    buf_append_text(head, "\r\n");
    ENSURE(!buf_overflowed(head));
}

static void send_request(struct uplink *uplink, enum block_signal signal)
{
    const struct uplink_request *request = &uplink->requests[signal];
    put_head(uplink, signal);
    peer_request(&uplink->peer, buf_bytes(&request->head), buf_bytes(&request->body));
}

struct core_input uplink_send(struct uplink *uplink, const struct core_actions *actions)
{
    const struct core_input sent = {.kind = CORE_SENT};
    struct core_input answer = {.kind = CORE_ANSWER, .answer = {.signals = 1u << actions->signal}};
    if (!actions->again && !pack(uplink, actions->signal, actions->body)) {
        answer.answer.status = STATUS_TOO_LARGE;
        return answer;
    }
    bool missing = token_missing(&uplink->token);
    /* Without a token that there should be, the collector would only refuse. */
    if (missing && !uplink->waits && !token_ask(&uplink->token, clock_monotonic_ns())) {
        return answer;
    }
    ENSURE(uplink->awaited_count < BLOCK_SIGNALS);
    uplink->awaited[uplink->awaited_count++] = actions->signal;
    uplink->waits = missing;
    if (!missing) {
        send_request(uplink, actions->signal);
    }
    return sent;
}

static void forget_awaited(struct uplink *uplink)
{
    uplink->waits = false;
    uplink->awaited_count = 0;
}

/* The first that is awaited is answered; whose it was. */
static enum block_signal take_awaited(struct uplink *uplink)
{
    ENSURE(uplink->awaited_count > 0);
    enum block_signal first = uplink->awaited[0];
    uplink->awaited_count--;
    memmove(uplink->awaited, uplink->awaited + 1,
            uplink->awaited_count * sizeof(uplink->awaited[0]));
    return first;
}

void uplink_cancel(struct uplink *uplink)
{
    forget_awaited(uplink);
    peer_cancel(&uplink->peer);
}

void uplink_renew(struct uplink *uplink)
{
    forget_awaited(uplink);
    peer_renew(&uplink->peer);
    token_renew(&uplink->token);
}

/* ---- The answer. ---- */

static void tell_once(struct uplink *uplink, unsigned status, const char *reason)
{
    if (reason == NULL) {
        reason = status == 0 ? "there is no connection, or what comes is no HTTP" : "it refuses";
    }
    if (uplink->told || (status >= 200 && status < 300)) {
        return;
    }
    /* Our own lines come back to us as telemetry: one per problem, or it never ends. */
    uplink->told = true;
    log_warn("the collector does not take data; this is said once",
             log_text("endpoint", uplink->settings->host_text), log_u64("status", status),
             log_string("reason", reason));
}

static void on_answer(void *context, const struct client_answer *response)
{
    struct uplink *uplink = context;
    struct core_input answer = {.kind = CORE_ANSWER};
    unsigned status = response->ok ? response->head->status : 0;
    bool asked_anew = false;
    unsigned token = 0;
    if (response->ok) {
        uint64_t seconds = 0;
        enum block_signal signal = take_awaited(uplink);
        const struct uplink_request *request = &uplink->requests[signal];
        token = request->token;
        answer.answer.signals = 1u << signal;
        answer.answer.status = status;
        answer.answer.wire_bytes = request->head.size + request->body.size;
        if (number_parse_u64(http_header(response->head, SLICE("retry-after")), &seconds) ==
                NUMBER_OK &&
            seconds < UINT32_MAX) {
            answer.answer.retry_after_ns = seconds * CLOCK_NS_PER_S;
        }
        if (slice_equal_nocase(http_header(response->head, SLICE("content-type")),
                               SLICE("application/x-protobuf"))) {
            answer.answer.rejected = block_rejected(response->body);
        }
    } else {
        forget_awaited(uplink);
    }
    if (status == STATUS_UNAUTHORIZED) {
        /* The data is not to blame: it is kept, as if nobody had been there. */
        asked_anew = token_refused(&uplink->token, token, clock_monotonic_ns());
        answer.answer.status = 0;
    }
    if (!asked_anew) {
        tell_once(uplink, status, response->reason);
    }
    uplink->done(uplink->context, &answer);
}

static void on_token(void *context, const char *reason)
{
    struct uplink *uplink = context;
    const struct core_input unsent = {.kind = CORE_ANSWER};
    if (reason != NULL) {
        tell_once(uplink, 0, reason);
    }
    if (!uplink->waits) {
        return;
    }
    if (reason != NULL) {
        forget_awaited(uplink);
        uplink->done(uplink->context, &unsent);
        return;
    }
    uplink->waits = false;
    for (unsigned i = 0; i < uplink->awaited_count; i++) {
        send_request(uplink, uplink->awaited[i]);
    }
}

uint64_t uplink_due_ns(const struct uplink *uplink)
{
    return token_due_ns(&uplink->token);
}

void uplink_time(struct uplink *uplink, uint64_t now_ns)
{
    token_time(&uplink->token, now_ns);
}

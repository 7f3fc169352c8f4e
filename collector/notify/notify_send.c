/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_send.h"

#include "notify/notify_limits.h"

#include "base/clock.h"

#include <curl/curl.h>

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A receiver that has the request may still answer while we stop: cutting it off at once would
 * leave open whether it has been told. */
#define CANCEL_GRACE_NS (3 * CLOCK_NS_PER_S)

struct notify_send {
    CURL *curl;
    struct curl_slist *list;       /* Headers, or recipients, of the send under way. */
    _Atomic uint64_t cancelled_ns; /* 0: not. */
    /* Of the latest send. */
    enum notify_reach reach;
    bool refused_address;
    size_t answer_size;
    struct slice mail; /* What is left to be uploaded. */
};

/* ---- What libcurl calls. ---- */

/* Read and forget the answer, up to a limit. */
static size_t drop_answer(char *data, size_t size, size_t count, void *context)
{
    struct notify_send *send = context;
    (void)data;
    size_t bytes = size * count;
    if (bytes > NOTIFY_ANSWER_SIZE_MAX - send->answer_size) {
        return 0;
    }
    send->answer_size += bytes;
    return bytes;
}

static size_t give_mail(char *data, size_t size, size_t count, void *context)
{
    struct notify_send *send = context;
    struct slice piece = slice_take(send->mail, size * count);
    if (piece.size > 0) {
        memcpy(data, piece.base, piece.size);
    }
    send->mail = slice_skip(send->mail, piece.size);
    return piece.size;
}

static int check_cancelled(void *context, curl_off_t down_total, curl_off_t down_now,
                           curl_off_t up_total, curl_off_t up_now)
{
    struct notify_send *send = context;
    (void)down_total;
    (void)down_now;
    (void)up_total;
    (void)up_now;
    uint64_t cancelled_ns = atomic_load(&send->cancelled_ns);
    return cancelled_ns != 0 && clock_monotonic_ns() - cancelled_ns > CANCEL_GRACE_NS;
}

/* Judge the very address that is about to be connected to. */
static bool may_connect(const struct notify_send *send, const struct curl_sockaddr *address)
{
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof(v4));
        return notify_address_allowed(send->reach, (const unsigned char *)&v4.sin_addr, 4);
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        /* curl_sockaddr declares room for a sockaddr only; what is behind it is really there. */
        memcpy(&v6, (const unsigned char *)address + offsetof(struct curl_sockaddr, addr),
               sizeof(v6));
        return notify_address_allowed(send->reach, (const unsigned char *)&v6.sin6_addr, 16);
    }
    return false;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct notify_send *send = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(send, address)) {
        send->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- Options.  Each answers false where libcurl does not take one. ---- */

static bool set(CURLcode code)
{
    return code == CURLE_OK;
}

/* An option whose text is not NUL-terminated. */
static bool set_text(CURL *curl, CURLoption option, struct slice text)
{
    char copy[NOTIFY_URL_SIZE_MAX * 2 + 1];
    bool good =
        slice_copy_text(text, copy, sizeof(copy)) && set(curl_easy_setopt(curl, option, copy));
    explicit_bzero(copy, sizeof(copy));
    return good;
}

static bool append(struct notify_send *send, const char *text)
{
    struct curl_slist *list = curl_slist_append(send->list, text);
    send->list = list != NULL ? list : send->list;
    return list != NULL;
}

/* What is the same for both protocols. */
static bool set_common(struct notify_send *send, const struct notify_target *target,
                       const struct notify_parcel *parcel)
{
    CURL *curl = send->curl;
    long timeout_ms = (long)(target->timeout_ns / CLOCK_NS_PER_MS);
    return set_text(curl, CURLOPT_URL, buf_bytes(&parcel->url)) &&
           set(curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L)) &&
           set(curl_easy_setopt(curl, CURLOPT_PROXY, "")) &&
           /* A connection that one target may have is none for another with less reach. */
           set(curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L)) &&
           set(curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L)) &&
           set(curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms)) &&
           set(curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms)) &&
           set(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer)) &&
           set(curl_easy_setopt(curl, CURLOPT_WRITEDATA, send)) &&
           set(curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L)) &&
           set(curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancelled)) &&
           set(curl_easy_setopt(curl, CURLOPT_XFERINFODATA, send)) &&
           set(curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket)) &&
           set(curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, send)) &&
           (target->ca_file.size == 0 || set_text(curl, CURLOPT_CAINFO, target->ca_file));
}

static bool set_http(struct notify_send *send, const struct notify_target *target,
                     const struct notify_parcel *parcel)
{
    CURL *curl = send->curl;
    char line[NOTIFY_URL_SIZE_MAX + 64];
    (void)snprintf(line, sizeof(line), "Idempotency-Key: %s", parcel->key);
    bool good = append(send, "Content-Type: application/json") && append(send, line);
    /* PagerDuty's key is in its body. */
    if (target->secret.size > 0 && target->kind != NOTIFY_PAGERDUTY) {
        int size = snprintf(line, sizeof(line), "Authorization: %s " SLICE_FMT, parcel->scheme,
                            SLICE_ARG(target->secret));
        good = good && size > 0 && (size_t)size < sizeof(line) && append(send, line);
        explicit_bzero(line, sizeof(line));
    }
    return good && set(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https")) &&
           set(curl_easy_setopt(curl, CURLOPT_USERAGENT, "thaw-collector/" THAW_VERSION)) &&
           set(curl_easy_setopt(curl, CURLOPT_POST, 1L)) &&
           set(curl_easy_setopt(curl, CURLOPT_HTTPHEADER, send->list)) &&
           set(curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)parcel->body.size)) &&
           set(curl_easy_setopt(curl, CURLOPT_POSTFIELDS, parcel->body.base));
}

static bool set_recipients(struct notify_send *send, const struct notify_target *target)
{
    bool good = true;
    for (size_t i = 0; i < target->to_count && good; i++) {
        char text[NOTIFY_URL_SIZE_MAX];
        good = slice_copy_text(target->to[i], text, sizeof(text)) && append(send, text);
    }
    return good && set(curl_easy_setopt(send->curl, CURLOPT_MAIL_RCPT, send->list));
}

static bool set_mail(struct notify_send *send, const struct notify_target *target,
                     const struct notify_parcel *parcel)
{
    CURL *curl = send->curl;
    long tls = target->require_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY;
    send->mail = buf_bytes(&parcel->body);
    return set(curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps")) &&
           set(curl_easy_setopt(curl, CURLOPT_USE_SSL, tls)) &&
           set_text(curl, CURLOPT_MAIL_FROM, target->from) && set_recipients(send, target) &&
           (target->username.size == 0 || (set_text(curl, CURLOPT_USERNAME, target->username) &&
                                           set_text(curl, CURLOPT_PASSWORD, target->secret))) &&
           set(curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_mail)) &&
           set(curl_easy_setopt(curl, CURLOPT_READDATA, send)) &&
           set(curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L));
}

/* ---- What came of it. ---- */

static enum notify_attempt judge_http(const struct notify_send *send, long status,
                                      uint64_t *retry_ns, char *error, size_t error_size)
{
    if (status >= 200 && status < 300) {
        error[0] = '\0';
        return NOTIFY_TAKEN;
    }
    const char *hint = status >= 300 && status < 400 ? "; redirects are not followed" : "";
    (void)snprintf(error, error_size, "the receiver answered %ld%s", status, hint);
    curl_off_t seconds = 0;
    if (curl_easy_getinfo(send->curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0) {
        uint64_t most_s = NOTIFY_RETRY_ASK_NS_MAX / CLOCK_NS_PER_S;
        *retry_ns = ((uint64_t)seconds < most_s ? (uint64_t)seconds : most_s) * CLOCK_NS_PER_S;
    }
    bool later = status == 408 || status == 429 || status >= 500;
    return later ? NOTIFY_LATER : NOTIFY_REFUSED;
}

static enum notify_attempt judge_mail(long status, char *error, size_t error_size)
{
    (void)snprintf(error, error_size, "the mail server answered %ld", status);
    return status >= 500 && status < 600 ? NOTIFY_REFUSED : NOTIFY_LATER;
}

/* What an attempt means that libcurl takes for failed. */
static enum notify_attempt judge_failure(const struct notify_send *send, CURLcode code, bool mail,
                                         uint64_t *retry_ns, char *error, size_t error_size)
{
    long status = 0;
    (void)curl_easy_getinfo(send->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_WRITE_ERROR && !mail && status >= 200 && status < 300) {
        /* Only its answer was too long. */
        return judge_http(send, status, retry_ns, error, error_size);
    }
    if (mail &&
        (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_LOGIN_DENIED ||
         code == CURLE_WEIRD_SERVER_REPLY) &&
        status >= 400) {
        return judge_mail(status, error, error_size);
    }
    if (send->refused_address) {
        (void)snprintf(error, error_size,
                       "the receiver's address is not public (alert-webhook-reach, or reach)");
    } else {
        (void)snprintf(error, error_size, "%s", curl_easy_strerror(code));
    }
    return NOTIFY_LATER;
}

enum notify_attempt notify_send_parcel(struct notify_send *send, const struct notify_target *target,
                                       const struct notify_parcel *parcel, uint64_t *retry_ns,
                                       char *error, size_t error_size)
{
    bool mail = target->kind == NOTIFY_EMAIL;
    *retry_ns = 0;
    if (atomic_load(&send->cancelled_ns) != 0) {
        (void)snprintf(error, error_size, "the collector is stopping");
        return NOTIFY_LATER;
    }
    curl_easy_reset(send->curl);
    send->reach = target->reach;
    send->refused_address = false;
    send->answer_size = 0;
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (set_common(send, target, parcel) &&
        (mail ? set_mail(send, target, parcel) : set_http(send, target, parcel))) {
        code = curl_easy_perform(send->curl);
    }
    long status = 0;
    (void)curl_easy_getinfo(send->curl, CURLINFO_RESPONSE_CODE, &status);
    enum notify_attempt attempt = NOTIFY_TAKEN;
    error[0] = '\0';
    if (code != CURLE_OK) {
        attempt = judge_failure(send, code, mail, retry_ns, error, error_size);
    } else if (!mail) {
        attempt = judge_http(send, status, retry_ns, error, error_size);
    }
    curl_easy_reset(send->curl); /* It points to what is freed now. */
    curl_slist_free_all(send->list);
    send->list = NULL;
    return attempt;
}

/* ---- Life. ---- */

struct notify_send *notify_send_create(void)
{
    struct notify_send *send = calloc(1, sizeof(*send));
    if (send == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(send);
        return NULL;
    }
    send->curl = curl_easy_init();
    if (send->curl == NULL) {
        notify_send_free(send);
        return NULL;
    }
    return send;
}

void notify_send_free(struct notify_send *send)
{
    if (send == NULL) {
        return;
    }
    curl_easy_cleanup(send->curl);
    curl_global_cleanup();
    free(send);
}

void notify_send_cancel(struct notify_send *send)
{
    atomic_store(&send->cancelled_ns, clock_monotonic_ns());
}

bool notify_send_url_good(struct slice url, bool mail)
{
    char text[NOTIFY_URL_SIZE_MAX];
    char *scheme = NULL;
    char *host = NULL;
    CURLU *parts = curl_url();
    unsigned flags = mail ? CURLU_NON_SUPPORT_SCHEME : 0;
    bool good = parts != NULL && slice_copy_text(url, text, sizeof(text)) &&
                curl_url_set(parts, CURLUPART_URL, text, flags) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && host[0] != '\0';
    if (good) {
        good = strcmp(scheme, mail ? "smtp" : "http") == 0 ||
               strcmp(scheme, mail ? "smtps" : "https") == 0;
    }
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    explicit_bzero(text, sizeof(text));
    return good;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_post.h"

#include "alert/alert_limits.h"

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

struct alert_post {
    CURL *curl;
    char url[ALERT_URL_SIZE_MAX];
    enum alert_reach reach;
    _Atomic uint64_t cancelled_ns; /* 0: not. */
    bool refused_address;          /* By the latest send. */
    size_t answer_size;            /* Of the latest send. */
};

/* Read and forget the answer, up to a limit. */
static size_t drop_answer(char *data, size_t size, size_t count, void *context)
{
    struct alert_post *post = context;
    (void)data;
    size_t bytes = size * count;
    if (bytes > ALERT_ANSWER_SIZE_MAX - post->answer_size) {
        return 0;
    }
    post->answer_size += bytes;
    return bytes;
}

static int check_cancelled(void *context, curl_off_t down_total, curl_off_t down_now,
                           curl_off_t up_total, curl_off_t up_now)
{
    struct alert_post *post = context;
    (void)down_total;
    (void)down_now;
    (void)up_total;
    (void)up_now;
    uint64_t cancelled_ns = atomic_load(&post->cancelled_ns);
    return cancelled_ns != 0 && clock_monotonic_ns() - cancelled_ns > CANCEL_GRACE_NS;
}

/* Judge the very address that is about to be connected to. */
static bool may_connect(const struct alert_post *post, const struct curl_sockaddr *address)
{
    if (address->family == AF_INET && address->addrlen >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, &address->addr, sizeof(v4));
        return alert_address_allowed(post->reach, (const unsigned char *)&v4.sin_addr, 4);
    }
    if (address->family == AF_INET6 && address->addrlen >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        /* curl_sockaddr declares room for a sockaddr only; what is behind it is really there. */
        memcpy(&v6, (const unsigned char *)address + offsetof(struct curl_sockaddr, addr),
               sizeof(v6));
        return alert_address_allowed(post->reach, (const unsigned char *)&v6.sin6_addr, 16);
    }
    return false;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct alert_post *post = context;
    if (purpose != CURLSOCKTYPE_IPCXN || !may_connect(post, address)) {
        post->refused_address = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Everything that is the same for every send.  False if an option is not taken. */
static bool configure(struct alert_post *post, uint64_t timeout_ns)
{
    CURL *curl = post->curl;
    long timeout_ms = (long)(timeout_ns / CLOCK_NS_PER_MS);
    return curl_easy_setopt(curl, CURLOPT_URL, post->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, post) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancelled) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_XFERINFODATA, post) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, post) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERAGENT, "thaw-collector/" THAW_VERSION) == CURLE_OK;
}

/* Whether the text is an address that can be posted to. */
static bool url_is_good(const char *text)
{
    char *scheme = NULL;
    char *host = NULL;
    CURLU *url = curl_url();
    bool good = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) && host[0] != '\0';
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(url);
    return good;
}

enum status alert_post_create(struct alert_post **post, const struct alert_post_options *options,
                              char *error, size_t error_size)
{
    *post = NULL;
    struct alert_post *made = calloc(1, sizeof(*made));
    if (made == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(made);
        (void)snprintf(error, error_size, "alert-webhook: no memory");
        return STATUS_FULL;
    }
    made->reach = options->reach;
    if (!slice_copy_text(options->url, made->url, sizeof(made->url)) || !url_is_good(made->url)) {
        alert_post_free(made);
        (void)snprintf(error, error_size, "alert-webhook: not an http or https address");
        return STATUS_BAD;
    }
    made->curl = curl_easy_init();
    if (made->curl == NULL || !configure(made, options->timeout_ns)) {
        alert_post_free(made);
        (void)snprintf(error, error_size, "alert-webhook: no memory");
        return STATUS_FULL;
    }
    *post = made;
    return STATUS_OK;
}

void alert_post_free(struct alert_post *post)
{
    if (post == NULL) {
        return;
    }
    curl_easy_cleanup(post->curl);
    curl_global_cleanup();
    explicit_bzero(post->url, sizeof(post->url));
    free(post);
}

/* What an answer means. */
static enum alert_attempt judge_status(long status, char *error, size_t error_size)
{
    if (status >= 200 && status < 300) {
        error[0] = '\0';
        return ALERT_ATTEMPT_TAKEN;
    }
    const char *hint = status >= 300 && status < 400 ? "; redirects are not followed" : "";
    (void)snprintf(error, error_size, "the receiver answered %ld%s", status, hint);
    bool later = status == 408 || status == 429 || status >= 500;
    return later ? ALERT_ATTEMPT_LATER : ALERT_ATTEMPT_REFUSED;
}

/* What an attempt without a whole answer means. */
static enum alert_attempt judge_failure(const struct alert_post *post, CURLcode code, char *error,
                                        size_t error_size)
{
    long status = 0;
    (void)curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_WRITE_ERROR && status >= 200 && status < 300) {
        return judge_status(status, error, error_size); /* Only its answer was too long. */
    }
    if (post->refused_address) {
        (void)snprintf(error, error_size,
                       "the receiver's address is not public (setting alert-webhook-reach)");
    } else {
        (void)snprintf(error, error_size, "%s", curl_easy_strerror(code));
    }
    return ALERT_ATTEMPT_LATER;
}

enum alert_attempt alert_post_send(struct alert_post *post, struct slice body, const char *id,
                                   char *error, size_t error_size)
{
    if (atomic_load(&post->cancelled_ns) != 0) {
        (void)snprintf(error, error_size, "the collector is stopping");
        return ALERT_ATTEMPT_LATER;
    }
    char key[96];
    (void)snprintf(key, sizeof(key), "Idempotency-Key: %s", id);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *more = headers == NULL ? NULL : curl_slist_append(headers, key);
    if (more == NULL) {
        curl_slist_free_all(headers);
        (void)snprintf(error, error_size, "no memory");
        return ALERT_ATTEMPT_LATER;
    }
    post->refused_address = false;
    post->answer_size = 0;
    CURLcode code = curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, more);
    if (code == CURLE_OK) {
        code = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDSIZE, (long)body.size);
    }
    if (code == CURLE_OK) {
        code = curl_easy_setopt(post->curl, CURLOPT_POSTFIELDS, body.base);
    }
    if (code == CURLE_OK) {
        code = curl_easy_perform(post->curl);
    }
    long status = 0;
    (void)curl_easy_getinfo(post->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_setopt(post->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(more);
    return code == CURLE_OK ? judge_status(status, error, error_size)
                            : judge_failure(post, code, error, error_size);
}

void alert_post_cancel(struct alert_post *post)
{
    atomic_store(&post->cancelled_ns, clock_monotonic_ns());
}

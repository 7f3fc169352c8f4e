/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/poster.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "sandbox/digest.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A listener that takes longer is as good as none.  It counts while the instance is frozen, too:
 * the post is then made again after the thaw. */
#define POST_LIMIT_MS 10000L

struct poster {
    struct loop *loop;
};

#define SEQUENCE_HEADER "Sequence-Id: "

/* One socket that libcurl watches. */
struct watch {
    struct loop_source source;
    struct poster_target *target;
};

/* Each has its own pool of connections: one pool would lend the connection into one instance to
 * another instance whose listener has the same address. */
struct poster_target {
    CURLM *multi;
    struct loop *loop;
    struct loop_timer timer;
    CURL *easy;
    struct curl_slist *headers;
    char *sequence; /* The line of Sequence-Id in headers, rewritten for each post; NULL: none. */
    struct poster_place place;
    unsigned char *body;
    bool posting;
};

/* There is one post at a time, so there is at most one that is done; and nothing is touched after
 * done(), which may free the target. */
static void collect_done(struct poster_target *target)
{
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(target->multi, &left);
    if (message == NULL || message->msg != CURLMSG_DONE) {
        return;
    }
    long status = 0;
    CURLcode result = message->data.result;
    curl_easy_getinfo(target->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(target->multi, target->easy);
    target->posting = false;
    target->place.done(target->place.owner, result == CURLE_OK && status >= 200 && status < 300);
}

static void on_socket_ready(void *owner, unsigned events)
{
    struct watch *watch = owner;
    struct poster_target *target = watch->target;
    int action = 0;
    int running = 0;
    if ((events & LOOP_READ) != 0) {
        action |= CURL_CSELECT_IN;
    }
    if ((events & LOOP_WRITE) != 0) {
        action |= CURL_CSELECT_OUT;
    }
    if ((events & LOOP_BROKEN) != 0) {
        action |= CURL_CSELECT_ERR;
    }
    curl_multi_socket_action(target->multi, watch->source.descriptor, action, &running);
    collect_done(target);
}

static void on_timer(void *owner)
{
    struct poster_target *target = owner;
    int running = 0;
    curl_multi_socket_action(target->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    collect_done(target);
}

static int on_timeout_change(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct poster_target *target = context;
    if (timeout_ms < 0) {
        loop_clear(target->loop, &target->timer);
    } else {
        loop_set(target->loop, &target->timer,
                 clock_monotonic_ns() + (uint64_t)timeout_ms * CLOCK_NS_PER_MS);
    }
    return 0;
}

static int on_socket_change(CURL *easy, curl_socket_t descriptor, int what, void *context,
                            void *slot)
{
    (void)easy;
    struct poster_target *target = context;
    struct watch *watch = slot;
    if (what == CURL_POLL_REMOVE) {
        if (watch != NULL) {
            loop_forget(target->loop, &watch->source);
            free(watch);
            curl_multi_assign(target->multi, descriptor, NULL);
        }
        return 0;
    }
    unsigned events = ((what & CURL_POLL_IN) != 0 ? LOOP_READ : 0u) |
                      ((what & CURL_POLL_OUT) != 0 ? LOOP_WRITE : 0u);
    if (watch != NULL) {
        loop_change(target->loop, &watch->source, events);
        return 0;
    }
    watch = calloc(1, sizeof(*watch));
    if (watch == NULL) {
        return -1;
    }
    watch->target = target;
    watch->source =
        (struct loop_source){.descriptor = descriptor, .ready = on_socket_ready, .owner = watch};
    if (loop_watch(target->loop, &watch->source, events) != STATUS_OK) {
        free(watch);
        return -1;
    }
    curl_multi_assign(target->multi, descriptor, watch);
    return 0;
}

enum status poster_create(struct poster **out, struct loop *loop)
{
    struct poster *poster = calloc(1, sizeof(*poster));
    if (poster == NULL) {
        return STATUS_FULL;
    }
    poster->loop = loop;
    if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
        free(poster);
        return STATUS_FULL;
    }
    *out = poster;
    return STATUS_OK;
}

void poster_free(struct poster *poster)
{
    if (poster == NULL) {
        return;
    }
    curl_global_cleanup();
    free(poster);
}

static curl_socket_t on_open(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    (void)address;
    struct poster_target *target = context;
    int descriptor = target->place.socket(target->place.owner);
    return descriptor < 0 ? CURL_SOCKET_BAD : descriptor;
}

static size_t on_answer(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static struct curl_slist *headers_make(const struct poster_place *place)
{
    char line[300];
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    if (place->host_header != NULL) {
        snprintf(line, sizeof(line), "Host: %s", place->host_header);
        headers = curl_slist_append(headers, line);
    }
    if (place->encoding != NULL) {
        snprintf(line, sizeof(line), "Content-Encoding: %s", place->encoding);
        headers = curl_slist_append(headers, line);
    }
    return curl_slist_append(headers, "Expect:");
}

/* In front of the others, with room for any value. */
static void sequence_add(struct poster_target *target)
{
    char line[sizeof(SEQUENCE_HEADER) + DIGEST_SEQUENCE_SIZE];
    memset(line, ' ', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    struct curl_slist *first = curl_slist_append(NULL, line);
    ENSURE(first != NULL);
    first->next = target->headers;
    target->headers = first;
    target->sequence = first->data;
}

enum status poster_target_create(struct poster *poster, const struct poster_place *place,
                                 struct poster_target **out)
{
    struct poster_target *target = calloc(1, sizeof(*target));
    if (target == NULL) {
        return STATUS_FULL;
    }
    target->loop = poster->loop;
    target->timer = (struct loop_timer){.fire = on_timer, .owner = target};
    target->place = *place;
    target->multi = curl_multi_init();
    target->easy = curl_easy_init();
    ENSURE(target->multi != NULL && target->easy != NULL);
    curl_multi_setopt(target->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change);
    curl_multi_setopt(target->multi, CURLMOPT_SOCKETDATA, target);
    curl_multi_setopt(target->multi, CURLMOPT_TIMERFUNCTION, on_timeout_change);
    curl_multi_setopt(target->multi, CURLMOPT_TIMERDATA, target);
    target->headers = headers_make(place);
    if (place->sequence) {
        sequence_add(target);
    }
    CURL *easy = target->easy;
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, target->headers);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, POST_LIMIT_MS);
    if (place->socket != NULL) {
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, target);
    }
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    if (curl_easy_setopt(easy, CURLOPT_URL, place->url) != CURLE_OK) {
        poster_target_free(target);
        return STATUS_BAD;
    }
    *out = target;
    return STATUS_OK;
}

void poster_target_free(struct poster_target *target)
{
    if (target == NULL) {
        return;
    }
    if (target->posting) {
        curl_multi_remove_handle(target->multi, target->easy);
    }
    curl_easy_cleanup(target->easy);
    curl_multi_cleanup(target->multi);
    loop_clear(target->loop, &target->timer);
    curl_slist_free_all(target->headers);
    free(target->body);
    free(target);
}

void poster_post(struct poster_target *target, struct slice body)
{
    ENSURE(!target->posting);
    free(target->body);
    target->body = malloc(body.size + 1);
    ENSURE(target->body != NULL);
    memcpy(target->body, body.base, body.size);
    if (target->sequence != NULL) {
        char value[DIGEST_SEQUENCE_SIZE];
        digest_sequence(body, value);
        snprintf(target->sequence, sizeof(SEQUENCE_HEADER) + DIGEST_SEQUENCE_SIZE, "%s%s",
                 SEQUENCE_HEADER, value);
    }
    curl_easy_setopt(target->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(target->easy, CURLOPT_POSTFIELDS, target->body);
    curl_easy_setopt(target->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
    target->posting = true;
    CURLMcode added = curl_multi_add_handle(target->multi, target->easy);
    ENSURE(added == CURLM_OK);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/web_private.h"
#include "self/counters.h"

/* Whether nothing in an answer differs from one request to the next but its type. */
static bool web_is_plain(const struct web_answer *answer)
{
    return answer->status == 200 && answer->body.size == 0 && answer->content_type != NULL &&
           answer->encoding == NULL && answer->etag == NULL && answer->allow == NULL &&
           answer->cache == NULL && answer->partial == NULL && answer->retry_after_s == 0;
}

/* The response to all that are answered so, made when it is asked for first; NULL: make one for
 * this request.  At the end, connections are told to close, each by its own. */
static struct MHD_Response *web_find_plain(struct web_request *request,
                                           const struct web_answer *answer)
{
    struct web *web = request->web;
    struct web_plain *end = web->plain + sizeof(web->plain) / sizeof(web->plain[0]);
    struct MHD_Response *response = NULL;
    if (!web_is_plain(answer) || atomic_load(&web->quiesced)) {
        return NULL;
    }
    (void)pthread_mutex_lock(&web->mutex);
    for (struct web_plain *plain = web->plain; response == NULL && plain < end; plain++) {
        if (plain->response == NULL) {
            plain->content_type = answer->content_type;
            plain->response = web_make(request, answer);
        }
        response = plain->content_type == answer->content_type ? plain->response : NULL;
    }
    (void)pthread_mutex_unlock(&web->mutex);
    return response;
}

void web_answer(struct web_request *request, const struct web_answer *answer)
{
    struct MHD_Response *plain = web_find_plain(request, answer);
    if (plain != NULL) {
        request->plain = true;
        web_give(request, plain, answer->status);
        return;
    }
    struct web_answer changed = *answer;
    if (changed.etag != NULL && changed.status == 200 &&
        web_admit_knows(request->if_none_match, changed.etag)) {
        changed.status = 304;
        changed.body = SLICE_EMPTY;
        changed.content_type = NULL;
        changed.encoding = NULL;
    }
    if (!web_reserve_answer(request, changed.body.size)) {
        counters_add(COUNTER_HTTP_REFUSED_BUSY, 1);
        web_refuse(request, &web_refusal_answers);
        return;
    }
    web_give(request, web_make(request, &changed), changed.status);
}

void web_drop_plain(struct web *web)
{
    for (size_t i = 0; i < sizeof(web->plain) / sizeof(web->plain[0]); i++) {
        if (web->plain[i].response != NULL) {
            web_drop(web->plain[i].response);
        }
    }
}

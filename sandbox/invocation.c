/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/invocation.h"

#include "base/ensure.h"
#include "sandbox/function.h"
#include "sandbox/platform.h"
#include "sandbox/sandbox_limits.h"

#include <stdio.h>
#include <stdlib.h>

struct invocation *invocation_create(struct function *function, struct slice payload,
                                     invocation_done *done, void *owner)
{
    struct invocation *invocation = calloc(1, sizeof(*invocation));
    ENSURE(invocation != NULL);
    const struct config *config = function->platform->config;
    invocation->function = function;
    invocation->done = done;
    invocation->owner = owner;
    platform_uuid(function->platform, invocation->request_id);
    snprintf(invocation->arn, sizeof(invocation->arn), "arn:aws:lambda:%s:%s:function:%s",
             config->region, config->account, function->config->name);
    buf_init_growing(&invocation->payload, payload.size + 1);
    buf_append(&invocation->payload, payload);
    buf_init_growing(&invocation->trace_in, 16384);
    buf_init_growing(&invocation->client_context, CLIENT_CONTEXT_SIZE_MAX);
    buf_init_growing(&invocation->tracing, 16384);
    buf_init_growing(&invocation->tail, (size_t)2 * LOG_TAIL_SIZE);
    buf_init_growing(&invocation->answer, STREAM_SIZE_MAX);
    return invocation;
}

void invocation_release(struct invocation *invocation)
{
    if (invocation == NULL) {
        return;
    }
    if (invocation->active) {
        invocation->orphan = true;
        return;
    }
    buf_fini(&invocation->payload);
    buf_fini(&invocation->trace_in);
    buf_fini(&invocation->client_context);
    buf_fini(&invocation->tracing);
    buf_fini(&invocation->tail);
    buf_fini(&invocation->answer);
    free(invocation);
}

void invocation_log(struct invocation *invocation, struct slice text)
{
    if (!invocation->wants_tail) {
        return;
    }
    if (text.size > LOG_TAIL_SIZE) {
        text = slice_skip(text, text.size - LOG_TAIL_SIZE);
    }
    if (invocation->tail.size + text.size > LOG_TAIL_SIZE) {
        buf_consume(&invocation->tail, invocation->tail.size + text.size - LOG_TAIL_SIZE);
    }
    buf_append(&invocation->tail, text);
}

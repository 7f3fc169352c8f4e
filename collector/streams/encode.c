/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/encode.h"

#include "streams/encode_body.h"
#include "streams/encode_metric.h"
#include "streams/encode_record.h"

#include "proto/names.h"

#include <stdlib.h>

struct encode {
    struct encode_options options;
    struct stream_sink sink;
    struct encode_body logs;
    struct encode_body metrics;
};

static void take_invocation(void *context, const struct stream_invocation *invocation)
{
    struct encode *encode = context;
    encode_record_invocation(&encode->logs, invocation);
}

static void take_init(void *context, const struct stream_init *init)
{
    struct encode *encode = context;
    encode_record_init(&encode->logs, init);
}

static void take_line(void *context, const struct stream_line *line)
{
    struct encode *encode = context;
    encode_record_line(&encode->logs, line);
}

static void take_metric(void *context, const struct stream_metric *metric)
{
    struct encode *encode = context;
    encode_metric(&encode->metrics, metric);
}

static void take_refused(void *context, const struct stream_refusal *refusal)
{
    struct encode *encode = context;
    encode->options.refused(encode->options.context, refusal);
}

struct encode *encode_create(const struct encode_options *options)
{
    struct encode *encode = calloc(1, sizeof(*encode));
    if (encode == NULL) {
        return NULL;
    }
    encode->options = *options;
    encode->sink = (struct stream_sink){
        .context = encode,
        .invocation = take_invocation,
        .init = take_init,
        .line = take_line,
        .metric = take_metric,
        .refused = take_refused,
    };
    bool logs = encode_body_init(&encode->logs, &encode->options, SIGNAL_LOGS, NAME_SCOPE_LOGS);
    bool metrics =
        encode_body_init(&encode->metrics, &encode->options, SIGNAL_METRICS, NAME_SCOPE_EMF);
    if (!logs || !metrics) {
        encode_free(encode);
        return NULL;
    }
    return encode;
}

void encode_free(struct encode *encode)
{
    if (encode != NULL) {
        encode_body_fini(&encode->logs);
        encode_body_fini(&encode->metrics);
        free(encode);
    }
}

const struct stream_sink *encode_sink(struct encode *encode)
{
    return &encode->sink;
}

void encode_finish(struct encode *encode)
{
    encode_body_flush(&encode->logs);
    encode_body_flush(&encode->metrics);
}

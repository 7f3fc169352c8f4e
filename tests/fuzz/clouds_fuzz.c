/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as entries of other clouds, one on each line: records or refusals. */
#include "clouds/azure.h"
#include "clouds/gcp.h"

#include "base/ensure.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_invocation(void *context, const struct stream_invocation *told)
{
    (void)context;
    ENSURE(told->source->number > 0 && told->attempt > 0);
    ENSURE(told->reported_ns == STREAMS_UNKNOWN || told->reported_ns >= 0);
    ENSURE(told->billed_ms == STREAMS_UNKNOWN || told->billed_ms > 0);
    ENSURE(!(told->cold && told->cold_unknown));
    ENSURE(told->error_type.size <= 1024 && told->request_text.size <= 1024);
}

static void on_init(void *context, const struct stream_init *told)
{
    (void)context;
    ENSURE(told->start_ns != STREAMS_UNKNOWN);
}

static void on_line(void *context, const struct stream_line *told)
{
    (void)context;
    ENSURE(told->event->message.size > 0 && told->line->kind == LINE_APP);
}

static void on_refused(void *context, const struct stream_refusal *told)
{
    (void)context;
    ENSURE(told->why != NULL && told->count > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct stream_sink sink = {
        .invocation = on_invocation, .init = on_init, .line = on_line, .refused = on_refused};
    static const struct cloud_options options = {.memory_mb = 512};
    struct gcp *gcp = gcp_create(&options, &sink);
    struct azure *azure = azure_create(&options, &sink);
    ENSURE(gcp != NULL && azure != NULL);
    struct slice rest = slice_of(data, size);
    struct slice line;
    while (rest.size > 0) {
        (void)slice_cut(rest, '\n', &line, &rest);
        (void)gcp_is(line);
        (void)azure_is(line);
        gcp_entry(gcp, line);
        azure_entry(azure, line);
    }
    gcp_finish(gcp);
    azure_finish(azure);
    gcp_free(gcp);
    azure_free(azure);
    return 0;
}

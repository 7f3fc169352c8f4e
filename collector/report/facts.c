/* SPDX-License-Identifier: Apache-2.0 */
#include "report/facts.h"

#include "base/hash.h"

#include <string.h>

uint64_t facts_key(const struct stream_source *source, const struct id16 *request, uint32_t attempt)
{
    uint64_t words[2];
    memcpy(words, request->bytes, sizeof(words));
    /* Numbers of streams are given by whoever tells them: each provider has its own. */
    uint64_t stream = hash_u64(source->number * 4 + (uint64_t)source->provider);
    /* Without a START there is one attempt, whatever number it was given. */
    return hash_u64(words[0] ^ stream) ^ hash_u64(words[1] + (attempt > 1 ? attempt : 1));
}

static int64_t begin_of(const struct stream_invocation *invocation)
{
    if (facts_known(invocation->start_ns)) {
        return invocation->start_ns;
    }
    int64_t end_ns = facts_known(invocation->end_ns) ? invocation->end_ns : invocation->report_ns;
    if (facts_known(end_ns) && facts_known(invocation->reported_ns) &&
        invocation->reported_ns <= end_ns) {
        return end_ns - invocation->reported_ns;
    }
    return facts_known(end_ns) ? end_ns : STREAMS_UNKNOWN;
}

static enum billing billing_by(const struct stream_source *source)
{
    static const struct slice names[] = {[PROVIDER_AWS] = SLICE_INIT("aws"),
                                         [PROVIDER_GCP] = SLICE_INIT("gcp"),
                                         [PROVIDER_AZURE] = SLICE_INIT("azure")};
    return billing_of(names[source->provider], source->platform);
}

void facts_set(struct facts *facts, const struct stream_invocation *invocation, uint32_t function)
{
    bool restored = !facts_known(invocation->init_ns) && facts_known(invocation->restore_ns);
    *facts = (struct facts){
        .key = facts_key(invocation->source, &invocation->request_id, invocation->attempt),
        .function = function,
        .attempt = invocation->attempt,
        .provider = invocation->source->provider,
        .billing = billing_by(invocation->source),
        .end = invocation->end,
        .report_seen = invocation->report_seen,
        .cold = invocation->cold,
        .cold_unknown = invocation->cold_unknown,
        .proactive = invocation->proactive,
        .out_of_memory = invocation->out_of_memory,
        .init_inside = slice_equal(invocation->init_phase, SLICE("invoke")),
        .restored = restored,
        .at_ns = begin_of(invocation),
        .start_ns = invocation->start_ns,
        .report_ns = invocation->report_ns,
        .reported_ns = invocation->reported_ns,
        .billed_ms = invocation->billed_ms,
        .memory_mb = invocation->memory_mb,
        .max_memory_mb = invocation->max_memory_mb,
        .init_ns = restored ? invocation->restore_ns : invocation->init_ns,
        .init_start_ns = invocation->init_start_ns,
        .billed_restore_ms = invocation->billed_restore_ms,
        .handler_ns = invocation->handler_ns,
        .post_handler_ns = invocation->post_handler_ns,
        .produced_bytes = invocation->produced_bytes,
        .has_trace = invocation->has_trace,
        .trace_id = invocation->trace_id,
    };
    if (!facts_known(facts->memory_mb)) {
        facts->memory_mb = invocation->source->memory_mb;
    }
    /* Other providers' logs do not tell what was billed; their rules do. */
    if (facts->provider != PROVIDER_AWS && !facts_known(facts->billed_ms) &&
        facts_known(facts->reported_ns)) {
        facts->billed_ms = billing_ms(facts->billing, facts->reported_ns);
    }
    label_set(&facts->request, invocation->request_text);
    label_set(&facts->stream, invocation->source->stream);
    label_set(&facts->error_type, invocation->error_type);
    label_set(&facts->region, invocation->source->region);
}

int64_t facts_duration_ns(const struct facts *facts)
{
    return facts_known(facts->reported_ns)  ? facts->reported_ns
           : facts_known(facts->handler_ns) ? facts->handler_ns
                                            : STREAMS_UNKNOWN;
}

int64_t facts_wait_ns(const struct facts *facts)
{
    int64_t duration_ns = facts_duration_ns(facts);
    int64_t wait_ns = facts_known(duration_ns) ? duration_ns : 0;
    bool before = facts->cold && !facts->init_inside && facts_known(facts->init_ns);
    if (before && facts->init_ns <= INT64_MAX - wait_ns) {
        wait_ns += facts->init_ns;
    }
    return wait_ns;
}

bool facts_failed(const struct facts *facts)
{
    return facts->end == END_ERROR || facts->end == END_TIMEOUT;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "base/sha256.h"
#include "trigger/parts.h"

#include <string.h>

/* Eight bytes as an id that is a positive number of 64 bits, as Datadog's tracers make it. */
static void put_positive(const unsigned char *digest, unsigned char id[8])
{
    memcpy(id, digest, 8);
    id[0] &= 0x7f;
}

static bool is_number_above_zero(struct slice text)
{
    return text.size > 0 && !slice_equal(text, SLICE("0"));
}

void workflow_link(struct trigger_read *reader)
{
    struct slice execution = facts_field(reader, FIELD_EXECUTION);
    struct slice retry = facts_field(reader, FIELD_STATE_RETRY);
    struct slice redrive = facts_field(reader, FIELD_EXECUTION_REDRIVE);
    struct trigger_context context = {.known = true};
    unsigned char digest[SHA256_SIZE];
    char text[TRIGGER_WORKFLOW_MAX];
    struct buf state;
    sha256_digest(execution, digest);
    put_positive(digest, context.trace_id);
    put_positive(digest + 8, context.trace_id + 8);
    buf_init_fixed(&state, text, sizeof(text));
    buf_append(&state, execution);
    buf_append_byte(&state, '#');
    buf_append(&state, facts_field(reader, FIELD_STATE));
    buf_append_byte(&state, '#');
    buf_append(&state, facts_field(reader, FIELD_STATE_TIME));
    if (is_number_above_zero(retry) || is_number_above_zero(redrive)) {
        buf_append_byte(&state, '#');
        buf_append(&state, retry.size > 0 ? retry : SLICE("0"));
        buf_append_byte(&state, '#');
        buf_append(&state, redrive.size > 0 ? redrive : SLICE("0"));
    }
    if (!buf_overflowed(&state)) {
        sha256_digest(buf_bytes(&state), digest);
        put_positive(digest, context.span_id);
        facts_link(reader, &context, SLICE_EMPTY);
    }
}

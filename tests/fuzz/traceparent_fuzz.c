/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/traceparent.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A context survives being written; a tracestate's members are found where it is valid. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct traceparent context;
    struct traceparent back;
    struct slice value;

    if (traceparent_parse(text, &context)) {
        char written[TRACEPARENT_TEXT_SIZE + 1];
        traceparent_format(&context, written);
        ENSURE(traceparent_parse(slice_from(written), &back));
        ENSURE(memcmp(&context, &back, sizeof(back)) == 0);
    }
    if (tracestate_valid(text) && tracestate_find(text, SLICE("k"), &value)) {
        ENSURE(value.size >= 1 && value.size <= 256);
    }
    return 0;
}

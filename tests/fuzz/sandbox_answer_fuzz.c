/* SPDX-License-Identifier: Apache-2.0 */

/* The answers of functions to HTTP events: a response that can be sent, or refused. */
#include "base/ensure.h"
#include "sandbox/http_event.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_answer answer;
    http_answer_init(&answer, 1u << 22);
    if (http_answer_read(&answer, slice_of(data, size)) == STATUS_OK) {
        ENSURE(answer.status >= 100 && answer.status < 1000);
        ENSURE(answer.header_count <= HTTP_EVENT_PAIR_MAX);
        for (size_t i = 0; i < answer.header_count; i++) {
            ENSURE(slice_find_byte(answer.headers[i].value, '\n') == SLICE_NONE);
            ENSURE(slice_find_byte(answer.headers[i].value, '\0') == SLICE_NONE);
        }
    }
    http_answer_fini(&answer);
    return 0;
}

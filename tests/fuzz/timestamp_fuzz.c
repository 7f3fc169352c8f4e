/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken for a time can be written and is then taken for the same one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t ns;
    uint64_t back;
    char text[TIMESTAMP_TEXT_SIZE];

    if (timestamp_parse(slice_of(data, size), &ns)) {
        size_t length = timestamp_format_short(ns, text);
        ENSURE(timestamp_parse(slice_of(text, length), &back) && back == ns);
    }
    return 0;
}

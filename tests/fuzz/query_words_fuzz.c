/* SPDX-License-Identifier: Apache-2.0 */
#include "query/query.h"
#include "query/words.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The words of a search, and ids, out of any text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    struct words words;
    struct words_error error;
    struct id16 id;
    if (!words_parse(text, &words, &error) && error.reason == NULL) {
        abort();
    }
    return query_id_parse(text, &id) && size < 32 ? -1 : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets, headers and addresses. */
#include "base/ensure.h"
#include "http/address.h"
#include "http/squeeze.h"
#include "http/uri.h"
#include "http/web_headers.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char memory[HTTP_URI_SIZE_MAX];
    static struct uri uri;
    struct slice input = slice_of(data, size);
    struct slice name;
    struct slice value;
    struct web_headers headers = {.host = 0};
    struct address address;
    if (uri_parse(input, memory, &uri)) {
        size_t sum = uri.path.size;
        for (size_t i = 0; i < uri.parameter_count; i++) {
            sum += uri.parameters[i].name.size + uri.parameters[i].value.size;
        }
        ENSURE(sum <= size);
    }
    (void)slice_cut(input, ':', &name, &value);
    web_headers_see(&headers, name, value);
    (void)web_headers_wrong(&headers, true);
    (void)!squeeze_accepts_gzip(input);
    (void)!address_parse(input, &address);
    return 0;
}

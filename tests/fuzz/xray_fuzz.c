/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/xray.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A header survives being written, and writing it again changes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xray header;
    struct xray back;
    struct buf once;
    struct buf twice;

    if (!xray_parse(slice_of(data, size), &header)) {
        return 0;
    }
    buf_init_growing(&once, 1 << 16);
    buf_init_growing(&twice, 1 << 16);
    xray_format(&header, &once);
    ENSURE(xray_parse(buf_bytes(&once), &back));
    ENSURE(memcmp(header.root, back.root, sizeof(back.root)) == 0);
    ENSURE(memcmp(header.parent, back.parent, sizeof(back.parent)) == 0);
    ENSURE(header.sampled == back.sampled && slice_equal(header.lineage, back.lineage));
    xray_format(&back, &twice);
    ENSURE(slice_equal(buf_bytes(&once), buf_bytes(&twice)));
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}

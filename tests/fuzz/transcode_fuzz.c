/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "lib/oracle.h"
#include "proto/guard.h"
#include "proto/transcode.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_SIZE_MAX = 1 << 26 };

/*
 * JSON that is accepted becomes protobuf that the guard and protobuf-c accept;
 * from there to JSON and back nothing changes any more.  The first byte chooses
 * what the rest is a message of.
 */
static void check(struct slice text, enum schema_id root, struct buf bufs[4])
{
    struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                  .unpacked_size_max = UINT64_C(1) << 40};
    struct guard_report report;
    struct transcode_error error;
    struct json_write writer;
    size_t peak;

    if (transcode_from_json(text, root, &bufs[0], &error) != STATUS_OK) {
        ENSURE(error.reason != NULL && error.at <= text.size);
        return;
    }
    ENSURE(guard_check(buf_bytes(&bufs[0]), root, &limits, &report) == GUARD_OK);
    ENSURE(oracle_canonical(buf_bytes(&bufs[0]), root, &bufs[1], &peak));

    json_write_init(&writer, &bufs[2]);
    ENSURE(transcode_to_json(buf_bytes(&bufs[0]), root, &writer, &error) == STATUS_OK);
    ENSURE(transcode_from_json(buf_bytes(&bufs[2]), root, &bufs[3], &error) == STATUS_OK);
    buf_reset(&bufs[1]);
    json_write_init(&writer, &bufs[1]);
    ENSURE(transcode_to_json(buf_bytes(&bufs[3]), root, &writer, &error) == STATUS_OK);
    ENSURE(slice_equal(buf_bytes(&bufs[1]), buf_bytes(&bufs[2])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf bufs[4];

    if (size == 0) {
        return 0;
    }
    for (unsigned i = 0; i < 4; i++) {
        buf_init_growing(&bufs[i], OUT_SIZE_MAX);
    }
    check(slice_of(data + 1, size - 1), (enum schema_id)(1 + data[0] % (SCHEMA_COUNT - 1)), bufs);
    for (unsigned i = 0; i < 4; i++) {
        buf_fini(&bufs[i]);
    }
    return 0;
}

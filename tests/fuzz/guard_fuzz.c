/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "lib/oracle.h"
#include "proto/guard.h"
#include "proto/transcode.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_SIZE_MAX = 1 << 26 };

/*
 * What the guard accepts, protobuf-c unpacks within the memory that was
 * promised, and its JSON form says the same message.  The first byte chooses
 * what the rest is a message of.
 */
static void check(struct slice body, enum schema_id root, struct buf *one, struct buf *other,
                  struct buf *json)
{
    struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                  .unpacked_size_max = 64 << 20};
    struct guard_report report;
    struct transcode_error error;
    struct json_write writer;
    size_t peak;

    enum guard_answer answer = guard_check(body, root, &limits, &report);
    ENSURE((answer == GUARD_OK) == (report.reason == NULL) && report.error_at <= body.size);
    if (answer != GUARD_OK) {
        return;
    }
    ENSURE(oracle_canonical(body, root, one, &peak));
    ENSURE(peak <= report.unpacked_size);

    json_write_init(&writer, json);
    ENSURE(transcode_to_json(body, root, &writer, &error) == STATUS_OK);
    json_write_finish(&writer);
    ENSURE(transcode_from_json(buf_bytes(json), root, other, &error) == STATUS_OK);
    ENSURE(guard_check(buf_bytes(other), root, &limits, &report) != GUARD_MALFORMED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf one;
    struct buf other;
    struct buf json;

    if (size == 0) {
        return 0;
    }
    buf_init_growing(&one, OUT_SIZE_MAX);
    buf_init_growing(&other, OUT_SIZE_MAX);
    buf_init_growing(&json, OUT_SIZE_MAX);
    enum schema_id root = (enum schema_id)(1 + data[0] % (SCHEMA_COUNT - 1));
    check(slice_of(data + 1, size - 1), root, &one, &other, &json);
    buf_fini(&one);
    buf_fini(&other);
    buf_fini(&json);
    return 0;
}

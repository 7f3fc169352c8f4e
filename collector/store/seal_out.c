/* SPDX-License-Identifier: Apache-2.0 */
#include "store/seal_out.h"

#include "store/store_limits.h"

void seal_out_init(struct seal_out *out, const struct disk *disk, int file)
{
    *out = (struct seal_out){.disk = disk, .file = file, .status = STATUS_OK};
    buf_init_growing(&out->buf, SIZE_MAX);
}

void seal_out_fini(struct seal_out *out)
{
    buf_fini(&out->buf);
}

uint64_t seal_out_offset(const struct seal_out *out)
{
    return out->written + out->buf.size;
}

static void seal_out_flush(struct seal_out *out)
{
    if (out->status == STATUS_OK && buf_overflowed(&out->buf)) {
        out->status = STATUS_FULL;
    }
    if (out->status == STATUS_OK) {
        out->status = disk_write_all(out->disk, out->file, out->written, buf_bytes(&out->buf));
    }
    out->written += out->buf.size;
    buf_reset(&out->buf);
}

struct sealed_part seal_out_append(struct seal_out *out, struct slice bytes)
{
    struct sealed_part part = {
        .offset = seal_out_offset(out),
        .size = bytes.size,
        .crc = hash_crc32c(0, bytes),
    };
    buf_append(&out->buf, bytes);
    if (out->buf.size >= STORE_SCAN_CHUNK || buf_overflowed(&out->buf)) {
        seal_out_flush(out);
    }
    return part;
}

enum status seal_out_finish(struct seal_out *out)
{
    seal_out_flush(out);
    if (out->status == STATUS_OK) {
        out->status = out->disk->sync(out->disk->self, out->file);
    }
    return out->status;
}

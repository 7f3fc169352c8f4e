/* SPDX-License-Identifier: Apache-2.0 */
#include "store/disk.h"

#include "base/ensure.h"

enum status disk_write_all(const struct disk *disk, int file, uint64_t offset, struct slice bytes)
{
    while (bytes.size > 0) {
        size_t put = 0;
        enum status status = disk->write(disk->self, file, offset, bytes, &put);
        if (status != STATUS_OK) {
            return status;
        }
        ENSURE(put > 0 && put <= bytes.size);
        bytes = slice_skip(bytes, put);
        offset += put;
    }
    return STATUS_OK;
}

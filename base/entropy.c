/* SPDX-License-Identifier: Apache-2.0 */
#include "base/entropy.h"

#include <errno.h>
#include <sys/random.h>
#include <sys/types.h>

enum status entropy_fill(void *memory, size_t size)
{
    unsigned char *bytes = memory;

    while (size > 0) {
        ssize_t got = getrandom(bytes, size, 0);
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return STATUS_IO;
        }
        bytes += got;
        size -= (size_t)got;
    }
    return STATUS_OK;
}

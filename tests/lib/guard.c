/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/guard.h"

#include "base/ensure.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guard_copy guard_copy_create(struct slice bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t data = (bytes.size / page + 1) * page;
    struct guard_copy copy = {.mapping_size = data + page};

    copy.mapping =
        mmap(NULL, copy.mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ENSURE(copy.mapping != MAP_FAILED);
    unsigned char *base = (unsigned char *)copy.mapping + data;
    ENSURE(mprotect(base, page, PROT_NONE) == 0);

    base -= bytes.size;
    if (bytes.size > 0) {
        memcpy(base, bytes.base, bytes.size);
    }
    copy.bytes = slice_of(base, bytes.size);
    return copy;
}

void guard_copy_free(struct guard_copy *copy)
{
    ENSURE(munmap(copy->mapping, copy->mapping_size) == 0);
    *copy = (struct guard_copy){.mapping = NULL};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "self/heap.h"

#include <malloc.h>

/* From here on the kernel's.  It costs a page fault for each 4 KiB every time; requests and answers
 * are mostly smaller.  (By itself glibc raises it to 32 MiB when such have been freed.) */
#define HEAP_PAGES_MIN (1 << 20)

/* Free bytes at the end of a heap that it keeps. */
#define HEAP_KEEP (4 << 20)

/* Heaps: few threads are inside of malloc at a time. */
#define HEAP_COUNT 4

void heap_init(void)
{
#if defined(__GLIBC__)
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_PAGES_MIN);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEEP);
    (void)mallopt(M_ARENA_MAX, HEAP_COUNT);
#endif
}

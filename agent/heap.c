/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The heap of the static agent.  Nobody allocates there but getaddrinfo(), in
 * the child that looks one name up and ends (net/resolve.c): so memory is
 * handed out once and never taken back, which costs a twentieth of the C
 * library's allocator in the binary.
 */
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* A name has some dozen addresses at most, each of 160 bytes with what describes it. */
#define HEAP_SIZE ((size_t)64 * 1024)

#define ALIGN alignof(max_align_t)

static alignas(max_align_t) unsigned char heap[HEAP_SIZE];
static size_t used;

void *malloc(size_t size)
{
    size_t padding = (ALIGN - size % ALIGN) % ALIGN;
    if (size > HEAP_SIZE - used || padding > HEAP_SIZE - used - size) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = heap + used;
    used += size + padding;
    return memory;
}

void *calloc(size_t count, size_t size)
{
    /* It is static memory and handed out once, so it is zero. */
    if (size > 0 && count > HEAP_SIZE / size) {
        errno = ENOMEM;
        return NULL;
    }
    return malloc(count * size);
}

/* Nobody's memory grows in place: what is there is copied, and some of what follows it. */
void *realloc(void *memory, size_t size)
{
    unsigned char *moved = malloc(size);
    if (moved != NULL && memory != NULL) {
        size_t left = (size_t)(moved - (unsigned char *)memory);
        memcpy(moved, memory, size < left ? size : left);
    }
    return moved;
}

void free(void *memory)
{
    (void)memory;
}

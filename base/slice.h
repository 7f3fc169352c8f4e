/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_SLICE_H
#define THAW_BASE_SLICE_H

#include "base/ensure.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * A slice is a view of bytes that somebody else owns: pointer and length, no
 * terminator.  It is passed by value.  It is valid as long as the memory it
 * looks at; whoever keeps one longer copies it into an arena first.
 *
 * An empty slice may have a NULL base.  Functions here read nothing outside
 * of their slices and allocate nothing.
 */
struct slice {
    const unsigned char *base;
    size_t size;
};

/* The slice of a string literal.  SLICE_INIT is the same for static initialisers. */
#define SLICE_INIT(literal)                                                                        \
    {                                                                                              \
        (const unsigned char *)("" literal), sizeof(literal) - 1                                   \
    }
#define SLICE(literal) ((struct slice)SLICE_INIT(literal))
#define SLICE_EMPTY    ((struct slice){NULL, 0})

/* For printf: printf("<" SLICE_FMT ">", SLICE_ARG(slice)).  At most INT_MAX bytes are shown. */
#define SLICE_FMT "%.*s"
#define SLICE_ARG(slice)                                                                           \
    (int)((slice).size > 0x7fffffff ? 0x7fffffff : (slice).size),                                  \
        ((slice).size == 0 ? "" : (const char *)(slice).base)

/* Returned by the slice_find functions when there is nothing to find. */
#define SLICE_NONE ((size_t)-1)

/* The slice of size bytes at memory.  memory may be NULL if size is 0. */
static inline struct slice slice_of(const void *memory, size_t size)
{
    ENSURE(memory != NULL || size == 0);
    return (struct slice){memory, size};
}

/* The slice of a NUL-terminated string without its NUL; the empty slice for NULL. */
struct slice slice_from(const char *text);

/* Same length and same bytes. */
static inline bool slice_equal(struct slice one, struct slice other)
{
    if (one.size != other.size) {
        return false;
    }
    return one.size == 0 || memcmp(one.base, other.base, one.size) == 0;
}

/* Same length and same bytes where ASCII letters of either case are the same. */
bool slice_equal_nocase(struct slice one, struct slice other);

/* Less than 0, 0 or more than 0 as memcmp() would order them; a prefix comes first. */
int slice_compare(struct slice one, struct slice other);

/* The index of the first such byte, of the last one, or of the first occurrence of needle,
 * or SLICE_NONE.  The empty needle is found at 0. */
static inline size_t slice_find_byte(struct slice slice, unsigned char byte)
{
    if (slice.size == 0) {
        return SLICE_NONE;
    }
    const unsigned char *found = memchr(slice.base, byte, slice.size);
    return found == NULL ? SLICE_NONE : (size_t)(found - slice.base);
}
size_t slice_find_last_byte(struct slice slice, unsigned char byte);
size_t slice_find(struct slice slice, struct slice needle);

/* The first size bytes, or what remains without them; all or nothing when it is shorter. */
static inline struct slice slice_take(struct slice slice, size_t size)
{
    return (struct slice){slice.base, size < slice.size ? size : slice.size};
}
static inline struct slice slice_skip(struct slice slice, size_t size)
{
    size_t skipped = size < slice.size ? size : slice.size;

    if (skipped == 0) {
        return slice; /* base may be NULL, to which not even 0 may be added. */
    }
    return (struct slice){slice.base + skipped, slice.size - skipped};
}

/* Whether it begins, or ends, with another. */
static inline bool slice_starts(struct slice slice, struct slice prefix)
{
    return slice.size >= prefix.size && slice_equal(slice_take(slice, prefix.size), prefix);
}

static inline bool slice_ends(struct slice slice, struct slice suffix)
{
    return slice.size >= suffix.size &&
           slice_equal(slice_skip(slice, slice.size - suffix.size), suffix);
}

/* Without spaces, tabs, carriage returns and line feeds at both ends. */
struct slice slice_trim(struct slice slice);

/*
 * Cut the slice at the first such byte: head becomes what is before it, rest
 * what is after it, and the answer is true.  If there is none, head becomes
 * all, rest becomes empty, and the answer is false.  head and rest may point
 * to the variable that slice was read from.
 */
bool slice_cut(struct slice slice, unsigned char byte, struct slice *head, struct slice *rest);

/*
 * Copy the slice and a NUL into text of size bytes, for system calls.  False,
 * and an empty string, if it does not fit or holds a NUL itself.
 */
bool slice_copy_text(struct slice slice, char *text, size_t size);

#endif

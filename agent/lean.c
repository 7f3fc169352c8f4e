/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Parts of the C library of the static agent, in a form that is small: what is
 * defined here, the linker does not take from there.  Each does what its
 * standard says as far as anybody here asks it to: the agent has one thread and
 * one locale, and sorting, searching and numbers are those of getaddrinfo(), in
 * the child that looks one name up (net/resolve.c), and of a few short texts.
 * It is a twentieth of the program without TLS.
 */
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* By insertion: a name has some dozen addresses. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    unsigned char *bytes = base;
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0; k--) {
            unsigned char *at = bytes + k * size;
            unsigned char *before = at - size;
            if (compare(before, at) <= 0) {
                break;
            }
            for (size_t byte = 0; byte < size; byte++) {
                unsigned char swap = at[byte];
                at[byte] = before[byte];
                before[byte] = swap;
            }
        }
    }
}

void *memmem(const void *bytes, size_t size, const void *needle, size_t needle_size)
{
    const unsigned char *at = bytes;
    const unsigned char *first = needle;
    if (needle_size == 0) {
        return (void *)(uintptr_t)bytes;
    }
    while (size >= needle_size) {
        const unsigned char *found = memchr(at, first[0], size - needle_size + 1);
        if (found == NULL) {
            return NULL;
        }
        if (memcmp(found, first, needle_size) == 0) {
            return (void *)(uintptr_t)found;
        }
        size -= (size_t)(found + 1 - at);
        at = found + 1;
    }
    return NULL;
}

char *strstr(const char *text, const char *needle)
{
    return memmem(text, strlen(text), needle, strlen(needle));
}

static unsigned digit_of(char byte)
{
    unsigned letter = ((unsigned char)byte | 0x20u) - 'a';
    unsigned digit = (unsigned char)byte - (unsigned)'0';
    return digit < 10 ? digit : letter < 26 ? letter + 10 : 36;
}

/* Blanks and signs in front are not known: those who ask have none, or would not take it. */
unsigned long strtoul(const char *text, char **end, int base)
{
    unsigned long value = 0;
    const char *at = text;
    if ((base == 0 || base == 16) && at[0] == '0' && (at[1] | 0x20) == 'x' &&
        digit_of(at[2]) < 16) {
        at += 2;
        base = 16;
    }
    unsigned radix = base == 0 ? (at[0] == '0' ? 8 : 10) : (unsigned)base;
    unsigned digit;
    for (; (digit = digit_of(*at)) < radix; at++) {
        if (__builtin_mul_overflow(value, radix, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            value = ULONG_MAX;
        }
    }
    if (end != NULL) {
        *end = (char *)(uintptr_t)at;
    }
    return value;
}

unsigned long long strtoull(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}

/* Of the C locale, where bytes are characters: it is asked for the length. */
size_t mbstowcs(wchar_t *wide, const char *text, size_t count)
{
    size_t size = strlen(text);
    for (size_t i = 0; wide != NULL && i <= size && i < count; i++) {
        wide[i] = (unsigned char)text[i];
    }
    return size;
}

int pthread_once(pthread_once_t *control, void (*routine)(void))
{
    if (*control == 0) {
        *control = 1;
        routine();
    }
    return 0;
}

/* Of the errors of files and sockets, number and text, as all C libraries have them. */
char *strerror(int error)
{
    static const char texts[] = "\1Operation not permitted\0\2No such file or directory\0"
                                "\4Interrupted system call\0\5Input/output error\0"
                                "\7Argument list too long\0\10Exec format error\0"
                                "\11Bad file descriptor\0\13Resource temporarily unavailable\0"
                                "\14Cannot allocate memory\0\15Permission denied\0"
                                "\21File exists\0\24Not a directory\0\25Is a directory\0"
                                "\26Invalid argument\0\27Too many open files in system\0"
                                "\30Too many open files\0\32Text file busy\0"
                                "\33File too large\0\34No space left on device\0"
                                "\36Read-only file system\0\40Broken pipe\0"
                                "\44File name too long\0\46Function not implemented\0"
                                "\50Too many levels of symbolic links\0\107Protocol error\0"
                                "\141Address family not supported by protocol\0"
                                "\142Address already in use\0"
                                "\143Cannot assign requested address\0\144Network is down\0"
                                "\145Network is unreachable\0"
                                "\147Software caused connection abort\0"
                                "\150Connection reset by peer\0\151No buffer space available\0"
                                "\156Connection timed out\0\157Connection refused\0"
                                "\160Host is down\0\161No route to host\0"
                                "\172Disk quota exceeded\0";
    static char other[] = "error 000";
    const char *at = texts;
    while (at[0] != '\0' && (unsigned char)at[0] != error) {
        at += strlen(at) + 1;
    }
    if (at[0] != '\0') {
        return (char *)(uintptr_t)(at + 1);
    }
    for (size_t i = sizeof(other) - 2; other[i] != ' '; i--) {
        other[i] = (char)('0' + error % 10);
        error /= 10;
    }
    return other;
}

/* One variable is set once, before the program is started (run/child.c). */
int setenv(const char *name, const char *value, int overwrite)
{
    size_t name_size = strlen(name);
    size_t value_size = strlen(value);
    size_t count = 0;
    while (environ[count] != NULL) {
        count++;
    }
    char **all = malloc((count + 2) * sizeof(all[0]));
    char *pair = malloc(name_size + value_size + 2);
    if (all == NULL || pair == NULL) {
        return -1;
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], name, name_size) != 0 || environ[i][name_size] != '=') {
            all[kept++] = environ[i];
        } else if (overwrite == 0) {
            return 0;
        }
    }
    memcpy(pair, name, name_size);
    pair[name_size] = '=';
    memcpy(pair + name_size + 1, value, value_size + 1);
    all[kept] = pair;
    all[kept + 1] = NULL;
    environ = all;
    return 0;
}

/* Without locks there is nothing to be kept in order for the child. */
pid_t fork(void)
{
    return _Fork();
}

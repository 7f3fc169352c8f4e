/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prng.h"

#include "lib/cm.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The C library's own, which these must agree with. */
static void *(*const real_memmem)(const void *, size_t, const void *, size_t) = memmem;
static char *(*const real_strstr)(const char *, const char *) = strstr;
static unsigned long (*const real_strtoul)(const char *, char **, int) = strtoul;
static char *(*const real_strerror)(int) = strerror;
static char *(*const real_getenv)(const char *) = getenv;

#define qsort  lean_qsort
#define memmem lean_memmem
#undef strstr
#define strstr       lean_strstr
#define strtoul      lean_strtoul
#define strtoull     lean_strtoull
#define mbstowcs     lean_mbstowcs
#define pthread_once lean_pthread_once
#define strerror     lean_strerror
#define setenv       lean_setenv
#define fork         lean_fork

void lean_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
void *lean_memmem(const void *bytes, size_t size, const void *needle, size_t needle_size);
char *lean_strstr(const char *text, const char *needle);
unsigned long lean_strtoul(const char *text, char **end, int base);
unsigned long long lean_strtoull(const char *text, char **end, int base);
size_t lean_mbstowcs(wchar_t *wide, const char *text, size_t count);
int lean_pthread_once(pthread_once_t *control, void (*routine)(void));
char *lean_strerror(int error);
int lean_setenv(const char *name, const char *value, int overwrite);
pid_t lean_fork(void);

/* As in the static agent, whose heap takes nothing back (heap.c). */
static void *heap_take(size_t size)
{
    static unsigned char heap[1024];
    static size_t used;
    void *memory = heap + used;
    used += (size + 15) / 16 * 16;
    assert_true(used <= sizeof(heap));
    return memory;
}
#define malloc heap_take

#include "agent/lean.c"

static int compare_pairs(const void *one, const void *other)
{
    return *(const unsigned char *)one - *(const unsigned char *)other;
}

/* What is sorted is in order, and equal elements stay as they were. */
static void sorts(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 1);
    for (size_t count = 0; count < 40; count++) {
        unsigned char pairs[40][2];
        for (size_t i = 0; i < count; i++) {
            pairs[i][0] = (unsigned char)prng_below(&prng, 10);
            pairs[i][1] = (unsigned char)i;
        }
        lean_qsort(pairs, count, 2, compare_pairs);
        for (size_t i = 1; i < count; i++) {
            assert_true(pairs[i - 1][0] < pairs[i][0] ||
                        (pairs[i - 1][0] == pairs[i][0] && pairs[i - 1][1] < pairs[i][1]));
        }
    }
}

/* What is found is found where the C library finds it. */
static void searches(void **state)
{
    (void)state;
    struct prng prng;
    prng_init(&prng, 2);
    for (unsigned i = 0; i < 20000; i++) {
        char text[13] = "";
        char needle[5] = "";
        size_t size = prng_below(&prng, sizeof(text));
        size_t needle_size = prng_below(&prng, sizeof(needle));
        for (size_t k = 0; k < size; k++) {
            text[k] = (char)('a' + prng_below(&prng, 2));
        }
        for (size_t k = 0; k < needle_size; k++) {
            needle[k] = (char)('a' + prng_below(&prng, 2));
        }
        assert_ptr_equal(lean_memmem(text, size, needle, needle_size),
                         real_memmem(text, size, needle, needle_size));
        assert_ptr_equal(lean_strstr(text, needle), real_strstr(text, needle));
    }
}

/* Numbers of all bases that are asked for, what ends them, and those that are too large. */
static void numbers(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "0",
                                        "7",
                                        "08",
                                        "0x",
                                        "0x1F.",
                                        "0xg",
                                        "10",
                                        "255.",
                                        "377",
                                        "12a",
                                        "abc",
                                        "0377",
                                        "0X10",
                                        "%",
                                        "z",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "99999999999999999999999999"};
    static const int bases[] = {0, 8, 10, 16};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t k = 0; k < sizeof(bases) / sizeof(bases[0]); k++) {
            char *ours;
            char *real;
            unsigned long expected = real_strtoul(texts[i], &real, bases[k]);
            assert_int_equal(lean_strtoul(texts[i], &ours, bases[k]), expected);
            assert_ptr_equal(ours, real);
            assert_int_equal(lean_strtoull(texts[i], NULL, bases[k]), expected);
        }
    }
}

/* A text that is known is the C library's; what is not has its number. */
static void errors(void **state)
{
    (void)state;
    unsigned known = 0;
    for (int error = 1; error < 140; error++) {
        const char *text = lean_strerror(error);
        if (strncmp(text, "error ", 6) == 0) {
            assert_int_equal(real_strtoul(text + 6, NULL, 10), error);
        } else {
            assert_string_equal(text, real_strerror(error));
            known++;
        }
    }
    assert_int_equal(known, 38);
}

static unsigned runs;

static void run(void)
{
    runs++;
}

static void once(void **state)
{
    (void)state;
    pthread_once_t control = PTHREAD_ONCE_INIT;
    assert_int_equal(lean_pthread_once(&control, run), 0);
    assert_int_equal(lean_pthread_once(&control, run), 0);
    assert_int_equal(runs, 1);
}

/* A variable that is set is there once, whether it was there or not, and no other is touched. */
static void variables(void **state)
{
    (void)state;
    static char one[] = "PORT=1";
    static char other[] = "PORTS=2";
    char *given[] = {one, other, NULL};
    char **before = environ;
    environ = given;
    assert_int_equal(lean_setenv("PORT", "8080", 0), 0);
    assert_string_equal(real_getenv("PORT"), "1");
    assert_int_equal(lean_setenv("PORT", "8080", 1), 0);
    assert_string_equal(real_getenv("PORT"), "8080");
    assert_string_equal(real_getenv("PORTS"), "2");
    assert_int_equal(lean_setenv("POR", "", 1), 0);
    assert_string_equal(real_getenv("POR"), "");
    assert_string_equal(environ[0], "PORTS=2");
    assert_null(environ[3]);
    environ = before;
}

/* A text of bytes has as many characters. */
static void characters(void **state)
{
    (void)state;
    wchar_t wide[3];
    assert_int_equal(lean_mbstowcs(NULL, "caf\xc3\xa9", 0), 5);
    assert_int_equal(lean_mbstowcs(wide, "ab", 3), 2);
    assert_int_equal(wide[1], 'b');
    assert_int_equal(wide[2], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts),      cmocka_unit_test(searches), cmocka_unit_test(numbers),
        cmocka_unit_test(errors),     cmocka_unit_test(once),     cmocka_unit_test(variables),
        cmocka_unit_test(characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The C library reads the same double out of what we take for a number. */
static void compare_double(struct slice text)
{
    double value = 0;
    enum number_answer answer = number_parse_double(text, &value);
    if (answer == NUMBER_BAD) {
        return;
    }
    char *copy = malloc(text.size + 1);
    ENSURE(copy != NULL && slice_copy_text(text, copy, text.size + 1));
    char *end;
    double expected = strtod(copy, &end);
    ENSURE(*end == '\0' && memcmp(&expected, &value, sizeof(value)) == 0);
    free(copy);

    char again[NUMBER_TEXT_SIZE];
    double back;
    if (answer == NUMBER_OK) {
        size_t length = number_format_double(value, again);
        ENSURE(number_parse_double(slice_of(again, length), &back) == NUMBER_OK);
        ENSURE(memcmp(&back, &value, sizeof(value)) == 0);
    }
}

/* Integers come back from their text, and the scaled reading of an integer is the integer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);
    char again[NUMBER_TEXT_SIZE];
    uint64_t u;
    int64_t i;
    int64_t back;

    compare_double(text);
    if (number_parse_u64(text, &u) == NUMBER_OK) {
        uint64_t u_back;
        ENSURE(number_parse_u64(slice_of(again, number_format_u64(u, again)), &u_back) ==
                   NUMBER_OK &&
               u_back == u);
    }
    if (number_parse_i64(text, &i) == NUMBER_OK) {
        ENSURE(number_parse_scaled(text, 0, &back) == NUMBER_OK && back == i);
        ENSURE(number_parse_i64(slice_of(again, number_format_i64(i, again)), &back) == NUMBER_OK &&
               back == i);
    }
    if (number_parse_scaled(text, 6, &i) == NUMBER_OK) {
        size_t length = number_format_scaled(i, 6, again);
        ENSURE(number_parse_scaled(slice_of(again, length), 6, &back) == NUMBER_OK && back == i);
    }
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_percent.h"

#include "base/number.h"

/* A percent is this many millionths: ten to the fourth. */
#define PERCENT_DIGITS 4

bool alert_percent_parse(struct slice text, uint32_t *ppm)
{
    int64_t value = 0;
    text = slice_trim(text);
    if (slice_ends(text, SLICE("%"))) {
        text = slice_trim(slice_take(text, text.size - 1));
    }
    if (number_parse_scaled(text, PERCENT_DIGITS, &value) != NUMBER_OK || value < 0 ||
        value > 1000000) {
        return false;
    }
    *ppm = (uint32_t)value;
    return true;
}

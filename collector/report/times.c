/* SPDX-License-Identifier: Apache-2.0 */
#include "report/times.h"

#include "base/ensure.h"

#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define DAY_S    INT64_C(86400)

void times_init(struct times *times)
{
    *times = (struct times){.width_s = 1};
}

static int64_t wider(int64_t width_s)
{
    static const int64_t widths[] = {1,    5,    10,    30,    60,    300,  600,
                                     1800, 3600, 10800, 21600, 43200, DAY_S};
    for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
        if (widths[i] > width_s) {
            return widths[i];
        }
    }
    return width_s * 2;
}

static void add_step(struct times_step *sum, const struct times_step *more)
{
    sum->ok += more->ok;
    sum->errors += more->errors;
    sum->timeouts += more->timeouts;
    sum->open += more->open;
    sum->cold += more->cold;
}

static void widen(struct times *times)
{
    int64_t width_s = wider(times->width_s);
    int64_t factor = width_s / times->width_s;
    int64_t first = times->first / factor;
    /* In place: a new step is never behind the old ones that it is made of. */
    for (size_t i = 0; i < times->count; i++) {
        struct times_step step = times->steps[i];
        size_t to = (size_t)((times->first + (int64_t)i) / factor - first);
        times->steps[i] = (struct times_step){0};
        add_step(&times->steps[to], &step);
    }
    if (times->count > 0) {
        times->count = (size_t)((times->first + (int64_t)times->count - 1) / factor - first) + 1;
    }
    times->first = first;
    times->width_s = width_s;
}

void times_add(struct times *times, int64_t at_ns, const struct times_step *what)
{
    ENSURE(at_ns >= 0);
    int64_t place = at_ns / NS_PER_S / times->width_s;
    if (times->count == 0) {
        times->first = place;
    }
    for (;;) {
        int64_t low = place < times->first ? place : times->first;
        int64_t high = times->first + (int64_t)times->count - 1;
        high = place > high ? place : high;
        if (high - low < REPORT_TIME_COUNT_MAX) {
            break;
        }
        widen(times);
        place = at_ns / NS_PER_S / times->width_s;
    }
    if (place < times->first) {
        size_t shift = (size_t)(times->first - place);
        memmove(&times->steps[shift], times->steps, times->count * sizeof(times->steps[0]));
        memset(times->steps, 0, shift * sizeof(times->steps[0]));
        times->first = place;
        times->count += shift;
    }
    size_t step = (size_t)(place - times->first);
    times->count = step < times->count ? times->count : step + 1;
    add_step(&times->steps[step], what);
}

int64_t times_begin_ns(const struct times *times, size_t step)
{
    return (times->first + (int64_t)step) * times->width_s * NS_PER_S;
}

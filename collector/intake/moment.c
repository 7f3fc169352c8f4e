/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/moment.h"

#include "base/number.h"
#include "base/timestamp.h"
#include "intake/intake_limits.h"

#include <endian.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* "2026-11-23T14:53:25.123Z" */
#define MOMENT_MILLISECONDS_SIZE 24

/* Digits of a time in nanoseconds, and the longest date that is written with slashes. */
#define MOMENT_DIGITS_MAX  20
#define MOMENT_SLASHED_MAX 40

static bool moment_digit(struct slice text, size_t at)
{
    return at < text.size && text.base[at] >= '0' && text.base[at] <= '9';
}

static bool moment_digits(struct slice text, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!moment_digit(text, at + i)) {
            return false;
        }
    }
    return true;
}

static bool moment_byte(struct slice text, size_t at, char byte)
{
    return at < text.size && text.base[at] == (unsigned char)byte;
}

/* "Z", "+00:00", "-0130", " UTC" or nothing. */
static size_t moment_zone_size(struct slice text, size_t at)
{
    if (moment_byte(text, at, 'Z') || moment_byte(text, at, 'z')) {
        return 1;
    }
    if (moment_byte(text, at, '+') || moment_byte(text, at, '-')) {
        if (moment_digits(text, at + 1, 2) && moment_byte(text, at + 3, ':') &&
            moment_digits(text, at + 4, 2)) {
            return 6;
        }
        return moment_digits(text, at + 1, 4) ? 5 : 0;
    }
    return slice_starts(slice_skip(text, at), SLICE(" UTC")) ? 4 : 0;
}

size_t moment_size(struct slice text)
{
    if (text.size < TIMESTAMP_SHAPE_SIZE || (text.base[10] != 'T' && text.base[10] != ' ') ||
        !timestamp_has_shape(text.base)) {
        return 0;
    }
    size_t size = TIMESTAMP_SHAPE_SIZE;
    if ((moment_byte(text, size, '.') || moment_byte(text, size, ',')) &&
        moment_digit(text, size + 1)) {
        size++;
        while (moment_digit(text, size)) {
            size++;
        }
    }
    return size + moment_zone_size(text, size);
}

/* Digits of ":25.123Z" behind a minute that is known.  False for any other form, and a leap second.
 */
static bool moment_seconds(const unsigned char *text, int64_t *ns)
{
    unsigned tens = (unsigned)text[1] - '0';
    unsigned ones = (unsigned)text[2] - '0';
    unsigned first = (unsigned)text[4] - '0';
    unsigned second = (unsigned)text[5] - '0';
    unsigned third = (unsigned)text[6] - '0';
    if (text[0] != ':' || text[3] != '.' || text[7] != 'Z' || tens > 5 || ones > 9 || first > 9 ||
        second > 9 || third > 9) {
        return false;
    }
    *ns = (tens * 10 + ones) * NS_PER_S + (first * 100 + second * 10 + third) * INT64_C(1000000);
    return true;
}

size_t moment_front(struct moment_minute *minute, struct slice text, int64_t *time_ns)
{
    int64_t ns;
    if (minute->begin_ns > 0 && text.size >= MOMENT_MILLISECONDS_SIZE &&
        lanes_first((lanes)(lanes_load(text.base) != lanes_load(minute->text))) == LANES_COUNT &&
        moment_seconds(text.base + LANES_COUNT, &ns)) {
        *time_ns = minute->begin_ns + ns;
        return MOMENT_MILLISECONDS_SIZE;
    }
    size_t size = timestamp_front(text, &ns);
    if (size == 0 || ns < INTAKE_TIME_MIN_S * NS_PER_S || ns >= INTAKE_TIME_MAX_S * NS_PER_S) {
        return 0;
    }
    memcpy(minute->text, text.base, sizeof(minute->text));
    minute->begin_ns = ns - ns % (60 * NS_PER_S);
    *time_ns = ns;
    return size;
}

static bool moment_sane(int64_t time_ns)
{
    return time_ns >= INTAKE_TIME_MIN_S * NS_PER_S && time_ns < INTAKE_TIME_MAX_S * NS_PER_S;
}

/* Eight digits at once: pairs of them, pairs of these, and the two halves.  False if they are none.
 */
static bool moment_eight(const unsigned char *text, int64_t *value)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
    uint64_t word;
    memcpy(&word, text, sizeof(word));
    word = le64toh(word);
    /* Both nibbles: 3, and not more than 9. */
    if (((word & high) | ((word + UINT64_C(0x0606060606060606)) & high) >> 4) !=
        UINT64_C(0x3333333333333333)) {
        return false;
    }
    word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * (10 * 256 + 1) >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * (100 * 65536 + 1) >> 16;
    word = (word & UINT64_C(0x0000ffff0000ffff)) * (10000 * (UINT64_C(1) << 32) + 1) >> 32;
    *value = (int64_t)word;
    return true;
}

/* Thirteen: the first eight and the last eight, which have three in common. */
static bool moment_thirteen(const unsigned char *text, int64_t *value)
{
    int64_t first, last;
    if (!moment_eight(text, &first) || !moment_eight(text + 5, &last)) {
        return false;
    }
    *value = first * 100000 + last % 100000;
    return true;
}

/* Digits, perhaps with a fraction: the unit is told by their number. */
static bool moment_number(struct slice text, int64_t *time_ns)
{
    struct slice whole, fraction;
    int64_t value = 0;
    if (text.size == 13 && moment_thirteen(text.base, &value)) {
        /* Milliseconds are what nearly all exports have. */
        if (value >= INTAKE_TIME_MAX_S * 1000) {
            return false;
        }
        *time_ns = value * 1000000;
        return moment_sane(*time_ns);
    }
    slice_cut(text, '.', &whole, &fraction);
    unsigned digits = whole.size == 10   ? 9
                      : whole.size == 13 ? 6
                      : whole.size == 16 ? 3
                      : whole.size == 19 ? 0
                                         : UINT32_MAX;
    if (digits == UINT32_MAX || !moment_digits(whole, 0, whole.size)) {
        return false;
    }
    enum number_answer answer = number_parse_scaled(text, digits, &value);
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || !moment_sane(value)) {
        return false;
    }
    *time_ns = value;
    return true;
}

/* The fraction behind the seconds in nanoseconds, and in *at where it ends.  More than nine digits
 * are for nobody. */
static bool moment_fraction(struct slice text, size_t *at, int64_t *ns)
{
    static const int64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    unsigned count = 0;
    int64_t digits = 0;
    *ns = 0;
    if (!moment_byte(text, *at, '.') && !moment_byte(text, *at, ',')) {
        return true;
    }
    for ((*at)++; moment_digit(text, *at); (*at)++) {
        if (++count > 9) {
            return false;
        }
        digits = digits * 10 + (text.base[*at] - '0');
    }
    *ns = digits * units[count];
    return true;
}

/* The zone that goes from `at` to the end, in seconds east of UTC. */
static bool moment_zone(struct slice text, size_t at, int64_t *seconds)
{
    struct slice zone = slice_skip(text, at);
    *seconds = 0;
    if (zone.size < 5 || zone.base[0] == ' ') {
        return true;
    }
    int64_t hours = timestamp_two(zone.base + 1);
    int64_t minutes = timestamp_two(zone.base + (zone.size == 6 ? 4 : 3));
    *seconds = (hours * 60 + minutes) * (zone.base[0] == '-' ? -60 : 60);
    return hours < 24 && minutes < 60;
}

/* A date and time whose form moment_size() has checked. */
static bool moment_date(struct slice text, int64_t *time_ns)
{
    int64_t seconds, ns, zone;
    size_t end = TIMESTAMP_SHAPE_SIZE;
    if (!timestamp_seconds(text.base, &seconds) || !moment_fraction(text, &end, &ns) ||
        !moment_zone(text, end, &zone)) {
        return false;
    }
    seconds -= zone;
    if (seconds < INTAKE_TIME_MIN_S || seconds >= INTAKE_TIME_MAX_S) {
        return false;
    }
    *time_ns = seconds * NS_PER_S + ns;
    return true;
}

/* "1.795445605123E+12": its digits, or nothing where it has none or fewer than the number. */
static struct slice moment_unfold(struct slice text, char digits[MOMENT_SLASHED_MAX])
{
    size_t size = 0;
    uint64_t exponent;
    struct slice mantissa, power;
    if (!moment_digit(text, 0) || !moment_byte(text, 1, '.') ||
        !(slice_cut(text, 'E', &mantissa, &power) || slice_cut(text, 'e', &mantissa, &power))) {
        return SLICE_EMPTY;
    }
    power = moment_byte(power, 0, '+') ? slice_skip(power, 1) : power;
    if (power.size > 2 || number_parse_u64(power, &exponent) != NUMBER_OK ||
        mantissa.size - 2 != exponent || exponent >= MOMENT_DIGITS_MAX ||
        !moment_digits(mantissa, 2, mantissa.size - 2)) {
        return SLICE_EMPTY;
    }
    for (size_t i = 0; i < mantissa.size; i++) {
        if (i != 1) {
            digits[size++] = (char)mantissa.base[i];
        }
    }
    return slice_of(digits, size);
}

/* "2026/11/23 14:53:25.123" with dashes, or nothing. */
static struct slice moment_dashed(struct slice text, char dashed[MOMENT_SLASHED_MAX])
{
    if (text.size < 19 || text.size > MOMENT_SLASHED_MAX || !moment_byte(text, 4, '/') ||
        !moment_byte(text, 7, '/')) {
        return SLICE_EMPTY;
    }
    memcpy(dashed, text.base, text.size);
    dashed[4] = dashed[7] = '-';
    return slice_of(dashed, text.size);
}

bool moment_parse(struct slice text, int64_t *time_ns)
{
    char memory[MOMENT_SLASHED_MAX];
    text = slice_trim(text);
    if (text.size >= 19 && moment_size(text) == text.size) {
        return moment_date(text, time_ns);
    }
    if (moment_number(text, time_ns)) {
        return true;
    }
    struct slice other = moment_dashed(text, memory);
    if (other.size > 0) {
        return moment_size(other) == other.size && moment_date(other, time_ns);
    }
    other = moment_unfold(text, memory);
    return other.size > 0 && moment_number(other, time_ns);
}

/* ---- Times that are not known well enough. ---- */

/* Digits from *at on, stepped over. */
static size_t moment_run(struct slice text, size_t *at)
{
    size_t begin = *at;
    while (moment_digit(text, *at)) {
        (*at)++;
    }
    return *at - begin;
}

/* "13:19.8", "7:13", "07:13:20 AM", from `at` to the end. */
static bool moment_is_clock(struct slice text, size_t at)
{
    unsigned colons = 0;
    size_t run = moment_run(text, &at);
    while (run > 0 && run < 3 && moment_byte(text, at, ':')) {
        at++;
        colons++;
        run = moment_run(text, &at);
    }
    if (run == 0 || run > 2 || colons == 0 || colons > 2) {
        return false;
    }
    if (moment_byte(text, at, '.') || moment_byte(text, at, ',')) {
        at++;
        if (moment_run(text, &at) == 0) {
            return false;
        }
    }
    struct slice rest = slice_trim(slice_skip(text, at));
    return rest.size == 0 || slice_equal_nocase(rest, SLICE("am")) ||
           slice_equal_nocase(rest, SLICE("pm"));
}

/* Three numbers with the same sign between them, and perhaps a time of day. */
static bool moment_is_day(struct slice text)
{
    size_t at = 0;
    size_t first = moment_run(text, &at);
    unsigned char sign = at < text.size ? text.base[at] : 0;
    if (first == 0 || first > 4 || (sign != '/' && sign != '.' && sign != '-')) {
        return false;
    }
    at++;
    size_t second = moment_run(text, &at);
    if (second == 0 || second > 2 || !moment_byte(text, at, (char)sign)) {
        return false;
    }
    at++;
    size_t third = moment_run(text, &at);
    if (third == 0 || third == 3 || third > 4) {
        return false;
    }
    if (at == text.size) {
        return true;
    }
    at += moment_byte(text, at, ',') ? 1 : 0;
    return (moment_byte(text, at, ' ') || moment_byte(text, at, 'T')) &&
           moment_is_clock(text, at + 1);
}

/* A number with an exponent, of the size of a time in a unit from seconds to nanoseconds. */
static bool moment_is_rounded(struct slice text)
{
    static const double units[] = {1, 1e3, 1e6, 1e9};
    double value;
    char plain[MOMENT_SLASHED_MAX];
    size_t plus = slice_find_byte(text, '+');
    if (text.size > sizeof(plain) ||
        (slice_find_byte(text, 'E') == SLICE_NONE && slice_find_byte(text, 'e') == SLICE_NONE)) {
        return false;
    }
    memcpy(plain, text.base, text.size);
    if (plus != SLICE_NONE) {
        memmove(plain + plus, plain + plus + 1, text.size - plus - 1);
    }
    for (size_t i = 0; i < text.size; i++) {
        plain[i] = plain[i] == ',' ? '.' : plain[i];
    }
    struct slice number = slice_of(plain, text.size - (plus != SLICE_NONE));
    if (number_parse_double(number, &value) != NUMBER_OK) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (value >= (double)INTAKE_TIME_MIN_S * units[i] &&
            value < (double)INTAKE_TIME_MAX_S * units[i]) {
            return true;
        }
    }
    return false;
}

bool moment_is_vague(struct slice text)
{
    text = slice_trim(text);
    return text.size > 0 && text.size <= MOMENT_SLASHED_MAX &&
           (moment_is_clock(text, 0) || moment_is_day(text) || moment_is_rounded(text));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/proc_parse.h"

#include "base/number.h"

#include <stddef.h>

#define BYTES_PER_KIB 1024u

/* The next word of a line and the blanks before it; the empty slice at its end. */
static struct slice next_word(struct slice *line)
{
    while (line->size > 0 && (line->base[0] == ' ' || line->base[0] == '\t')) {
        *line = slice_skip(*line, 1);
    }
    size_t size = 0;
    while (size < line->size && line->base[size] != ' ' && line->base[size] != '\t') {
        size++;
    }
    struct slice word = slice_take(*line, size);
    *line = slice_skip(*line, size);
    return word;
}

/* The next numbers of a line.  False: there are fewer. */
static bool next_numbers(struct slice *line, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (number_parse_u64(next_word(line), &numbers[i]) != NUMBER_OK) {
            return false;
        }
    }
    return true;
}

/* The next line that has its end. */
static bool next_line(struct slice *text, struct slice *line)
{
    return slice_cut(*text, '\n', line, text);
}

bool proc_parse_stat(struct slice text, uint64_t *user, uint64_t *system)
{
    enum { USER, NICE, SYSTEM, IDLE, IO_WAIT, IRQ, SOFT_IRQ, FIELDS };
    uint64_t ticks[FIELDS];
    struct slice line;
    if (!next_line(&text, &line) || !slice_equal(next_word(&line), SLICE("cpu")) ||
        !next_numbers(&line, ticks, FIELDS)) {
        return false;
    }
    return !__builtin_add_overflow(ticks[USER], ticks[NICE], user) &&
           !__builtin_add_overflow(ticks[SYSTEM], ticks[IRQ], system) &&
           !__builtin_add_overflow(*system, ticks[SOFT_IRQ], system);
}

static bool kib(struct slice line, uint64_t *bytes)
{
    uint64_t number;
    return next_numbers(&line, &number, 1) && slice_equal(next_word(&line), SLICE("kB")) &&
           !__builtin_mul_overflow(number, BYTES_PER_KIB, bytes);
}

bool proc_parse_meminfo(struct slice text, uint64_t *total, uint64_t *available)
{
    struct slice line;
    bool has_total = false;
    bool has_available = false;
    while ((!has_total || !has_available) && next_line(&text, &line)) {
        struct slice name = next_word(&line);
        if (slice_equal(name, SLICE("MemTotal:"))) {
            has_total = kib(line, total);
        } else if (slice_equal(name, SLICE("MemAvailable:"))) {
            has_available = kib(line, available);
        }
    }
    return has_total && has_available && *available <= *total;
}

/* "  eth0: " and sixteen numbers; the first one may stand directly behind the colon. */
static bool add_device(struct slice line, uint64_t *received, uint64_t *sent)
{
    enum { RECEIVED = 0, SENT = 8, FIELDS = 16 };
    uint64_t numbers[FIELDS];
    struct slice name;
    if (!slice_cut(line, ':', &name, &line)) {
        return false;
    }
    name = next_word(&name);
    if (!next_numbers(&line, numbers, FIELDS)) {
        return false;
    }
    if (slice_equal(name, SLICE("lo"))) {
        return true;
    }
    return !__builtin_add_overflow(*received, numbers[RECEIVED], received) &&
           !__builtin_add_overflow(*sent, numbers[SENT], sent);
}

bool proc_parse_net(struct slice text, uint64_t *received, uint64_t *sent)
{
    uint64_t in = 0;
    uint64_t out = 0;
    struct slice line;
    /* Two lines of headings. */
    if (!next_line(&text, &line) || !next_line(&text, &line)) {
        return false;
    }
    while (next_line(&text, &line)) {
        if (!add_device(line, &in, &out)) {
            return false;
        }
    }
    *received = in;
    *sent = out;
    return true;
}

bool proc_parse_loadavg(struct slice text, uint64_t *threads)
{
    struct slice line;
    struct slice running;
    struct slice all;
    if (!next_line(&text, &line)) {
        return false;
    }
    for (int i = 0; i < 3; i++) {
        (void)next_word(&line);
    }
    return slice_cut(next_word(&line), '/', &running, &all) &&
           number_parse_u64(all, threads) == NUMBER_OK;
}

bool proc_parse_file_nr(struct slice text, uint64_t *descriptors)
{
    uint64_t numbers[2];
    struct slice line;
    if (!next_line(&text, &line) || !next_numbers(&line, numbers, 2) || numbers[1] > numbers[0]) {
        return false;
    }
    *descriptors = numbers[0] - numbers[1];
    return true;
}

bool proc_parse_statm(struct slice text, uint64_t *pages)
{
    uint64_t numbers[2];
    struct slice line;
    if (!next_line(&text, &line) || !next_numbers(&line, numbers, 2)) {
        return false;
    }
    *pages = numbers[1];
    return true;
}

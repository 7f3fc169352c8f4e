/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/insights.h"

#include "base/number.h"

#include <stdint.h>
#include <string.h>

/* A word of the platform's: ids of requests have 36 characters, of traces 35. */
#define INSIGHTS_WORD_SIZE_MAX 64

static const char insights_no_message[] =
    "a row of Logs Insights without @message: add it to the query's fields";
static const char insights_no_request[] =
    "a row of Logs Insights with neither @message nor @requestId: add one to the query's fields";
static const char insights_no_billed[] = "a row of Logs Insights with neither @message nor "
                                         "@billedDuration: add one to the query's fields";
static const char insights_bad[] = "a row of Logs Insights with a field that cannot be";

static bool insights_is_word(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.base[i] <= ' ' || text.base[i] >= 0x7f) {
            return false;
        }
    }
    return text.size > 0 && text.size <= INSIGHTS_WORD_SIZE_MAX;
}

/* "8.4", "9.0", "1.28E8", times ten to the power of digits. */
static bool insights_number(struct slice text, unsigned digits, int64_t *value)
{
    enum number_answer answer = number_parse_scaled(text, digits, value);
    return (answer == NUMBER_OK || answer == NUMBER_ROUNDED) && *value >= 0;
}

/* Logs Insights counts memory in bytes, of which it takes a million for a megabyte.  Less than one
 * is no function's. */
static bool insights_megabytes(struct slice text, int64_t *megabytes)
{
    const int64_t decimal = 1000000, binary = INT64_C(1) << 20;
    int64_t bytes;
    if (!insights_number(text, 0, &bytes) || bytes < decimal) {
        return false;
    }
    bool shifted = bytes % decimal != 0 && bytes % binary == 0;
    *megabytes = shifted ? bytes / binary : (bytes - decimal / 2) / decimal + 1;
    return true;
}

static bool insights_duration(struct slice text, const char *name, struct buf *out)
{
    int64_t duration_ns;
    char number[NUMBER_TEXT_SIZE];
    if (text.size == 0) {
        return true;
    }
    if (!insights_number(text, 6, &duration_ns)) {
        return false;
    }
    (void)number_format_scaled(duration_ns, 6, number);
    buf_printf(out, "\t%s: %s ms", name, number);
    return true;
}

static bool insights_memory(struct slice text, const char *name, struct buf *out)
{
    int64_t megabytes;
    if (text.size == 0) {
        return true;
    }
    if (!insights_megabytes(text, &megabytes)) {
        return false;
    }
    buf_printf(out, "\t%s: %lld MB", name, (long long)megabytes);
    return true;
}

static const char *insights_report(const struct insights_row *row, struct buf *out)
{
    const struct slice *fields = row->fields;
    struct slice trace = slice_trim(fields[INSIGHTS_TRACE_ID]);
    bool good = insights_duration(slice_trim(fields[INSIGHTS_DURATION]), "Duration", out) &&
                insights_duration(slice_trim(fields[INSIGHTS_BILLED]), "Billed Duration", out) &&
                insights_memory(slice_trim(fields[INSIGHTS_MEMORY]), "Memory Size", out) &&
                insights_memory(slice_trim(fields[INSIGHTS_MEMORY_USED]), "Max Memory Used", out) &&
                insights_duration(slice_trim(fields[INSIGHTS_INIT]), "Init Duration", out);
    if (trace.size > 0) {
        good = good && insights_is_word(trace);
        buf_append_text(out, "\t\nXRAY TraceId: ");
        buf_append(out, slice_take(trace, INSIGHTS_WORD_SIZE_MAX));
        buf_append_byte(out, '\t');
    }
    return good && !buf_overflowed(out) ? NULL : insights_bad;
}

/* "2026/11/23/[12]0123...": 12. */
static void insights_version(struct slice stream, struct buf *out)
{
    size_t open = slice_find_byte(stream, '[');
    struct slice version, rest;
    if (open != SLICE_NONE && slice_cut(slice_skip(stream, open + 1), ']', &version, &rest) &&
        insights_is_word(version)) {
        buf_append_text(out, " Version: ");
        buf_append(out, version);
    }
}

const char *insights_line(const struct insights_row *row, struct buf *out)
{
    const struct slice *fields = row->fields;
    struct slice type = slice_trim(fields[INSIGHTS_TYPE]);
    struct slice request = slice_trim(fields[INSIGHTS_REQUEST_ID]);
    bool billed = slice_trim(fields[INSIGHTS_BILLED]).size > 0;
    bool start = slice_equal(type, SLICE("START")), end = slice_equal(type, SLICE("END"));
    bool report = slice_equal(type, SLICE("REPORT")) ||
                  (type.size == 0 && (billed || slice_trim(fields[INSIGHTS_DURATION]).size > 0));
    if (!start && !end && !report) {
        return insights_no_message;
    }
    if (request.size == 0) {
        return insights_no_request;
    }
    if (report && !billed) {
        return insights_no_billed;
    }
    if (!insights_is_word(request)) {
        return insights_bad;
    }
    buf_append_text(out, start ? "START RequestId: "
                         : end ? "END RequestId: "
                               : "REPORT RequestId: ");
    buf_append(out, request);
    if (start) {
        insights_version(row->stream, out);
    }
    return report ? insights_report(row, out) : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_text.h"

#include "streams/lambda_number.h"
#include "streams/line_ids.h"
#include "streams/line_scan.h"

/* ---- Fields. ---- */

enum field {
    FIELD_REQUEST,
    FIELD_VERSION,
    FIELD_RUNTIME,
    FIELD_RUNTIME_ARN,
    FIELD_DURATION,
    FIELD_BILLED,
    FIELD_MEMORY,
    FIELD_MAX_MEMORY,
    FIELD_INIT,
    FIELD_RESTORE,
    FIELD_BILLED_RESTORE,
    FIELD_STATUS,
    FIELD_ERROR_TYPE,
    FIELD_PHASE,
    FIELD_TRACE,
    FIELD_SEGMENT,
    FIELD_SAMPLED,
    FIELD_OTHER, /* Known as the platform's, but of no use to us. */
    FIELD_UNKNOWN,
};

/* Sorted by their first letters, see field_ranges. */
static const struct {
    struct slice name;
    enum field field;
} fields[] = {
    {SLICE_INIT("Billed Duration"), FIELD_BILLED},
    {SLICE_INIT("Billed Restore Duration"), FIELD_BILLED_RESTORE},
    {SLICE_INIT("Duration"), FIELD_DURATION},
    {SLICE_INIT("Error Type"), FIELD_ERROR_TYPE},
    {SLICE_INIT("Entrypoint"), FIELD_OTHER},
    {SLICE_INIT("Init Duration"), FIELD_INIT},
    {SLICE_INIT("Launch error"), FIELD_OTHER},
    {SLICE_INIT("Memory Size"), FIELD_MEMORY},
    {SLICE_INIT("Max Memory Used"), FIELD_MAX_MEMORY},
    {SLICE_INIT("Name"), FIELD_OTHER},
    {SLICE_INIT("Phase"), FIELD_PHASE},
    {SLICE_INIT("RequestId"), FIELD_REQUEST},
    {SLICE_INIT("Restore Duration"), FIELD_RESTORE},
    {SLICE_INIT("Runtime Version"), FIELD_RUNTIME},
    {SLICE_INIT("Runtime Version ARN"), FIELD_RUNTIME_ARN},
    {SLICE_INIT("Request ID"), FIELD_REQUEST},
    {SLICE_INIT("RequestID"), FIELD_REQUEST},
    {SLICE_INIT("Status"), FIELD_STATUS},
    {SLICE_INIT("SegmentId"), FIELD_SEGMENT},
    {SLICE_INIT("Sampled"), FIELD_SAMPLED},
    {SLICE_INIT("State"), FIELD_OTHER},
    {SLICE_INIT("TraceId"), FIELD_TRACE},
    {SLICE_INIT("Version"), FIELD_VERSION},
};

/* Where the names with that first letter stand. */
static const struct {
    unsigned char begin, end;
} field_ranges['Z' + 1] = {
    ['B'] = {0, 2},   ['D'] = {2, 3},   ['E'] = {3, 5},   ['I'] = {5, 6},
    ['L'] = {6, 7},   ['M'] = {7, 9},   ['N'] = {9, 10},  ['P'] = {10, 11},
    ['R'] = {11, 17}, ['S'] = {17, 21}, ['T'] = {21, 22}, ['V'] = {22, 23},
};

/* Take a field's name and its colon off rest. */
static enum field text_field(struct slice *rest)
{
    if (rest->size == 0 || rest->base[0] > 'Z') {
        return FIELD_UNKNOWN;
    }
    unsigned char first = rest->base[0];
    for (unsigned i = field_ranges[first].begin; i < field_ranges[first].end; i++) {
        struct slice after = *rest;
        if (!line_scan_take(&after, fields[i].name)) {
            continue;
        }
        while (after.size > 0 && after.base[0] == ' ') {
            after = slice_skip(after, 1);
        }
        if (after.size > 0 && after.base[0] == ':') {
            *rest = slice_skip(after, 1);
            return fields[i].field;
        }
    }
    return FIELD_UNKNOWN;
}

static const struct lambda_quantity text_duration = LAMBDA_QUANTITY(LAMBDA_DURATION, "Duration");
static const struct lambda_quantity text_billed =
    LAMBDA_QUANTITY(LAMBDA_WHOLE_MS, "Billed Duration");
static const struct lambda_quantity text_memory = LAMBDA_QUANTITY(LAMBDA_MEGABYTES, "Memory Size");
static const struct lambda_quantity text_max_memory =
    LAMBDA_QUANTITY(LAMBDA_USED_MB, "Max Memory Used");
static const struct lambda_quantity text_init = LAMBDA_QUANTITY(LAMBDA_DURATION, "Init Duration");
static const struct lambda_quantity text_restore =
    LAMBDA_QUANTITY(LAMBDA_DURATION, "Restore Duration");
static const struct lambda_quantity text_billed_restore =
    LAMBDA_QUANTITY(LAMBDA_WHOLE_MS, "Billed Restore Duration");
static const struct lambda_quantity text_timeout =
    LAMBDA_QUANTITY(LAMBDA_DURATION, "Task timed out after");

/* The word behind a colon; empty where the field has no value. */
static struct slice text_value(struct slice *rest)
{
    struct slice after = *rest;

    if (line_scan_gap(&after) > GAP_FIELD) {
        return SLICE_EMPTY;
    }
    struct slice word = line_scan_word(&after);
    *rest = after;
    return word;
}

enum word lambda_text_word(struct slice text)
{
    if (slice_equal_nocase(text, SLICE("success"))) {
        return WORD_SUCCESS;
    }
    if (slice_equal_nocase(text, SLICE("error"))) {
        return WORD_ERROR;
    }
    if (slice_equal_nocase(text, SLICE("failure"))) {
        return WORD_FAILURE;
    }
    if (slice_equal_nocase(text, SLICE("timeout"))) {
        return WORD_TIMEOUT;
    }
    return WORD_NONE;
}

/* arn:aws:lambda:eu-central-1::runtime:... */
static struct slice text_region(struct slice arn)
{
    struct slice part = SLICE_EMPTY;

    for (unsigned i = 0; i < 4; i++) {
        if (!slice_cut(arn, ':', &part, &arn)) {
            return SLICE_EMPTY;
        }
    }
    return part;
}

/* A number of the line; its first wrong one refuses it. */
static void text_number(struct line *line, const struct lambda_quantity *quantity,
                        struct slice *rest, int64_t *value)
{
    const char *reason = lambda_number_take(quantity, rest, value);

    if (reason != NULL && line->reason == NULL) {
        line->reason = reason;
    }
}

static void text_sampled(struct line *line, struct slice word)
{
    if (slice_equal(word, SLICE("true")) || slice_equal(word, SLICE("1"))) {
        line->sampled = 1;
    } else if (slice_equal(word, SLICE("false")) || slice_equal(word, SLICE("0"))) {
        line->sampled = 0;
    }
}

/* The numbers; false if the field is none. */
static bool text_take_number(struct line *line, enum field field, struct slice *rest)
{
    bool init = line->kind == LINE_INIT_REPORT;
    bool restore = line->kind == LINE_RESTORE_REPORT;

    if (field == FIELD_DURATION) {
        text_number(line, &text_duration, rest, &line->duration_ns);
    } else if (field == FIELD_BILLED) {
        text_number(line, &text_billed, rest, &line->billed_ms);
    } else if (field == FIELD_MEMORY) {
        text_number(line, &text_memory, rest, &line->memory_mb);
    } else if (field == FIELD_MAX_MEMORY) {
        text_number(line, &text_max_memory, rest, &line->max_memory_mb);
    } else if (field == FIELD_INIT) {
        text_number(line, &text_init, rest, init ? &line->duration_ns : &line->init_ns);
    } else if (field == FIELD_RESTORE) {
        text_number(line, &text_restore, rest, restore ? &line->duration_ns : &line->restore_ns);
    } else if (field == FIELD_BILLED_RESTORE) {
        text_number(line, &text_billed_restore, rest, &line->billed_restore_ms);
    } else {
        return false;
    }
    return true;
}

static void text_take_word(struct line *line, enum field field, struct slice word)
{
    if (field == FIELD_REQUEST && line->request_text.size == 0) {
        line_ids_request(line, word);
    } else if (field == FIELD_VERSION) {
        line->version = word;
    } else if (field == FIELD_RUNTIME) {
        line->runtime = word;
    } else if (field == FIELD_RUNTIME_ARN) {
        line->region = text_region(word);
    } else if (field == FIELD_STATUS) {
        line->status = lambda_text_word(word);
    } else if (field == FIELD_ERROR_TYPE) {
        line->error_type = word;
        line->out_of_memory = slice_equal(word, SLICE("Runtime.OutOfMemory"));
    } else if (field == FIELD_PHASE) {
        line->phase = word;
    } else if (field == FIELD_TRACE) {
        (void)line_ids_trace(line, word);
    } else if (field == FIELD_SEGMENT) {
        line_ids_segment(line, word);
    } else if (field == FIELD_SAMPLED) {
        text_sampled(line, word);
    }
}

/*
 * Read over a field that we do not know: its name up to the colon, and its value.  Its last words
 * may be those of a name that we know ("Extension Duration: 3 ms"): that is not ours either.
 */
static void text_skip_field(struct slice *rest)
{
    for (;;) {
        struct slice word = line_scan_word(rest);
        struct slice after = *rest;
        enum line_gap gap = line_scan_gap(&after);
        if (gap > GAP_BLANK || after.size == 0) {
            return;
        }
        *rest = after;
        if (slice_ends(word, SLICE(":"))) {
            break;
        }
    }
    line_scan_word(rest);
    struct slice after = *rest;
    if (line_scan_gap(&after) == GAP_BLANK) {
        struct slice unit = line_scan_word(&after);
        if (unit.size <= 2 && !slice_ends(unit, SLICE(":"))) {
            *rest = after; /* "3 ms" */
        }
    }
}

/* ---- Lines. ---- */

/* The words that begin a line of the platform, and what it is then. */
static const struct {
    struct slice word;
    enum line_kind kind;
} starts[] = {
    {SLICE_INIT("START"), LINE_START},
    {SLICE_INIT("END"), LINE_END},
    {SLICE_INIT("REPORT"), LINE_REPORT},
    {SLICE_INIT("INIT_START"), LINE_INIT_START},
    {SLICE_INIT("INIT_REPORT"), LINE_INIT_REPORT},
    {SLICE_INIT("RESTORE_START"), LINE_RESTORE_START},
    {SLICE_INIT("RESTORE_REPORT"), LINE_RESTORE_REPORT},
    {SLICE_INIT("XRAY"), LINE_XRAY},
    {SLICE_INIT("EXTENSION"), LINE_EXTENSION},
    {SLICE_INIT("TELEMETRY"), LINE_EXTENSION},
    {SLICE_INIT("LOGS"), LINE_EXTENSION},
    {SLICE_INIT("IMAGE"), LINE_PLATFORM},
};

/* Take such a word, if the name of a field of the platform is behind it. */
static bool text_start(struct slice *rest, enum line_kind *kind)
{
    if (rest->size == 0 || rest->base[0] < 'E' || rest->base[0] > 'X') {
        return false;
    }
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct slice after = *rest;
        if (after.base[0] != starts[i].word.base[0] || after.size < 3 ||
            after.base[1] != starts[i].word.base[1] || !line_scan_take(&after, starts[i].word) ||
            line_scan_gap(&after) == GAP_NONE) {
            continue;
        }
        struct slice name = after;
        if (text_field(&name) != FIELD_UNKNOWN) {
            *kind = starts[i].kind;
            *rest = after;
            return true;
        }
    }
    return false;
}

/* A newline, and then a line of its own; XRAY goes on with a report. */
static bool text_another(enum line_gap gap, struct slice rest, enum line_kind kind)
{
    enum line_kind other;

    if (gap != GAP_LINE) {
        return false;
    }
    if (kind == LINE_START || kind == LINE_END) {
        return rest.size > 0;
    }
    return text_start(&rest, &other) && (other != LINE_XRAY || kind != LINE_REPORT);
}

static void text_fields(struct slice text, struct line *line, struct slice *rest)
{
    while (text.size > 0) {
        enum line_gap gap = line_scan_gap(&text);
        if (text_another(gap, text, line->kind)) {
            *rest = text;
            return;
        }
        enum field field = text_field(&text);
        if (field == FIELD_UNKNOWN) {
            struct slice xray = text;
            if (line->kind == LINE_REPORT && line_scan_take(&xray, SLICE("XRAY")) &&
                line_scan_gap(&xray) != GAP_NONE) {
                text = xray;
            } else {
                text_skip_field(&text);
            }
        } else if (!text_take_number(line, field, &text)) {
            text_take_word(line, field, text_value(&text));
        }
    }
}

bool lambda_text_timed_out(struct slice text, struct line *line)
{
    if (!line_scan_take(&text, SLICE("Task timed out after"))) {
        return false;
    }
    line->kind = LINE_TIMEOUT;
    line->status = WORD_TIMEOUT;
    text_number(line, &text_timeout, &text, &line->duration_ns);
    if (line->reason != NULL) {
        line->kind = LINE_REFUSED;
    }
    return true;
}

/* Runtime.ExitError, Extension.Crash: the last word of an exit. */
static struct slice text_exit_type(struct slice text)
{
    struct slice type = SLICE_EMPTY;

    while (text.size > 0) {
        line_scan_gap(&text);
        struct slice word = line_scan_word(&text);
        if (slice_starts(word, SLICE("Runtime.")) || slice_starts(word, SLICE("Extension.")) ||
            slice_starts(word, SLICE("Sandbox.")) || slice_starts(word, SLICE("Function."))) {
            type = word;
        }
    }
    return type;
}

/* "RequestId: ... Error: Runtime exited ...", "... Process exited before completing request" */
static bool text_exited(struct slice text, struct line *line)
{
    struct slice rest = text;
    struct slice request = SLICE_EMPTY;

    if (line_scan_take(&rest, SLICE("RequestId"))) {
        line_scan_take(&rest, SLICE(":"));
        line_scan_gap(&rest);
        request = line_scan_word(&rest);
        line_scan_gap(&rest);
    }
    bool error = line_scan_take(&rest, SLICE("Error:"));
    if (error) {
        line_scan_gap(&rest);
    }
    if (error && request.size > 0 && lambda_text_timed_out(rest, line)) {
        line_ids_request(line, request);
        return true;
    }
    bool process = slice_starts(rest, SLICE("Process exited before completing request"));
    bool runtime = slice_starts(rest, SLICE("Runtime exited"));
    if (!process && !(error && (runtime || request.size > 0))) {
        return false;
    }
    line->kind = LINE_EXIT;
    line->status = WORD_FAILURE;
    if (request.size > 0) {
        line_ids_request(line, request);
    }
    line->error_type = text_exit_type(rest);
    line->killed = slice_find(slice_take(rest, 128), SLICE("signal:")) != SLICE_NONE;
    line->out_of_memory = slice_equal(line->error_type, SLICE("Runtime.OutOfMemory")) ||
                          slice_find(slice_take(rest, 256), SLICE("ut of memory")) != SLICE_NONE;
    return true;
}

/* What no REPORT can say. */
static void text_judge(struct line *line)
{
    if (line->reason == NULL) {
        line->reason = lambda_number_judge_memory(line->memory_mb, line->max_memory_mb);
    }
}

bool lambda_text_read(struct slice text, struct line *line, struct slice *rest)
{
    enum line_kind kind;
    struct slice fields_text = text;

    *rest = slice_skip(text, text.size);
    if (text.size == 0) {
        return false;
    }
    if (text_start(&fields_text, &kind)) {
        line->kind = kind;
        text_fields(fields_text, line, rest);
        text_judge(line);
    } else if (text.base[0] != 'R' && text.base[0] != 'P' && text.base[0] != 'E') {
        return false;
    } else if (!text_exited(text, line)) {
        return false;
    }
    line->text = slice_take(text, text.size - rest->size);
    if (line->reason != NULL) {
        line->kind = LINE_REFUSED;
    }
    return true;
}

/* Whether a REPORT may go on with a field, which it has not. */
static bool text_lacks(const struct line *report, enum field field)
{
    switch (field) {
    case FIELD_DURATION:
        return report->duration_ns == STREAMS_UNKNOWN;
    case FIELD_BILLED:
        return report->billed_ms == STREAMS_UNKNOWN;
    case FIELD_MEMORY:
        return report->memory_mb == STREAMS_UNKNOWN;
    case FIELD_MAX_MEMORY:
        return report->max_memory_mb == STREAMS_UNKNOWN;
    case FIELD_INIT:
        return report->init_ns == STREAMS_UNKNOWN;
    case FIELD_RESTORE:
        return report->restore_ns == STREAMS_UNKNOWN;
    case FIELD_BILLED_RESTORE:
        return report->billed_restore_ms == STREAMS_UNKNOWN;
    case FIELD_STATUS:
        return report->status == WORD_NONE;
    case FIELD_ERROR_TYPE:
        return report->error_type.size == 0;
    case FIELD_REQUEST:
    case FIELD_VERSION:
    case FIELD_RUNTIME:
    case FIELD_RUNTIME_ARN:
    case FIELD_PHASE:
    case FIELD_TRACE:
    case FIELD_SEGMENT:
    case FIELD_SAMPLED:
    case FIELD_OTHER:
    case FIELD_UNKNOWN:
        break;
    }
    return false;
}

bool lambda_text_goes_on(struct slice report, struct slice message)
{
    struct line line;
    struct slice behind;
    struct slice rest = message;

    if (!slice_starts(report, SLICE("REPORT"))) {
        return false;
    }
    line_read(report, &line, &behind);
    if (line_scan_take(&rest, SLICE("XRAY")) && line_scan_gap(&rest) != GAP_NONE) {
        return line.kind == LINE_REPORT && behind.size == 0 && !line.has_trace &&
               text_field(&rest) == FIELD_TRACE;
    }
    enum field field = text_field(&rest);
    if (line.kind != LINE_REPORT || behind.size > 0 || !text_lacks(&line, field)) {
        return false;
    }
    if (line.duration_ns == STREAMS_UNKNOWN) {
        return true; /* It was broken, whatever the rest of it is. */
    }
    text_fields(message, &line, &behind);
    return line.reason == NULL && behind.size == 0 && !text_lacks(&line, field);
}

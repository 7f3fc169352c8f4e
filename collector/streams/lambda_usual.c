/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_usual.h"

#include "streams/lambda_number.h"
#include "streams/line_ids.h"
#include "streams/line_scan.h"

#include "base/uuid.h"

#include <stddef.h>

/* The reasons of numbers that are wrong are told by others, who read such a line again. */
static const struct lambda_quantity usual_duration = LAMBDA_QUANTITY(LAMBDA_DURATION, "");
static const struct lambda_quantity usual_billed = LAMBDA_QUANTITY(LAMBDA_WHOLE_MS, "");
static const struct lambda_quantity usual_memory = LAMBDA_QUANTITY(LAMBDA_MEGABYTES, "");
static const struct lambda_quantity usual_used = LAMBDA_QUANTITY(LAMBDA_USED_MB, "");

/* Digits and a point, and the unit behind them. */
static bool usual_number(struct slice *rest, struct slice unit,
                         const struct lambda_quantity *quantity, int64_t *value)
{
    size_t size = 0;
    while (size < rest->size &&
           ((unsigned char)(rest->base[size] - '0') < 10 || rest->base[size] == '.')) {
        size++;
    }
    struct slice number = slice_take(*rest, size);
    *rest = slice_skip(*rest, size);
    return line_scan_take(rest, unit) && lambda_number_read(quantity, number, 6, value) == NULL;
}

static bool usual_request(struct slice *rest, struct line *line)
{
    struct slice id = slice_take(*rest, UUID_TEXT_SIZE);
    *rest = slice_skip(*rest, UUID_TEXT_SIZE);
    line_ids_request(line, id);
    return line->has_request;
}

static bool usual_start(struct slice rest, struct line *line)
{
    line->kind = LINE_START;
    if (!usual_request(&rest, line) || !line_scan_take(&rest, SLICE(" Version: "))) {
        return false;
    }
    line->version = rest;
    for (size_t i = 0; i < rest.size; i++) {
        unsigned char byte = rest.base[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        if (!letter && byte != '$' && (unsigned char)(byte - '0') >= 10) {
            return false;
        }
    }
    return rest.size > 0;
}

static bool usual_report(struct slice rest, struct line *line)
{
    line->kind = LINE_REPORT;
    if (!usual_request(&rest, line) || !line_scan_take(&rest, SLICE("\tDuration: ")) ||
        !usual_number(&rest, SLICE(" ms"), &usual_duration, &line->duration_ns) ||
        !line_scan_take(&rest, SLICE("\tBilled Duration: ")) ||
        !usual_number(&rest, SLICE(" ms"), &usual_billed, &line->billed_ms) ||
        !line_scan_take(&rest, SLICE("\tMemory Size: ")) ||
        !usual_number(&rest, SLICE(" MB"), &usual_memory, &line->memory_mb) ||
        !line_scan_take(&rest, SLICE("\tMax Memory Used: ")) ||
        !usual_number(&rest, SLICE(" MB"), &usual_used, &line->max_memory_mb) ||
        lambda_number_judge_memory(line->memory_mb, line->max_memory_mb) != NULL) {
        return false;
    }
    if (line_scan_take(&rest, SLICE("\tInit Duration: ")) &&
        !usual_number(&rest, SLICE(" ms"), &usual_duration, &line->init_ns)) {
        return false;
    }
    return rest.size == 0;
}

bool lambda_usual_read(struct slice text, struct line *line)
{
    struct slice rest = text;
    line->text = text;
    if (line_scan_take(&rest, SLICE("START RequestId: "))) {
        return usual_start(rest, line);
    }
    if (line_scan_take(&rest, SLICE("REPORT RequestId: "))) {
        return usual_report(rest, line);
    }
    line->kind = LINE_END;
    return line_scan_take(&rest, SLICE("END RequestId: ")) && usual_request(&rest, line) &&
           rest.size == 0;
}

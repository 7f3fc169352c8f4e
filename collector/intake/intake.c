/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/intake.h"

#include "base/ensure.h"
#include "intake/layers.h"
#include "intake/origin.h"
#include "intake/shape.h"
#include "intake/teller.h"

#include <stdlib.h>

#define INTAKE_ERROR_SIZE 512

struct intake {
    struct intake_options options;
    struct intake_counts counts;
    struct teller teller;
    struct shapes shapes;
    struct layers layers;
    struct origin origin;
    enum status status; /* Of the first push that failed. */
    char error[INTAKE_ERROR_SIZE];
};

const char *intake_format_name(enum intake_format format)
{
    static const char *const names[] = {
        [INTAKE_UNKNOWN] = "unknown",
        [INTAKE_EMPTY] = "empty",
        [INTAKE_FILTER_LOG_EVENTS] = "filter-log-events",
        [INTAKE_GET_LOG_EVENTS] = "get-log-events",
        [INTAKE_SUBSCRIPTION] = "subscription",
        [INTAKE_LAMBDA_EVENT] = "lambda-event",
        [INTAKE_KINESIS] = "kinesis",
        [INTAKE_FIREHOSE] = "firehose",
        [INTAKE_INSIGHTS_JSON] = "insights-json",
        [INTAKE_INSIGHTS_CSV] = "insights-csv",
        [INTAKE_CONSOLE_CSV] = "console-csv",
        [INTAKE_S3_EXPORT] = "s3-export",
        [INTAKE_TAIL] = "tail",
        [INTAKE_JSON_LINES] = "json-lines",
        [INTAKE_TEXT] = "text",
        [INTAKE_GCP] = "gcp",
        [INTAKE_AZURE] = "azure",
        [INTAKE_REFUSED] = "refused",
    };
    ENSURE((unsigned)format < sizeof(names) / sizeof(names[0]));
    return names[format];
}

struct intake *intake_create(const struct intake_options *options)
{
    struct intake *intake = calloc(1, sizeof(*intake));
    if (intake == NULL) {
        return NULL;
    }
    ENSURE(options->event != NULL);
    intake->options = *options;
    origin_read(options->path, &intake->origin);
    intake->teller = (struct teller){
        .options = &intake->options,
        .counts = &intake->counts,
        .group = intake->origin.group,
        .stream = intake->origin.stream,
        .function = intake->origin.function,
    };
    if (shapes_init(&intake->shapes, &intake->teller) != STATUS_OK) {
        free(intake);
        return NULL;
    }
    layers_init(&intake->layers, &intake->teller, &intake->shapes);
    intake->layers.size_max = options->inflated_size_max;
    intake->layers.error = intake->error;
    intake->layers.error_size = sizeof(intake->error);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL) {
        return;
    }
    layers_fini(&intake->layers);
    shapes_fini(&intake->shapes);
    free(intake);
}

enum status intake_push(struct intake *intake, struct slice bytes)
{
    if (intake->status == STATUS_OK && bytes.size > 0) {
        intake->status = layers_push(&intake->layers, bytes);
    }
    return intake->status;
}

enum status intake_finish(struct intake *intake)
{
    enum status status = layers_finish(&intake->layers);
    intake->counts.files += intake->counts.files == 0 ? 1 : 0;
    if (intake->counts.format == INTAKE_UNKNOWN) {
        intake->counts.format = intake->counts.refused > 0 ? INTAKE_REFUSED : INTAKE_EMPTY;
    }
    return intake->status != STATUS_OK ? intake->status : status;
}

const char *intake_error(const struct intake *intake)
{
    return intake->error;
}

void intake_counts(const struct intake *intake, struct intake_counts *counts)
{
    *counts = intake->counts;
}

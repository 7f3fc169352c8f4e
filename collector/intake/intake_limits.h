/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_INTAKE_LIMITS_H
#define THAW_INTAKE_INTAKE_LIMITS_H

/*
 * The limits of intake/ and their reasons.
 */

/* One record: a JSON object, a row of CSV, an event with its lines.  CloudWatch's events have up to
 * 1 MB, a subscription's payload a few, a record of Firehose 1 MB; an answer of Application
 * Insights is one object of up to 64 MB.  More is kept in memory for no format that we know. */
#define INTAKE_RECORD_SIZE_MAX (64u << 20)

/* What the kind of a text is recognised by: its beginning.  Large enough for the first page of any
 * sort of lines, small enough to wait for. */
#define INTAKE_HEAD_SIZE (64u << 10)

/* Lines, values and rows of the beginning that are looked at. */
#define INTAKE_HEAD_LINES_MAX  200
#define INTAKE_HEAD_VALUES_MAX 8

/* One control character (NUL and the like) in so many bytes and one more: text.  More: no text. */
#define INTAKE_CONTROLS_PER 32

/* Nesting of JSON.  GCP's and Azure's entries stay below ten, what functions log below thirty. */
#define INTAKE_JSON_DEPTH_MAX 64

/* Containers in containers: .tar.gz of base64 of gzip of UTF-16 is as deep as files get. */
#define INTAKE_LAYERS_MAX 6

/* Payloads in payloads: SQS of SNS of a Lambda event of a subscription. */
#define INTAKE_PAYLOAD_LEVELS_MAX 5

/* One payload, inflated.  Firehose's records have up to 1 MB, which gzip rarely makes more than
 * twenty times smaller. */
#define INTAKE_PAYLOAD_SIZE_MAX (64u << 20)

/* Text that decompression gives on at once. */
#define INTAKE_PIECE_SIZE (256u << 10)

/* Columns of CSV: Logs Insights discovers at most 200 fields of a JSON log. */
#define INTAKE_COLUMNS_MAX 256

/* Bytes of a path inside an archive. */
#define INTAKE_PATH_SIZE_MAX 4096

/* Bytes that a refusal shows of what it refuses. */
#define INTAKE_SAMPLE_SIZE_MAX 200

/* Times of logs: Lambda began in November 2014, its samples are of that year.  What lies outside is
 * no time, or one in another unit. */
#define INTAKE_TIME_MIN_S INT64_C(1262304000) /* 2010-01-01 */
#define INTAKE_TIME_MAX_S INT64_C(4102444800) /* 2100-01-01 */

/* CloudWatch's event ids have 56 digits.  Shorter "ids" are the export's own counting and would
 * make different events one. */
#define INTAKE_EVENT_ID_SIZE_MIN 40

/* Broken rows of CSV after which the search for the next good one ends: a quote that is never
 * closed makes every one of them run to the end. */
#define INTAKE_RESCANS_MAX 64

#endif

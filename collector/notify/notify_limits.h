/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_LIMITS_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limits of notify/ and their reasons.
 */

/* Labels, and annotations, of one alert; what is more is left out.  Prometheus's tools cope with
 * some dozens. */
#define NOTIFY_PAIR_COUNT_MAX 64

/* Bytes of a name, of a label's value, and of an annotation.  What is longer is cut. */
#define NOTIFY_NAME_SIZE_MAX       128
#define NOTIFY_LABEL_SIZE_MAX      512
#define NOTIFY_ANNOTATION_SIZE_MAX 4096

/* Bytes of an address of a person's page. */
#define NOTIFY_URL_SIZE_MAX 2048

#endif

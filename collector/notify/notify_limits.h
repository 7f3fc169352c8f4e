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

/* Bytes of an address, a person's page or a receiver's. */
#define NOTIFY_URL_SIZE_MAX 2048

/* Alerts that fire at once.  Four thousand are one trouble; what is more is counted as refused, and
 * taken when it is told again and there is room. */
#define NOTIFY_ALERT_COUNT_MAX 4096

/* Groups, each of which has one alert at least. */
#define NOTIFY_GROUP_COUNT_MAX 4096

/* Messages that wait: each group has at most one for each target of its receiver.  What is more is
 * not made yet: its group comes back to it. */
#define NOTIFY_WAITING_MAX 4096

/* Messages that are remembered after they were settled, the latest. */
#define NOTIFY_SETTLED_MAX 256

/* Alerts that one message speaks of; what is more is told as a number. */
#define NOTIFY_MESSAGE_ALERT_MAX 100

/* Bytes of the text that identifies a group: its labels, escaped. */
#define NOTIFY_KEY_SIZE_MAX ((size_t)128 << 10)

/* Bytes of one message as it is sent.  PagerDuty takes 512 KB; Alertmanager is told of all alerts
 * at once. */
#define NOTIFY_BODY_SIZE_MAX ((size_t)8 << 20)

/* Bytes of the saved state, and how often a label may exceed what is usual. */
#define NOTIFY_STATE_SIZE_MAX ((size_t)64 << 20)

/* Bytes kept of the reason why a delivery failed. */
#define NOTIFY_ERROR_SIZE_MAX 128

/* The first wait after a failed delivery and the longest: quick over a restart of the receiver,
 * gentle on one that is down.  A receiver may ask for more, up to an hour. */
#define NOTIFY_RETRY_NS_MIN     UINT64_C(1000000000)
#define NOTIFY_RETRY_NS_MAX     (UINT64_C(300) * 1000000000)
#define NOTIFY_RETRY_ASK_NS_MAX (UINT64_C(3600) * 1000000000)

/* How long a target that takes one message a second is left alone after each. */
#define NOTIFY_SPACING_NS UINT64_C(1000000000)

/* How long delivery of a message is tried: what a receiver did not take for a day is no news. */
#define NOTIFY_DELIVERY_NS_MAX (UINT64_C(24) * 3600 * 1000000000)

/* How often a group that tells at once is looked at besides: for silences that end. */
#define NOTIFY_LOOK_NS (UINT64_C(10) * 1000000000)

/* Bytes of a receiver's answer that are read before the connection is closed. */
#define NOTIFY_ANSWER_SIZE_MAX 65536

/* Address space of a plan, of which what is used is touched: a file with all its patterns. */
#define NOTIFY_PLAN_MEMORY ((size_t)16 << 20)

/* Silences that are kept, those that are over among them; their matchers, texts and length. */
#define NOTIFY_SILENCE_COUNT_MAX   256
#define NOTIFY_SILENCE_MATCHER_MAX 16
#define NOTIFY_SILENCE_TEXT_MAX    1024
#define NOTIFY_SILENCE_NS_MAX      (UINT64_C(366) * 86400 * 1000000000)

/* How long a silence that is over is still shown. */
#define NOTIFY_SILENCE_KEEP_NS (UINT64_C(5) * 86400 * 1000000000)

/* Deploys of one answer, where nobody wants fewer. */
#define NOTIFY_DEPLOY_SHOWN_MAX 1000

/* Deploys that are remembered, and how long those that follow each other are one wave. */
#define NOTIFY_DEPLOY_COUNT_MAX 4096
#define NOTIFY_WAVE_NS_MAX      (UINT64_C(3600) * 1000000000)

/* Bytes of the saved deploys. */
#define NOTIFY_DEPLOYS_SIZE_MAX ((size_t)24 << 20)

/* Bytes of the file of --notify, whose tree takes some thirty times as much. */
#define NOTIFY_FILE_SIZE_MAX ((size_t)256 << 10)

/* Routes, those inside each other, and targets of all receivers. */
#define NOTIFY_ROUTE_COUNT_MAX  256
#define NOTIFY_ROUTE_DEPTH_MAX  8
#define NOTIFY_TARGET_COUNT_MAX 64

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_APP_CONTAINER_H
#define THAW_STREAMS_APP_CONTAINER_H

#include "base/slice.h"

#include <stdint.h>

/*
 * Take off what exports put before a message: a log group, a stream's name, a time (sam logs, aws
 * logs tail).  *time_ns is the last time, or stays.  Pure.
 */
struct slice app_container(struct slice text, int64_t *time_ns);

#endif

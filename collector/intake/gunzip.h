/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_GUNZIP_H
#define THAW_INTAKE_GUNZIP_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * Inflate all gzip members of a payload into out.  STATUS_BAD: broken or cut off; STATUS_FULL: it
 * does not fit, or is more than size_max.  What came before is in out.  Pure.
 */
enum status gunzip(struct slice bytes, uint64_t size_max, struct buf *out) THAW_CHECK;

#endif

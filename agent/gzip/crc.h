/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_GZIP_CRC_H
#define THAW_AGENT_GZIP_CRC_H

#include "base/slice.h"

#include <stdint.h>

/*
 * The checksum of gzip (CRC-32), eight bytes at a time.  Its tables are made when they are first
 * used: they would be 8 KiB of the binary, and take two microseconds to make.  One thread.
 */
uint32_t crc_of(struct slice bytes);

#endif

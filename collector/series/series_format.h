/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_FORMAT_H
#define THAW_SERIES_FORMAT_H

/*
 * Series as bytes (docs/formats/series.md).
 */
#define SERIES_MAGIC      "THAWSERI"
#define SERIES_MAGIC_SIZE 8
#define SERIES_VERSION    1
#define SERIES_END        0x7e

/* What a series has beside its values. */
enum series_has { SERIES_HAS_RECENT = 1, SERIES_HAS_SHAPE = 2 };

#endif

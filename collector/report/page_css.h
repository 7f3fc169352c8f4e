/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_PAGE_CSS_H
#define THAW_COLLECTOR_REPORT_PAGE_CSS_H

#include <stddef.h>

/* page.css as it was when the program was built. */
extern const unsigned char page_css_text[];
extern const size_t page_css_size;

#endif

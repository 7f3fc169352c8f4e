/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_ASSETS_H
#define THAW_SELF_ASSETS_H

#include "http/web.h"

/*
 * Serves the dashboard.  A path without a dot is a page of the dashboard, which its own code takes
 * apart: it gets the document.  A path with a dot is a file, or 404.
 */
void assets_handle(void *context, struct web_request *request);

#endif

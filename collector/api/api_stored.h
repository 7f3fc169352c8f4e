/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_STORED_H
#define THAW_COLLECTOR_API_API_STORED_H

#include "api/api_call.h"

/* GET stored: what is kept of each function. */
void api_stored(struct api_call *call);

#endif

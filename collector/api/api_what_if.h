/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_WHAT_IF_H
#define THAW_COLLECTOR_API_API_WHAT_IF_H

#include "api/api_call.h"

/* GET cost/whatif: a function with other memory, and with instances that are kept. */
void api_what_if(struct api_call *call);

#endif

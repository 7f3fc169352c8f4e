/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_FUNCTIONS_H
#define THAW_COLLECTOR_API_API_FUNCTIONS_H

#include "api/api_call.h"

/* GET functions, GET functions/{name} and GET series. */
void api_functions_list(struct api_call *call);
void api_functions_get(struct api_call *call);
void api_functions_series(struct api_call *call);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_MAP_API_H
#define THAW_TRACES_MAP_API_H

#include "api/api_call.h"

/*
 * Who calls whom, of the latest transactions of a span of time (trace_map.h): as thaw's own API
 * tells it, and as Jaeger's two do.
 */
void map_api_get(struct api_call *call);             /* GET /api/thaw/v1/map */
void map_api_dependencies(struct api_call *call);    /* GET /api/dependencies */
void map_api_dependencies_v3(struct api_call *call); /* GET /api/v3/dependencies */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_EXPORT_H
#define THAW_COLLECTOR_API_API_EXPORT_H

#include "api/api_call.h"

/*
 * GET export: records of a span of time, a piece of it at a time and the newest first, or those of
 * a transaction, as lines of OTLP/JSON; the last line says where to go on.
 */
void api_export(struct api_call *call);

#endif

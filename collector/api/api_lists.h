/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_LISTS_H
#define THAW_COLLECTOR_API_API_LISTS_H

#include "api/api_call.h"

/* GET transactions, instances, coldstarts and errors. */
void api_lists_transactions(struct api_call *call);
void api_lists_transactions_histogram(struct api_call *call);
void api_lists_instances(struct api_call *call);
void api_lists_coldstarts(struct api_call *call);
void api_lists_errors(struct api_call *call);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_TRANSACTION_H
#define THAW_COLLECTOR_API_API_TRANSACTION_H

#include "api/api_call.h"
#include "query/transaction.h"

/* GET transactions/{id} and GET invocations/{request_id}. */
void api_transaction_get(struct api_call *call);
void api_transaction_attempts(struct api_call *call);

#endif

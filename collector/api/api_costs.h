/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_COSTS_H
#define THAW_COLLECTOR_API_API_COSTS_H

#include "api/api_call.h"

/* GET cost, cost/advice, cost/explain, cost/forecast and cost/whatif: what it costs, why a sum is
 * another than before, what the month will have cost, and what a function would cost with other
 * memory. */
void api_costs_sum(struct api_call *call);
void api_costs_advice(struct api_call *call);
void api_costs_explain(struct api_call *call);
void api_costs_forecast(struct api_call *call);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_API_H
#define THAW_COLLECTOR_ALERT_ALERT_API_H

struct alerts;
struct web_request;

/* Answer GET /api/thaw/v1/alerts and GET /api/thaw/v1/rules.  Any thread. */
void alert_api_alerts(struct alerts *alerts, struct web_request *request);
void alert_api_history(struct alerts *alerts, struct web_request *request); /* alerts/history */
void alert_api_rules(struct alerts *alerts, struct web_request *request);

#endif
